"""Tables that stage `journeys` writes to `data/journeys/`. All empty where a dataset declares no stages."""

from pipeline.core.tables import Column, Table

STAGE = "journeys"
_GROUP = {
    "group_by": Column("text", "`persona`, `all`, or the name of a breakdown property"),
    "group": Column(
        "text",
        "persona_id, `unassigned`, `all` (without groups of fewer than `min_cell` customers), or the breakdown's level",
    ),
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

REACHED = Table(
    STAGE,
    "reached",
    "Time to each stage: share of journeys that has come to it or beyond by each day, with those still under way.",
    {
        **_GROUP,
        "stage": Column("text", "stage after the first"),
        "day": Column("number", "days since origin", lowest=0),
        "probability": Column("number", "share", lowest=0, highest=1, nullable=True),
        "lower": Column("number", "lower end of the 95 % interval", lowest=0, highest=1, nullable=True),
        "upper": Column("number", "upper end of the 95 % interval", lowest=0, highest=1, nullable=True),
    },
    key=("group_by", "group", "stage", "day"),
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

_WHO = {
    "persona": Column("text", "persona_id, `unassigned` or `all`"),
    "stage": Column("text", "stage of the ladder, or drop-off"),
}
_LEVELS = {
    "lower": Column("number", "lower end of the 95 % interval", nullable=True),
    "upper": Column("number", "upper end of the 95 % interval", nullable=True),
}
_STATUS = Column(
    "text",
    "`not enough data`: fewer customers than `min_cell`; `not reached`: too few ever left; `pooled`: that of all",
    allowed=("measured", "not enough data", "not reached", "pooled"),
)

STAGE_PROFILE = Table(
    STAGE,
    "stage_profile",
    "What the journey of each persona holds in each stage: one figure a row, with its base. A figure that rests on "
    "fewer customers than `min_cell` is missing. `docs/methods/journey-map.md` lists topics and measures.",
    {
        **_WHO,
        "topic": Column(
            "text",
            "what it speaks of",
            allowed=("dwell", "touchpoint", "channel", "information", "emotion", "pain", "first contact", "loyalty"),
        ),
        "measure": Column("text", "what `value` is, e.g. `reach`, `median days`, `positive share`"),
        "item": Column("text", "event, score, complaint or day that it is about; empty where none"),
        "channel": Column("text", "channel of the touchpoint; empty where none"),
        "value": Column("number", "the figure, in `unit`", nullable=True),
        **_LEVELS,
        "unit": Column("text", "`share` (0 to 1), `days`, `touchpoints`, `index` …"),
        "count": Column("integer", "customers, visits or events it was counted in", lowest=0),
        "base": Column("integer", "out of how many", lowest=0),
        "base_is": Column("text", "what `base` counts, in words"),
        "status": _STATUS,
    },
    key=("persona", "stage", "topic", "measure", "item", "channel"),
)

RHYTHM = Table(
    STAGE,
    "rhythm",
    "When customers are active, by weekday and hour on their own clock: 168 cells per persona and stage.",
    {
        "persona": Column("text", "persona_id, `unassigned` or `all`"),
        "stage": Column("text", "stage, or `all`"),
        "weekday": Column("integer", "0 = Monday", lowest=0, highest=6),
        "hour": Column(
            "integer", "hour that begins, by the customer's clock (UTC where no zone is known)", lowest=0, highest=23
        ),
        "customers": Column("integer", "customers active in it", lowest=0),
        "base": Column("integer", "events of the persona in the stage", lowest=0),
        "share": Column(
            "number",
            "of these events; missing where fewer customers than `min_cell` but some were active",
            lowest=0,
            highest=1,
            nullable=True,
        ),
    },
    key=("persona", "stage", "weekday", "hour"),
)

CHANNELS = Table(
    STAGE,
    "channels",
    "Which channels converting journeys touch: first, last, linear, and Markov removal effect. Association: none of "
    "them says what would happen without the channel.",
    {
        "persona": Column("text", "persona_id, `unassigned` or `all`"),
        "model": Column("text", "how conversions are credited", allowed=("first", "last", "linear", "removal")),
        "channel": Column("text", "channel, lower case"),
        "credited": Column("number", "conversions credited to the channel", lowest=0, nullable=True),
        "share": Column("number", "of all conversions with a channel", lowest=0, highest=1, nullable=True),
        **_LEVELS,
        "effect": Column("number", "share of conversions lost were the channel taken out of the chain", nullable=True),
        "effect_lower": Column("number", "lower end of the 95 % interval", nullable=True),
        "effect_upper": Column("number", "upper end of the 95 % interval", nullable=True),
        "touched": Column("integer", "paths with the channel", lowest=0),
        "paths": Column("integer", "journeys watched for the whole window that touched a channel", lowest=0),
        "converted": Column("integer", "of these, reached the conversion stage", lowest=0),
        "no_channel": Column("integer", "journeys watched for the window without any channel", lowest=0),
        "left_out": Column("integer", "journeys that were not watched for the window from their origin on", lowest=0),
        "conversion_stage": Column("text", "the stage that counts as conversion"),
        "status": _STATUS,
    },
    key=("persona", "model", "channel"),
)

MOMENTS = Table(
    STAGE,
    "moments",
    "Decisive moments: how much likelier the next transition is once a touchpoint has occurred, among "
    "customers as long in the stage and with about as many touchpoints so far. Association, not effect.",
    {
        **_WHO,
        "transition": Column("text", "`onward` (any later stage) or the drop-off stage"),
        "event": Column("text", "event name"),
        "channel": Column("text", "channel; empty where none"),
        "hazard_ratio": Column("number", "of the transition, after against before it", lowest=0, nullable=True),
        **_LEVELS,
        "p_value": Column("number", "two-sided Wald test", lowest=0, highest=1, nullable=True),
        "p_holm": Column("number", "over all rows tested (Holm)", lowest=0, highest=1, nullable=True),
        "p_bh": Column("number", "over all rows tested (Benjamini-Hochberg)", lowest=0, highest=1, nullable=True),
        "visits": Column("integer", "stays in the stage that were looked at", lowest=0),
        "touched": Column("integer", "of these, with the touchpoint", lowest=0),
        "moves": Column("integer", "of these, ended in the transition", lowest=0),
        "moves_after": Column("integer", "of these moves, after the touchpoint", lowest=0),
        "finding": Column(
            "text",
            "by Holm's p-value",
            allowed=("likelier after it", "less likely after it", "no association shown", "not enough data"),
        ),
    },
    key=("persona", "stage", "transition", "event", "channel"),
)

OPPORTUNITIES = Table(
    STAGE,
    "opportunities",
    "What would be gained if one transition happened at a higher rate and all else stayed, by the fitted chain. "
    "Ranked by gain; a bound on what to try, not a promise.",
    {
        "rank": Column("integer", "by conversions gained, 1 = most", lowest=1),
        "persona": Column("text", "persona_id, `unassigned` or `all`"),
        "from": Column("text", "stage"),
        "to": Column("text", "next stage"),
        "scenario": Column("text", "level it rises to", allowed=("best persona", "stated rise")),
        "like": Column("text", "the best persona; empty for a stated rise"),
        "rate": Column("number", "fitted rate per day", lowest=0),
        "raised_rate": Column("number", "the same, raised", lowest=0),
        "chance": Column("number", "to make the move within the horizon after entering `from`", lowest=0, highest=1),
        "raised_chance": Column("number", "the same, raised", lowest=0, highest=1),
        "reach": Column("number", "chance to convert within the window, fitted", lowest=0, highest=1),
        "raised_reach": Column("number", "the same, raised", lowest=0, highest=1),
        "gain": Column("number", "raised_reach - reach"),
        "gain_lower": Column("number", "lower end of the 95 % interval (bootstrap of customers)", nullable=True),
        "gain_upper": Column("number", "upper end", nullable=True),
        "journeys": Column("integer", "journeys of the persona", lowest=0),
        "moves": Column("integer", "observed moves of this kind", lowest=0),
        "conversions": Column("number", "gain x journeys"),
        "conversions_lower": Column("number", "lower end of the 95 % interval", nullable=True),
        "conversions_upper": Column("number", "upper end", nullable=True),
        "value": Column("number", "conversions x money spent after a conversion; missing without money", nullable=True),
        "value_lower": Column("number", "lower end of the 95 % interval", nullable=True),
        "value_upper": Column("number", "upper end", nullable=True),
        "conversion_stage": Column("text", "the stage that counts as conversion"),
    },
    key=("persona", "from", "to", "scenario"),
)

MAP = (STAGE_PROFILE, RHYTHM, CHANNELS, MOMENTS, OPPORTUNITIES)
"""Tables of the journey map."""

RESAMPLED = Table(
    STAGE,
    "resampled",
    "The funnel of each persona with two intervals: its segment taken for given, and its segment found anew in "
    "resamples of the customers (whole-pipeline bootstrap).",
    {
        "persona": Column("text", "persona_id"),
        "stage": Column("text", "stage reached within the window"),
        **_PROBABILITY,
        "resampled_error": Column(
            "number", "standard error with the uncertainty of the segments in it", lowest=0, nullable=True
        ),
        "resampled_lower": Column("number", "lower end of its 95 % interval", lowest=0, highest=1, nullable=True),
        "resampled_upper": Column("number", "upper end of its 95 % interval", lowest=0, highest=1, nullable=True),
        "runs": Column("integer", "draws of customers that were clustered anew", lowest=0),
        "found_again": Column(
            "number", "share of them in which the persona's segment came back", lowest=0, highest=1, nullable=True
        ),
    },
    key=("persona", "stage"),
)

SUMMARY_FILE = "journeys.json"
"""JSON beside the tables: {"has_events": bool, "note": text where there is no event log or no stages ("no event log
supplied"), "ladder": [...], "dropoff": name or null, "inactivity_days": x or null, "horizon_days": x, "window_days": x,
"followed_days": the longest that a journey was followed, or null; chances beyond it are not known,
"unwatched_days": days after its origin in which no journey was watched (0: some were from the origin on),
"illegal_moves": [{"from", "to", "count", "share"}], "tied_moves": the same of stages entered at one moment,
"tied_share": x or null, "journeys": n, "returns": n,
"began_later": journeys that began after the first stage, "entered_late": journeys that began before all their sources
were recorded and count from then on, "left_out_of_all": [groups with journeys of fewer than `min_cell` customers; they
are neither in `all`, nor in a breakdown's levels, nor in these counts], "unseen_events": [events that `sources.yaml`
names under `enter` and that the log does not have], "conversion_stage": the stage that counts as
conversion, or null}."""
