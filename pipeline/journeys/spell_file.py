"""A table of spells given to a command: CSV (also .gz) or Parquet, checked whole before anything is estimated.

Text columns of Parquet are read as codes and names: what is done per row is done with integers.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.core.errors import InputError, gather, near_match
from pipeline.core.table_input import GivenTable, read_table
from pipeline.journeys.groups import ALL, NOT_KNOWN
from pipeline.journeys.histories import Histories, history_mistakes
from pipeline.journeys.spell_columns import (
    NOWHERE,
    Floats,
    Integers,
    SpellColumns,
    order_of_states,
    places_of,
    shown_rows,
    state_mistakes,
    time_mistakes,
    weight_mistakes,
)

FROM, TO, START, STOP = "from", "to", "start", "stop"
WEIGHT = "weight"
CENSORED_WORDS = ("cens", "censor", "censored", "censoring")
"""What a `to` that should be blank often says; a stage of that name must be left somewhere, or be declared."""
_MOST_STAGES = 10_000


@dataclass(frozen=True)
class Names:
    """Columns of the table beside from, to, start and stop. `weight` None: column `weight` where there is one."""

    customer: str
    by: str | None = None
    cluster: str | None = None
    weight: str | None = None
    weighted: bool = True


@dataclass(frozen=True)
class GivenSpells:
    """The spells, the number of the customer and the group of each, the weights' column, and what should be told.

    `group` is a place in `groups`, which are in alphabetical order.
    """

    spells: SpellColumns
    customer: Integers
    group: Integers
    groups: tuple[str, ...]
    weight: str | None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Labels:
    """A text column: `names[codes[row]]`, code -1 where the cell is blank."""

    codes: Integers
    names: Sequence[str]

    def name(self, code: int) -> str:
        return str(self.names[code])


@dataclass(frozen=True)
class _Columns:
    labels: dict[str, _Labels]
    numbers: dict[str, Floats]
    mistakes: list[str]


def read_spells(path: Path, names: Names, states: Sequence[str] | None = None) -> GivenSpells:
    """The spells in `path`; raises one `InputError` that lists all that is wrong, with rows counted from 1.

    `states` are the only stages allowed, in the order of the output; without it those found. Blank `to` = censored.
    """
    if not path.is_file():
        raise InputError(f"{path}: no such file.")
    text = None if _is_parquet(path) else read_table(path, [])
    have = _parquet_columns(path) if text is None else [str(name) for name in text.cells.columns]
    weight = names.weight
    if weight is None and names.weighted and WEIGHT in have:
        weight = WEIGHT
    texts = list(dict.fromkeys(n for n in (names.customer, FROM, TO, names.by, names.cluster) if n is not None))
    numbers = [START, STOP, *([weight] if weight else [])]
    absent = [
        f"no column `{name}`.{near_match(name, have)} Columns: {', '.join(have)}."
        for name in dict.fromkeys([*texts, *numbers])
        if name not in have
    ]
    gather(InputError, absent, f"{path.name}: a column is missing")
    found = _from_parquet(path, texts, numbers, names) if text is None else _from_text(text, texts, numbers)
    left, (entered, notes) = found.labels[FROM], _with_censored(found.labels[TO], found.labels[FROM], states or ())
    used = [_used(left), _used(entered)]
    known = tuple(states) if states else order_of_states(*used)
    mistakes = [*found.mistakes, *_blanks(found, names), *state_mistakes({*used[0], *used[1]}, known)]
    weights = found.numbers[weight] if weight else None
    start, stop = found.numbers[START], found.numbers[STOP]
    told = bool(found.mistakes)
    mistakes += [*time_mistakes(start, stop, told), *weight_mistakes(weights, told)]
    origin, target = places_of(left.codes, left.names, known), places_of(entered.codes, entered.names, known)
    customer = found.labels[names.customer]
    group, groups = _groups(found.labels[names.by] if names.by else None, len(start))
    sound = (customer.codes >= 0) & (origin >= 0) & (start < stop) if mistakes else None
    histories = Histories(customer.codes, group, start, stop, origin, target)
    mistakes += history_mistakes(histories, sound, known, customer.name)
    gather(InputError, mistakes, f"{path.name}: the spells cannot be used")
    target[target == origin] = NOWHERE
    unit = found.labels[names.cluster or names.customer]
    spells = SpellColumns(known, origin, target, start, stop, weights, unit.codes, len(unit.names))
    return GivenSpells(spells, customer.codes, group, groups, weight, notes)


def _blanks(found: _Columns, names: Names) -> list[str]:
    """Cells that may not be blank: stages left, customers, clusters."""
    lines = []
    for name in dict.fromkeys(n for n in (names.customer, FROM, names.cluster) if n is not None):
        blank = found.labels[name].codes < 0
        if blank.any():
            lines.append(f"column `{name}`: {int(blank.sum()):,} blank cell(s), {shown_rows(blank)}.")
    return lines


def _with_censored(entered: _Labels, left: _Labels, states: Sequence[str]) -> tuple[_Labels, tuple[str, ...]]:
    """`to` with words such as `censored` made blank, where no spell is in such a stage and none is declared."""
    stages = {*_used(left), *states}
    codes, notes = entered.codes, []
    for code, name in enumerate(entered.names) if len(entered.names) <= _MOST_STAGES else ():
        if str(name).lower() in CENSORED_WORDS and str(name) not in stages:
            these = codes == code
            codes = np.where(these, NOWHERE, codes)
            notes.append(
                f"{int(these.sum()):,} spell(s) with `to` = {name} are taken for censored, as if `to` were blank."
            )
    return replace(entered, codes=codes), tuple(notes)


def _used(labels: _Labels) -> list[str]:
    seen = np.bincount(labels.codes + 1, minlength=len(labels.names) + 1)[1:] > 0
    return [labels.name(code) for code in np.flatnonzero(seen).tolist()]


def _groups(labels: _Labels | None, rows: int) -> tuple[Integers, tuple[str, ...]]:
    if labels is None:
        return np.zeros(rows, dtype=np.int64), (ALL,)
    names = sorted({*_used(labels), *([NOT_KNOWN] if (labels.codes < 0).any() else [])})
    place = {name: place for place, name in enumerate(names)}
    table = [place.get(str(name), -1) for name in labels.names] + [place.get(NOT_KNOWN, -1)]
    return np.array(table, dtype=np.int64)[labels.codes], tuple(names)


def _from_text(table: GivenTable, texts: list[str], numbers: list[str]) -> _Columns:
    values = {name: table.numbers(name) for name in numbers}
    labels = {name: _factorized(table.text(name)) for name in texts}
    return _Columns(labels, values, table.mistakes)


def _factorized(texts: pd.Series) -> _Labels:
    codes, names = pd.factorize(texts.mask(texts == ""))
    return _Labels(np.asarray(codes, dtype=np.int64), list(names))


def _is_parquet(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"PAR1"


def _parquet_columns(path: Path) -> list[str]:
    try:
        return list(pq.read_schema(path).names)
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{path.name}: the Parquet file cannot be read ({type(error).__name__}).") from None


def _from_parquet(path: Path, texts: list[str], numbers: list[str], names: Names) -> _Columns:
    # Few distinct names come as codes from the file; of many, those of each of its parts would have to be joined.
    few = [name for name in texts if name not in (names.customer, names.cluster)]
    try:
        table = pq.read_table(path, columns=list(dict.fromkeys([*texts, *numbers])), read_dictionary=few)
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{path.name}: the Parquet file cannot be read ({type(error).__name__}).") from None
    if not table.num_rows:
        raise InputError(f"{path.name}: the table has no rows.")
    mistakes: list[str] = []
    values = {name: _numbers(name, table[name], mistakes) for name in numbers}
    return _Columns({name: _encoded(table[name]) for name in texts}, values, mistakes)


def _numbers(name: str, column: pa.ChunkedArray, mistakes: list[str]) -> Floats:
    """A numeric column; what is no number is told and comes back missing."""
    if pa.types.is_integer(column.type) or pa.types.is_floating(column.type) or pa.types.is_decimal(column.type):
        return column.cast(pa.float64(), safe=False).to_numpy()
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        mistakes.append(f"column `{name}`: found {column.type} values, allowed: numbers, such as days since an origin.")
        return np.full(len(column), np.nan)
    values = pd.to_numeric(column.to_pandas(), errors="coerce").to_numpy(dtype=float)
    wrong = np.isnan(values)
    if wrong.any():
        shown = column[int(np.flatnonzero(wrong)[0])].as_py()
        mistakes.append(
            f"column `{name}`: {int(wrong.sum()):,} value(s) are no numbers, {shown_rows(wrong)}: `{shown}`."
        )
    return values


def _encoded(column: pa.ChunkedArray) -> _Labels:
    coded = pa.types.is_dictionary(column.type)
    joined = column.unify_dictionaries().combine_chunks() if coded else column.combine_chunks().dictionary_encode()
    codes = joined.indices if joined.indices.null_count == 0 else joined.indices.fill_null(-1)
    codes = codes.to_numpy(zero_copy_only=False).astype(np.int64)
    names = joined.dictionary
    if pa.types.is_floating(names.type):
        whole = names.cast(pa.int64(), safe=False)
        names = whole if pc.all(pc.equal(whole.cast(pa.float64()), names)).as_py() else names
    names = names.cast(pa.large_string())
    trimmed = pc.utf8_trim_whitespace(names)
    if trimmed.equals(names) and not pc.any(pc.equal(names, "")).as_py():
        return _Labels(codes, _Texts(names))
    distinct = trimmed.dictionary_encode()
    blank = pc.equal(distinct.dictionary, "").to_numpy(zero_copy_only=False)
    table = distinct.indices.to_numpy()
    table = np.append(np.where(blank[table], -1, table), -1)
    return _Labels(table[codes], _Texts(distinct.dictionary))


class _Texts(Sequence[str]):
    """Texts of the engine, made into Python's one at a time: of a million ids a message needs five."""

    def __init__(self, texts: pa.StringArray) -> None:
        self._texts = texts

    def __len__(self) -> int:
        return len(self._texts)

    def __getitem__(self, place):  # type: ignore[no-untyped-def]
        return self._texts[place].as_py()
