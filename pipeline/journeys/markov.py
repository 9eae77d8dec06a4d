"""Whether the next move depends on when the present stage was entered, and curves that do not need it not to.

Test: among those in stage r at the same moment of the journey, do early and late entrants move on to s at the same
rate? A log-rank test of the moves r -> s by entry before or after the median, with delayed entry (Titman & Putter 2022,
Biostatistics 23:380, of whose tests it is the simplest). Landmark: the Aalen-Johansen estimate from the customers who
are in stage r at time t, and from their later moves only (Putter & Spitoni 2018, Stat Methods Med Res 27:2081); it is
consistent whatever the past does.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.stats import norm
from statsmodels.stats.multitest import multipletests

from pipeline.journeys.spell_columns import Flags, Floats

COLUMNS = ["from", "to", "early", "late", "z", "p_value", "p_holm"]
_FEW = 5


def markov_check(spells: pd.DataFrame) -> pd.DataFrame:
    """One row per move seen among spells entered after the origin; `early`, `late` are the moves counted of each.

    A positive z means that early entrants move on faster. No test where either side has fewer than 5 moves; p-values of
    Holm over all that were tested. `spells`: `from, to, start, stop, entered`.
    """
    later = spells[spells["entered"] > 0]
    rows = []
    for stage, part in later.groupby("from", sort=True, observed=True):
        early = (part["entered"] <= part["entered"].median()).to_numpy()
        start, stop = (part[name].to_numpy(dtype=float) for name in ("start", "stop"))
        sides = [(np.sort(start[which]), np.sort(stop[which])) for which in (early, slice(None))]
        for to in sorted(part["to"].dropna().astype("str").unique()):
            moved = (part["to"] == to).to_numpy()
            counts = int((moved & early).sum()), int((moved & ~early).sum())
            rows.append((str(stage), to, *counts, _z(stop, moved, early, sides)))
    table = pd.DataFrame(rows, columns=COLUMNS[:5]).astype({"z": float})
    p = 2 * norm.sf(np.abs(table["z"].to_numpy(dtype=float)))
    holm, tested = np.full(len(p), np.nan), np.isfinite(p)
    if tested.any():
        holm[tested] = multipletests(p[tested], method="holm")[1]
    return table.assign(p_value=p, p_holm=holm)[COLUMNS]


def in_stage_at(spells: pd.DataFrame, stage: str, time: float, customer: str = "customer_id") -> pd.DataFrame:
    """The spells of those who are in `stage` just after `time`: what a landmark estimate rests on."""
    there = (spells["from"] == stage) & (spells["start"] <= time) & (time < spells["stop"])
    return spells[spells[customer].isin(spells.loc[there, customer]) & (spells["stop"] > time)]


def _z(stop: Floats, moved: Flags, early: Flags, sides: Sequence[tuple[Floats, Floats]]) -> float:
    """Log-rank statistic of the early against the late, at risk from `start` to `stop`; NaN with too few moves.

    `sides`: starts and stops, each in order, of the early and of all.
    """
    if min((moved & early).sum(), (moved & ~early).sum()) < _FEW:
        return float("nan")
    times, moves = np.unique(stop[moved], return_counts=True)
    inside, everyone = (
        np.searchsorted(entered, times, side="left") - np.searchsorted(left, times, side="left")
        for entered, left in sides
    )
    ours = np.bincount(np.searchsorted(times, stop[moved & early]), minlength=len(times))
    expected = moves * inside / everyone
    rest = np.maximum(everyone - 1, 1)
    variance = (expected * (1 - inside / everyone) * (everyone - moves) / rest).sum()
    return float((ours - expected).sum() / np.sqrt(variance)) if variance > 0 else float("nan")
