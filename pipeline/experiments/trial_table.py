"""The table that `personas experiment` is given, as a `Trial`: every mistake is told at once, every row is counted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.core.errors import InputError, near_match
from pipeline.core.table_input import GivenTable, read_table
from pipeline.experiments.contrasts import Kind
from pipeline.experiments.trial import Trial
from pipeline.personas.schema import ALL, UNASSIGNED

Numbers = NDArray[np.float64]
MOST_GROUPS = 200
_YES, _NO = {"yes", "true", "y", "t", "ja", "oui", "si", "sí"}, {"no", "false", "n", "f", "nein", "non"}
WORDS_SHOWN = 5


@dataclass(frozen=True)
class Columns:
    """Which columns of the table are what."""

    variant: str
    control: str
    outcomes: Sequence[str]
    by: str | None
    covariate: str | None

    @property
    def names(self) -> list[str]:
        """All of them."""
        return [self.variant, *self.outcomes, *(name for name in (self.by, self.covariate) if name)]


@dataclass(frozen=True)
class Given:
    """The trial, and what was not used: `counts` by reason."""

    trial: Trial
    counts: Mapping[str, int]


def read_trial(path: Path, columns: Columns) -> Given:
    """The trial in `path`; rows without a variant are left out, blank groups are `unassigned`.

    A blank outcome does not count for that outcome; a blank covariate stands at the mean and adjusts nothing.
    """
    table = read_table(path, columns.names)
    arms = table.text(columns.variant)
    shown = (arms != "").to_numpy()
    variants = _variants(table, columns, arms[shown])
    outcomes = {name: outcome_of(table, name) for name in dict.fromkeys(columns.outcomes)}
    covariate = table.numbers(columns.covariate, blank=True) if columns.covariate else None
    groups = groups_of(table, columns.by) if columns.by else None
    table.check()
    counts = {"rows": len(arms), f"without `{columns.variant}`": int((~shown).sum())}
    for name, values in outcomes.items():
        counts[f"without `{name}`"] = int((shown & np.isnan(values)).sum())
    if covariate is not None:
        counts[f"without `{columns.covariate}`"] = int((shown & np.isnan(covariate)).sum())
        known = covariate[shown & np.isfinite(covariate)]
        if not len(known):
            raise InputError(f"{path.name}: column `{columns.covariate}` is blank in every row: leave --covariate out.")
        covariate = np.where(np.isnan(covariate), known.mean(), covariate)[shown]
    labels = _ordered(groups[shown]) if groups is not None else []
    trial = Trial(
        variants=tuple(variants),
        groups=tuple(labels),
        arm=pd.Index(variants).get_indexer(arms[shown]).astype(np.int64),
        group=_codes(groups[shown], labels) if groups is not None else np.full(int(shown.sum()), -1, dtype=np.int64),
        outcomes={name: values[shown] for name, values in outcomes.items()},
        kinds={name: kind_of(values[shown]) for name, values in outcomes.items()},
        covariate=covariate,
    )
    return Given(trial, {what: n for what, n in counts.items() if n or what == "rows"})


def _variants(table: GivenTable, columns: Columns, arms: pd.Series) -> list[str]:
    """Control first, the others in alphabetical order; mistakes are noted."""
    found = sorted(arms.unique())
    listed = ", ".join(f"`{name}`" for name in found[:10]) + (" …" if len(found) > 10 else "")
    if columns.control not in found:
        hint = near_match(columns.control, found)
        table.mistakes.append(
            f"column `{columns.variant}`: no row has the control `{columns.control}`.{hint} "
            f"Found: {listed or 'nothing'}."
        )
    elif len(found) < 2:
        table.mistakes.append(f"column `{columns.variant}`: only the control {listed}; there is nothing to compare.")
    elif len(found) > MOST_GROUPS:
        table.mistakes.append(f"column `{columns.variant}`: {len(found):,} variants; allowed: {MOST_GROUPS} or fewer.")
    return [columns.control, *(name for name in found if name != columns.control)]


def outcome_of(table: GivenTable, name: str) -> Numbers:
    """Numbers, or yes / no and true / false (also ja / nein, oui / non, sí / no, y / n, t / f) as 1 / 0."""
    texts = table.text(name).str.lower()
    answered = set(texts.unique()) - {""}
    if answered and answered <= _YES | _NO:
        return np.where(texts == "", np.nan, texts.isin(_YES).to_numpy(dtype=np.float64))
    if answered and not texts.str.contains(r"[0-9]").any():
        words = [word for word in sorted(table.text(name).unique()) if word]
        listed = ", ".join(f"`{word}`" for word in words[:WORDS_SHOWN]) + (" …" if len(words) > WORDS_SHOWN else "")
        table.mistakes.append(
            f"column `{name}`: found words ({listed}), allowed: numbers, or yes and no. "
            "Make a column that says 1 where it happened and 0 where not."
        )
        return np.full(len(texts), np.nan)
    values = table.numbers(name, blank=True)
    if not np.isfinite(values).any() and not table.mistakes:
        table.mistakes.append(f"column `{name}`: blank in every row; there is no outcome to compare.")
    return values


def kind_of(values: Numbers) -> Kind:
    """A share where all known values are 0 or 1, else a mean."""
    known = values[np.isfinite(values)]
    return "share" if np.isin(known, (0.0, 1.0)).all() else "mean"


def groups_of(table: GivenTable, by: str) -> pd.Series:
    """Each row's group, blank ones `unassigned`; too many groups are a mistake of the table."""
    groups = table.text(by)
    groups = groups.where(groups != "", UNASSIGNED)
    found = groups.nunique()
    if found > MOST_GROUPS:
        table.mistakes.append(f"column `{by}`: {found:,} different values; allowed: {MOST_GROUPS} groups or fewer.")
    if (groups == ALL).any():
        table.mistakes.append(f"column `{by}`: a group is called `{ALL}`, the word for everybody: rename it.")
    return groups


def _ordered(groups: pd.Series) -> list[str]:
    """In alphabetical order, the unassigned last."""
    return sorted(groups.unique(), key=lambda name: (name == UNASSIGNED, name))


def _codes(groups: pd.Series, labels: Sequence[str]) -> NDArray[np.int64]:
    return pd.Index(labels).get_indexer(groups).astype(np.int64)
