"""What would be gained if one transition came more often and all else stayed: conversions and value by a fitted chain.

The chain has constant rates per day (`fitted_chain.py`); conversion ends it. A rate is raised to that of the persona
that makes the move most readily, or by a stated part. The intervals come from customers drawn with replacement: rates,
first stages and value anew each time, the best persona as found. They leave out that it was sought. A raised rate is a
wish: the chain tells what it would be worth, not how to bring it about.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.journeys.fitted_chain import Totals, before_target, chance, divided, reach, totals
from pipeline.journeys.groups import ALL, UNASSIGNED
from pipeline.journeys.intervals import middle
from pipeline.journeys.pooling import pooled_rates
from pipeline.journeys.profile_rows import personas_and_all
from pipeline.journeys.spell_columns import Floats

COLUMNS = ["rank", "persona", "from", "to", "scenario", "like", "rate", "raised_rate", "chance", "raised_chance",
           "reach", "raised_reach", "gain", "gain_lower", "gain_upper", "journeys", "moves", "conversions",
           "conversions_lower", "conversions_upper", "value", "value_lower", "value_upper",
           "conversion_stage"]  # fmt: skip
BEST, STATED = "best persona", "stated rise"
Move = tuple[int, int]
Best = dict[Move, str]


@dataclass(frozen=True)
class Aims:
    """`target` the stage of conversion; `rise` by which part a rate is raised; of the bootstrap `seed`, `resamples`."""

    target: str
    horizon_days: float
    window_days: float
    rise: float
    min_cell: int
    seed: int
    resamples: int


def opportunities(
    stays: pd.DataFrame, values: pd.DataFrame, personas: list[str], ladder: list[str], dropoff: str | None, aims: Aims
) -> pd.DataFrame:
    """Columns COLUMNS; of every persona and `all` each move forward before the target, and each return from drop-off.

    `values`: `case_id, value` of converted journeys that were followed long enough; empty where the log has no money.
    `rank` is within a scenario, of the personas among themselves. Personas with fewer than `min_cell` customers have
    no row, and are nobody's best.
    """
    states = [*ladder[: ladder.index(aims.target)], *([dropoff] if dropoff else []), aims.target]
    known = before_target(stays, ladder, states, aims.window_days).merge(values, on="case_id", how="left")
    of = {
        persona: totals(part, states, np.random.default_rng([aims.seed, place]), aims.resamples)
        for place, (persona, part) in enumerate(personas_and_all(known, personas))
        if part["customer_id"].nunique() >= aims.min_cell
    }
    named = [persona for persona in of if persona not in (ALL, UNASSIGNED)]
    rates = {name: divided(found.moves, found.days[:, :, None]) for name, found in of.items()}
    best = _best(of, named, aims.min_cell)
    moves = _moves(states, dropoff)
    rows = [row for persona in of for row in _of_persona(persona, of[persona], rates, best, states, moves, aims)]
    table = pd.DataFrame(rows, columns=COLUMNS).assign(conversion_stage=aims.target)
    apart = [table["scenario"], table["persona"] == ALL]
    ranked = table.sort_values(
        ["conversions", "persona", "from", "to"], ascending=[False, True, True, True], kind="stable"
    )
    ranked["rank"] = ranked.groupby(apart).cumcount() + 1
    ranked["_all"] = ranked["persona"] == ALL
    return ranked.sort_values(["_all", "scenario", "rank"], kind="stable", ignore_index=True)[COLUMNS]


def _moves(states: list[str], dropoff: str | None) -> list[Move]:
    """Moves forward on the ladder, and from drop-off back to any stage."""
    ladder = [place for place, state in enumerate(states) if state != dropoff]
    forward = [(r, s) for r in ladder for s in ladder if r < s]
    return forward + ([(states.index(dropoff), s) for s in ladder] if dropoff else [])


def _best(of: dict[str, Totals], named: list[str], min_cell: int) -> Best:
    """Per move the persona that makes it most readily, by rates drawn towards the common mean (`pooling.py`), so that
    no small persona is the best by luck; only personas seen to make it at least `min_cell` times.
    """
    best: Best = {}
    size = next(iter(of.values())).moves.shape[1] if of else 0
    for r, s in ((r, s) for r in range(size) for s in range(size) if len(named) > 1 and r != s):
        moves, days = np.array([(of[p].moves[0, r, s], of[p].days[0, r]) for p in named]).T
        known = np.flatnonzero(moves >= min_cell)
        if len(known):
            best[r, s] = named[known[np.argmax(pooled_rates(moves, days).pooled[known])]]
    return best


def _of_persona(
    persona: str, own: Totals, rates: dict[str, Floats], best: Best, states: list[str], moves: list[Move], aims: Aims
) -> Iterator[dict[str, object]]:
    q, journeys = rates[persona], float(own.begun[0].sum())
    mix = divided(own.begun, own.begun.sum(axis=1, keepdims=True))
    now = reach(q, mix, aims.window_days)
    worth = divided(own.value, own.valued) if own.valued[0] >= aims.min_cell else np.full(len(q), np.nan)
    for move in moves:
        if not q[(0, *move)] > 0:
            continue
        for scenario, like, raised in _scenarios(persona, move, rates, best, aims.rise):
            changed = q.copy()
            changed[(slice(None), *move)] = raised
            after = reach(changed, mix, aims.window_days)
            gain = after - now
            yield {
                "persona": persona, "from": states[move[0]], "to": states[move[1]], "scenario": scenario, "like": like,
                "rate": q[(0, *move)], "raised_rate": raised[0],
                "chance": chance(q[0], move, aims.horizon_days),
                "raised_chance": chance(changed[0], move, aims.horizon_days),
                "reach": now[0], "raised_reach": after[0],
                "journeys": int(journeys), "moves": int(own.moves[(0, *move)]),
                **_with_interval("gain", gain), **_with_interval("conversions", gain * journeys),
                **_with_interval("value", gain * journeys * worth),
            }  # fmt: skip


def _scenarios(
    persona: str, move: Move, rates: dict[str, Floats], best: Best, rise: float
) -> Iterator[tuple[str, str, Floats]]:
    own = rates[persona][(slice(None), *move)]
    yield STATED, "", own * (1 + rise)
    like = best.get(move)
    if like and like != persona and rates[like][(0, *move)] > own[0]:
        yield BEST, like, rates[like][(slice(None), *move)]


def _with_interval(name: str, samples: Floats) -> dict[str, float]:
    """The figure of the data, the first of the samples, and the middle 95 % of the others."""
    low, high = middle(samples[1:])
    return {name: float(samples[0]), f"{name}_lower": float(low), f"{name}_upper": float(high)}
