"""Tables that stage `personas` writes to `data/personas/`."""

from pipeline.core.tables import Column, Table
from pipeline.personas.schema_evidence import (
    ANNOTATIONS,
    COMPETITORS,
    EVALUATION,
    EXEMPLARS,
    NONRESPONSE,
    PERCEPTION,
    PREDICTION_SCORES,
    PREDICTIONS,
    REACH,
    REACT,
    REACT_LETTERS,
    REFINEMENTS,
    REVIEWS,
    RHYTHM,
    SATISFACTION,
    TOUCHPOINTS,
)

__all__ = [
    "ALL",
    "ANNOTATIONS",
    "CLAIMS",
    "COMPETITORS",
    "DIFFERENCES",
    "EVALUATION",
    "EXEMPLARS",
    "KPIS",
    "NONRESPONSE",
    "PERCEPTION",
    "PERCEPTION_FILE",
    "PERSONAS_FILE",
    "PREDICTIONS",
    "PREDICTIONS_FILE",
    "PREDICTION_SCORES",
    "PROFILE",
    "QUOTES",
    "REACH",
    "REACT",
    "REACT_LETTERS",
    "REFINEMENTS",
    "REVIEWS",
    "RHYTHM",
    "SATISFACTION",
    "SATURATION",
    "STAGE",
    "THEMES",
    "TOUCHPOINTS",
    "UNASSIGNED",
    "WORTH",
]

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
        "bound": Column(
            "text",
            "`at least`: `value` is the least it can be and `rest_value` the most, because fewer than `min_cell` "
            "customers make up the difference and are not counted out; `at most`: the other way round; empty: exact",
            allowed=("", "at least", "at most"),
        ),
        "clustered_on": Column("flag", "whether the feature was used to find the segments (then no p-value is honest)"),
        "source": Column("text", "source columns"),
        "sentence": Column("text", "the claim in words; its figures are those of this row"),
    },
    key=("claim_id",),
)

