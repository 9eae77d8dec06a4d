"""Any two personas side by side: where they differ, key figures, and how far their journeys get."""

from itertools import combinations, product
from typing import Any

from pipeline.core.rounding import ROUNDING_ERROR
from pipeline.journeys.schema import COMPARISONS
from pipeline.report.content.groups import Group
from pipeline.report.content.labels import theme_title
from pipeline.report.content.register import refer
from pipeline.report.inputs import Inputs
from pipeline.report.numbers import chance, known, points

MOST_ROWS = 12
APART = 0.2
OPPOSED = 0.5
TOLD = 2


def pairs(
    inputs: Inputs, groups: list[Group], pages: dict[str, Any], key_figures: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """One entry per pair of personas, in their order."""
    personas = [g for g in groups if g["page"]]
    found = []
    for one, other in combinations(personas, 2):
        at = [groups.index(g) for g in (one, other)]
        rows = differences(pages[one["id"]]["themes"], pages[other["id"]]["themes"])
        figures = [{"label": k["label"], "cells": [k["cells"][i] for i in at]} for k in key_figures]
        found.append(
            {
                "page": page_name(one, other),
                "name": page_name(one, other).removesuffix(".html"),
                "apart": len([r for r in rows if r["side"]]),
                "one": one,
                "other": other,
                "sentence": _sentence(rows, opposed(pages[one["id"]]["evidence"], pages[other["id"]]["evidence"])),
                "rows": rows[:MOST_ROWS],
                "alike": len([r for r in rows if abs(r["gap"]) < APART]),
                "measured": len(rows),
                "figures": [f for f in figures if any(f["cells"])],
                "stages": _stages(inputs, one, other, pages),
            }
        )
    return found


def page_name(one: Group, other: Group) -> str:
    """File of the page of a pair."""
    return f"compare-{one['mark']}-{other['mark']}.html"


def differences(one: list[dict[str, Any]], other: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What is measured of both, the largest gap first.

    The gap is that of their standardised differences from everybody else. Intervals that do not touch make it clear.
    """
    theirs = {r["cell"]["row"].split("|", 3)[3]: r for p in other for r in p["rows"]}
    found = []
    for part in one:
        for row in part["rows"]:
            match = theirs.get(row["cell"]["row"].split("|", 3)[3])
            cells = [row["cell"], match["cell"]] if match else []
            if len(cells) < 2 or any(c["value"] is None for c in cells):
                continue
            gap = round(row["difference"] - match["difference"], 6) if match else 0.0
            shown = {
                "label": row["label"],
                "feature": row["feature"],
                "theme": theme_title(part["theme"]),
                "share": row["share"],
            }
            found.append({**shown, "cells": cells, "gap": gap, "side": _apart(*cells)})
    found.sort(key=lambda r: (-abs(r["gap"]), r["label"]))
    seen: dict[tuple[Any, Any], dict[str, Any]] = {}
    for r in found:
        seen.setdefault((r["cells"][0]["value"], r["cells"][1]["value"]), r)
    return list(seen.values())


def _apart(one: Any, other: Any) -> str:
    """Where the two intervals lie: the first `higher` or `lower`, else nothing.

    Ends that differ by what sums of floats leave are one: of two groups with 1 device each, neither has more.

    >>> one, dusty = {"lower": 1.0, "upper": 1.0}, {"lower": 0.9999999999999997, "upper": 0.9999999999999997}
    >>> _apart(dusty, one), _apart({"lower": 0.5, "upper": 0.9}, one)
    ('', 'lower')
    """
    if None in (one["lower"], one["upper"], other["lower"], other["upper"]):
        return ""
    least = ROUNDING_ERROR * max(1.0, abs(one["lower"]), abs(other["lower"]))
    return (
        "higher" if one["lower"] - other["upper"] > least else "lower" if other["lower"] - one["upper"] > least else ""
    )


def opposed(one: list[dict[str, Any]], other: list[dict[str, Any]]) -> dict[str, str]:
    """Features of which the two have another level each, told in their evidence by bounds, for the table holds it back.

    Of the two shares at least `OPPOSED` more than all of one group: no one level holds both.
    """
    found = {}
    for a, b in product(_bounded(one), _bounded(other)):
        both = a["cell"]["value"] + b["cell"]["value"]
        if a["feature"] == b["feature"] and a["level"] != b["level"] and both >= 1 + OPPOSED:
            ends = [f"“{r['level']}” for {r['cell']['text']}" for r in (a, b)]
            found[a["feature"]] = f"{a['feature']} ({' against '.join(ends)})"
    return found


def _bounded(evidence: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [r for part in evidence for r in part["rows"] if r["cell"]["text"].startswith("at least")]


def _sentence(rows: list[dict[str, Any]], opposites: dict[str, str]) -> str:
    clear = [r for r in rows if r["side"] and abs(r["gap"]) >= APART and r["feature"] not in opposites]
    shown = [f"{r['label']} ({r['cells'][0]['text']} against {r['cells'][1]['text']})" for r in clear]
    told = [*opposites.values(), *shown][:TOLD]
    return f"They differ most in: {'; '.join(told)}." if told else "Nothing measured tells these two clearly apart."


def _stages(inputs: Inputs, one: Group, other: Group, pages: dict[str, Any]) -> list[dict[str, Any]]:
    """Reach of each stage of both, their difference and what the test says of it."""
    table = inputs.comparisons
    both = table["persona"].isin([one["id"], other["id"]]) & table["other"].isin([one["id"], other["id"]])
    tested = {row["stage"]: row for row in table[both].to_dict("records")}
    reach = [
        {s["stage"]: s["probability"] for s in pages[g["id"]]["journey"]["funnel"] if s["step"]} for g in (one, other)
    ]
    found = []
    for stage, cell in reach[0].items():
        if stage not in reach[1]:
            continue
        cells = [cell, reach[1][stage]]
        held = any(c["value"] is None for c in cells)
        row = tested.get(stage)
        found.append({"stage": stage, "cells": cells, **(_tested(row, one, held) if row else _untested())})
    return found


def _untested() -> dict[str, Any]:
    return {"difference": None, "p": "", "finding": "not tested", "margin": None}


def _tested(row: dict[str, Any], one: Group, held: bool) -> dict[str, Any]:
    if held or known(row["difference"]) is None:
        return {"difference": None, "p": "", "finding": "not enough data", "margin": None}
    sign = 1 if row["persona"] == one["id"] else -1
    ends = sorted(sign * (known(row[name]) or 0.0) for name in ("lower", "upper"))
    column = "difference" if sign > 0 else "-difference"
    cell = refer(points(sign * row["difference"], *ends), COMPARISONS, row, column)
    p = "" if known(row["p_holm"]) is None else chance(row["p_holm"])
    return {"difference": cell, "p": p, "finding": row["finding"], "margin": known(row["margin"])}
