"""The CRM's export of contacts in HubSpot's layout, with the dirt of real ones."""

import numpy as np
import pandas as pd

from pipeline.sample import lives
from pipeline.sample.activity import Activity
from pipeline.sample.clock import DAY, LAUNCH, MINUTE, PORTAL_HOURS, millis, naive, to_local
from pipeline.sample.draws import Ints, choose, pick, shuffled, stream
from pipeline.sample.law import CONSIDERATION, DECISION, LOYALTY, Journeys
from pipeline.sample.people import People
from pipeline.sample.words import BREWING, CITIES, COMPANIES, JOB_TITLES, ZONE_OF_COUNTRY

NEVER = -1
NOTES = ("", "", "", 'Said: "call me after five", then hung up', "Prefers, if possible,\nletters")
LADDER = (
    "Subscriber",
    "Lead",
    "Marketing Qualified Lead",
    "Sales Qualified Lead",
    "Opportunity",
    "Customer",
    "Evangelist",
)
_ARTICLES = {name: "an" if name[0] in "OE" else "a" for name in LADDER}
DATE_COLUMNS = {name: f"Became {_ARTICLES[name]} {name} Date" for name in LADDER}


def make_contacts(seed: int, people: People, journeys: Journeys, activity: Activity) -> pd.DataFrame:
    """One row per contact record as text, duplicates included, in random order."""
    rng = stream(seed, "contacts")
    size = len(people)
    created = millis("2023-01-10") + (rng.random(size) * 700 * DAY).astype(np.int64)
    dates = _dates(rng, created, people, journeys, activity)
    ladder = np.column_stack([dates[name] for name in LADDER])
    # The last stage with a date; who has none is a subscriber without one.
    reached = np.where(ladder > 0, np.arange(len(LADDER)), 0).max(axis=1)
    frame = pd.DataFrame(_who(rng, people))
    frame.insert(6, "Lifecycle Stage", [LADDER[i] for i in reached])
    frame.insert(7, "Create Date", naive(to_local(created, PORTAL_HOURS)))
    for name, column in DATE_COLUMNS.items():
        frame[column] = _portal_time(dates[name])
    frame["Close Date"] = frame[DATE_COLUMNS["Customer"]]
    frame = _blemish(rng, frame.assign(**_custom(rng, people)))
    rows = pd.concat([frame, _duplicates(rng, people, frame, created)], ignore_index=True)
    return rows.iloc[rng.permutation(len(rows))].reset_index(drop=True)


