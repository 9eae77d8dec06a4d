"""One useful way to cut a continuum: what `personas segment --partition-anyway` gives where there are no segments."""

import numpy as np
import pandas as pd

from pipeline.segments import mixture, unknown
from pipeline.segments.assign import members, size_order
from pipeline.segments.categories import MISSING, categories_for, categorise
from pipeline.segments.columns import choose_columns
from pipeline.segments.order import content_order, content_ranks
from pipeline.segments.schema import MEMBERS
from pipeline.segments.settings import Params
from pipeline.segments.sweep import sweep


def partition(features: pd.DataFrame, dictionary: pd.DataFrame, p: Params) -> pd.DataFrame:
    """`schema.MEMBERS`: the latent class model with the largest gain in BIC among those without a tiny class.

    Everybody of whom something is known is in the most likely class, however unlikely; without a column, nobody is.
    """
    known = unknown.known_rows(features, dictionary)
    found = _classes(features[known], dictionary, p)
    return found if known.all() else unknown.with_unknown(found, features.loc[~known, "customer_id"])


def _classes(features: pd.DataFrame, dictionary: pd.DataFrame, p: Params) -> pd.DataFrame:
    kinds, _ = choose_columns(features, dictionary)
    order = content_order(content_ranks(features[list(kinds)]))
    table = features[list(kinds)].iloc[order].reset_index(drop=True)
    ids = features["customer_id"].iloc[order].reset_index(drop=True)
    nobody = np.zeros(len(ids), dtype=bool)
    if not kinds or len(ids) < 4:
        return MEMBERS.check(members(ids, np.zeros((len(ids), 0)), nobody, nobody, 1.0))
    everybody = categorise(table, kinds, categories_for(min(len(table), p.fit_customers)))
    rows = np.sort(np.random.default_rng([p.seed, 0]).permutation(len(table))[: p.fit_customers])
    found = sweep(everybody.rows(rows), p.max_segments, p.starts, p.seed)
    several = {k: fit for k, fit in found.fits.items() if k > 1}
    large = [k for k, fit in several.items() if _smallest(fit.posterior) >= p.min_segment_share]
    fit = several[max(large or [min(several)], key=lambda k: (several[k].bic, -k))]
    soft = mixture.memberships(fit, everybody.take(found.kept))
    informed = (everybody.codes[:, found.carriers] != MISSING).any(axis=1)
    soft = soft[:, size_order(soft, informed, 0.0)]
    fitted = np.isin(np.arange(len(ids)), rows)
    return MEMBERS.check(members(ids, soft, fitted, informed, 0.0))


def _smallest(posterior: np.ndarray) -> float:
    sizes = np.bincount(posterior.argmax(axis=1), minlength=posterior.shape[1])
    return float(sizes.min() / max(len(posterior), 1))
