"""What speaks for and against the candidates, as tables and as the summary's words."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.metrics import adjusted_rand_score

from pipeline.segments import select
from pipeline.segments.joined import SHADES
from pipeline.segments.null_test import NullTest
from pipeline.segments.schema import CANDIDATES, STABILITY
from pipeline.segments.select import Candidate
from pipeline.segments.stability import verdict as reading


@dataclass(frozen=True)
class Evidence:
    """All candidates, the best that passed the gates, why others were refused, what the tests say of the best; and
    whether a continuum tells of the customers at all."""

    candidates: list[Candidate]
    best: Candidate | None
    refusals: dict[str, str]
    nulls: dict[str, NullTest]
    valley: float
    continuum: bool = False

    @property
    def verdict(self) -> str:
        """natural, reproducible or none."""
        return select.verdict(self.best, self.nulls, self.valley)

    @property
    def accepted(self) -> Candidate | None:
        """The best candidate where the verdict is not `none`."""
        return None if self.verdict == "none" else self.best


def summary(e: Evidence) -> dict[str, object]:
    """The part of `schema.SUMMARY_FILE` that follows from the evidence."""
    chosen, nulls = e.accepted, e.nulls
    return {
        "verdict": e.verdict,
        "sentence": select.sentence(e.verdict, e.best, nulls, _refusal(e)),
        "chosen": chosen.name if chosen else "",
        "family": chosen.family if chosen else "",
        "segments": chosen.segments if chosen else 0,
        "null_p": rounded(nulls["independent"].p) if nulls else None,
        "continuum_p": rounded(nulls["continuum"].p) if nulls else None,
        "beyond_continuum": rounded(nulls["continuum"].beyond) if nulls else None,
        "valley": rounded(e.valley) if e.best else None,
        "shading": rounded(e.best.shading) if e.best else None,
        "reference_agreement": _agreement(e),
    }


def candidate_table(e: Evidence) -> pd.DataFrame:
    """`schema.CANDIDATES`."""
    refused = {e.best.name: _denied(e.best)} if e.best and not e.accepted else {}
    rows = [
        {
            "candidate": c.name,
            "family": c.family,
            "segments": c.segments,
            "classes": max(c.classes, c.segments),
            "unassigned_share": rounded(c.unassigned_share),
            "stability": rounded(c.stability.least) if c.stability else None,
            "agreement": rounded(c.agreement) if c.agreement is not None else None,
            "score": rounded(c.score),
            "chosen": e.accepted is not None and c.name == e.accepted.name,
            "reason": c.reason,
        }
        for c in select.with_reasons(e.candidates, e.refusals | refused, e.accepted)
    ]
    return pd.DataFrame(rows, columns=list(CANDIDATES.columns))


def _denied(best: Candidate) -> str:
    if best.shading > SHADES:
        return "its segments shade into one another: a cut through a continuum"
    return "data without segments look the same"


def stability_table(chosen: Candidate | None, order: np.ndarray, members: pd.DataFrame) -> pd.DataFrame:
    """`schema.STABILITY`; `order`: position in the candidate of segment 0, 1, …."""
    if chosen is None or chosen.stability is None:
        return STABILITY.empty()
    jaccard = [rounded(float(j)) for j in chosen.stability.jaccard[order]]
    sizes = [int((members["segment"] == k).sum()) for k in range(len(order))]
    words = [reading(j) for j in jaccard]
    return pd.DataFrame({"segment": range(len(order)), "size": sizes, "jaccard": jaccard, "verdict": words})


def _refusal(e: Evidence) -> str:
    """Why the candidate with the highest score was refused."""
    top = max(e.candidates, key=lambda c: c.score, default=None)
    if top is None or top.score <= 0:
        if e.continuum:
            return "the customers form a continuum, which tells more about them than any way to group them."
        return "no way to group the customers tells more about them than no grouping."
    return f"the best grouping found ({top.in_words}) was refused: {e.refusals.get(top.name, 'not stable')}."


def _agreement(e: Evidence) -> float | None:
    """Adjusted Rand index of the best candidate and the best of the other family."""
    best = e.best
    others = [c for c in e.candidates if best and c.family != best.family and c.segments > 1]
    if best is None or not others:
        return None
    other = max(others, key=lambda c: c.score)
    return rounded(float(adjusted_rand_score(best.labels, other.labels)))


def rounded(value: float) -> float:
    """Six significant digits.

    >>> rounded(0.123456789)
    0.123457
    """
    return float(f"{value:.6g}")
