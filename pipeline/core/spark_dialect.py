"""Ibis' Spark SQL where it lacks an operation or means something else than DuckDB does.

Expressions are written once, for DuckDB; each method here says one thing in which Spark would differ. Timestamps are
Spark's `TIMESTAMP` throughout, which in a session in UTC behaves as one without a zone.
"""

import string
from typing import Any

import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
import sqlglot as sg
import sqlglot.expressions as sge
from ibis.backends.sql.compilers.pyspark import PySparkCompiler
from ibis.backends.sql.datatypes import PySparkType

from pipeline.core.engine_ids import DIGEST_BITS, DIGEST_NUMBER

_PARTS_OF_A_SECOND = {"s": 1, "ms": 1_000, "us": 1_000_000}
_HIDDEN_BY_DOT = ".["
"""Characters that a plain key of a JSON path cannot hold."""
_MINUTES_THEN_ZONE = r"^([0-9-]{10}[T ][0-9]{2}:[0-9]{2})([+-].*)\z"
_MIDNIGHT = "(?<=[T ])24:00"


class SparkType(PySparkType):
    """Ibis' types in Spark SQL; every timestamp is UTC, of microseconds."""

    @classmethod
    def _from_ibis_Timestamp(cls, dtype: dt.Timestamp) -> sge.DataType:
        return sge.DataType(this=sge.DataType.Type.TIMESTAMPTZ)


def java_regex(pattern: str) -> str:
    r"""A pattern of RE2, DuckDB's, for Java, whose `$` would also match before a line end at the end.

    >>> java_regex("^a$|[$]")
    '^a\\z|[$]'
    """
    parts: list[str] = []
    inside = escaped = False
    for character in pattern:
        plain = not escaped
        inside = character == "[" or (inside and character != "]") if plain else inside
        parts.append(r"\z" if character == "$" and plain and not inside else character)
        escaped = plain and character == "\\"
    return "".join(parts)


def _try_cast(arg: Any, to: Any) -> Any:
    """Without `safe`, the dialect writes a cast that fails."""
    return sge.TryCast(this=arg, to=to, safe=True)


