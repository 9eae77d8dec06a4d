"""What kind of column is this? Inferred from its texts, so that anybody's table can be segmented.

The order of the questions decides: nothing known, one value, a direct identifier, a date, numbers (id, date, code,
yes/no, rating, count, share, numeric), a scale in words, an id, free text, too many levels, yes/no, nominal.
"""

import re
from collections.abc import Mapping, Set
from dataclasses import dataclass, field

import pandas as pd

from pipeline.segments.number_texts import Numbers, read_numbers
from pipeline.segments.scales import NO_ANSWER, ordered, plain

NOT_KNOWN = frozenset({"na", "n/a", "#n/a", "nan", "null", "<na>", "-", "--", "?", ".", "(null)", "#null!"})
"""Texts that mean "missing" in a column of any kind, unless roles.yaml says otherwise."""
NUMBERS_SHARE = 0.95
"""Share of the known cells that must be numbers for a column to be one."""
ID_SHARE = 0.95
"""Share of different values among known ones from which texts are ids (or free text)."""
LEAST_ROWS = 20
"""Below so many known cells nothing is taken for an id by its different values alone."""
RATINGS = tuple(frozenset(range(low, high + 1)) for low, high in ((1, 7), (0, 6), (0, 10), (1, 10), (-5, 5)))
CODES_FOR_MISSING = (-9999.0, -999.0, -99.0, -9.0, -1.0, 99.0, 999.0, 9999.0, 99999.0, 999999.0)
LONG_TEXT = 60
COMMON_LEVEL, COMMON_SHARE = 0.02, 0.5
"""A nominal is of use where levels of at least 2 % each cover half of the customers."""

_DATE = re.compile(
    r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?:[T ].*)?|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}(?: .*)?|\d{4}-\d{2}|"
    r"\d{1,2} [A-Za-z]{3,9},? \d{4}.*|[A-Za-z]{3,9} \d{1,2},? \d{4}.*|\d{1,2}-[A-Za-z]{3}-\d{2,4}"
)
_IDENTIFIERS = {
    "e-mail addresses": re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+"),
    "web addresses": re.compile(r"(?:https?://|www\.)\S+", re.I),
    "phone numbers": re.compile(r"\+\d[\d ()/.-]{7,18}\d"),
    "ids": re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|[0-9a-f]{16,64}", re.I),
}
_NAMED_ID = re.compile(r"(?:^|_)(?:id|ids|key|uuid|guid|number|no|nr|index|row|rownum|phone|account|email|name)$", re.I)
_KEY = re.compile(r"(?:^|_)(?:id|ids|uuid|guid)$")
_NAMED_DATE = re.compile(r"(?:^|_)(?:date|time|timestamp|datetime|at|on|day|dob)(?:$|_)", re.I)
_NAMED_CODE = re.compile(r"(?:^|_)(?:zip|zipcode|postal|postcode|plz|code|cd|type|region|category|class)(?:$|_)", re.I)
_YES = frozenset({"yes", "y", "true", "t", "1", "on", "ja", "oui", "si", "sí", "x", "checked", "selected"})
_NO = frozenset({"no", "n", "false", "f", "0", "off", "nein", "non", "unchecked", "not selected"})


@dataclass(frozen=True)
class Inferred:
    """A column read: `kind` empty and `why` filled where it cannot be segmented by.

    `values`: numbers; positions in `levels` (ordinal or binary in words); or texts (nominal). NaN where missing.
    """

    kind: str
    values: pd.Series
    levels: tuple[str, ...] = ()
    why: str = ""
    notes: tuple[str, ...] = field(default=())


def infer(name: str, texts: pd.Series, missing: Set[str] = NOT_KNOWN) -> Inferred:
    """The kind of the column `name`, and its values; `missing`: texts in lower case that mean "not known"."""
    counts = texts.value_counts()
    marks = {str(text): int(n) for text, n in counts.items() if str(text).lower() in missing}
    known = texts.mask(texts.isin(list(marks))) if marks else texts
    known, spellings = _one_spelling(known, counts.drop(list(marks)))
    found = _of_known(name, known, known.value_counts())
    notes = [told_missing(marks)] if marks else []
    return _with_notes(found, *notes, *spellings) if notes or (spellings and found.kind) else found


