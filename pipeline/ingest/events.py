"""Rows of event exports in the engine: read as text, judged, repeated messages merged; never in pandas.

A row ends as kept, merged (a repetition of a declared event id) or rejected, with the first reason that applies.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import reduce

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir
import pandas as pd

from pipeline.core.engine import CODE, Backend
from pipeline.core.errors import InputError
from pipeline.core.sources import Observation, SourceSettings
from pipeline.ingest import expressions as x
from pipeline.ingest import user_agent
from pipeline.ingest.amounts import NO_NUMBER, NO_QUANTITY, TOO_LARGE, amounts, as_refunds, faults
from pipeline.ingest.kept_values import scrubbed_json
from pipeline.ingest.readers.delimited import BROKEN, CONTENT
from pipeline.ingest.readers.event_log import EventLog
from pipeline.ingest.readers.registry import event_log
from pipeline.ingest.times import TIME, offsets_between

UNKNOWN_VISITOR = "visitor never identified"
_UNREADABLE, _OUTSIDE = "the time cannot be read", "outside the observation"
_NO_IDENTIFIER, _NAIVE = "no identifier", "a time without a zone"
ID = "id "
"""Prefix of the engine's column of an identity space."""
_OPTIONAL = ("channel", "device", "os", "browser")
_DERIVED = "@derived "
"""Prefix of a standard column that the format computes from several."""
_KEEP = "keep "
"""Prefix of a kept column's cell, after `_DERIVED`."""
RAW = "@raw "
"""Prefix of the texts that `_DERIVED` columns are made of."""
_OF_IDS = ("event_id", "previous")
"""Derived from identifiers, to which texts that mean missing do not apply."""
_PER_SECOND = {"seconds": 1, "milliseconds": 1_000, "microseconds": 1_000_000}


@dataclass(frozen=True)
class EventSource:
    """One declared event source: `table` is its view in the engine, `zone` that of naive times, `size` its bytes.

    `only_file` is what all rows have as their file, where that is known before they are read.
    """

    name: str
    settings: SourceSettings
    columns: Mapping[str, str]
    zone: str | None
    table: str
    nested: bool
    only_file: str | None
    size: int
    whole: Callable[[], "EventSource"]
    """The source loaded again, with the rows that do not fit the header."""

    @property
    def spaces(self) -> list[str]:
        """Identity spaces of the source."""
        return list(self.settings.ids)

    @property
    def log(self) -> EventLog:
        """What the source's format fixes."""
        return event_log(self.settings.format)


def declared_columns(settings: SourceSettings, columns: Mapping[str, str]) -> list[str]:
    """Every column of the export that sources.yaml or the format asks for, look-up columns left out."""
    from_lookups = {c for join in settings.join for c in join.named.values()}
    asked = [*settings.ids.values(), *columns.values(), *settings.keep, *settings.where, *(j.on for j in settings.join)]
    return [c for c in dict.fromkeys(asked) if c not in from_lookups]


def prepared(connection: Backend, source: EventSource, known: Mapping[str, str] | None = None) -> ir.Table:
    """The raw table with its standard columns: trimmed, derived by its format, written as numbers since 1970.

    A column that sources.yaml declares itself goes before the derived one. The result is a view: where Ibis may put an
    expression into each of its uses, the query grows beyond what the engine can plan.

    The text that a column is made of, if it is one (see `made_of_one`), stands beside it as `RAW`. Columns in `known`
    (column -> the column with the code of that text) are only made where the code is missing.
    """
    raw = connection.table(source.table)
    columns = _standard_columns(raw, source)
    of_one = _made_of_one(columns)
    for name, code in (known or {}).items():
        text = raw[of_one[name]]
        rest = raw[code].isnull().ifelse(text, ibis.null("string"))
        columns[name] = columns[name].op().replace({text.op(): rest.op()}, filter=ops.Value).to_expr()
    columns |= {RAW + text: raw[text] for text in of_one.values()}
    return connection.create_view(f"prepared {source.name}", raw.mutate(**columns), overwrite=True)


