"""`personas score`: the segment of new customers from a few fields, by a typing tool."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.core.command import told_plainly

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.segments.typing_fields import Field
    from pipeline.segments.typing_tool import Tool

SHOWN = 5


def score_table(
    table: Annotated[Path, typer.Argument(help="CSV (also .gz) or Parquet, one row per customer.")],
    out: Annotated[Path, typer.Option(help="File to write: customer_id,segment,probability,fields_known.")],
    tool: Annotated[Path, typer.Option(help="typing_tool.json of a run.")] = Path("data/segments/typing_tool.json"),
    id_column: Annotated[
        str | None, typer.Option("--id", help="Column with the customers' ids; left out: rows are numbered.")
    ] = None,
) -> None:
    """Say which segment new customers belong to, from a few fields; -1 = none of these clearly enough.

    A field that the table lacks is named, the others are used, and the accuracy to expect is told.
    """
    with told_plainly():
        _score(table, out, tool, id_column)


def _score(path: Path, out: Path, tool_path: Path, id_column: str | None) -> None:
    from pipeline.core.errors import InputError
    from pipeline.segments.customer_table import read_customers
    from pipeline.segments.ticks import answered_ticks
    from pipeline.segments.typing_score import score

    tool = _read_tool(tool_path)
    customers, notes = read_customers(path, id_column)
    lacking = [f for f in tool.fields if f.column not in customers]
    if len(lacking) == len(tool.fields):
        raise InputError(f"{path}: none of the tool's fields is a column: {', '.join(f.column for f in lacking)}.")
    values, more = _values(answered_ticks(customers)[0], tool)
    typed = score(tool, values)
    table = customers[["customer_id"]].join(typed.assign(probability=typed["probability"].round(6)))
    _write(table, out)
    told = [
        *notes,
        *(_lacks(f) for f in lacking),
        *more,
        *_summary(typed, tool, values),
        f"{out}: {len(table):,} rows.",
    ]
    for line in told:
        typer.echo(line)


def _read_tool(path: Path) -> "Tool":
    import json

    from pipeline.core.errors import InputError
    from pipeline.segments.typing_tool import from_json

    if not path.is_file():
        raise InputError(f"{path}: no such file. Stage `segments` writes it (`dvc repro segments`).")
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(content, dict) and content.get("segments") == 0:
            raise InputError(f"{path}: {content.get('why', 'there are no segments to type')}")
        return from_json(content)
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}: no typing tool: {type(error).__name__}: {error}.") from None


def _values(customers: "pd.DataFrame", tool: "Tool") -> "tuple[pd.DataFrame, list[str]]":
    """(columns as the tool's fields read them, answers that could not be read)."""
    import pandas as pd

    from pipeline.segments.kinds import NOT_KNOWN

    columns, notes = {}, []
    for field in tool.fields:
        if field.column in customers:
            texts = customers[field.column]
            known = texts.mask(texts.str.lower().isin(list(NOT_KNOWN)))
            values = _read(known, field)
            columns[field.column] = values
            unread = known[known.notna() & (field.codes(values) < 0)].unique()
            if len(unread):
                shown = ", ".join(repr(str(text)[:30]) for text in unread[:SHOWN])
                more = " …" if len(unread) > SHOWN else ""
                notes.append(f"`{field.column}`: taken as not known: {shown}{more}; expected {_expected(field)}.")
    return pd.DataFrame(columns, index=customers.index), notes


def _read(texts: "pd.Series", field: "Field") -> "pd.Series":
    from pipeline.segments.number_texts import read_numbers
    from pipeline.segments.scales import plain

    if field.reads == "text":
        spelled = {plain(text): text for one in field.bins for text in one.texts}
        return texts.map(lambda text: spelled.get(plain(text), text), na_action="ignore")
    counts = {str(text): int(n) for text, n in texts.value_counts().items()}
    numbers = dict(read_numbers(counts).values)
    positions = {level.lower(): float(i) for i, level in enumerate(field.levels)}
    numbers |= {text: positions[text.lower()] for text in counts if text.lower() in positions}
    return texts.map(numbers).astype("float64")


def _expected(field: "Field") -> str:
    if field.reads == "text":
        return ", ".join(text for one in field.bins for text in one.texts)
    if field.levels:
        return ", ".join(f"{i} or {level}" for i, level in enumerate(field.levels))
    return "a number"


def _lacks(field: "Field") -> str:
    return f"The table lacks `{field.column}` ({field.label}): customers are typed by the other fields."


def _summary(typed: "pd.DataFrame", tool: "Tool", values: "pd.DataFrame") -> list[str]:
    sizes = typed["segment"].value_counts().sort_index()
    lines = [
        f"{'none of these' if segment < 0 else f'segment {segment}'}: {size:,} ({size / len(typed):.1%})"
        for segment, size in sizes.items()
    ]
    full = tool.measures["accuracy"]
    given = "".join("1" if f.column in values and values[f.column].notna().any() else "0" for f in tool.fields)
    expected = tool.lacking.get(given)
    if "0" not in given:
        lines.append(f"Accuracy of the tool on customers it had not seen: {full:.1%}.")
    elif expected is not None:
        lines.append(f"Accuracy with these fields: {expected:.1%}, in place of {full:.1%} with all.")
    else:
        lines.append(f"Accuracy is lower than the {full:.1%} with all fields.")
    return [*lines, f"Mean probability of the segments given: {typed['probability'].mean():.1%}."]


def _write(table: "pd.DataFrame", out: Path) -> None:
    from pipeline.core.errors import InputError

    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        table.to_csv(out, index=False, lineterminator="\n")
    except OSError as error:
        raise InputError(f"{out}: cannot be written: {error.strerror}.") from None
