"""Tables that stage `journeys` writes to `data/journeys/`. All empty where a dataset declares no stages."""

from pipeline.core.tables import Column, Table

STAGE = "journeys"
_GROUP = {
    "group_by": Column("text", "`persona`, `all`, or the name of a breakdown property"),
    "group": Column("text", "persona_id, `unassigned`, `all`, or the breakdown's level"),
}
_PROBABILITY = {
    "probability": Column("number", "estimate", lowest=0, highest=1, nullable=True),
    "std_error": Column(
        "number",
        "infinitesimal jackknife, clustered by customer; from counts in curves of more than 100,000 spells",
        lowest=0,
        nullable=True,
    ),
    "lower": Column("number", "lower end of the 95 % interval", lowest=0, highest=1, nullable=True),
    "upper": Column("number", "upper end of the 95 % interval", lowest=0, highest=1, nullable=True),
}

SPELLS = Table(
    STAGE,
    "spells",
    "At-risk intervals (start, stop] of a customer (or case) in a stage, in days since the journey's origin.",
    {
        "customer_id": Column("text", "pseudonym of the customer, 16 hex digits"),
        "case_id": Column("text", "the journey: the customer_id, or customer_id and case property"),
        "persona_id": Column("text", "persona, or `unassigned`"),
        "from": Column("text", "stage during the interval"),
        "to": Column("text", "stage entered at `stop`; missing where censored", nullable=True),
        "start": Column("number", "days since origin", lowest=0),
        "stop": Column("number", "days since origin", lowest=0),
        "entered": Column("number", "day on which the stage was entered; before `start` where observation began later"),
    },
    open=True,
)

TRANSITIONS = Table(
    STAGE,
    "transitions",
    "Chance of each next stage within the horizon after entering a stage, competing moves and censoring accounted for.",
    {
        **_GROUP,
        "from": Column("text", "stage"),
        "to": Column("text", "next stage"),
        "horizon_days": Column("number", "days after entering `from`", lowest=0),
        "at_risk": Column("integer", "spells in `from`", lowest=0),
        "moved": Column("integer", "of these, observed to move to `to` within the horizon", lowest=0),
        "censored": Column("integer", "of these, still in `from` when observation ended within the horizon", lowest=0),
        **_PROBABILITY,
    },
    key=("group_by", "group", "from", "to"),
)

CURVES = Table(
    STAGE,
    "curves",
    "Share of journeys in each stage by days since origin (Aalen-Johansen).",
    {
        **_GROUP,
        "day": Column("number", "days since origin", lowest=0),
        "state": Column("text", "stage"),
        **_PROBABILITY,
        "at_risk": Column("integer", "journeys under observation on that day", lowest=0),
    },
    key=("group_by", "group", "day", "state"),
)

FUNNEL = Table(
    STAGE,
    "funnel",
    "Journeys that ever reached each stage within the window: counted, and with censoring accounted for.",
    {
        **_GROUP,
        "step": Column("integer", "position on the ladder, 0 = origin", lowest=0),
        "stage": Column("text", "stage reached, or passed over by a later one"),
        "window_days": Column("number", "days since origin", lowest=0),
        "entered": Column("integer", "journeys that began", lowest=0),
        "reached": Column("integer", "of these, counted to reach the stage within the window", lowest=0),
        "observed_share": Column("number", "reached / entered", lowest=0, highest=1, nullable=True),
        "observed_lower": Column("number", "Wilson 95 %", lowest=0, highest=1, nullable=True),
        "observed_upper": Column("number", "Wilson 95 %", lowest=0, highest=1, nullable=True),
        "of_previous": Column("number", "reached / reached at the previous step", lowest=0, highest=1, nullable=True),
        "not_followed_up": Column(
            "number",
            "share of journeys not yet there and watched for less than the window",
            lowest=0,
            highest=1,
            nullable=True,
        ),
        **_PROBABILITY,
        "median_days": Column(
            "number", "days by which half of all journeys reached the stage; missing = not reached", nullable=True
        ),
    },
    key=("group_by", "group", "stage"),
)

