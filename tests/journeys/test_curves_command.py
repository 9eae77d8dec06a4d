"""`personas curves`: any table of spells in, curves and lengths of stay out; what is wrong is told in one message."""

import gzip
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from tests.journeys.test_multistate_laws import looping_spells
from tests.laws import assert_state_probabilities

HEADER = "customer_id,group,from,to,start,stop\n"


def run(*words):
    result = CliRunner().invoke(app, ["curves", *map(str, words)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def curve(folder, table, *words):
    """The curves of a frame, through a CSV file."""
    path, out = folder / "spells.csv", folder / "out.csv"
    table.to_csv(path, index=False)
    code, shown = run(path, "--out", out, *words)
    assert code == 0, shown
    return pd.read_csv(out, dtype={"group": str, "state": str}, keep_default_na=False, na_values={"std_error": [""]})


@pytest.fixture
def spells():
    table = looping_spells()
    numbers = table["customer_id"].to_numpy()
    table["customer_id"] = [f"{n:04d}" for n in numbers]
    return table.assign(group=np.where(numbers % 3 == 0, "NA", "null"), account_id=[f"acc {n // 2}" for n in numbers])


def test_columns_groups_and_order(spells, tmp_path):
    table = curve(tmp_path, spells, "--by", "group", "--at", "1,3.5")
    assert list(table) == ["group", "time", "state", "probability", "std_error", "lower", "upper"]
    assert table["group"].drop_duplicates().tolist() == ["NA", "null"], "texts that read like missing stay themselves"
    assert table["state"].head(3).tolist() == ["a", "b", "out"]
    for _, part in table.groupby("group"):
        assert_state_probabilities(part)
    assert curve(tmp_path, spells, "--at", "1")["group"].unique().tolist() == ["all"]


def test_rows_ids_and_file_formats_do_not_matter(spells, tmp_path):
    words = ["--by", "group", "--at", "1,2,3.5", "--cluster", "account_id"]
    expected = curve(tmp_path, spells, *words)
    pd.testing.assert_frame_equal(curve(tmp_path, spells.sample(frac=1, random_state=1), *words), expected)

    shuffled = spells.sample(frac=1, random_state=2)
    shuffled.astype({"from": "category", "group": "category"}).to_parquet(tmp_path / "spells.parquet")
    with gzip.open(tmp_path / "spells.csv.gz", "wt") as file:
        file.write("\ufeff" + shuffled.to_csv(index=False, sep=";"))
    for name in ("spells.parquet", "spells.csv.gz"):
        assert run(tmp_path / name, "--out", tmp_path / "other.parquet", *words)[0] == 0
        pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "other.parquet"), expected, check_dtype=False)
        assert run(tmp_path / name, "--out", tmp_path / "other.csv", *words)[0] == 0
        assert (tmp_path / "other.csv").read_bytes() == (tmp_path / "out.csv").read_bytes()


def test_ids_and_stages_may_be_numbers_in_parquet(tmp_path):
    table = looping_spells().assign(group=1.0)
    coded = table.assign(**{c: table[c].map({"a": 10, "b": 20, "out": 30}).astype("Int64") for c in ("from", "to")})
    coded.astype({"start": "float32"}).to_parquet(tmp_path / "coded.parquet")
    code, shown = run(tmp_path / "coded.parquet", "--by", "group", "--at", 2, "--out", tmp_path / "coded.csv")
    assert code == 0, shown
    found, expected = pd.read_csv(tmp_path / "coded.csv"), curve(tmp_path, table, "--at", "2")
    assert found["state"].tolist() == [10, 20, 30]
    assert found["group"].tolist() == [1, 1, 1]
    assert found["probability"].tolist() == expected["probability"].tolist()


def test_clusters_of_customers_have_their_own_error(spells, tmp_path):
    alone = curve(tmp_path, spells, "--at", "2")
    twins = pd.concat([spells, spells.assign(customer_id=spells["customer_id"] + "b")])
    apart = curve(tmp_path, twins, "--at", "2")
    together = curve(tmp_path, twins.assign(pair=twins["customer_id"].str[:4]), "--at", "2", "--cluster", "pair")
    np.testing.assert_allclose(together["std_error"], alone["std_error"], rtol=1e-12)
    np.testing.assert_allclose(apart["std_error"], alone["std_error"] / np.sqrt(2), rtol=1e-12)


def test_weights_are_used_where_there_are_some(spells, tmp_path):
    weighted = spells.assign(weight=1.0 + spells["group"].eq("NA"))
    repeated = pd.concat([spells, spells[spells["group"] == "NA"].assign(customer_id=lambda t: t["customer_id"] + "b")])
    expected = curve(tmp_path, repeated, "--at", "1,3")
    np.testing.assert_allclose(curve(tmp_path, weighted, "--at", "1,3")["probability"], expected["probability"])
    renamed = weighted.rename(columns={"weight": "w"})
    by_name = curve(tmp_path, renamed, "--at", "1,3", "--weight", "w")
    np.testing.assert_allclose(by_name["probability"], expected["probability"])
    pd.testing.assert_frame_equal(
        curve(tmp_path, weighted, "--at", "1,3", "--unweighted"), curve(tmp_path, spells, "--at", "1,3")
    )


