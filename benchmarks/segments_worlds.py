"""Worlds to measure segmentation on: tables whose segments are known, and tables that have none.

A planted world draws a latent location per customer and column that moves with the segment, and shows it through a
column of some kind: lognormal, Pareto or Student numbers, zero-inflated counts, shares, Likert items, yes/no, nominals.
On top, world by world: columns that know nothing of the segments (some of them correlated with each other), a factor
that ties relevant columns within the segments, answering styles, customers scattered at random, cells that are missing
the more the higher their value, and part of the customers without any survey. `separation` of each plan was set by
bisection so that a random forest trained on the truth is right (out of bag) for .85 to .97 of the customers.

Every second plan is for tuning; the others are only reported on.
"""

import json
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.stats import norm, t

FAMILIES = {
    "mixed": ("lognormal", "ordinal", "zeros", "binary", "nominal", "normal", "pareto", "ordinal"),
    "survey": ("ordinal", "ordinal", "ordinal", "binary", "ordinal", "nominal", "ordinal", "lognormal"),
    "behaviour": ("zeros", "lognormal", "share", "count", "pareto", "student", "share", "zeros"),
    "crm": ("nominal", "binary", "lognormal", "nominal", "binary", "ordinal", "count", "student"),
}
BLOCK_OF = {"ordinal": "attitudinal", "nominal": "demographic", "binary": "demographic"}
KIND_OF = {
    "lognormal": "numeric",
    "pareto": "numeric",
    "student": "numeric",
    "normal": "numeric",
    "zeros": "count",
    "count": "count",
}
SCATTER = -1


@dataclass(frozen=True)
class Plan:
    """What a world is made of; `sizes` of the segments (none where empty), all shares of customers or columns."""

    name: str
    seed: int
    n: int
    sizes: tuple[float, ...]
    family: str
    relevant: int
    irrelevant: int
    separation: float = 1.2
    within: float = 0.0
    noise_block: int = 0
    style: float = 0.0
    scatter: float = 0.0
    mnar: float = 0.0
    survey_share: float = 1.0
    factors: int = 0

    @property
    def null(self) -> bool:
        """Whether it has no segments."""
        return not self.sizes


@dataclass(frozen=True)
class World:
    """`features` and `dictionary` as stage `features` writes them, and the segment of each customer, in its order."""

    plan: Plan
    features: pd.DataFrame
    dictionary: pd.DataFrame
    truth: np.ndarray


PLANS = (
    Plan("p01", 101, 2000, (0.55, 0.45), "mixed", 10, 8, 1.07),
    Plan("p02", 102, 2400, (0.6, 0.25, 0.15), "survey", 12, 10, 1.59, style=0.5),
    Plan("p03", 103, 2000, (0.4, 0.35, 0.25), "behaviour", 10, 10, 1.04, within=0.6),
    Plan("p04", 104, 3000, (0.4, 0.25, 0.2, 0.15), "crm", 14, 8, 1.18, mnar=0.25),
    Plan("p05", 105, 2500, (0.35, 0.3, 0.2, 0.15), "mixed", 14, 12, 1.49, noise_block=4),
    Plan("p06", 106, 2000, (0.3, 0.25, 0.25, 0.2), "behaviour", 12, 8, 0.97, scatter=0.06),
    Plan("p07", 107, 3000, (0.3, 0.25, 0.2, 0.15, 0.1), "survey", 16, 10, 1.45, style=0.7, survey_share=0.8),
    Plan("p08", 108, 3000, (0.3, 0.22, 0.2, 0.16, 0.12), "mixed", 16, 16, 1.42, within=0.5),
    Plan("p09", 109, 3000, (0.25, 0.2, 0.2, 0.15, 0.12, 0.08), "mixed", 18, 10, 1.04, scatter=0.05, mnar=0.2),
    Plan("p10", 110, 3500, (0.25, 0.2, 0.2, 0.15, 0.12, 0.08), "crm", 18, 12, 1.49, noise_block=4),
    Plan("p11", 111, 4000, (0.2, 0.18, 0.16, 0.14, 0.12, 0.11, 0.09), "mixed", 20, 10, 1.14, noise_block=3),
    Plan("p12", 112, 4000, (0.17, 0.15, 0.14, 0.12, 0.12, 0.11, 0.1, 0.09), "mixed", 22, 12, 1.38),
    Plan(
        "p13", 113, 4000, (0.16, 0.14, 0.13, 0.12, 0.11, 0.1, 0.09, 0.08, 0.07), "mixed", 24, 12, 1.28, survey_share=0.8
    ),
    Plan("p14", 114, 2000, (0.7, 0.25, 0.05), "mixed", 12, 6, 0.83, mnar=0.2),
    Plan("p15", 115, 2500, (0.6, 0.2, 0.15, 0.05), "behaviour", 14, 12, 1.14, noise_block=5),
    Plan("p16", 116, 2500, (0.5, 0.5), "survey", 12, 12, 0.7, style=0.8, noise_block=4),
    Plan("p17", 117, 1500, (0.45, 0.35, 0.2), "crm", 12, 14, 1.45),
    Plan("p18", 118, 1800, (0.4, 0.3, 0.3), "survey", 14, 10, 1.52, within=0.6, survey_share=0.7),
    Plan("p19", 119, 3000, (0.35, 0.25, 0.2, 0.12, 0.08), "behaviour", 16, 12, 1.14, within=0.5, scatter=0.04),
    Plan("p20", 120, 3000, (0.35, 0.25, 0.2, 0.12, 0.08), "crm", 16, 8, 1.11, scatter=0.08, mnar=0.2),
    Plan("p21", 121, 2500, (0.3, 0.3, 0.25, 0.15), "mixed", 10, 15, 2.04, mnar=0.3, survey_share=0.75),
    Plan("p22", 122, 3500, (0.3, 0.2, 0.15, 0.15, 0.1, 0.1), "behaviour", 18, 8, 1.49, mnar=0.2),
    Plan("p23", 123, 3500, (0.3, 0.2, 0.15, 0.15, 0.1, 0.1), "survey", 20, 14, 1.45, style=0.6, noise_block=3),
    Plan("p24", 124, 4000, (0.24, 0.2, 0.16, 0.13, 0.11, 0.09, 0.07), "crm", 20, 14, 1.35, within=0.4),
    Plan("n01", 201, 2000, (), "mixed", 0, 24),
    Plan("n02", 202, 2500, (), "mixed", 0, 20, factors=1),
    Plan("n03", 203, 2000, (), "mixed", 0, 24, factors=4),
    Plan("n04", 204, 2500, (), "survey", 0, 20, factors=1, style=0.5),
    Plan("n05", 205, 2000, (), "behaviour", 0, 24),
    Plan("n06", 206, 2000, (), "behaviour", 0, 18, factors=2),
    Plan("n07", 207, 3000, (), "crm", 0, 24, mnar=0.2),
    Plan("n08", 208, 3000, (), "behaviour", 0, 20, factors=6),
)


