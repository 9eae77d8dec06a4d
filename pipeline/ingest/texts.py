"""The table `texts`: interview turns, reviews, tickets, e-mails, posts and open answers, scrubbed."""

from collections.abc import Sequence

import pandas as pd

from pipeline.core.pseudonym import pseudonym
from pipeline.ingest.cells import numbers
from pipeline.ingest.identity import EVERY_ROW, ROW_SPACE, identifiers
from pipeline.ingest.privacy import Scrubber
from pipeline.ingest.rejects import Account, reject_rows, stacked
from pipeline.ingest.rows import Rows
from pipeline.ingest.schema import TEXTS
from pipeline.ingest.standard_columns import known, times

MODERATORS = ("moderator", "interviewer", "researcher", "facilitator", "host")
AGENTS = ("agent", "support", "staff", "employee", "operator", "representative", "system", "bot")
"""Who speaks for the company in tickets and mails; their words are not the customers'."""
_REFUSED = ("0", "no", "n", "false")
_ORDER = ["raw_document", "turn", "written_at", "speaker", "label", "text", "content"]


def read_texts(rows: Rows, customer_ids: pd.Series, scrub: Scrubber, key: bytes) -> tuple[pd.DataFrame, Account]:
    """Texts of one source in order of document and turn; those without consent or words are rejected.

    Where no turn is declared, the texts of a document follow one another by time, then by content; where no document
    is declared, every row is one. A text repeated at its place in its document is merged.
    """
    read = _read(rows, customer_ids)
    reason = _reasons(read, rows)
    spoken = read[reason.isna()].sort_values(_ORDER, na_position="first", kind="stable")
    place = ["raw_document", "turn", "speaker", "label", "text"]
    kept = spoken.drop_duplicates(place if "turn" in rows.columns else [*place, "written_at"])
    if "turn" not in rows.columns:
        kept = kept.assign(turn=kept.groupby("raw_document").cumcount())
    index = rows.rows.index
    rejects = stacked(
        [rows.rejects, *(reject_rows(rows.source, index[reason == r], r) for r in sorted(reason.dropna().unique()))]
    )
    account = Account(
        rows.source,
        rows.settings.format,
        rows.files,
        rows.read,
        len(kept),
        len(spoken) - len(kept),
        len(rejects),
        rejects,
        _warnings(rows, read),
    )
    return _with_ids(_with_speaker_numbers(kept), rows.source, scrub, key), account


def open_answers(answers: pd.DataFrame) -> pd.DataFrame:
    """Open answers (rows of `responses`) as texts; each response is a document, each answer its first turn."""
    return TEXTS.check(
        pd.DataFrame(
            {
                "text_id": answers["response_id"] + "-" + answers["question"],
                "customer_id": answers["customer_id"],
                "source": answers["source"],
                "document": answers["response_id"],
                "topic": answers["question"],
                "speaker": "respondent",
                "speaker_number": 1,
                "turn": 0,
                "title": None,
                "text": answers["answer"],
                "rating": float("nan"),
                "written_at": answers["answered_at"],
            }
        )
    )


