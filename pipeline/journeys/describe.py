"""Tables of every group of journeys, and of the personas beside each other, from spells with `persona_id`."""

from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pandas as pd

from pipeline.core.progress import steps
from pipeline.core.sources import StageSettings
from pipeline.journeys.comparison import compare
from pipeline.journeys.curves import curves
from pipeline.journeys.first_passage import Passages
from pipeline.journeys.funnel import funnel
from pipeline.journeys.groups import PERSONA, groups
from pipeline.journeys.markov import markov_check
from pipeline.journeys.membership import COLUMNS as MEMBERSHIP
from pipeline.journeys.membership import of_members
from pipeline.journeys.reached import reached
from pipeline.journeys.small_personas import pooled_table
from pipeline.journeys.transitions import transitions

AT_ONCE = 2
"""Tables made at a time: most of the work is numpy's, which lets another thread go on meanwhile."""
_CODED = ("customer_id", "case_id", "persona_id", "from", "to")
_PER_GROUP = ("transitions", "curves", "funnel", "reached")
Tables = dict[str, pd.DataFrame]


@dataclass(frozen=True)
class Spans:
    """What the `journeys` block of params.yaml says of curves, funnels and comparisons."""

    horizon_days: float
    window_days: float
    curve_points: int
    equivalence_margin: float


def describe(
    spells: pd.DataFrame,
    members: pd.DataFrame,
    personas: Sequence[str],
    stages: StageSettings,
    spans: Spans,
    few: Collection[str],
) -> Tables:
    """The tables transitions, curves, funnel, reached, membership, pooled, comparisons and markov.

    `members` has `customer_id, probability`. Every figure of a group is of its journeys alone; those of the groups
    `few` are in no figure of all.
    """
    coded = spells.astype(dict.fromkeys(_CODED, "category"))
    customer = coded["customer_id"].cat
    belonging = members.set_index("customer_id")["probability"].reindex(customer.categories).to_numpy(dtype=float)
    coded["probability"] = belonging[customer.codes]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        # All customers come first and take as long as all others together.
        awaited = [
            pool.submit(_of_group, *group, stages, spans) for group in groups(coded, personas, stages.breakdowns, few)
        ]
        markov = pool.submit(markov_check, coded[["from", "to", "start", "stop", "entered"]])
        made = [one.result() for one in steps(awaited, "curves per group")]
        joined = {name: pd.concat([one[name] for one in made], ignore_index=True) for name in _PER_GROUP}
        own = joined["funnel"].query("group_by == @PERSONA and group in @personas")
        joined["pooled"] = pooled_table(coded, own, personas, stages)
        joined["comparisons"] = compare(own, spans.equivalence_margin)
        joined["markov"] = markov.result()
    doubtful = [one["membership"] for one in made if "membership" in one]
    doubtful = [part for part in doubtful if part["persona"].iloc[0] in personas]
    joined["membership"] = pd.concat(doubtful, ignore_index=True) if doubtful else pd.DataFrame(columns=MEMBERSHIP)
    return joined


def _of_group(group_by: str, group: str, part: pd.DataFrame, stages: StageSettings, spans: Spans) -> Tables:
    """The tables _PER_GROUP of one group, and of a persona `membership`."""
    states = [*stages.ladder, *([stages.dropoff.stage] if stages.dropoff else [])]
    window, points = spans.window_days, spans.curve_points
    passages = Passages.of(part, stages.ladder)
    made = {
        "transitions": transitions(part, stages, spans.horizon_days),
        "curves": curves(part, states, window, points),
        "funnel": funnel(part, stages, window, passages),
        "reached": reached(part, stages, window, points, passages),
    }
    found = {name: table.assign(group_by=group_by, group=group) for name, table in made.items()}
    if group_by == PERSONA:
        doubtful = of_members(part["probability"], passages, made["funnel"]["probability"], stages, window)
        found["membership"] = doubtful.assign(persona=group)[MEMBERSHIP]
    return found
