"""Pooled figures of every persona: rates of leaving for each next stage, next-stage shares, and funnel steps."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from pipeline.core.sources import StageSettings
from pipeline.journeys.pooling import Pooled, pooled_rates, pooled_rows, pooled_shares

RATE, NEXT, STEP = "rate per day", "next stage", "reached within the window"
COLUMNS = ["persona", "quantity", "from", "to", "count", "base", "raw", "pooled", "lower", "upper", "weight"]


def pooled_table(
    spells: pd.DataFrame, funnel: pd.DataFrame, personas: Sequence[str], stages: StageSettings
) -> pd.DataFrame:
    """One row per persona, quantity, `from` and `to`; columns COLUMNS. `funnel` is that of the personas.

    `count` and `base` are moves and days at risk of a rate, moves and all moves of a next stage, and for a step of the
    funnel effective numbers: a censored share p with error s stands for p (1 - p) / s² journeys.
    """
    known = spells[spells["persona_id"].isin(personas)]
    moves, days = _moves_and_days(known, personas)
    parts = [_steps(funnel, personas)]
    for stage, counted in moves.items():
        for to in counted.columns:
            found = pooled_rates(counted[to], days[stage])
            parts.append(_rows(personas, RATE, stage, to, counted[to].to_numpy(), days[stage].to_numpy(), found))
        raw, pooled, weight = pooled_rows(counted)
        everything = counted.sum(axis=1).to_numpy()
        for place, to in enumerate(counted.columns):
            no = np.full(len(personas), np.nan)
            found = Pooled(raw[:, place], pooled[:, place], no, no, weight)
            parts.append(_rows(personas, NEXT, stage, to, counted[to].to_numpy(), everything, found))
    order = {stage: place for place, stage in enumerate(["", *stages.ladder])}
    table = pd.concat(parts, ignore_index=True)
    table = table.assign(_place=table["from"].map(order).fillna(len(order)))
    return table.sort_values(["quantity", "_place", "to", "persona"], kind="stable", ignore_index=True)[COLUMNS]


def _moves_and_days(
    spells: pd.DataFrame, personas: Sequence[str]
) -> tuple[dict[str, pd.DataFrame], dict[str, pd.Series]]:
    """Moves (personas, next stages) and days at risk (personas) of every stage that is left."""
    length = (spells["stop"] - spells["start"]).groupby([spells["from"], spells["persona_id"]], observed=True).sum()
    counted = spells.dropna(subset="to").groupby(["from", "persona_id", "to"], observed=True).size()
    moves, days = {}, {}
    for stage in sorted(counted.index.get_level_values("from").unique().astype("str")):
        moves[str(stage)] = counted.loc[stage].unstack("to", fill_value=0).reindex(personas, fill_value=0)
        days[str(stage)] = length.loc[stage].reindex(personas, fill_value=0.0)
    return moves, days


def _steps(funnel: pd.DataFrame, personas: Sequence[str]) -> pd.DataFrame:
    own = funnel[funnel["step"] > 0]
    parts = [pd.DataFrame(columns=COLUMNS)]
    for stage, rows in own.groupby("stage", sort=False):
        part = rows.set_index("group").reindex(personas)
        columns = ("probability", "std_error", "entered", "not_followed_up")
        p, error, entered, unfollowed = (part[name].to_numpy(dtype=float) for name in columns)
        counted = np.nan_to_num(entered * (1 - unfollowed))
        with np.errstate(divide="ignore", invalid="ignore"):
            size = np.where(error > 0, p * (1 - p) / error**2, counted)
        # Nearly all arrived and the error is float dust: the share is worth no more journeys than entered.
        size = np.where(np.isnan(p), 0.0, np.fmin(size, entered))
        found = pooled_shares(np.nan_to_num(p) * size, size)
        parts.append(_rows(personas, STEP, "", str(stage), np.nan_to_num(p) * size, size, found))
    return pd.concat([part for part in parts if len(part)] or parts, ignore_index=True)


def _rows(
    personas: Sequence[str], quantity: str, stage: str, to: str, count: np.ndarray, base: np.ndarray, found: Pooled
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "persona": list(personas), "quantity": quantity, "from": stage, "to": to,
            "count": count.astype(float), "base": base.astype(float), **vars(found),
        }
    )  # fmt: skip
