"""Tables that stage `ingest` writes to `data/ingest/`."""

from pipeline.core.tables import Column, Table

STAGE = "ingest"
REJECTS_PER_REASON = 1000
"""Rows listed in `rejects` per source and reason; thousands of equal lines tell nobody more."""
_CUSTOMER = Column("text", "pseudonym of the customer, 16 hex digits")

CUSTOMERS = Table(
    STAGE,
    "customers",
    "One row per customer after identity resolution, with every declared field of the customer exports. "
    "Further columns: the names under `fields` in sources.yaml; numeric, count, share: number; others: text.",
    {
        "customer_id": _CUSTOMER,
        "sources": Column("text", "sources in which the customer was seen, joined by `+`, in alphabetical order"),
    },
    key=("customer_id",),
    open=True,
)

RESPONSES = Table(
    STAGE,
    "responses",
    "Survey answers, long: one row per respondent, question and choice. A choice of a multi-select is present where it "
    "was ticked; whoever saw the question and ticked nothing has one row with an empty answer.",
    {
        "response_id": Column("text", "pseudonym of the response"),
        "customer_id": Column(
            "text", "pseudonym of the customer; missing where the respondent could not be linked", nullable=True
        ),
        "source": Column("text", "name of the source in sources.yaml"),
        "question": Column("text", "feature name of the question"),
        "kind": Column("text", "question kind", allowed=("single", "multi", "likert", "numeric", "nps", "open")),
        "answer": Column("text", "answer text (scrubbed); missing where the question was left empty", nullable=True),
        "value": Column(
            "number", "numeric answer, NPS score, or position of the answer in its levels (0 = lowest)", nullable=True
        ),
        "answered_at": Column("time", "when the response was recorded", nullable=True),
        "finished": Column("flag", "whether the respondent reached the end"),
        "straight_liner": Column("flag", "the same answer to every item of the Likert batteries"),
        "speeder": Column("flag", "took less than a third of the median duration"),
        "code": Column("text", "the answer's code, where the export holds declared codes", nullable=True),
    },
)

TEXTS = Table(
    STAGE,
    "texts",
    "Scrubbed free text: interview and focus-group turns, reviews, tickets, e-mails, posts and open answers.",
    {
        "text_id": Column("text", "pseudonym of the text"),
        "customer_id": Column("text", "pseudonym of the customer, missing where unlinked", nullable=True),
        "source": Column("text", "name of the source in sources.yaml"),
        "document": Column("text", "pseudonym of the interview, ticket, thread or response that the text is part of"),
        "topic": Column("text", "question name for open answers, else the source's name"),
        "speaker": Column(
            "text",
            "who speaks: a respondent, a moderator who asks, an agent of the company; only respondents are customers",
            allowed=("respondent", "moderator", "agent"),
        ),
        "speaker_number": Column(
            "integer", "which respondent of the document, from 1 in order of first turn; 0 for others", lowest=0
        ),
        "turn": Column("integer", "position in the document, from 0", lowest=0),
        "title": Column("text", "title of a review or subject of a mail, after scrubbing", nullable=True),
        "text": Column("text", "the words, after scrubbing"),
        "rating": Column("number", "rating that came with the text, in the export's own units", nullable=True),
        "written_at": Column("time", "when it was said or written", nullable=True),
    },
    key=("text_id",),
)

EVENTS = Table(
    STAGE,
    "events",
    "What customers did, one row per event, in the folder `events/` in parts by customer, each ordered by customer_id, "
    "ts, sequence, event, event_id. Orders are events with an amount. Written by the engine.",
    {
        "customer_id": _CUSTOMER,
        "ts": Column("time", "when it happened, UTC, by the vendor's corrected clock"),
        "sequence": Column("integer", "declared order among equal times, 0 where none is declared"),
        "event": Column("text", "event name"),
        "event_id": Column("integer", "number for the event's id in its export, which it does not tell", lowest=0),
        "source": Column("text", "name of the source in sources.yaml"),
        "channel": Column("text", "marketing or sales channel, lower case", nullable=True),
        "device": Column("text", "mobile, desktop, tablet or other", nullable=True),
        "os": Column("text", "operating system", nullable=True),
        "browser": Column("text", "browser", nullable=True),
        "amount_hundredths": Column("integer", "money in hundredths of the currency, 0 where none; refunds negative"),
        "utc_offset_minutes": Column("integer", "customer's clock minus UTC; 0 where the zone is not known"),
        "properties": Column("text", "JSON object of further columns that sources.yaml keeps", nullable=True),
    },
)

