"""From rows to people: sightings, resolution, and the tables of one row per customer, answer, text and exposure."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from pipeline.core.sources import DatasetSettings
from pipeline.core.tables import Table
from pipeline.ingest.costs import read_costs
from pipeline.ingest.customers import Records, customers_table, merge_records
from pipeline.ingest.exposures import exposures_table, read_exposures
from pipeline.ingest.feedback import read_feedback
from pipeline.ingest.identity import Resolution, assign, pairs_joined
from pipeline.ingest.load import names_in
from pipeline.ingest.mentions import mentions_in, mentions_table, read_mentions
from pipeline.ingest.pairs import read_links
from pipeline.ingest.privacy import Scrubber, make_scrubber
from pipeline.ingest.rejects import Account
from pipeline.ingest.responses import Answers, read_answers
from pipeline.ingest.rows import Rows
from pipeline.ingest.schema import COSTS, FEEDBACK, RESPONSES
from pipeline.ingest.sightings import Sighting
from pipeline.ingest.texts import open_answers, read_texts, speaker_names, texts_table


@dataclass(frozen=True)
class People:
    """Tables about people, accounts of their sources, and the stage dates as events."""

    customers: pd.DataFrame
    responses: pd.DataFrame
    texts: pd.DataFrame
    exposures: pd.DataFrame
    feedback: pd.DataFrame
    mentions: pd.DataFrame
    costs: pd.DataFrame
    dates: list[tuple[str, pd.DataFrame]]
    accounts: list[Account]
    conflicts: int


def sightings_of(rows: Sequence[Rows], events: Sequence[tuple[str, pd.DataFrame]]) -> list[Sighting]:
    """What every source saw. Records and events make customers; surveys, interviews and mailings only link to them."""
    people = [Sighting(r.source, r.ids, r.settings.kind == "customers") for r in rows]
    people += [Sighting(r.source, pairs_joined(s, pairs), False) for r in rows for s, pairs in r.pairs.items()]
    return people + [Sighting(name, ids, True) for name, ids in events]


def customer_spaces(settings: DatasetSettings) -> list[str]:
    """Identity spaces of the customer sources, in declared order."""
    return list(
        dict.fromkeys(s for source in settings.sources.values() if source.kind == "customers" for s in source.ids)
    )


def people_tables(rows: Sequence[Rows], resolution: Resolution, settings: DatasetSettings, key: bytes) -> People:
    """All tables but the events."""
    ids = {r.source: assign(r.ids, resolution) for r in rows}
    scrub = _scrubber(rows, settings.language)
    records = [merge_records(r, ids[r.source]) for r in rows if r.settings.kind == "customers"]
    answers = [read_answers(r, ids[r.source], scrub, key) for r in rows if r.settings.kind == "responses"]
    turns = [read_texts(r, ids[r.source], scrub, key) for r in rows if r.settings.kind == "texts"]
    shown = [read_exposures(r, ids[r.source], settings.observation) for r in rows if r.settings.kind == "exposures"]
    texts = texts_table([*(table for table, _ in turns), *(open_answers(a.open_answers) for a in answers)])
    scores = [read_feedback(r, ids[r.source]) for r in rows if r.settings.kind == "feedback"]
    named = [read_mentions(r, ids[r.source], settings.competitors) for r in rows if r.settings.kind == "mentions"]
    spent = [read_costs(r, settings.currency) for r in rows if r.settings.kind == "costs"]
    return People(
        customers_table(records, resolution.sources),
        _responses(answers),
        texts,
        exposures_table([table for table, _ in shown]),
        _stacked([table for table, _ in scores], FEEDBACK),
        mentions_table([*(table for table, _ in named), mentions_in(texts, settings.competitors)]),
        _stacked([table for table, _ in spent], COSTS),
        _dates(records),
        [
            *(r.account for r in records),
            *(a.account for a in answers),
            *(account for _, account in turns),
            *(account for part in (shown, scores, named, spent) for _, account in part),
            *(read_links(r) for r in rows if r.settings.kind == "links"),
        ],
        sum(r.conflicts for r in records),
    )


def _scrubber(rows: Sequence[Rows], language: str) -> Scrubber:
    names = [names_in(r) for r in rows]
    first = sorted({v.strip() for f, _ in names for v in f.unique()})
    last = sorted({v.strip() for _, la in names for v in la.unique()} | {n for r in rows for n in speaker_names(r)})
    return make_scrubber(first, last, language)


def _responses(answers: Sequence[Answers]) -> pd.DataFrame:
    filled = [a.table for a in answers if len(a.table)]
    return pd.concat(filled, ignore_index=True) if filled else RESPONSES.empty()


def _stacked(parts: Sequence[pd.DataFrame], table: Table) -> pd.DataFrame:
    filled = [p for p in parts if len(p)]
    return pd.concat(filled, ignore_index=True) if filled else table.empty()


def _dates(records: Sequence[Records]) -> list[tuple[str, pd.DataFrame]]:
    """Per source with stage dates: customer_id, event, ts; dates that are missing left out."""
    result = []
    for r in records:
        if len(r.dates.columns):
            long = r.dates.melt(var_name="event", value_name="ts", ignore_index=False).dropna(subset="ts")
            result.append((r.account.source, long.rename_axis("customer_id").reset_index()))
    return result