def texts_table(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """All texts, in order of source, document, topic and turn."""
    filled = [p for p in parts if len(p)]
    if not filled:
        return TEXTS.empty()
    table = pd.concat(filled, ignore_index=True)
    return table.sort_values(["source", "document", "topic", "turn", "text_id"], ignore_index=True)


def speaker_names(rows: Rows) -> Sequence[str]:
    """Labels of the speakers: transcripts often call people by their names."""
    known = {*MODERATORS, *AGENTS, "respondent", "participant", "customer", "speaker", "client", "user", "guest"}
    labels = _cells(rows, "speaker").unique() if rows.settings.kind == "texts" else []
    return sorted({word for label in labels for word in str(label).split() if word.lower().strip(".:") not in known})


def _read(rows: Rows, customer_ids: pd.Series) -> pd.DataFrame:
    """One row per row of the export, as declared; `content` orders equal rows."""
    label = _cells(rows, "speaker").str.lower()
    content = identifiers(rows.rows, {ROW_SPACE: EVERY_ROW})[ROW_SPACE]
    return pd.DataFrame(
        {
            "customer_id": customer_ids,
            "source": rows.source,
            "raw_document": _cells(rows, "document") if "document" in rows.columns else content,
            "topic": rows.source,
            "speaker": label.map(_role).astype("str"),
            "label": label,
            "turn": numbers(_cells(rows, "turn"))[0] if "turn" in rows.columns else 0.0,
            "title": _cells(rows, "title").replace("", None),
            "text": _cells(rows, "text"),
            "rating": numbers(known(rows, "rating"))[0],
            "written_at": times(rows, "written_at"),
            "content": content,
        }
    )


def _role(label: str) -> str:
    words = label.split()
    first = words[0].strip(".:") if words else ""
    return "moderator" if first in MODERATORS else "agent" if first in AGENTS else "respondent"


def _reasons(read: pd.DataFrame, rows: Rows) -> pd.Series:
    """Why each row is not kept; missing where it is."""
    turn = read["turn"]
    reason = pd.Series(None, index=read.index, dtype=object)
    reason[turn.isna() | (turn < 0) | (turn % 1 != 0) | (turn > 2**31)] = "the turn is no position in the document"
    reason[read["text"] == ""] = "the turn has no words"
    reason[read["raw_document"] == ""] = "the turn belongs to no document"
    reason[_cells(rows, "consent").str.lower().isin(_REFUSED)] = "no consent"
    return reason


def _warnings(rows: Rows, read: pd.DataFrame) -> list[str]:
    no_number = int((known(rows, "rating").notna() & read["rating"].isna()).sum())
    no_time = int((known(rows, "written_at").notna() & read["written_at"].isna()).sum())
    warned = [f"`{rows.columns['rating']}`: {no_number:,} rating(s) are no number, now missing"] if no_number else []
    return warned + (
        [f"`{rows.columns['written_at']}`: {no_time:,} cell(s) are no time, now missing"] if no_time else []
    )


def _with_speaker_numbers(kept: pd.DataFrame) -> pd.DataFrame:
    """`speaker_number` counts the respondents of a document from 1, in order of their first turn; others have 0."""
    numbered = kept.assign(speaker_number=0)
    heard = kept[kept["speaker"] == "respondent"].sort_values(_ORDER, na_position="first", kind="stable")
    first = heard.drop_duplicates(["raw_document", "label"])
    nth = pd.Series(
        (first.groupby("raw_document").cumcount() + 1).to_numpy(),
        index=pd.MultiIndex.from_frame(first[["raw_document", "label"]]),
        dtype="int64",
    )
    if len(heard):
        numbered.loc[heard.index, "speaker_number"] = nth.loc[
            pd.MultiIndex.from_frame(heard[["raw_document", "label"]])
        ].to_numpy()
    return numbered


def _with_ids(kept: pd.DataFrame, source: str, scrub: Scrubber, key: bytes) -> pd.DataFrame:
    space = f"document:{source}"
    ordered = kept.sort_values(["raw_document", "turn", "speaker", "label", "text"], kind="stable")
    repeated = ordered.groupby(["raw_document", "turn"]).cumcount().astype("str")
    raw = ordered["raw_document"] + "\x1f" + ordered["turn"].astype("int64").astype("str") + "\x1f" + repeated
    table = ordered.assign(
        text_id=[pseudonym(key, space, v) for v in raw],
        document=[pseudonym(key, space, v) for v in ordered["raw_document"]],
        text=ordered["text"].map(scrub),
        title=ordered["title"].map(scrub, na_action="ignore"),
    )
    return TEXTS.check(table[list(TEXTS.columns)])


def _cells(rows: Rows, standard: str) -> pd.Series:
    if standard not in rows.columns:
        return pd.Series("", index=rows.rows.index, dtype="str")
    return rows.rows[rows.columns[standard]].str.strip()
