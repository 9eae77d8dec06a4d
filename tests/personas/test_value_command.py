"""`personas value`: tables of orders and of renewals in, parameters and a table of worth out; mistakes told plainly."""

import gzip
import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from tests.personas.buyers_for_tests import orders_of

COLUMNS = ("--customer", "id", "--date", "day", "--amount", "amount")
RENEWALS = "year,left\n0,1000\n1,869\n2,743\n3,653\n4,593\n5,551\n6,517\n7,491\n"


@pytest.fixture(scope="module")
def orders():
    return orders_of(600, seed=2)


@pytest.fixture
def run(tmp_path):
    """Write a table, run `personas value` on it: (exit code, output, table written or None)."""

    def call(table: pd.DataFrame | str, *words: str, columns: tuple[str, ...] = COLUMNS):
        path, out = tmp_path / "orders.csv", tmp_path / "value.csv"
        path.write_text(table if isinstance(table, str) else table.to_csv(index=False), encoding="utf-8")
        result = CliRunner().invoke(app, ["value", str(path), *columns, "--out", str(out), *words])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result.exit_code, result.output, pd.read_csv(out, dtype={"customer": "str"}) if out.exists() else None

    return call


def test_parameters_are_printed_and_every_customer_has_a_row(run, orders):
    code, told, table = run(orders)
    assert code == 0
    for word in ("BG/NBD: r ", "alpha ", "Gamma-Gamma: p ", "gamma ", "log_likelihood", "unit of time: weeks"):
        assert word in told
    assert table["customer"].tolist() == sorted(orders["id"].unique()), "ids keep their zeros"
    assert (table["probability_alive"].between(0, 1)).all()
    assert (table["expected_value_lower"] <= table["expected_value"]).all()
    assert (table["expected_value"] <= table["expected_value_upper"]).all()
    assert table.loc[table["frequency"] == 0, "monetary_mean"].isna().all()


def test_json_holds_the_same_figures(run, orders):
    _, told, table = run(orders, "--json")
    facts = json.loads(told)
    assert facts["customers"] == 600 == len(table)
    assert set(facts["BG/NBD"]) == {"r", "alpha", "a", "b", "log_likelihood"}
    assert facts["expected_value_of_all"] == pytest.approx(table["expected_value"].sum())
    assert facts["rows"]["rows"] == len(orders)


def test_formats_and_row_order_do_not_matter(run, orders, tmp_path):
    told = [run(orders, "--json")[1], run(orders.sample(frac=1, random_state=3), "--json")[1]]
    for name, write in (
        ("orders.csv.gz", lambda path: path.write_bytes(gzip.compress(orders.to_csv(index=False, sep=";").encode()))),
        ("orders.parquet", lambda path: orders.assign(day=pd.to_datetime(orders["day"])).to_parquet(path)),
        ("compact.csv", lambda path: orders.assign(day=orders["day"].str.replace("-", "")).to_csv(path, index=False)),
    ):
        write(tmp_path / name)
        words = ["value", str(tmp_path / name), *COLUMNS, "--out", str(tmp_path / "v.csv"), "--json"]
        told.append(CliRunner().invoke(app, words).stdout)
    assert len(set(told)) == 1


def test_purchases_of_one_day_are_one(run, orders):
    twice = pd.concat([orders, orders.assign(amount=0.0)])
    once, doubled, each = run(orders)[2], run(twice)[2], run(twice, "--same-day", "each")[2]
    pd.testing.assert_frame_equal(once, doubled)
    assert each["frequency"].tolist() == (2 * orders.groupby("id").size() - 1).tolist()


def test_what_is_after_the_end_is_left_out_and_counted(run, orders):
    _, told, table = run(orders, "--end", "2024-06-30")
    late = (orders["day"] > "2024-06-30").sum()
    assert f"after the end of observation {late:,}" in told
    first = pd.to_datetime(orders.groupby("id")["day"].min())
    kept = first[first <= "2024-06-30"]
    assert table["T"].to_numpy() == pytest.approx(((pd.Timestamp("2024-06-30") - kept).dt.days / 7).to_numpy())


def test_refunds_are_taken_off_the_latest_purchase_before_them(run, orders):
    customer = orders["id"].value_counts().index[0]
    own = orders[orders["id"] == customer].sort_values("day")
    paid = own.groupby("day")["amount"].sum()
    back = own.iloc[[-1]].assign(amount=-paid.iloc[-1], day="2024-12-29")
    _, told, table = run(pd.concat([orders, back]), "--end", "2024-12-29")
    _, _, before = run(orders, "--end", "2024-12-29")
    row, old = (t.set_index("customer").loc[customer] for t in (table, before))
    assert "refunds 1" in told and "purchases taken back in full 1" in told
    assert row["frequency"] == old["frequency"] - 1
    assert row["monetary_mean"] == pytest.approx(paid.iloc[1:-1].mean())
    _, told, ignored = run(pd.concat([orders, back]), "--end", "2024-12-29", "--refunds", "ignore")
    assert ignored.set_index("customer").loc[customer, "monetary_mean"] == pytest.approx(old["monetary_mean"])


