"""Rows of `profile`, `claims` and `kpis` as cells."""

from collections.abc import Mapping
from math import sqrt
from typing import Any

import pandas as pd

from pipeline.core.intervals import Z
from pipeline.core.rounding import means_told, percent_bound, shares_told
from pipeline.personas.schema import CLAIMS, KPIS, PROFILE
from pipeline.report.content.labels import (
    Dictionary,
    Entry,
    anchor,
    entry_of,
    split_choice,
    theme_title,
    trait_label,
)
from pipeline.report.content.register import refer
from pipeline.report.numbers import Cell, count, counted_share, known, mean_cell, share_cell, with_unit

Bases = Mapping[tuple[str, str], int]
"""Customers with a value of a feature, by column and level."""
CLEAR, STRONG = 0.2, 0.5
"""Cohen's conventions for h and d: small and medium."""


def measured(row: dict[str, Any], entry: Entry, min_cell: int) -> Cell:
    """Value, interval and base of a row in the feature's unit; held back where the base is a small cell."""
    if row["n"] < min_cell:
        return withheld(min_cell)
    if is_share(row, entry):
        return share_cell(row["value"], row["lower"], row["upper"], row["n"])
    raw = mean_cell(row["value"], row["lower"], row["upper"], row["n"], entry.mean_unit)
    if not entry.lowest:
        return raw
    value, lower, upper = (row[name] + entry.lowest for name in ("value", "lower", "upper"))
    told = mean_cell(value, lower, upper, row["n"], entry.mean_unit)
    return {**raw, "text": told["text"], "interval": told["interval"]}


def withheld(min_cell: int) -> Cell:
    """The cell of a base below `min_cell`."""
    return {"value": None, "lower": None, "upper": None, "n": None, "text": f"fewer than {min_cell}", "interval": ""}


def guarded(row: dict[str, Any], entry: Entry, min_cell: int) -> Cell:
    """As `measured`, and a share only as a bound where the customers behind it are a small cell or leave one."""
    cell = measured(row, entry, min_cell)
    if row["statistic"] != "share" or cell["value"] is None:
        return cell
    return counted_share(cell, round(row["value"] * row["n"]), row["n"], min_cell)


def others(row: dict[str, Any], entry: Entry, rest_n: int, min_cell: int) -> Cell:
    """The same statistic among the `rest_n` other customers, with as many decimals as the group's own figure."""
    value, low, high = (known(row[name]) for name in ("rest_value", "lower", "upper"))
    if value is None:
        return share_cell(None)
    low, high = low or 0.0, high or 0.0
    if is_share(row, entry):
        cell: Cell = {**share_cell(value), "text": shares_told(value, value, low, high)[1]}
        share = row["statistic"] == "share"
        return counted_share(cell, round(value * rest_n), rest_n, min_cell) if share else cell
    shift = entry.lowest or 0
    told = means_told(value + shift, value + shift, low + shift, high + shift)[1]
    return {**mean_cell(value), "text": with_unit(told, entry.mean_unit)}


def is_share(row: dict[str, Any], entry: Entry) -> bool:
    """Whether the value lies between 0 and 1 and is read as percent."""
    return row["statistic"] == "share" or entry.kind == "share"


def tone(difference: Any) -> int:
    """How far a group stands out: -2, -1, 0, 1, 2; 0 where not known."""
    d = known(difference) or 0.0
    size = 0 if abs(d) < CLEAR else 1 if abs(d) < STRONG else 2
    return size if d > 0 else -size


def _is_sure(row: dict[str, Any], rest_n: int) -> bool:
    """Whether the group stands out by 1.96 standard errors of the difference from the `rest_n` others."""
    n, d = row["n"], known(row["difference"]) or 0.0
    return n > 0 and rest_n > 0 and abs(d) * sqrt(n * rest_n / (n + rest_n)) >= Z


OTHER_END = {"at least": "at most", "at most": "at least"}
TONES = {-2: "much lower", -1: "lower", 0: "about the same", 1: "higher", 2: "much higher"}


