"""The table `texts`: interview turns and open answers, scrubbed."""

import pandas as pd

from pipeline.core.pseudonym import pseudonym
from pipeline.ingest.cells import numbers
from pipeline.ingest.privacy import Scrubber
from pipeline.ingest.rejects import Account, reject_rows, stacked
from pipeline.ingest.rows import Rows
from pipeline.ingest.schema import TEXTS
from pipeline.ingest.times import parse_times

MODERATORS = ("moderator", "interviewer", "researcher", "facilitator", "host")
_REFUSED = ("0", "no", "n", "false")


def read_turns(rows: Rows, customer_ids: pd.Series, scrub: Scrubber, key: bytes) -> tuple[pd.DataFrame, Account]:
    """Turns of one source's transcripts, in order of document and turn; turns without consent or words are rejected."""
    table = rows.rows
    turn = numbers(table[rows.columns["turn"]].str.strip())[0]
    words = table[rows.columns["text"]].str.strip()
    document = table[rows.columns["document"]].str.strip()
    consent = _cells(rows, "consent").str.lower()
    reason = pd.Series(None, index=table.index, dtype=object)
    reason[turn.isna() | (turn < 0) | (turn % 1 != 0)] = "the turn is no position in the document"
    reason[words == ""] = "the turn has no words"
    reason[document == ""] = "the turn belongs to no document"
    reason[consent.isin(_REFUSED)] = "no consent"
    good = reason.isna()
    speaker = _cells(rows, "speaker").str.lower().isin(MODERATORS).map({True: "moderator", False: "respondent"})
    spoken = pd.DataFrame(
        {
            "customer_id": customer_ids,
            "source": rows.source,
            "raw_document": document,
            "topic": rows.source,
            "speaker": speaker,
            "turn": turn,
            "text": words,
            "written_at": parse_times(_cells(rows, "written_at"), rows.zone),
        }
    )[good]
    kept = spoken.drop_duplicates(["raw_document", "turn", "speaker", "text"])
    rejects = stacked(
        [rows.rejects, *(reject_rows(rows.source, table.index[reason == r], r) for r in reason.dropna().unique())]
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
    )
    return _with_ids(kept, rows.source, scrub, key), account


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
                "turn": 0,
                "text": answers["answer"],
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


def _with_ids(kept: pd.DataFrame, source: str, scrub: Scrubber, key: bytes) -> pd.DataFrame:
    space = f"document:{source}"
    ordered = kept.sort_values(["raw_document", "turn", "speaker", "text"], kind="stable")
    repeated = ordered.groupby(["raw_document", "turn"]).cumcount().astype("str")
    raw = ordered["raw_document"] + "\x1f" + ordered["turn"].astype("int64").astype("str") + "\x1f" + repeated
    table = ordered.assign(
        text_id=[pseudonym(key, space, v) for v in raw],
        document=[pseudonym(key, space, v) for v in ordered["raw_document"]],
        text=ordered["text"].map(scrub),
    )
    return TEXTS.check(table[list(TEXTS.columns)])


def _cells(rows: Rows, standard: str) -> pd.Series:
    if standard not in rows.columns:
        return pd.Series("", index=rows.rows.index, dtype="str")
    return rows.rows[rows.columns[standard]].str.strip()
