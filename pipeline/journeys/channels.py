"""Channels on the way to conversion, per persona: journeys followed for the whole window become paths of channels."""

from dataclasses import dataclass

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline.journeys.attribution import MODELS, Paths, credit, resampled
from pipeline.journeys.intervals import middle
from pipeline.journeys.profile_rows import FEW, MEASURED, personas_and_all
from pipeline.journeys.spell_columns import Floats
from pipeline.journeys.stages import MICROSECONDS_PER_DAY

COLUMNS = ["persona", "model", "channel", "credited", "share", "lower", "upper", "effect", "effect_lower",
           "effect_upper", "touched", "paths", "converted", "no_channel", "left_out", "conversion_stage",
           "status"]  # fmt: skip
_KEY = ["customer_id", "case_value"]


@dataclass(frozen=True)
class ChannelLimits:
    """`least_conversions` below which a persona's credit is not told; of the bootstrap `seed` and `resamples`."""

    min_cell: int
    least_conversions: int
    seed: int
    resamples: int


def followed_journeys(
    stays: pd.DataFrame, target: str, ladder: list[str], window_days: float, end: int
) -> pd.DataFrame:
    """One row per journey that began before the target: `journey, customer_id, case_value, persona, until, converted,
    followed`.

    Converted is one that comes to the target or beyond within the window; its path ends there (`until`, microseconds).
    `followed` says whether it was watched for the window from its origin on, which is what the others are left out
    for, also where they have converted: to keep only those would overstate.
    """
    place = stays["stage"].map({stage: i for i, stage in enumerate(ladder)})
    there = stays["began"].where(place >= ladder.index(target))
    grouped = stays.assign(there=there).groupby("case_id", sort=False)
    found = grouped.agg(
        from_entry=("from_entry", "first"),
        customer_id=("customer_id", "first"), case_value=("case_value", "first"), persona=("persona", "first"),
        origin=("began", "min"), there=("there", "min"),
    ).reset_index(drop=True)  # fmt: skip
    latest = found["origin"] + round(window_days * MICROSECONDS_PER_DAY)
    found = found.assign(
        converted=found["there"] <= latest,
        until=np.fmin(found["there"], latest).astype("int64"),
        followed=found["from_entry"] & (latest <= end),
    )
    found = found[~(found["there"] <= found["origin"])].reset_index(drop=True)
    return found.assign(journey=np.arange(len(found), dtype=np.int64)).drop(columns=["origin", "there", "from_entry"])


def channel_runs(touches: ibis.Table, journeys: pd.DataFrame) -> ibis.Table:
    """`journey, channel` of each run of contacts by one channel, in order; events without a channel are passed over."""
    kept = journeys.loc[journeys["followed"], ["journey", *_KEY, "until"]]
    of = ibis.memtable(pa.Table.from_pandas(kept, preserve_index=False))
    met = touches.filter(touches.channel != "").select(*_KEY, "at", "sequence", "event", "channel")
    met = met.join(of, [*_KEY, met["at"] <= of.until]).select("journey", "at", "sequence", "event", "channel")
    order = ["at", "sequence", "event", "channel"]
    met = met.mutate(before=met.channel.lag().over(ibis.window(group_by="journey", order_by=order)))
    runs = met.filter(met.before.isnull() | (met.before != met.channel))
    return runs.order_by(["journey", *order]).select("journey", "channel")


def channels(
    runs: pd.DataFrame, journeys: pd.DataFrame, personas: list[str], target: str, limits: ChannelLimits
) -> pd.DataFrame:
    """Columns COLUMNS; one row per persona, model and channel that any journey touched."""
    names = sorted(runs["channel"].unique())
    runs = runs.assign(code=pd.Categorical(runs["channel"], categories=names).codes.astype(np.int64))
    made = [
        _of_persona(runs, part, names, limits).assign(persona=persona)
        for persona, part in personas_and_all(journeys, personas)
    ]
    table = pd.concat(made, ignore_index=True) if names else pd.DataFrame(columns=COLUMNS)
    return table.assign(conversion_stage=target)[COLUMNS]


def _of_persona(runs: pd.DataFrame, journeys: pd.DataFrame, names: list[str], limits: ChannelLimits) -> pd.DataFrame:
    followed = journeys[journeys["followed"]]
    own = runs[runs["journey"].isin(followed["journey"])]
    with_any = followed[followed["journey"].isin(own["journey"])].sort_values("journey")
    paths = Paths(
        np.searchsorted(with_any["journey"].to_numpy(), own["journey"].to_numpy()),
        own["code"].to_numpy(),
        with_any["converted"].to_numpy(dtype=bool),
        pd.factorize(with_any["customer_id"])[0],
        len(names),
    )
    converted = int(paths.converted.sum())
    enough = converted >= limits.least_conversions and with_any["customer_id"].nunique() >= limits.min_cell
    touched = own.groupby("code")["journey"].nunique().reindex(range(len(names)), fill_value=0).to_numpy()
    counts = {
        "paths": len(with_any), "converted": converted, "no_channel": len(followed) - len(with_any),
        "left_out": len(journeys) - len(followed),
    }  # fmt: skip
    shown = enough & (touched >= limits.min_cell)
    figures = _figures(paths, limits) if enough else {}
    table = pd.DataFrame(
        {
            "model": np.repeat(MODELS, len(names)), "channel": np.tile(np.array(names, dtype=object), len(MODELS)),
            **dict.fromkeys(COLUMNS[3:10], np.nan), **figures, "touched": np.tile(touched, len(MODELS)), **counts,
        }
    )  # fmt: skip
    visible = np.tile(shown, len(MODELS))
    table[COLUMNS[3:10]] = table[COLUMNS[3:10]].astype(float).where(pd.Series(visible), np.nan)
    return table.assign(status=np.where(visible, MEASURED, FEW))


def _figures(paths: Paths, limits: ChannelLimits) -> dict[str, Floats]:
    found, drawn = credit(paths), resampled(paths, limits.seed, limits.resamples)
    low, high = _ends(drawn.share)
    blank = np.full((len(MODELS) - 1, paths.channels), np.nan)
    effect_low, effect_high = _ends(drawn.effect)
    effects = {"effect": found.effect, "effect_lower": effect_low, "effect_upper": effect_high}
    return {
        "credited": (found.share * paths.converted.sum()).ravel(),
        "share": found.share.ravel(),
        "lower": low.ravel(),
        "upper": high.ravel(),
        **{name: np.concatenate([blank.ravel(), value]) for name, value in effects.items()},
    }


def _ends(drawn: Floats) -> tuple[Floats, Floats]:
    """2.5 % and 97.5 % points over the samples in which there is a figure."""
    known = ~np.isnan(drawn).any(axis=tuple(range(1, drawn.ndim)))
    return middle(drawn[known])
