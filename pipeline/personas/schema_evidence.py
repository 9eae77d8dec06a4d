"""Tables of stage `personas` beside profile and claims: days, examples, words of the team, checks, forecasts.

Part of `schema.py`, which names them all.
"""

from pipeline.core.tables import Column, Table

STAGE = "personas"
_PERSONA = Column("text", "persona")
_GROUP = Column("text", "persona, `unassigned` or `all`")
_SHARE_INTERVAL = {
    "value": Column(
        "number", "share, 0 to 1; missing where too few stand behind it", lowest=0, highest=1, nullable=True
    ),
    "lower": Column("number", "lower end of the 95 % interval", nullable=True),
    "upper": Column("number", "upper end of the 95 % interval", nullable=True),
}

REACT_LETTERS = ("real", "exact", "actionable", "clear", "testable")

REACT = Table(
    STAGE,
    "react",
    "The REACT card: each letter's checks by machine, with evidence. A letter passes where no check fails and one "
    "passes.",
    {
        "persona_id": _PERSONA,
        "letter": Column("text", "letter of the card", allowed=REACT_LETTERS),
        "check": Column("text", "what was looked at"),
        "value": Column("number", "what was found; missing where not supplied", nullable=True),
        "threshold": Column("number", "what is asked for, see `least`", nullable=True),
        "least": Column("flag", "whether `value` must be at least `threshold`; else at most"),
        "result": Column("text", "outcome", allowed=("pass", "fail", "not supplied")),
        "evidence": Column("text", "where the value comes from, in words"),
    },
    key=("persona_id", "letter", "check"),
)

EXEMPLARS = Table(
    STAGE,
    "exemplars",
    "Real customers nearest the middle of their persona, with traits that at least `min_cell` customers share in this "
    "very combination; numbers are told as thirds of all customers.",
    {
        "persona_id": _PERSONA,
        "rank": Column(
            "integer", "1 is the medoid: the member with the least squared distance to all others", lowest=1
        ),
        "customer_id": Column("text", "pseudonym of the customer, 16 hex digits"),
        "distance": Column("number", "to the persona's middle, relative to its members' median distance", lowest=0),
        "column": Column("text", "feature"),
        "label": Column("text", "what readers see"),
        "told": Column("text", "level, or `lowest`, `middle`, `highest third`"),
        "shared_by": Column("integer", "customers with this and all traits listed before it", lowest=1),
    },
    key=("persona_id", "rank", "column"),
)

RHYTHM = Table(
    STAGE,
    "rhythm",
    "A day and a week of each group: shares of its events before the cut-off by hour and by weekday of the customers' "
    "own clock. Intervals by customer (ratio of sums, linearised). Slots in which few customers were seen are missing, "
    "and with them what would give them away.",
    {
        "persona_id": _GROUP,
        "part": Column("text", "of what the slots are parts", allowed=("hour", "weekday")),
        "slot": Column("integer", "hour 0 to 23, or weekday 0 (Monday) to 6", lowest=0, highest=23),
        **_SHARE_INTERVAL,
        "n": Column("integer", "customers of the group with an event", lowest=0),
        "rest_value": Column("number", "share among the events of all other customers", nullable=True),
    },
    key=("persona_id", "part", "slot"),
)

REACH = Table(
    STAGE,
    "reach",
    "Through which channels the customers of a group can be reached: seen in it before the cut-off, or named by them. "
    "Groups of fewer than `min_cell` customers are in no base, not in that of `all` either.",
    {
        "persona_id": _GROUP,
        "column": Column("text", "feature that tells of the channel; `any` for at least one channel seen"),
        "label": Column("text", "what readers see"),
        "how": Column("text", "seen in events, or named in a survey", allowed=("seen", "named")),
        **_SHARE_INTERVAL,
        "n": Column("integer", "customers of the group: all of them (seen), those who answered (named)", lowest=0),
    },
    key=("persona_id", "column"),
)

