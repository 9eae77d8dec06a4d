"""What proves and colours a persona: the REACT card, real examples, its day and week, where it can be reached."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from pipeline.core.rounding import of_size, percent
from pipeline.core.tables import Table
from pipeline.personas.schema import COMPETITORS, REACH, RHYTHM, SATISFACTION
from pipeline.report.content.evidence import withheld
from pipeline.report.content.register import refer
from pipeline.report.numbers import HELD_BACK, count, counted_share, known, mean_cell, share_cell, with_unit

LETTERS = {
    "real": "Real: it rests on customers, not on opinion",
    "exact": "Exact: its figures are told with their uncertainty",
    "actionable": "Actionable: it can be reached and acted on",
    "clear": "Clear: it is told apart from the others",
    "testable": "Testable: it says what can turn out wrong",
}
CHECKS = {
    "customers in a persona": ("customers that are in some persona", "share"),
    "distance of the medoid": ("distance of the nearest customer to its middle, 1 is the usual one", ""),
    "stability": ("how much of it comes back in redrawn data, of 1", ""),
    "probability of belonging": ("chance that its members belong to it, on average", "share"),
    "large differences": ("traits in which it is far from the others", ""),
    "customers per variable": ("customers for each feature that finds segments", ""),
    "size": ("its share of all customers", "share"),
    "reach": ("how many of them the best channel reaches", "share"),
    "future value": ("value to expect of a buyer", "money"),
    "traits": ("traits to keep in mind", ""),
    "words per sentence": ("words in a sentence of its description", ""),
    "reading ease": ("reading ease of its description, 100 is easiest", ""),
    "readers find it clear": ("how clear readers find it, 1 to 7", ""),
    "predictions": ("figures foretold for the next data", ""),
    "predictions that came true": ("foretold figures that came true", "share"),
}
"""Checks of stage `personas` in a reader's words, and the unit of their figures."""
ANY_CHANNEL = "any"
MOST_EXEMPLARS, MOST_TRAITS, MOST_CHANNELS = 3, 6, 8
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

Frames = Mapping[str, pd.DataFrame]


def card(own: str, frames: Frames, hours: pd.DataFrame, min_cell: int, currency: str = "") -> dict[str, Any]:
    """All parts for the persona `own`; a part without rows is empty. `hours`: rhythm of stage `journeys`."""
    mine = {name: f[f["persona_id"] == own].to_dict("records") for name, f in frames.items() if "persona_id" in f}
    return {
        "react": _react(mine["react"], currency),
        "exemplars": _exemplars(mine["exemplars"]),
        "week": week(own, hours, min_cell),
        "rhythm": {part: _rhythm(mine["rhythm"], part, min_cell) for part in ("hour", "weekday")},
        "reach": _channels(mine["reach"], min_cell),
        "competitors": [_shown(r, r["competitor"], COMPETITORS, min_cell) for r in _strongest(mine["competitors"])],
        "weighted": [_weighted(r, min_cell) for r in mine["satisfaction"] if known(r["weighted"]) is not None],
        "annotations": [
            {k: r[k] for k in ("department", "author", "date", "text", "verdict", "evidence")}
            for r in mine["annotations"]
        ],
    }


def _react(rows: list[dict[str, Any]], currency: str) -> list[dict[str, Any]]:
    """One entry per letter: passes where no check fails and one passes."""
    found = []
    for letter, says in LETTERS.items():
        own = [r for r in rows if r["letter"] == letter]
        results = {r["result"] for r in own}
        verdict = "fail" if "fail" in results else "pass" if "pass" in results else "not supplied"
        checks = [_checked(r, currency) for r in own]
        found.append({"letter": letter, "says": says, "verdict": verdict, "checks": checks})
    return found if rows else []


def _checked(row: dict[str, Any], currency: str) -> dict[str, Any]:
    """One check in words a reader has, its figure in its unit."""
    told, unit = CHECKS.get(row["check"], (row["check"], ""))
    value, threshold = known(row["value"]), known(row["threshold"])

    def written(number: float) -> str:
        if unit == "share":
            return percent(number)
        return with_unit(_trimmed(number), currency if unit == "money" else "")

    asked = "" if not threshold else f"{'at least' if row['least'] else 'at most'} {written(threshold)}"
    return {
        "check": told,
        "result": row["result"],
        "value": "" if value is None else written(value),
        "asked": asked,
        "evidence": row["evidence"],
    }


