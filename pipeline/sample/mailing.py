"""A randomised e-mail experiment in September: two new subject lines against the usual one.

Mails go to customers who are still alive to the shop at the time; who gets which subject line is random, and a
recipient clicks with the planted chance of persona and variant. Hobbyists answer to the variant that promises a brewing
guide, students to the one that promises a discount, nobody else to either.
"""

import numpy as np
import pandas as pd

from pipeline.sample.clock import DAY, HOUR, SECOND, iso, millis
from pipeline.sample.draws import Flags, Ints, choose, shuffled, stream
from pipeline.sample.law import Journeys
from pipeline.sample.people import People

EXPERIMENT = "september-subject-line"
CLICK = "Email Link Clicked"
VARIANTS = ("control", "brew-guide", "student-deal")
WITHIN_DAYS = 7
CLICK_RATES = {
    "control": (0.14, 0.12, 0.11, 0.12, 0.10),
    "brew-guide": (0.30, 0.12, 0.11, 0.12, 0.10),
    "student-deal": (0.14, 0.12, 0.11, 0.34, 0.10),
}
"""Variant -> chance of a click within 7 days, one per persona."""
_SENT = millis("2025-09-09T07:00:00")


def make_mailing(seed: int, people: People, journeys: Journeys) -> tuple[pd.DataFrame, Ints, Ints]:
    """(the export of exposures as text, customers who clicked, times of their clicks)."""
    rng = stream(seed, "mailing")
    size = len(people)
    sent = _SENT + rng.integers(2 * HOUR // SECOND, size=size) * SECOND
    delay = np.minimum(rng.exponential(0.9, size), 6.5) * DAY
    click = sent + np.maximum(delay, 5 * SECOND).astype(np.int64)
    reached = np.flatnonzero(_alive(journeys, click, size))
    variant = rng.integers(len(VARIANTS), size=len(reached))
    rates = np.array([CLICK_RATES[name] for name in VARIANTS])[variant, people.personas[reached]]
    clicked = reached[rng.random(len(reached)) < rates]
    emails = [people.emails[i] for i in reached]
    for row in shuffled(rng, len(emails), 0.05):
        emails[row] = emails[row].title()
    frame = pd.DataFrame(
        {
            "email": emails,
            "experiment": EXPERIMENT,
            "variant": [VARIANTS[v] for v in variant],
            "sent_at": iso(sent[reached]),
        }
    )
    return _blemish(rng, frame), clicked, click[clicked]


def _alive(journeys: Journeys, moment: Ints, size: int) -> Flags:
    """Whether each customer's own moment lies inside a period of life."""
    own = moment[journeys.window_customer]
    inside = (own > journeys.window_start) & (own < journeys.window_stop)
    alive = np.zeros(size, dtype=bool)
    alive[journeys.window_customer[inside]] = True
    return alive


def _blemish(rng: np.random.Generator, frame: pd.DataFrame) -> pd.DataFrame:
    """Some mails are listed twice, some went to addresses that nobody knows."""
    again = frame.iloc[shuffled(rng, len(frame), 0.01)]
    names = choose(rng, ["old.list", "former.staff", "press"], 5)
    strangers = frame.iloc[:5].assign(email=[f"{name}{i}@example.org" for i, name in enumerate(names)])
    everything = pd.concat([frame, again, strangers], ignore_index=True)
    return everything.iloc[rng.permutation(len(everything))].reset_index(drop=True)
