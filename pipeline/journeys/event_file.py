"""A log of events given to a command, CSV (also .gz) or Parquet: the engine reads it, few columns come to memory."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from pipeline.core.engine import Backend, connect, keep
from pipeline.core.errors import InputError, SettingsError, gather, near_match
from pipeline.journeys.funnel_steps import OTHER, Log
from pipeline.journeys.groups import ALL, NOT_KNOWN
from pipeline.journeys.log_rows import damage_told, opened
from pipeline.journeys.spell_columns import SHOWN
from pipeline.journeys.stages import MICROSECONDS_PER_DAY, epoch_us

_UNITS = {"s": 1_000_000, "m": 60_000_000, "h": 3_600_000_000, "d": MICROSECONDS_PER_DAY, "w": 7 * MICROSECONDS_PER_DAY}


@dataclass(frozen=True)
class Names:
    """Columns of the log."""

    customer: str
    event: str
    time: str
    by: str | None = None
    sequence: str | None = None

    @property
    def asked(self) -> list[str]:
        """Those that the log must have."""
        return [name for name in (self.customer, self.event, self.time, self.by, self.sequence) if name is not None]


@dataclass(frozen=True)
class Window:
    """A stretch of time: microseconds, or where `number` is true a number in the unit of the log's own times."""

    length: float
    number: bool

    @property
    def unit(self) -> float:
        """What one unit of the output is in units of `length`: a day, or 1."""
        return 1.0 if self.number else float(MICROSECONDS_PER_DAY)


@dataclass(frozen=True)
class GivenLog:
    """The events that matter, the group of each row, the last moment of the whole log, and what was noticed."""

    log: Log
    group: np.ndarray
    end: float
    notes: tuple[str, ...]


def parse_window(text: str) -> Window:
    """A window such as `14d`, `36h`, or a plain number where the log's times are numbers.

    >>> parse_window("2h").length
    7200000000.0
    """
    found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)([smhdw]?)", text.strip())
    if not found or float(found[1]) <= 0:
        raise SettingsError(
            f"--window: found `{text}`, allowed: a length such as 30m, 36h, 14d or 2w, or a number above 0 where the "
            "times of the log are numbers."
        )
    return Window(float(found[1]) * _UNITS.get(found[2], 1), not found[2])


def read_log(path: Path, names: Names, kinds: Sequence[str], window: Window, end: str | None, whole: bool) -> GivenLog:
    """Events of the `kinds` (with `whole` all events), by customer and moment; at one moment in the order of `kinds`.

    Times are compared in UTC where they tell their zone. `end` is the first moment not observed; without it the log's
    last event is the last moment observed. Raises `InputError` for columns and times that cannot be used.
    """
    with damage_told(path):
        return _read(opened(connect(), path, names.asked), path, names, kinds, window, end, whole)


def read_events(path: Path, names: Names) -> tuple[ibis.Table, ibis.Table]:
    """All events as `customer` (a number), `event`, its `place` in alphabetical order, `moment` (microseconds since
    1970), and `sequence` where there is one; those of nobody are left out. Beside them the `place` of each `event`.

    Raises `InputError` for columns and times that cannot be used.
    """
    connection = connect()
    with damage_told(path):
        rows = opened(connection, path, names.asked)
        moment, ordered = _moment(rows, names.time, number=False), {}
        if names.sequence is not None:
            ordered = {"sequence": _sequence(rows, names.sequence)}
        events = rows.select(who=rows[names.customer], what=rows[names.event], moment=moment, **ordered)
        if path.suffix != ".parquet":
            events = keep(connection, "events", events)
        counted = events.aggregate(
            bad=events.moment.isnull().sum(),
            unordered=events.sequence.isnull().sum() if ordered else ibis.literal(0),
            rows=events.count(),
        )
        found = counted.to_pyarrow().to_pylist()[0]
        if not found["rows"]:
            raise InputError(f"{path.name}: the log has no rows below its header.")
        _refuse_times(path.name, rows, moment, int(found["bad"] or 0), names.time, number=False)
        kinds = _numbered(connection, "kinds", events.what)
        customers = _numbered(connection, "customers", events.who)
    if found["unordered"]:
        raise InputError(f"{path.name}: column `{names.sequence}` must hold a number in every row: it orders events.")
    customers = customers.filter(customers.text != "").select(customer="place", who="value")
    known = events.inner_join(customers, "who")
    kinds = kinds.rename(what="value", event="text")
    known = known.left_join(kinds, "what")
    return known.select("customer", "event", "place", "moment", *ordered), kinds


def _numbered(connection: Backend, name: str, column: ir.Column) -> ibis.Table:
    """Each different `value` as `text` without blanks around it, and its `place`: alike for alike texts."""
    # Kept before they are worked on: the engine would strip every row, then look which differ.
    values = keep(connection, f"{name} given", column.name("value").as_table().distinct())
    found = values.filter(values.value.notnull()).mutate(text=values.value.cast("string").strip())
    return keep(connection, name, found.mutate(place=ibis.dense_rank().over(ibis.window(order_by=found.text))))


