"""Texts and numbers that often stand for "not known": proposed to the analyst with their counts, never assumed."""

import pandas as pd

from pipeline.ingest.cells import numbers

_SPELLED = """
n/a, na, #n/a, n.a., nan, null, none, nil, (null), (blank), (none), (not set), not set, unknown, undefined, not known,
not available, not applicable, not specified, unspecified, no answer, no response, prefer not to say, tbd, missing,
prefer not to answer, select, -select-, please select, select..., -none-, --none--, --select--, -, --, ., ?,
none selected
"""
_TEXTS = frozenset(text.strip() for text in _SPELLED.split(","))
_CODES = (-1, -9, -66, -77, -88, -99, -999, -9999, 99, 999, 9999, 99999)
_FAR = 2
"""A code of nines is proposed only where it is this many times beyond the largest other number."""


def placeholders(texts: pd.Series, is_id: bool) -> dict[str, int]:
    """Texts of a column that may mean "not known", as they are written, with their counts, most frequent first.

    In ids none is proposed: one that reads `NA` or `null` is an id. Negative codes are proposed where all other numbers
    are 0 or more, nines where they are far beyond the others.
    """
    if is_id:
        return {}
    counts = texts[texts != ""].value_counts()
    spelled = counts[[str(t).strip().lower() in _TEXTS for t in counts.index]]
    found = {str(t): int(n) for t, n in spelled.items()}
    rest = counts.drop(spelled.index)
    values = numbers(pd.Series([str(t) for t in rest.index], dtype="str"))[0]
    if len(rest) > len(_CODES) // 2 and bool(values.notna().mean() > 0.95):
        found |= _codes(rest.reset_index(drop=True), values, rest.index)
    return dict(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))


def _codes(counts: pd.Series, values: pd.Series, texts: pd.Index) -> dict[str, int]:
    others = values[~values.isin(_CODES)].dropna()
    if others.empty:
        return {}
    negative = values.isin(_CODES) & (values < 0) & bool(others.min() >= 0)
    nines = values.isin(_CODES) & (values > 0) & (values > _FAR * others.max())
    return {str(texts[i]): int(counts[i]) for i in values.index[negative | nines]}