def test_stay_alone_or_beside_the_curve(spells, tmp_path):
    alone = curve(tmp_path, spells, "--by", "group", "--stay", "6")
    assert list(alone) == ["group", "tau", "state", "mean_time", "std_error"]
    np.testing.assert_allclose(alone.groupby("group")["mean_time"].sum(), 6)
    curve(tmp_path, spells, "--by", "group", "--stay", "6", "--at", "1")
    beside = pd.read_csv(tmp_path / "out.stay.csv", keep_default_na=False)
    pd.testing.assert_frame_equal(beside, alone, check_dtype=False)


def test_a_given_start_and_a_later_origin(spells, tmp_path):
    begun = curve(tmp_path, spells, "--from", "a", "--at", "0,2")
    first = begun[begun["time"] == 0]
    assert first["probability"].tolist() == [1, 0, 0]
    assert first["std_error"].tolist() == [0, 0, 0]
    landmark = curve(tmp_path, spells, "--from", "b", "--since", "1", "--at", "1,2")
    assert landmark["probability"].head(3).tolist() == [0, 1, 0]


def test_a_landmark_follows_those_who_are_there(spells, tmp_path):
    there = spells[(spells["from"] == "b") & (spells["start"] <= 1) & (spells["stop"] > 1)]
    chosen = spells[spells["customer_id"].isin(there["customer_id"])]
    words = ["--from", "b", "--since", "1", "--at", "2,4", "--by", "group"]
    expected = curve(tmp_path, chosen, *words)
    pd.testing.assert_frame_equal(curve(tmp_path, spells, *words, "--landmark"), expected)
    assert not curve(tmp_path, spells, *words)["probability"].equals(expected["probability"])


def test_a_stage_that_nobody_reaches_has_an_upper_bound(spells, tmp_path):
    table = curve(tmp_path, spells, "--states", "out,b,a,never", "--at", "2").set_index("state")
    assert table.index.tolist() == ["out", "b", "a", "never"]
    assert table.loc["never", "probability"] == 0
    assert table.loc["never", "std_error"] == 0
    assert 0 < table.loc["never", "upper"] < 0.1


def test_one_customer_and_all_censored(tmp_path):
    one = pd.DataFrame([("1", "a", "b", 0, 5)], columns=["customer_id", "from", "to", "start", "stop"])
    table = curve(tmp_path, one, "--at", "4,5")
    assert table["probability"].tolist() == [1, 0, 0, 1]
    assert table["std_error"].isna().all()
    table = curve(tmp_path, pd.concat([one.assign(to=""), one.assign(to="", customer_id="2")]), "--at", "4")
    assert (table["state"].tolist(), table["probability"].tolist()) == (["a"], [1])


def test_noise_of_decimal_arithmetic_makes_no_new_moment(tmp_path):
    table = pd.DataFrame(
        {"customer_id": range(3), "from": "a", "to": ["b", "b", ""], "start": 0.0, "stop": [0.3, 0.1 + 0.2, 1.0]}
    )
    exact = table.assign(stop=[0.3, 0.3, 1.0])
    columns = ["probability", "std_error"]
    noisy, clean = (curve(tmp_path, t, "--at", "0.5")[columns] for t in (table, exact))
    pd.testing.assert_frame_equal(noisy, clean, check_exact=True)


def test_a_time_asked_for_is_a_moment_of_the_table_in_other_decimals(tmp_path):
    table = pd.DataFrame({"customer_id": [1, 2], "from": "a", "to": ["b", ""], "start": 0.0, "stop": [0.1 + 0.2, 1.0]})
    assert curve(tmp_path, table, "--at", "0.3")["probability"].tolist() == [0.5, 0.5]
    # One customer's next spell begins where the last ended, but for the seventeenth digit.
    torn = pd.DataFrame(
        {"customer_id": [1, 1], "from": ["a", "b"], "to": ["b", ""], "start": [0.0, 0.3], "stop": [0.1 + 0.2, 1.0]}
    )
    assert curve(tmp_path, torn, "--at", "0.3")["probability"].tolist() == [0, 1]


def test_the_word_censored_is_no_stage_unless_it_is_declared(spells, tmp_path):
    expected = curve(tmp_path, spells, "--at", "1,4")
    worded = spells.assign(to=spells["to"].fillna("cens"))
    pd.testing.assert_frame_equal(curve(tmp_path, worded, "--at", "1,4"), expected)
    shown = run(tmp_path / "spells.csv", "--at", "1", "--out", tmp_path / "out.csv")[1]
    assert f"{spells['to'].isna().sum()} spell(s) with `to` = cens are taken for censored" in " ".join(shown.split())
    declared = curve(tmp_path, worded, "--at", "1", "--states", "a,b,out,cens")
    assert declared["state"].tolist() == ["a", "b", "out", "cens"]


