"""Tables of DuckDB in which texts of few different values are codes (`ENUM`): less to keep, to sort and to write.

To all queries they stay texts. Which values there are is not known before the last row is read: those of the first rows
become codes while a table is filled, what else turns up is kept beside them and then added.
"""

from collections.abc import Sequence

from ibis.backends.duckdb import Backend
from ibis.util import gen_name

_FIRST_ROWS = 65_536
_MOST_VALUES = 1_000
"""Each group of rows in Parquet holds all values of a code."""


def create_coded(connection: Backend, name: str, view: str, columns: Sequence[str]) -> None:
    """Create the temporary table `name` of the rows of `view`, with codes in those `columns` that have few values."""
    types = _types_of_first(connection, view, columns) if columns else {}
    coded = {c: f"TRY_CAST({_quoted(c)} AS {type_})" for c, type_ in types.items() if type_}
    replaced = ", ".join(f"{code} AS {_quoted(c)}" for c, code in coded.items())
    others = "".join(
        f", CASE WHEN {code} IS NULL THEN {_quoted(c)} END AS {_quoted(_other(c))}" for c, code in coded.items()
    )
    replaced = f" REPLACE ({replaced})" if coded else ""
    connection.raw_sql(f"CREATE TEMP TABLE {_quoted(name)} AS SELECT *{replaced}{others} FROM {_quoted(view)}")
    for column in coded:
        _add_others(connection, name, column)


def _types_of_first(connection: Backend, view: str, columns: Sequence[str]) -> dict[str, str | None]:
    first, listed = gen_name("first"), ", ".join(_quoted(c) for c in columns)
    connection.raw_sql(f"CREATE TEMP TABLE {first} AS SELECT {listed} FROM {_quoted(view)} LIMIT {_FIRST_ROWS}")
    types = {c: _type_of(connection, first, _quoted(c)) for c in columns}
    connection.raw_sql(f"DROP TABLE {first}")
    return types


def _add_others(connection: Backend, table: str, column: str) -> None:
    """Give a coded column the values that its first rows did not have."""
    other = _quoted(_other(column))
    if connection.raw_sql(f"SELECT 1 FROM {_quoted(table)} WHERE {other} IS NOT NULL LIMIT 1").fetchall():
        text = f"coalesce({_quoted(column)}::VARCHAR, {other})"
        type_ = _type_of(connection, table, text) or "VARCHAR"
        connection.raw_sql(f"ALTER TABLE {_quoted(table)} ALTER {_quoted(column)} TYPE {type_} USING {text}")
    connection.raw_sql(f"ALTER TABLE {_quoted(table)} DROP COLUMN {other}")


def _type_of(connection: Backend, table: str, text: str) -> str | None:
    """A new type of the values of an expression, in their order as texts; none where there are none or many."""
    values = f"SELECT DISTINCT {text} AS code FROM {_quoted(table)} WHERE {text} IS NOT NULL"
    [(number,)] = connection.raw_sql(f"SELECT count(*) FROM ({values})").fetchall()
    if not 0 < number <= _MOST_VALUES:
        return None
    name = gen_name("codes")
    connection.raw_sql(f"CREATE TYPE {name} AS ENUM ({values} ORDER BY code)")
    return name


def _other(column: str) -> str:
    return f"other {column}"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
