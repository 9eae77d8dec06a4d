"""Features in, segments with their evidence out: the whole way, without files."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from pipeline.core.progress import steps
from pipeline.segments import answers, columns, families, unknown
from pipeline.segments.assign import members, size_order
from pipeline.segments.candidates import hard, judge, latent_class_solutions, yardstick
from pipeline.segments.categories import MISSING, MOST, Categories, categorise
from pipeline.segments.cut import cut, range_scaled
from pipeline.segments.cut import sentence as cut_sentence
from pipeline.segments.embed import neighbours
from pipeline.segments.encode import encode
from pipeline.segments.evidence import Evidence, candidate_table, rounded, stability_table, summary
from pipeline.segments.null_test import null_tests
from pipeline.segments.order import content_order, content_ranks, identical_rows
from pipeline.segments.pictured import consensus_table, silhouette_table
from pipeline.segments.schema import CONSENSUS, SILHOUETTE
from pipeline.segments.select import TIE, Candidate, few_customers
from pipeline.segments.settings import Params
from pipeline.segments.sweep import Sweep, sweep
from pipeline.segments.valley import shallowest_valley

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
    consensus: pd.DataFrame
    silhouette: pd.DataFrame
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
    cut_points: np.ndarray


def segment(features: pd.DataFrame, dictionary: pd.DataFrame, p: Params, with_cut: bool = True) -> Segmentation:
    """Segments of the customers in `features` (features.schema.FEATURES), by the columns whose role is `segment`.

    Customers without a value in any of these columns take no part in the search and are unassigned. Where there are no
    segments one useful cut of the continuum is sought as well, unless `with_cut` is False.
    """
    known = unknown.known_rows(features, dictionary)
    if not known.any() or known.all():
        return _segment_known(features, dictionary, p, with_cut)
    found = _segment_known(features[known], dictionary, p, with_cut)
    table = unknown.with_unknown(found.members, features.loc[~known, "customer_id"])
    facts: dict[str, object] = {
        "sentence": f"{found.summary['sentence']} {unknown.sentence(int((~known).sum()))}",
        "unassigned_share": rounded(float((table["segment"] < 0).mean())),
    }
    return replace(found, members=table, summary=found.summary | facts)


def _segment_known(features: pd.DataFrame, dictionary: pd.DataFrame, p: Params, with_cut: bool) -> Segmentation:
    kinds, dropped = columns.choose_columns(features, dictionary)
    ranks = content_ranks(features[list(kinds)])
    order = content_order(ranks)
    table = features[list(kinds)].iloc[order].reset_index(drop=True)
    ids = features["customer_id"].iloc[order].reset_index(drop=True)
    if len(table) < LEAST_CUSTOMERS or not kinds:
        return _nothing(ids, kinds, dropped)
    groups = identical_rows(ranks[order])
    categories = categorise(table, kinds, MOST)
    rows, fitted, layout = _samples(groups, p)
    found = sweep(categories.rows(rows), p.max_segments, p.starts, p.seed)
    blocks = dict(zip(dictionary["column"], dictionary["block"], strict=True))
    carrying = [categories.names[c] for c in found.carriers]
    points = encode(table[carrying], kinds, blocks, p.seed)
    customers = Customers(ids, categories, points, rows, fitted, layout, range_scaled(table.iloc[rows], kinds))
    return _decide(customers, found, kinds, dropped, p, with_cut)


def _samples(groups: np.ndarray, p: Params) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(rows to fit on, whether a row or its twin is among them, rows for UMAP: different ones only)."""
    shuffled = np.random.default_rng([p.seed, 0]).permutation(len(groups))
    rows = np.sort(shuffled[: p.fit_customers])
    different = np.unique(groups[shuffled[: p.fit_customers]], return_index=True)[1]
    layout = np.sort(shuffled[np.sort(different)[:LAYOUT_ROWS]])
    return rows, np.isin(groups, groups[rows]), layout