COMPETITORS = Table(
    STAGE,
    "competitors",
    "Share of mention: of the customers of a group who name any competitor, the share that names this one. Who could "
    "not be linked counts for `all` and `unassigned`, each mention as one person. Groups of few "
    "speakers are in no figure, not in that of `all` either. Empty where no competitor is named.",
    {
        "persona_id": _GROUP,
        "competitor": Column("text", "name as declared"),
        **_SHARE_INTERVAL,
        "n": Column("integer", "people of the group who name any competitor", lowest=0),
        "rest_value": Column("number", "the same share among the others; missing where few", nullable=True),
    },
    key=("persona_id", "competitor"),
)

TOUCHPOINTS = Table(
    STAGE,
    "touchpoints",
    "Feedback given at touchpoints, by group: mean position on the scale (0 worst, 1 best), each customer once per "
    "touchpoint. Cells of few customers are missing and in no total. Empty without feedback files.",
    {
        "persona_id": _GROUP,
        "touchpoint": Column("text", "what it was about; `not named` where the export does not say"),
        "measure": Column("text", "csat, effort, nps, rating or sentiment"),
        **_SHARE_INTERVAL,
        "n": Column("integer", "customers who gave it", lowest=0),
        "answers": Column("integer", "scores given", lowest=0),
    },
    key=("persona_id", "touchpoint", "measure"),
)

SATISFACTION = Table(
    STAGE,
    "satisfaction",
    "Scores from surveys, as answered and weighted so that respondents resemble all customers (raking over persona and "
    "declared demographic levels).",
    {
        "persona_id": _GROUP,
        "kpi": Column("text", "key figure, as in `kpis`"),
        "label": Column("text", "what readers see"),
        "unit": Column("text", "unit"),
        "value": Column("number", "as answered", nullable=True),
        "lower": Column("number", "lower end of the 95 % interval", nullable=True),
        "upper": Column("number", "upper end of the 95 % interval", nullable=True),
        "n": Column("integer", "customers who answered", lowest=0),
        "weighted": Column("number", "with weights; missing where too few answered", nullable=True),
        "weighted_lower": Column("number", "lower end of its 95 % interval", nullable=True),
        "weighted_upper": Column("number", "upper end of its 95 % interval", nullable=True),
        "n_effective": Column("number", "answers that weigh as much as these weighted ones (Kish 1965)", nullable=True),
    },
    key=("persona_id", "kpi"),
)

NONRESPONSE = Table(
    STAGE,
    "nonresponse",
    "How those who answered a survey differ from all customers, on what is known of everybody. Empty without a survey.",
    {
        "column": Column("text", "feature"),
        "level": Column("text", "level, empty for the mean of a number"),
        "statistic": Column("text", "what `value` is", allowed=("share", "mean")),
        "all_value": Column("number", "among all customers"),
        "value": Column("number", "among those who answered"),
        "lower": Column("number", "lower end of the 95 % interval", nullable=True),
        "upper": Column("number", "upper end of the 95 % interval", nullable=True),
        "n": Column("integer", "respondents with a value", lowest=0),
        "difference": Column("number", "standardised, against those who did not answer", nullable=True),
        "weighted": Column("number", "among those who answered, weighted"),
    },
    key=("column", "level"),
)

EVALUATION = Table(
    STAGE,
    "evaluation",
    "The matrix of attractiveness and competitiveness (Dolnicar, Gruen and Leisch 2018, step 4): each declared "
    "criterion, measured or rated by the team, on 0 to 10; the row `total` of an axis is the weighted mean "
    "of what is supplied.",
    {
        "persona_id": _PERSONA,
        "axis": Column("text", "axis of the matrix", allowed=("attractiveness", "competitiveness")),
        "criterion": Column("text", "declared criterion, or `total`"),
        "weight": Column("number", "declared; negative where less is better; 1 for `total`"),
        "value": Column("number", "as measured or rated; missing where not supplied", nullable=True),
        "score": Column("number", "0 (worst persona) to 10 (best)", lowest=0, highest=10, nullable=True),
        "source": Column("text", "measured, rated by the team, or not supplied"),
    },
    key=("persona_id", "axis", "criterion"),
)