POOLED = Table(
    STAGE,
    "pooled",
    "Figures of each persona beside the same drawn towards the mean of all personas, the more the less is known.",
    {
        "persona": Column("text", "persona_id"),
        "quantity": Column("text", "what it is", allowed=("rate per day", "next stage", "reached within the window")),
        "from": Column("text", "stage; empty where the figure is of all journeys"),
        "to": Column("text", "next stage, or stage reached"),
        "count": Column("number", "moves, or effective number of journeys that reached the stage", lowest=0),
        "base": Column("number", "days at risk, all moves, or effective number of journeys", lowest=0),
        "raw": Column("number", "count / base", lowest=0, nullable=True),
        "pooled": Column("number", "posterior mean", lowest=0, nullable=True),
        "lower": Column("number", "lower end of the 95 % posterior interval", lowest=0, nullable=True),
        "upper": Column("number", "upper end of the 95 % posterior interval", lowest=0, nullable=True),
        "weight": Column("number", "share of the persona's own figure in it", lowest=0, highest=1, nullable=True),
    },
    key=("persona", "quantity", "from", "to"),
)

COMPARISONS = Table(
    STAGE,
    "comparisons",
    "Every pair of personas at every stage of the funnel: Wald test of the censoring-aware shares, and equivalence.",
    {
        "stage": Column("text", "stage reached within the window"),
        "persona": Column("text", "persona_id"),
        "other": Column("text", "persona_id"),
        "difference": Column("number", "share of `persona` less that of `other`", nullable=True),
        "std_error": Column("number", "of the difference", lowest=0, nullable=True),
        "lower": Column("number", "lower end of the 95 % interval", nullable=True),
        "upper": Column("number", "upper end of the 95 % interval", nullable=True),
        "p_value": Column("number", "two-sided Wald test", lowest=0, highest=1, nullable=True),
        "p_holm": Column("number", "over all pairs and stages (Holm)", lowest=0, highest=1, nullable=True),
        "p_bh": Column("number", "over all pairs and stages (Benjamini-Hochberg)", lowest=0, highest=1, nullable=True),
        "margin": Column("number", "differences within ± margin matter to nobody", lowest=0),
        "finding": Column(
            "text", "by Holm's p-value and the margin", allowed=("differ", "no difference", "not enough data")
        ),
    },
    key=("stage", "persona", "other"),
)

MARKOV = Table(
    STAGE,
    "markov",
    "Whether the rate of a move depends on when the stage was entered: log-rank test of early against late entrants.",
    {
        "from": Column("text", "stage"),
        "to": Column("text", "next stage"),
        "early": Column("integer", "moves of those who entered before the median day", lowest=0),
        "late": Column("integer", "moves of the others", lowest=0),
        "z": Column("number", "above 0: early entrants move on faster", nullable=True),
        "p_value": Column("number", "two-sided; missing with fewer than 5 moves", lowest=0, highest=1, nullable=True),
        "p_holm": Column("number", "over all moves tested", lowest=0, highest=1, nullable=True),
    },
    key=("from", "to"),
)

MEMBERSHIP = Table(
    STAGE,
    "membership",
    "What it matters that membership is not certain: the funnel of each persona, every customer counted in full, and "
    "counted by the probability of belonging to it.",
    {
        "persona": Column("text", "persona_id"),
        "stage": Column("text", "stage reached within the window"),
        "journeys": Column("integer", "journeys of its customers", lowest=0),
        "mean_membership": Column("number", "mean probability of belonging", lowest=0, highest=1, nullable=True),
        "full": Column("number", "share, every customer in full", lowest=0, highest=1, nullable=True),
        **_PROBABILITY,
    },
    key=("persona", "stage"),
)

SUMMARY_FILE = "journeys.json"
"""JSON beside the tables: {"has_events": bool, "note": text where there is no event log or no stages ("no event log
supplied"), "ladder": [...], "dropoff": name or null, "inactivity_days": x or null, "horizon_days": x, "window_days": x,
"illegal_moves": [{"from", "to", "count", "share"}], "tied_share": x or null, "journeys": n, "returns": n,
"began_later": journeys that began after the first stage, "unseen_events": [events that `sources.yaml` names under
`enter` and that the log does not have]}."""