def made_of_one(connection: Backend, source: EventSource) -> dict[str, str]:
    """Columns of the prepared table that are made of one column of the raw table, and which that is."""
    return _made_of_one(_standard_columns(connection.table(source.table), source))


def _made_of_one(columns: Mapping[str, ir.Value]) -> dict[str, str]:
    fields = {name: {f.name for f in value.op().find(ops.Field, filter=ops.Value)} for name, value in columns.items()}
    return {name: found.pop() for name, found in fields.items() if len(found) == 1}


def _standard_columns(raw: ir.Table, source: EventSource) -> dict[str, ir.Value]:
    """What `prepared` adds to the raw table."""
    settings = source.settings
    derived = source.log.derived(lambda standard: _optional(raw, source, standard, missing=[]))
    mine: dict[str, ir.Value] = {name: _optional(raw, source, name) for name in source.columns}
    mine["ts"] = raw[source.columns["ts"]]  # trimmed where it is not of the common form, see `_typed`
    mine |= {
        name: value if name in _OF_IDS else x.unless_missing(value.cast("string"), settings.missing)
        for name, value in derived.items()
        if name not in settings.columns
    }
    if settings.epoch and ("ts" not in derived or "ts" in settings.columns):
        mine["ts"] = x.epoch_time(_optional(raw, source, "ts"), _PER_SECOND[settings.epoch]) + "Z"
    elif settings.dates and "ts" in settings.columns:
        mine["ts"] = x.day_and_month_in_iso(_optional(raw, source, "ts"), settings.dates)
    # A text that gives no time is shown, redacted, among the rejects; a derived blank says that there is none to show.
    if "ts" in derived or settings.epoch:
        mine["ts"] = mine["ts"].cast("string").fill_null(_optional(raw, source, "ts"))
    mine |= {_KEEP + column: x.cell(raw, column, settings.missing) for column in settings.keep}
    return {_DERIVED + name: value.cast("string") for name, value in mine.items()}


def with_lookups(table: ir.Table, settings: SourceSettings, lookups: Mapping[str, pd.DataFrame]) -> ir.Table:
    """The raw table with the columns of its look-ups; `lookups` are keyed frames by their `files` pattern."""
    for join in settings.join:
        keyed = lookups[join.files].rename_axis("@key").reset_index()
        right = x.from_frame(keyed[["@key", *join.named.values()]])
        own = table[join.on].split(join.separator)[0] if join.separator else table[join.on]
        table = table.left_join(right, own.strip() == right["@key"]).drop("@key")
    return table


def judged(raw: ir.Table, source: EventSource, observation: Observation, key: bytes, offsets: pd.DataFrame) -> ir.Table:
    """Typed columns of every row, and `reason` (with the `value` at fault) where it cannot be kept.

    `offsets` has the minutes of each quarter hour (`slot`) of the source's zone, for naive times.
    """
    typed = _typed(raw, source, offsets)
    typed = _with_reasons(typed, source, observation)
    return _numbered(typed, source, key)


def zone_offsets(source: EventSource, observation: Observation) -> pd.DataFrame:
    """Offset in minutes of each local quarter hour of the observation, and of some days around it, for naive times.

    Empty where the source's zone is UTC or not known.
    """
    if source.zone in (None, "UTC"):
        return pd.DataFrame({"slot": [], "minutes": []}, dtype="int64")
    around = timedelta(days=2)
    return offsets_between(str(source.zone), observation.start - around, observation.end + around)


def refuse_naive_times(judged: ir.Table, source: EventSource) -> None:
    """Raises `InputError` where there are naive times and no zone is declared."""
    if source.zone is None and len(x.to_frame(judged.filter(judged.reason == _NAIVE).select("reason").limit(1))):
        raise InputError(
            f"source `{source.name}`: `{source.columns['ts']}` holds times without a time zone. "
            "Declare `timezone` of the source, e.g. `timezone: Europe/Berlin`."
        )


