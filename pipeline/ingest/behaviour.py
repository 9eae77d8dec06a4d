"""From event exports to events: judge rows, see identifiers, then give customers and count what became of every row."""

from dataclasses import dataclass

import duckdb
import ibis
import ibis.expr.types as ir
import pandas as pd

from pipeline.core.engine import (
    DIGEST_BITS,
    PLACE,
    Backend,
    Known,
    Texts,
    is_damage,
    is_view,
    keep,
    keep_rows,
    numbered_in_files,
    view,
)
from pipeline.core.pseudonym import ID_LENGTH, pseudonym
from pipeline.core.sources import Observation
from pipeline.ingest import events
from pipeline.ingest import expressions as x
from pipeline.ingest.bots import reason_of, reject_bots
from pipeline.ingest.cells import redacted
from pipeline.ingest.event_identifiers import count_identifiers, seen_identifiers
from pipeline.ingest.events import UNKNOWN_VISITOR, EventSource
from pipeline.ingest.known_texts import with_known_texts
from pipeline.ingest.load import damage_told
from pipeline.ingest.order_lines import add_lines
from pipeline.ingest.readers.delimited import FILE, ROW, has_broken_rows
from pipeline.ingest.rejects import Account
from pipeline.ingest.repeats import settle_repeats
from pipeline.ingest.schema import REJECTS, REJECTS_PER_REASON

BLANK = ""
"""The reason of blank lines, which are no rows: they count in the numbers of those after them, and nowhere else."""


@dataclass(frozen=True)
class Judged:
    """The judged rows of one source, of the kept table `name`.

    `seen` counts the identifiers in those without a reason, `ids` has those that are one person's in one row.
    """

    source: EventSource
    name: str
    rows: ir.Table
    seen: ir.Table
    ids: pd.DataFrame


def judge(connection: Backend, source: EventSource, observation: Observation, key: bytes, bots_per_hour: int) -> Judged:
    """The judged rows of one source as a table in the engine, and the identifiers that its good rows hold.

    The files are read once, in parallel; only delimited text with rows that do not fit its header is read again.
    """
    name = kept_name(source.name)
    table = _read(connection, source, observation, key, bots_per_hour)
    events.refuse_naive_times(table, source)
    of_lines = source.settings.lines is not None
    table = settle_repeats(connection, name, table, key, events.id_space(source.name), of_lines=of_lines)
    table = add_lines(connection, name, table, source.settings) if of_lines else table
    seen = count_identifiers(connection, name, table, source)
    table, seen = reject_bots(connection, name, table, seen, source, bots_per_hour)
    return Judged(source, name, table, seen, seen_identifiers(table, seen, source))


def judged_name(source: str) -> str:
    """The name in the session of a source's judged rows."""
    return f"judged {source}"


def kept_name(source: str) -> str:
    """The name of the table behind them."""
    return f"rows {source}"


def _read(
    connection: Backend, source: EventSource, observation: Observation, key: bytes, bots_per_hour: int
) -> ir.Table:
    """The judged rows as they stream, or, where some fit no header or the engine gives up on a file, split one by one.

    Raises `InputError` where the engine cannot read the files either way.
    """
    reasons = [BLANK, *events.reasons(source), reason_of(bots_per_hour), UNKNOWN_VISITOR]
    try:
        table = _judged(connection, source, observation, key, reasons)
        if not (is_view(connection, source.table) and has_broken_rows(connection)):
            return table
    except duckdb.Error as error:
        if not is_damage(error):
            raise  # the others are told below, where rows that are split one by one are no better
    with damage_told(source.name):
        return _judged(connection, source.whole(), observation, key, reasons)


def _judged(
    connection: Backend, source: EventSource, observation: Observation, key: bytes, reasons: list[str]
) -> ir.Table:
    """The judged rows, in the order of the files, as a table of the session, and a view with what all rows share."""
    offsets = events.zone_offsets(source, observation)
    raw = events.prepared(connection, source)
    typed = events.judged(raw, source, observation, key, offsets)
    wanted = [c for c in typed.columns if c in (*_KEPT, *_AMENDED) or c.startswith(events.ID)]
    known: dict[str, Known] = {}
    streams = is_view(connection, source.table)
    if source.size >= _LONG and streams:
        coded, known, codes = with_known_texts(
            connection,
            source,
            raw,
            typed.select(*wanted, *(c for c in typed.columns if c.startswith(events.RAW))),
            _FEW_VALUES,
        )
        typed = events.judged(events.prepared(connection, coded, codes), source, observation, key, offsets)
    typed = typed.mutate(**{FILE: ibis.literal(source.only_file)}) if source.only_file else typed
    literals = {c: v for c in wanted if c not in _AMENDED and (v := x.literal_of(typed, c)) is not None}
    same = {c: str(text) for c, v in literals.items() if isinstance(text := x.literal_value(v), str)}
    texts = Texts(_FEW_VALUES, known, {"reason": reasons}, same)
    rest = [*(c for c in wanted if c not in literals), *(k.code for k in known.values())]
    rows = keep_rows(connection, kept_name(source.name), typed.select(*rest, *([] if streams else [ROW])), texts)
    if streams:
        rows = rows.mutate(**{ROW: rows[PLACE] + 1}) if source.only_file else numbered_in_files(rows, FILE, ROW)
    return view(
        connection, judged_name(source.name), rows.mutate(**{c: v for c, v in literals.items() if c not in same})
    )


