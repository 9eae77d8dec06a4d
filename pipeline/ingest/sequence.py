"""Where in somebody's rows a name stands: first, last, or between. For drafts of a journey of events unheard of."""

from collections.abc import Mapping, Sequence

import pandas as pd

_FEWEST_ROWS = 2
"""Of somebody, to say what comes first."""


def mean_places(rows: pd.DataFrame, who: str, when: str, columns: Sequence[str]) -> Mapping[str, Mapping[str, float]]:
    """Column -> name -> mean place among the rows of one customer, 0 the first and 1 the last.

    Rows are in order of `when` where its texts sort as times do, all of one length; else as they stand. Nothing is told
    where nobody has several rows.

    >>> rows = pd.DataFrame({"who": list("aabb"), "at": ["2", "1", "1", "2"], "what": ["paid", "seen", "seen", "paid"]})
    >>> dict(mean_places(rows, "who", "at", ["what"])["what"])
    {'paid': 1.0, 'seen': 0.0}
    """
    known = rows[rows[who].str.strip() != ""]
    if when and known[when].str.len().nunique() == 1:
        known = known.sort_values(when, kind="stable")
    own = known.groupby(who, sort=False)
    many = own[who].transform("size")
    place = (own.cumcount() / (many - 1))[many >= _FEWEST_ROWS]
    if place.empty:
        return {}
    names = known.loc[place.index, list(columns)]
    return {column: place.groupby(names[column].str.strip()).mean().to_dict() for column in columns}
