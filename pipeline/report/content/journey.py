"""How customers move: curves, funnels and transitions of each group."""

from typing import Any

import numpy as np
import pandas as pd

from pipeline.core.coarse import in_steps
from pipeline.core.rounding import percent
from pipeline.core.suppression import of_few
from pipeline.journeys.schema import CURVES, FUNNEL, TRANSITIONS
from pipeline.report.content.evidence import withheld
from pipeline.report.content.groups import Group
from pipeline.report.content.labels import sentence_case
from pipeline.report.content.register import refer
from pipeline.report.inputs import Inputs
from pipeline.report.numbers import HELD_BACK, Cell, count, count_cell, counted_share, days, held, known, share_cell

PERSONA_GROUPS = ("persona", "all")
NONE_FOUND = "no journeys were found"


def summary(journeys: dict[str, Any], funnel: pd.DataFrame, customers_are: str) -> dict[str, Any]:
    """What holds for all journeys: the note where there are none, the ladder, the windows, what was odd."""
    window = journeys.get("window_days") or (float(funnel["window_days"].max()) if len(funnel) else None)
    illegal = journeys.get("illegal_moves") or []
    tied = known(journeys.get("tied_share"))
    return {
        "note": sentence_case(journeys.get("note") or ("" if len(funnel) else NONE_FOUND)),
        "found": bool(len(funnel)),
        "ladder": journeys.get("ladder") or [],
        "dropoff": journeys.get("dropoff"),
        "inactivity": days(journeys.get("inactivity_days")),
        "window": days(window),
        "too_short": _too_short(window, known(journeys.get("followed_days"))),
        "unwatched": _unwatched(known(journeys.get("unwatched_days"))),
        "horizon": days(journeys.get("horizon_days")),
        **_counts(journeys, funnel),
        "left_out": _left_out(journeys.get("left_out_of_all") or [], customers_are),
        "tied": "" if tied is None else percent(tied, 1),
        "unseen": [str(name) for name in journeys.get("unseen_events") or []],
        "illegal": [_illegal(move) for move in illegal],
    }


def _counts(journeys: dict[str, Any], funnel: pd.DataFrame) -> dict[str, str]:
    """How many journeys there are, in the texts that pages show; only as many as may be told of all."""
    entered = funnel[funnel["step"] == 0].set_index("group_by") if len(funnel) else funnel
    later = journeys.get("began_later")
    if not len(entered) or not entered.loc[["all"], "hold_entered"].any():
        told = {"count": count(journeys.get("journeys")), "returns": count(journeys.get("returns"))}
        return {**told, "began_later": count(later) if later else ""}
    parts = entered.loc[entered.index == "persona"]
    known_of = int(parts.loc[~parts["hold_entered"], "entered"].sum())
    return {"count": f"more than {count(known_of)}", "returns": HELD_BACK, "began_later": HELD_BACK if later else ""}


def _left_out(groups: list[str], customers_are: str) -> str:
    """That all journeys are told without those of groups of few, where it is so."""
    if not groups:
        return ""
    who = f"unassigned {customers_are}" if groups == ["unassigned"] else f"groups of too few {customers_are}"
    return f"“All journeys” leaves out those of {who}: they are so few that all less the personas would tell of them."


def _too_short(window: float | None, followed: float | None) -> str:
    """That nobody was followed for the window, where it is so."""
    if window is None or followed is None or window <= followed:
        return ""
    return f"No journey was followed for {days(window)}, the longest for {days(followed)}: the chance is not known yet."


def _unwatched(first: float | None) -> str:
    """That nobody was watched from the beginning, where it is so."""
    if not first:
        return ""
    return f"No journey was watched in the first {days(first)} after it began: moves so early are not known."


def _illegal(move: dict[str, Any]) -> dict[str, str]:
    text = f"{move['from']} → {move['to']}"
    return {"move": text, "count": count(move["count"]), "share": percent(move["share"], 1)}


def of_group(inputs: Inputs, group_by: str, group: str, min_cell: int) -> dict[str, Any]:
    """Curve, funnel and transitions of one group."""
    funnel = select(inputs.funnel, group_by, group)
    began = 0 if funnel["hold_entered"].any() or not len(funnel) else int(funnel["entered"].max())
    return {
        "curve": curve(select(inputs.curves, group_by, group), began, min_cell),
        "funnel": steps(funnel, min_cell),
        "transitions": moves(select(inputs.transitions, group_by, group), min_cell),
    }