def _typed(raw: ir.Table, source: EventSource, offsets: pd.DataFrame) -> ir.Table:
    """Standard columns, still with their texts beside them where a text may be at fault."""
    settings, log = source.settings, source.log
    table = raw.mutate(when=raw[_DERIVED + "ts"])
    table = table.mutate(common=x.common_time(x.unless_missing(table.when, settings.missing)))
    # Of most texts the form tells all; the others are trimmed, and patterns sought in them.
    rest = x.unless_missing(x.trimmed(table.when), settings.missing)
    table = table.mutate(other=table.common.isnull().ifelse(rest, ibis.null("string")))
    table = table.mutate(local=x.local_time(table.other), naive=x.is_naive(table.other))
    clock = x.written_offset_minutes(table.other)
    if len(offsets):
        offset = x.from_frame(offsets)
        table = table.mutate(slot=table.naive.ifelse(x.slot(table.local), ibis.null("int64")))
        table = table.left_join(offset, table.slot == offset.slot).drop("slot_right")
        clock = table.minutes.fill_null(x.written_offset_minutes(table.other))
    ids = {ID + space: x.identifier(table, column, space) for space, column in settings.ids.items()}
    amount = _optional(table, source, "amount")
    priced = amounts(amount, _optional(table, source, "quantity"), settings)
    event = (
        _optional(table, source, "event").fill_null(settings.event)
        if settings.event
        else _optional(table, source, "event")
    )
    if not settings.lines:  # of an order it is the sum of its lines that tells
        priced["cents"], event = as_refunds(priced["cents"], event, settings.refunds)
    kind = _optional(table, source, "message")
    return table.mutate(
        ts=table.common.fill_null(
            table.other.re_search(TIME).ifelse(x.plus_minutes(table.local, -clock), ibis.null("timestamp(6)"))
        ),
        offset=clock.cast("int16"),
        event=event,
        amount=amount,
        **priced,
        sequence=_whole_number(table, source, "order"),
        revision=_whole_number(table, source, "revision"),
        zone_name=_optional(table, source, "timezone"),
        declared_id=_optional(table, source, "event_id"),
        previous=_optional(table, source, "previous"),
        links=ibis.literal(True) if log.links is None else kind.isin(log.links).fill_null(False),
        behaviour=~kind.isin(log.not_behaviour).fill_null(False) if log.not_behaviour else ibis.literal(True),
        properties=_properties(table, source),
        **_described(table, source),
        **ids,
    )


def _optional(table: ir.Table, source: EventSource, standard: str, missing: list[str] | None = None) -> ir.StringValue:
    if _DERIVED + standard in table.columns:
        return table[_DERIVED + standard]
    if standard not in source.columns:
        return ibis.null("string")
    return x.cell(table, source.columns[standard], source.settings.missing if missing is None else missing)


def _whole_number(table: ir.Table, source: EventSource, standard: str) -> ir.IntegerValue:
    found = _optional(table, source, standard)
    return ibis.literal(0, "int64") if x.is_literal(found) else found.try_cast("int64").fill_null(0)


def _described(table: ir.Table, source: EventSource) -> dict[str, ir.StringValue]:
    """channel, device, os, browser; unnamed devices and browsers are read off the user agent."""
    found = {name: _optional(table, source, name) for name in _OPTIONAL}
    if not x.is_literal(found["channel"]):
        found["channel"] = found["channel"].lower()
    return user_agent.described(found, _optional(table, source, "agent"))


def _properties(table: ir.Table, source: EventSource) -> ir.StringValue:
    """A JSON object of the kept columns that have a value; what identifies a person is taken out of them."""
    if not source.settings.keep:
        return ibis.null("string")
    keys = [x.json_text(c.rsplit(".", 1)[-1] if source.nested else c) for c in sorted(source.settings.keep)]
    values = [table[_DERIVED + _KEEP + column] for column in sorted(source.settings.keep)]
    if len(values) == 1:
        return scrubbed_json(values[0], f"{{{keys[0]}: ", "}")
    members = [scrubbed_json(value, f"{key}: ") for key, value in zip(keys, values, strict=True)]
    return ibis.literal("{") + ibis.literal(", ").join(members).nullif("") + "}"