def _decide(
    c: Customers, found: Sweep, kinds: dict[str, str], dropped: dict[str, str], p: Params, with_cut: bool
) -> Segmentation:
    solutions = latent_class_solutions(c.categories, c.fit_rows, found, p)
    table = c.categories.rows(c.fit_rows).take(found.kept)
    scores = answers.pinned(answers.scores(table), found.pins)
    everybody = c.categories.take(found.carriers)
    others = families.solutions(families.Table(everybody, c.points, c.fit_rows, c.layout_rows, scores), found, p)
    solutions += others.solutions
    candidates, chosen, refusals = judge(solutions, p)
    best = next((s for s in solutions if chosen and s.candidate.name == chosen.name), None)
    soft = best.memberships() if best else np.zeros((len(c.ids), 0))
    nulls = null_tests(table, chosen.classes or chosen.segments, p.null_resamples, p.seed) if chosen else {}
    continuum = found.gain(0.0) < -TIE
    evidence = Evidence(candidates, chosen, refusals, nulls, shallowest_valley(soft[c.fit_rows]), continuum)
    evidence, said = (evidence, []) if evidence.accepted or not with_cut else _with_cut(evidence, c, scores, found, p)
    known = (c.categories.codes[:, found.carriers] != MISSING).any(axis=1)
    order = size_order(soft, known, p.min_probability) if evidence.accepted else np.zeros(0, dtype=int)
    soft = soft[:, order]
    table_of_members = members(c.ids, soft, c.fitted, known, p.min_probability)
    carriers = _by_gain(table.names, best.gains) if best and evidence.accepted else []
    facts: dict[str, object] = {
        "unassigned_share": rounded(float((table_of_members["segment"] < 0).mean())),
        "columns": list(kinds),
        "dropped_columns": dropped | _weeded(c.categories, found),
        "carriers": carriers,
    }
    stability = stability_table(evidence.accepted, order, table_of_members)
    text = summary(evidence)
    said += [few_customers(len(c.ids), len(carriers))]
    text = text | {"sentence": " ".join(filter(None, [str(text["sentence"]), *said]))}
    accepted = evidence.accepted
    met = consensus_table(accepted.stability if accepted else None, order)
    widths = silhouette_table(c.points[c.fit_rows], hard(soft[c.fit_rows], p.min_probability) if accepted else None)
    return Segmentation(
        table_of_members, candidate_table(evidence), stability, _map(c, others.plane), met, widths, text | facts
    )


def _with_cut(e: Evidence, c: Customers, scores: answers.Scores, found: Sweep, p: Params) -> tuple[Evidence, list[str]]:
    """The evidence and, beside it, one useful way to cut the continuum, with the words for it."""
    useful = cut(c.cut_points, p.max_segments, p.resamples, p.seed)
    if useful is None:
        return e, []
    labels = useful.memberships(c.cut_points).argmax(axis=1)
    score = found.gain(yardstick(scores, labels).bic) / len(labels)
    name = f"k-means-{len(useful.centres)}"
    candidate = Candidate(name, "k-means", len(useful.centres), labels, score, useful.stability)
    refusals = e.refusals | {name: "one useful way to cut a continuum, no segments"}
    return replace(e, candidates=[*e.candidates, candidate], refusals=refusals), [cut_sentence(useful, labels)]


def _weeded(categories: Categories, found: Sweep) -> dict[str, str]:
    kept = {categories.names[c] for c in found.carriers}
    return {name: "carries no segments: does not differ between them" for name in categories.names if name not in kept}


def _by_gain(names: tuple[str, ...], gains: np.ndarray) -> list[str]:
    return [names[j] for j in np.argsort(-gains, kind="stable") if gains[j] > 0]


def _map(c: Customers, plane: np.ndarray | None) -> pd.DataFrame:
    """UMAP of different customers, the others amid their five nearest ones; without UMAP the two main dimensions."""
    for _ in steps(range(1), "map"):
        if plane is None:
            where = np.column_stack([c.points, np.zeros((len(c.points), 2))])[:, :2]
        else:
            positions, distances = neighbours(c.points[c.layout_rows], c.points, 5)
            weights = np.where(distances[:, :1] < 1e-9, np.arange(positions.shape[1]) == 0, 1.0)
            where = (plane[positions] * weights[..., None]).sum(axis=1) / weights.sum(axis=1, keepdims=True)
    frame = pd.DataFrame({"customer_id": c.ids.to_numpy(), "x": where[:, 0], "y": where[:, 1]})
    return frame.sort_values("customer_id", kind="stable").reset_index(drop=True)


def _nothing(ids: pd.Series, kinds: dict[str, str], dropped: dict[str, str]) -> Segmentation:
    """What is said of a table that cannot be clustered at all."""
    why = f"fewer than {LEAST_CUSTOMERS} customers" if kinds else "no column to segment by"
    nobody = np.zeros(len(ids), dtype=bool)
    table = members(ids, np.zeros((len(ids), 0)), nobody, nobody, 1.0)
    frame = pd.DataFrame({"customer_id": ids.sort_values().to_numpy(), "x": 0.0, "y": 0.0})
    no_evidence = Evidence([], None, {}, {}, 1.0)
    facts: dict[str, object] = {
        "sentence": f"No segment structure can be looked for: {why}. Every customer is unassigned.",
        "unassigned_share": 1.0,
        "columns": list(kinds),
        "dropped_columns": dropped,
        "carriers": [],
    }
    stability = stability_table(None, np.zeros(0, dtype=int), table)
    pictured = CONSENSUS.empty(), SILHOUETTE.empty()
    return Segmentation(table, candidate_table(no_evidence), stability, frame, *pictured, summary(no_evidence) | facts)