PREDICTIONS = Table(
    STAGE,
    "predictions",
    "What is expected of each persona in the next drop of data; `personas promote` registers it in the baseline.",
    {
        "persona_id": _PERSONA,
        "column": Column("text", "feature; `share of customers` for the persona's size"),
        "level": Column("text", "level, empty for a number"),
        "statistic": Column("text", "what `value` is", allowed=("share", "mean")),
        "value": Column("number", "expected"),
        "std_error": Column("number", "of the expectation", lowest=0),
        "deviation": Column("number", "standard deviation between customers", lowest=0),
        "n": Column("integer", "customers behind it", lowest=0),
        "everybody": Column("number", "the same among all customers: the forecast of somebody without personas"),
    },
    key=("persona_id", "column", "level"),
)

PREDICTION_SCORES = Table(
    STAGE,
    "prediction_scores",
    "The registered predictions beside what came: empty where none are registered or the data are the same.",
    {
        "persona_id": _PERSONA,
        "column": Column("text", "feature; `share of customers` for the persona's size"),
        "level": Column("text", "level, empty for a number"),
        "statistic": Column("text", "what `predicted` is", allowed=("share", "mean")),
        "predicted": Column("number", "as registered"),
        "lower": Column("number", "lower end of the 95 % prediction interval for so many customers"),
        "upper": Column("number", "upper end"),
        "observed": Column("number", "in this drop; missing where the persona or the feature is gone", nullable=True),
        "n": Column("integer", "customers behind it", lowest=0),
        "inside": Column("flag", "whether it came within the interval"),
        "brier": Column("number", "mean squared error of the share as forecast of each customer", nullable=True),
        "brier_everybody": Column("number", "the same by the share among all customers", nullable=True),
    },
    key=("persona_id", "column", "level"),
)

ANNOTATIONS = Table(
    STAGE,
    "annotations",
    "What departments say of a persona, apart from data, and whether data agree.",
    {
        "annotation_id": Column("text", "`note-<number>`, in the file's order"),
        "persona_id": _PERSONA,
        "department": Column("text", "who speaks"),
        "author": Column("text", "name or role"),
        "date": Column("text", "ISO date"),
        "text": Column("text", "the opinion"),
        "column": Column("text", "feature that it is about, empty where none"),
        "level": Column("text", "level, empty for a number"),
        "expects": Column("text", "what it expects against the other customers", allowed=("", "more", "less", "alike")),
        "verdict": Column("text", "what data say", allowed=("agrees", "disagrees", "open", "not measured")),
        "evidence": Column("text", "the figures in words, empty where not measured"),
    },
    key=("annotation_id",),
)

REVIEWS = Table(
    STAGE,
    "reviews",
    "Where each claim stands in the team's review, and reviews of claims that are no longer made.",
    {
        "claim_id": Column("text", "claim"),
        "status": Column("text", "latest word on it", allowed=("accepted", "rejected", "commented", "not reviewed")),
        "reviewer": Column("text", "who, empty where nobody"),
        "date": Column("text", "ISO date, empty where none"),
        "comment": Column("text", "what was said"),
        "current": Column("flag", "whether the claim is still made"),
    },
    key=("claim_id",),
)

REFINEMENTS = Table(
    STAGE,
    "refinements",
    "What was changed about the personas, by whom, why; lines of the team first, then what this run finds by itself.",
    {
        "number": Column("integer", "from 1", lowest=1),
        "date": Column("text", "ISO date; empty for what this run finds"),
        "author": Column("text", "who; `this run` for what it finds"),
        "change": Column("text", "what changed"),
        "reason": Column("text", "why"),
    },
    key=("number",),
)

PERCEPTION = Table(
    STAGE,
    "perception",
    "The Persona Perception Scale (Salminen and others 2020): readers' answers by persona and construct, 1 to 7.",
    {
        "persona_id": Column("text", "persona, or `all`"),
        "construct": Column("text", "construct of the scale"),
        "value": Column("number", "mean over readers of their mean over items", lowest=1, highest=7),
        "lower": Column("number", "lower end of the 95 % interval", nullable=True),
        "upper": Column("number", "upper end", nullable=True),
        "n": Column("integer", "readers", lowest=1),
        "alpha": Column("number", "Cronbach's alpha of the items, all personas together", nullable=True),
    },
    key=("persona_id", "construct"),
)
