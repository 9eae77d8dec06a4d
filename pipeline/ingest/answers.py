"""Answers to one question: texts under the declared kind, codes put as the answers they stand for."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from pipeline.core.sources import QuestionSettings
from pipeline.ingest.cells import numbers, without_missing
from pipeline.ingest.choices import choice_of, name_of_choice, split_choices, split_columns
from pipeline.ingest.privacy import Scrubber, scrub_cell

Read = tuple[pd.DataFrame, list[str]]
"""Columns answer, value and code, the index repeating a response for each of its choices; and warnings."""


def answers_of(
    table: pd.DataFrame,
    question: QuestionSettings,
    missing: list[str],
    labels: Mapping[str, str],
    reached_end: pd.Series | None,
    scrub: Scrubber,
) -> Read:
    """Answers in `table` (one row per response) to one question.

    `missing` are the declared texts for "not known", `labels` the question texts by column; `reached_end` tells who
    finished, none where the export does not say.
    """
    if question.kind == "multi":
        return _multi(table, question, missing, labels, reached_end)
    words = without_missing(table[question.column], missing)[0]
    if question.kind == "open":
        return _frame(words.map(scrub, na_action="ignore").astype("str")), []
    texts = spaced(words)
    codes = texts.where(texts.isin(list(question.codes))) if question.codes else None
    wrong_code = texts.notna() & ~texts.isin([*question.codes, *question.codes.values()]) & bool(question.codes)
    texts = texts.map(lambda t: question.codes.get(t, t), na_action="ignore").astype("str").mask(wrong_code)
    frame, warned = _judged(texts, question)
    if wrong_code.any():
        warned = [
            f"`{question.column}`: {int(wrong_code.sum()):,} answer(s) are no declared code, now missing",
            *warned,
        ]
    return (frame if codes is None else frame.assign(code=codes.mask(frame["answer"].isna()))), warned


def spaced(texts: pd.Series) -> pd.Series:
    """Texts with one plain space for each run of white space: exports hold non-breaking ones and line breaks."""
    return texts.str.replace(r"\s+", " ", regex=True).str.strip()


def columns_of(question: QuestionSettings, available: list[str]) -> list[str]:
    """Columns of the export that hold the answers to one question; none where they are not there."""
    if question.parts:
        return [c for c in question.parts if c in available]
    if question.column in available:
        return [question.column]
    return split_columns(question.column, available) if question.kind == "multi" else []


def _judged(texts: pd.Series, question: QuestionSettings) -> Read:
    """Texts as numbers, scores, levels or words; what does not fit is missing and counted."""
    levels = [level.strip() for level in question.levels or []]
    if question.kind in ("numeric", "nps"):
        value, wrong = numbers(texts)
        is_score = question.kind == "nps"
        wrong = wrong | (is_score & value.notna() & ~value.isin(range(11)))
        answer, value, why = texts.mask(wrong), value.mask(wrong), "no score from 0 to 10" if is_score else "no number"
    elif levels:
        answer = texts.map({_spaced(level): level for level in levels}, na_action="ignore").astype("str")
        wrong, why = texts.notna() & answer.isna(), "not a declared level"
        value = answer.map({level: float(i) for i, level in enumerate(levels)}).astype("float64")
    else:
        answer = texts.map(scrub_cell, na_action="ignore").astype("str")
        value = numbers(texts)[0] if question.kind == "likert" else pd.Series(np.nan, index=texts.index)
        wrong, why = texts.isna() & False, ""
    warned = [f"`{question.column}`: {int(wrong.sum()):,} answer(s) are {why}, now missing"] if wrong.any() else []
    return _frame(answer, value), warned


def _multi(
    table: pd.DataFrame,
    question: QuestionSettings,
    missing: list[str],
    labels: Mapping[str, str],
    reached_end: pd.Series | None,
) -> Read:
    """One row per ticked choice; a row without answer for whoever saw the question and ticked nothing.

    Who saw it: whoever has a cell saying "not ticked", or finished. Where the export tells neither, nobody did.
    """
    levels = {_spaced(level): level.strip() for level in question.levels or []}
    columns = columns_of(question, [str(c) for c in table.columns])
    if columns == [question.column] and not question.parts:
        ticked, seen = _joined(table, question, missing, levels)
    else:
        ticked, seen = _spread(table, columns, question, missing, labels, levels)
    if reached_end is not None:
        seen = seen | reached_end
    choices = pd.Series(ticked, index=table.index, dtype=object).explode()
    shown = choices[choices.notna() | seen.loc[choices.index].to_numpy()]
    answer = shown.map(lambda c: levels.get(c, scrub_cell(c)), na_action="ignore").astype("str")
    value = answer.map({level: float(i) for i, level in enumerate(levels.values())}).astype("float64")
    other = int((answer.notna() & ~answer.isin(list(levels.values()))).sum()) if levels else 0
    warned = [f"`{question.column}`: {other:,} choice(s) are not among the declared levels"] if other else []
    code = answer.map({v: k for k, v in question.codes.items()}).astype("str") if question.codes else None
    return _frame(answer, value, code), warned


def _joined(
    table: pd.DataFrame, question: QuestionSettings, missing: list[str], levels: Mapping[str, str]
) -> tuple[list[list[str]], pd.Series]:
    texts = spaced(without_missing(table[question.column], missing)[0]).to_numpy(dtype=object)
    known = [*question.codes, *question.codes.values(), *levels]
    ticked = [
        [question.codes.get(c, c) for c in split_choices(t, known, question.separator)] if isinstance(t, str) else []
        for t in texts
    ]
    return ticked, pd.Series(False, index=table.index)


def _spread(
    table: pd.DataFrame,
    columns: list[str],
    question: QuestionSettings,
    missing: list[str],
    labels: Mapping[str, str],
    levels: Mapping[str, str],
) -> tuple[list[list[str]], pd.Series]:
    cells = table[columns].apply(lambda c: spaced(without_missing(c, missing)[0]))
    if question.parts:
        names = {c: question.codes.get(c, _spaced(c)) for c in columns}
    else:
        names = {c: name_of_choice(question.column, c, labels.get(c, ""), question.codes) for c in columns}
    ticked = []
    for record in cells.to_numpy(dtype=object):
        found = (
            choice_of(v, names[c], list(levels)) for c, v in zip(columns, record, strict=True) if isinstance(v, str)
        )
        ticked.append(list(dict.fromkeys(question.codes.get(c, c) for c in found if c is not None)))
    return ticked, cells.notna().any(axis=1)


def _frame(answer: pd.Series, value: pd.Series | None = None, code: pd.Series | None = None) -> pd.DataFrame:
    nothing = pd.Series(np.nan, index=answer.index)
    no_code = pd.Series(None, index=answer.index, dtype="str")
    return pd.DataFrame(
        {"answer": answer, "value": nothing if value is None else value, "code": no_code if code is None else code}
    )


def _spaced(text: str) -> str:
    return " ".join(text.split())