def half(plan: Plan) -> str:
    """`tune` or `report`."""
    return "tune" if int(plan.name[1:]) % 2 else "report"


def make(plan: Plan, shift: int = 0) -> World:
    """The world of `plan`; `shift` gives another one of the same make."""
    plan = replace(plan, seed=plan.seed + 1000 * shift)
    rng = np.random.default_rng(plan.seed)
    segments = max(len(plan.sizes), 1)
    sizes = np.array(plan.sizes) if plan.sizes else np.ones(1)
    groups = rng.choice(segments, size=plan.n, p=sizes / sizes.sum())
    kinds = FAMILIES[plan.family]
    style = plan.style * rng.standard_normal(plan.n)
    tie = rng.standard_normal((plan.n, 2))
    block = rng.standard_normal(plan.n)
    traits = rng.standard_normal((plan.n, max(plan.factors, 1)))
    data: dict[str, pd.Series] = {}
    shapes: dict[str, str] = {}
    for j in range(plan.relevant):
        rng = np.random.default_rng([plan.seed, j])
        shape = kinds[j % len(kinds)]
        noise = _tied(rng, tie[:, j % 2], plan.within if j < 2 * plan.relevant // 3 else 0.0)
        moved = _moves(segments, plan.separation, rng)
        _put(data, shapes, f"r{j:02d}_{shape}", shape, moved, groups, noise, style, rng)
    for j in range(plan.irrelevant):
        rng = np.random.default_rng([plan.seed, 1000 + j])
        shape = kinds[(j * 3 + 1) % len(kinds)]
        noise = _tied(rng, block, 0.7 if j < plan.noise_block else 0.0)
        if plan.factors:
            noise = _tied(rng, traits[:, j % plan.factors] * rng.choice([-1.0, 1.0]), rng.uniform(0.4, 0.8))
        _put(data, shapes, f"x{j:02d}_{shape}", shape, np.zeros(segments), groups, noise, style, rng)
    return _finish(plan, data, shapes, groups, np.random.default_rng([plan.seed, 2000]))


def _tied(rng: np.random.Generator, factor: np.ndarray, loading: float) -> np.ndarray:
    return loading * factor + np.sqrt(1 - loading**2) * rng.standard_normal(len(factor))


def _moves(segments: int, separation: float, rng: np.random.Generator) -> np.ndarray:
    """Where each segment stands on one column: low, middle or high, not all the same."""
    places = rng.choice([-1, 0, 1], size=segments, p=[0.3, 0.4, 0.3])
    while np.ptp(places) == 0:
        places = rng.choice([-1, 0, 1], size=segments, p=[0.3, 0.4, 0.3])
    return places * rng.uniform(0.6, 1.4) * separation


def _put(
    data: dict[str, pd.Series],
    shapes: dict[str, str],
    name: str,
    shape: str,
    moved: np.ndarray,
    groups: np.ndarray,
    noise: np.ndarray,
    style: np.ndarray,
    rng: np.random.Generator,
) -> None:
    latent = moved[groups] + noise
    shapes[name] = shape
    if shape == "nominal":
        data[name] = _nominal(moved, groups, noise, rng)
    else:
        values = _shown(shape, latent + (style if shape == "ordinal" else 0.0), moved[groups], rng)
        data[name] = pd.Series(values, dtype="float64")


def _shown(shape: str, latent: np.ndarray, moved: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    n = len(latent)
    if shape == "normal":
        return 50 + 10 * latent
    if shape == "lognormal":
        return np.round(np.exp(3 + 0.9 * latent), 2)
    if shape == "student":
        return np.round(100 + 15 * t.ppf(np.clip(norm.cdf(latent), 1e-6, 1 - 1e-6), 2.5), 2)
    if shape == "pareto":
        return np.round(10 * np.clip(1 - norm.cdf(latent), 1e-7, 1) ** (-1 / 1.3), 2)
    if shape == "share":
        return np.round(1 / (1 + np.exp(-1.2 * latent)), 3)
    if shape == "count":
        return rng.poisson(np.exp(1.0 + 0.6 * latent)).astype(float)
    if shape == "zeros":
        active = rng.standard_normal(n) + 0.6 * moved > -0.2
        return np.where(active, np.ceil(np.exp(1.2 + 0.8 * latent)), 0.0)
    if shape == "binary":
        return (latent > rng.uniform(-0.6, 0.9)).astype(float)
    cuts = np.sort(rng.uniform(-1.6, 1.6, int(rng.choice([4, 6]))))
    return np.searchsorted(cuts, latent).astype(float)


def _nominal(moved: np.ndarray, groups: np.ndarray, noise: np.ndarray, rng: np.random.Generator) -> pd.Series:
    """A level by chance; the further a segment is moved, the more its chances differ from everybody's."""
    levels = int(rng.integers(3, 7))
    base = rng.dirichlet(np.full(levels, 4.0))
    weights = np.minimum(np.abs(moved) * 0.5, 0.9)[:, None]
    profiles = {place: rng.dirichlet(np.full(levels, 0.5)) for place in np.unique(moved)}
    chances = (1 - weights) * base + weights * np.stack([profiles[place] for place in moved])
    drawn = (norm.cdf(noise)[:, None] > chances.cumsum(axis=1)[groups]).sum(axis=1).clip(max=levels - 1)
    return pd.Series(np.array([f"level {v}" for v in drawn]), dtype="str")


def _finish(
    plan: Plan, data: dict[str, pd.Series], shapes: dict[str, str], groups: np.ndarray, rng: np.random.Generator
) -> World:
    n = plan.n
    table = pd.DataFrame(data)
    truth = groups.copy()
    lost = rng.random(n) < plan.scatter
    if lost.any():
        truth[lost] = SCATTER
        for name in table:
            table.loc[lost, name] = table[name].to_numpy()[rng.integers(n, size=int(lost.sum()))]
    answered = rng.random(n) < plan.survey_share
    for j, name in enumerate(table.columns):
        blank = rng.random(n) < 0.02
        if plan.mnar and shapes[name] not in ("nominal", "binary") and j % 2 == 0:
            blank |= rng.random(n) < 2 * plan.mnar * table[name].rank(pct=True).to_numpy()
        if shapes[name] == "ordinal":
            blank |= ~answered
        table[name] = table[name].mask(blank)
    table.insert(0, "customer_id", np.array([f"{v:016x}" for v in np.sort(rng.permutation(10 * n)[:n])]))
    return World(plan, table, dictionary(table, {c: KIND_OF.get(s, s) for c, s in shapes.items()}), truth)


def dictionary(table: pd.DataFrame, kinds: dict[str, str]) -> pd.DataFrame:
    """A dictionary (features.schema.DICTIONARY) in which every column is segmented by."""
    return pd.DataFrame(
        [
            {
                "column": name,
                "label": name,
                "block": BLOCK_OF.get(kind, "behavioural"),
                "kind": kind,
                "role": "segment",
                "theme": "",
                "source": "world",
                "unit": "",
                "levels": json.dumps([]),
                "missing_share": float(table[name].isna().mean()),
                "description": "planted",
            }
            for name, kind in kinds.items()
        ]
    )
