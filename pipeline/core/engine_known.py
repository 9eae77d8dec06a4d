"""What is made of texts of few values, in DuckDB: of each of those in the first rows it is made once.

A column of few values that is made of one text, by trimming, searching and replacing, is the same wherever that text
stands. The texts of the first rows become codes, and a list has what is made of each. Only for other texts need
anything be made; nothing is supposed about which there are.
"""

from collections.abc import Mapping

from ibis.backends.duckdb import Backend
from ibis.util import gen_name

from pipeline.core.engine_codes import FIRST_ROWS, Known, quoted, type_of

CODE = "@code of "
"""Prefix of the column with the code of what a column is made of."""


def known_texts(connection: Backend, view: str, raw: Mapping[str, str]) -> dict[str, Known]:
    """What is made of the texts in the first rows of a view, for the columns that are made of one other (`raw`) each.

    Left out are columns of many values, and those made of many.
    """
    first = gen_name("first")
    shown = ", ".join(quoted(c) for c in dict.fromkeys([*raw, *raw.values()]))
    connection.raw_sql(f"CREATE TEMP TABLE {first} AS SELECT {shown} FROM {quoted(view)} LIMIT {FIRST_ROWS}")
    found = {column: _known(connection, first, column, of) for column, of in raw.items()}
    connection.raw_sql(f"DROP TABLE {first}")
    return {column: known for column, known in found.items() if known}


def _known(connection: Backend, table: str, column: str, raw: str) -> Known | None:
    pairs = gen_name("pairs")
    connection.raw_sql(
        f"CREATE TEMP TABLE {pairs} AS SELECT DISTINCT {quoted(raw)} AS raw, {quoted(column)} AS made FROM {table} "
        f"WHERE {quoted(raw)} IS NOT NULL AND {quoted(column)} IS NOT NULL"
    )
    raw_type = type_of(connection, pairs, "raw")
    [(as_they_are,)] = connection.raw_sql(f"SELECT bool_and(raw = made) FROM {pairs}").fetchall()
    type_ = raw_type if as_they_are else type_of(connection, pairs, "made")
    made = connection.raw_sql(f"SELECT made FROM {pairs} ORDER BY raw").fetchall() if raw_type and type_ else []
    connection.raw_sql(f"DROP TABLE {pairs}")
    return Known(CODE + column, raw_type, type_, tuple(m for (m,) in made)) if raw_type and type_ else None


def with_codes(connection: Backend, name: str, view: str, known: Mapping[str, Known], raw: Mapping[str, str]) -> None:
    """Make the view `name` of the rows of `view`, with the codes of what the columns in `known` are made of (`raw`)."""
    codes = "".join(f", TRY_CAST({quoted(raw[c])} AS {k.raw_type}) AS {quoted(k.code)}" for c, k in known.items())
    connection.raw_sql(f"CREATE OR REPLACE TEMP VIEW {quoted(name)} AS SELECT *{codes} FROM {quoted(view)}")
