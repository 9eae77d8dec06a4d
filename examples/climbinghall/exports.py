"""Make the two exports of the quick start: members of a climbing hall, and a log of what they did in 2025.

`python -m examples.climbinghall.exports data/raw/mine` writes `members.csv` (semicolons, Windows letters, German dates,
14 rows twice) and `activity_2025.csv` (commas, amounts with a comma). Everything is made up, the same on every machine.
Four groups of members are planted; which member is of which group is written nowhere, `members` returns it.
"""

import argparse
import csv
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np

SEED = 20250101
MEMBERS, TWICE = 1480, 14
FIRST_NUMBER = 14102
YEAR = datetime(2025, 1, 1)
HEADER = (
    "Member No", "First name", "Last name", "E-mail", "Age", "Member since", "Postcode", "Tariff", "Monthly fee",
    "Payment", "Heard of us through", "Newsletter", "Climbing level (Größe)",
)  # fmt: skip
FEES = {"10-entry card": "0,00", "Off-peak": "34,90", "Student": "39,90", "Full": "59,90", "Family": "89,90"}
PLAIN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
LEVELS = ("beginner", "intermediate", "advanced")
HEARD = ("friends", "search", "social media", "university", "unknown")
VIA = ("Web", "iOS app", "Android app", "Front desk")


@dataclass(frozen=True)
class Group:
    """A planted group: chances in the order of the lists above, visits per four weeks, the hour most come at."""

    share: float
    age: float
    tariffs: tuple[float, ...]
    levels: tuple[float, ...]
    heard: tuple[float, ...]
    via: tuple[float, ...]
    visits: float
    hour: float
    interest: float
    goes_on: float


GROUPS = (
    Group(
        0.28, 23, (0.1, 0.1, 0.7, 0.1, 0), (0.3, 0.5, 0.2),
        (0.4, 0.1, 0.2, 0.3, 0), (0.1, 0.3, 0.55, 0.05), 3, 12, 0.4, 0.6,
    ),
    Group(
        0.26, 34, (0.05, 0, 0, 0.85, 0.1), (0.1, 0.4, 0.5),
        (0.5, 0.3, 0.1, 0, 0.1), (0.05, 0.75, 0.1, 0.1), 5, 20, 0.5, 0.7,
    ),
    Group(
        0.26, 38, (0.9, 0.1, 0, 0, 0), (0.8, 0.2, 0),
        (0.2, 0.4, 0.2, 0, 0.2), (0.5, 0.1, 0.1, 0.3), 1, 16, 0.5, 0.35,
    ),
    Group(
        0.20, 52, (0.05, 0.35, 0, 0.2, 0.4), (0.4, 0.5, 0.1),
        (0.5, 0.2, 0, 0, 0.3), (0.7, 0.05, 0.05, 0.2), 3, 10, 0.4, 0.55,
    ),
)  # fmt: skip
FIRST = ("Clara", "Jonas", "Mia", "Paul", "Emma", "Ben", "Lea", "Noah", "Ida", "Max", "Nora", "Tim")
LAST = ("Ulm", "Bäcker", "Weiß", "Krüger", "Lang", "Schön", "Vogt", "Maier", "Roth", "Jäger")


def _pick(draw: np.random.Generator, choices: tuple[str, ...], chances: tuple[float, ...]) -> str:
    return choices[int(draw.choice(len(choices), p=chances))]


def members(draw: np.random.Generator) -> tuple[list[list[str]], list[int]]:
    """Rows of the members' table in the order of `HEADER`, and the planted group of each."""
    groups = [int(g) for g in draw.choice(len(GROUPS), size=MEMBERS, p=[g.share for g in GROUPS])]
    return [_member(draw, FIRST_NUMBER + n, GROUPS[g]) for n, g in enumerate(groups)], groups


