"""What sources saw, as a graph: identifiers are its nodes, and two that stand in one record are joined by an edge."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

MISSING = -1
"""The node of a cell without an identifier."""


@dataclass(frozen=True)
class Sighting:
    """Identifiers seen by one source.

    `ids` has one column per space and one row per record; what stands in one row is one person. `makes_customers` is
    true for records and events; surveys, interviews and mailings only link to customers (unless there is no CRM).
    """

    source: str
    ids: pd.DataFrame
    makes_customers: bool


def source_names(sightings: Sequence[Sighting]) -> list[str]:
    """The sources that saw something, in alphabetical order."""
    return sorted({s.source for s in sightings})


def nodes(sightings: Sequence[Sighting]) -> tuple[pd.DataFrame, list[dict[str, np.ndarray]]]:
    """All identifiers in order of space and value, and of each sighting, by space, the node of each cell or `MISSING`.

    The table has the columns space (a category), value, seen and makes (whether a source of it makes customers); `seen`
    is the sum of 2**i over the positions i, in `source_names`, of the sources that saw the identifier.
    """
    names = source_names(sightings)
    spaces = sorted({str(space) for s in sightings for space in s.ids.columns})
    frames = [pd.DataFrame({"value": [], "seen": [], "makes": []}).astype(_types(names))]
    places: list[dict[str, np.ndarray]] = [{} for _ in sightings]
    first = 0
    for space in spaces:
        holders = [i for i, s in enumerate(sightings) if space in s.ids.columns]
        cells = [sightings[i].ids[space] for i in holders]
        at, values = _in_order(pd.concat(cells, ignore_index=True).astype("str"))
        seen, makes = np.zeros(len(values), dtype=sums_of(len(names))), np.zeros(len(values), dtype=bool)
        for i, mine in zip(holders, np.split(at, np.cumsum([len(c) for c in cells])[:-1]), strict=True):
            known = mine[mine != MISSING]
            seen[known] |= 1 << names.index(sightings[i].source)
            makes[known] |= sightings[i].makes_customers
            places[i][space] = np.where(mine == MISSING, MISSING, mine + first)
        frames.append(pd.DataFrame({"value": values, "seen": seen, "makes": makes}))
        first += len(values)
    codes = np.repeat(np.arange(len(spaces)), [len(frame) for frame in frames[1:]])
    table = pd.concat(frames, ignore_index=True)
    table.insert(0, "space", pd.Categorical.from_codes(codes, pd.Index(spaces, dtype="str")))
    return table, places


def edges(places: Sequence[Mapping[str, np.ndarray]], size: int) -> np.ndarray:
    """Distinct pairs of nodes (of `size` in all) that were seen in one record, the smaller one first."""
    pairs = [np.empty(0, dtype="int64")]
    for left, right in (pair for at in places for pair in combinations(at.values(), 2)):
        both = (left != MISSING) & (right != MISSING)
        one, other = left[both], right[both]
        pairs.append(np.minimum(one, other) * size + np.maximum(one, other))
    return np.column_stack(np.divmod(np.unique(np.concatenate(pairs)), max(size, 1)))


def sums_of(sources: int) -> str:
    """The type that holds a bit for each source: numbers of 64 bits, one of which is the sign, or of any length."""
    return "int64" if sources < 64 else "object"


def _types(names: Sequence[str]) -> dict[str, str]:
    return {"value": "str", "seen": sums_of(len(names)), "makes": "bool"}


def _in_order(cells: pd.Series) -> tuple[np.ndarray, pd.Index]:
    """The distinct texts in order, and the position of each cell in them. Arrow sorts several times faster."""
    codes, texts = pd.factorize(cells)
    order = np.asarray(pc.sort_indices(pa.array(texts.array, pa.large_string())))
    ranks = np.full(len(texts) + 1, MISSING, dtype="int64")  # the last is that of missing cells, whose code is -1
    ranks[order] = np.arange(len(texts))
    return ranks[codes], texts.take(order)
