"""Tables of DuckDB in which texts of few different values are codes (`ENUM`): less to keep, to sort and to write.

To all queries they stay texts. Which values there are is not known before the last row is read: those of the first rows
become codes while a table is filled; a row with others keeps them beside, and then they are added.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from ibis.backends.duckdb import Backend
from ibis.util import gen_name

FIRST_ROWS = 65_536
"""In which values are looked for."""
_MOST_VALUES = 1_000
"""Each group of rows in Parquet holds all values of a code."""
_OTHERS = '"other values"'


@dataclass(frozen=True)
class Known:
    """What a column is made of each of the known texts: `raw_type` has these, `type_` what is made of them.

    `code` is the column with the code of the text, missing where it is not known.
    """

    code: str
    raw_type: str
    type_: str
    made: tuple[str, ...]
    """In the order of `raw_type`."""

    def column(self, name: str) -> str:
        """SQL of the coded column `name`, which itself need only hold what is made of texts that are not known."""
        made = ", ".join(_literal(text) for text in self.made)
        known = f"([{made}]::{self.type_}[])[enum_code({quoted(self.code)}) + 1]"
        known = quoted(self.code) if self.type_ == self.raw_type else known
        return f"coalesce({known}, TRY_CAST({quoted(name)} AS {self.type_}))"


@dataclass(frozen=True)
class Texts:
    """What is known of the texts of columns before they are read.

    Columns in `few` have few different values; `known` tells what some of these are made of, `all_values` which there
    are, or most. A column in `same` has one text in all rows; it need not be among them.
    """

    few: Collection[str] = ()
    known: Mapping[str, Known] = field(default_factory=dict)
    all_values: Mapping[str, Collection[str]] = field(default_factory=dict)
    same: Mapping[str, str] = field(default_factory=dict)


def view_of_kept(connection: Backend, table: str, place: str, same: Mapping[str, str]) -> str:
    """The name of a new view of a table: with the number of each row, and columns with one text in all rows."""
    name = f"view of {table}"
    codes = "".join(f", {_literal(t)}::{_type_of_values(connection, [t])} AS {quoted(c)}" for c, t in same.items())
    rows = f"SELECT *, rowid AS {quoted(place)}{codes} FROM {quoted(table)}"
    connection.raw_sql(f"CREATE OR REPLACE TEMP VIEW {quoted(name)} AS {rows}")
    return name


def create_coded(connection: Backend, name: str, view: str, columns: Collection[str], texts: Texts) -> None:
    """Create the temporary table `name` of the rows of `view`, with codes in those `columns` that have few values.

    What `texts.known` columns are made of is left out of the table.
    """
    table, rows = quoted(name), quoted(view)
    known = texts.known
    types = {quoted(c): _type_of_values(connection, v) for c, v in texts.all_values.items() if c in columns}
    types |= {quoted(c): k.type_ for c, k in known.items()}
    unknown_yet = [quoted(c) for c in columns if c in texts.few and quoted(c) not in types]
    types |= _types_of_first(connection, rows, unknown_yet) if unknown_yet else {}
    if not types:
        connection.raw_sql(f"CREATE TEMP TABLE {table} AS SELECT * FROM {rows}")
        return
    codes = {c: f"TRY_CAST({c} AS {type_})" for c, type_ in types.items()}
    made = {quoted(c): k.column(c) for c, k in known.items()}
    replaced = ", ".join(f"{made.get(c, code)} AS {c}" for c, code in codes.items())
    every = f"* EXCLUDE ({', '.join(quoted(k.code) for k in known.values())})" if known else "*"
    unknown = " OR ".join(f"({c} IS NOT NULL AND {code} IS NULL)" for c, code in codes.items())
    others = f"CASE WHEN {unknown} THEN [{', '.join(codes)}] END AS {_OTHERS}"
    connection.raw_sql(f"CREATE TEMP TABLE {table} AS SELECT {every} REPLACE ({replaced}), {others} FROM {rows}")
    if _any(connection, table, f"{_OTHERS} IS NOT NULL"):
        for number, column in enumerate(codes, 1):
            known_values = next((v for c, v in texts.all_values.items() if quoted(c) == column), ())
            _add(connection, table, column, f"{_OTHERS}[{number}]", known_values)
    connection.raw_sql(f"ALTER TABLE {table} DROP COLUMN {_OTHERS}")


def _types_of_first(connection: Backend, rows: str, columns: Sequence[str]) -> dict[str, str]:
    """A type for each column of which the first rows have few values."""
    first = gen_name("first")
    connection.raw_sql(f"CREATE TEMP TABLE {first} AS SELECT {', '.join(columns)} FROM {rows} LIMIT {FIRST_ROWS}")
    types = {c: type_of(connection, first, c) for c in columns}
    connection.raw_sql(f"DROP TABLE {first}")
    return {c: type_ for c, type_ in types.items() if type_}


def _add(connection: Backend, table: str, column: str, other: str, values: Collection[str]) -> None:
    """Give a coded column the values that its first rows did not have; too many make it a text.

    It keeps codes for `values`.
    """
    if _any(connection, table, f"{column} IS NULL AND {other} IS NOT NULL"):
        text = f"coalesce({column}::VARCHAR, {other})"
        type_ = type_of(connection, table, text, values) or "VARCHAR"
        connection.raw_sql(f"ALTER TABLE {table} ALTER {column} TYPE {type_} USING {text}")


def type_of(connection: Backend, table: str, text: str, others: Collection[str] = ()) -> str | None:
    """A new type of the values of an expression and some others, in their order as texts.

    None where there are no values, or many.
    """
    values = f"SELECT DISTINCT {text} AS code FROM {table} WHERE {text} IS NOT NULL"
    values += "".join(f" UNION SELECT {_literal(other)}" for other in others)
    [(number,)] = connection.raw_sql(f"SELECT count(*) FROM ({values})").fetchall()
    if not 0 < number <= _MOST_VALUES:
        return None
    name = gen_name("codes")
    connection.raw_sql(f"CREATE TYPE {name} AS ENUM ({values} ORDER BY code)")
    return name


def _type_of_values(connection: Backend, values: Collection[str]) -> str:
    """A new type of these values, in their order as texts."""
    name = gen_name("codes")
    connection.raw_sql(f"CREATE TYPE {name} AS ENUM ({', '.join(_literal(v) for v in sorted(set(values)))})")
    return name


def _any(connection: Backend, table: str, condition: str) -> bool:
    return bool(connection.raw_sql(f"SELECT 1 FROM {table} WHERE {condition} LIMIT 1").fetchall())


def _literal(text: str) -> str:
    """An SQL text."""
    return "'" + text.replace("'", "''") + "'"


def quoted(name: str) -> str:
    """An SQL name."""
    return '"' + name.replace('"', '""') + '"'
