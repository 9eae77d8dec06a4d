"""Features in, segments with their evidence out: the whole way, without files."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.metrics import adjusted_rand_score

from pipeline.core.progress import steps
from pipeline.segments import columns, latent_class, select
from pipeline.segments.assign import members, size_order
from pipeline.segments.candidates import density_solution, judge, latent_class_solutions
from pipeline.segments.categories import MISSING, Categories, categories_for, categorise
from pipeline.segments.embed import neighbours, umap
from pipeline.segments.encode import encode
from pipeline.segments.gain import column_gains
from pipeline.segments.null_test import null_tests
from pipeline.segments.order import content_order, content_ranks, identical_rows
from pipeline.segments.select import Candidate
from pipeline.segments.settings import Params
from pipeline.segments.stability import verdict as stability_verdict
from pipeline.segments.sweep import Sweep, sweep

LAYOUT_ROWS = 2000
"""Different customers that UMAP sees; the others are placed by their neighbours."""
LEAST_CUSTOMERS = 30
"""Fewer cannot be split into segments that anybody should believe."""


@dataclass(frozen=True)
class Segmentation:
    """The tables of `schema` and the summary."""

    members: pd.DataFrame
    candidates: pd.DataFrame
    stability: pd.DataFrame
    map: pd.DataFrame
    summary: dict[str, object]


@dataclass(frozen=True)
class Customers:
    """All customers in the order of their content, never of their ids."""

    ids: pd.Series
    categories: Categories
    points: np.ndarray
    fit_rows: np.ndarray
    fitted: np.ndarray
    layout_rows: np.ndarray


def segment(features: pd.DataFrame, dictionary: pd.DataFrame, p: Params) -> Segmentation:
    """Segments of the customers in `features` (features.schema.FEATURES), by the columns whose role is `segment`."""
    kinds, dropped = columns.choose_columns(features, dictionary)
    order = content_order(content_ranks(features[list(kinds)]))
    table = features[list(kinds)].iloc[order].reset_index(drop=True)
    ids = features["customer_id"].iloc[order].reset_index(drop=True)
    if len(table) < LEAST_CUSTOMERS or not kinds:
        return _nothing(ids, kinds, dropped)
    categories = categorise(table, kinds, categories_for(min(len(table), p.fit_customers)))
    rows, fitted, layout = _samples(identical_rows(content_ranks(table)), p)
    found = sweep(categories.rows(rows), p.max_segments, p.starts, p.seed)
    blocks = dict(zip(dictionary["column"], dictionary["block"], strict=True))
    carrying = [categories.names[c] for c in found.carriers]
    points = encode(table[carrying], kinds, blocks, p.seed)
    customers = Customers(ids, categories, points, rows, fitted, layout)
    return _decide(customers, found, kinds, dropped, p)


def _samples(groups: np.ndarray, p: Params) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(rows to fit on, whether a row or its twin is among them, rows for UMAP: different ones only)."""
    shuffled = np.random.default_rng([p.seed, 0]).permutation(len(groups))
    rows = np.sort(shuffled[: p.fit_customers])
    different = np.unique(groups[shuffled[: p.fit_customers]], return_index=True)[1]
    layout = np.sort(shuffled[np.sort(different)[:LAYOUT_ROWS]])
    return rows, np.isin(groups, groups[rows]), layout


def _decide(c: Customers, found: Sweep, kinds: dict[str, str], dropped: dict[str, str], p: Params) -> Segmentation:
    solutions = latent_class_solutions(c.categories, c.fit_rows, found, p)
    whole = latent_class.design(c.categories.rows(c.fit_rows))
    density = density_solution(c.points, c.fit_rows, c.layout_rows, whole, p)
    candidates, chosen, refusals = judge([*solutions, *([density] if density else [])], p)
    carriers = c.categories.take(found.carriers)
    nulls = null_tests(carriers.rows(c.fit_rows), chosen.segments, p.null_resamples, p.seed) if chosen else {}
    word = select.verdict(chosen, nulls)
    if word == "none" and chosen:
        refusals[chosen.name] = "data without segments look the same"
    accepted = chosen if word != "none" else None
    solution = next((s for s in [*solutions, density] if s and accepted and s.candidate.name == accepted.name), None)
    known = (carriers.codes != MISSING).any(axis=1)
    found_soft = solution.memberships() if solution else np.zeros((len(c.ids), 0))
    order = size_order(found_soft, known, p.min_probability)
    soft = found_soft[:, order]
    table = members(c.ids, soft, c.fitted, known, p.min_probability)
    summary = {
        "verdict": word,
        "sentence": select.sentence(word, chosen, nulls, _refusal(refusals, candidates)),
        "chosen": accepted.name if accepted else "",
        "family": accepted.family if accepted else "",
        "segments": soft.shape[1],
        "unassigned_share": rounded(float((table["segment"] < 0).mean())),
        "null_p": max((t.p for t in nulls.values()), default=None),
        "beyond_continuum": rounded(nulls["continuum"].beyond) if nulls else None,
        "reference_agreement": _agreement(chosen, candidates),
        "columns": list(kinds),
        "dropped_columns": dropped | _weeded(c.categories, found),
        "carriers": _by_gain(carriers, soft) if accepted else [],
    }
    listed = select.with_reasons(candidates, refusals, accepted)
    return Segmentation(
        table, _candidate_table(listed, accepted), _stability_table(accepted, order, table), _map(c, p), summary
    )


