"""Tables that stage `personas` writes to `data/personas/`."""

from pipeline.core.tables import Column, Table

STAGE = "personas"
ALL = "all"
UNASSIGNED = "unassigned"
"""Group of the customers without a persona: in no segment, or in one that is not shown."""

_INTERVAL = {
    "value": Column("number", "share (0 to 1) of a level, mean of a number"),
    "lower": Column("number", "lower end of the 95 % interval; missing where fewer than 2 customers", nullable=True),
    "upper": Column("number", "upper end of the 95 % interval", nullable=True),
    "n": Column("integer", "customers with a value in the group", lowest=0),
}

PROFILE = Table(
    STAGE,
    "profile",
    "Every feature by group: personas, the unassigned, all customers, and the levels of each declared breakdown.",
    {
        "group_by": Column("text", "`persona`, `all`, or the name of a breakdown field"),
        "group": Column("text", "persona_id, `unassigned`, `all`, or the breakdown's level"),
        "column": Column("text", "feature"),
        "level": Column("text", "level of an ordinal, binary or nominal; empty for the mean of a number"),
        "statistic": Column("text", "what `value` is", allowed=("share", "mean")),
        **_INTERVAL,
        "rest_value": Column(
            "number", "the same statistic among all other customers; missing where there are none", nullable=True
        ),
        "lift": Column("number", "share divided by the rest's share; missing for means", nullable=True),
        "difference": Column("number", "standardised difference: Cohen's h for shares, d for means", nullable=True),
    },
    key=("group_by", "group", "column", "level"),
)

CLAIMS = Table(
    STAGE,
    "claims",
    "The statements made about a persona, each with its evidence.",
    {
        "claim_id": Column("text", "`<persona_id>-<column>[-<level>]`, also the anchor in the report"),
        "persona_id": Column("text", "persona"),
        "theme": Column("text", "what it speaks of, from the dictionary"),
        "column": Column("text", "feature"),
        "level": Column("text", "level of the feature, empty for a number"),
        "statistic": Column("text", "what `value` is", allowed=("share", "mean")),
        **_INTERVAL,
        "rest_value": Column("number", "the same statistic among all other customers"),
        "lift": Column("number", "share divided by the rest's share", nullable=True),
        "difference": Column("number", "standardised difference from the rest"),
        "clustered_on": Column("flag", "whether the feature was used to find the segments (then no p-value is honest)"),
        "source": Column("text", "source columns"),
        "sentence": Column("text", "the claim in words; its figures are those of this row"),
    },
    key=("claim_id",),
)

KPIS = Table(
    STAGE,
    "kpis",
    "Key figures per persona and for all customers.",
    {
        "persona_id": Column("text", "persona, `unassigned` or `all`"),
        "kpi": Column(
            "text", "key figure, e.g. `customers`, `share of customers`, `revenue per customer`, `nps`, `csat`"
        ),
        "label": Column("text", "what readers see"),
        "unit": Column("text", "unit, empty where none; `share` for 0 to 1"),
        **_INTERVAL,
    },
    key=("persona_id", "kpi"),
)

PERSONAS_FILE = "personas.json"
"""JSON beside the tables: {"dataset": title, "customers_are": text, "verdict": sentence, "personas": [{"persona_id":
"persona-1", "segment": 0, "name": text, "customers": n, "share": x, "stability": Jaccard or null,
"stability_verdict": text, "story": one line, "narrative": [sentences, each {"text": …, "claims": [claim ids]}],
"traits": [claim ids, the most telling first]}], "unassigned": {"customers": n, "share": x}}. Personas are ordered
by size."""