DIFFERENCES = Table(
    STAGE,
    "differences",
    "Whether descriptors differ between a persona and everybody else by more than chance. Features that the segments "
    "were found by are left out: their groups differ because they were made to.",
    {
        "persona_id": Column("text", "persona or `unassigned`"),
        "column": Column("text", "feature"),
        "level": Column("text", "level of the feature, empty for a number"),
        "statistic": Column("text", "what `value` is", allowed=("share", "mean")),
        "value": Column("number", "share of the level, or mean, in the group"),
        "rest_value": Column("number", "the same among all other customers"),
        "n": Column("integer", "customers with a value in the group", lowest=0),
        "n_rest": Column("integer", "customers with a value elsewhere", lowest=0),
        "p_value": Column("number", "two-sided: z-test of shares, t-test of means", lowest=0, highest=1),
        "p_adjusted": Column("number", "Benjamini and Hochberg over all rows", lowest=0, highest=1),
    },
    key=("persona_id", "column", "level"),
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

THEMES = Table(
    STAGE,
    "themes",
    "Themes in free texts: the share of the speakers of each group who voice them. What rests on fewer customers than "
    "`min_cell` is missing, and so is what would give it away by difference; a group with fewer speakers has no row.",
    {
        "theme_id": Column("text", "`<topic>-<number>`, the theme of most texts is number 1"),
        "topic": Column("text", "question name for open answers, else the source's name"),
        "label": Column("text", "the theme's foremost words"),
        "stability": Column("number", "share of its words that come back when texts are left out", lowest=0, highest=1),
        "persona_id": Column("text", "persona, `unassigned` (also who could not be linked) or `all`"),
        "value": Column("number", "share of the group's speakers who voice it", lowest=0, highest=1, nullable=True),
        "lower": Column("number", "lower end of the 95 % interval", nullable=True),
        "upper": Column("number", "upper end of the 95 % interval", nullable=True),
        "n": Column("integer", "speakers of the group in the topic", lowest=0),
        "rest_value": Column(
            "number", "the same share among all other speakers; missing where few of them voice it", nullable=True
        ),
        "difference": Column("number", "standardised difference from the rest: Cohen's h", nullable=True),
        "more": Column("flag", "whether the group voices it more than the rest: its interval lies above their share"),
    },
    key=("theme_id", "persona_id"),
)

QUOTES = Table(
    STAGE,
    "quotes",
    "Verbatim words of customers, scrubbed, nearest the middle of a theme; only from cells that `themes` shows.",
    {
        "quote_id": Column("text", "`<persona_id>-<theme_id>-<number>`"),
        "theme_id": Column("text", "theme"),
        "topic": Column("text", "question name for open answers, else the source's name"),
        "persona_id": Column("text", "persona, `unassigned` or `all`"),
        "text": Column("text", "the words"),
        "centrality": Column("number", "how near the middle of the theme: cosine", lowest=0, highest=1.000001),
        "approved": Column("flag", "whether an analyst has released it to readers"),
    },
    key=("quote_id",),
)

SATURATION = Table(
    STAGE,
    "saturation",
    "Themes to expect in a random part of a topic's documents; only topics with several texts a document.",
    {
        "topic": Column("text", "source of the interviews or threads"),
        "documents": Column("integer", "documents read", lowest=1),
        "themes": Column("number", "different themes heard in them, on average", lowest=0),
    },
    key=("topic", "documents"),
)

_MONEY = "in the dataset's currency"

WORTH = Table(
    STAGE,
    "worth",
    "What each group is worth: recency, frequency and money so far, and what to expect (BG/NBD and Gamma-Gamma, the "
    "models of small personas drawn towards the others'). Groups with fewer than `min_cell` buyers have no figures and "
    "are in nobody else's, so that no difference tells of them. Empty where there are no orders, or too few customers "
    "who bought again.",
    {
        "persona_id": Column("text", "persona, `unassigned` or `all`"),
        "customers": Column("integer", "customers of the group", lowest=0),
        "buyers": Column("number", "those who ever bought, refunds in full apart", nullable=True, lowest=0),
        "share_of_customers": Column("number", "of all customers", lowest=0, highest=1),
        "revenue": Column("number", f"refunds taken off, {_MONEY}", nullable=True),
        "share_of_revenue": Column("number", "of the revenue of `all`", nullable=True),
        "recency_days": Column("number", "mean days since a buyer's last purchase", nullable=True),
        "frequency": Column("number", "mean purchases of a buyer; purchases of one day are one", nullable=True),
        "monetary": Column("number", f"mean amount of a purchase, {_MONEY}", nullable=True),
        "alive": Column("number", "mean chance that a buyer will buy again", lowest=0, highest=1, nullable=True),
        "expected_purchases": Column("number", "of a buyer within the horizon", nullable=True),
        "future_value": Column("number", f"of a buyer within the horizon, discounted, {_MONEY}", nullable=True),
        "lower": Column("number", "lower end of its 95 % interval (of the expectation)", nullable=True),
        "upper": Column("number", "upper end of its 95 % interval", nullable=True),
        "share_of_future_value": Column("number", "of everybody's future value", nullable=True),
        "models": Column(
            "text", "whose models: own, drawn towards the others; common mean of the others; all customers"
        ),
    },
    key=("persona_id",),
)

PREDICTIONS_FILE = "predictions.json"
"""JSON beside the tables: the table `predictions` with a digest of the data, as `personas promote` registers it."""

PERCEPTION_FILE = "perception.csv"
"""In `review/<dataset>/`: filled forms of the Persona Perception Scale."""

PERSONAS_FILE = "personas.json"
"""JSON beside the tables: {"dataset": title, "customers_are": text, "verdict": sentence, "personas": [{"persona_id":
"persona-1", "segment": 0, "name": text, "customers": n, "share": x, "stability": Jaccard or null,
"stability_verdict": text, "story": one line, "narrative": [sentences, each {"text": …, "claims": [claim ids]}],
"traits": [claim ids, the most telling first], "themes": [{"theme_id": id, "topic": text, "label": words, "value": share
of speakers, "lower": x, "upper": x, "n": speakers, "rest_value": share of the others, null where few}], "quotes":
[{"quote_id": id, "theme_id": id, "text": words, "approved": flag}], "worth": null or {"share_of_customers": x,
"share_of_revenue": x, "share_of_future_value": x, "future_value": of a buyer, "lower": x, "upper": x}}],
"unassigned": {"customers": n, "share": x}, "worth": {"status": text, "horizon_days": x, "discount": x a year},
"texts": {"status": text, "language": code, "sentiment": "not supported", "topics": [{"topic": text, "texts": n,
"speakers": n, "documents": n, "status": text, "themes": n, …}]}}. Personas are ordered by size; their themes are those
that they voice more than others do, and not by chance."""
