"""Curves and lengths of stay of every group of a given table, as the command writes them."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.core.errors import InputError, SettingsError
from pipeline.journeys.multistate import Setting, probabilities, stays
from pipeline.journeys.spell_columns import SpellColumns
from pipeline.journeys.spell_file import GivenSpells

CURVE_COLUMNS = ["group", "time", "state", "probability", "std_error", "lower", "upper"]
STAY_COLUMNS = ["group", "tau", "state", "mean_time", "std_error"]


def curve_table(given: GivenSpells, times: list[float], setting: Setting) -> pd.DataFrame:
    """One row per group, time and state; columns CURVE_COLUMNS."""
    return _per_group(given, lambda part: probabilities(part, times, setting))[CURVE_COLUMNS]


def stay_table(given: GivenSpells, tau: float, setting: Setting) -> pd.DataFrame:
    """One row per group and state; columns STAY_COLUMNS."""
    return _per_group(given, lambda part: stays(part, tau, setting))[STAY_COLUMNS]


def landmark(given: GivenSpells, stage: str | None, time: float | None) -> GivenSpells:
    """The spells of those who are in `stage` just after `time` (in their group): no Markov property is needed.

    Raises `InputError` where stage or time is not given or nobody is there.
    """
    if stage is None or time is None:
        raise SettingsError("--landmark needs --from STAGE and --since T: it follows those who are in the stage then.")
    spells = given.spells
    if stage not in spells.states:
        raise InputError(f"no stage is called `{stage}`. Known: {', '.join(spells.states)}.")
    there = (spells.origin == spells.states.index(stage)) & (spells.start <= time) & (time < spells.stop)
    who = given.customer * len(given.groups) + given.group
    keep = np.isin(who, who[there])
    empty = np.setdiff1d(np.arange(len(given.groups)), given.group[there])
    if len(empty):
        names = ", ".join(f"`{given.groups[place]}`" for place in empty.tolist())
        raise InputError(f"nobody is in `{stage}` at {time:g} in group(s) {names}: choose another landmark.")
    return replace(given, spells=spells.rows(keep), customer=given.customer[keep], group=given.group[keep])


def numbers_of(text: str, option: str) -> list[float]:
    """The numbers of a list such as `30,90,365`; raises `SettingsError` that names the option."""
    try:
        found = [float(word) for word in text.split(",")]
    except ValueError:
        found = [np.nan]
    if not np.isfinite(found).all():
        raise SettingsError(f"{option}: found `{text}`, allowed: numbers with commas between, such as 30,90,365.")
    return found


def words_of(text: str, option: str) -> list[str]:
    """The words of a list such as `a,b,c`; raises `SettingsError` where one is blank or there twice."""
    words = [word.strip() for word in text.split(",")]
    if not all(words) or len(set(words)) < len(words):
        raise SettingsError(f"{option}: found `{text}`, allowed: different names with commas between, such as a,b,c.")
    return words


def write_table(table: pd.DataFrame, path: Path) -> None:
    """Write as Parquet where the name ends so, else as CSV; the folder is made where it is not there."""
    whole = [name for name in ("time", "tau") if name in table and (table[name] % 1 == 0).all()]
    table = table.astype(dict.fromkeys(whole, "int64"))
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".parquet":
        table.to_parquet(path, index=False)
    else:
        table.to_csv(path, index=False, lineterminator="\n")


def _per_group(given: GivenSpells, estimate: Callable[[SpellColumns], pd.DataFrame]) -> pd.DataFrame:
    tables = []
    for name, part in _parts(given):
        try:
            tables.append(estimate(part).assign(group=name))
        except InputError as error:
            raise InputError(f"group `{name}`: {error}" if len(given.groups) > 1 else str(error)) from None
    return pd.concat(tables, ignore_index=True)


def _parts(given: GivenSpells) -> Iterator[tuple[str, SpellColumns]]:
    if len(given.groups) == 1:
        yield given.groups[0], given.spells
        return
    order = np.argsort(given.group.astype(np.int32), kind="stable")
    ends = np.cumsum(np.bincount(given.group, minlength=len(given.groups)))
    for name, rows in zip(given.groups, np.split(order, ends[:-1]), strict=True):
        yield name, given.spells.rows(rows)
