"""Pain points: how many are bothered in a stage, how badly, and how many of them drop off next.

Two kinds: complaints that a survey asked for (questions with the theme pain), which a customer is taken to carry
through the whole journey, and bad scores given at a touchpoint, which count from that moment on. Drop-off is the
Aalen-Johansen chance that the stay ends in it within the horizon; with bad scores at equal time in the stage.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.core.intervals import Z, wilson
from pipeline.core.sources import QuestionSettings
from pipeline.journeys.emotions import bounds
from pipeline.journeys.multistate import aalen_johansen
from pipeline.journeys.profile_rows import FEW, MEASURED, personas_and_all, rows
from pipeline.journeys.spell_columns import Flags, Floats

_ONWARD = "onward"


@dataclass(frozen=True)
class PainSetting:
    """Personas and stages to look at, the name of drop-off (None: there is none), horizon, least customers."""

    personas: list[str]
    stages: list[str]
    dropoff: str | None
    horizon_days: float
    min_cell: int


def complaints(responses: pd.DataFrame, questions: Mapping[str, QuestionSettings]) -> pd.DataFrame:
    """`customer_id, item, bothered` of every linked customer who saw a question about pains, one row per choice."""
    parts = [pd.DataFrame({"customer_id": [], "item": [], "bothered": []})]
    for name, question in questions.items():
        if question.theme != "pain" or question.kind != "multi":
            continue
        own = responses[(responses["question"] == name) & responses["customer_id"].notna()]
        saw = own["customer_id"].drop_duplicates()
        for choice in question.levels or sorted(own["answer"].dropna().unique()):
            ticked = own.loc[own["answer"] == choice, "customer_id"]
            parts.append(pd.DataFrame({"customer_id": saw, "item": str(choice), "bothered": saw.isin(ticked)}))
    filled = [part for part in parts if len(part)]
    return pd.concat(filled, ignore_index=True) if filled else parts[0]


def severities(given: pd.DataFrame) -> pd.Series:
    """How far from the best the mean score of each customer is (0 … 1), by customer_id."""
    return 1 - given.groupby("customer_id")["share"].mean()


def pains(
    stays: pd.DataFrame, asked: pd.DataFrame, staged: pd.DataFrame, severity: pd.Series, setting: PainSetting
) -> pd.DataFrame:
    """Rows of topic `pain` of `stage_profile` from `complaints`, `emotions.staged_scores` and `severities`.

    Measures: `frequency`, `severity`, `drop-off with it`, `drop-off without it`, and `index`, the product of the first
    three; each missing where it cannot be told, so that an index of what nobody measured does not exist.
    """
    made = []
    for persona, of_persona in personas_and_all(stays[stays["from_entry"]], setting.personas):
        for stage in setting.stages:
            part = of_persona[of_persona["stage"] == stage]
            who = {"persona": persona, "stage": stage, "topic": "pain"}
            for item, base, since, bad in _bothered(part, asked, staged, severity):
                made += [who | {"item": item} | row for row in _of_item(base, since, bad, setting)]
    return rows(made)


def _bothered(
    stays: pd.DataFrame, asked: pd.DataFrame, staged: pd.DataFrame, severity: pd.Series
) -> Iterator[tuple[str, pd.DataFrame, Floats, Floats]]:
    """(item, stays of those who could tell, days since entry from which bothered or infinite, severity or missing)."""
    for item, said in asked.groupby("item", sort=True):
        bothered = stays["customer_id"].map(said.set_index("customer_id")["bothered"])
        base = stays[bothered.notna().to_numpy()]
        ticked = bothered[bothered.notna()].to_numpy(dtype=bool)
        bad = base["customer_id"].map(severity).to_numpy(dtype=float)
        yield str(item), base, np.where(ticked, 0.0, np.inf), np.where(ticked, bad, np.nan)
    own = staged[staged["visit"].isin(stays["visit"]) & staged["touchpoint"].notna()]
    worst = own["measure"].map(lambda measure: bounds(measure)[0]) if len(own) else own["share"]
    poor = own[own["share"] <= worst + 1e-9]
    for item, scored in poor.groupby("touchpoint", sort=True):
        first = scored.groupby("visit")[["since", "share"]].min()
        since = stays["visit"].map(first["since"]).to_numpy(dtype=float)
        yield (
            str(item),
            stays,
            np.where(np.isnan(since), np.inf, since),
            1 - stays["visit"].map(first["share"]).to_numpy(float),
        )


def _of_item(stays: pd.DataFrame, since: Floats, bad: Floats, setting: PainSetting) -> Iterator[dict[str, object]]:
    with_it = np.isfinite(since)
    customers, bothered = stays["customer_id"].nunique(), stays.loc[with_it, "customer_id"].nunique()
    shown = customers >= setting.min_cell
    frequency = bothered / customers if shown else np.nan
    low, high = wilson(frequency, customers)
    base = {"base_is": "customers who could tell", "base": customers, "count": bothered, "unit": "share"}
    yield base | _row("frequency", (frequency, float(low), float(high)))
    each = pd.Series(bad).groupby(stays["customer_id"].to_numpy()).mean().dropna().to_numpy()
    severe = _mean(each) if len(each) >= setting.min_cell else (np.nan,) * 3
    yield base | {"unit": "0 = best, 1 = worst", "count": len(each), "base": bothered,
                  "base_is": "customers bothered"} | _row("severity", severe)  # fmt: skip
    left = [
        _dropoff(stays, chosen, start, stop, setting)
        for chosen, start, stop in (
            (with_it, since, stays["days"].to_numpy(dtype=float)),
            (since > 0, np.zeros(len(stays)), np.minimum(since, stays["days"].to_numpy(dtype=float))),
        )
    ]
    for words, (chance, count, size) in zip(("with", "without"), left, strict=True):
        yield base | {"count": count, "base": size, "base_is": f"stays {words} it"} | _row(
            f"drop-off {words} it", chance
        )  # fmt: skip
    index = frequency * severe[0] * left[0][0][0]
    yield base | {"unit": "index"} | _row("index", (index, np.nan, np.nan))


def _row(measure: str, figures: tuple[float, float, float]) -> dict[str, object]:
    status = FEW if np.isnan(figures[0]) else MEASURED
    return {"measure": measure, **dict(zip(("value", "lower", "upper"), figures, strict=True)), "status": status}


def _mean(values: Floats) -> tuple[float, float, float]:
    mean = float(values.mean())
    reach = Z * float(values.std(ddof=1)) / np.sqrt(len(values)) if len(values) > 1 else np.nan
    return mean, max(mean - reach, 0.0), min(mean + reach, 1.0)


def _dropoff(
    stays: pd.DataFrame, chosen: Flags, start: Floats, stop: Floats, setting: PainSetting
) -> tuple[tuple[float, float, float], int, int]:
    """Chance of drop-off within the horizon, moves to it, stays at risk."""
    kept = chosen & (start < stop)
    part = stays[kept]
    ended = part["to"].notna().to_numpy() & (stop[kept] == part["days"].to_numpy())
    dropped = ended & (part["to"] == setting.dropoff).to_numpy()
    unknown = ((np.nan,) * 3, int(dropped.sum()), len(part))
    if setting.dropoff is None or part["customer_id"].nunique() < setting.min_cell:
        return unknown
    to = np.full(len(part), None, dtype=object)
    to[ended], to[dropped] = _ONWARD, setting.dropoff
    spells = pd.DataFrame(
        {
            "customer_id": part["customer_id"].to_numpy(),
            "from": "here",
            "to": to,
            "start": start[kept],
            "stop": stop[kept],
        }
    )
    found = aalen_johansen(
        spells, [setting.horizon_days], states=["here", setting.dropoff, _ONWARD], start="here"
    ).set_index("state").loc[setting.dropoff]  # fmt: skip
    if found["followed"] == 0:
        return unknown
    figures = (float(found["probability"]), float(found["lower"]), float(found["upper"]))
    return figures, int(dropped.sum()), len(part)
