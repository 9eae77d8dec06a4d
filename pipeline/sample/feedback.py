"""The shop's one-question forms: how satisfied, from 1 to 5, right after a step on the way to the subscription.

How a life feels about a step is planted in `FEELINGS`: students resent what comes before the price, parents the choice
between plans, managers like what arrives by itself; nobody loves the advertisement.
"""

import numpy as np
import pandas as pd

from pipeline.sample.clock import END, HOUR, MINUTE, PORTAL_HOURS, naive, to_local
from pipeline.sample.draws import stream
from pipeline.sample.law import STAGES, Journeys
from pipeline.sample.people import People

FEELINGS = {
    "awareness": (3.5, 3.3, 3.2, 2.7, 3.4),
    "consideration": (4.1, 3.4, 2.6, 3.1, 3.0),
    "decision": (4.0, 4.2, 3.7, 3.0, 3.3),
    "loyalty": (4.3, 4.5, 4.2, 3.2, 3.6),
}
"""Stage -> mean answer, one per persona, before it is rounded and cut off at 1 and 5."""
SPREAD = 0.9
TOUCHPOINTS = {
    "awareness": ("Subscription page", "web"),
    "consideration": ("Comparing plans", "web"),
    "decision": ("Ordering", "web"),
    "loyalty": ("Renewal mail", "email"),
}
"""Stage -> what was asked about, and where."""
ANSWERED = 0.3
"""Share of steps after which the form was filled in."""


def make_feedback(seed: int, people: People, journeys: Journeys) -> pd.DataFrame:
    """One row per form as text, in random order; some were sent in twice, some have no score."""
    rng = stream(seed, "feedback")
    asked = journeys.entry_marked & (rng.random(len(journeys.entry_time)) < ANSWERED)
    customer, stage = journeys.entry_customer[asked], journeys.entry_stage[asked]
    given = journeys.entry_time[asked] + rng.integers(MINUTE, 3 * HOUR, size=len(customer))
    means = np.array([FEELINGS[name] for name in STAGES])[stage, people.personas[customer]]
    scores = np.clip(np.rint(rng.normal(means, SPREAD)), 1, 5).astype(int)
    frame = pd.DataFrame(
        {
            "form_id": [f"F{number:06d}" for number in rng.permutation(10**5 + np.arange(len(customer)))],
            "contact_id": [people.record_ids[c] for c in customer],
            "submitted": naive(to_local(given, PORTAL_HOURS), "s"),
            "asked_about": [TOUCHPOINTS[STAGES[s]][0] for s in stage],
            "via": [TOUCHPOINTS[STAGES[s]][1] for s in stage],
            "satisfaction": [str(score) for score in scores],
        }
    )[given < END]
    blank = frame.iloc[: len(frame) // 100].assign(form_id=lambda f: "B" + f["form_id"].str[1:], satisfaction="")
    everything = pd.concat([frame, frame.iloc[-len(frame) // 100 :], blank], ignore_index=True)
    return everything.iloc[rng.permutation(len(everything))].reset_index(drop=True)
