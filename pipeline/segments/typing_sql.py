"""The scorecard as SQL, so that a warehouse types its customers without Python."""

import re
from collections.abc import Mapping

from sqlglot import exp, parse_one

from pipeline.segments.schema import UNASSIGNED
from pipeline.segments.typing_fields import Field
from pipeline.segments.typing_score import LOG_ODDS_PER_POINT
from pipeline.segments.typing_tool import Tool

DIALECTS: Mapping[str, str] = {
    "duckdb": "DuckDB",
    "postgres": "PostgreSQL",
    "bigquery": "BigQuery",
    "snowflake": "Snowflake",
}
_RESERVED = frozenset(
    re.findall(
        r"\w+",
        """all analyse analyze and any array as asc asymmetric between both by case cast check collate column connect
        constraint create cross current default deferrable desc distinct do else end except exists false fetch following
        for foreign from full grant group grouping groups having hash if ignore in inner intersect interval into is join
        lateral leading left like limit lookup merge natural new no not null nulls of offset on only or order outer over
        partition placing preceding primary proto qualify range recursive references respect returning right rows select
        set similar some start struct symmetric table then to trailing treat true unbounded union unique unnest user
        using values variadic view when where window with within""",
    )
)
"""Words that at least one of the databases does not take as the name of a column."""


def sql(tool: Tool, dialect: str, table: str = "customers", key: str = "customer_id") -> str:
    """One query over `table`: key, segment (-1 = none of these), probability, fields_known, for every row.

    Columns are named and typed as the tool's fields; NULL is "not known". Names that need no quotes get none, so that
    every database folds their case as it does for its own tables.
    """
    statement = parse_one(_duckdb(tool, table, key), read="duckdb")
    return statement.sql(dialect=dialect, pretty=True) + ";\n"


def header(tool: Tool, dialect: str) -> str:
    """Comment lines that say what the query needs."""
    lines = [
        f"{DIALECTS[dialect]}: the segment of every row of `customers`, from {len(tool.fields)} columns.",
        "segment -1 = none of these; a column that is NULL counts as not known; replace one that is lacking by NULL.",
        *(f"  {' '.join(f.column.split())}: {_expects(f)}" for f in tool.fields),
    ]
    return "".join(f"-- {line}\n" for line in lines)


def _expects(field: Field) -> str:
    if field.reads == "text":
        return "text"
    if field.levels:
        return "number, " + ", ".join(f"{i} = {' '.join(level.split())}" for i, level in enumerate(field.levels))
    return "number"


def _duckdb(tool: Tool, table: str, key: str) -> str:
    answers = ", ".join(f"{_answer(f)} AS answer_{i}" for i, f in enumerate(tool.fields))
    segments = range(tool.segments)
    points = ", ".join(f"{_points(tool, k)} AS points_{k}" for k in segments)
    known = " + ".join(f"CASE WHEN answer_{i} IS NULL THEN 0 ELSE 1 END" for i in range(len(tool.fields)))
    every = ", ".join(f"points_{k}" for k in segments)
    unit = f"CAST({LOG_ODDS_PER_POINT!r} AS DOUBLE)"  # a bare literal would be a decimal, and overflow
    odds = " + ".join(f"EXP((points_{k} - most_points) * {unit})" for k in segments)
    winner = " ".join(f"WHEN points_{k} = most_points THEN {k}" for k in segments)
    return f"""
    WITH answers AS (SELECT {_name(key)} AS {_name(key)}, {answers} FROM {_name(table)}),
    points AS (SELECT {_name(key)}, {known} AS fields_known, {points} FROM answers),
    best AS (SELECT {_name(key)}, fields_known, {every}, GREATEST({every}) AS most_points FROM points),
    typed AS (SELECT {_name(key)}, fields_known, 1.0 / ({odds}) AS probability, CASE {winner} END AS winner FROM best)
    SELECT {_name(key)},
    CASE WHEN fields_known = 0 OR probability < {tool.min_probability!r} THEN {UNASSIGNED} ELSE winner END AS segment,
    probability, fields_known FROM typed
    """


def _answer(field: Field) -> str:
    """Which answer a value is; NULL where it is none."""
    column, cases = _name(field.column), []
    for i, one in enumerate(field.bins):
        if one.texts:
            texts = ", ".join(exp.Literal.string(text).sql("duckdb") for text in one.texts)
            cases.append(f"WHEN {column} IN ({texts}) THEN {i}")
        elif one.below is not None:
            cases.append(f"WHEN {column} < {one.below!r} THEN {i}")
        else:
            cases.append(f"WHEN {column} IS NOT NULL THEN {i}")
    return f"CASE {' '.join(cases)} END"


def _points(tool: Tool, segment: int) -> str:
    parts = [str(tool.base[segment])]
    for i, field in enumerate(tool.fields):
        cases = " ".join(f"WHEN {j} THEN {one.points[segment]}" for j, one in enumerate(field.bins))
        parts.append(f"CASE answer_{i} {cases} ELSE 0 END")
    return " + ".join(parts)


def _name(name: str) -> str:
    plain = re.fullmatch(r"[a-z_][a-z0-9_]*", name) is not None and name not in _RESERVED
    return exp.to_identifier(name, quoted=not plain).sql("duckdb")