def _one_spelling(texts: pd.Series, counts: pd.Series) -> tuple[pd.Series, list[str]]:
    """Levels that differ in upper and lower case or in blanks only, in their most frequent spelling."""
    best: dict[str, str] = {}
    for text in sorted(counts.index, key=lambda t: (-counts[t], t)):
        best.setdefault(plain(str(text)), str(text))
    changed = {str(text): best[plain(str(text))] for text in counts.index if best[plain(str(text))] != text}
    if not changed:
        return texts, []
    shown = ", ".join(f"{text!r} as {spelled!r}" for text, spelled in list(changed.items())[:3])
    return texts.replace(changed), [f"one spelling: {shown}{' …' if len(changed) > 3 else ''}"]


def _of_known(name: str, texts: pd.Series, counts: pd.Series) -> Inferred:
    nothing = Inferred("", texts)
    if counts.empty:
        return _because(nothing, "no value is known")
    if len(counts) == 1:
        blank = float(texts.isna().mean())
        hint = f"; blank for {blank:.0%}: if blank means no, say `blank: no` in roles.yaml" if blank >= 0.05 else ""
        return _because(nothing, f"every known value is {str(counts.index[0])[:40]!r}{hint}")
    identifier = _identifier(counts)
    if identifier:
        return _because(nothing, f"looks like {identifier}")
    if _share(counts, {str(t): bool(_DATE.fullmatch(str(t))) for t in counts.index}) >= NUMBERS_SHARE:
        return _because(nothing, "dates: derive a number first, e.g. days since")
    numbers = read_numbers(_as_dict(counts))
    if sum(counts[text] for text in numbers.values) >= NUMBERS_SHARE * counts.sum():
        return _number(name, texts, counts, numbers)
    return _text(texts, counts)


def _identifier(counts: pd.Series) -> str | None:
    for what, pattern in _IDENTIFIERS.items():
        if _share(counts, {str(t): bool(pattern.fullmatch(str(t))) for t in counts.index}) >= NUMBERS_SHARE:
            return what
    return None


def _number(name: str, texts: pd.Series, counts: pd.Series, numbers: Numbers) -> Inferred:
    values = texts.map(numbers.values).astype("float64")
    notes = [f"numbers written with {numbers.style}"] if numbers.style else []
    unread = {str(t): int(n) for t, n in counts.items() if t not in numbers.values}
    notes += [told_missing(unread)] if unread else []
    notes += _suspects(values)
    distinct = pd.Series(sorted(set(numbers.values.values())))
    whole = bool((distinct == distinct.round()).all())
    why = _no_quantity(name, values, distinct, whole)
    if why:
        return Inferred("", values, why=why, notes=tuple(notes))
    if whole and _codes(name, counts):
        return _with_notes(_levels(texts, counts), "numbers that are codes: taken as levels")
    return Inferred(_kind_of_numbers(distinct, whole), values, notes=tuple(notes))


def _no_quantity(name: str, values: pd.Series, distinct: pd.Series, whole: bool) -> str:
    """Why numbers measure nothing: an id, a running number, a date."""
    word, known = snake(name), int(values.notna().sum())
    if _NAMED_DATE.search(word) and distinct.iloc[0] >= 30_000 and len(distinct) > 10:
        return "dates as numbers: derive e.g. days since"
    if whole and known >= LEAST_ROWS and len(distinct) >= ID_SHARE * known:
        run = distinct.iloc[-1] - distinct.iloc[0] + 1 == len(distinct)
        if run or _NAMED_ID.search(word) or distinct.iloc[0] >= 1e7:
            return "an id: a number of its own for nearly every customer"
    if whole and len(distinct) > LEAST_ROWS and _KEY.search(word):
        return f"named like an id, with {len(distinct):,} different numbers"
    return ""


def _suspects(values: pd.Series) -> list[str]:
    """A value such as -99 or 999 that many share, far beyond all others, may be a code for "not known"."""
    counts = values.value_counts()
    others = counts.index.difference(CODES_FOR_MISSING)
    if len(others) < 2:
        return []
    low, high = others.min(), others.max()
    far = [v for v in CODES_FOR_MISSING if v in counts and (v < low - (high - low) or v > high + (high - low))]
    return [f"does {v:g} ({int(counts[v]):,}) mean missing? then say so in roles.yaml" for v in far if counts[v] > 1]


