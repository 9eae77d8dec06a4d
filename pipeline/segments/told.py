"""What `personas segment` says: of the columns before, of the segments after."""

import pandas as pd

from pipeline.segments.own_features import OwnFeatures
from pipeline.segments.segmentation import Segmentation
from pipeline.segments.traits import traits
from pipeline.segments.typing_outputs import few_facts
from pipeline.segments.typing_tool import Tool


def about_columns(own: OwnFeatures) -> list[str]:
    """One line per column: kind, role, how much is known, and what is odd."""
    rows = [("column", "kind", "role", "known", "")]
    for entry in own.dictionary.to_dict("records"):
        kind = entry["kind"] if entry["role"] != "exclude" else "-"
        name = str(entry["column"])
        known = f"{1 - entry['missing_share']:.1%}"
        rows.append((_short(name), kind, entry["role"], known, own.notes[name]))
    widths = [max(len(row[i]) for row in rows) for i in range(4)]
    lines = ["  ".join([*(row[i].ljust(widths[i]) for i in range(4)), row[4]]).rstrip() for row in rows]
    return [*lines, *(f"note: {warning}" for warning in own.warnings)]


def _short(name: str, most: int = 48) -> str:
    return name if len(name) <= most else f"{name[: most - 1]}…"


def about_segments(found: Segmentation, table: pd.DataFrame, own: OwnFeatures, tool: Tool | None) -> list[str]:
    """What was left out and why, the segments' sizes and traits, and last the verdict."""
    dropped = found.summary["dropped_columns"]
    assert isinstance(dropped, dict)
    lines = [f"not used: {name}: {why}" for name, why in dropped.items()]
    sizes = table["segment"].value_counts().sort_index()
    marks = traits(own.features, own.dictionary, table) if len(sizes) > 1 else {}
    for segment, size in sizes.items():
        lines.append(f"{_name(segment)}: {counted(size, 'customer')} ({size / len(table):.1%})")
        lines += [f"    {text}" for text in marks.get(segment, [])]
    if tool is not None:
        lines.append(_told_apart(tool))
    lines.append(str(found.summary["sentence"]))
    if found.summary["verdict"] == "none" and (table["segment"] >= 0).any():
        lines.append(
            f"The partition into {table['segment'].max() + 1} groups that was written is one useful way to cut a "
            "continuum, as asked for by --partition-anyway: other cuts are as good."
        )
    lines[-1] = " ".join(filter(None, [lines[-1], few_facts(tool)]))
    return lines


def _told_apart(tool: Tool) -> str:
    """How few columns tell the segments."""
    names, accuracy = ", ".join(f.column for f in tool.fields), tool.measures["accuracy"]
    return f"told apart by {names}: these alone type {accuracy:.1%} of the customers right (out of fold)."


def counted(number: int, what: str) -> str:
    """A number and what it counts.

    >>> counted(1, "customer"), counted(2345, "customer")
    ('1 customer', '2,345 customers')
    """
    return f"{number:,} {what}{'s' * (number != 1)}"


def _name(segment: int) -> str:
    return "unassigned" if segment < 0 else f"segment {segment}"
