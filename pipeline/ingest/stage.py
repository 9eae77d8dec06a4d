"""Stage `ingest`: read the raw exports, join them into customers, pseudonymise, reject what cannot be read.

reads   data/raw/<dataset>/            the exports and sources.yaml
writes  data/ingest/                   the tables of ingest.schema, events/ in parts, ingest.json
        reports/metrics/ingest.json
params  ingest
"""

import sys
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from pydantic import Field

from pipeline.core import params, tables
from pipeline.core.engine import Backend, chosen
from pipeline.core.pseudonym import load_key
from pipeline.core.settings import Settings
from pipeline.core.sources import DatasetSettings, read_sources
from pipeline.core.stage import Paths, run, warn
from pipeline.ingest import behaviour, schema, store
from pipeline.ingest.attribution import Attributed, attribute, places
from pipeline.ingest.checks import Found, check
from pipeline.ingest.identity import Resolution, resolve
from pipeline.ingest.load import load_events, load_rows
from pipeline.ingest.order_lines import lines_told
from pipeline.ingest.people import People, customer_spaces, people_tables, sightings_of
from pipeline.ingest.rejects import Account, reconciliation, rejects_table, told_of
from pipeline.ingest.summary import metrics, summary
from pipeline.ingest.unjoined import strangers


class Params(Settings):
    """The `ingest` block of params.yaml."""

    event_parts: int = Field(ge=1, le=256)
    largest_identity_group: int = Field(ge=2)
    bot_events_per_hour: int = Field(ge=1)
    memory_limit_gib: float = Field(gt=0)


@dataclass(frozen=True)
class Ingested:
    """All that one dataset gave; `events` are in the engine, of that many rows, or none."""

    people: People
    resolution: Resolution
    events: store.Gathered | None
    event_rows: int
    accounts: list[Account]
    found: list[Found]


def ingest(connection: Backend, dataset: Path, settings: DatasetSettings, key: bytes, p: Params) -> Ingested:
    """Read, judge, resolve, attribute. Raises `InputError` listing all mistakes before anything is read in full."""
    found = check(dataset, settings)
    rows = [load_rows(dataset, f) for f in found if f.settings.kind != "events"]
    sources = [load_events(connection, dataset, f) for f in found if f.settings.kind == "events"]
    judged = [
        behaviour.judge(connection, s, settings.observation, key, p.bot_events_per_hour)
        for s in sources
        if settings.observation
    ]
    sightings = sightings_of(rows, [(j.source.name, j.ids) for j in judged])
    spaces = customer_spaces(settings)
    resolution = resolve(sightings, spaces, p.largest_identity_group, key, has_customers_source=bool(spaces))
    people = people_tables(rows, resolution, settings, key)
    ranked = places(resolution.sources.index)
    known = [attribute(connection, j, resolution, ranked) for j in judged]
    files = {f.name: len(f.paths) for f in found}
    accounts = [
        *people.accounts,
        *(
            behaviour.account(
                connection, k.rows, k.source, files[k.source.name], lines_told(k.rows, k.customers, k.source)
            )
            for k in known
        ),
    ]
    zones = {f.name: f.zone for f in found}
    dated = [
        behaviour.dated_events(dates, source, settings.observation, zones[source], key)
        for source, dates in people.dates
        if settings.observation
    ]
    events = _events(connection, known, ranked, dated)
    event_rows = sum(store.count_events(k) for k in known) + sum(len(dates) for dates in dated)
    return Ingested(people, resolution, events, event_rows, _in_declared_order(accounts, settings), found)


def main(paths: Paths) -> dict[str, object]:
    """Run the stage; earlier outputs stay where anything fails."""
    p = params.load("ingest", Params)
    settings = read_sources(paths.dataset)
    key = load_key(paths.dataset)
    connection = chosen(params.load_general(), p.memory_limit_gib)
    done = ingest(connection, paths.dataset, settings, key, p)
    with tables.replacing(paths.out) as scratch:
        _write(connection, done, scratch, p)
        span = store.span(scratch / schema.EVENTS_FOLDER)
        tables.write_json(
            summary(done.accounts, done.found, done.people, done.resolution, span), scratch / schema.SUMMARY_FILE
        )
    measured = metrics(done.accounts, done.people, done.resolution)
    tables.write_json(measured, paths.metrics)
    unknown = strangers(done.resolution.sources, settings)
    for account in done.accounts:
        for told in [*told_of(account), *([unknown[account.source]] if account.source in unknown else [])]:
            warn(f"{account.source}: {told}")
    return {
        "customers": len(done.people.customers),
        **{k: measured["rows"][k] for k in ("read", "kept", "merged", "rejected")},
    }


def _write(connection: Backend, done: Ingested, folder: Path, p: Params) -> None:
    tables.write(done.people.customers, folder, schema.CUSTOMERS)
    tables.write(done.people.responses, folder, schema.RESPONSES)
    tables.write(done.people.texts, folder, schema.TEXTS)
    tables.write(done.people.exposures, folder, schema.EXPOSURES)
    tables.write(done.people.feedback, folder, schema.FEEDBACK)
    tables.write(done.people.mentions, folder, schema.MENTIONS)
    tables.write(done.people.costs, folder, schema.COSTS)
    tables.write(done.resolution.identities, folder, schema.IDENTITIES)
    tables.write(rejects_table(done.accounts), folder, schema.REJECTS)
    tables.write(reconciliation(done.accounts), folder, schema.RECONCILIATION)
    if done.events is not None:
        store.write_events(connection, done.events, done.event_rows, folder / schema.EVENTS_FOLDER, p.event_parts)
    else:
        tables.write(schema.EVENTS.empty(), folder / schema.EVENTS_FOLDER, schema.EVENTS)


def _events(
    connection: Backend, known: list[Attributed], ranked: pd.DataFrame, dated: list[pd.DataFrame]
) -> store.Gathered | None:
    """All events of all sources, or none where the dataset has no event source."""
    parts = [store.kept_events(k) for k in known] + [store.stage_date_events(dates, ranked) for dates in dated]
    return store.gathered(connection, parts, store.zones_of([k.rows for k in known]), known) if parts else None


def _in_declared_order(accounts: list[Account], settings: DatasetSettings) -> list[Account]:
    order = {name: i for i, name in enumerate(settings.sources)}
    return sorted(accounts, key=lambda a: order[a.source])


if __name__ == "__main__":
    OPTIONS = {
        "dataset": "folder with the raw exports and sources.yaml",
        "out": "folder for the tables",
        "metrics": "JSON file for the key figures",
    }
    sys.exit(run("ingest", __doc__, OPTIONS, main))