class SparkCompiler(PySparkCompiler):
    """Compiles what the pipeline's expressions use to Spark SQL that gives the same values as DuckDB."""

    __slots__ = ()
    type_mapper = SparkType

    def visit_Hash(self, op: Any, *, arg: Any) -> Any:
        """64 bits: 32 would find ids alike that are not."""
        return self.f.xxhash64(arg)

    def visit_ScalarUDF(self, op: Any, **given: Any) -> Any:
        """Built-in functions that the engines name differently."""
        name, arguments = self.__sql_name__(op), list(given.values())
        if name == "sha256":
            return self.f.sha2(*arguments, 256)
        if name == DIGEST_NUMBER:
            return self._digest_number(*arguments)
        if name == "try_strptime":
            return _try_cast(sge.null(), SparkType.from_ibis(dt.timestamp))
        if name == "encode":
            return sg.cast(arguments[0], sge.DataType.Type.BINARY)
        if name == "epoch_us":
            return self.f.anon.unix_micros(*arguments)
        return self.f.anon[name](*arguments)

    def _digest_number(self, text: Any) -> Any:
        """The bytes of the digest are turned round: `conv` takes the highest first."""
        digits = self.f.anon.md5(text)
        turned = self.f.concat(*(self.f.anon.substring(digits, 2 * byte + 1, 2) for byte in reversed(range(8))))
        number = sg.cast(self.f.anon.conv(turned, 16, 10), sge.DataType.build("decimal(20, 0)"))
        return sg.cast(self.f.anon.pmod(number, sge.convert(1 << DIGEST_BITS)), sge.DataType.Type.BIGINT)

    def visit_Cast(self, op: Any, *, arg: Any, to: Any) -> Any:
        """Fractions are rounded, as DuckDB has it: Spark would cut them off."""
        if to.is_integer() and (op.arg.dtype.is_floating() or isinstance(op.arg, ops.ExtractEpochSeconds)):
            arg = self.f.anon.rint(arg)
        return super().visit_Cast(op, arg=arg, to=to)

    def visit_TryCast(self, op: Any, *, arg: Any, to: Any) -> Any:
        """Texts such as `2.0` and `1e3` are whole numbers; 24:00 ends a day; a zone may follow minutes."""
        text = op.arg.dtype.is_string()
        if text and to.is_timestamp():
            return self._time(arg, zoned=to.timezone is not None)
        if text and to.is_integer():
            arg = self.f.round(_try_cast(arg, sge.DataType.build("decimal(38, 10)")), 0)
        return _try_cast(arg, self.type_mapper.from_ibis(to))

    def visit_Strip(self, op: Any, *, arg: Any) -> Any:
        """The characters one by one: the dialect would write some of them as letters."""
        codes = [self.f.anon.chr(ord(c)) for c in string.whitespace]
        return self.f.anon.btrim(arg, self.f.concat(*codes))

    def visit_StringSplit(self, op: Any, *, arg: Any, delimiter: Any) -> Any:
        """Spark splits at a pattern."""
        return self.f.anon.split(arg, self.f.concat(sge.convert(r"\Q"), delimiter, sge.convert(r"\E")))

    def visit_RegexSearch(self, op: Any, *, arg: Any, pattern: Any) -> Any:
        """Whether the pattern is found."""
        return self.f.anon.regexp_like(arg, self._pattern(op.pattern, pattern))

    def visit_RegexExtract(self, op: Any, *, arg: Any, pattern: Any, index: Any) -> Any:
        """The group; an empty text where the pattern is not found."""
        return self.f.anon.regexp_extract(arg, self._pattern(op.pattern, pattern), index)

    def visit_RegexReplace(self, op: Any, *, arg: Any, pattern: Any, replacement: Any) -> Any:
        r"""All finds replaced; a group is `\1` in DuckDB and `$1` in Spark."""
        if isinstance(op.replacement, ops.Literal):
            text = op.replacement.value.replace("$", r"\$")
            for group in range(10):
                text = text.replace(rf"\{group}", f"${group}")
            replacement = sge.convert(text)
        return self.f.anon.regexp_replace(arg, self._pattern(op.pattern, pattern), replacement)

    def _pattern(self, op: Any, pattern: Any) -> Any:
        return sge.convert(java_regex(op.value)) if isinstance(op, ops.Literal) else pattern

    def visit_IntervalFromInteger(self, op: Any, *, arg: Any, unit: Any) -> Any:
        """An interval that can be added row by row."""
        zero, short = sge.convert(0), unit.short
        if short in _PARTS_OF_A_SECOND:
            seconds = sg.cast(arg, "decimal(18, 0)") / sge.convert(_PARTS_OF_A_SECOND[short])
            return self.f.anon.make_dt_interval(zero, zero, zero, sg.cast(seconds, "decimal(18, 6)"))
        at = {"D": 0, "h": 1, "m": 2}[short]
        return self.f.anon.make_dt_interval(*(zero for _ in range(at)), sg.cast(arg, "int"))

    def _time(self, text: Any, *, zoned: bool) -> Any:
        time = SparkType.from_ibis(dt.timestamp)
        if zoned:
            text = self.f.anon.regexp_replace(text, sge.convert(_MINUTES_THEN_ZONE), sge.convert("$1:00$2"))
        midnight = self.f.anon.regexp_replace(text, sge.convert(_MIDNIGHT), sge.convert("00:00"))
        day = sge.Interval(this=sge.convert("1"), unit=sge.Var(this="DAY"))
        ends_day = self.f.anon.contains(text, sge.convert("24:00"))
        return self.if_(ends_day, _try_cast(midnight, time) + day, _try_cast(text, time))

    def visit_ExtractEpochSeconds(self, op: Any, *, arg: Any) -> Any:
        """With the fraction, as DuckDB has it."""
        return self.f.anon.unix_micros(arg) / sge.convert(1_000_000)

    def visit_ExtractMicrosecond(self, op: Any, *, arg: Any) -> Any:
        """Microseconds of the second."""
        return sg.cast(self.f.anon.pmod(self.f.anon.unix_micros(arg), 1_000_000), "int")

    def visit_TimestampDelta(self, op: Any, *, part: Any, left: Any, right: Any) -> Any:
        """Whole microseconds between two times."""
        if op.part.value != "microsecond":
            raise NotImplementedError(f"times apart in {op.part.value}")
        return self.f.anon.unix_micros(left) - self.f.anon.unix_micros(right)

    def visit_First(self, op: Any, *, arg: Any, where: Any, order_by: Any, include_null: Any) -> Any:
        """The value at the first of the keys, missing keys last."""
        if not order_by:
            return super().visit_First(op, arg=arg, where=where, order_by=order_by, include_null=include_null)
        keys = [part for key in order_by for part in (key.this.is_(sge.NULL), key.this)]
        known = arg.is_(sg.not_(sge.NULL))
        return self.agg.min_by(arg, self.f.anon.struct(*keys), where=known if where is None else sg.and_(known, where))

    def visit_JSONGetItem(self, op: Any, *, arg: Any, index: Any) -> Any:
        """A value as text, a JSON text without its quotes."""
        key = op.index.value
        path = f"$['{key}']" if any(c in key for c in _HIDDEN_BY_DOT) else f"$.{key}"
        return self.f.anon.get_json_object(arg, sge.convert(path))

    def visit_UnwrapJSONString(self, op: Any, *, arg: Any) -> Any:
        """See `visit_JSONGetItem`."""
        return arg
