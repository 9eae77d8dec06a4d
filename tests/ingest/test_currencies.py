"""Amounts that are written with their currency: proposed by `inspect`, read where declared, and never two added up."""

import pandas as pd
import pytest
import yaml

from pipeline.core.engine import connect
from pipeline.core.errors import SettingsError
from pipeline.core.settings import parse
from pipeline.core.sources import DatasetSettings, SourceSettings
from pipeline.ingest import expressions as x
from pipeline.ingest.cells import plainly
from pipeline.ingest.checks import check
from pipeline.ingest.currencies import MARKS, mark_of, without_mark
from pipeline.ingest.draft import draft_sources
from pipeline.ingest.inspection import inspect_file, inspect_folder
from tests.ingest.event_exports import dataset, judged_rows

WRITTEN = ("{}1,234.56", "{} 1,234.56", "-{}1,234.56", "{}-1,234.56", "1,234.56{}", "1,234.56 {}", "-1,234.56\u00a0{}")
LOG = {
    "format": "csv", "ids": {"user": "user"}, "timezone": "UTC", "decimal": "point", "currency_mark": "$",
    "columns": {"ts": "at", "event": "what", "amount": "paid"},
}  # fmt: skip


@pytest.mark.parametrize("mark", ["$", "€", "EUR", "Fr.", "US$", "zł"])
def test_both_engines_read_a_marked_amount_as_the_plain_one(mark):
    texts = pd.Series([w.format(mark) for w in WRITTEN] + [f"{mark}", "7", f"x{mark}5", "5,00 ¥", f"5{mark}{mark}"])
    in_pandas = plainly(without_mark(texts, mark), "point").tolist()
    table = x.from_frame(pd.DataFrame({"text": texts}))
    money = x.plainly(x.without_mark(table.text, mark), "point")
    in_engine = connect().to_pyarrow(table.select(money=money))["money"].to_pylist()
    assert in_pandas == in_engine
    assert in_pandas[:7] == ["1234.56", "1234.56", "-1234.56", "-1234.56", "1234.56", "1234.56", "-1234.56"]
    assert in_pandas[7:] == [mark, "7", f"x{mark}5", "5,00 ¥", f"5{mark}{mark}"]


def test_events_have_amounts_of_the_declared_currency_and_reject_those_of_another(tmp_path):
    paid = ["$1,234.56", "-$3", "$ 0.5", "2 $", "7", "€5", "5 EUR", "$x"]
    lines = ["user,at,what,paid", *(f'u{n},2025-02-01 10:0{n},buy,"{p}"' for n, p in enumerate(paid))]
    rows = judged_rows(dataset(tmp_path / "log", {"log.csv": "\n".join(lines) + "\n"}, LOG)).sort_values("ts")
    assert rows["cents"].tolist()[:5] == [123_456, -300, 50, 200, 700]
    assert rows["reason"].isna().tolist() == [True] * 5 + [False] * 3
    assert set(rows["reason"].dropna()) == {"the amount is no number"}


def test_inspect_proposes_numbers_with_their_currency_and_the_draft_is_accepted(tmp_path):
    rows = [f'c{n:03d},"${1000 + n:,}.{n % 90 + 10}",{n} EUR,A{n % 3}' for n in range(60)]
    (tmp_path / "crm.csv").write_text("\n".join(["Id,Revenue,Budget,Plan", *rows, ""]), encoding="utf-8")
    columns = {c.name: c for c in inspect_file(tmp_path / "crm.csv").columns}
    assert {n: (c.kind, c.currency, c.id) for n, c in columns.items() if n in ("Revenue", "Budget", "Plan")} == {
        "Revenue": ("numeric", "$", False), "Budget": ("numeric", "EUR", False), "Plan": ("nominal", "", False),
    }  # fmt: skip
    draft = draft_sources("CRM", *inspect_folder(tmp_path))
    source = yaml.safe_load(draft)["sources"]["crm"]
    assert (source["decimal"], source["currency_mark"]) == ("point", "$")
    assert "# ? of one currency only; also found: EUR" in draft
    assert check(tmp_path, parse(yaml.safe_load(draft), DatasetSettings, "draft"))


@pytest.mark.parametrize(
    "values",
    [["$1", "2 €"], ["INV1", "INV2"], ["kr", "dkr"], ["SEK room 5", "SEK room 6"], ["1", "2"], ["EUR"], [], ["A$AP 1"]],
)
def test_what_is_no_amount_of_one_currency_gets_no_mark(values):
    assert mark_of(pd.Series(values, dtype="str")) == ""


def test_every_known_mark_can_be_declared_and_a_number_cannot():
    given = {"kind": "events", "format": "csv", "files": "x"}
    for mark in MARKS:
        assert SourceSettings.model_validate({**given, "currency_mark": mark}).currency_mark == mark
    with pytest.raises(SettingsError, match="currency_mark"):
        parse({**given, "currency_mark": "5"}, SourceSettings, "sources.yaml")