def _refusal(refusals: dict[str, str], candidates: list[Candidate]) -> str:
    """Why the best candidate was refused."""
    best = max(candidates, key=lambda c: c.score, default=None)
    if best is None or best.score <= 0:
        return "no way to group the customers tells more about them than no grouping."
    return f"the best grouping found ({best.name}) was refused: {refusals.get(best.name, 'not stable')}."


def _agreement(chosen: Candidate | None, candidates: list[Candidate]) -> float | None:
    """Adjusted Rand index of the winner and the best of the other family."""
    others = [c for c in candidates if chosen and c.family != chosen.family and c.segments > 1]
    if chosen is None or not others:
        return None
    best = max(others, key=lambda c: c.score)
    return rounded(float(adjusted_rand_score(chosen.labels, best.labels)))


def _weeded(categories: Categories, found: Sweep) -> dict[str, str]:
    kept = {categories.names[c] for c in found.carriers}
    return {name: "carries no segments: does not differ between them" for name in categories.names if name not in kept}


def _by_gain(carriers: Categories, soft: np.ndarray) -> list[str]:
    gains = column_gains(latent_class.design(carriers), soft)
    return [carriers.names[j] for j in np.argsort(-gains, kind="stable") if gains[j] > 0]


def _candidate_table(candidates: list[Candidate], chosen: Candidate | None) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "candidate": c.name,
                "family": c.family,
                "segments": c.segments,
                "unassigned_share": rounded(c.unassigned_share),
                "stability": rounded(c.stability.least) if c.stability else None,
                "agreement": rounded(c.agreement) if c.agreement is not None else None,
                "score": rounded(c.score),
                "chosen": chosen is not None and c.name == chosen.name,
                "reason": c.reason,
            }
            for c in candidates
        ],
        columns=[
            "candidate",
            "family",
            "segments",
            "unassigned_share",
            "stability",
            "agreement",
            "score",
            "chosen",
            "reason",
        ],
    )


def _stability_table(chosen: Candidate | None, order: np.ndarray, table: pd.DataFrame) -> pd.DataFrame:
    if chosen is None or chosen.stability is None:
        return pd.DataFrame({"segment": [], "size": [], "jaccard": [], "verdict": []})
    jaccard = chosen.stability.jaccard[order]
    counts = [int((table["segment"] == k).sum()) for k in range(chosen.segments)]
    words = [stability_verdict(float(j)) for j in jaccard]
    return pd.DataFrame(
        {
            "segment": range(chosen.segments),
            "size": counts,
            "jaccard": [rounded(float(j)) for j in jaccard],
            "verdict": words,
        }
    )


def _map(c: Customers, p: Params) -> pd.DataFrame:
    """UMAP of different customers; the others lie amid their five nearest ones."""
    for _ in steps(range(1), "map"):
        if p.umap_seeds and c.points.shape[1]:
            layout = umap(c.points[c.layout_rows], 2, p.umap_neighbors, p.seed)
            positions, distances = neighbours(c.points[c.layout_rows], c.points, 5)
            weights = np.where(distances[:, :1] < 1e-9, np.arange(positions.shape[1]) == 0, 1.0)
            where = (layout[positions] * weights[..., None]).sum(axis=1) / weights.sum(axis=1, keepdims=True)
        else:
            where = np.column_stack([c.points, np.zeros((len(c.points), 2))])[:, :2]
    frame = pd.DataFrame({"customer_id": c.ids.to_numpy(), "x": where[:, 0], "y": where[:, 1]})
    return frame.sort_values("customer_id", kind="stable").reset_index(drop=True)


def _nothing(ids: pd.Series, kinds: dict[str, str], dropped: dict[str, str]) -> Segmentation:
    """What is said of a table that cannot be clustered at all."""
    why = f"fewer than {LEAST_CUSTOMERS} customers" if kinds else "no column to segment by"
    nobody = np.zeros(len(ids), dtype=bool)
    table = members(ids, np.zeros((len(ids), 0)), nobody, nobody, 1.0)
    summary: dict[str, object] = {
        "verdict": "none",
        "sentence": f"No segment structure can be looked for: {why}. Every customer is unassigned.",
        "chosen": "",
        "family": "",
        "segments": 0,
        "unassigned_share": 1.0,
        "null_p": None,
        "beyond_continuum": None,
        "reference_agreement": None,
        "columns": list(kinds),
        "dropped_columns": dropped,
        "carriers": [],
    }
    frame = pd.DataFrame({"customer_id": ids.sort_values().to_numpy(), "x": 0.0, "y": 0.0})
    return Segmentation(
        table, _candidate_table([], None), _stability_table(None, np.array([], dtype=int), table), frame, summary
    )


def rounded(value: float) -> float:
    """Six significant digits."""
    return float(f"{value:.6g}")