def account(connection: Backend, known: ir.Table, source: EventSource, files: int, told: list[str]) -> Account:
    """What became of every row of one source; `known` are its judged rows, after those of nobody have a reason.

    `told` are further warnings.
    """
    judged = connection.table(judged_name(source.name))
    read, blank = (int(t.count().to_pyarrow().as_py()) for t in (judged, judged.filter(judged.reason == BLANK)))
    # Two questions rather than one with `or`: the engine skips rows by a plain condition.
    lost = known.filter(known.reason.notnull()).union(known.filter(known.reason.isnull()).filter(known.merged))
    lost = lost.filter(lost.reason.fill_null("merged") != BLANK)
    lost = keep(connection, f"lost {source.name}", lost.select(FILE, ROW, "merged", "reason", "value"))
    groups = lost.group_by("reason", "merged").agg(n=lambda t: t.count())
    counts = x.to_frame(groups.order_by("reason", "merged"))
    merged = int(counts.loc[counts["merged"], "n"].sum())
    bad = counts[~counts["merged"]]
    rejected = int(bad["n"].sum())
    return Account(
        source.name,
        source.settings.format,
        files,
        read - blank,
        read - blank - merged - rejected,
        merged,
        rejected,
        _listed(lost, source) if rejected else REJECTS.empty(),
        [*(f"{n:,} row(s): {reason}" for reason, n in zip(bad["reason"], bad["n"], strict=True)), *told],
    )


def dated_events(
    dates: pd.DataFrame, source: str, observation: Observation, zone: str | None, key: bytes
) -> pd.DataFrame:
    """Stage dates (customer_id, event, ts) inside the observation as rows of events."""
    from pipeline.ingest.times import clock_offset

    start, end = (pd.Timestamp(day, tz="UTC") for day in (observation.start, observation.end))
    inside = dates[(dates["ts"] >= start) & (dates["ts"] < end)]
    naive = inside["ts"].dt.tz_localize(None)
    ids = [
        int(pseudonym(key, events.id_space(source), f"{c}\x1f{e}"), 16) >> (4 * ID_LENGTH - DIGEST_BITS)
        for c, e in zip(inside["customer_id"], inside["event"], strict=True)
    ]
    return inside.assign(
        ts=naive,
        source=source,
        event_id=ids,
        offset=[clock_offset(zone or "UTC", moment.to_pydatetime()) for moment in naive],
    ).astype({"offset": "int64", "event": "str", "source": "str", "event_id": "int64"})


def dates_outside(dates: pd.DataFrame, observation: Observation) -> list[str]:
    """A warning where stage dates lie outside the observation."""
    start, end = (pd.Timestamp(day, tz="UTC") for day in (observation.start, observation.end))
    outside = int((~dates["ts"].between(start, end, inclusive="left")).sum())
    return [f"{outside:,} stage date(s) lie outside the observation and give no event"] if outside else []


_LONG = 1 << 28
"""Bytes of a log of which it is worth finding out what is made of its texts."""
_KEPT = (
    FILE, "ts", "declared", "revision", "offset", "event", "sequence", "cents", "zone_name", "links", "behaviour",
    "previous", "properties", "channel", "device", "os", "browser", "source", "value", "content", "without_amount",
)  # fmt: skip
_AMENDED = ("event_id", "who", "merged", "reason")
"""What becomes of a row may be found out later."""
_FEW_VALUES = (FILE, "event", "channel", "device", "os", "browser", "zone_name", "properties", "source")


def _listed(lost: ir.Table, source: EventSource) -> pd.DataFrame:
    """The first rejects of each reason, in order of file and row."""
    bad = lost.filter(~lost.merged)
    bad = bad.select(file=bad[FILE], row=bad[ROW], reason=bad.reason, value=bad.value)
    nth = ibis.row_number().over(ibis.window(group_by=bad.reason, order_by=[bad.file, bad.row]))
    frame = x.to_frame(bad.mutate(nth=nth).filter(lambda t: t.nth < REJECTS_PER_REASON).drop("nth"))
    at_fault = frame["reason"].map(events.columns_at_fault(source))
    shown = frame["value"].map(redacted, na_action="ignore")
    return REJECTS.check(
        frame.assign(source=source.name, column=at_fault, value=shown).sort_values(
            ["file", "row", "reason"], ignore_index=True
        )
    )
