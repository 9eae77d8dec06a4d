"""The five lives that are planted in the sample, and how they show in every export.

Kettle & Grain, an online shop for coffee gear, and all its people are fictitious. Its customers live five lives:

evening hobbyists (30 %)
    They are most active between 18 and 23 o'clock.
    Most of what they do happens on a desktop computer.
    They read guides and forums more than anybody else.
    They agree most that brewing is a craft they enjoy.
office managers (25 %)
    Most of what they do falls into work hours, 8 to 17 o'clock from Monday to Friday.
    They come through e-mail more than anybody else.
    Their typical order is the largest.
    Most of them are business customers.
busy parents (20 %)
    Most of what they do happens on a phone.
    They are active early, 5 to 8 o'clock, more than anybody else.
    They agree most that coffee has to be quick.
    They live in the largest households.
bargain students (15 %)
    They are active at night, 23 to 4 o'clock, more than anybody else.
    They come through social media more than anybody else.
    They view deals and copy coupons more than anybody else.
    They are the youngest, and agree most that price decides.
gift givers (10 %)
    They use tablets more than anybody else.
    They are active at weekends more than anybody else.
    They come through search more than anybody else.
    They name finding a gift as a need more than anybody else.

The lives overlap: every customer has own habits around those of the life (Dirichlet and gamma effects), and about one
survey answer in eight is random. The tables below have one column per life, in the order above.
"""

from dataclasses import dataclass

import numpy as np

from pipeline.sample.draws import Floats

PERSONAS = ("evening hobbyists", "office managers", "busy parents", "bargain students", "gift givers")
SHARES = (0.30, 0.25, 0.20, 0.15, 0.10)
COMMON = 0.15
"""How much of each life is what everybody does: the tables of habits below are drawn towards their mean by it."""


@dataclass(frozen=True)
class Trait:
    """Named levels and, per persona, their shares (personas x levels, rows sum to 1)."""

    levels: tuple[str, ...]
    means: Floats


def _trait(table: dict[str, tuple[float, ...]]) -> Trait:
    means = np.array(list(table.values()), dtype=float).T
    return Trait(tuple(table), means / means.sum(axis=1, keepdims=True))


def habits(means: Floats) -> Floats:
    """Habits of each persona (personas x levels), drawn towards what everybody does."""
    everybody = np.array(SHARES) @ means
    return (1 - COMMON) * means + COMMON * everybody


def statements() -> dict[str, list[str]]:
    """Persona -> the statements about it in this file's docstring."""
    found: dict[str, list[str]] = {}
    for line in (__doc__ or "").splitlines():
        if line.startswith(PERSONAS):
            found[line.rsplit(" (", 1)[0]] = []
        elif line.startswith("    ") and found:
            found[list(found)[-1]].append(line.strip())
    return found


def _day(*bumps: tuple[float, float, float]) -> tuple[float, ...]:
    """24 hourly weights from bumps (hour, spread in hours, weight) on a clock that wraps at midnight."""
    hours = np.arange(24) + 0.5
    weights = np.full(24, 0.006)
    for centre, spread, weight in bumps:
        distance = np.abs((hours - centre + 12) % 24 - 12)
        bump = np.exp(-0.5 * (distance / spread) ** 2)
        weights += weight * bump / bump.sum()
    return tuple(weights / weights.sum())


HOURS: Floats = np.array(
    [
        _day((20.5, 1.9, 0.72), (13.0, 3.0, 0.28)),
        _day((10.0, 1.7, 0.50), (14.5, 2.0, 0.38), (19.5, 2.0, 0.12)),
        _day((6.5, 1.1, 0.36), (21.0, 1.5, 0.34), (12.5, 3.0, 0.30)),
        _day((24.5, 2.0, 0.55), (16.0, 3.5, 0.45)),
        _day((11.0, 2.5, 0.45), (17.0, 3.0, 0.55)),
    ]
)
WEEKEND = (0.36, 0.12, 0.28, 0.30, 0.55)
"""Share of activity on Saturdays and Sundays."""
RATE = (1.25, 1.00, 0.85, 0.95, 0.65)
"""Activity before the launch, relative."""
GAP_DAYS = (5.5, 6.2, 7.0, 6.5, 8.0)
"""Mean days between two activities after the launch."""
SEASONS: Floats = np.array(
    [[1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 1], [1.3, 0.8, 1, 1, 1, 0.9], [0.7, 1.8, 0.8, 1, 2.2, 0.9]]
)
"""Weights of the months January to June."""

