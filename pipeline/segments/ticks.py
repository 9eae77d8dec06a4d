"""Check-all-that-apply questions: one column an option, filled where it was ticked, else blank.

Who ticked an option of a question saw all of them: blank is a no. Who ticked none may not have been asked: not known.
"""

from collections.abc import Mapping

import pandas as pd

from pipeline.segments.scales import plain

_TICKS = frozenset({"1", "x", "yes", "true", "checked", "selected", "✓", "✔"})
NO = "no"


def answered_ticks(table: pd.DataFrame) -> tuple[pd.DataFrame, Mapping[str, str]]:
    """(`table` with NO where an option was left blank by somebody who ticked another, column -> note).

    Options are neighbouring columns that hold their own heading, or a mark such as `x` or `1`, or nothing.
    """
    notes: dict[str, str] = {}
    changed = table.copy()
    for question in _questions(table):
        asked = table[question].notna().any(axis=1)
        for name in question:
            changed[name] = table[name].mask(table[name].isna() & asked, NO)
            notes[name] = f"one of {len(question)} options: blank is {NO!r} for who ticked another, else not known"
    return changed, notes


def _questions(table: pd.DataFrame) -> list[list[str]]:
    runs: list[list[str]] = [[]]
    for name in table.columns:
        if _ticked_or_blank(str(name), table[name]):
            runs[-1].append(name)
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if len(run) > 1]


def _ticked_or_blank(name: str, texts: pd.Series) -> bool:
    found = texts.dropna().unique()
    if len(found) != 1 or texts.notna().all():
        return False
    text = plain(str(found[0]))
    return text in _TICKS or plain(name).startswith(text)