def select(frame: pd.DataFrame, group_by: str, group: str) -> pd.DataFrame:
    """The rows of one group."""
    return frame[(frame["group_by"] == group_by) & (frame["group"] == group)]


def curve(rows: pd.DataFrame, began: int, min_cell: int) -> dict[str, Any] | None:
    """Share of journeys in each state by day, up to the last day on which enough journeys were watched.

    In steps of `min_cell` of the journeys that `began`; on the last day exactly (`last`), where in no state are few.
    """
    rows = rows[rows["at_risk"] >= min_cell]
    if rows["day"].nunique() < 2 or began < min_cell:
        return None
    states = list(dict.fromkeys(rows["state"]))
    wide = rows.pivot(index="day", columns="state", values="probability")[states].sort_index().fillna(0.0)
    steps = {s: [round(float(v), 5) for v in in_steps(wide[s], began, min_cell)] for s in states}
    last = wide.iloc[-1]
    exact = not of_few((last.to_numpy() * began).round().astype(np.int64), min_cell).any()
    return {
        "days": [round(float(d), 3) for d in wide.index],
        "states": [
            {"name": s, "values": steps[s], "last": round(float(last[s]), 5) if exact else steps[s][-1]} for s in states
        ],
    }


def steps(rows: pd.DataFrame, min_cell: int) -> list[dict[str, Any]]:
    """The funnel, one entry per stage: counted share beside the chance that accounts for censoring."""
    found = []
    before: dict[str, Any] | None = None
    for row in rows.sort_values("step").to_dict("records"):
        k, n = int(row["reached"]), int(row["entered"])
        observed = share_cell(row["observed_share"], row["observed_lower"], row["observed_upper"], n)
        probability = share_cell(row["probability"], row["lower"], row["upper"], n)
        median = known(row["median_days"])
        found.append(
            {
                "stage": row["stage"],
                "step": int(row["step"]),
                "entered": held(count_cell(n, min_cell), row["hold_entered"]),
                "reached": held(count_cell(k, min_cell, n), row["hold_reached"]),
                "observed": refer(told_reach(observed, row, min_cell), FUNNEL, row, "observed_share"),
                "of_previous": _of_previous(row, before, min_cell),
                "not_followed_up": _open(row, n, min_cell),
                "probability": refer(told_reach(probability, row, min_cell), FUNNEL, row, "probability"),
                "median": ("not reached by half" if median is None else days(median)) if n >= min_cell else "",
            }
        )
        before = row
    return found


def told_reach(cell: Cell, row: dict[str, Any], min_cell: int) -> Cell:
    """A share of the journeys of a funnel's row, as far as the count behind it may be told."""
    told = counted_share(cell, int(row["reached"]), int(row["entered"]), min_cell)
    return held(told, row["hold_reached"] or row["hold_entered"])


def _of_previous(row: dict[str, Any], before: dict[str, Any] | None, min_cell: int) -> Cell | None:
    if before is None or known(row["of_previous"]) is None:
        return None
    base, hold = int(before["reached"]), row["hold_reached"] or before["hold_reached"] or row["hold_entered"]
    cell = counted_share(share_cell(row["of_previous"], n=base), int(row["reached"]), base, min_cell)
    told = held(cell, hold)
    return refer({**told, "n": None} if before["hold_reached"] else told, FUNNEL, row, "of_previous")


def _open(row: dict[str, Any], n: int, min_cell: int) -> Cell:
    share = known(row["not_followed_up"])
    cell = counted_share(share_cell(share), round((share or 0.0) * n), n, min_cell)
    return refer(held(cell, row["hold_open"] or row["hold_entered"]), FUNNEL, row, "not_followed_up")


def moves(rows: pd.DataFrame, min_cell: int) -> list[dict[str, Any]]:
    """Transitions, one entry per pair of stages, in the table's order."""
    found = []
    for row in rows.to_dict("records"):
        k, n = int(row["moved"]), int(row["at_risk"])
        probability = share_cell(row["probability"], row["lower"], row["upper"], n)
        small, stayed = n < min_cell, count_cell(int(row["censored"]), min_cell, n)
        found.append(
            {
                "from": row["from"],
                "to": row["to"],
                "at_risk": held(count_cell(n, min_cell), row["hold_at_risk"]),
                "moved": withheld(min_cell) if small else held(count_cell(k, min_cell, n), row["hold_moved"]),
                "censored": withheld(min_cell) if small else held(stayed, row["hold_censored"]),
                "probability": refer(told_move(probability, row, min_cell), TRANSITIONS, row, "probability"),
            }
        )
    return found


