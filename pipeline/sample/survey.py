"""The survey's export in Qualtrics' layout: three header rows, choice texts, previews, unfinished, careless answers."""

import json

import numpy as np
import pandas as pd

from pipeline.sample import attitudes
from pipeline.sample.attitudes import AGREEMENT, Choices, Scale
from pipeline.sample.clock import DAY, HOUR, PORTAL_HOURS, SECOND, at_own_hour, millis, naive, to_local
from pipeline.sample.draws import Floats, Ints, choose, pick, shuffled, stream
from pipeline.sample.people import People

RESPONSE_SHARE = 0.6
RANDOM_SHARE = 0.12
"""Share of answers that have nothing to do with the person."""
STRAIGHT_SHARE, SPEEDER_SHARE, UNFINISHED_SHARE = 0.03, 0.03, 0.05
_OPENED = millis("2025-06-02")
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_METADATA = (
    ("StartDate", "Start Date", "startDate"),
    ("EndDate", "End Date", "endDate"),
    ("Status", "Response Type", "status"),
    ("IPAddress", "IP Address", "ipAddress"),
    ("Progress", "Progress", "progress"),
    ("Duration (in seconds)", "Duration (in seconds)", "duration"),
    ("Finished", "Finished", "finished"),
    ("RecordedDate", "Recorded Date", "recordedDate"),
    ("ResponseId", "Response ID", "_recordId"),
    ("RecipientLastName", "Recipient Last Name", "recipientLastName"),
    ("RecipientFirstName", "Recipient First Name", "recipientFirstName"),
    ("RecipientEmail", "Recipient Email", "recipientEmail"),
    ("ExternalReference", "External Data Reference", "externalDataReference"),
    ("LocationLatitude", "Location Latitude", "locationLatitude"),
    ("LocationLongitude", "Location Longitude", "locationLongitude"),
    ("DistributionChannel", "Distribution Channel", "distributionChannel"),
    ("UserLanguage", "User Language", "userLanguage"),
)
_ZONED = ("startDate", "endDate", "recordedDate")


def make_survey(seed: int, people: People) -> pd.DataFrame:
    """The whole export as text: columns are row 1 of the file, the first two rows are its rows 2 and 3."""
    rng = stream(seed, "survey")
    who = shuffled(rng, len(people), RESPONSE_SHARE)
    answers, headers = _answers(rng, people.personas[who])
    answers = _be_careless(rng, answers)
    metadata = pd.DataFrame(_metadata(rng, people, who))
    unfinished = shuffled(rng, len(who), UNFINISHED_SHARE)
    metadata, answers = _break_off(rng, metadata, answers, unfinished)
    metadata = _blur_links(rng, metadata)
    rows = pd.concat([metadata, answers], axis=1)
    rows = pd.concat([rows, _previews(rows)], ignore_index=True).sort_values(["RecordedDate", "ResponseId"])
    heads = [(name, label, _import_id(code)) for name, label, code in _METADATA] + headers
    top = pd.DataFrame([[label for _, label, _ in heads], [code for _, _, code in heads]], columns=rows.columns)
    return pd.concat([top, rows], ignore_index=True)


def _import_id(name: str) -> str:
    zone = {"timeZone": "Europe/Berlin"} if name in _ZONED else {}
    return json.dumps({"ImportId": name, **zone}, separators=(",", ":"))


Header = tuple[str, str, str]


