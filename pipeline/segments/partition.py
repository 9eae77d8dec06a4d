"""One useful way to cut a continuum: what `personas segment --partition-anyway` gives where there are no segments."""

import numpy as np
import pandas as pd

from pipeline.segments import unknown
from pipeline.segments.assign import members
from pipeline.segments.columns import choose_columns
from pipeline.segments.cut import cut, range_scaled
from pipeline.segments.order import content_order, content_ranks
from pipeline.segments.schema import MEMBERS
from pipeline.segments.settings import Params


def partition(features: pd.DataFrame, dictionary: pd.DataFrame, p: Params) -> pd.DataFrame:
    """`schema.MEMBERS`: the cut that comes back (`cut`), fitted on at most `fit_customers`.

    Everybody of whom something is known is in the nearest group, however far; without a column, nobody is.
    """
    known = unknown.known_rows(features, dictionary)
    found = _groups(features[known], dictionary, p)
    return found if known.all() else unknown.with_unknown(found, features.loc[~known, "customer_id"])


def _groups(features: pd.DataFrame, dictionary: pd.DataFrame, p: Params) -> pd.DataFrame:
    kinds, _ = choose_columns(features, dictionary)
    order = content_order(content_ranks(features[list(kinds)]))
    table = features[list(kinds)].iloc[order].reset_index(drop=True)
    ids = features["customer_id"].iloc[order].reset_index(drop=True)
    rows = np.sort(np.random.default_rng([p.seed, 0]).permutation(len(table))[: p.fit_customers])
    points = range_scaled(table, kinds)
    found = cut(points[rows], p.max_segments, p.resamples, p.seed) if len(rows) > 3 else None
    soft = found.memberships(points) if found else np.zeros((len(ids), 0))
    informed = table.notna().any(axis=1).to_numpy() & (found is not None)
    fitted = np.isin(np.arange(len(ids)), rows)
    return MEMBERS.check(members(ids, soft, fitted, informed, 0.0))
