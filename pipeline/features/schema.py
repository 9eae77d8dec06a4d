"""Tables that stage `features` writes to `data/features/`."""

from pipeline.core.tables import Column, Table

STAGE = "features"
KINDS = ("numeric", "count", "share", "ordinal", "binary", "nominal")
BLOCKS = ("demographic", "behavioural", "technographic", "attitudinal")
ROLES = ("segment", "describe", "exclude")

FEATURES = Table(
    STAGE,
    "features",
    "One row per customer, ordered by customer_id; the other columns are listed in `dictionary`. numeric, count, "
    "share: number; ordinal: position in its levels, 0 = lowest; binary: 0 or 1; nominal: text. Missing = not known, "
    "never zero.",
    {"customer_id": Column("text", "pseudonym of the customer, 16 hex digits")},
    key=("customer_id",),
    open=True,
)

DICTIONARY = Table(
    STAGE,
    "dictionary",
    "What each feature is, in the order of the columns of `features`.",
    {
        "column": Column("text", "column of `features`"),
        "label": Column("text", "what readers see"),
        "block": Column("text", "feature block", allowed=BLOCKS),
        "kind": Column("text", "feature kind", allowed=KINDS),
        "role": Column("text", "segment: clustered on; describe: profiled with only; exclude: neither", allowed=ROLES),
        "theme": Column(
            "text",
            "what the feature speaks of: need, motivation, pain, channel, device, hours, value … or the block",
        ),
        "source": Column("text", "sources.yaml source and column it was made from, e.g. `contacts: Age`"),
        "unit": Column("text", "unit of a number, or the top of its scale (`of 5`); empty where none"),
        "levels": Column(
            "text",
            "JSON list of levels of an ordinal (lowest first), binary ([no, yes]) or nominal; empty list for numbers",
        ),
        "missing_share": Column("number", "share of customers without a value", lowest=0, highest=1),
        "description": Column("text", "how it was computed and what missing means"),
    },
    key=("column",),
)
