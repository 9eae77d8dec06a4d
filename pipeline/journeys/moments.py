"""Which touchpoints go with moving on: hazard ratios at equal time in the stage and equal number of contacts so far.

Called association throughout: a touchpoint may be the sign of a mind made up. The drop-off is not tested, as it is
entered after a time of silence, which every touchpoint puts off by definition.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
from scipy.stats import norm
from statsmodels.stats.multitest import multipletests

from pipeline.core.intervals import Z
from pipeline.journeys.hazard_ratio import hazard_ratio, stretches
from pipeline.journeys.profile_rows import personas_and_all
from pipeline.journeys.stages import MICROSECONDS_PER_DAY

COLUMNS = ["persona", "stage", "transition", "event", "channel", "hazard_ratio", "lower", "upper", "p_value", "p_holm",
           "p_bh", "visits", "touched", "moves", "moves_after", "finding"]  # fmt: skip
ONWARD = "onward"
LIKELIER, LESS, NONE, FEW = "likelier after it", "less likely after it", "no association shown", "not enough data"
_LEAST_MOVES = 5
"""On each side, where both kinds are at risk; with fewer the normal approximation says nothing."""


@dataclass(frozen=True)
class MomentLimits:
    """At most `stays` of each stage are looked at, drawn by `seed`; `touchpoints` of each persona and stage."""

    min_cell: int
    touchpoints: int
    stays: int
    seed: int


def looked_at(stays: pd.DataFrame, ladder: list[str], limits: MomentLimits) -> pd.DataFrame:
    """Stays watched from their beginning, in all stages but the last; of each stage a random part where too many."""
    rng = np.random.default_rng(limits.seed)
    parts = []
    for stage in ladder[:-1]:
        part = stays[(stays["stage"] == stage) & stays["from_entry"]]
        if len(part) > limits.stays:
            part = part.iloc[np.sort(rng.choice(len(part), limits.stays, replace=False))]
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def contacts(touches: ibis.Table, stays: pd.DataFrame) -> ibis.Table:
    """`visit, since` (microseconds since entry) `, event, channel` of each event after the entry of these stays."""
    wanted = ibis.memtable(pa.Table.from_pandas(stays[["visit"]], preserve_index=False))
    met = touches.join(wanted, "visit").mutate(since=lambda t: t["at"] - t.began)
    met = met.filter(met.since > 0).select("visit", "since", "event", "channel")
    return met.order_by(["visit", "since", "event", "channel"])


def moments(
    met: pd.DataFrame, stays: pd.DataFrame, personas: list[str], ladder: list[str], limits: MomentLimits
) -> pd.DataFrame:
    """Columns COLUMNS, from `contacts` and the stays `looked_at`; in each persona the stages in the ladder's order.

    For `all`, customers are compared within their persona.
    """
    found: list[dict[str, object]] = []
    onward = [stays["to"].isin(ladder[place + 1 :]) & (stays["stage"] == stage) for place, stage in enumerate(ladder)]
    stays = stays.assign(moved=np.logical_or.reduce(onward))
    for persona, of_persona in personas_and_all(stays, personas):
        for stage in ladder[:-1]:
            part = of_persona[of_persona["stage"] == stage].sort_values("visit").reset_index(drop=True)
            own = met[met["visit"].isin(part["visit"])]
            found += ({"persona": persona, "stage": stage} | row for row in _of_stage(own, part, limits))
    return _judged(pd.DataFrame(found, columns=COLUMNS[:8] + ["log_ratio", "std_error"] + COLUMNS[11:15]))


def _of_stage(met: pd.DataFrame, stays: pd.DataFrame, limits: MomentLimits) -> Iterator[dict[str, object]]:
    """One row per touchpoint of this stage; `stays` and `met` sorted by visit."""
    stay = np.searchsorted(stays["visit"].to_numpy(), met["visit"].to_numpy())
    since = met["since"].to_numpy(dtype=float) / MICROSECONDS_PER_DAY
    customer, group = (pd.factorize(stays[name])[0] for name in ("customer_id", "persona"))
    moved, days = stays["moved"].to_numpy(dtype=bool), stays["days"].to_numpy(dtype=float)
    parts = stretches(days, moved, group, stay, since)
    kinds = met.assign(stay=stay, since=since).groupby(["event", "channel"], sort=True)
    firsts = {kind: rows.groupby("stay")["since"].min() for kind, rows in kinds}
    for kind in sorted(firsts, key=lambda k: (-len(firsts[k]), k))[: limits.touchpoints]:
        happened = np.full(len(stays), np.inf)
        happened[firsts[kind].index] = firsts[kind].to_numpy()
        touched = np.isfinite(happened)
        row = {
            "transition": ONWARD, "event": kind[0], "channel": kind[1], "visits": len(stays),
            "touched": int(touched.sum()), "moves": int(moved.sum()), "moves_after": int((moved & touched).sum()),
        }  # fmt: skip
        ratio = hazard_ratio(parts, happened, customer)
        few = len(np.unique(customer[touched])) < limits.min_cell or min(ratio.after, ratio.before) < _LEAST_MOVES
        figures = (np.nan, np.nan) if few else (ratio.log_ratio, ratio.std_error)
        yield row | dict(zip(("log_ratio", "std_error"), figures, strict=True))


def _judged(table: pd.DataFrame) -> pd.DataFrame:
    log_ratio, error = (table[name].to_numpy(dtype=float) for name in ("log_ratio", "std_error"))
    known = np.isfinite(log_ratio) & (error > 0)
    p, holm, bh = (np.full(len(table), np.nan) for _ in range(3))
    p[known] = 2 * norm.sf(np.abs(log_ratio[known]) / error[known])
    if known.any():
        holm[known] = multipletests(p[known], method="holm")[1]
        bh[known] = multipletests(p[known], method="fdr_bh")[1]
    sure = holm < 0.05
    finding = np.select([~known, sure & (log_ratio > 0), sure], [FEW, LIKELIER, LESS], NONE).astype(object)
    shown = np.where(known, log_ratio, np.nan)
    return table.assign(
        hazard_ratio=np.exp(shown), lower=np.exp(shown - Z * error), upper=np.exp(shown + Z * error),
        p_value=p, p_holm=holm, p_bh=bh, finding=finding,
    )[COLUMNS]  # fmt: skip
