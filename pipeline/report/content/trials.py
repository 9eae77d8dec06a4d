"""Experiments: the effect of each variant, for all and per persona, and whether it can be trusted."""

from typing import Any

from pipeline.experiments.schema import EFFECTS
from pipeline.report.content.evidence import withheld
from pipeline.report.content.groups import Group, find
from pipeline.report.content.register import refer
from pipeline.report.inputs import Inputs
from pipeline.report.numbers import Cell, chance, count_cell, counted_share, known, points, share_cell

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
                "rows": [_effect(row, groups, min_cell) for row in rows.to_dict("records")],
                "checks": [_check(row) for row in checks.to_dict("records")],
            }
        )
    return found


def _effect(row: dict[str, Any], groups: list[Group], min_cell: int) -> dict[str, Any]:
    small = min(row["n_control"], row["n_variant"]) < min_cell
    n = row["n_control"] + row["n_variant"]
    effect = withheld(min_cell) if small else points(row["effect"], row["lower"], row["upper"], n)
    return {
        "group": find(groups, row["group"])
        or {"id": row["group"], "name": row["group"], "mark": "", "colour": "ink", "page": None},
        "variant": row["variant"],
        "n_control": count_cell(row["n_control"], min_cell),
        "n_variant": count_cell(row["n_variant"], min_cell),
        "control": _arm(row, "control", min_cell),
        "treated": _arm(row, "variant", min_cell),
        "effect": refer(effect, EFFECTS, row, "effect"),
        "p": "" if small else chance(row["p_value"]),
        "p_adjusted": "" if small or known(row["p_adjusted"]) is None else chance(row["p_adjusted"]),
        "reading": "too few customers" if small else _reading(row),
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
