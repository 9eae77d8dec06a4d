"""What the planted tables say of each life, statement by statement, and which claims would say it again.

A statement is made of every row of the tables of `lives` and `attitudes` in which one life stands out from the mean of
the others by `LEAST` (Cohen's h for shares, standard deviations for numbers).
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from pipeline.sample import attitudes, lives
from pipeline.sample.draws import Floats

LEAST = 0.3
HOUR_BLOCKS = {
    "night": (range(6), "at night, 0 to 6 o'clock"),
    "morning": (range(6, 9), "early, 6 to 9 o'clock"),
    "working": (range(9, 17), "in working hours"),
    "evening": (range(17, 24), "in the evening, from 17 o'clock"),
}


@dataclass(frozen=True)
class Said:
    """A claim that says it: feature, level (empty: its mean, or any level of a yes/no), and whether there is more."""

    column: str
    more: bool
    level: str = ""


@dataclass(frozen=True)
class Statement:
    """One planted statement; any one of `said` recovers it, of a theme a label with two of the wish's words."""

    persona: str
    kind: str
    text: str
    said: tuple[Said, ...] = ()
    words: str = ""


def statements() -> list[Statement]:
    """All planted statements, in the order of the tables."""
    found = [*_hours(), *_mixes(), *_choices(), *_scales(), *_people(), *_value(), *_scores(), *_wishes()]
    return sorted(found, key=lambda s: lives.PERSONAS.index(s.persona))


def as_json() -> list[dict[str, Any]]:
    """The statements for the file of the planted truth."""
    return [asdict(statement) for statement in statements()]


def _standing_out(values: Floats) -> tuple[str, float]:
    """The persona with the highest share, and Cohen's h between it and the mean of the others by size."""
    at = int(np.argmax(values))
    weights = np.array(lives.SHARES).copy()
    weights[at] = 0
    rest = float(np.average(values, weights=weights))
    return lives.PERSONAS[at], float(2 * np.arcsin(np.sqrt(values[at])) - 2 * np.arcsin(np.sqrt(rest)))


def _of_share(values: Floats, kind: str, text: str, *said: Said) -> list[Statement]:
    persona, distance = _standing_out(np.asarray(values, dtype=float))
    return [Statement(persona, kind, text, said)] if distance >= LEAST else []


def _slug(text: str) -> str:
    plain = "".join(c if c.isalnum() else "_" for c in text.lower())
    return "_".join(part for part in plain.split("_") if part)


def _hours() -> list[Statement]:
    found = []
    week = 1 - np.array(lives.WEEKEND)
    for block, (hours, words) in HOUR_BLOCKS.items():
        values = lives.HOURS[:, list(hours)].sum(axis=1) * (week if block == "working" else 1)
        found += _of_share(values, "hours", f"More of what they do falls {words}.", Said(f"hours_{block}_share", True))
    weekend = (Said("weekend_share", True), Said("hours_weekend_day_share", True))
    return found + _of_share(np.array(lives.WEEKEND), "hours", "More of what they do falls on weekends.", *weekend)


def _mixes() -> list[Statement]:
    found = []
    for kind, trait, column in (
        ("device", lives.DEVICES, "device_{}_share"),
        ("channel", lives.CHANNELS, "channel_{}_share"),
        ("activity", lives.EVENTS, "event_{}_share"),
    ):
        for at, level in enumerate(trait.levels):
            said = Said(column.format(_slug(level)), True)
            found += _of_share(trait.means[:, at], kind, f"{kind.capitalize()} “{level}” more than others.", said)
    return found


def _choices() -> list[Statement]:
    found = []
    for kind, question in (
        ("need", attitudes.NEEDS),
        ("pain", attitudes.PAINS),
        ("channel", attitudes.CHANNELS_USED),
    ):
        for option, chances in question.options.items():
            said = Said(f"{question.name}_{_slug(option)}", True)
            found += _of_share(np.array(chances), kind, f"They name “{option}” more than others.", said)
    name = attitudes.DECIDING.name
    for option, chances in attitudes.DECIDING.options.items():
        said = Said(name, True, option)
        found += _of_share(np.array(chances), "decision factor", f"“{option}” decides more than for others.", said)
    return found


def _scales() -> list[Statement]:
    return [
        Statement(
            lives.PERSONAS[int(np.argmax(scale.means))],
            "motive",
            f"They agree most with: {scale.items[0][0]}.",
            (Said(scale.name, True),),
        )
        for scale in attitudes.SCALES
    ]


def _people() -> list[Statement]:
    age = [mean for mean, _ in lives.AGE]
    oldest, youngest = lives.PERSONAS[int(np.argmax(age))], lives.PERSONAS[int(np.argmin(age))]
    household = lives.HOUSEHOLD.means @ np.arange(1, 6)
    size = "household_size"
    larger = (Said(size, True), *(Said(size, True, n) for n in "345"), *(Said(size, False, n) for n in "12"))
    largest = lives.PERSONAS[int(np.argmax(household))]
    poorest = lives.PERSONAS[int(np.argmax(lives.INCOME.means[:, 0]))]
    low = lives.INCOME.levels[0]
    business = lives.PERSONAS[int(np.argmax(lives.CUSTOMER_TYPE.means[:, 1]))]
    return [
        Statement(oldest, "who", "They are the oldest.", (Said("age", True),)),
        Statement(youngest, "who", "They are the youngest.", (Said("age", False),)),
        Statement(largest, "who", "They live in the largest households.", larger),
        Statement(
            poorest, "who", f"Their income is “{low}” more often.", (Said("income", True, low), Said("income", False))
        ),
        Statement(business, "who", "Most of them are business customers.", (Said("customer_type", True),)),
    ]


def _value() -> list[Statement]:
    basket = np.array(lives.BASKET_EUR)
    most, least = lives.PERSONAS[int(np.argmax(basket))], lives.PERSONAS[int(np.argmin(basket))]
    busiest = lives.PERSONAS[int(np.argmax(lives.RATE))]
    weekly = (Said("events_per_week", True), Said("active_days_per_week", True))
    return [
        Statement(most, "value", "Their typical order is the largest.", (Said("mean_order_value", True),)),
        Statement(least, "value", "Their typical order is the smallest.", (Said("mean_order_value", False),)),
        Statement(busiest, "activity", "They do most.", weekly),
    ]


def _scores() -> list[Statement]:
    found = []
    for name, means, words in (("nps", attitudes.NPS, "recommend the shop"), ("csat", attitudes.CSAT, "are content")):
        for pick, more, often in ((np.argmax, True, "most"), (np.argmin, False, "least")):
            persona = lives.PERSONAS[int(pick(np.array(means)))]
            found.append(Statement(persona, "satisfaction", f"They {words} {often}.", (Said(name, more),)))
    return found


def _wishes() -> list[Statement]:
    return [
        Statement(persona, "theme", f"They wish for: {wish}", words=wish)
        for persona, wishes in zip(lives.PERSONAS, attitudes.WISHES, strict=True)
        for wish in wishes
    ]
