"""What to do with a persona, stage by stage: what to say, what to put right, where and when. All of it measured."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from pipeline.core.words import in_words
from pipeline.journeys.schema import RHYTHM, STAGE_PROFILE
from pipeline.report.content.journey_map import profile_cell

Frames = Mapping[str, pd.DataFrame]
Item = dict[str, Any]
WORDS = ("Offer", "Speak of", "Show")
"""Leads of advice (`topics.DO`) that are about what to say."""
DEVICE = "Make it work here first"
EVERY_STAGE = "all"
WINDOW_HOURS = 3
DAYS = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")
DIRECT = {"direct", "(direct)", "none", "(none)", "unknown", "not set", "(not set)"}
"""Names of channels in which nobody can be met: customers who came by themselves, or nobody knows how."""
LEAST_KNOWN = 0.5
"""Share of a stage's activity that must lie in cells that may be shown before a time of day is told."""


def plan(
    own: str,
    advised: Mapping[str, list[Item]],
    frames: Frames,
    ladder: list[str],
    min_cell: int,
    entering: Mapping[str, set[str]],
) -> Item:
    """What to say to the persona `own`, on which device, where and when; for each stage of `ladder` the pain as well.

    Of pains the one with the largest index (frequency x severity x drop-off with it), told by its frequency; of
    channels the one with most contact (but direct visits), told by its share of it and its foremost touchpoint. What
    leads to a later stage (`entering`) is what is hoped for, no place to meet them in it. What is not known is None.
    """
    profile, rhythm = frames[STAGE_PROFILE.name], frames[RHYTHM.name]
    profile = profile[profile["persona"] == own]
    rhythm = rhythm[rhythm["persona"] == own]
    do = advised["do"]
    outcomes = {stage: entering.get(stage, set()) for stage in ladder[1:]}
    return {
        "say": [_told(a) for a in do if a["lead"] in WORDS],
        "device": next((_told(a) for a in do if a["lead"] == DEVICE), None),
        "channel": foremost(profile),
        "when": busiest(rhythm[rhythm["stage"] == EVERY_STAGE]),
        "stages": [
            {
                "stage": stage,
                "pain": _pain(profile[profile["stage"] == stage], min_cell),
                "channel": _channel(profile[profile["stage"] == stage], min_cell, outcomes.get(stage, set())),
                "when": busiest(rhythm[rhythm["stage"] == stage]),
            }
            for stage in ladder
        ],
    }


def _told(advice: Item) -> Item:
    return {"label": advice["label"], "cell": advice["cell"]}


def _pain(rows: pd.DataFrame, min_cell: int) -> Item | None:
    pains = rows[(rows["topic"] == "pain") & rows["value"].notna()]
    ranked = pains[pains["measure"] == "index"].sort_values(["value", "item"], ascending=[False, True])
    often = {r["item"]: r for r in pains[pains["measure"] == "frequency"].to_dict("records")}
    shown = [(item, profile_cell(often[item], min_cell)) for item in ranked["item"] if item in often]
    return next(({"label": item, "cell": cell} for item, cell in shown if cell["value"] is not None), None)


def _contact(rows: pd.DataFrame, topic: str) -> pd.DataFrame:
    """Shares of contact, with the events behind them, of channels where somebody can be met or of touchpoints there."""
    contact = rows[(rows["topic"] == topic) & (rows["measure"] == "share of contact") & (rows["channel"] != "")]
    return contact[contact["value"].notna() & ~contact["channel"].str.lower().isin(DIRECT)]


def foremost(rows: pd.DataFrame) -> str | None:
    """The channel with most contact in `rows` of the stage profile; of two alike the first by name."""
    events = _contact(rows, "channel").groupby("channel")["count"].sum()
    return None if events.empty else str(events[events == events.max()].index.min())


def _channel(rows: pd.DataFrame, min_cell: int, outcomes: set[str]) -> Item | None:
    best = foremost(rows)
    if best is None:
        return None
    whole, met = (of[of["channel"] == best] for of in (_contact(rows, "channel"), _contact(rows, "touchpoint")))
    met = met[~met["item"].isin(outcomes)]
    first = met.sort_values(["value", "item"], ascending=[False, True])["item"].head(1)
    cell = profile_cell(whole.to_dict("records")[0], min_cell)
    return {"channel": best, "label": "".join(map(in_words, first)), "cell": cell}


def busiest(rows: pd.DataFrame) -> str:
    """The hours and the weekday with most activity, in words; empty where too little of it may be shown.

    The weekday alone where all of it is in the hour after midnight: such events have a date and no time.

    `rows`: 168 cells of one persona and stage; the share of a small cell is missing and counts for nothing.
    """
    shares = rows["share"].fillna(0.0)
    if shares.sum() < LEAST_KNOWN:
        return ""
    by_hour = shares.groupby(rows["hour"]).sum().reindex(range(24), fill_value=0.0).to_numpy()
    by_day = shares.groupby(rows["weekday"]).sum().reindex(range(7), fill_value=0.0).to_numpy()
    day = f"most on {DAYS[int(by_day.argmax())]}"
    if not by_hour[1:].any():
        return day
    around = sum(np.roll(by_hour, -step) for step in range(WINDOW_HOURS))
    first = int(np.argmax(around))
    return f"{first}–{(first + WINDOW_HOURS) % 24 or 24} h, {day}"
