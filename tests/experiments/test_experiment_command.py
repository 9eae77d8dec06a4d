"""`personas experiment`: a table in, effects out, warnings before figures; mistakes told plainly."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from pipeline.cli import app

HEADER = "by,variant,outcome,n,effect,std_error,lower,upper,p_value,p_adjusted,powered"
WORDS = ("--variant", "arm", "--control", "none", "--outcome", "bought")


@pytest.fixture(scope="module")
def customers():
    """4,000 customers in three personas; the mail works on persona `02` only."""
    rng = np.random.default_rng(4)
    n = 4000
    arm, persona = rng.choice(["none", "mail"], n), rng.choice(["01", "02", "NA"], n)
    before = rng.gamma(2, 20, n)
    bought = rng.random(n) < 0.2 + 0.15 * ((arm == "mail") & (persona == "02"))
    spent = np.where(bought, before + rng.gamma(3, 10, n), 0).round(2)
    return pd.DataFrame(
        {"arm": arm, "persona": persona, "before": before, "bought": bought.astype(int), "spent": spent}
    )


@pytest.fixture
def run(tmp_path):
    """Write a table, run `personas experiment` on it: (exit code, output, effects or None)."""

    def call(table: pd.DataFrame | str, *words: str, columns: tuple[str, ...] = WORDS):
        path, out = tmp_path / "trial.csv", tmp_path / "effects.csv"
        path.write_text(table if isinstance(table, str) else table.to_csv(index=False), encoding="utf-8")
        result = CliRunner().invoke(app, ["experiment", str(path), *columns, "--out", str(out), *words])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        table = pd.read_csv(out, dtype={"by": "str"}, keep_default_na=False, na_values=[""]) if out.exists() else None
        return result.exit_code, result.output, table

    return call


def test_effects_overall_and_by_persona(run, customers, tmp_path):
    code, told, table = run(customers, "--outcome", "spent", "--by", "persona")
    assert code == 0
    assert (tmp_path / "effects.csv").read_text(encoding="utf-8").splitlines()[0] == HEADER
    assert table["by"].tolist() == [g for g in ("all", "01", "02", "NA") for _ in range(2)]
    rows = table[table["outcome"] == "bought"].set_index("by")
    assert rows.at["02", "lower"] > 0.05 and rows.at["02", "p_adjusted"] < 1e-6
    assert rows.loc[["01", "NA"], "p_adjusted"].min() > 0.05
    lines = told.splitlines()
    at = {word: next(i for i, line in enumerate(lines) if line.startswith(word)) for word in ("sample", "interaction")}
    claims = [i for i, line in enumerate(lines) if ", persona 02: " in line]
    assert at["sample"] < at["interaction"] < min(claims), "warnings come before figures"
    assert "the effect differs between groups" in told


def test_formats_give_the_same_effects(run, customers, tmp_path):
    _, told, table = run(customers, "--by", "persona")
    words = customers.assign(bought=customers["bought"].map({0: "No", 1: "Yes"}))
    pd.testing.assert_frame_equal(run(words, "--by", "persona")[2], table)
    customers.to_parquet(tmp_path / "t.parquet")
    out = tmp_path / "p.csv"
    shown = CliRunner().invoke(
        app, ["experiment", str(tmp_path / "t.parquet"), *WORDS, "--by", "persona", "--out", str(out)]
    )
    assert shown.stdout == told


def test_a_covariate_narrows_and_pooling_adds_columns(run, customers):
    spent = ("--variant", "arm", "--control", "none", "--outcome", "spent")
    plain, cuped = (run(customers, *w, columns=spent)[2] for w in ((), ("--covariate", "before")))
    assert cuped["std_error"].iloc[0] < plain["std_error"].iloc[0]
    pooled = run(customers, "--by", "persona", "--pool")[2]
    assert ",".join(pooled.columns) == HEADER + ",pooled_effect,pooled_lower,pooled_upper"


def test_arms_and_wald_intervals(run, customers, tmp_path):
    _, _, table = run(customers, "--interval", "wald", "--arms", str(tmp_path / "arms.csv"))
    row = table.iloc[0]
    assert row["upper"] - row["lower"] == pytest.approx(2 * 1.959964 * row["std_error"], rel=1e-6)
    arms = pd.read_csv(tmp_path / "arms.csv").set_index("variant")
    shares = customers.groupby("arm")["bought"].mean()
    assert arms.at["mail", "mean"] - arms.at["none", "mean"] == pytest.approx(row["effect"])
    assert arms["mean"].to_dict() == pytest.approx(shares.to_dict())


def test_arms_of_an_unexpected_size_are_told(run, customers):
    uneven = customers[(customers["arm"] == "none") | (customers.index % 5 == 0)]
    assert "find out who is missing" in run(uneven)[1]
    assert "find out who is missing" not in run(uneven, "--ratio", "none=5", "--ratio", "mail=1")[1]


def test_rows_without_a_variant_or_an_outcome_are_counted(run, customers):
    holes = customers.assign(arm=customers["arm"].where(customers.index >= 7, ""))
    holes = holes.assign(bought=holes["bought"].astype("str").where(holes.index < 3989, ""))
    _, told, table = run(holes)
    assert "rows 4,000, without `arm` 7, without `bought` 11" in told
    assert table["n"].iloc[0] == (holes.loc[7:3988, "arm"] == "mail").sum()


def test_too_few_customers_are_not_powered(run, customers):
    code, told, table = run(customers.head(60), "--by", "persona")
    assert code == 0
    assert not table["powered"].any()
    assert "not powered: bought, mail, persona 02:" in told
    assert "too few customers in the groups to compare them" in told


def test_one_persona_and_blank_personas(run, customers):
    assert "there is nothing to compare it with" in run(customers.assign(persona="x"), "--by", "persona")[1]
    blank = customers.assign(persona=customers["persona"].replace("NA", ""))
    assert run(blank, "--by", "persona")[2]["by"].tolist() == ["all", "01", "02", "unassigned"]


def test_a_constant_outcome_is_told(run, customers):
    code, told, table = run(customers.assign(bought=0))
    assert code == 0
    assert "`bought` is the same for everybody" in told
    assert (table["effect"].iloc[0], table["p_value"].iloc[0], table["powered"].iloc[0]) == (0, 1, False)


def test_negative_amounts_are_amounts(run, customers):
    spent = ("--variant", "arm", "--control", "none", "--outcome", "spent")
    back = run(customers.assign(spent=-customers["spent"]), columns=spent)[2]
    there = run(customers, columns=spent)[2]
    assert back["effect"].iloc[0] == pytest.approx(-there["effect"].iloc[0])


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("arm,bought\n", "no rows below its header"),
        ("arm,bought\nnone,1\nnone,0\n", "only the control `none`"),
        ("arm,bought\nNone,1\nmail,0\n", "no row has the control `none`. Did you mean `None`? Found: `None`, `mail`"),
        ("arm,bougt\nnone,1\n", "no column `bought`. Did you mean `bougt`?"),
        ("arm,bought\nnone,often\nmail,2\n", "row 1, column `bought`: found `often`, allowed: a number"),
        ("arm,bought\nnone,\nmail,\n", "blank in every row"),
        ("arm,bought\n,1\n,0\n", "Found: nothing"),
    ],
)
def test_bad_tables_are_refused_plainly(run, table, said):
    code, told, out = run(table)
    assert code == 1
    assert said in told
    assert out is None


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--correction", "bonferoni"), "--correction: found `bonferoni`. Allowed: holm, bh, none"),
        (("--alpha", "5"), "--alpha: found 5; allowed: above 0 and below 1"),
        (("--matters", "0"), "--matters: found 0"),
        (("--ratio", "mial=2"), "--ratio: found `mial=2`. Did you mean `mail`?"),
        (("--ratio", "mail=2"), "--ratio: nothing said of none"),
        (("--ratio", "mail=x"), "the part must be a number above 0"),
        (("--by", "spent"), "different values; allowed: 200 groups or fewer"),
        (("--covariate", "persona"), "column `persona`: found"),
    ],
)
def test_bad_options_are_refused_plainly(run, customers, words, said):
    code, told, _ = run(customers, *words)
    assert code == 1
    assert said in told


def test_a_group_may_not_be_called_all(run, customers):
    assert "a group is called `all`" in run(customers.assign(persona="all"), "--by", "persona")[1]


@pytest.mark.realdata
def test_hillstrom(real_data, tmp_path):
    """Radcliffe 2008: shares of each arm; the women's mail works on earlier buyers of women's goods."""
    out = tmp_path / "e.csv"
    words = ["experiment", str(real_data / "hillstrom" / "hillstrom.csv.gz"), "--variant", "segment"]
    words += ["--control", "No E-Mail", "--outcome", "visit", "--outcome", "conversion", "--outcome", "spend"]
    told = (
        CliRunner().invoke(app, [*words, "--by", "womens", "--out", str(out), "--arms", str(tmp_path / "a.csv")]).stdout
    )
    arms = pd.read_csv(tmp_path / "a.csv").query("by == 'all'").pivot(index="outcome", columns="variant", values="mean")
    arms = arms[["No E-Mail", "Mens E-Mail", "Womens E-Mail"]]
    assert (arms.loc["visit"] * 100).round(2).tolist() == [10.62, 18.28, 15.14]
    assert (arms.loc["conversion"] * 100).round(3).tolist() == [0.573, 1.253, 0.884]
    assert arms.loc["spend"].round(3).tolist() == [0.653, 1.423, 1.077]
    rows = pd.read_csv(out).query("outcome == 'visit' and variant == 'Womens E-Mail'").set_index("by")
    assert (rows.loc[["1", "0"], "effect"] * 100).round(1).tolist() == [7.3, 1.1]
    assert "interaction of `visit`, Womens E-Mail, with `womens`: Q = 94.17" in told
    assert "The arms have the sizes that chance would give" in told


def test_as_a_process(tmp_path, customers, root):
    customers.to_csv(tmp_path / "t.csv.gz", index=False)
    done = subprocess.run(
        [sys.executable, "-m", "pipeline.cli", "experiment", "t.csv.gz", *WORDS, "--out", "deep/e.csv"],
        cwd=tmp_path, capture_output=True, text=True, check=False, env={"PYTHONPATH": str(root), "PATH": ""},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("rows 4,000")
    assert (tmp_path / "deep" / "e.csv").is_file()