def _read(
    rows: ibis.Table, path: Path, names: Names, kinds: Sequence[str], window: Window, end: str | None, whole: bool
) -> GivenLog:
    moment = _moment(rows, names.time, window.number)
    events = rows.select(
        customer=rows[names.customer].cast("string").strip().nullif(""),
        kind=_kind(rows[names.event].cast("string").strip(), kinds),
        moment=moment,
        sequence=_sequence(rows, names.sequence),
        label=ibis.literal(ALL) if names.by is None else rows[names.by].cast("string").strip(),
    )
    found = _facts(path.name, events, kinds)
    _refuse_times(path.name, rows, moment, int(found["bad"] or 0), names.time, window.number)
    if found["unordered"]:
        raise InputError(f"{path.name}: column `{names.sequence}` must hold a number in every row: it orders events.")
    notes = _notes(path.name, found, kinds, rows, names)
    last = float(found["last"]) if end is None else _end(end, window)
    if end is not None:
        events = events.filter(events.moment < last)
    wanted = events.filter(events.customer.notnull() & (ibis.literal(whole) | (events.kind != OTHER)))
    return GivenLog(*_sorted(wanted.to_pyarrow(), len(kinds)), last, notes)


def _facts(file: str, events: ibis.Table, kinds: Sequence[str]) -> dict:
    """What one pass over the log tells: times that are none, the last moment, rows of nobody, which kinds there are."""
    seen = {f"seen_{place}": (events.kind == place).any() for place in range(len(kinds))}
    facts = events.aggregate(
        bad=_no_time(events.moment).sum(),
        last=events.moment.max(),
        nobody=events.customer.isnull().sum(),
        unordered=events.sequence.isnull().sum(),
        rows=events.count(),
        **seen,
    )
    found: dict = facts.to_pyarrow().to_pylist()[0]
    if not found["rows"]:
        raise InputError(f"{file}: the log has no rows below its header.")
    return found


def _no_time(moment: ir.Value) -> ir.BooleanValue:
    number = moment.cast("float64")
    return moment.isnull() | number.isinf() | number.isnan()


def _moment(rows: ibis.Table, name: str, number: bool) -> ir.Value:
    """The time as a number: as it stands, or microseconds since 1970; missing where it is neither."""
    # Stripped before it is tried: the engine would have its CSV reader convert the bare column, and fail.
    column = rows[name].strip() if rows[name].type().is_string() else rows[name]
    if number:
        return ibis.null("float64") if column.type().is_temporal() else column.try_cast("float64")
    if column.type().is_numeric():
        return ibis.null("int64")
    moment = column if column.type().is_temporal() else column.try_cast("timestamp('UTC')")
    zoned = moment.type().is_timestamp() and moment.type().timezone is not None
    return epoch_us(moment if zoned else moment.cast("timestamp"))


def _refuse_times(file: str, rows: ibis.Table, moment: ir.Value, count: int, name: str, number: bool) -> None:
    """Times that are none, with the rows they stand in (the first below the header is 1)."""
    if not count:
        return
    numbered = rows.mutate(row=ibis.row_number() + 1, bad=_no_time(moment), shown=rows[name].cast("string"))
    first = numbered.filter(numbered.bad).select("row", "shown").limit(SHOWN).to_pyarrow().to_pylist()
    lines = [f"row {f['row']}, column `{name}`: found {f['shown'] or 'nothing'!r}." for f in first]
    lines += [f"{count - len(first):,} more rows alike."] if count > len(first) else []
    wanted = (
        "a number, as --window has no unit"
        if number
        else "a moment such as 2026-03-01 08:30:00, or a number with a --window that has no unit"
    )
    gather(InputError, lines, f"{file}: {count:,} time(s) cannot be read; allowed: {wanted}")


def _kind(event: ir.StringValue, kinds: Sequence[str]) -> ir.Value:
    cases = [(event == name, place) for place, name in enumerate(kinds)]
    return ibis.cases(*cases, else_=OTHER).cast("int64")


def _sequence(rows: ibis.Table, name: str | None) -> ir.Value:
    return ibis.literal(0.0) if name is None else rows[name].cast("string").strip().try_cast("float64")


def _end(text: str, window: Window) -> float:
    try:
        found = float(text) if window.number else _microseconds(datetime.fromisoformat(text.strip()))
    except ValueError:
        found = np.nan
    if not np.isfinite(found):
        allowed = "a number" if window.number else "a day or moment such as 2026-03-01"
        raise SettingsError(f"--end: found `{text}`, allowed: {allowed}.")
    return found


def _microseconds(moment: datetime) -> float:
    """Since 1970, UTC where no zone is named."""
    zoned = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return float((zoned - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1))


def _notes(file: str, found: dict, kinds: Sequence[str], rows: ibis.Table, names: Names) -> tuple[str, ...]:
    notes = []
    if found["nobody"]:
        notes.append(f"{file}: {found['nobody']:,} of {found['rows']:,} events have no `{names.customer}`: left out.")
    unseen = [name for place, name in enumerate(kinds) if not found[f"seen_{place}"]]
    if unseen:
        listed = rows.select(event=rows[names.event].cast("string").strip()).distinct().limit(1000)
        others = sorted(name for name in listed.to_pyarrow().column("event").to_pylist() if name)
        notes += [f"{file}: no event is called `{name}`.{near_match(name, others)}" for name in unseen]
    return tuple(notes)


def _sorted(rows: pa.Table, last_kind: int) -> tuple[Log, np.ndarray]:
    customer = rows["customer"].combine_chunks().dictionary_encode().indices.to_numpy(zero_copy_only=False)
    kind = rows["kind"].to_numpy()
    label = rows["label"].combine_chunks().fill_null("").to_numpy(zero_copy_only=False)
    moment = rows["moment"].to_numpy().astype(float)
    rank = np.where(kind == OTHER, last_kind, kind)
    order = np.lexsort((rank, rows["sequence"].to_numpy(), moment, customer))
    label = np.where(label == "", NOT_KNOWN, label)[order]
    return Log(customer[order].astype(np.int64), moment[order], kind[order].astype(np.int64)), label
