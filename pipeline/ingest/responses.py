"""The table `responses`: survey answers in long form, with flags for careless answering."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.core.pseudonym import pseudonym
from pipeline.ingest.answers import answers_of
from pipeline.ingest.cells import numbers, truths, without_missing
from pipeline.ingest.dates import in_iso, readable
from pipeline.ingest.identity import EVERY_ROW, ROW_SPACE, identifiers
from pipeline.ingest.privacy import Scrubber
from pipeline.ingest.readers.registry import READERS
from pipeline.ingest.rejects import Account, reject_rows, stacked
from pipeline.ingest.rows import Rows
from pipeline.ingest.schema import RESPONSES
from pipeline.ingest.standard_columns import in_utc, known, written

PREVIEW = ("1", "survey preview", "2", "survey test", "9", "survey preview spam", "17", "offline survey preview")
"""Response types of Qualtrics that are tests by an editor, as code and as label."""
FINISHED = ("completed", "complete", "finished")
ANONYMISED_DAY = "1980-01-01"
"""What LimeSurvey writes for the date of every response where dates are anonymised."""
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
    reached_end = latest["finished"] if "finished" in rows.columns else None
    parts, warnings = [], _warnings(rows, latest)
    for name, question in rows.settings.questions.items():
        part, warned = answers_of(kept, question, rows.settings.missing, rows.labels, reached_end, scrub)
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
    answered_at = _times(rows, "answered_at")
    duration = numbers(_cells(rows, "duration").replace("", np.nan))[0]
    taken = (answered_at - _times(rows, "started_at")).dt.total_seconds()
    return pd.DataFrame(
        {
            "response_id": [pseudonym(key, f"response:{rows.source}", v) for v in raw],
            "customer_id": customer_ids,
            "answered_at": answered_at,
            "finished": _finished(rows),
            "duration": duration if "duration" in rows.columns else taken.where(taken > 0),
            "content": content,
        },
        index=rows.rows.index,
    )


def _finished(rows: Rows) -> pd.Series:
    """Who reached the end: everybody where the export does not tell; a date of submission says so too."""
    if "finished" not in rows.columns:
        return pd.Series(True, index=rows.rows.index)
    cells = _cells(rows, "finished")
    where = f"source `{rows.source}`: `{rows.columns['finished']}`"
    dates = in_iso(cells, where, rows.settings.dates, READERS[rows.settings.format].dates)  # 1 and 0 are no times
    return truths(cells) | cells.str.lower().isin(FINISHED) | readable(dates)


def _times(rows: Rows, standard: str) -> pd.Series:
    """Times of a standard column in UTC, without days that stand for none; raises `InputError` as `in_utc` does."""
    texts = written(rows, standard, READERS[rows.settings.format].dates)
    return in_utc(rows, standard, texts.mask(texts.str.startswith(ANONYMISED_DAY), ""))


def _warnings(rows: Rows, latest: pd.DataFrame) -> list[str]:
    """Times that cannot be read, and respondents who answered more than once."""
    told = known(rows, "answered_at").fillna("").loc[latest.index]
    unread = int((latest["answered_at"].isna() & (told != "") & ~told.str.startswith(ANONYMISED_DAY)).sum())
    shown = rows.columns.get("answered_at")
    warnings = [f"`{shown}`: {unread:,} time(s) cannot be read, now missing"] if unread else []
    for space, column in rows.settings.ids.items():
        values = rows.ids.loc[latest.index, space].dropna()
        doubled = int((values.value_counts() > 1).sum())
        if doubled and column != EVERY_ROW:
            warnings.append(f"`{column}`: {doubled:,} respondent id(s) stand in more than one response")
    return warnings


def _cells(rows: Rows, standard: str) -> pd.Series:
    """Trimmed cells of a standard column; blank where the export has none."""
    if standard not in rows.columns:
        return pd.Series("", index=rows.rows.index, dtype="str")
    return rows.rows[rows.columns[standard]].str.strip()


def _speeders(respondents: pd.DataFrame) -> pd.Series:
    """Who took less than a third of the median duration of those who finished."""
    median = respondents.loc[respondents["finished"], "duration"].median()
    return (respondents["duration"] < median * SPEEDER_SHARE) & respondents["finished"]


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