def test_columns_may_come_in_any_order_beside_others(spells, tmp_path):
    words = ["--by", "group", "--at", "1,4"]
    expected = curve(tmp_path, spells, *words)
    order = ["stop", "note", "group", "to", "customer_id", "start_date", "from", "start"]
    other = spells.assign(note="x, y", start_date="2026-01-01")[order]
    pd.testing.assert_frame_equal(curve(tmp_path, other, *words), expected)


MISTAKES = {
    "1,g,a,b,3,3\n": r"1 spell\(s\) end at or before their start, row 1: start 3, stop 3",
    "1,g,a,b,0,5\n1,g,b,,4,7\n": r"customer `1`: spells overlap: row 1 \(in `a` from 0 to 5\) and row 2",
    "1,g,a,b,0,5\n1,g,b,,0,7\n": r"customer `1`: two origins: row 1 \(in `a` from 0 to 5\) and row 2",
    "1,g,a,b,0,5\n1,g,c,,5,7\n": r"row 1 .* ends in `b`, but row 2 .* goes on in another stage",
    "1,g,a,,0,5\n1,g,c,,5,7\n": r"row 1 .* ends in `a`, but row 2 .* goes on in another stage",
    "1,g,a,b,0,x\n": r"row 1, column `stop`: found `x`, allowed: a number",
    "1,g,a,b,0,\n": r"row 1, column `stop`: found nothing",
    "1,g,a,b,0,nan\n": r"row 1, column `stop`: found `nan`",
    "1,g,,b,0,1\n": r"column `from`: 1 blank cell\(s\), row 1",
    " ,g,a,b,0,1\n": r"column `customer_id`: 1 blank cell\(s\), row 1",
    "": "has no rows",
}


@pytest.mark.parametrize(("rows", "message"), MISTAKES.items())
def test_mistakes_are_told_with_their_rows(rows, message, tmp_path):
    path = tmp_path / "bad.csv"
    path.write_text(HEADER + rows)
    code, shown = run(path, "--at", "1", "--out", tmp_path / "out.csv")
    assert code == 1
    assert "Traceback" not in shown
    assert pd.Series(" ".join(shown.split())).str.contains(message).all(), shown
    assert not (tmp_path / "out.csv").exists()


def test_all_mistakes_come_in_one_message(tmp_path):
    path = tmp_path / "bad.csv"
    path.write_text(
        "customer_id,from,to,start,stop,weight\n1,a,b,0,5,1\n1,b,,4,7,-2\n2,a,b,0,x,1\n3,,b,9,2,1\n4,a,z,0,1,\n"
    )
    code, shown = run(path, "--at", "1", "--states", "a,b", "--out", tmp_path / "out.csv")
    assert code == 1
    for part in (
        "row 3, column `stop`",
        "row 4",
        "negative",
        "`from`: 1 blank",
        "unknown stage `z`",
        "overlap",
        "row 5",
    ):
        assert part in " ".join(shown.split()), part


def test_parquet_with_dates_for_times_is_refused(tmp_path):
    table = looping_spells()
    table["start"] = pd.Timestamp("2026-01-01") + pd.to_timedelta(table["start"], unit="D")
    table.to_parquet(tmp_path / "dates.parquet")
    code, shown = run(tmp_path / "dates.parquet", "--at", "1", "--out", tmp_path / "out.csv")
    assert code == 1
    assert "column `start`: found timestamp" in shown


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "--at 30,90,365, or --stay 365"),
        (["--at", "1,two"], "--at: found `1,two`"),
        (["--at", "1", "--by", "gruop"], r"no column `gruop`. Did you mean `group`"),
        (["--at", "1", "--from", "zz"], r"not among the stages: zz. Known: a, b"),
        (["--at", "1", "--since", "99", "--by", "group"], "is at risk at the origin 99"),
        (["--stay", "-1"], "needs a time after 0"),
        (["--at", "9", "--landmark", "--from", "a"], "--landmark needs --from STAGE and --since T"),
        (["--at", "9", "--landmark", "--from", "b", "--since", "1"], "nobody is in `b` at 1"),
        (["--at", "1", "--states", "a,a"], "--states: found `a,a`"),
        (["--at", "1", "--weight", "w", "--unweighted"], "exclude each other"),
    ],
)
def test_options_that_cannot_be(words, message, tmp_path):
    path = tmp_path / "spells.csv"
    path.write_text(HEADER + "1,g,a,b,0,5\n2,h,a,b,0,4\n")
    code, shown = run(path, "--out", tmp_path / "out.csv", *words)
    assert code == 1
    assert message.replace("\\", "") in " ".join(shown.split())


def test_as_a_process(spells, tmp_path, root):
    spells.to_csv(tmp_path / "spells.csv", index=False)
    words = ["curves", "spells.csv", "--by", "group", "--at", "2", "--out", "deep/out.csv"]
    done = subprocess.run(
        [sys.executable, "-m", "pipeline.cli", *words], cwd=tmp_path, capture_output=True, text=True, check=False,
        env={"PYTHONPATH": str(root), "PATH": ""},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "deep" / "out.csv").exists()
    assert "2 group(s)" in done.stdout
