"""The customers: which life each leads, who they are, and their own habits around those of their life."""

from dataclasses import dataclass

import numpy as np

from pipeline.sample import lives
from pipeline.sample.clock import ZONES
from pipeline.sample.draws import Floats, Ints, mixes, pick, shuffled, stream
from pipeline.sample.words import (
    BROWSERS,
    COUNTRY_SHARES,
    EMAIL_DOMAINS,
    FIRST_NAMES,
    LAST_NAMES,
    ZONE_OF_COUNTRY,
)

DEVICE_TYPES = lives.DEVICES.levels


@dataclass(frozen=True)
class People:
    """One entry per customer in every member; `personas` are positions in `lives.PERSONAS`."""

    personas: Ints
    record_ids: list[str]
    older_record_ids: list[str]
    """Record ID of an older duplicate of the contact, empty where there is none."""
    first_names: list[str]
    last_names: list[str]
    emails: list[str]
    user_ids: list[str]
    countries: Ints
    winter_hours: Ints
    """Hours ahead of UTC in winter."""
    hours: Floats
    """Weights of the 24 hours of the customer's own clock."""
    weekend: Floats
    devices: Floats
    """Shares of the device types; 0 = does not own one."""
    machines: list[tuple[tuple[str, str], ...]]
    """Per device type (operating system, browser)."""
    anonymous_ids: list[tuple[str, ...]]
    """Per device type."""
    channels: Floats
    events: Floats
    rate: Floats
    """Relative activity before the launch."""
    gap_days: Floats
    """Mean days between activities after it."""
    order_share: Floats
    basket: Floats
    """Median order value of the customer, EUR."""

    def __len__(self) -> int:
        return len(self.personas)


def make_people(seed: int, size: int) -> People:
    """`size` customers in a random order of personas, whose sizes are as near to `lives.SHARES` as they can be."""
    rng = stream(seed, "people")
    edges = np.round(np.cumsum(lives.SHARES) * size).astype(np.int64)
    personas = rng.permutation(np.searchsorted(edges, np.arange(size), side="right")).astype(np.int64)
    countries = pick(rng, np.tile(COUNTRY_SHARES, (size, 1)))
    zones = np.array([ZONES[zone] for zone in ZONE_OF_COUNTRY.values()])
    records, older = _record_ids(rng, size)
    first, last, emails = _names(rng, size)
    devices = _devices(rng, personas)
    return People(
        personas=personas,
        record_ids=records,
        older_record_ids=older,
        first_names=first,
        last_names=last,
        emails=emails,
        user_ids=[f"u_{number:08x}" for number in _distinct(rng, size, 16**8)],
        countries=countries,
        winter_hours=zones[countries],
        hours=mixes(rng, lives.habits(lives.HOURS)[personas], 26),
        weekend=rng.beta(*_beta(np.array(lives.WEEKEND)[personas], 16)),
        devices=devices,
        machines=_machines(rng, personas),
        anonymous_ids=_anonymous_ids(rng, size),
        channels=mixes(rng, lives.habits(lives.CHANNELS.means)[personas], 20),
        events=mixes(rng, lives.habits(lives.EVENTS.means)[personas], 30),
        rate=np.array(lives.RATE)[personas] * rng.gamma(14.0, 1 / 14.0, size),
        gap_days=np.array(lives.GAP_DAYS)[personas] * rng.gamma(12.0, 1 / 12.0, size),
        order_share=np.array(lives.ORDER_SHARE)[personas] * rng.gamma(12.0, 1 / 12.0, size),
        basket=np.array(lives.BASKET_EUR)[personas] * np.exp(rng.normal(0, 0.2, size)),
    )


def _beta(means: Floats, concentration: float) -> tuple[Floats, Floats]:
    return means * concentration, (1 - means) * concentration


def _distinct(rng: np.random.Generator, size: int, below: int) -> list[int]:
    """`size` distinct numbers below `below`, in random order."""
    found = np.unique(rng.integers(below, size=size + size // 4 + 64))
    return [int(n) for n in rng.permutation(found)[:size]]


def _record_ids(rng: np.random.Generator, size: int) -> tuple[list[str], list[str]]:
    """Record IDs of the contacts (a few with leading zeros) and of the older duplicates of 2 % of them."""
    numbers = _distinct(rng, 2 * size, 10**9)
    records = [str(n + 10**9) for n in numbers[:size]]
    for row in shuffled(rng, size, 0.004):
        records[row] = f"00{numbers[row] % 10**7:07d}"
    older = [""] * size
    for row in shuffled(rng, size, 0.02):
        older[row] = str(numbers[size + row] + 2 * 10**9)
    return records, older


def _names(rng: np.random.Generator, size: int) -> tuple[list[str], list[str], list[str]]:
    first = [FIRST_NAMES[i] for i in rng.integers(len(FIRST_NAMES), size=size)]
    last = [LAST_NAMES[i] for i in rng.integers(len(LAST_NAMES), size=size)]
    last[int(rng.integers(size))] = "NA"
    numbers = _distinct(rng, size, 1000 + 3 * size)
    emails = []
    for given, family, number, domain in zip(first, last, numbers, rng.integers(3, size=size), strict=True):
        plain = f"{given}.{family}".lower().encode("ascii", "ignore").decode().replace(" ", "").replace("'", "")
        emails.append(f"{plain}{number}@{EMAIL_DOMAINS[domain]}")
    return first, last, emails


def _devices(rng: np.random.Generator, personas: Ints) -> Floats:
    """Own shares of the device types; rarely used types are not owned at all."""
    shares = mixes(rng, lives.habits(lives.DEVICES.means)[personas], 12)
    shares = np.where(shares < 0.1, 0, shares)
    return shares / shares.sum(axis=1, keepdims=True)


def _machines(rng: np.random.Generator, personas: Ints) -> list[tuple[tuple[str, str], ...]]:
    columns = []
    for device in DEVICE_TYPES:
        trait = lives.SYSTEMS[device]
        systems = [trait.levels[i] for i in pick(rng, trait.means[personas])]
        chances = rng.random(len(personas))
        columns.append([(s, _browser(s, float(u))) for s, u in zip(systems, chances, strict=True)])
    return list(zip(*columns, strict=True))


def _browser(system: str, chance: float) -> str:
    reached = 0.0
    for browser, share in BROWSERS[system]:
        reached += share
        if chance < reached:
            return browser
    return BROWSERS[system][-1][0]


def _anonymous_ids(rng: np.random.Generator, size: int) -> list[tuple[str, ...]]:
    words = rng.integers(2**32, size=(size, 3, 4), dtype=np.uint64).tolist()
    return [tuple(uuid(parts) for parts in person) for person in words]


def uuid(parts: list[int]) -> str:
    """Four 32-bit numbers in the form of a version 4 UUID.

    >>> uuid([0, 0, 0, 0])
    '00000000-0000-4000-8000-000000000000'
    """
    digits = "".join(f"{part:08x}" for part in parts)
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-8{digits[17:20]}-{digits[20:]}"
