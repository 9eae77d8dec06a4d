"""The tables of stage `journeys` for `tables_for_tests`: smooth curves, a funnel and transitions per group."""

from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.core import tables
from pipeline.journeys import schema as journeys
from tests.report.map_tables_for_tests import map_of
from tests.report.more_tables_for_tests import comparisons_of

LADDER = ["awareness", "consideration", "decision", "purchase", "loyalty"]
DROPOFF = "drop-off"
WINDOW_DAYS, HORIZON_DAYS = 120.0, 90.0


def journey_tables(folder: Path, labels: pd.Series, has_events: bool, rng: np.random.Generator) -> None:
    """Write all tables of the stage; empty ones with a note where there are no events."""
    summary: dict[str, object] = {
        "has_events": has_events,
        "note": "" if has_events else "no event log supplied",
        "ladder": LADDER if has_events else [],
    }
    more = {
        "dropoff": DROPOFF,
        "inactivity_days": 30.0,
        "horizon_days": HORIZON_DAYS,
        "tied_share": 0.01,
        "journeys": len(labels),
        "returns": 31,
    }
    illegal = [{"from": "awareness", "to": "loyalty", "count": 12, "share": 0.004}]
    tables.write_json(
        {**summary, **more, "illegal_moves": illegal if has_events else []}, folder / journeys.SUMMARY_FILE
    )
    found = [pd.DataFrame(), pd.DataFrame(), pd.DataFrame()]
    if has_events:
        names = labels.map(lambda s: f"persona-{s + 1}" if s >= 0 else "unassigned")
        sizes = [
            ("all", "all", len(labels)),
            *(("persona", g, int(n)) for g, n in names.value_counts().sort_index().items()),
        ]
        sizes += [("campaign_type", "Type A", 300), ("campaign_type", "Type B", 8)]
        found = [
            pd.concat([make(*s, 0.6 + 0.05 * i) for i, s in enumerate(sizes)])
            for make in (_transitions, _curves, _funnel)
        ]
    for frame, table in zip(found, (journeys.TRANSITIONS, journeys.CURVES, journeys.FUNNEL), strict=True):
        tables.write(frame if len(frame) else table.empty(), folder, table)
    tables.write(_reached(found[2]) if has_events else journeys.REACHED.empty(), folder, journeys.REACHED)
    tables.write(comparisons_of(found[2]), folder, journeys.COMPARISONS)
    for table in journeys.MAP:
        tables.write(map_of(table, sorted(names.unique()) if has_events else [], LADDER, DROPOFF), folder, table)
    tables.write(_spells(labels, rng) if has_events else journeys.SPELLS.empty(), folder, journeys.SPELLS)


def _interval(p: float, n: int) -> dict[str, float]:
    error = float(np.sqrt(p * (1 - p) / n))
    return {
        "probability": p,
        "std_error": error,
        "lower": max(p - 1.96 * error, 0.0),
        "upper": min(p + 1.96 * error, 1.0),
    }


def _transitions(group_by: str, group: str, n: int, pace: float) -> pd.DataFrame:
    rows, left = [], n
    for step, stage in enumerate(LADDER):
        moves = [(LADDER[step + 1], 0.55 * min(pace, 1.2))] if step + 1 < len(LADDER) else []
        for to, p in [*moves, (DROPOFF, 0.25)]:
            base = {"group_by": group_by, "group": group, "from": stage, "to": to, "horizon_days": HORIZON_DAYS}
            counts = {"at_risk": left, "moved": int(left * p * 0.9), "censored": int(left * 0.1)}
            rows.append({**base, **counts, **_interval(p, max(left, 1))})
        left = max(int(left * 0.5), 1)
    return pd.DataFrame(rows)


def _reached(funnel: pd.DataFrame) -> pd.DataFrame:
    """Rising in a straight line to the funnel's share."""
    later = funnel[(funnel["step"] > 0) & funnel["group_by"].isin(["persona", "all"])]
    shares = ["probability", "lower", "upper"]
    parts = [later.assign(day=day, **{c: later[c] * day / WINDOW_DAYS for c in shares}) for day in (0.0, 60.0, 120.0)]
    return pd.concat(parts)[list(journeys.REACHED.columns)].sort_values(["group_by", "group", "stage", "day"])


def _curves(group_by: str, group: str, n: int, pace: float) -> pd.DataFrame:
    rows = []
    for day in np.linspace(0, WINDOW_DAYS, 40):
        stage = np.minimum(day / 40 * pace, len(LADDER) - 1)
        weights = np.exp(-0.8 * (np.arange(len(LADDER)) - stage) ** 2)
        dropped = 0.3 * (1 - np.exp(-day / 60))
        shares = [*(weights / weights.sum() * (1 - dropped)), dropped]
        for state, p in zip([*LADDER, DROPOFF], shares, strict=True):
            at_risk = int(n * (1 - day / 300))
            rows.append(
                {
                    "group_by": group_by,
                    "group": group,
                    "day": day,
                    "state": state,
                    **_interval(float(p), n),
                    "at_risk": at_risk,
                }
            )
    return pd.DataFrame(rows)


def _funnel(group_by: str, group: str, n: int, pace: float) -> pd.DataFrame:
    rows, before = [], n
    for step, stage in enumerate(LADDER):
        p = float(min(1.0, (0.55 * min(pace, 1.3)) ** step))
        reached = int(round(n * p * 0.9)) if step else n
        share = reached / n
        half = 1.96 * np.sqrt(share * (1 - share) / n)
        rows.append(
            {
                "group_by": group_by,
                "group": group,
                "step": step,
                "stage": stage,
                "window_days": WINDOW_DAYS,
                "entered": n,
                "reached": reached,
                "observed_share": share,
                "observed_lower": max(share - half, 0),
                "observed_upper": min(share + half, 1),
                "of_previous": reached / before if before else None,
                "not_followed_up": 0.08 if step else 0.0,
                **_interval(p, n),
                "median_days": 12.5 * step if p > 0.5 else None,
            }
        )
        before = reached
    return pd.DataFrame(rows)


def _spells(labels: pd.Series, rng: np.random.Generator) -> pd.DataFrame:
    """Each journey climbs some steps, a random number of days each, and is then censored."""
    rows = []
    for i, (segment, steps) in enumerate(zip(labels, rng.integers(0, len(LADDER), len(labels)), strict=True)):
        day = 0.0
        for step in range(steps + 1):
            stop = day + float(rng.exponential(15)) + 0.1
            case = {"customer_id": f"{i:016x}", "case_id": f"{i:016x}"}
            who = {**case, "persona_id": f"persona-{segment + 1}" if segment >= 0 else "unassigned"}
            to = LADDER[step + 1] if step < steps else None
            rows.append({**who, "from": LADDER[step], "to": to, "start": day, "stop": stop, "entered": day})
            day = stop
    return pd.DataFrame(rows)