def bases(profile: pd.DataFrame) -> Bases:
    """How many customers in all have a value, by feature and level."""
    rows = profile[profile["group_by"] == "all"]
    return {(c, level): int(n) for c, level, n in zip(rows["column"], rows["level"], rows["n"], strict=True)}


def trait(
    row: dict[str, Any], dictionary: Dictionary, base: Bases, min_cell: int, claimed: bool = False
) -> dict[str, Any]:
    """One row of evidence as the pages show it, from the table `claims` where it is `claimed`."""
    entry = entry_of(dictionary, row["column"])
    bound = str(row.get("bound", ""))
    rest_n = base.get((row["column"], row["level"]), row["n"]) - row["n"]
    cell, rest = guarded(row, entry, min_cell), others(row, entry, rest_n, min_cell)
    if claimed and cell["text"] == rest["text"]:
        cell, rest = _told_apart(row, entry, cell, rest)
    cell = refer(_at(bound, cell), CLAIMS if claimed else PROFILE, row)
    question, choice = split_choice(entry)
    whole = not row["level"] or row["level"] == entry.positive
    step = tone(row["difference"]) if cell["value"] is not None and _is_sure(row, rest_n) else 0
    return {
        "label": trait_label(entry, row["level"]),
        "feature": entry.label,
        "heading": question if whole else entry.label,
        "short": choice if whole else row["level"],
        "level": row["level"],
        "theme": entry.theme,
        "title": theme_title(entry.theme),
        "share": is_share(row, entry),
        "cell": cell,
        "others": _at(OTHER_END.get(bound, ""), rest),
        "base": "" if cell["n"] is None else count(cell["n"]),
        "tone": step,
        "difference": known(row["difference"]) or 0.0,
        "reading": TONES[step],
        "source": entry.source,
    }


def _told_apart(row: dict[str, Any], entry: Entry, cell: Cell, rest: Cell) -> tuple[Cell, Cell]:
    """The two with as many digits as tell them apart, as the sentence of the claim has them."""
    if cell["value"] is None or rest["value"] is None:
        return cell, rest
    shift = 0 if is_share(row, entry) else entry.lowest or 0
    told = shares_told if is_share(row, entry) else means_told
    texts = told(*(row[name] + shift for name in ("value", "rest_value", "lower", "upper")))
    unit = "" if is_share(row, entry) else entry.mean_unit
    return {**cell, "text": with_unit(texts[0], unit)}, {**rest, "text": with_unit(texts[1], unit)}


def _at(bound: str, cell: Cell) -> Cell:
    """The cell of a share that is told as a bound, rounded to its own side of it; else as it is.

    >>> cell = share_cell(1.0, 0.98, 1.0, 255)
    >>> _at("at least", cell)["text"], _at("at least", {**cell, "value": 0.989})["text"]
    ('100%', 'at least 98%')
    """
    if not bound or cell["value"] in (None, 0.0, 1.0):
        return cell
    return {**cell, "text": f"{bound} {percent_bound(cell['value'], bound)}"}


def claim(row: dict[str, Any], dictionary: Dictionary, base: Bases, min_cell: int) -> dict[str, Any]:
    """One claim as a row of evidence with its anchor and sentence."""
    shown = trait(row, dictionary, base, min_cell, claimed=True)
    more = {"anchor": anchor(row["claim_id"]), "sentence": row["sentence"], "clustered_on": bool(row["clustered_on"])}
    return {**shown, **more, "theme": row["theme"], "title": theme_title(row["theme"]), "source": row["source"]}


def kpi_cell(row: dict[str, Any], min_cell: int) -> Cell:
    """One key figure in its unit."""
    return refer(_kpi(row, min_cell), KPIS, row)


def _kpi(row: dict[str, Any], min_cell: int) -> Cell:
    if row["n"] < min_cell:
        return withheld(min_cell)
    if row["unit"] == "share":
        return share_cell(row["value"], row["lower"], row["upper"], row["n"])
    return mean_cell(row["value"], row["lower"], row["upper"], row["n"], row["unit"])