def test_a_refund_before_any_purchase_is_counted(run, orders):
    lone = pd.DataFrame({"id": ["NA"], "day": ["2024-03-03"], "amount": [-5.0]})
    _, told, table = run(pd.concat([orders, lone]))
    assert "refunds beyond what was bought before 1" in told
    assert "customers with refunds only 1" in told
    assert "NA" not in set(table["customer"])


def test_currencies_are_added_only_at_a_rate(run, orders):
    mixed = orders.assign(money=np.where(orders.index % 3 == 0, "USD", "EUR"))
    code, told, _ = run(mixed, "--currency", "money")
    assert code == 1
    assert "cannot be added to the others" in told and "--rate" in told
    half = mixed.assign(amount=mixed["amount"] * np.where(mixed["money"] == "USD", 2.0, 1.0))
    told = [
        run(t, *w, "--json")[1]
        for t, w in ((half, ("--currency", "money", "--in", "EUR", "--rate", "USD=0.5")), (orders, ()))
    ]
    assert told[0] == told[1]


def test_rows_without_a_customer_are_counted(run, orders):
    _, told, _ = run(pd.concat([orders, orders.head(7).assign(id="")]))
    assert "without a customer 7" in told


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("", "orders.csv: the file is empty"),
        ("id,day,amount\n", "no rows below its header"),
        ("id,day,amount\n1,2024-03-01,5\n", "0 of 1 customers bought on more than one day"),
        ("id,day,amount\n1,2024-03-01,5 EUR\n1,soon,6\n", "2 mistake(s)"),
        ("id,day,amount\n1,2024-03-01,\n", "row 1, column `amount`: found nothing, allowed: a number"),
        ("id,date,amount\n1,2024-03-01,5\n", "no column `day`. Columns: id, date, amount"),
        ("id,day,amount\n1,03/04/2024,5\n", "can be read with the month or the day first"),
        ("id,day,amount\n1,2024-02-30,5\n", "found `2024-02-30`, allowed: a day"),
        ("id,day,amount\n1,2024-03-01,-5\n", "no purchase up to 2024-03-01"),
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
        (("--unit", "week"), "--unit: found `week`. Did you mean `weeks`?"),
        (("--end", "June"), "--end: found `June`; allowed: a day"),
        (("--horizon", "-1"), "--horizon: found -1"),
        (("--discount", "-0.1"), "--discount: found -0.1"),
        (("--end", "2020-01-01"), "no purchase up to 2020-01-01"),
    ],
)
def test_bad_options_are_refused_plainly(run, orders, words, said):
    code, told, _ = run(orders, *words)
    assert code == 1
    assert said in told


def test_without_amounts_purchases_are_still_expected(run, orders):
    code, told, table = run(orders, columns=COLUMNS[:4])
    assert code == 0
    assert "Gamma-Gamma" not in told
    assert "expected_value" not in table and table["expected_purchases"].gt(0).all()


def test_contracts(run):
    code, told, table = run(RENEWALS, columns=("--contract", "--period", "year", "--alive", "left"))
    assert code == 0
    assert "alpha 0.668" in told and "beta 3.806" in told
    assert table["expected_share"].iloc[0] == 1 and len(table) == 13
    shares = RENEWALS.replace(",1000", ",1.0")
    for n in (869, 743, 653, 593, 551, 517, 491):
        shares = shares.replace(f",{n}", f",0.{n}")
    words = ("--contract", "--period", "year", "--alive", "left", "--customers", "1000")
    assert run(shares, columns=words)[1] == told


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("year,left\n0,100\n2,50\n3,40\n", "allowed: 0 (the start), 1, 2"),
        ("year,left\n0,100\n1,50\n2,60\n", "period 2: more customers (60) than before (50)"),
        ("year,left\n0,100\n1,100\n2,100\n", "nobody left"),
    ],
)
def test_bad_renewals_are_refused_plainly(run, table, said):
    code, told, _ = run(table, columns=("--contract", "--period", "year", "--alive", "left"))
    assert code == 1
    assert said in told


def test_missing_columns_are_asked_for(run, orders):
    assert "a table of orders needs --date" in run(orders, columns=("--customer", "id"))[1]
    assert "a table of renewals needs --period and --alive" in run(orders, columns=("--contract",))[1]


def test_as_a_process(tmp_path, orders, root):
    orders.to_csv(tmp_path / "o.csv", index=False)
    words = ["value", "o.csv", *COLUMNS, "--out", "deep/v.csv"]
    done = subprocess.run(
        [sys.executable, "-m", "pipeline.cli", *words], cwd=tmp_path, capture_output=True, text=True, check=False,
        env={"PYTHONPATH": str(root), "PATH": ""},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "BG/NBD" in done.stdout
    assert (tmp_path / "deep" / "v.csv").is_file()