EXPOSURES = Table(
    STAGE,
    "exposures",
    "Who saw which variant of which experiment, first exposure only.",
    {
        "customer_id": _CUSTOMER,
        "experiment": Column("text", "name of the experiment"),
        "variant": Column("text", "arm shown"),
        "exposed_at": Column("time", "when it was shown"),
    },
    key=("customer_id", "experiment"),
)

FEEDBACK = Table(
    STAGE,
    "feedback",
    "Scores given at one touchpoint and time (satisfaction, effort), one row each; surveys are `responses`.",
    {
        "customer_id": Column("text", "pseudonym of the customer, missing where unlinked", nullable=True),
        "source": Column("text", "name of the source in sources.yaml"),
        "measure": Column("text", "what was asked", allowed=("csat", "effort", "nps", "rating", "sentiment")),
        "touchpoint": Column("text", "what it was about, as the export names it", nullable=True),
        "channel": Column("text", "channel, lower case", nullable=True),
        "score": Column("number", "the score in the export's own units"),
        "share": Column("number", "position on the scale, 0 = worst, 1 = best", lowest=0, highest=1),
        "given_at": Column("time", "when it was given"),
    },
)

MENTIONS = Table(
    STAGE,
    "mentions",
    "Competitors named by customers: counted in `texts`, or listed by an export.",
    {
        "customer_id": Column("text", "pseudonym of the customer, missing where unlinked", nullable=True),
        "source": Column("text", "name of the source in sources.yaml"),
        "competitor": Column("text", "the competitor's name as declared"),
        "text_id": Column("text", "the text that names it, missing where an export lists mentions", nullable=True),
        "times": Column("integer", "how often the text names it", lowest=1),
        "mentioned_at": Column("time", "when it was said or written", nullable=True),
    },
)

COSTS = Table(
    STAGE,
    "costs",
    "What campaigns cost, one row per row of the exports.",
    {
        "source": Column("text", "name of the source in sources.yaml"),
        "day": Column("time", "calendar day of the cost as written, midnight UTC"),
        "campaign": Column("text", "campaign", nullable=True),
        "channel": Column("text", "channel, lower case", nullable=True),
        "cost_hundredths": Column("integer", "cost in hundredths of the currency; credits negative"),
        "currency": Column("text", "currency, the dataset's where the export names none", nullable=True),
    },
)

IDENTITIES = Table(
    STAGE,
    "identities",
    "Which pseudonymised identifiers were joined into which customer.",
    {
        "customer_id": _CUSTOMER,
        "space": Column("text", "identity space, e.g. contact, email, user, anonymous"),
        "identifier": Column("text", "pseudonym of the identifier in its space: pseudonym(key, space, value)"),
        "source": Column("text", "sources in which it was seen, joined by `+`"),
    },
    key=("space", "identifier"),
)

REJECTS = Table(
    STAGE,
    "rejects",
    "Rows that were not kept, each with its reason. Values are redacted. Of each source and reason at most "
    f"{REJECTS_PER_REASON:,} rows are listed; `reconciliation` counts all of them.",
    {
        "source": Column("text", "name of the source in sources.yaml"),
        "file": Column("text", "file name inside the dataset folder"),
        "row": Column(
            "integer",
            "row number in the file, the first row after the header is 1; 0 where the row is not known",
            lowest=0,
        ),
        "column": Column("text", "column at fault, missing where the whole row is", nullable=True),
        "reason": Column("text", "why the row was not kept"),
        "value": Column("text", "the value with letters as `x` and digits as `9`", nullable=True),
    },
)

RECONCILIATION = Table(
    STAGE,
    "reconciliation",
    "Rows of each source: read = kept + merged + rejected.",
    {
        "source": Column("text", "name of the source in sources.yaml"),
        "format": Column("text", "declared format"),
        "files": Column("integer", "number of files", lowest=1),
        "read": Column("integer", "data rows in the files", lowest=0),
        "kept": Column("integer", "rows that reached a table", lowest=0),
        "merged": Column("integer", "rows folded into another row: duplicates of a record or an event", lowest=0),
        "rejected": Column("integer", "rows not kept, whether or not listed in `rejects`", lowest=0),
    },
    key=("source",),
)

EVENTS_FOLDER = "events"
SUMMARY_FILE = "ingest.json"
"""JSON beside the tables: {"sources": {name: {"unknown_columns": […], "warnings": […]}}, "identity": {"conflicts": n,
"oversized_groups": n, "ignored_identifiers": n, "shared_devices": n, "conflict_table": [{"conflict": what was found,
"space": identity space, "count": n, "joined_at_most": n, "rule": how it was resolved, "examples": [pseudonyms]}]},
"events": {"first": iso time, "last": iso time}, "has": {"events": bool, "responses": bool, "texts": bool,
"exposures": bool, "feedback": bool, "mentions": bool, "costs": bool}}."""