def _codes(name: str, counts: pd.Series) -> bool:
    """Whole numbers with leading zeros, or named like codes, are no quantities."""
    zeros = any(re.fullmatch(r"0\d+", str(text)) for text in counts.index)
    return zeros or bool(_NAMED_CODE.search(snake(name)) and len(counts) > 2)


def _kind_of_numbers(distinct: pd.Series, whole: bool) -> str:
    if len(distinct) == 2:
        return "binary"
    if whole and any(set(distinct.astype(int)) <= rating for rating in RATINGS):
        return "ordinal"
    if whole and distinct.iloc[0] >= 0:
        return "count"
    return "share" if distinct.iloc[0] >= 0 and distinct.iloc[-1] <= 1 else "numeric"


def _text(texts: pd.Series, counts: pd.Series) -> Inferred:
    order = ordered([str(t) for t in counts.index])
    if order is not None:
        apart = {str(t): int(n) for t, n in counts.items() if t not in order}
        notes = (told_missing(apart),) if apart else ()
        return Inferred("ordinal", _positions(texts, order), order, notes=notes)
    if len(counts) == 2:
        levels = yes_last([str(t) for t in counts.index])
        return Inferred("binary", _positions(texts, levels), levels)
    return _levels(texts, counts)


def _levels(texts: pd.Series, counts: pd.Series) -> Inferred:
    why = _too_various(counts)
    if why:
        return Inferred("", texts, why=why)
    return Inferred("nominal", texts, notes=_about_levels(counts))


def _too_various(counts: pd.Series) -> str:
    known = int(counts.sum())
    lengths = counts.index.to_series().astype("str").str.len()
    if known >= LEAST_ROWS and len(counts) >= ID_SHARE * known:
        return f"free text or an id: {len(counts):,} different values among {known:,}"
    if len(counts) > 20 and float((lengths * counts.to_numpy()).sum() / known) > LONG_TEXT:
        return "free text"
    common = counts[counts >= COMMON_LEVEL * known]
    if len(counts) > LEAST_ROWS and common.sum() < COMMON_SHARE * known:
        return f"{len(counts):,} levels; the common ones hold {common.sum() / known:.0%} of the customers: group them"
    return ""


def _about_levels(counts: pd.Series) -> tuple[str, ...]:
    rare = int((counts < COMMON_LEVEL * counts.sum()).sum())
    notes = [f"{rare:,} levels below {COMMON_LEVEL:.0%} count as one"] if rare > 1 else []
    words = [str(t) for t in counts.index if plain(str(t)) in NO_ANSWER | {"none", "unknown", "missing", "other"}]
    notes += [f"{', '.join(map(repr, words))} kept as level(s)"] if words else []
    return tuple(notes)


def yes_last(levels: list[str]) -> tuple[str, ...]:
    """Two levels, the one that means yes last.

    >>> yes_last(["Yes", "No"]), yes_last(["b", "a"])
    (('No', 'Yes'), ('a', 'b'))
    """
    first, second = sorted(levels)
    swap = first.lower() in _YES or second.lower() in _NO
    return (second, first) if swap else (first, second)


def _positions(texts: pd.Series, levels: tuple[str, ...]) -> pd.Series:
    return texts.map({level: float(i) for i, level in enumerate(levels)}).astype("float64")


def told_missing(marks: Mapping[str, int]) -> str:
    """What readers are told of texts that were taken as missing, with how often each occurs."""
    shown = ", ".join(f"{text[:30]!r} ({n:,})" for text, n in list(marks.items())[:3])
    return f"taken as missing: {shown}{' …' if len(marks) > 3 else ''}"


def _because(found: Inferred, why: str) -> Inferred:
    return Inferred(found.kind, found.values, found.levels, why, found.notes)


def _with_notes(found: Inferred, *notes: str) -> Inferred:
    return Inferred(found.kind, found.values, found.levels, found.why, (*notes, *found.notes))


def _share(counts: pd.Series, fits: Mapping[str, bool]) -> float:
    return float(sum(n for text, n in counts.items() if fits[str(text)]) / counts.sum())


def _as_dict(counts: pd.Series) -> dict[str, int]:
    return {str(text): int(n) for text, n in counts.items()}


def snake(name: str) -> str:
    """`zipCode`, `ZIP code` -> `zip_code`."""
    return re.sub(r"\W+", "_", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name)).lower().strip("_")
