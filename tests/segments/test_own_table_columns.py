"""Anybody's table: kinds of columns are inferred, odd ones told, and the analyst has the last word."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.core.errors import InputError, SettingsError
from pipeline.segments.customer_table import by_customer, read_customers
from pipeline.segments.kinds import Inferred, infer
from pipeline.segments.own_features import own_features
from pipeline.segments.redundant import bands, leaks, same_fact
from pipeline.segments.roles import Declared, read_roles
from pipeline.segments.ticks import answered_ticks


def texts(*values: str | None, times: int = 1) -> pd.Series:
    return pd.Series(list(values) * times, dtype="str")


def inferred(name: str, *values: str | None, times: int = 10) -> Inferred:
    return infer(name, texts(*values, times=times))


@pytest.mark.parametrize(
    ("name", "values", "kind"),
    [
        ("income", ["1,200.50", "980", "12,000"], "numeric"),
        ("income", ["1.200,50", "980", "12,5"], "numeric"),
        ("visits", [str(i) for i in range(15)], "count"),
        ("share", ["0.25", "0.5", "1", "0"], "share"),
        ("q1", ["1", "2", "5", "4", "3"], "ordinal"),
        ("nps", [str(i) for i in range(11)], "ordinal"),
        ("like", ["I hate it!-5", "0", "3", "-2", "I love it!+5"], "ordinal"),
        ("agree", ["Strongly agree", "Agree", "Disagree"], "ordinal"),
        ("age", ["19-24", "25-34", "65+"], "ordinal"),
        ("income", ["Under 15K", "15-24K", "250K+"], "ordinal"),
        ("spent", ["1) $0 - $100", "2) $100 - $200", "3) $200 +"], "ordinal"),
        ("member", ["Yes", "No"], "binary"),
        ("member", ["0", "1"], "binary"),
        ("channel", ["Web", "Phone", "Shop"], "nominal"),
        ("zip_code", ["1010", "1020", "1030"], "nominal"),
        ("plan", ["007", "012", "900"], "nominal"),
    ],
)
def test_kinds_are_inferred(name, values, kind):
    found = inferred(name, *values)
    assert (found.kind, found.why) == (kind, "")


@pytest.mark.parametrize(
    ("name", "column", "why"),
    [
        ("x", texts(None, None), "no value is known"),
        ("country", texts("AT", times=30), "every known value is 'AT'"),
        ("mail", texts("a@b.org", "c@d.org", "e@f.com"), "looks like e-mail addresses"),
        ("since", texts("2024-01-05", "2023-12-24"), "dates"),
        ("since", texts("24.12.2023", "1.2.2024"), "dates"),
        ("start date", texts(*(f"{43000 + i}.25" for i in range(30))), "dates as numbers"),
        ("n", texts(*(str(i) for i in range(1, 40))), "an id"),
        ("comment", texts(*(f"remark {'x' * i}" for i in range(40))), "free text or an id"),
        ("city", texts(*(f"city {i}" for i in range(200)), times=3), "200 levels"),
    ],
)
def test_columns_that_cannot_help_are_excluded_with_a_reason(name, column, why):
    found = infer(name, column)
    assert found.kind == ""
    assert why in found.why


def test_texts_that_mean_missing_are_missing_and_told():
    numbers = inferred("age", "31", "NA", "45.5", "n/a", "67")
    assert numbers.kind == "numeric"
    assert numbers.values.isna().sum() == 20
    assert "taken as missing: 'NA' (10), 'n/a' (10)" in numbers.notes
    words = inferred("kids", "None", "Some", "NA", "Other")
    assert words.kind == "nominal"
    assert words.values.isna().sum() == 10
    assert "'None', 'Other' kept as level(s)" in words.notes


def test_a_few_cells_that_are_no_numbers_are_missing_and_told():
    found = infer("spend", texts(*(str(i + 0.5) for i in range(99)), "lots"))
    assert found.kind == "numeric"
    assert found.notes == ("taken as missing: 'lots' (1)",)


@pytest.mark.parametrize(("last", "told"), [("-99", True), ("999", True), ("19", False), ("0", False)])
def test_a_code_for_missing_is_suspected_not_assumed(last, told):
    found = infer("visits", texts(*(str(i) for i in range(1, 19)), last, last))
    assert any("mean missing?" in note for note in found.notes) is told
    assert found.values.notna().all()


def test_levels_that_differ_in_case_or_blanks_are_one_level():
    found = inferred("plan", "Basic", "Basic", "basic", "Pro", "PRO  Max", "Pro Max", "Pro Max")
    assert sorted(found.values.unique()) == ["Basic", "Pro", "Pro Max"]
    assert any("one spelling: 'basic' as 'Basic'" in note for note in found.notes)


def test_levels_of_a_scale_are_in_order_and_no_answer_is_missing():
    found = inferred("q", "Often", "Never", "Don’t know", "Sometimes")
    assert found.levels == ("Never", "Sometimes", "Often")
    assert found.values.head(4).tolist()[:2] == [2.0, 0.0]
    assert np.isnan(found.values.iloc[2])


def test_a_number_in_bands_is_told_by_the_number():
    numbers = pd.Series(np.arange(100.0))
    table = pd.DataFrame({"amount": numbers, "band": numbers // 25, "mixed": numbers % 3})
    assert bands(table, {"amount": "count", "band": "ordinal", "mixed": "ordinal"}) == {"band": "`amount` in bands"}


def test_one_fact_in_several_columns_is_warned_of():
    table = pd.DataFrame({"net": texts("No", "DSL", "Fiber", times=20), "tv": texts("No net", "Yes", "No", times=20)})
    assert len(same_fact(table)) == 3
    assert "net = No, tv = No net hold for the same 20 customers" in same_fact(table)[0]


def test_many_repeated_facts_are_told_in_few_lines():
    pairs = {f"{side}{i}": texts(*("x" if j // 10 == i else "y" for j in range(90))) for i in range(8) for side in "ab"}
    told = same_fact(pd.DataFrame(pairs))
    assert len(told) == 6
    assert told[-1] == "3 more facts count several times, for fewer customers each."


def test_a_column_that_tells_an_outcome_is_only_described():
    rng = np.random.default_rng(0)
    bought = rng.random(2000) < 0.01
    table = pd.DataFrame({"customer_id": [f"c{i}" for i in range(2000)]}).astype("str")
    table["conversion"] = pd.Series(bought.astype(int).astype(str))
    table["spend"] = pd.Series(np.where(bought, rng.gamma(2.0, 50, 2000).round(2) + 1, 0.0).astype(str))
    table["visits"] = pd.Series(rng.poisson(3 + 2 * bought).astype(str))
    own = own_features(table, {})
    roles = dict(zip(own.dictionary["column"], own.dictionary["role"], strict=True))
    assert roles == {"conversion": "describe", "spend": "describe", "visits": "segment"}
    assert "tells `conversion`" in own.notes["spend"]
    wanted = own_features(table, {"spend": Declared(role="segment")})
    assert wanted.dictionary.set_index("column").loc["spend", "role"] == "segment"
    every = pd.DataFrame({"id": np.arange(40.0), "target": np.arange(40) % 2.0})
    assert leaks(every, {"id": "numeric", "target": "binary"}, ["target"]) == {}, "no category for each customer"


def test_the_header_rows_of_qualtrics_and_numbers_named_like_ids_are_left_out(tmp_path):
    rows = [f"R{i},{i % 5 + 1},{100 + i % 60}" for i in range(240)]
    head = ["ResponseId,Q1,short_id", "Response ID,How?,Your id", '"{""ImportId"":""_id""}",x,y']
    (tmp_path / "q.csv").write_text("\n".join([*head, *rows]) + "\n", encoding="utf-8")
    table, notes = read_customers(tmp_path / "q.csv", "ResponseId")
    assert len(table) == 240
    assert notes == ["2 more header row(s) below the header, as Qualtrics writes them: left out."]
    own = own_features(table, {})
    assert own.dictionary.set_index("column").loc["Q1", "kind"] == "ordinal"
    assert own.notes["short_id"] == "named like an id, with 60 different numbers"


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("t.xlsx", b"PK\x03\x04rest", "a workbook or another archive. Save the sheet as CSV"),
        ("t.csv", "id,a\n1,2\n".encode("utf-16"), "the text is UTF-16. Save it as UTF-8"),
        ("t.csv", b"id,a\n1,2,3\n2,3,4\n", "a row has more cells than the header"),
        ("t.csv", b"id,a\n1,2\n1,2,3\n", "Expected 2 fields in line 3, saw 3"),
    ],
)
def test_files_that_would_be_misread_are_refused(tmp_path, name, content, told):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=told):
        read_customers(tmp_path / name, "id")


def test_blank_is_a_no_for_who_ticked_another_option():
    table = pd.DataFrame(
        {"Mail": texts("Mail", None, None), "Web": texts("Web", "Web", None), "x": texts("a", "b", "c")}
    )
    filled, notes = answered_ticks(table)
    assert filled["Mail"].tolist()[:2] == ["Mail", "no"]
    assert pd.isna(filled["Mail"].iloc[2])
    assert set(notes) == {"Mail", "Web"}


def test_the_analyst_has_the_last_word(tmp_path):
    roles = tmp_path / "roles.yaml"
    roles.write_text(
        "churn: segment\nq: {kind: nominal}\nsize: {levels: [tiny, big, huge]}\ntick: {blank: no}\nx: exclude\n"
    )
    table = pd.DataFrame(
        {
            "customer_id": [str(i) for i in range(30)],
            "churn": texts("yes", "no", "no", times=10),
            "q": texts("1", "2", "3", times=10),
            "size": texts("big", "tiny", "huge", times=10),
            "tick": texts("x", None, None, times=10),
            "x": texts("1.5", "2", "3", times=10),
        }
    )
    own = own_features(table, read_roles(roles, list(table.columns)))
    rows = own.dictionary.set_index("column")
    assert rows["role"].to_dict() == {
        "churn": "segment",
        "q": "segment",
        "size": "segment",
        "tick": "segment",
        "x": "exclude",
    }
    assert rows["kind"].to_dict() == {
        "churn": "binary",
        "q": "nominal",
        "size": "ordinal",
        "tick": "binary",
        "x": "numeric",
    }
    assert own.features["size"].head(3).tolist() == [1.0, 0.0, 2.0]
    assert own.features["tick"].tolist()[:2] == [1.0, 0.0]


def test_an_outcome_by_its_name_is_profiled_with_only():
    table = pd.DataFrame({"customer_id": ["1", "2", "3"], "Churn": texts("Yes", "No", "No")})
    own = own_features(table, {})
    assert own.dictionary["role"].tolist() == ["describe"]
    assert "named like an outcome" in own.notes["Churn"]


def test_mistakes_in_roles_are_told_at_once(tmp_path):
    roles = tmp_path / "roles.yaml"
    roles.write_text("agee: {kind: numeric}\nage: {knd: numeric}\nsex: {kind: wide}\ncity: 3\n")
    with pytest.raises(
        SettingsError, match=r"(?s)4 mistake.*Did you mean `age`.*`knd` is not a known key.*wide.*found 3"
    ):
        read_roles(roles, ["age", "sex", "city"])


def test_a_column_that_is_not_what_it_is_declared_to_be_is_refused():
    table = pd.DataFrame({"customer_id": ["1", "2", "3"], "a": texts("x", "y", "z"), "b": texts("u", "v", "w")})
    declared = {"a": Declared(kind="numeric"), "b": Declared(levels=("u", "v"))}
    with pytest.raises(
        SettingsError, match=r"(?s)`a`: numeric needs numbers.*`b`: 'w' not among the declared levels u, v"
    ):
        own_features(table, declared)


def test_ids_stay_texts_and_repeated_rows_are_merged(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("id;age\n0012;3\nNA;4\nnull;5\nnull;5\n", encoding="utf-8")
    table, notes = read_customers(path, "id")
    assert table["customer_id"].tolist() == ["0012", "NA", "null"]
    assert notes == ["1 row(s) repeat an earlier one in every cell: left out."]


def test_empty_and_repeated_ids_are_refused_together():
    table = pd.DataFrame({"id": texts(None, "a", "a", "b"), "age": texts("1", "2", "3", "4")})
    with pytest.raises(
        InputError, match=r"(?s)`id` is empty in 1 row\(s\): row 1 .*second header.*`id` 'a' has 2 rows"
    ):
        by_customer(table, "id", "t.csv")


def test_an_unknown_id_column_names_the_near_one(tmp_path):
    path: Path = tmp_path / "t.csv"
    path.write_text("customer,age\n1,2\n", encoding="utf-8")
    with pytest.raises(InputError, match="no column `custmer`. Did you mean `customer`"):
        read_customers(path, "custmer")
