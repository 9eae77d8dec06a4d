"""Experiments: the effect of each variant, for all and per persona, and whether it can be trusted."""

from typing import Any

from pipeline.core.rounding import percent
from pipeline.experiments.schema import EFFECTS, NEXT_TESTS
from pipeline.personas.schema import ALL
from pipeline.report.content.evidence import withheld
from pipeline.report.content.groups import Group, find
from pipeline.report.content.register import refer
from pipeline.report.inputs import Inputs
from pipeline.report.numbers import Cell, chance, count, count_cell, counted_share, held, known, points, share_cell

ALPHA = 0.05


def trials(inputs: Inputs, groups: list[Group], min_cell: int) -> list[dict[str, Any]]:
    """One entry per experiment with effects, in the table's order."""
    found = []
    for name, rows in inputs.effects.groupby("experiment", sort=False):
        declared = inputs.settings.experiments.get(str(name))
        checks = inputs.checks[inputs.checks["experiment"] == name]
        found.append(
            {
                "name": str(name),
                "label": declared.label if declared else str(name).replace("-", " "),
                "control": declared.control if declared else "control",
                "outcome": rows["outcome"].iloc[0],
                "rows": _told(rows.to_dict("records"), groups, min_cell),
                "checks": [_check(row) for row in checks.to_dict("records")],
            }
        )
    return found


def _told(rows: list[dict[str, Any]], groups: list[Group], min_cell: int) -> list[dict[str, Any]]:
    """The rows; where a share of a part of everybody is held back, so are everybody's two, and their difference is told
    to whole points: all less the others would tell of few."""
    told = [_effect(row, groups, min_cell) for row in rows]
    outside = _outside(rows)
    parts = [t for t in told if t["group"]["id"] not in {ALL, *outside}]
    hold = any(t[a]["value"] is None and t[a]["text"] != "nobody" for t in parts for a in ("control", "treated"))
    return [_without_shares(t) if hold and t["group"]["id"] == ALL else t for t in told]


def _outside(rows: list[dict[str, Any]]) -> set[str]:
    """Groups that are not in everybody's figures: the smallest ones, as far as the others come to these."""
    sizes: dict[str, float] = {}
    for row in rows:
        sizes[row["group"]] = sizes.get(row["group"], row["n_control"]) + row["n_variant"]
    over = sum(n for group, n in sizes.items() if group != ALL) - sizes.get(ALL, 0.0)
    found: set[str] = set()
    for group in sorted(sizes, key=lambda g: sizes[g]):
        over -= sizes[group]
        if group == ALL or over < 0:
            return found
        found.add(group)
    return found


def _without_shares(told: dict[str, Any]) -> dict[str, Any]:
    effect = told["effect"]
    ends = {name: None if effect[name] is None else round(effect[name], 2) for name in ("value", "lower", "upper")}
    shares = {arm: held(told[arm], True) for arm in ("control", "treated")}
    return {**told, **shares, "effect": {**effect, **ends}}


def _effect(row: dict[str, Any], groups: list[Group], min_cell: int) -> dict[str, Any]:
    small = min(row["n_control"], row["n_variant"]) < min_cell
    n = row["n_control"] + row["n_variant"]
    arms = [_arm(row, arm, min_cell) for arm in ("control", "variant")]
    small = small or any(a["value"] is None for a in arms)
    effect = withheld(min_cell) if small else points(row["effect"], row["lower"], row["upper"], n)
    return {
        "group": find(groups, row["group"])
        or {"id": row["group"], "name": row["group"], "mark": "", "colour": "ink", "page": None},
        "variant": row["variant"],
        "n_control": count_cell(row["n_control"], min_cell),
        "n_variant": count_cell(row["n_variant"], min_cell),
        "control": arms[0],
        "treated": arms[1],
        "effect": refer(effect, EFFECTS, row, "effect"),
        "p": "" if small else chance(row["p_value"]),
        "p_adjusted": "" if small or known(row["p_adjusted"]) is None else chance(row["p_adjusted"]),
        "reading": "too few to tell" if small else _reading(row),
    }


def _arm(row: dict[str, Any], arm: str, min_cell: int) -> Cell:
    share, n = known(row[f"share_{arm}"]), int(row[f"n_{arm}"])
    cell = counted_share(share_cell(share, n=n), round((share or 0.0) * n), n, min_cell)
    return refer(cell, EFFECTS, row, f"share_{arm}")


def _reading(row: dict[str, Any]) -> str:
    """What the effect says, judged by the adjusted p-value where there is one."""
    adjusted = known(row["p_adjusted"])
    p = known(row["p_value"]) if adjusted is None else adjusted
    if p is None or known(row["effect"]) is None:
        return "not known"
    if p >= ALPHA:
        return "no clear difference"
    return "better than control" if row["effect"] > 0 else "worse than control"


def _check(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "check": row["check"],
        "passed": bool(row["passed"]),
        "p": "" if known(row["p_value"]) is None else chance(row["p_value"]),
        "reading": row["reading"],
    }


def planned(inputs: Inputs, groups: list[Group], min_cell: int) -> list[dict[str, Any]]:
    """Per stage what a next test would need, one row per group with journeys enough to be shown."""
    found = []
    steps = inputs.funnel[inputs.funnel["hold_reached"] | inputs.funnel["hold_entered"]]
    hold = set(zip(steps["group"], steps["stage"], strict=True))
    for stage, part in inputs.next_tests.groupby("stage", sort=False):
        effects = sorted(part["effect"].unique())
        by_group = {str(g): rows.sort_values("effect").to_dict("records") for g, rows in part.groupby("group")}
        rows = [
            _planned(g, by_group[g["id"]], min_cell, (g["id"], stage) in hold) for g in groups if g["id"] in by_group
        ]
        title = f"More journeys that reach {stage}"
        told = {
            "title": title,
            "effects": [points(e)["text"] for e in effects],
            "power": percent(part["power"].iloc[0]),
        }
        found.append({**told, "rows": [r for r in rows if r["today"]["value"] is not None]})
    return [part for part in found if part["rows"]]


def _planned(group: Group, rows: list[dict[str, Any]], min_cell: int, hold: bool) -> dict[str, Any]:
    first = rows[0]
    n = int(first["journeys"])
    today = share_cell(first["today"], first["lower"], first["upper"], n)
    today = held(counted_share(today, round((today["value"] or 0.0) * n), n, min_cell), hold)
    enough = [points(r["effect"])["text"] for r in rows if r["powered"]]
    smallest = known(first["detectable"])
    least = "nothing" if smallest is None else points(smallest, smallest, smallest)["text"]
    reading = f"could find {enough[0]} or more" if enough else f"too few journeys: could find {least} at least"
    return {
        "group": group,
        "today": refer(today, NEXT_TESTS, first, "today"),
        "needed": [count(r["needed_per_arm"]) if known(r["needed_per_arm"]) is not None else "–" for r in rows],
        "available": count(n),
        "reading": reading,
    }
