"""Ibis expressions that ingest shares: cells, times, money and pseudonyms, equal to their pandas twins."""

import json
from base64 import b64encode
from collections.abc import Callable, Collection
from typing import TypeVar, cast

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa

from pipeline.core.engine import digest_number
from pipeline.core.pseudonym import CASELESS_SPACES, ID_LENGTH
from pipeline.ingest import currencies
from pipeline.ingest.cells import GROUPED, Decimal
from pipeline.ingest.dates import Order
from pipeline.ingest.times import SLOT_MINUTES, TIME, ZONED

_FIRST_MICROSECOND, _LAST_MICROSECOND = -62_135_596_800_000_000, 253_402_300_799_000_000
"""Year 1 to 9999."""
_KEY_CHARACTERS = 18
"""Of 6 bits each; with the 36 of a UUID they fit into one block."""
_YEAR_LAST = (
    r"^([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})"
    r"(?:[ T,]+([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?(?: ?([AaPp])\.?[Mm]\.?)?)?$"
)
_PARTS = ("one", "two", "year", "hour", "minute", "second", "half")
"""The groups of `_YEAR_LAST`."""
_COMMON_TIMES = {20: "%Y-%m-%dT%H:%M:%SZ", 24: "%Y-%m-%dT%H:%M:%S.%gZ", 27: "%Y-%m-%dT%H:%M:%S.%fZ"}
"""Number of characters -> pattern."""
V = TypeVar("V", bound=ir.Value)
W = TypeVar("W", bound=ir.Value)
_BLOCK = 64
"""Block size of SHA-256 in bytes, for HMAC (RFC 2104)."""


@ibis.udf.scalar.builtin
def sha256(data: bytes) -> str:  # type: ignore[empty-body]
    """Hex digest."""


@ibis.udf.scalar.builtin
def unhex(digits: str) -> bytes:  # type: ignore[empty-body]
    """Bytes of hex digits."""


@ibis.udf.scalar.builtin(name="substr")
def _from(text: str, position: int) -> str:  # type: ignore[empty-body]
    """The text from a position on, counted from its end where negative."""


@ibis.udf.scalar.builtin(signature=((dt.string, dt.string), dt.Timestamp(scale=6)))
def try_strptime(text, pattern):  # type: ignore[no-untyped-def]
    """The time that a text of the pattern gives. Spark leaves it out: what it gives is never but quicker."""


@ibis.udf.scalar.builtin(name="hex")
def hex_of(text: str) -> str:  # type: ignore[empty-body]
    """Hex digits of a text's UTF-8 bytes."""


def keyed_pseudonym(key: bytes, space: str, value: ir.StringValue) -> ir.StringValue:
    """The same as `core.pseudonym.pseudonym`, in the engine: ids of events are too many to pass through Python."""
    block = (bytes.fromhex(_sha256_hex(key)) if len(key) > _BLOCK else key).ljust(_BLOCK, b"\0")
    inner_pad = bytes(b ^ 0x36 for b in block).hex()
    outer_pad = bytes(b ^ 0x5C for b in block).hex()
    message = hex_of(ibis.literal(f"{space}\x1f") + value)
    inner = sha256(unhex(ibis.literal(inner_pad) + message))
    return sha256(unhex(ibis.literal(outer_pad) + inner)).lower().substr(0, ID_LENGTH)


def keyed_number(key: bytes, space: str, value: ir.StringValue) -> ir.IntegerValue:
    """A stable id of an event: a number of 63 bits from the MD5 of a secret of 108 bits of `key` and the value.

    It need not withstand more than a guess of the vendor's id by who does not know the secret (docs/privacy.md), and a
    log has millions: HMAC would hash four blocks for each where this hashes one, of a UUID as well, and SHA-256 takes
    three times as long. The secret is 18 characters, and text: the engine takes longer to make bytes of a text than to
    hash it.
    """
    drawn = b64encode(bytes.fromhex(_hmac_hex(key, space))).decode("ascii")[:_KEY_CHARACTERS]
    return digest_number(ibis.literal(drawn) + value)


def cell(table: ir.Table, column: str, missing: list[str]) -> ir.StringColumn:
    """Trimmed text; missing where it is blank or means missing."""
    return unless_missing(trimmed(table[column]), missing)


def unless_missing(text: ir.StringValue, missing: Collection[str]) -> ir.StringValue:
    """A trimmed text, missing where it means missing."""
    marks = sorted({m.strip() for m in missing} - {""})
    return text.isin(marks).ifelse(ibis.null("string"), text) if marks else text


def identifier(table: ir.Table, column: str, space: str) -> ir.StringColumn:
    """Trimmed text, e-mails in lower case; missing where blank. Texts that mean missing do not apply to ids."""
    text = trimmed(table[column])
    return text.lower() if space in CASELESS_SPACES else text


def trimmed(text: ir.StringValue) -> ir.StringValue:
    """Text without white space around it, missing where it is blank.

    Few texts have any, and to look whether they have is quicker than to trim; of blank ones most are empty.
    """
    return ibis.cases(((text >= "!") & (_from(text, -1) >= "!"), text), (text != "", text.strip().nullif("")))


