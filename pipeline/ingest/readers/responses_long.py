"""Survey answers in long form: one row per respondent and question, as our own table `responses` has it.

Columns are known by their names: the respondent (`response_id`, `respondent` …), `question`, `answer`; others, such as
an e-mail or a date, hold for the whole response. Each question becomes a column of that name; one that somebody
answered more than once is a multi-select, one column `Question [answer]` per answer.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd

from pipeline.core.errors import InputError
from pipeline.ingest.export import Header, unique_names
from pipeline.ingest.files import records
from pipeline.ingest.headings import Rows, column_names, layout_or_refusal, plain
from pipeline.ingest.privacy import words_of

EXPECTS = "one header row with a respondent (`respondent` or `response_id`), `question` and `answer`"
SHOWN_LETTERS = 80
"""Of a heading or question in a message: one may be endless."""
_RESPONDENT = ("response id", "respondent id", "respondent", "participant id", "participant")
_QUESTION = ("question", "question id", "question code", "question text", "item")
_ANSWER = ("answer", "answer text", "answer value", "response value", "value")
_STANDARD = {
    "answered_at": ("answered at", "submitted at", "completed at", "timestamp", "date"),
    "started_at": ("started at",),
    "finished": ("finished", "completed"),
    "duration": ("duration", "duration seconds"),
    "status": ("status",),
}


def header(path: Path) -> Header:
    """The header, the questions as `derived` columns; raises `InputError` where the file is none of this format."""
    layout, top = layout_or_refusal(path, 2, _fits, EXPECTS)
    columns = column_names(top[0])
    keys = _keys(columns)
    places = [columns.index(c) for c in keys]
    stream = records(path, layout)
    next(stream)
    triples = ([row[i].strip() for i in places] for row in stream if len(row) > max(places))
    derived = _questions(triples)
    clash = sorted(set(derived) & set(columns))
    if clash:
        raise InputError(f"{path.name}: `{clash[0][:SHOWN_LETTERS]}` is a column and a question: rename the column.")
    return Header(columns, 1, layout, derived=derived)


def standard(path: Path) -> dict[str, str]:
    """Standard column -> column of the export."""
    columns = header(path).columns
    found = {name: _named(columns, known) for name, known in _STANDARD.items()}
    return {"response_id": _keys(columns)[0]} | {name: column for name, column in found.items() if column}


def widened(rows: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """One row per respondent, at the index of its first row, with all `columns`, those of the questions among them.

    Rows without a respondent stay as they are. Other columns take their first value that is not blank. Raises
    `InputError` where a question with one answer per respondent in each part has several over all parts.
    """
    who, question, answer = _keys(tuple(str(c) for c in rows.columns))
    key = rows[who].str.strip()
    key = key.where(key != "", pd.Series([f"\x1f{i}" for i in range(len(rows))], index=rows.index))
    asked, said = rows[question].str.strip().map(plain), rows[answer].str.strip()
    known = pd.DataFrame({"key": key, "question": asked, "answer": said})
    filled = known[(said != "") & (asked != "")].drop_duplicates()
    several = filled.loc[filled.duplicated(["key", "question"]), "question"]
    single = filled["question"].isin(columns)
    if bool(several.isin(columns).any()):
        raise InputError(
            f"`{several[several.isin(columns)].min()[:SHOWN_LETTERS]}`: a respondent has several answers in different "
            "files. Put all answers of a respondent into one file."
        )
    name = filled["question"].where(single, filled["question"] + " [" + filled["answer"] + "]")
    table = filled.assign(name=name).pivot(index="key", columns="name", values="answer")
    others = rows.drop(columns=[question, answer]).replace("", None).groupby(key, sort=False).first()
    wide = others.join(table).reindex(columns=list(columns)).astype("str").fillna("")
    return wide.set_axis(rows.index[~key.duplicated().to_numpy()])


def _questions(triples: Iterable[Iterable[str]]) -> tuple[str, ...]:
    """Columns that the questions become, in alphabetical order."""
    answers: dict[str, set[str]] = {}
    once: dict[tuple[str, str], str] = {}
    multi: set[str] = set()
    for who, asked, said in triples:
        question = plain(asked)
        if not question:
            continue
        given = answers.setdefault(question, set())
        if said and who:
            given.add(said)
            if once.setdefault((who, question), said) != said:
                multi.add(question)
    names = [q for q in answers if q not in multi]
    return unique_names(sorted([*names, *(f"{q} [{a}]" for q in multi for a in answers[q])]))


def _fits(top: Rows) -> bool:
    columns = column_names(top[0]) if top else ()
    return all(_named(columns, known) for known in (_RESPONDENT, _QUESTION, _ANSWER))


def _keys(columns: tuple[str, ...]) -> tuple[str, str, str]:
    found = [_named(columns, known) for known in (_RESPONDENT, _QUESTION, _ANSWER)]
    return found[0] or "", found[1] or "", found[2] or ""


def _named(columns: tuple[str, ...], known: tuple[str, ...]) -> str | None:
    words = {words_of(c): c for c in reversed(columns)}
    return next((words[k] for k in known if k in words), None)
