"""How much customers inform themselves before they reach a stage: contacts, kinds of them, channels, days."""

from collections.abc import Iterator

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
from scipy.stats import binom

from pipeline.journeys.profile_rows import FEW, MEASURED, personas_and_all, rows
from pipeline.journeys.spell_columns import Floats
from pipeline.journeys.stages import MICROSECONDS_PER_DAY

_KEY = ["customer_id", "case_value"]
MEASURES = {"contacts": "touchpoints", "kinds": "kinds of touchpoint", "channels": "channels", "days": "active days"}


def arrivals(stays: pd.DataFrame, ladder: list[str]) -> pd.DataFrame:
    """`arrival, customer_id, case_value, persona, stage, arrived, days` of each journey that was watched from its
    origin and came to a later stage or beyond: the first time, in microseconds and in days since the origin.
    """
    place = stays["stage"].map({stage: i for i, stage in enumerate(ladder)})
    ordered = stays.assign(place=place).sort_values(["case_id", "began"], kind="stable")
    firsts = ordered.drop_duplicates("case_id").set_index("case_id")
    parts = []
    for rank, stage in enumerate(ladder[1:], start=1):
        there = ordered[ordered["place"] >= rank].drop_duplicates("case_id")
        origin = firsts["began"].reindex(there["case_id"]).to_numpy()
        known = firsts["from_entry"].reindex(there["case_id"]).to_numpy(dtype=bool) & (
            there["began"].to_numpy() > origin
        )
        part = there[known].assign(
            stage=stage, arrived=there["began"], days=(there["began"] - origin) / MICROSECONDS_PER_DAY
        )
        parts.append(part[[*_KEY, "persona", "stage", "arrived", "days"]])
    found = pd.concat(parts, ignore_index=True)
    return found.assign(arrival=np.arange(len(found), dtype=np.int64))


def contacts_before(touches: ibis.Table, arrived: pd.DataFrame) -> ibis.Table:
    """Per arrival with any contact between the origin and it: `arrival, contacts, kinds, channels, days`."""
    of = ibis.memtable(pa.Table.from_pandas(arrived[["arrival", *_KEY, "arrived"]], preserve_index=False))
    met = touches.select(*_KEY, "at", "event", channel=touches.channel.nullif(""))
    met = met.join(of, [*_KEY, met["at"] < of.arrived])
    return (
        met.group_by("arrival")
        .aggregate(
            contacts=met.count(), kinds=met.event.nunique(), channels=met.channel.nunique(),
            days=(met["at"] // MICROSECONDS_PER_DAY).nunique(),
        )
        .order_by("arrival")
    )  # fmt: skip


def information(before: pd.DataFrame, arrived: pd.DataFrame, personas: list[str], min_cell: int) -> pd.DataFrame:
    """Rows of topic `information` of `stage_profile`: medians over the journeys that reached the stage.

    They say what those do who get there; those who do not are not in them.
    """
    whole = arrived.rename(columns={"days": "since"}).merge(before, on="arrival", how="left")
    return rows(_rows(whole.fillna(dict.fromkeys(MEASURES, 0)), personas, min_cell))


def _rows(whole: pd.DataFrame, personas: list[str], min_cell: int) -> Iterator[dict[str, object]]:
    for persona, of_persona in personas_and_all(whole, personas):
        for stage, part in of_persona.groupby("stage", sort=False):
            enough = part["customer_id"].nunique() >= min_cell
            for column, words in {**MEASURES, "since": "days since the origin"}.items():
                value, lower, upper = median(part[column].to_numpy(dtype=float)) if enough else (np.nan,) * 3
                yield {
                    "persona": persona, "stage": stage, "topic": "information", "measure": f"median {words}",
                    "value": value, "lower": lower, "upper": upper, "unit": words.split(" since")[0],
                    "count": len(part), "base": len(part), "base_is": "journeys that reached the stage later on",
                    "status": MEASURED if enough else FEW,
                }  # fmt: skip


def median(values: Floats) -> tuple[float, float, float]:
    """The median and its 95 % interval between two values in order, by the binomial distribution.

    >>> median(np.arange(1.0, 102.0))
    (51.0, 41.0, 61.0)
    """
    ordered = np.sort(values)
    last = len(ordered) - 1
    below = max(int(binom.ppf(0.025, len(ordered), 0.5)) - 1, 0)
    return float(np.median(ordered)), float(ordered[min(below, last)]), float(ordered[max(last - below, 0)])