def is_naive(text: ir.StringValue) -> ir.BooleanValue:
    """Whether a time names no zone."""
    return text.endswith("Z").ifelse(False, text.re_search(TIME) & ~text.re_search(ZONED))


def common_time(text: ir.StringValue) -> ir.TimestampValue:
    """The time of texts such as `2024-03-12T09:14:05.123Z`, which most logs hold; missing for all others.

    Without a search for patterns: a number may have fewer digits than the pattern says, but not at that length.
    Of white space around a text the pattern would take no notice.
    """
    cases = [(length, try_strptime(text, pattern)) for length, pattern in _COMMON_TIMES.items()]
    return ((text >= "0") & text.endswith("Z")).ifelse(text.length().cases(*cases), ibis.null("timestamp(6)"))


def local_time(text: ir.StringValue) -> ir.TimestampValue:
    """The time as written, without its zone."""
    day = text.substr(0, 10)
    clock = text.re_extract(r"^[0-9-]{10}[T ]([0-9:]{5,8}(?:\.[0-9]{1,6})?)", 1)
    full = (clock.length() == 5).ifelse(clock + ":00", clock)
    return (day + (full != "").ifelse(ibis.literal(" ") + full, "")).try_cast("timestamp(6)")


def written_offset_minutes(text: ir.StringValue) -> ir.IntegerValue:
    """Minutes ahead of UTC that the text itself states, 0 for `Z` and for none."""
    found = text.re_extract(r"([+-][0-9]{2}:?[0-9]{2})$", 1)
    minutes = found.substr(1, 2).try_cast("int64") * 60 + found.re_extract("([0-9]{2})$", 1).try_cast("int64")
    has = text.re_search(ZONED) & (found != "")
    stated = has.ifelse((found.substr(0, 1) == "-").ifelse(-minutes, minutes), 0)
    return text.endswith("Z").ifelse(0, stated).fill_null(0).cast("int64")


def slot(moment: ir.TimestampValue) -> ir.IntegerValue:
    """Number of the quarter hour since 1970 that holds a time."""
    return (moment.epoch_seconds() / (SLOT_MINUTES * 60)).floor().cast("int64")


def plus_minutes(moment: ir.TimestampValue, minutes: ir.IntegerValue) -> ir.TimestampValue:
    """A time moved by whole minutes."""
    return moment + minutes.as_interval("m")


def utc_time(text: ir.StringValue) -> ir.TimestampValue:
    """A written time in UTC, one without a zone taken as UTC (the engine's zone); missing where the text is no time."""
    known = text.re_search(TIME).ifelse(text, ibis.null("string"))
    plain = known.re_replace(r"(\.[0-9]{6})[0-9]+", r"\1").re_replace(r" +([+-])", r"\1")
    return plain.try_cast("timestamp('UTC', 6)").cast("timestamp(6)")


def time_text(moment: ir.TimestampValue) -> ir.StringValue:
    """A time as text without a zone, to the microsecond."""
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f")


def epoch_time(number: ir.StringValue, per_second: int) -> ir.StringValue:
    """The time, as text without a zone, of a number since 1970 in units of `per_second`; missing where it is none.

    The number may be a decimal. `2024` is a second in 1970, not a year: the unit must be declared or fixed by a format.
    """
    value = number.re_search(r"^-?[0-9]{1,17}(\.[0-9]*)?([eE][+]?[0-9]{1,2})?$").ifelse(number, ibis.null("string"))
    exact = value.try_cast("float64") * (1_000_000 / per_second)
    sensible = exact.between(_FIRST_MICROSECOND, _LAST_MICROSECOND).ifelse(exact, ibis.null("float64"))
    return time_text(ibis.timestamp("1970-01-01 00:00:00") + sensible.round(0).cast("int64").as_interval("us"))


def day_and_month_in_iso(text: ir.StringValue, order: Order) -> ir.StringValue:
    """Dates with the year last (`31.12.2024 9:14`, `12/31/2024 9:14 PM`) as `2024-12-31 09:14:00`; others as they are.

    The twin of `dates.in_iso`, for texts whose order of day and month is declared.
    """
    part = {name: text.re_extract(_YEAR_LAST, n) for n, name in enumerate(_PARTS, 1)}
    day, month = ("one", "two") if order == "day first" else ("two", "one")
    half, hour = part["half"].lower(), part["hour"].try_cast("int64").fill_null(0)
    hour = ibis.cases((half == "p", hour % 12 + 12), (half == "a", hour % 12), else_=hour)
    date = part["year"] + "-" + part[month].lpad(2, "0") + "-" + part[day].lpad(2, "0")
    clock = [hour.cast("string"), *(part[name].nullif("").fill_null("00") for name in ("minute", "second"))]
    iso = date + " " + ibis.literal(":").join([c.lpad(2, "0") for c in clock])
    return text.re_search(_YEAR_LAST).ifelse(iso, text)


