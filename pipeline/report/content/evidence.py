"""Rows of `profile`, `claims` and `kpis` as cells."""

from typing import Any

from pipeline.report.content.labels import Dictionary, Entry, anchor, entry_of, theme_title, trait_label
from pipeline.report.numbers import Cell, count, known, mean_cell, share_cell

CLEAR, STRONG = 0.2, 0.5
"""Cohen's conventions for h and d: small and medium."""


def measured(row: dict[str, Any], entry: Entry, min_cell: int) -> Cell:
    """Value, interval and base of a row in the feature's unit; held back where the base is a small cell."""
    if row["n"] < min_cell:
        return withheld(min_cell)
    if is_share(row, entry):
        return share_cell(row["value"], row["lower"], row["upper"], row["n"])
    return mean_cell(row["value"], row["lower"], row["upper"], row["n"], entry.unit)


def withheld(min_cell: int) -> Cell:
    """The cell of a base below `min_cell`."""
    return {"value": None, "lower": None, "upper": None, "n": None, "text": f"fewer than {min_cell}", "interval": ""}


def others(row: dict[str, Any], entry: Entry) -> Cell:
    """The same statistic among all other customers."""
    return share_cell(row["rest_value"]) if is_share(row, entry) else mean_cell(row["rest_value"], unit=entry.unit)


def is_share(row: dict[str, Any], entry: Entry) -> bool:
    """Whether the value lies between 0 and 1 and is read as percent."""
    return row["statistic"] == "share" or entry.kind == "share"


def tone(difference: Any) -> int:
    """How far a group stands out: -2, -1, 0, 1, 2; 0 where not known."""
    d = known(difference) or 0.0
    size = 0 if abs(d) < CLEAR else 1 if abs(d) < STRONG else 2
    return size if d > 0 else -size


TONES = {-2: "much lower", -1: "lower", 0: "about the same", 1: "higher", 2: "much higher"}


def trait(row: dict[str, Any], dictionary: Dictionary, min_cell: int) -> dict[str, Any]:
    """One row of evidence as the pages show it."""
    entry = entry_of(dictionary, row["column"])
    cell = measured(row, entry, min_cell)
    step = tone(row["difference"]) if cell["value"] is not None else 0
    return {
        "label": trait_label(entry, row["level"]),
        "feature": entry.label,
        "level": row["level"],
        "theme": entry.theme,
        "title": theme_title(entry.theme),
        "share": is_share(row, entry),
        "cell": cell,
        "others": others(row, entry),
        "base": "" if cell["n"] is None else count(cell["n"]),
        "tone": step,
        "reading": TONES[step],
        "source": entry.source,
    }


def claim(row: dict[str, Any], dictionary: Dictionary, min_cell: int) -> dict[str, Any]:
    """One claim as a row of evidence with its anchor and sentence."""
    shown = trait(row, dictionary, min_cell)
    more = {"anchor": anchor(row["claim_id"]), "sentence": row["sentence"], "clustered_on": bool(row["clustered_on"])}
    return {**shown, **more, "theme": row["theme"], "title": theme_title(row["theme"]), "source": row["source"]}


def kpi_cell(row: dict[str, Any], min_cell: int) -> Cell:
    """One key figure in its unit."""
    if row["n"] < min_cell:
        return withheld(min_cell)
    if row["unit"] == "share":
        return share_cell(row["value"], row["lower"], row["upper"], row["n"])
    return mean_cell(row["value"], row["lower"], row["upper"], row["n"], row["unit"])
