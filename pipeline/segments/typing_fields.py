"""What a typing tool may ask: fields cut into a few answers each, with cut points that can be printed and said aloud.

Every field is numbers (positions in its levels where it is an ordinal or binary in words) or texts (nominal).
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

MOST_BINS = 5
MOST_LEVELS = 7
RARE_SHARE = 0.02
SLACK = 0.03
"""How far, in shares of the customers, a cut point may move from its quantile to become a round number."""
UNKNOWN = -1


@dataclass(frozen=True)
class Bin:
    """One answer: numbers below `below` (None: all the others above), or the texts listed (none: any other text)."""

    label: str
    below: float | None = None
    texts: tuple[str, ...] = ()
    points: tuple[int, ...] = ()


@dataclass(frozen=True)
class Field:
    """One field to know: `kind` and `block` as in the dictionary; `levels` name the positions of an ordinal or binary.

    `reads` is `number` or `text`: what a table to be scored holds; positions are accepted as their levels' names too.
    """

    column: str
    label: str
    kind: str
    block: str
    cost: float
    reads: str
    levels: tuple[str, ...]
    bins: tuple[Bin, ...]

    def codes(self, values: pd.Series) -> np.ndarray:
        """Position of each value's bin, `UNKNOWN` where the value is missing or no answer of this field."""
        if self.reads == "text":
            return self._text_codes(values)
        numbers = values.to_numpy(dtype="float64", na_value=np.nan)
        edges = [b.below for b in self.bins if b.below is not None]
        return np.where(np.isnan(numbers), UNKNOWN, np.searchsorted(edges, numbers, side="right"))

    def _text_codes(self, values: pd.Series) -> np.ndarray:
        position = {text: i for i, b in enumerate(self.bins) for text in b.texts}
        other = next((i for i, b in enumerate(self.bins) if not b.texts), UNKNOWN)
        known = values.notna().to_numpy()
        found = values.map(position).to_numpy(dtype="float64", na_value=np.nan)
        return np.where(~known, UNKNOWN, np.where(np.isnan(found), other, np.nan_to_num(found))).astype(int)

    def with_points(self, points: np.ndarray) -> "Field":
        """The same field with `points` (bins x segments) of each answer."""
        rows = [tuple(int(p) for p in row) for row in points]
        return replace(self, bins=tuple(replace(b, points=row) for b, row in zip(self.bins, rows, strict=True)))


def fields_of(features: pd.DataFrame, dictionary: pd.DataFrame, costs: Mapping[str, float]) -> list[Field]:
    """Every feature not excluded that has two answers or more, in order of name.

    `costs`: by block, and by column where a column has its own. A scale costs as much as the questions it is made of.
    """
    found = []
    for row in dictionary[dictionary["role"] != "exclude"].sort_values("column").to_dict("records"):
        column = str(row["column"])
        cost = costs.get(column, costs.get(str(row["block"]), 1.0) * _questions(row))
        levels = tuple(str(level) for level in json.loads(row["levels"]))
        text = row["kind"] == "nominal"
        bins = _text_bins(features[column]) if text else _number_bins(features[column], levels)
        if len(bins) > 1:
            kept = () if text else levels
            reads = "text" if text else "number"
            found.append(Field(column, row["label"], row["kind"], row["block"], cost, reads, kept, tuple(bins)))
    return found


def _questions(row: Mapping) -> int:
    """How many questions a scale asks: `survey: Q1_1, Q1_2` are two."""
    return str(row["source"]).count(",") + 1 if row["block"] == "attitudinal" else 1


def _text_bins(values: pd.Series) -> list[Bin]:
    counts = values.value_counts()
    common = [str(level) for level, count in counts.items() if count >= RARE_SHARE * counts.sum()]
    common = sorted(common, key=lambda level: (-counts[level], level))[: 2 * MOST_LEVELS]
    other = [Bin("anything else")] if len(common) < len(counts) and common else []
    return [Bin(level, texts=(level,)) for level in common] + other


def _number_bins(values: pd.Series, levels: tuple[str, ...]) -> list[Bin]:
    known = np.sort(values.dropna().to_numpy(dtype="float64"))
    cuts = cut_points(known)
    if not cuts:
        return []
    edges: list[float | None] = [*cuts, None]
    where = np.searchsorted(cuts, known, side="right")
    return [Bin(_label(i, edges, known[where == i], levels), below=edge) for i, edge in enumerate(edges)]


def cut_points(known: np.ndarray) -> list[float]:
    """Where sorted numbers are cut: at every value of few, else at round numbers near the quintiles.

    A lowest value that many have (zero, mostly) is an answer of its own.

    >>> cut_points(np.array([1.0, 1, 2, 3]))
    [2.0, 3.0]
    >>> cut_points(np.arange(1000.0))
    [200.0, 400.0, 600.0, 800.0]
    """
    distinct, counts = np.unique(known, return_counts=True)
    if len(distinct) < 2:
        return []
    if len(distinct) <= MOST_LEVELS:
        return _without_rare(distinct, counts)
    floor = counts[0] if counts[0] >= len(known) / MOST_BINS / 2 else 0
    rest = known[floor:]
    parts = MOST_BINS - 1 if floor else MOST_BINS
    gap = float(distinct[1] - distinct[0])
    cuts = [roundest(float(distinct[0]) + 0.7 * gap, float(distinct[1]))] if floor else []
    for part in range(1, parts):
        low, high = (rest[_at(rest, part / parts + shift)] for shift in (-SLACK, SLACK))
        cut = roundest(float(low), float(high))
        if cut > (cuts[-1] if cuts else known[0]) and (known >= cut).any():
            cuts.append(cut)
    return cuts


def _without_rare(distinct: np.ndarray, counts: np.ndarray) -> list[float]:
    """A cut below every value, save that rare neighbours stay together."""
    least, cuts, size = RARE_SHARE * counts.sum(), [], counts[0]
    for value, count, rest in zip(distinct[1:], counts[1:], counts[::-1].cumsum()[::-1][1:], strict=True):
        if size >= least and rest >= least:
            cuts.append(float(value))
            size = 0
        size += count
    return cuts


def _at(ordered: np.ndarray, share: float) -> int:
    return min(len(ordered) - 1, max(0, int(share * len(ordered))))


def roundest(low: float, high: float) -> float:
    """The number with the fewest digits in [low, high], the lowest of several.

    >>> roundest(0.2871, 0.3312), roundest(1180.0, 1320.0), roundest(7.0, 7.0)
    (0.3, 1200.0, 7.0)
    """
    width = max(high - low, abs(low) * 1e-9, 1e-12)
    for power in range(math.ceil(math.log10(max(abs(low), abs(high), width))), math.floor(math.log10(width)) - 2, -1):
        for step in (5, 2, 1):
            size = step * 10.0**power
            found = float(f"{math.ceil(low / size - 1e-12) * size:.12g}")
            if low <= found <= high:
                return found
    return low


def _label(i: int, edges: list[float | None], part: np.ndarray, levels: tuple[str, ...]) -> str:
    """The answer in words: level names, the values themselves where they are few, or a range."""
    values = np.unique(part)
    if levels:
        return " / ".join(levels[int(v)] for v in values if int(v) < len(levels)) or "none of the levels"
    if len(values) == 1:
        return _number(values[0])
    low, high = edges[i - 1] if i else None, edges[i]
    if low is None or high is None:
        return f"below {_number(high)}" if high is not None else f"{_number(low or 0.0)} or more"
    return f"{_number(low)} to below {_number(high)}"


def _number(value: float) -> str:
    return f"{value:,.6g}" if abs(value) < 1e6 else f"{value:,.0f}"
