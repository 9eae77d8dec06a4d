"""The parts of a persona's page: who, wants, pains, where and when; and what to do about it, from figures alone."""

from typing import Any

PICTURED_FEATURES, PICTURED_ROWS = 5, 12
TELLING_ROWS = 6
ADVICES = 5
TOPICS = (
    ("wants", "What they want", ("need", "motivation", "decision factor", "interest", "attitudinal")),
    ("pains", "What hurts, what pleases", ("pain", "satisfaction")),
    ("reach", "Where and when to meet them", ("channel", "device", "hours")),
    ("habits", "What else is known of them", ("demographic", "activity", "technographic", "value")),
)
"""Key, heading and themes of each part of the page, in its order."""
DO = {
    "pain": "Put right first",
    "need": "Offer",
    "motivation": "Speak of",
    "decision factor": "Show",
    "interest": "Speak of",
    "channel": "Meet them here",
    "device": "Make it work here first",
    "hours": "Be there at this time",
}
DO_NOT = {
    "need": "Do not lead with",
    "motivation": "Do not lead with",
    "decision factor": "Do not lead with",
    "interest": "Do not lead with",
    "channel": "Do not count on",
    "device": "Do not count on",
    "hours": "Do not expect them at",
}


def topics(parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The themes of one group under the headings of `TOPICS`, unknown themes last; each with its most telling rows."""
    named = {theme for _, _, themes in TOPICS for theme in themes}
    found = []
    for key, title, themes in TOPICS:
        last = key == TOPICS[-1][0]
        own = [p for p in parts if p["theme"] in themes or last and p["theme"] not in named]
        found.append({"key": key, "title": title, "themes": [p["theme"] for p in own], "telling": telling(own)})
    return found


def telling(parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows in which the group stands out most, strongest first; of rows with the same figures only the first."""
    rows = [r for p in parts for r in p["rows"] if r["tone"] and r["others"]["value"] is not None]
    rows.sort(key=lambda r: (-abs(r["difference"]), r["label"]))
    seen: dict[tuple[Any, Any], dict[str, Any]] = {}
    for r in rows:
        seen.setdefault((r["cell"]["value"], r["others"]["value"]), r)
    kept: list[dict[str, Any]] = []
    for r in seen.values():
        if sum(k["feature"] == r["feature"] for k in kept) < 2:
            kept.append(r)
    return kept[:TELLING_ROWS]


def advice(parts: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """What to do and what not: the strongest difference of each theme in either direction, as figures say it."""
    return {"do": _advised(parts, DO, 1), "do_not": _advised(parts, DO_NOT, -1)}


def _advised(parts: list[dict[str, Any]], words: dict[str, str], side: int) -> list[dict[str, Any]]:
    found = []
    for part in parts:
        rows = [r for r in part["rows"] if r["tone"] * side > 0 and r["others"]["value"] is not None]
        if part["theme"] in words and rows:
            best = max(rows, key=lambda r: (abs(r["difference"]), r["label"]))
            told = {name: best[name] for name in ("cell", "others", "difference")}
            found.append({"lead": words[part["theme"]], "label": _after_lead(best), **told})
    found.sort(key=lambda r: (-abs(r["difference"]), r["label"]))
    return found[:ADVICES]


def _after_lead(row: dict[str, Any]) -> str:
    """What is advised, without the question or the words that the lead says already.

    >>> _after_lead({"heading": "Needs", "short": "Learning to brew", "label": "Needs: Learning to brew"})
    'Learning to brew'
    >>> _after_lead({"heading": "", "short": "", "label": "Share of activity on desktop"})
    'on desktop'
    """
    return str(row["short"] if row["heading"] and row["short"] else row["label"].removeprefix("Share of activity "))


def pictured(parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the picture of each theme shows: positions of its rows."""
    found = []
    for p in parts:
        at = {id(r): i for i, r in enumerate(p["rows"])}
        found.append({"theme": p["theme"], "title": p["title"], "rows": [at[id(r)] for r in _pictured(p["rows"])]})
    return found


def _pictured(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The shares of the theme's features that stand out most, at most as many as a picture can hold."""
    shares = [r for r in rows if r["share"] and r["cell"]["value"] is not None]
    strength: dict[str, float] = {}
    for r in shares:
        apart = abs(r["cell"]["value"] - (r["others"]["value"] or 0.0))
        strength[r["feature"]] = max(strength.get(r["feature"], 0.0), apart)
    chosen: list[str] = []
    total = 0
    for feature in sorted(strength, key=lambda f: (-strength[f], f))[:PICTURED_FEATURES]:
        size = sum(r["feature"] == feature for r in shares)
        if total + size <= PICTURED_ROWS or not chosen:
            chosen.append(feature)
            total += size
    shown = [r for r in shares if r["feature"] in chosen][:PICTURED_ROWS]
    return sorted(shown, key=lambda r: bool(r["heading"]))
