"""The table `mentions`: competitors that customers name, counted in their texts or listed by an export."""

import re
from collections.abc import Mapping, Sequence

import pandas as pd

from pipeline.ingest.privacy import scrub_cell
from pipeline.ingest.rejects import Account, rejected_by, stacked
from pipeline.ingest.rows import Rows
from pipeline.ingest.schema import MENTIONS
from pipeline.ingest.standard_columns import known, times

Competitors = Mapping[str, Sequence[str]]
"""Name -> other spellings."""


def mentions_in(texts: pd.DataFrame, competitors: Competitors) -> pd.DataFrame:
    """Competitors that respondents name in rows of `texts`, title included: whole words, in any case."""
    said = texts[texts["speaker"] == "respondent"]
    words = said["title"].fillna("") + "\n" + said["text"]
    found = [MENTIONS.empty()]
    for name, spellings in competitors.items():
        times_named = words.str.count(_pattern(name, spellings)).astype("int64")
        here = said[times_named > 0].rename(columns={"written_at": "mentioned_at"})
        found.append(here.assign(competitor=name, times=times_named[times_named > 0])[list(MENTIONS.columns)])
    filled = [MENTIONS.check(f) for f in found if len(f)]
    return pd.concat(filled, ignore_index=True) if filled else MENTIONS.empty()


def read_mentions(rows: Rows, customer_ids: pd.Series, competitors: Competitors) -> tuple[pd.DataFrame, Account]:
    """Mentions that an export lists; where competitors are declared, others are rejected."""
    names = {s.casefold(): name for name, spellings in competitors.items() for s in (name, *spellings)}
    given = known(rows, "competitor").map(scrub_cell, na_action="ignore")
    competitor = given.str.casefold().map(names).astype("str") if names else given
    reason = pd.Series(None, index=given.index, dtype=object)
    reason[competitor.isna()] = "not a competitor declared under `competitors`"
    reason[given.isna()] = "no competitor"
    read = pd.DataFrame(
        {"customer_id": customer_ids, "source": rows.source, "competitor": competitor, "text_id": None, "times": 1,
         "mentioned_at": times(rows, "mentioned_at")}
    )  # fmt: skip
    table = read[reason.isna()].sort_values(["mentioned_at", "competitor", "customer_id"], kind="stable")
    rejects = stacked([rows.rejects, *rejected_by(rows.source, reason)])
    account = Account(rows.source, rows.settings.format, rows.files, rows.read, len(table), 0, len(rejects), rejects)
    return MENTIONS.check(table.reset_index(drop=True)), account


def mentions_table(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Mentions of all sources, in order of source, text and competitor."""
    filled = [p for p in parts if len(p)]
    if not filled:
        return MENTIONS.empty()
    order = ["source", "text_id", "competitor", "mentioned_at", "customer_id"]
    return pd.concat(filled, ignore_index=True).sort_values(order, kind="stable", ignore_index=True)


def _pattern(name: str, spellings: Sequence[str]) -> re.Pattern[str]:
    """Whole words; the longest spelling first, so that one mention is not counted for two."""
    longest_first = sorted({name, *spellings}, key=lambda s: (-len(s), s))
    parts = (r"\s+".join(map(re.escape, s.split())) for s in longest_first if s.strip())
    return re.compile(rf"(?<!\w)(?:{'|'.join(parts)})(?!\w)", re.IGNORECASE)