def _answers(rng: np.random.Generator, personas: Ints) -> tuple[pd.DataFrame, list[Header]]:
    columns: dict[str, list[str]] = {}
    headers: list[Header] = []

    def add(name: str, label: str, code: str, cells: list[str]) -> None:
        columns[name] = cells
        headers.append((name, label, json.dumps({"ImportId": code}, separators=(",", ":"))))

    for number, scale in enumerate(attitudes.SCALES, 1):
        for item, cells in enumerate(_likert(rng, scale, personas), 1):
            add(f"Q{number}_{item}", f"{scale.stem} - {scale.items[item - 1][0]}", f"QID{number}_{item}", cells)
    for number, question in enumerate((attitudes.NEEDS, attitudes.PAINS, attitudes.CHANNELS_USED), 4):
        add(f"Q{number}", question.text, f"QID{number}", _ticked(rng, question, personas))
    add("Q7", attitudes.DECIDING.text, "QID7", _chosen(rng, attitudes.DECIDING, personas))
    scores = _scores(rng, np.array(attitudes.NPS)[personas], 1.9, 0, 10)
    groups = ["Promoter" if s > 8 else "Passive" if s > 6 else "Detractor" for s in scores]
    add("Q8_NPS_GROUP", "How likely are you to recommend us? - Group", "QID8_NPS_GROUP", groups)
    add("Q8", "How likely are you to recommend us?", "QID8", [str(s) for s in scores])
    satisfied = _scores(rng, np.array(attitudes.CSAT)[personas], 0.9, 1, 5)
    add(
        "Q9",
        "How satisfied are you with Kettle &amp; Grain? (1 = not at all, 5 = fully)",
        "QID9",
        [str(s) for s in satisfied],
    )
    add("Q10", "What would make your coffee life easier?", "QID10_TEXT", _wishes(rng, personas))
    add("Q11", "Anything else?", "QID11_TEXT", _anything_else(rng, len(personas)))
    add("survey_wave", "survey_wave", "survey_wave", ["2025-06"] * len(personas))
    return pd.DataFrame(columns), headers


def _at_random(rng: np.random.Generator, cells: Ints, levels: int) -> Ints:
    """Some answers replaced by any answer."""
    noise = rng.random(len(cells)) < RANDOM_SHARE
    return np.where(noise, rng.integers(levels, size=len(cells)), cells)


def _likert(rng: np.random.Generator, scale: Scale, personas: Ints) -> list[list[str]]:
    attitude = np.array(scale.means)[personas] + rng.normal(0, 0.55, len(personas))
    columns = []
    for _, reverse in scale.items:
        felt = (-attitude if reverse else attitude) + rng.normal(0, 0.75, len(personas))
        level = np.searchsorted([-1.4, -0.45, 0.45, 1.4], felt).astype(np.int64)
        columns.append([AGREEMENT[i] for i in _at_random(rng, level, 5)])
    return columns


def _ticked(rng: np.random.Generator, question: Choices, personas: Ints) -> list[str]:
    """Ticked options joined by commas, as Qualtrics does, commas inside an option included."""
    chances = np.array(list(question.options.values())).T[personas]
    random = rng.random(len(personas)) < RANDOM_SHARE
    chances = np.where(random[:, None], 0.35, chances)
    ticks = rng.random(chances.shape) < chances
    names = list(question.options)
    return [",".join(name for name, tick in zip(names, row, strict=True) if tick) for row in ticks.tolist()]


def _chosen(rng: np.random.Generator, question: Choices, personas: Ints) -> list[str]:
    options = list(question.options)
    picked = pick(rng, np.array(list(question.options.values())).T[personas])
    return [options[i] for i in _at_random(rng, picked, len(options))]


def _scores(rng: np.random.Generator, means: Floats, spread: float, low: int, high: int) -> list[int]:
    scores = np.clip(np.round(rng.normal(means, spread)), low, high).astype(np.int64)
    return [int(s) + low for s in _at_random(rng, scores - low, high - low + 1)]


def _wishes(rng: np.random.Generator, personas: Ints) -> list[str]:
    said = rng.random(len(personas)) < 0.55
    which = rng.integers(4, size=len(personas))
    contact = rng.random(len(personas)) < 0.02
    texts = []
    for persona, number, speaks, leaves in zip(personas, which, said, contact, strict=True):
        text = attitudes.WISHES[persona][number] if speaks else ""
        texts.append(
            f"{text} Write to me: coffee{number}@example.com or +49 30 23125 77{number}" if speaks and leaves else text
        )
    return texts


def _anything_else(rng: np.random.Generator, size: int) -> list[str]:
    texts = choose(rng, list(attitudes.ANYTHING_ELSE), size)
    return [text if said else "" for text, said in zip(texts, rng.random(size) < 0.25, strict=True)]


