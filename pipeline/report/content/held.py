"""Which counts of journeys are held back, so that no difference of what is shown tells of few.

Of the parts of a group (who got to a stage and no further, who moved on or stayed) as many are held back as needed,
those first that readers need least. Where one of a persona is, so is that of all journeys, and no other persona's; of
the levels of a breakdown, the level of fewest journeys is held back with it. Groups that are in no figure of all
(`left_out_of_all` in journeys.json) hold nothing else back.
"""

from collections.abc import Collection, Iterator
from dataclasses import replace
from itertools import chain, combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.core.suppression import Flags, hidden_counts
from pipeline.report.inputs import Inputs

ALL, PERSONA = "all", "persona"
NEVER = np.inf
"""What it costs to hold back what everything else is a part of."""
Integers = NDArray[np.int64]
Numbers = NDArray[np.float64]


def with_held(inputs: Inputs, min_cell: int) -> Inputs:
    """`inputs` whose funnels and transitions say which of their counts are held back, in columns `hold_…`."""
    outside = set(inputs.journeys.get("left_out_of_all") or [])
    return replace(
        inputs,
        funnel=_funnels(inputs.funnel, min_cell, outside),
        transitions=_transitions(inputs.transitions, min_cell, outside),
    )


def _funnels(funnel: pd.DataFrame, min_cell: int, outside: Collection[str]) -> pd.DataFrame:
    """With `hold_entered`, `hold_reached`, `hold_open`."""
    names = ["hold_entered", "hold_reached", "hold_open"]
    held = pd.DataFrame(False, index=funnel.index, columns=names)
    ordered = funnel.sort_values("step", kind="stable")
    unfollowed = (ordered["not_followed_up"].fillna(0.0) * ordered["entered"]).round()
    ordered = ordered.assign(open=unfollowed.astype(np.int64), row=ordered.index)
    whole_told: Flags | None = None
    for by, part in _blocks(ordered):
        wide = part.pivot(index=["group_by", "group"], columns="step", values=["reached", "open", "row"])
        wide = wide.sort_index(level=0, key=lambda keys: keys != ALL)
        entered = part.groupby(["group_by", "group"])["entered"].max().reindex(wide.index)
        steps = wide["reached"].shape[1]
        counts = np.column_stack([entered, wide["reached"], wide["open"]]).astype(np.int64)
        cost = np.tile(_cost_of_steps(steps), (len(counts), 1))
        flags = _held(by, wide, (counts, _of_steps(steps), cost), min_cell, outside, whole_told)
        whole_told = ~flags[0] if by == PERSONA and wide.index[0][0] == ALL else whole_told
        at = wide["row"].to_numpy().astype(np.int64)
        held.loc[at.ravel(), "hold_entered"] = np.repeat(flags[:, 0], steps)
        held.loc[at.ravel(), "hold_reached"] = flags[:, 1 : 1 + steps].ravel()
        held.loc[at.ravel(), "hold_open"] = flags[:, 1 + steps :].ravel()
    return funnel.join(held)


def _transitions(moves: pd.DataFrame, min_cell: int, outside: Collection[str]) -> pd.DataFrame:
    """With `hold_at_risk`, `hold_moved`, `hold_censored`."""
    names = ["hold_at_risk", "hold_moved", "hold_censored"]
    held = pd.DataFrame(False, index=moves.index, columns=names)
    kept = moves[moves["group_by"].isin([PERSONA, ALL])]
    for _, part in kept.assign(row=kept.index).groupby("from", sort=False):
        wide = part.pivot(index=["group_by", "group"], columns="to", values=["moved", "row"])
        wide = wide.sort_index(level=0, key=lambda keys: keys != ALL)
        first = part.groupby(["group_by", "group"])[["at_risk", "censored"]].max().reindex(wide.index)
        counts = np.column_stack([first["at_risk"], wide["moved"], first["censored"]]).astype(np.int64)
        cost = counts.astype(np.float64)
        cost[:, 0], cost[:, -1] = NEVER, 0.5
        flags = _held(PERSONA, wide, (counts, _of_moves(counts.shape[1]), cost), min_cell, outside, None)
        at, width = wide["row"].to_numpy().astype(np.int64), wide["row"].shape[1]
        held.loc[at.ravel(), "hold_at_risk"] = np.repeat(flags[:, 0], width)
        held.loc[at.ravel(), "hold_moved"] = flags[:, 1:-1].ravel()
        held.loc[at.ravel(), "hold_censored"] = np.repeat(flags[:, -1], width)
    return moves.join(held)


def _blocks(funnel: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """All and the personas, then the levels of each breakdown."""
    of_personas = funnel["group_by"].isin([PERSONA, ALL])
    if of_personas.any():
        yield PERSONA, funnel[of_personas]
    for name, part in funnel[~of_personas].groupby("group_by", sort=False):
        yield str(name), part


def _held(
    by: str,
    wide: pd.DataFrame,
    told: tuple[Integers, Integers, Numbers],
    min_cell: int,
    outside: Collection[str],
    whole_told: Flags | None,
) -> Flags:
    """Flags of the groups in the rows of `wide`, all of them first among the personas."""
    counts, sums, cost = told
    if by != PERSONA:
        return hidden_counts(counts, sums, cost, min_cell, total_told=whole_told)
    flags = hidden_counts(counts, sums, cost, min_cell)
    if wide.index[0][0] == ALL:
        parts = [at for at, (group_by, group) in enumerate(wide.index) if group_by != ALL and group not in outside]
        flags[0] |= (flags[parts] & (counts[parts] > 0)).any(axis=0)
        flags[:1] = hidden_counts(counts[:1], sums, cost[:1], min_cell, known=flags[:1])
    return flags


def _cost_of_steps(steps: int) -> Numbers:
    """Open ends first, then stages on the way, then the last one."""
    reached = [NEVER, *[2.0] * (steps - 2), 3.0] if steps > 1 else [NEVER] * steps
    return np.array([NEVER, *reached, *[1.0] * steps])


def _of_steps(steps: int) -> Integers:
    """Sums over (began, reached each stage, not yet followed up at each stage)."""
    reached = [1 + at for at in range(steps)]
    unfollowed = [1 + steps + at for at in range(steps)]
    found = [{at: 1} for at in range(1 + 2 * steps)]
    for k, o in zip(reached, unfollowed, strict=True):
        found += [{0: 1, k: -1}, {0: 1, k: -1, o: -1}]
    for s, t in combinations(range(steps), 2):
        stopped, opened = {reached[s]: 1, reached[t]: -1}, {unfollowed[t]: 1, unfollowed[s]: -1}
        found += [stopped, opened, {**stopped, unfollowed[t]: -1, unfollowed[s]: 1}]
    return _matrix(found, 1 + 2 * steps)


def _of_moves(columns: int) -> Integers:
    """Sums over (stays, moves to each next stage, still there): each, and the stays less any of what they led to."""
    parts = range(1, columns)
    subsets = chain.from_iterable(combinations(parts, size) for size in range(1, columns))
    singles = [{at: 1} for at in range(columns)]
    return _matrix([*singles, *({0: 1, **dict.fromkeys(some, -1)} for some in subsets)], columns)


def _matrix(sums: list[dict[int, int]], columns: int) -> Integers:
    found = np.zeros((len(sums), columns), dtype=np.int64)
    for row, one in enumerate(sums):
        found[row, list(one)] = list(one.values())
    return found
