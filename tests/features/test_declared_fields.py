"""Declared fields keep their meaning; the assembled table is ordered, described and settled in its roles."""

import json

import pandas as pd
import pytest
from pydantic import ValidationError

from pipeline.core.errors import InputError, SchemaError, SettingsError
from pipeline.core.sources import DatasetSettings
from pipeline.features.assemble import assemble
from pipeline.features.demographic import demographic
from pipeline.features.schema import DICTIONARY, FEATURES


def settings(fields: dict, **more: object) -> DatasetSettings:
    full = {name: {"column": name.upper(), "block": "demographic", "label": name, **f} for name, f in fields.items()}
    return DatasetSettings.model_validate(
        {"title": "t", "sources": {"crm": {"kind": "customers", "format": "csv", "files": "x", "fields": full}}, **more}
    )


CUSTOMERS = pd.DataFrame(
    {
        "customer_id": ["NA", "b", "a"],
        "sources": "crm",
        "age": [30.0, None, 50.0],
        "income": pd.Series(["low", "high", None], dtype="str"),
        "member": pd.Series(["Yes", "No", "Yes"], dtype="str"),
        "town": pd.Series(["None", "nan", None], dtype="str"),
        "stars": pd.Series(["10", "9", "10"], dtype="str"),
    }
)
FIELDS = {
    "age": {"kind": "numeric"},
    "income": {"kind": "ordinal", "levels": ["low", "mid", "high"]},
    "member": {"kind": "binary"},
    "town": {"kind": "nominal"},
    "stars": {"kind": "ordinal"},
}


def made(
    customers: pd.DataFrame = CUSTOMERS, fields: dict = FIELDS, **more: object
) -> tuple[pd.DataFrame, pd.DataFrame]:
    s = settings(fields, **more)
    return assemble([demographic(customers, s)], pd.Index(customers["customer_id"]), s)


def test_each_kind_is_encoded_for_itself_and_missing_stays_missing():
    before = CUSTOMERS.copy(deep=True)
    features, dictionary = made()
    table = FEATURES.check(features).set_index("customer_id")
    assert table.index.tolist() == ["NA", "a", "b"]
    assert table.loc["NA", ["age", "income", "member", "stars"]].tolist() == [30, 0, 1, 1]
    assert table.loc["NA", "town"] == "None"
    assert table.loc["b", "income"] == 2
    assert table.loc["a", ["income", "town"]].isna().all()
    checked = DICTIONARY.check(dictionary).set_index("column")
    assert json.loads(checked.loc["stars", "levels"]) == ["9", "10"]
    assert json.loads(checked.loc["member", "levels"]) == ["No", "Yes"]
    assert checked.loc["income", "missing_share"] == pytest.approx(1 / 3)
    pd.testing.assert_frame_equal(CUSTOMERS, before)


def test_a_field_may_have_a_theme_as_questions_do_else_it_has_its_blocks():
    fields = {
        **FIELDS,
        "member": {"kind": "binary", "theme": "channel"},
        "town": {"kind": "nominal", "theme": "device"},
    }
    themes = made(fields=fields)[1].set_index("column")["theme"].to_dict()
    assert themes == dict.fromkeys(FIELDS, "demographic") | {"member": "channel", "town": "device"}
    with pytest.raises(ValidationError, match=r"1 validation error[\s\S]*member.theme"):
        made(fields={**FIELDS, "member": {"kind": "binary", "theme": "chanel"}})


def test_what_says_nothing_is_excluded_and_says_so():
    flat = CUSTOMERS.assign(age=7.0, income=None).astype({"income": "str"})
    _, dictionary = made(flat, {**FIELDS, "age": {"kind": "numeric", "role": "segment"}})
    rows = dictionary.set_index("column")
    assert rows.loc[["age", "income"], "role"].tolist() == ["exclude", "exclude"]
    assert rows.loc["age", "description"].endswith("every known value is the same.")
    assert rows.loc["income", "description"].endswith("no customer has a value.")


def test_roles_override_and_an_unknown_one_is_refused_with_the_near_match():
    _, dictionary = made(roles={"age": "segment"})
    assert dictionary.set_index("column").loc["age", "role"] == "segment"
    with pytest.raises(SettingsError, match=r"no feature `agee`\. Did you mean `age`\?"):
        made(roles={"agee": "segment"})


def test_levels_that_do_not_fit_are_all_named_at_once():
    fields = {
        "income": {"kind": "ordinal"},
        "town": {"kind": "binary", "levels": ["x", "y"]},
        "stars": {"kind": "binary"},
    }
    with pytest.raises(InputError, match=r"(?s)`income` is ordinal: list its `levels`.*`town` has values.*None"):
        made(fields=fields)


def test_a_binary_with_three_values_is_refused():
    three = CUSTOMERS.assign(member=pd.Series(["yes", "no", "maybe"], dtype="str"))
    with pytest.raises(InputError, match="`member` is declared binary and has 3 levels"):
        made(three)


def test_a_field_that_ingest_lost_is_named():
    with pytest.raises(SchemaError, match=r"(?s)lacks declared fields.*`age`"):
        made(CUSTOMERS.drop(columns="age"))


@pytest.mark.parametrize("rows", [0, 1])
def test_hardly_any_customers(rows):
    features, dictionary = made(CUSTOMERS.head(rows))
    assert len(FEATURES.check(features)) == rows
    assert (DICTIONARY.check(dictionary)["role"] == "exclude").all()
