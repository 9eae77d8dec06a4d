"""Format name -> reader. A new format is a new file here beside one entry below."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from pipeline.core.errors import near_match
from pipeline.ingest.dates import Order
from pipeline.ingest.export import Header
from pipeline.ingest.readers import (
    amplitude,
    amplitude_merges,
    delimited,
    dynamics,
    ga4,
    google_forms,
    hubspot,
    hubspot_companies,
    hubspot_contacts,
    hubspot_deals,
    hubspot_history,
    json_lines,
    json_rows,
    limesurvey,
    mixpanel,
    plain_text,
    posthog,
    qualtrics,
    responses_labelled,
    responses_long,
    salesforce,
    segment,
    snowplow,
    surveymonkey,
    tables,
    texts,
    transcript,
    typeform,
    xes,
)
from pipeline.ingest.readers import salesforce_events as sf
from pipeline.ingest.readers.event_log import EventLog


@dataclass(frozen=True)
class Reader:
    """What one format can do. `standard` gives the columns that the format itself fixes, by standard name.

    `zone` is the time zone that the format fixes for naive times. `nested` formats have no fixed columns: a declared
    column is a path, and a path that no row has is empty rather than wrong.
    `dates` is the format's habit in `3/4/2024`. `reshape` gives one row per response where the file has several.
    `cleaned` puts ids and times of rows (and of their look-ups) as others write them; `refused` says why a row is no
    record, missing where it is one. `ids` and `stage_dates` are what a draft proposes for a header. `merged_into`
    gives, for columns of ids, the columns with the id of the record that a record was merged into.
    `as_table` gives the header of a file of nested objects whose rows are no events. `of_objects` tells, of a format
    with fixed columns whose files may be JSON objects, by the keys of the first of them whether a file is one.
    `signature` tells by the columns whether a file that a generic reader could take is typical for it: for recognition.
    """

    kinds: tuple[str, ...]
    expects: str
    header: Callable[[Path], Header]
    standard: Callable[[Path], Mapping[str, str]]
    zone: str | None = None
    nested: bool = False
    as_table: Callable[[Path], Header] | None = None
    of_objects: Callable[[tuple[str, ...]], bool] | None = None
    signature: Callable[[tuple[str, ...]], bool] | None = None
    dates: Order | None = None
    reshape: Callable[[pd.DataFrame, Sequence[str]], pd.DataFrame] | None = None
    log: EventLog = EventLog(delimited.load_events)
    cleaned: Callable[[pd.DataFrame], pd.DataFrame] = lambda rows: rows
    refused: Callable[[pd.DataFrame], pd.Series] | None = None
    ids: Callable[[Sequence[str]], Mapping[str, str]] = lambda _: {}
    stage_dates: Callable[[Sequence[str]], Mapping[str, str]] = lambda _: {}
    merged_into: Callable[[Sequence[str]], Mapping[str, str]] = lambda _: {}

    def header_of(self, kind: str) -> Callable[[Path], Header]:
        """What gives the header of a file of that kind of source."""
        return self.header if kind == "events" or self.as_table is None else self.as_table

    def has_paths(self, kind: str) -> bool:
        """Whether declared columns are paths, of which most may be rare."""
        return self.nested and kind == "events"


def _log(
    expects: str, header: Callable[[Path], Header], standard: Mapping[str, str], log: EventLog, zone: str | None = "UTC"
) -> Reader:
    """The reader of an event log whose columns are paths."""
    return Reader(("events",), expects, header, lambda _: standard, zone=zone, nested=True, log=log)


def _salesforce(
    expects: str, header: Callable[[Path], Header], standard: Callable[[Path], Mapping[str, str]], log: EventLog
) -> Reader:
    """The reader of an event export of Salesforce; look-ups are put as its rows are."""
    return Reader(("events",), expects, header, standard, zone="UTC", log=log, cleaned=salesforce.cleaned, ids=sf.ids)


TABLE_KINDS = (
    "customers", "responses", "events", "exposures", "texts", "feedback", "mentions", "costs", "links",
)  # fmt: skip
"""What a table with one header row may hold, by a declared mapping."""

READERS: Mapping[str, Reader] = {
    "csv": Reader(TABLE_KINDS, delimited.EXPECTS, delimited.header, lambda _: {}),
    "xlsx": Reader(
        TABLE_KINDS,
        tables.EXPECTS["xlsx"],
        tables.header_of("xlsx"),
        lambda _: {},
    ),
    "parquet": Reader(
        TABLE_KINDS,
        tables.EXPECTS["parquet"],
        tables.header_of("parquet"),
        lambda _: {},
        log=EventLog(json_lines.load_events, nested=True),
    ),
    "hubspot-contacts": Reader(
        ("customers",),
        hubspot_contacts.EXPECTS,
        hubspot_contacts.header,
        hubspot_contacts.standard,
        cleaned=hubspot.cleaned,
        ids=hubspot.ids_of("contact"),
        stage_dates=hubspot_contacts.stage_dates,
    ),
    "hubspot-companies": Reader(
        ("customers",),
        hubspot_companies.EXPECTS,
        hubspot_companies.header,
        hubspot_companies.standard,
        cleaned=hubspot.cleaned,
        ids=hubspot.ids_of("company"),
    ),
    "hubspot-deals": Reader(
        ("events",),
        hubspot_deals.EXPECTS,
        hubspot_deals.header,
        hubspot_deals.standard,
        log=hubspot_deals.LOG,
        ids=hubspot_deals.ids,
    ),
    "hubspot-history": Reader(
        ("events",),
        hubspot_history.EXPECTS,
        hubspot_history.header,
        hubspot_history.standard,
        zone="UTC",
        log=hubspot_history.LOG,
        ids=hubspot_history.ids,
    ),
    "salesforce": Reader(
        ("customers",),
        salesforce.EXPECTS,
        salesforce.header,
        salesforce.standard,
        zone="UTC",
        cleaned=salesforce.cleaned,
        refused=salesforce.refused,
        ids=salesforce.ids,
        merged_into=salesforce.merged_into,
    ),
    "salesforce-opportunities": _salesforce(
        sf.OPPORTUNITIES_EXPECT, sf.opportunities_header, sf.opportunities_standard, sf.OPPORTUNITIES
    ),
    "salesforce-history": _salesforce(sf.FIELDS_EXPECT, sf.fields_header, sf.fields_standard, sf.FIELDS),
    "salesforce-opportunity-history": _salesforce(sf.STAGES_EXPECT, sf.stages_header, sf.stages_standard, sf.STAGES),
    "dynamics": Reader(
        ("customers",),
        dynamics.EXPECTS,
        dynamics.header,
        dynamics.standard,
        cleaned=dynamics.cleaned,
        ids=dynamics.ids,
    ),
    "google-forms": Reader(("responses",), google_forms.EXPECTS, google_forms.header, google_forms.standard),
    "limesurvey": Reader(("responses",), limesurvey.EXPECTS, limesurvey.header, limesurvey.standard),
    "qualtrics": Reader(("responses",), qualtrics.EXPECTS, qualtrics.header, qualtrics.standard),
    "responses-labelled": Reader(
        ("responses",),
        responses_labelled.EXPECTS,
        responses_labelled.header,
        responses_labelled.standard,
        signature=lambda _: False,  # any table has a second row: `inspection` looks whether it asks
    ),
    "responses-long": Reader(
        ("responses",),
        responses_long.EXPECTS,
        responses_long.header,
        responses_long.standard,
        reshape=responses_long.widened,
    ),
    "surveymonkey": Reader(
        ("responses",), surveymonkey.EXPECTS, surveymonkey.header, surveymonkey.standard, dates="month first"
    ),
    "typeform": Reader(("responses",), typeform.EXPECTS, typeform.header, typeform.standard, zone="UTC"),
    "segment": _log(segment.EXPECTS, segment.header, segment.STANDARD, segment.LOG),
    "ga4": _log(ga4.EXPECTS, ga4.header, ga4.STANDARD, ga4.LOG),
    "amplitude-merges": Reader(
        ("links",),
        amplitude_merges.EXPECTS,
        amplitude_merges.header,
        amplitude_merges.standard,
        ids=lambda _: amplitude_merges.IDS,
        of_objects=amplitude_merges.matches,
    ),
    "amplitude": _log(amplitude.EXPECTS, amplitude.header, amplitude.STANDARD, amplitude.LOG),
    "posthog": _log(posthog.EXPECTS, posthog.header, posthog.STANDARD, posthog.LOG),
    "mixpanel": _log(mixpanel.EXPECTS, mixpanel.header, mixpanel.STANDARD, mixpanel.LOG),
    "snowplow": _log(snowplow.EXPECTS, snowplow.header, snowplow.STANDARD, snowplow.LOG),
    "xes": _log(xes.EXPECTS, xes.header, xes.STANDARD, xes.LOG, zone=None),
    "jsonl": Reader(
        TABLE_KINDS,
        json_lines.EXPECTS,
        json_lines.header,
        lambda _: {},
        nested=True,
        as_table=json_rows.header,
        log=json_lines.LOG,
    ),
    "plain-text": Reader(
        ("texts",), plain_text.EXPECTS, plain_text.header, plain_text.standard, ids=lambda _: {"document": "document"}
    ),
    "texts": Reader(
        ("texts",),
        texts.EXPECTS,
        texts.header,
        texts.standard,
        signature=texts.matches,
        of_objects=texts.matches,
    ),
    "transcript": Reader(("texts",), transcript.EXPECTS, transcript.header, transcript.standard, zone="UTC"),
}


def event_log(name: str) -> EventLog:
    """What a format fixes about events."""
    return READERS[name].log


def unknown_format(name: str) -> str:
    """What to tell about a format that no reader has."""
    return f"unknown format `{name}`.{near_match(name, READERS)} Known: {', '.join(sorted(READERS))}."
