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

SUMMARY_FILE = "journeys.json"
"""JSON beside the tables: {"has_events": bool, "note": text where there is no event log or no stages ("no event log
supplied"), "ladder": [...], "dropoff": name or null, "inactivity_days": x or null, "horizon_days": x, "window_days": x,
"illegal_moves": [{"from", "to", "count", "share"}], "tied_share": x or null, "journeys": n, "returns": n,
"began_later": journeys that began after the first stage, "unseen_events": [events that `sources.yaml` names under
`enter` and that the log does not have]}."""