def _with_reasons(table: ir.Table, source: EventSource, observation: Observation) -> ir.Table:
    """The first reason against each row, and the text at fault."""
    start, end = (ibis.timestamp(f"{day.isoformat()} 00:00:00") for day in (observation.start, observation.end))
    ids, of_amounts = [table[ID + space] for space in source.spaces], faults(table)
    cases = [
        *([(table.naive, _NAIVE)] if source.zone is None else []),
        (table[BROKEN].notnull(), table[BROKEN]),
        *((table[c].fill_null("").strip() != w, _differs(c, w)) for c, w in source.settings.where.items()),
        (ibis.coalesce(*ids).isnull(), _NO_IDENTIFIER),
        (table.ts.isnull() & table.other.isnull() & table.behaviour, source.log.no_time),
        (table.ts.isnull() & table.behaviour, _UNREADABLE),
        (table.event.isnull() & _is_unknown(table, "event") & table.behaviour, source.log.no_event),
        *((wrong, reason) for wrong, reason, _ in of_amounts),
        (((table.ts < start) | (table.ts >= end)) & table.behaviour, _OUTSIDE),
    ]
    table = table.mutate(reason=ibis.cases(*cases))
    told = [(table.reason == reason, text) for _, reason, text in of_amounts]
    written = table.other.fill_null(table.when)
    return table.mutate(value=ibis.cases((table.reason.isin([_UNREADABLE, _OUTSIDE]), written), *told))


def _is_unknown(table: ir.Table, column: str) -> ir.BooleanValue:
    """Whether a column is made here, see `prepared`: where its code is known it is not."""
    return table[CODE + column].isnull() if CODE + column in table.columns else ibis.literal(True)


def columns_at_fault(source: EventSource) -> dict[str, str | None]:
    """Reason of a rejected row -> the column that it is about; other reasons are about none."""
    when, found = source.columns["ts"], source.columns.get
    different = {_differs(column, wanted): column for column, wanted in source.settings.where.items()}
    of_time = dict.fromkeys((source.log.no_time, _UNREADABLE, _OUTSIDE), when)
    of_amounts = {NO_QUANTITY: found("quantity"), **dict.fromkeys((NO_NUMBER, TOO_LARGE), found("amount"))}
    return {**different, **of_time, source.log.no_event: found("event"), **of_amounts}


def reasons(source: EventSource) -> list[str]:
    """All reasons that a row may get here, but for those of rows that do not fit their header."""
    of_amounts = (NO_NUMBER, NO_QUANTITY, TOO_LARGE)
    of_times = (_NAIVE, source.log.no_time, _UNREADABLE, _OUTSIDE)
    return [*of_times, *of_amounts, *unwanted(source), _NO_IDENTIFIER, source.log.no_event]


def unwanted(source: EventSource) -> list[str]:
    """Reasons of rows that `where` leaves out."""
    return [_differs(column, wanted) for column, wanted in source.settings.where.items()]


def _differs(column: str, wanted: str) -> str:
    return f"`{column}` is not `{wanted}`"


def _numbered(table: ir.Table, source: EventSource, key: bytes) -> ir.Table:
    """Event ids, of declared ids or of contents; which of several rows with one id is the event is told later."""
    declared = table.declared_id.notnull()
    raw_id = table.declared_id.fill_null(table[CONTENT] + "\x1f0")
    event_id = x.keyed_number(key, id_space(source.name), raw_id)
    if source.settings.lines:
        table = table.mutate(content=table[CONTENT].hash())
    return table.mutate(
        declared=declared,
        event_id=event_id,
        source=ibis.literal(source.name),
        who=who(table, source.spaces),
        merged=ibis.literal(False),
    )


def who(table: ir.Table, spaces: Sequence[str]) -> ir.IntegerValue:
    """A number of 64 bits for the identifiers of a row: rows are looked up by it rather than by several texts."""
    numbers = [table[ID + space].hash() for space in spaces]
    return reduce(lambda left, right: (left >> 1) ^ right, numbers)


def id_space(source: str) -> str:
    """The space in which ids of a source's events are pseudonyms."""
    return f"event:{source}"