def seconds(text: ir.StringValue) -> ir.IntegerValue:
    """Whole seconds since 1970 of a written time, one without a zone taken as UTC."""
    return utc_time(text).epoch_seconds().cast("int64")


def skewed_time(received: ir.StringValue, sent: ir.StringValue, original: ir.StringValue) -> ir.StringValue:
    """When something happened by the receiver's clock, as text in UTC: received - (sent - original)."""
    return time_text(utc_time(original) + (utc_time(received) - utc_time(sent))) + "Z"


def hundredths(text: ir.StringValue) -> ir.IntegerValue:
    """Money as integer hundredths; missing where the text is no number or beyond 10^14."""
    # Rounded first: multiplied by 100 with four decimals the largest would not fit.
    return (number(text, "decimal(18, 4)").round(2).cast("decimal(18, 2)") * 100).try_cast("int64")


def number(text: ir.StringValue, decimal: str) -> ir.DecimalValue:
    """A plainly written number as a decimal of that type; missing where the text is none, or does not fit."""
    plain = text.re_search(r"^[+-]?[0-9]{1,13}(\.[0-9]*)?([eE][+-]?[0-9]{1,3})?$").ifelse(text, ibis.null("string"))
    return plain.try_cast(decimal)


def plainly(text: ir.StringValue, decimal: Decimal) -> ir.StringValue:
    """Numbers written with that decimal mark as `1234.56`, see `cells.plainly`; other texts as they are."""
    bare = text.re_replace(r"[^0-9,.+-]", "").replace("." if decimal == "comma" else ",", "").replace(",", ".")
    return text.re_search(GROUPED[decimal]).ifelse(bare, text)


def without_mark(text: ir.StringValue, mark: str) -> ir.StringValue:
    """Amounts without the mark of their currency, see `currencies.without_mark`; other texts as they are."""
    return text.re_replace(currencies.before(mark), r"\1\2").re_replace(currencies.after(mark), r"\1")


def _sha256_hex(data: bytes) -> str:
    from hashlib import sha256 as digest

    return digest(data).hexdigest()


def _hmac_hex(key: bytes, text: str) -> str:
    import hmac

    return hmac.new(key, text.encode(), "sha256").hexdigest()


def json_text(text: str) -> str:
    """A text as JSON."""
    return json.dumps(text, ensure_ascii=False)


def json_quoted(text: ir.StringValue) -> ir.StringValue:
    """A text expression as a JSON text; missing stays missing. Control characters become blanks."""
    escaped = text.re_replace(r"[\x00-\x1f]", " ").replace("\\", "\\\\").replace('"', '\\"')
    escaped = text.re_search(r'[\x00-\x1f\\"]').ifelse(escaped, text)
    return ibis.literal('"') + escaped + '"'


def once(value: V, change: Callable[[V], W]) -> W:
    """`change(value)`, with `value` in the query once however often `change` names it: others grow with each use."""
    return cast(W, ibis.array([value]).map(change)[0])


def is_literal(value: ir.Value) -> bool:
    """Whether all rows have the same, so that nothing need be asked of each."""
    return isinstance(value.op(), ops.Literal)


def literal_value(value: ir.Value) -> object:
    """What a literal stands for; None where it is missing, or no literal."""
    operation = value.op()
    return operation.value if isinstance(operation, ops.Literal) else None


def literal_of(table: ir.Table, column: str) -> ir.Value | None:
    """The literal that stands in a column of every row, or None where the column is no literal."""
    relation: ops.Node = table.op()
    name = column
    while isinstance(relation, ops.Project):
        value = relation.values[name]
        if isinstance(value, ops.Literal):
            return cast(ir.Value, value.to_expr())
        if not isinstance(value, ops.Field):
            return None
        relation, name = value.rel, value.name
    return None


def made_of(table: ir.Table, column: str, base: ir.Table) -> frozenset[str]:
    """The columns of `base` that a column is made of, row by row; with a blank name where of anything else as well."""
    found, asked = set(), [(cast(ops.Node, table.op()), column)]
    while asked:
        relation, name = asked.pop()
        if relation == base.op():
            found.add(name)
        elif isinstance(relation, ops.JoinReference):
            asked.append((relation.parent, name))
        elif isinstance(relation, ops.Project | ops.JoinChain):
            value = relation.values[name]
            asked += [(f.rel, f.name) for f in value.find(ops.Field, filter=ops.Value)]
            if value.find((ops.Analytic, ops.Reduction, ops.Subquery, ops.Impure), filter=ops.Value):
                found.add("")
        else:
            found.add("")
    return frozenset(found)


def to_frame(table: ir.Table) -> pd.DataFrame:
    """The result as a frame, through Arrow: Ibis' own conversion asks pandas for an option that pandas 3 retires."""
    return table.to_pyarrow().to_pandas()


def from_frame(frame: pd.DataFrame) -> ir.Table:
    """A frame as a table of the engine, through Arrow (see `to_frame`)."""
    return ibis.memtable(pa.Table.from_pandas(frame, preserve_index=False))