def _metadata(rng: np.random.Generator, people: People, who: Ints) -> dict[str, list[str]]:
    size = len(who)
    opened = _OPENED + (np.minimum(rng.exponential(5, size), 25) * DAY).astype(np.int64)
    start = np.maximum(at_own_hour(rng, opened, people.hours[who], people.winter_hours[who]), _OPENED + HOUR)
    duration = np.round(np.exp(rng.normal(np.log(320), 0.35, size))).astype(np.int64)
    fast = shuffled(rng, size, SPEEDER_SHARE)
    duration[fast] = rng.integers(35, 80, len(fast))
    end = start + duration * SECOND
    letters = rng.integers(len(_ALPHABET), size=(size, 15))
    return {
        "StartDate": naive(to_local(start, PORTAL_HOURS), "s"),
        "EndDate": naive(to_local(end, PORTAL_HOURS), "s"),
        "Status": ["IP Address"] * size,
        "IPAddress": [f"203.0.113.{n}" for n in rng.integers(1, 255, size)],
        "Progress": ["100"] * size,
        "Duration (in seconds)": [str(d) for d in duration],
        "Finished": ["True"] * size,
        "RecordedDate": naive(to_local(end + 1 * SECOND, PORTAL_HOURS), "s"),
        "ResponseId": ["R_" + "".join(_ALPHABET[i] for i in row) for row in letters],
        "RecipientLastName": [people.last_names[i] for i in who],
        "RecipientFirstName": [people.first_names[i] for i in who],
        "RecipientEmail": [people.emails[i] for i in who],
        "ExternalReference": [people.record_ids[i] for i in who],
        "LocationLatitude": [f"{n:.1f}" for n in rng.uniform(48, 60, size)],
        "LocationLongitude": [f"{n:.1f}" for n in rng.uniform(0, 24, size)],
        "DistributionChannel": ["email"] * size,
        "UserLanguage": ["EN"] * size,
    }


def _be_careless(rng: np.random.Generator, answers: pd.DataFrame) -> pd.DataFrame:
    """Straight-liners give one answer to every item of the batteries."""
    items = [f"Q{n}_{i}" for n, scale in enumerate(attitudes.SCALES, 1) for i in range(1, len(scale.items) + 1)]
    result = answers.copy()
    for row in shuffled(rng, len(answers), STRAIGHT_SHARE):
        result.loc[row, items] = AGREEMENT[int(rng.integers(1, 5))]
    return result


def _break_off(
    rng: np.random.Generator, metadata: pd.DataFrame, answers: pd.DataFrame, rows: Ints
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Unfinished responses: nothing after some question."""
    metadata, answers = metadata.copy(), answers.copy()
    for row, kept in zip(rows, rng.integers(4, 14, len(rows)), strict=True):
        answers.loc[row, answers.columns[kept:-1]] = ""
        metadata.loc[row, ["Finished", "Progress"]] = ["False", str(round(100 * kept / len(answers.columns)))]
    return metadata, answers


def _blur_links(rng: np.random.Generator, metadata: pd.DataFrame) -> pd.DataFrame:
    """A few responses can be linked by e-mail only, a few not at all."""
    result = metadata.copy()
    order = rng.permutation(len(metadata))
    by_email, unlinkable = order[: max(2, len(order) // 33)], order[-max(2, len(order) // 100) :]
    result.loc[by_email, "ExternalReference"] = ""
    result.loc[unlinkable, ["ExternalReference", "RecipientEmail", "RecipientFirstName", "RecipientLastName"]] = ""
    return result


def _previews(rows: pd.DataFrame) -> pd.DataFrame:
    """Test runs by the survey's editors."""
    tests = rows.iloc[:4].copy()
    tests["Status"] = "Survey Preview"
    tests["ResponseId"] = [f"R_preview{i:08d}" for i in range(len(tests))]
    tests[["ExternalReference", "RecipientEmail", "RecipientFirstName", "RecipientLastName"]] = ""
    tests["DistributionChannel"] = "preview"
    return tests
