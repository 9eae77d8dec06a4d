"""The table `responses`: survey answers in long form, with flags for careless answering."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.core.pseudonym import pseudonym
from pipeline.core.sources import QuestionSettings
from pipeline.ingest.cells import in_levels, numbers, truths, without_missing
from pipeline.ingest.choices import choice_of, split_choices, split_columns
from pipeline.ingest.identity import EVERY_ROW, ROW_SPACE, identifiers
from pipeline.ingest.privacy import Scrubber, scrub_patterns
from pipeline.ingest.rejects import Account, reject_rows, stacked
from pipeline.ingest.rows import Rows
from pipeline.ingest.schema import RESPONSES
from pipeline.ingest.times import parse_times

PREVIEW = ("1", "survey preview", "17", "survey test")
SPEEDER_SHARE = 1 / 3
STRAIGHT_LINE_ITEMS = 4
"""Fewer Likert items can well have one honest answer."""


@dataclass(frozen=True)
class Answers:
    """Answers of one source, and its open answers as (response_id, customer_id, question, text, answered_at)."""

    table: pd.DataFrame
    open_answers: pd.DataFrame
    account: Account


def read_answers(rows: Rows, customer_ids: pd.Series, scrub: Scrubber, key: bytes) -> Answers:
    """Answers of one survey; previews are rejected, unfinished responses kept and flagged, repeated ids merged."""
    preview = _cells(rows, "status").str.lower().isin(PREVIEW)
    no_id = _cells(rows, "response_id").eq("") if "response_id" in rows.columns else preview & False
    respondents = _respondents(rows, customer_ids, key)[~preview & ~no_id]
    latest = respondents.sort_values(["answered_at", "content"], na_position="first", kind="stable")
    latest = latest.drop_duplicates("response_id", keep="last").sort_values("response_id")
    kept = rows.rows.loc[latest.index]
    latest = latest.assign(speeder=_speeders(latest), straight_liner=straight_liners(kept, rows))
    parts, warnings = [], []
    for name, question in rows.settings.questions.items():
        part, warned = _question(kept, rows, question, scrub)
        parts.append(part.assign(question=name, kind=question.kind))
        warnings += warned
    table = _table(parts, latest, rows.source)
    rejects = stacked(
        [
            rows.rejects,
            reject_rows(
                rows.source,
                rows.rows.index[preview],
                "a preview by an editor, not a response",
                rows.columns.get("status"),
            ),
            reject_rows(
                rows.source, rows.rows.index[no_id & ~preview], "no response id", rows.columns.get("response_id")
            ),
        ]
    )
    account = Account(
        rows.source, rows.settings.format, rows.files, rows.read, len(latest),
        rows.read - len(latest) - len(rejects), len(rejects), rejects, warnings,
    )  # fmt: skip
    return Answers(table, table[(table["kind"] == "open") & table["answer"].notna()], account)


def straight_liners(kept: pd.DataFrame, rows: Rows) -> pd.Series:
    """Who gave one and the same answer to every answered item of each Likert battery, over at least four items.

    Items with the same levels are one battery; a single answer differing from its battery clears the respondent.
    """
    batteries: dict[tuple[str, ...], list[str]] = {}
    for q in rows.settings.questions.values():
        if q.kind == "likert":
            batteries.setdefault(tuple(q.levels or ()), []).append(q.column)
    answered = pd.Series(0, index=kept.index)
    varied = pd.Series(False, index=kept.index)
    for columns in batteries.values():
        cells = kept[columns].apply(lambda c: without_missing(c, rows.settings.missing)[0])
        answered += cells.notna().sum(axis=1)
        varied |= cells.nunique(axis=1) > 1
    return (answered >= STRAIGHT_LINE_ITEMS) & ~varied


def _respondents(rows: Rows, customer_ids: pd.Series, key: bytes) -> pd.DataFrame:
    """One row per response row: ids, time, finished, duration; `content` orders repetitions."""
    own_id = _cells(rows, "response_id") if "response_id" in rows.columns else None
    content = identifiers(rows.rows, {ROW_SPACE: EVERY_ROW})[ROW_SPACE]
    raw = own_id if own_id is not None else content
    finished = _cells(rows, "finished")
    return pd.DataFrame(
        {
            "response_id": [pseudonym(key, f"response:{rows.source}", v) for v in raw],
            "customer_id": customer_ids,
            "answered_at": parse_times(_cells(rows, "answered_at"), rows.zone),
            "finished": truths(finished) if "finished" in rows.columns else True,
            "duration": numbers(_cells(rows, "duration").replace("", np.nan))[0],
            "content": content,
        },
        index=rows.rows.index,
    )


def _cells(rows: Rows, standard: str) -> pd.Series:
    """Trimmed cells of a standard column; blank where the export has none."""
    if standard not in rows.columns:
        return pd.Series("", index=rows.rows.index, dtype="str")
    return rows.rows[rows.columns[standard]].str.strip()


def _speeders(respondents: pd.DataFrame) -> pd.Series:
    """Who took less than a third of the median duration of those who finished."""
    median = respondents.loc[respondents["finished"], "duration"].median()
    return (respondents["duration"] < median * SPEEDER_SHARE) & respondents["finished"]


def _question(
    kept: pd.DataFrame, rows: Rows, question: QuestionSettings, scrub: Scrubber
) -> tuple[pd.DataFrame, list[str]]:
    """Columns answer and value; the index repeats a response for each of its choices."""
    if question.kind == "multi":
        return _multi(kept, rows, question)
    texts, _ = without_missing(kept[question.column], rows.settings.missing)
    levels = [level.strip() for level in question.levels or []]
    if question.kind == "open":
        return pd.DataFrame({"answer": texts.map(scrub, na_action="ignore").astype("str"), "value": np.nan}), []
    if question.kind in ("numeric", "nps"):
        value, wrong = numbers(texts)
        out = question.kind == "nps"
        wrong = wrong | (out & value.notna() & ~value.isin(range(11)))
        answer, value, why = texts.mask(wrong), value.mask(wrong), "no number" if not out else "no score from 0 to 10"
    elif levels:
        answer, wrong = in_levels(texts, levels)
        value, why = (
            answer.map({level: float(i) for i, level in enumerate(levels)}).astype("float64"),
            "not a declared level",
        )
    else:
        answer = texts.map(scrub_patterns, na_action="ignore").astype("str")
        value = numbers(texts)[0] if question.kind == "likert" else pd.Series(np.nan, index=texts.index)
        wrong, why = texts.isna() & False, ""
    warned = [f"`{question.column}`: {int(wrong.sum()):,} answer(s) are {why}, now missing"] if wrong.any() else []
    return pd.DataFrame({"answer": answer, "value": value}), warned


def _multi(kept: pd.DataFrame, rows: Rows, question: QuestionSettings) -> tuple[pd.DataFrame, list[str]]:
    """One row per ticked choice; a row without answer where a finished respondent ticked nothing.

    An empty cell of an unfinished response may never have been seen: it gives no row.
    """
    levels = [level.strip() for level in question.levels or []]
    spread = split_columns(question.column, list(kept.columns))
    if spread:
        cells = kept[spread].apply(lambda c: without_missing(c, rows.settings.missing)[0])
        labels = {c: rows.labels.get(c, "") for c in spread}
        ticked: list[list[str]] = [
            list(
                dict.fromkeys(
                    choice_of(v, labels[c], levels) for c, v in zip(spread, record, strict=True) if isinstance(v, str)
                )
            )
            for record in cells.to_numpy(dtype=object)
        ]
    else:
        texts, _ = without_missing(kept[question.column], rows.settings.missing)
        ticked = [split_choices(t, levels) if isinstance(t, str) else [] for t in texts.to_numpy(dtype=object)]
    finished = truths(kept[rows.columns["finished"]]) if "finished" in rows.columns else kept.index == kept.index
    choices = pd.Series(ticked, index=kept.index, dtype=object).explode()
    seen = choices.notna() | pd.Series(np.asarray(finished), index=kept.index).loc[choices.index].to_numpy()
    shown = choices[seen]
    answer = shown.map(scrub_patterns, na_action="ignore").astype("str")
    value = answer.map({level: float(i) for i, level in enumerate(levels)}).astype("float64")
    other = int((answer.notna() & ~answer.isin(levels)).sum()) if levels else 0
    warned = [f"`{question.column}`: {other:,} choice(s) are not among the declared levels"] if other else []
    return pd.DataFrame({"answer": answer, "value": value}), warned


def _table(parts: Sequence[pd.DataFrame], respondents: pd.DataFrame, source: str) -> pd.DataFrame:
    columns = ["response_id", "customer_id", "answered_at", "finished", "straight_liner", "speeder"]
    frames = [part.join(respondents[columns], how="left").assign(source=source) for part in parts]
    if not frames:
        return RESPONSES.empty()
    order = {name: i for i, name in enumerate(dict.fromkeys(q for f in frames for q in f["question"].unique()))}
    table = pd.concat(frames, ignore_index=True)
    table = table.assign(order=table["question"].map(order)).sort_values(
        ["response_id", "order", "value", "answer"], kind="stable", ignore_index=True
    )
    return RESPONSES.check(table[list(RESPONSES.columns)])
