"""Planted worlds: feature tables whose segments are known, and tables that have none.

A planted world mixes kinds (lognormal and normal numbers, zero-inflated counts, shares that sum to 1, ordinals, yes/no,
nominals), lets each relevant column differ in some segments only, adds columns that know nothing of the segments (some
of them correlated with each other), leaves the survey out for part of the customers and blanks cells at random.
"""

import json
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm

BLOCK_OF = {"numeric": "behavioural", "count": "behavioural", "share": "behavioural", "ordinal": "attitudinal"}
RELEVANT_KINDS = ("numeric", "lognormal", "count", "ordinal", "binary", "nominal", "ordinal", "lognormal")


@dataclass(frozen=True)
class World:
    features: pd.DataFrame
    dictionary: pd.DataFrame
    truth: np.ndarray


def describe(table: pd.DataFrame, kinds: dict[str, str], levels: dict[str, int]) -> pd.DataFrame:
    """A dictionary (features.schema.DICTIONARY) in which every column is segmented by."""
    return pd.DataFrame(
        [
            {
                "column": name,
                "label": name,
                "block": BLOCK_OF.get(kind, "demographic"),
                "kind": kind,
                "role": "segment",
                "theme": "hours" if name.startswith("hour") else "other",
                "source": "world",
                "unit": "",
                "levels": json.dumps([str(i) for i in range(levels.get(name, 0))]),
                "missing_share": float(table[name].isna().mean()),
                "description": "planted",
            }
            for name, kind in kinds.items()
        ]
    )


def _draw(kind: str, shift: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, str, int]:
    """Values of one column whose location moves by `shift` (one per customer), its kind and number of levels."""
    noise = rng.standard_normal(len(shift))
    latent = shift + noise
    if kind == "numeric":
        return 50 + 10 * latent, "numeric", 0
    if kind == "lognormal":
        return np.exp(3 + 0.9 * latent), "numeric", 0
    if kind == "count":
        rate = np.exp(1.2 + 0.6 * shift + 0.5 * noise)
        return rng.poisson(rate) * (rng.random(len(shift)) < norm.cdf(0.4 + 0.6 * shift)), "count", 0
    if kind == "binary":
        return (latent > rng.uniform(-0.5, 0.8)).astype(float), "binary", 2
    if kind == "ordinal":
        cuts = np.sort(rng.uniform(-1.5, 1.5, 4))
        return np.searchsorted(cuts, latent).astype(float), "ordinal", 5
    raise ValueError(kind)


def _nominal(groups: np.ndarray, k: int, strength: float, rng: np.random.Generator) -> np.ndarray:
    base = rng.dirichlet(np.full(4, 4.0))
    chances = np.array([(1 - strength) * base + strength * rng.dirichlet(np.full(4, 0.5)) for _ in range(k)])
    cumulative = chances.cumsum(axis=1)[groups]
    return (rng.random(len(groups))[:, None] > cumulative).sum(axis=1).clip(max=3)


def _hours(groups: np.ndarray, k: int, rng: np.random.Generator) -> np.ndarray:
    profile = rng.dirichlet(np.full(4, 1.5), size=k) * 6 + 0.4
    draws = rng.gamma(profile[groups])
    return draws / draws.sum(axis=1, keepdims=True)


def planted(
    seed: int,
    n: int = 2000,
    segments: int | None = None,
    relevant: int = 16,
    irrelevant: int = 10,
    separation: float = 1.5,
    missing: float = 0.04,
    survey_share: float = 0.7,
    correlated: bool = True,
) -> World:
    """A world with 3 to 7 segments, none below about 7 % of the customers."""
    rng = np.random.default_rng(seed)
    k = segments or int(rng.integers(3, 8))
    sizes = 0.5 / k + 0.5 * rng.dirichlet(np.full(k, 2.0))
    groups = rng.choice(k, size=n, p=sizes / sizes.sum())
    data: dict[str, np.ndarray] = {}
    kinds: dict[str, str] = {}
    levels: dict[str, int] = {}
    for j in range(relevant):
        kind = RELEVANT_KINDS[j % len(RELEVANT_KINDS)]
        name = f"r{j:02d}_{kind}"
        if kind == "nominal":
            data[name], kinds[name], levels[name] = _nominal(groups, k, 0.6, rng), "nominal", 4
            continue
        moved = rng.choice([-1.0, 0.0, 1.0], size=k, p=[0.3, 0.4, 0.3]) * separation * rng.uniform(0.6, 1.3, size=k)
        data[name], kinds[name], levels[name] = _draw(kind, moved[groups], rng)
    hours = _hours(groups, k, rng)
    for h in range(hours.shape[1]):
        data[f"hours_{h}"], kinds[f"hours_{h}"] = hours[:, h], "share"
    factor = rng.standard_normal(n)
    for j in range(irrelevant):
        kind = RELEVANT_KINDS[(3 * j) % len(RELEVANT_KINDS)]
        name = f"x{j:02d}_{kind}"
        if kind == "nominal":
            data[name], kinds[name], levels[name] = rng.choice(4, size=n, p=[0.4, 0.3, 0.2, 0.1]), "nominal", 4
            continue
        shift = 0.7 * factor if correlated and j in (0, 1) else np.zeros(n)
        data[name], kinds[name], levels[name] = _draw(kind, shift, rng)
    return _finish(data, kinds, levels, groups, rng, missing, survey_share)


def _finish(
    data: dict[str, np.ndarray],
    kinds: dict[str, str],
    levels: dict[str, int],
    groups: np.ndarray,
    rng: np.random.Generator,
    missing: float,
    survey_share: float,
) -> World:
    n = len(groups)
    answered = rng.random(n) < survey_share
    table = pd.DataFrame({"customer_id": [f"{v:016x}" for v in rng.permutation(n)]})
    for name in data:
        blank = rng.random(n) < missing
        if kinds[name] == "ordinal":
            blank |= ~answered
        values = pd.Series(data[name], dtype="float64").mask(blank)
        table[name] = (
            values.map(lambda v: f"level {v:.0f}").where(values.notna()).astype("str")
            if kinds[name] == "nominal"
            else values
        )
    order = table["customer_id"].argsort().to_numpy()
    table = table.iloc[order].reset_index(drop=True)
    return World(table, describe(table, kinds, levels), groups[order])


def structureless(seed: int, kind: str, n: int = 2000, columns: int = 20) -> World:
    """No segments: `independent` columns, a `gradient` (one factor), `factors` (three of them) or `skewed` columns."""
    rng = np.random.default_rng(seed)
    factors = {"independent": 0, "skewed": 0, "gradient": 1, "factors": 3}[kind]
    scores = rng.standard_normal((n, max(factors, 1)))
    data, kinds, levels = {}, {}, {}
    for j in range(columns):
        shape = ("lognormal", "count")[j % 2] if kind == "skewed" else RELEVANT_KINDS[j % len(RELEVANT_KINDS)]
        name = f"c{j:02d}_{shape}"
        if shape == "nominal":
            data[name], kinds[name], levels[name] = rng.choice(4, size=n, p=[0.4, 0.3, 0.2, 0.1]), "nominal", 4
            continue
        loading = rng.choice([-1.0, 1.0]) * rng.uniform(0.5, 1.2) if factors else 0.0
        data[name], kinds[name], levels[name] = _draw(shape, loading * scores[:, j % max(factors, 1)], rng)
    return _finish(data, kinds, levels, np.zeros(n, dtype=int), rng, 0.04, 0.8)