def _portal_time(times: Ints) -> list[str]:
    """Portal time to the next full minute, so that no date is before the event that it stands for."""
    up = -(-times // MINUTE) * MINUTE
    return naive(np.where(times < 0, NEVER, to_local(up, PORTAL_HOURS)))


def _dates(
    rng: np.random.Generator, created: Ints, people: People, journeys: Journeys, activity: Activity
) -> dict[str, Ints]:
    """Ladder step -> time per customer, `NEVER` where it was not reached. All dates are moments of activity."""
    size = len(people)
    before = activity.at(activity.time < LAUNCH)
    lead = _moment(rng, before, size, 0.55)
    qualified = _later(rng, before, lead, size, 0.45)
    loyal = activity.at((activity.stage == LOYALTY) & (activity.time >= LAUNCH))
    return {
        "Subscriber": np.where(rng.random(size) < 0.7, created + DAY, NEVER),
        "Lead": lead,
        "Marketing Qualified Lead": qualified,
        "Sales Qualified Lead": np.full(size, NEVER),
        "Opportunity": _first_entry(journeys, CONSIDERATION, size),
        "Customer": _first_entry(journeys, DECISION, size),
        "Evangelist": _moment(rng, loyal, size, 0.2),
    }


def _moment(rng: np.random.Generator, activity: Activity, size: int, share: float) -> Ints:
    """A random moment of activity of a `share` of the customers that have any."""
    order = rng.permutation(len(activity))
    moment = np.full(size, NEVER)
    moment[activity.customer[order]] = activity.time[order]
    return np.where(rng.random(size) < share, moment, NEVER)


def _later(rng: np.random.Generator, activity: Activity, first: Ints, size: int, share: float) -> Ints:
    """A moment of activity after `first`, for a `share` of those who have one."""
    later = activity.at((first[activity.customer] > 0) & (activity.time > first[activity.customer]))
    return _moment(rng, later, size, share)


def _first_entry(journeys: Journeys, stage: int, size: int) -> Ints:
    first = np.full(size, np.iinfo(np.int64).max)
    entered = journeys.entry_stage == stage
    np.minimum.at(first, journeys.entry_customer[entered], journeys.entry_time[entered])
    return np.where(first == np.iinfo(np.int64).max, NEVER, first)


def _who(rng: np.random.Generator, people: People) -> dict[str, list[str]]:
    countries = list(ZONE_OF_COUNTRY)
    named = [countries[i] for i in people.countries]
    titles = [JOB_TITLES[p][i] for p, i in zip(people.personas, rng.integers(5, size=len(people)), strict=True)]
    business = people.personas == lives.PERSONAS.index("office managers")
    companies = choose(rng, list(COMPANIES), len(people))
    return {
        "Record ID": people.record_ids,
        "First Name": people.first_names,
        "Last Name": people.last_names,
        "Email": people.emails,
        "Phone Number": [_phone(c, n) for c, n in zip(named, rng.integers(1000, size=len(people)), strict=True)],
        "Lead Status": choose(rng, ["", "New", "Open", "Connected"], len(people)),
        "Associated Company": [c if b else "" for c, b in zip(companies, business, strict=True)],
        "Country/Region": named,
        "City": [CITIES[c][n % len(CITIES[c])] for c, n in zip(named, rng.integers(60, size=len(people)), strict=True)],
        "Job Title": titles,
        "Contact owner": choose(rng, ["", "Robin Sample (robin@example.com)"], len(people)),
    }


def _phone(country: str, number: int) -> str:
    """A number from the ranges kept free for fiction by Ofcom and the Bundesnetzagentur."""
    return f"+44 20 7946 0{number:03d}" if country == "United Kingdom" else f"+49 30 23125 {number:03d}"


def _custom(rng: np.random.Generator, people: People) -> dict[str, list[str]]:
    personas, size = people.personas, len(people)
    means = np.array(lives.AGE)[personas]
    age = np.clip(np.round(rng.normal(means[:, 0], means[:, 1])), 18, 84).astype(int)

    def levels(trait: lives.Trait) -> list[str]:
        return [trait.levels[i] for i in pick(rng, trait.means[personas])]

    methods = [sorted(set(choose(rng, list(BREWING), n))) for n in rng.integers(1, 4, size=size)]
    return {
        "Original Source": levels(lives.ORIGINAL_SOURCE),
        "Age": [str(a) for a in age],
        "Household Size": levels(lives.HOUSEHOLD),
        "Annual Income": levels(lives.INCOME),
        "Customer Type": levels(lives.CUSTOMER_TYPE),
        "Brewing Methods": [";".join(m) for m in methods],
        "Notes": choose(
            rng, ["", "", "", 'Said: "call me after five", then hung up', "Prefers, if possible,\nletters"], size
        ),
    }


def _blemish(rng: np.random.Generator, frame: pd.DataFrame) -> pd.DataFrame:
    """Missing values, placeholders, odd spelling and unreadable dates."""
    blemishes = (
        ("Age", "", 0.06),
        ("Age", "N/A", 0.03),
        ("Household Size", "", 0.07),
        ("Annual Income", "", 0.05),
        ("Annual Income", "Select", 0.06),
        ("Customer Type", "", 0.03),
        ("Original Source", "", 0.02),
        ("Phone Number", "", 0.3),
        ("City", "", 0.1),
        ("Job Title", "", 0.15),
        ("Age", "unknown", 0.002),
        (DATE_COLUMNS["Lead"], "31/02/2025 10:00", 0.003),
        (DATE_COLUMNS["Lead"], "last spring", 0.002),
    )
    columns = {name: frame[name].tolist() for name in frame.columns}
    for name, text, share in blemishes:
        for row in shuffled(rng, len(frame), share):
            columns[name][row] = text
    return pd.DataFrame(columns)


def _duplicates(rng: np.random.Generator, people: People, frame: pd.DataFrame, created: Ints) -> pd.DataFrame:
    """Older records of some contacts: same e-mail, other Record ID, little else known."""
    rows = np.array([i for i, record in enumerate(people.older_record_ids) if record], dtype=np.int64)
    older = frame.iloc[rows].copy()
    older["Record ID"] = [people.older_record_ids[i] for i in rows]
    older["Email"] = [e.upper() if i % 2 else e for i, e in enumerate(older["Email"])]
    older["Create Date"] = naive(to_local(created[rows] - 200 * DAY, PORTAL_HOURS))
    older["Lifecycle Stage"] = LADDER[0]
    for column in [*DATE_COLUMNS.values(), "Close Date", "Annual Income", "Notes", "Job Title"]:
        older[column] = ""
    older["Age"] = [str(int(a) - 1) if str(a).isdigit() else "" for a in older["Age"]]
    return older
