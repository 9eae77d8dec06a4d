"""The table `customers`: records of the customer exports merged into one row per customer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from pipeline.core.sources import FieldSettings
from pipeline.ingest.cells import in_levels, numbers, without_missing
from pipeline.ingest.dates import in_iso
from pipeline.ingest.privacy import scrub_cell
from pipeline.ingest.rejects import Account, reject_rows, stacked
from pipeline.ingest.rows import Rows
from pipeline.ingest.times import parse_times

NUMERIC_KINDS = ("numeric", "count", "share")


@dataclass(frozen=True)
class Records:
    """One customer source after merging: `fields` and `dates` (stage event -> time) are indexed by customer_id."""

    fields: pd.DataFrame
    dates: pd.DataFrame
    account: Account
    conflicts: int


def merge_records(rows: Rows, customer_ids: pd.Series) -> Records:
    """One row per customer.

    Of several records of one customer the one changed last wins, field by field; older ones fill its gaps. Records
    changed at the same time are ordered by content, so that the order of rows decides nothing.
    """
    known = customer_ids.notna()
    typed, warnings = _typed(rows)
    dates, date_warnings = _dates(rows)
    ordered = _oldest_first(rows).index
    by_customer = customer_ids[known].reindex(ordered).dropna()
    merged = typed.loc[by_customer.index].groupby(by_customer, sort=True).last()
    merged_dates = dates.loc[by_customer.index].groupby(by_customer, sort=True).last()
    rejects = stacked([rows.rejects, reject_rows(rows.source, rows.rows.index[~known], "the row has no identifier")])
    records_each = by_customer.value_counts()
    account = Account(
        rows.source,
        rows.settings.format,
        rows.files,
        rows.read,
        len(merged),
        int(known.sum()) - len(merged),
        len(rejects),
        rejects,
        [*warnings, *date_warnings],
    )
    return Records(merged, merged_dates, account, int((records_each > 1).sum()))


def customers_table(records: Sequence[Records], sources: pd.Series) -> pd.DataFrame:
    """The table `customers`: every customer of `sources` (customer_id -> sources, in order), with its known fields."""
    table = pd.DataFrame({"sources": sources})
    for r in records:
        table = table.join(r.fields)
    table.index.name = "customer_id"
    return table.reset_index()


def _typed(rows: Rows) -> tuple[pd.DataFrame, list[str]]:
    columns: dict[str, pd.Series] = {}
    warnings: list[str] = []
    for name, field in rows.settings.fields.items():
        texts, marked = without_missing(rows.rows[field.column], rows.settings.missing)
        values, wrong, why = _read(texts, field)
        columns[name] = values
        if marked:
            warnings.append(f"`{field.column}`: {marked:,} cell(s) hold a text that means missing")
        if wrong.any():
            warnings.append(f"`{field.column}`: {int(wrong.sum()):,} cell(s) {why}, now missing")
    return pd.DataFrame(columns, index=rows.rows.index), warnings


def _read(texts: pd.Series, field: FieldSettings) -> tuple[pd.Series, pd.Series, str]:
    if field.kind in NUMERIC_KINDS:
        values, wrong = numbers(texts)
        return values, wrong, "are no number"
    if field.levels:
        values, wrong = in_levels(texts, field.levels)
        return values, wrong, "are not among the declared levels"
    clean: Mapping[str, str] = {t: scrub_cell(t) for t in texts.dropna().unique()}
    return texts.map(clean).astype("str"), texts.isna() & False, ""


def _dates(rows: Rows) -> tuple[pd.DataFrame, list[str]]:
    columns, warnings = {}, []
    for event, column in rows.settings.stage_dates.items():
        texts, _ = without_missing(rows.rows[column], rows.settings.missing)
        columns[event] = parse_times(_in_iso(texts, rows, column), rows.zone)
        wrong = int((texts.notna() & columns[event].isna()).sum())
        if wrong:
            warnings.append(f"`{column}`: {wrong:,} cell(s) are no time, now missing")
    return pd.DataFrame(columns, index=rows.rows.index), warnings


def _in_iso(texts: pd.Series, rows: Rows, column: str) -> pd.Series:
    """Dates such as `3/12/2024 9:14 AM` as ISO 8601; raises `InputError` where day and month cannot be told apart."""
    where = f"source `{rows.source}`: `{column}`"
    iso = in_iso(texts.fillna(""), where, rows.settings.dates, epoch=rows.settings.epoch)
    return iso.where(texts.notna())


def _oldest_first(rows: Rows) -> pd.DataFrame:
    """Rows in order of last change, then of content."""
    changed = pd.Series(pd.NaT, index=rows.rows.index, dtype="datetime64[us, UTC]")
    for name in ("modified", "created"):
        if name in rows.columns:
            column = rows.columns[name]
            texts, _ = without_missing(rows.rows[column], rows.settings.missing)
            changed = changed.fillna(parse_times(_in_iso(texts, rows, column), rows.zone))
    content = ["\x1f".join(cells) for cells in rows.rows[sorted(rows.rows.columns)].to_numpy(dtype=object)]
    order = pd.DataFrame({"changed": changed, "content": content}, index=rows.rows.index)
    return order.sort_values(["changed", "content"], na_position="first", kind="stable")