def _trimmed(value: float) -> str:
    """To three digits, without zeros at the end.

    >>> _trimmed(0.6), _trimmed(0.9999), _trimmed(8.624), _trimmed(340.0)
    ('0.6', '1', '8.62', '340')
    """
    text = of_size(value)
    return text.rstrip("0").rstrip(".") if "." in text else text


def _exemplars(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The nearest customers to the middle; ids are pseudonyms and are left out all the same."""
    ranks = sorted({int(r["rank"]) for r in rows})[:MOST_EXEMPLARS]
    found = []
    for rank in ranks:
        own = [r for r in rows if r["rank"] == rank][:MOST_TRAITS]
        traits = [{"label": r["label"], "told": r["told"]} for r in own]
        found.append({"rank": rank, "traits": traits, "shared_by": count(min(r["shared_by"] for r in own))})
    return found


def _rhythm(rows: list[dict[str, Any]], part: str, min_cell: int) -> list[dict[str, Any]]:
    own = sorted((r for r in rows if r["part"] == part), key=lambda r: r["slot"])
    name = (lambda slot: WEEKDAYS[slot]) if part == "weekday" else (lambda slot: f"{slot}")
    return [_shown(r, name(int(r["slot"])), RHYTHM, min_cell) for r in own]


def week(own: str, hours: pd.DataFrame, min_cell: int) -> list[list[float | None]]:
    """Share of the persona's activity by weekday and hour, None where too few customers are behind it."""
    rows = hours[(hours["persona"] == own) & (hours["stage"] == "all")]
    found: list[list[float | None]] = [[None] * 24 for _ in range(7)] if len(rows) else []
    for row in rows.to_dict("records"):
        if row["customers"] == 0 or row["customers"] >= min_cell:
            share = known(row["share"])
            found[int(row["weekday"])][int(row["hour"])] = None if share is None else round(share, 6)
    return found


def _channels(rows: list[dict[str, Any]], min_cell: int) -> list[dict[str, Any]]:
    """Channels, the strongest first; last those whose share may not be told. That there is any says nothing more."""
    single = [r for r in rows if r["column"] != ANY_CHANNEL]
    shown = _strongest(single) + [r for r in single if known(r["value"]) is None]
    found = [_shown(r, r["label"], REACH, min_cell) | {"how": r["how"]} for r in shown]
    for row in found:
        if row["cell"]["value"] is None:
            row["cell"] = {**row["cell"], "text": HELD_BACK}
    return found


def _strongest(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    told = [r for r in rows if known(r["value"]) is not None]
    return sorted(told, key=lambda r: (-r["value"], str(r.get("label"))))[:MOST_CHANNELS]


def _shown(row: dict[str, Any], label: str, table: Table, min_cell: int) -> dict[str, Any]:
    """A share of customers; of events (the rhythm), whose small cells its table holds back, only the base counts."""
    cell = share_cell(row["value"], row["lower"], row["upper"], row["n"])
    k = row["n"] if table is RHYTHM else round((cell["value"] or 0.0) * row["n"])
    cell = refer(counted_share(cell, k, row["n"], min_cell), table, row)
    rest = known(row.get("rest_value"))
    return {"label": label, "cell": cell, "rest": rest, "others": "" if rest is None else percent(rest)}


def _weighted(row: dict[str, Any], min_cell: int) -> dict[str, Any]:
    ends = (row["weighted_lower"], row["weighted_upper"], row["n"])
    share = row["unit"] == "share"
    cell = share_cell(row["weighted"], *ends) if share else mean_cell(row["weighted"], *ends, row["unit"])
    cell = cell if row["n"] >= min_cell else withheld(min_cell)
    return {"label": row["label"], "cell": refer(cell, SATISFACTION, row, "weighted")}