def told_move(cell: Cell, row: dict[str, Any], min_cell: int) -> Cell:
    """The chance of a row of the transitions, as far as the count behind it may be told."""
    told = counted_share(cell, int(row["moved"]), int(row["at_risk"]), min_cell)
    return held(told, row["hold_moved"] or row["hold_at_risk"])


def comparison(inputs: Inputs, groups: list[Group], min_cell: int) -> list[dict[str, Any]]:
    """Per stage after the first the chance to reach it in each group, last the share in drop-off at the end."""
    keys = {g["id"]: "all" if g["id"] == "all" else "persona" for g in groups}
    funnels = {i: steps(select(inputs.funnel, by, i), min_cell) for i, by in keys.items()}
    present = [g for g in groups if funnels[g["id"]]]
    if not present:
        return []
    stages = [s["stage"] for s in funnels[present[-1]["id"]] if s["step"] > 0]
    found = [
        {"stage": s, "title": f"Reach {s}", "rows": [_reach(g, funnels[g["id"]], s) for g in present]} for s in stages
    ]
    dropoff = inputs.journeys.get("dropoff")
    ends = [_end(inputs, g, keys[g["id"]], str(dropoff), min_cell) for g in present] if dropoff else []
    if any(e["cell"] is not None for e in ends):
        ends = _without_whole(ends, set(inputs.journeys.get("left_out_of_all") or []))
        last = float(inputs.curves["day"].max())
        found.append({"stage": dropoff, "title": f"Are in {dropoff} after {days(last)}", "rows": ends})
    return found


def reach_table(inputs: Inputs, groups: list[Group], min_cell: int) -> list[dict[str, Any]]:
    """One row per stage after the first, one cell per group."""
    stages = [part for part in comparison(inputs, groups, min_cell) if part["stage"] != inputs.journeys.get("dropoff")]
    found = []
    for part in stages:
        cells = {row["group"]["id"]: row["cell"] for row in part["rows"]}
        found.append({"label": part["stage"], "cells": [cells.get(g["id"]) for g in groups]})
    return found


def _end(inputs: Inputs, group: Group, group_by: str, state: str, min_cell: int) -> dict[str, Any]:
    """Share of the group's journeys in `state` on the last day of the curves."""
    rows = select(inputs.curves, group_by, group["id"])
    rows = rows[(rows["state"] == state) & (rows["day"] == inputs.curves["day"].max())]
    if not len(rows):
        return {"group": group, "cell": None}
    row = rows.to_dict("records")[0]
    n = int(select(inputs.funnel, group_by, group["id"])["entered"].max())
    cell = share_cell(row["probability"], row["lower"], row["upper"], n)
    cell = counted_share(cell, round((cell["value"] or 0.0) * n), n, min_cell)
    return {"group": group, "cell": refer(cell, CURVES, row, "probability")}


def _without_whole(ends: list[dict[str, Any]], outside: set[str]) -> list[dict[str, Any]]:
    """Where the share of a part of all journeys is held back, so is that of all."""
    parts = [e["cell"] for e in ends if e["group"]["id"] not in {"all", *outside}]
    hold = any(c is not None and c["value"] is None and c["n"] != 0 for c in parts)
    return [{**e, "cell": held(e["cell"], hold)} if e["group"]["id"] == "all" and e["cell"] else e for e in ends]


def _reach(group: Group, funnel: list[dict[str, Any]], stage: str) -> dict[str, Any]:
    step = next((s for s in funnel if s["stage"] == stage), None)
    return {"group": group, "cell": step["probability"] if step else None}


def breakdowns(funnel: pd.DataFrame, min_cell: int) -> list[dict[str, Any]]:
    """Funnels by the levels of each declared event property, beside personas."""
    found = []
    for name, rows in funnel[~funnel["group_by"].isin(PERSONA_GROUPS)].groupby("group_by", sort=False):
        levels = [_level(str(level), part, min_cell) for level, part in rows.groupby("group", sort=True)]
        stages = list(dict.fromkeys(rows.sort_values("step")["stage"]))
        found.append({"title": str(name).replace("_", " "), "stages": stages, "levels": levels})
    return found


def _level(name: str, rows: pd.DataFrame, min_cell: int) -> dict[str, Any]:
    """Funnel of one level; `small` where too few journeys began to show any of it."""
    return {"name": name, "small": bool(rows["entered"].max() < min_cell), "steps": steps(rows, min_cell)}