DEVICES = _trait(
    {
        "desktop": (0.66, 0.78, 0.14, 0.20, 0.30),
        "mobile": (0.26, 0.18, 0.76, 0.74, 0.22),
        "tablet": (0.08, 0.04, 0.10, 0.06, 0.48),
    }
)
SYSTEMS = {
    "desktop": _trait(
        {
            "Windows": (0.40, 0.80, 0.60, 0.55, 0.60),
            "macOS": (0.40, 0.17, 0.36, 0.30, 0.38),
            "Linux": (0.20, 0.03, 0.04, 0.15, 0.02),
        }
    ),
    "mobile": _trait({"iOS": (0.45, 0.45, 0.65, 0.25, 0.55), "Android": (0.55, 0.55, 0.35, 0.75, 0.45)}),
    "tablet": _trait({"iPadOS": (0.6, 0.6, 0.6, 0.4, 0.8), "Android": (0.4, 0.4, 0.4, 0.6, 0.2)}),
}
CHANNELS = _trait(
    {
        "direct": (0.30, 0.24, 0.30, 0.14, 0.16),
        "search": (0.24, 0.14, 0.18, 0.14, 0.42),
        "email": (0.14, 0.44, 0.24, 0.10, 0.12),
        "social": (0.08, 0.03, 0.16, 0.42, 0.12),
        "referral": (0.18, 0.09, 0.04, 0.10, 0.06),
        "paid": (0.06, 0.06, 0.08, 0.10, 0.12),
    }
)
EVENTS = _trait(
    {
        "Product Viewed": (0.22, 0.20, 0.26, 0.24, 0.26),
        "Guide Read": (0.22, 0.05, 0.06, 0.06, 0.08),
        "Forum Visited": (0.15, 0.02, 0.02, 0.05, 0.02),
        "Newsletter Opened": (0.10, 0.18, 0.14, 0.05, 0.08),
        "Products Searched": (0.12, 0.13, 0.11, 0.12, 0.20),
        "Reorder Clicked": (0.05, 0.20, 0.20, 0.04, 0.02),
        "Deal Viewed": (0.05, 0.08, 0.11, 0.24, 0.09),
        "Coupon Copied": (0.02, 0.02, 0.05, 0.15, 0.04),
        "Invoice Downloaded": (0.02, 0.09, 0.01, 0.01, 0.01),
        "Gift Finder Used": (0.05, 0.03, 0.04, 0.04, 0.20),
    }
)
ORDER_SHARE = (0.07, 0.10, 0.09, 0.06, 0.07)
"""Share of activities that are orders."""
BASKET_EUR = (48.0, 135.0, 34.0, 19.0, 62.0)
"""Median order value."""

AGE = ((41, 9), (44, 9), (37, 6), (24, 4), (52, 12))
"""Mean and standard deviation, years."""
HOUSEHOLD = _trait(
    {
        "1": (0.36, 0.24, 0.02, 0.42, 0.22),
        "2": (0.38, 0.36, 0.06, 0.22, 0.46),
        "3": (0.15, 0.20, 0.34, 0.18, 0.18),
        "4": (0.08, 0.15, 0.38, 0.12, 0.10),
        "5": (0.03, 0.05, 0.20, 0.06, 0.04),
    }
)
INCOME = _trait(
    {
        "Under 25k": (0.08, 0.08, 0.12, 0.62, 0.14),
        "25k to 50k": (0.28, 0.32, 0.38, 0.28, 0.36),
        "50k to 75k": (0.36, 0.36, 0.32, 0.07, 0.30),
        "Over 75k": (0.28, 0.24, 0.18, 0.03, 0.20),
    }
)
CUSTOMER_TYPE = _trait({"Private": (0.95, 0.20, 0.93, 0.97, 0.93), "Business": (0.05, 0.80, 0.07, 0.03, 0.07)})
ORIGINAL_SOURCE = _trait(
    {
        "Direct Traffic": (0.26, 0.22, 0.26, 0.12, 0.14),
        "Organic Search": (0.34, 0.22, 0.24, 0.16, 0.44),
        "Email Marketing": (0.08, 0.30, 0.14, 0.06, 0.08),
        "Organic Social": (0.08, 0.04, 0.18, 0.44, 0.12),
        "Referrals": (0.18, 0.12, 0.08, 0.12, 0.08),
        "Paid Search": (0.06, 0.10, 0.10, 0.10, 0.14),
    }
)
