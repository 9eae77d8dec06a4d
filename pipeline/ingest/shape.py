"""Signs that a file holds more than one table, or rows that are none: told by `personas inspect`, decided by nobody."""

import re
from collections.abc import Sequence

import pandas as pd

from pipeline.ingest.cells import NUMBER
from pipeline.ingest.dates import is_slashed
from pipeline.ingest.times import TIME

_LEAST_FILLED = 0.4
"""A row of names fills so many of the columns."""
_LEAST_ROWS = 3
"""So many rows must stand above, and one below, before a row of names is a second header."""
_MOST_LOOKED_AT = 100
_HEADER_SHARE = 0.9
"""Share of columns of which the first row holds a name."""
_LEAST_BELOW = 30
_MOST_OF_A_COLUMN = 2_000
_FEW = 0.2
"""Distinct values per row, below which these come again."""
_WORDS = 4
"""A question has so many."""
_FEWEST_ASKED = 3
_NAMELESS = r"column [0-9]+"


def odd_shape(rows: pd.DataFrame) -> list[str]:
    """Warnings on rows indexed by (file, row): a header that comes again, a second table below or beside the first."""
    if not len(rows):
        return []
    cells = rows.apply(lambda c: c.str.strip())
    return [*_repeated_header(cells), *_second_header(cells), *_below(cells), *_beside(cells)]


def asks_below(rows: pd.DataFrame) -> bool:
    """Whether the first of the rows is a second header that holds questions: the header holds short names for them."""
    cells = rows.head(_MOST_OF_A_COLUMN).apply(lambda c: c.str.strip())
    if not len(cells) or not _second_header(cells):
        return False
    asked = [text for name, text in cells.iloc[0].items() if len(text) > len(str(name)) and len(text.split()) >= _WORDS]
    return len(asked) >= _FEWEST_ASKED


def _repeated_header(cells: pd.DataFrame) -> list[str]:
    same = (cells == [str(c).strip() for c in cells.columns]).all(axis=1)
    return [f"{int(same.sum()):,} row(s) repeat the header: were files put together?"] if same.any() else []


def _second_header(cells: pd.DataFrame) -> list[str]:
    """The first row, where it holds words that stand nowhere below, over columns of numbers or of few values."""
    first, rest = cells.iloc[0], cells.iloc[1:_MOST_OF_A_COLUMN]
    named = [c for c in cells.columns if first[c] and not re.match(f"{TIME}|{NUMBER}", first[c])]
    if len(rest) < _LEAST_BELOW or len(named) < max(2, _HEADER_SHARE * len(cells.columns)):
        return []
    few = [c for c in named if rest[c].nunique() < _FEW * len(rest) or rest[c].str.match(NUMBER).all()]
    alone = sum(not (rest[c] == first[c]).any() for c in few)
    if len(few) < _HEADER_SHARE * len(named) or alone < _HEADER_SHARE * len(few):
        return []
    return [
        "row 1 reads like a second header, as of questions: it counts as a row. Delete it in a copy, or declare a "
        "survey with `format: responses-labelled`"
    ]


def _below(cells: pd.DataFrame) -> list[str]:
    """The first row that holds names only, below values."""
    values = cells.apply(lambda c: c.str.match(f"{TIME}|{NUMBER}").fillna(False) | is_slashed(c))
    filled = cells != ""
    typed = [c for c in cells.columns if values[c].iloc[:_LEAST_ROWS].all() and len(cells) > _LEAST_ROWS]
    if not typed:
        return []
    enough = filled.sum(axis=1) >= max(2, _LEAST_FILLED * len(cells.columns))
    names = enough & ~values.any(axis=1) & filled[typed].any(axis=1)
    names &= ~(cells == [str(c).strip() for c in cells.columns]).all(axis=1)
    names.iloc[:_LEAST_ROWS] = False
    followed = values[typed].any(axis=1).shift(-1, fill_value=False)
    found = cells[names & followed].head(_MOST_LOOKED_AT)
    differ = [index for index, row in zip(found.index, found.to_numpy(), strict=True) if _all_differ(row)]
    if not differ:
        return []
    row = differ[0][-1]
    return [f"row {row:,} looks like another header: a second table below? Give each table a file or sheet of its own"]


def _all_differ(cells: Sequence[str]) -> bool:
    filled = [cell for cell in cells if cell]
    return len(set(filled)) == len(filled)


def _beside(cells: pd.DataFrame) -> list[str]:
    """Nameless, empty columns between columns that have names."""
    names = pd.Series([str(c) for c in cells.columns])
    bare = names.str.fullmatch(_NAMELESS).to_numpy() & (cells == "").all().to_numpy()
    inside = [i for i in range(1, len(names) - 1) if bare[i] and not bare[: i + 1].all() and not bare[i:].all()]
    if not inside:
        return []
    place = f"column {inside[0] + 1}"
    return [f"{place} is blank and has no name: a second table beside? Give each table a file or sheet of its own"]


def numbers_with_commas(columns: Sequence[str]) -> list[str]:
    """What to tell of columns whose numbers are not written plainly."""
    return [f"numbers with a comma in {', '.join(columns)}: declare `decimal`, `comma` or `point`"] if columns else []