def _member(draw: np.random.Generator, number: int, group: Group) -> list[str]:
    first, last = (names[int(draw.integers(len(names)))] for names in (FIRST, LAST))
    age = str(max(14, round(draw.normal(group.age, 5))))
    age = age if draw.random() > 0.06 else ("n/a", "-")[int(draw.integers(2))]
    since = date(2025, 6, 30) - timedelta(days=int(draw.exponential(500)))
    tariff = _pick(draw, tuple(FEES), group.tariffs)
    return [
        str(number),
        first,
        last,
        f"{first}.{last}{number}@web.example".lower().translate(PLAIN),
        age,
        f"{since:%d.%m.%Y}",
        str(70173 + int(draw.integers(60))),
        tariff,
        FEES[tariff],
        "Card" if tariff == "10-entry card" or draw.random() < 0.2 else "Direct debit",
        _pick(draw, HEARD, group.heard),
        "Yes" if draw.random() < 0.4 else "No",
        _pick(draw, LEVELS, group.levels),
    ]


def activity(draw: np.random.Generator, rows: list[list[str]], groups: list[int]) -> list[list[str]]:
    """The log in order of time: booking number, time, member, action, via, amount."""
    events: list[tuple[datetime, str, str, str, str]] = []
    for row, g in zip(rows, groups, strict=True):
        day, month, year = (int(part) for part in row[5].split("."))
        start = max(0, (datetime(year, month, day) - YEAR).days)
        for at, action in [*_visits(draw, GROUPS[g], start), *_course(draw, GROUPS[g], start)]:
            if start <= at < 365:
                moment = YEAR + timedelta(days=int(at), hours=_hour(draw, GROUPS[g]), minutes=int(draw.integers(60)))
                paid = {"Shop purchase": draw.gamma(2, 8) + 3, "Trial lesson booked": 19.0, "Course booked": 149.0}
                amount = f"{paid[action]:.2f}".replace(".", ",") if action in paid else ""
                events.append((moment, row[0], action, _pick(draw, VIA, GROUPS[g].via), amount))
    events.sort(key=lambda e: e[:3])
    return [
        [str(90001 + n), f"{at:%d.%m.%Y %H:%M}", member, action, via, amount]
        for n, (at, member, action, via, amount) in enumerate(events)
    ]


def _hour(draw: np.random.Generator, group: Group) -> int:
    return int(np.clip(draw.normal(group.hour, 2), 7, 22))


def _visits(draw: np.random.Generator, group: Group, start: int) -> list[tuple[float, str]]:
    """Check-ins at an own rate until the member loses interest; the app is opened and things are bought around them."""
    rate = draw.gamma(4, group.visits / 4) / 28
    last = min(365.0, start + draw.exponential(400))
    days = draw.uniform(start, max(start, last), size=int(draw.poisson(rate * max(0.0, last - start))))
    found = [(float(at), "Check-in") for at in days]
    found += [(float(at), "App opened") for at in days if draw.random() < 0.4]
    return found + [(float(at), "Shop purchase") for at in days if draw.random() < 0.12]


def _course(draw: np.random.Generator, group: Group, start: int) -> list[tuple[float, str]]:
    """From a look at the course page to a trial lesson, a course, a course again."""
    if draw.random() > group.interest:
        return []
    at = draw.uniform(start, 340)
    found = [(at, "Course page viewed")]
    steps = (("Trial lesson booked", 15, 1.0), ("Course booked", 25, 0.9), ("Course extended", 50, 0.8))
    for action, wait, part in steps:
        if draw.random() > group.goes_on * part:
            break
        at += 1 + draw.exponential(wait)
        found.append((at, action))
    return found


def main(argv: list[str] | None = None) -> None:
    """Write both files into the folder given."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="where members.csv and activity_2025.csv are written")
    folder: Path = parser.parse_args(argv).folder
    folder.mkdir(parents=True, exist_ok=True)
    draw = np.random.default_rng(SEED)
    rows, groups = members(draw)
    log = activity(draw, rows, groups)
    twice = [rows[int(i)] for i in sorted(draw.choice(MEMBERS, size=TWICE, replace=False))]
    with (folder / "members.csv").open("w", encoding="cp1252", newline="") as file:
        csv.writer(file, delimiter=";", lineterminator="\n").writerows([HEADER, *rows, *twice])
    with (folder / "activity_2025.csv").open("w", encoding="utf-8", newline="") as file:
        header = ("Booking No", "Time", "Member No", "Action", "Via", "Amount")
        csv.writer(file, lineterminator="\n").writerows([header, *log])


if __name__ == "__main__":
    main()
