"""Transcripts of interviews, one row per turn, with the themes of each life and things that must be scrubbed."""

import numpy as np
import pandas as pd

from pipeline.sample import attitudes
from pipeline.sample.clock import DAY, millis
from pipeline.sample.draws import choose, stream
from pipeline.sample.people import People

INTERVIEWS = 40
QUESTIONS = (
    "Thank you for your time. How does coffee fit into your day?",
    "What do you look for when you buy coffee gear?",
    "What went wrong the last time you ordered?",
    "Where do you hear about new things?",
    "What would you change if you could?",
)
THEMES = (
    (
        "In the evening, after dinner, I sit at my computer and read about grinders. Brewing is a craft, I love it.",
        "I want the details: burr size, roast date, water recipe. A good guide is worth more to me than a low price.",
        "There was too little information about the grinder, I had to look for measurements in a forum.",
        "Mostly the forum, and two blogs. People there test things, they brew and compare.",
    ),
    (
        "We are forty people in the office, coffee is a matter of supply. I order on weekdays, between meetings.",
        "It has to arrive on time and I need one proper invoice. We buy in bulk, five kilos at once.",
        "The invoice was missing again and accounting came back to me. And the delivery was two days late.",
        "I read the newsletter at work. If there is a link to reorder, I use it.",
    ),
    (
        "I drink it standing, before the kids wake up. In the evening I order on my phone when they are asleep.",
        "It has to be quick. I have no time to choose, I want deliveries that come without thinking about them.",
        "Too many steps. I put things in the basket with one hand, then had to log in again, and I gave up.",
        "Other parents, or something that comes up on my phone. I do not look for it.",
    ),
    (
        "Late at night when I study, so half past one is normal. Four of us share one small kitchen and one press.",
        "The price. I wait for a coupon, and I compare prices everywhere before I buy.",
        "Shipping cost more than the filters. I closed the page and waited for a deal.",
        "Social media, always. Somebody posts a coupon code and everybody copies it.",
    ),
    (
        "I hardly drink coffee myself. I buy for others, at weekends, on the tablet on the sofa.",
        "A nice gift that arrives on the day. It should look good when it is unwrapped.",
        "There was too much choice and I did not know which press is right for a gift. The delivery was late, too.",
        "I search: 'gift for coffee lover', and take the first shop that looks honest.",
    ),
)
_FILLERS = ("Yes, well.", "Let me think.", "Honestly?", "As I said,", "Hm.", "That is easy.")


def make_interviews(seed: int, people: People) -> dict[str, pd.DataFrame]:
    """File name -> transcript rows as text; interviews are spread over two rounds."""
    rng = stream(seed, "interviews")
    size = min(INTERVIEWS, max(5, len(people) // 10))
    turns: dict[str, list[list[str]]] = {"2025-04.csv": [], "2025-05.csv": []}
    by_persona = [rng.permutation(np.flatnonzero(people.personas == p)) for p in range(len(THEMES))]
    for number in range(size):
        persona, round_name = number % len(THEMES), list(turns)[number % 2]
        customer = int(by_persona[persona][number // len(THEMES) % len(by_persona[persona])])
        turns[round_name] += _transcript(rng, people, customer, number, round_name.removesuffix(".csv"))
    columns = ["doc_id", "respondent_id", "source", "date", "speaker", "turn", "text", "consent"]
    return {name: pd.DataFrame(rows, columns=columns) for name, rows in turns.items()}


def _transcript(rng: np.random.Generator, people: People, customer: int, number: int, month: str) -> list[list[str]]:
    persona = int(people.personas[customer])
    date = np.datetime64(millis(f"{month}-02") + int(rng.integers(26)) * DAY, "ms").astype("datetime64[D]")
    consent = "no" if number % 13 == 12 else "yes"
    respondent = "" if number % 17 == 16 else people.record_ids[customer]
    rows = []
    for at, question in enumerate(QUESTIONS):
        rows += [("moderator", question), ("respondent", _answer(rng, people, customer, persona, at))]
    return [
        [f"I-{number + 1:03d}", respondent, "interview", str(date), speaker, str(turn), text, consent]
        for turn, (speaker, text) in enumerate(rows)
    ]


def _answer(rng: np.random.Generator, people: People, customer: int, persona: int, question: int) -> str:
    # One answer in eight speaks of another life's matters.
    life = int(rng.integers(len(THEMES))) if rng.random() < 0.12 else persona
    themes = THEMES[life]
    text = themes[question] if question < len(themes) else attitudes.WISHES[life][int(rng.integers(4))]
    filler = choose(rng, ["", "", *_FILLERS], 1)[0]
    contact = ""
    if question == 0 and rng.random() < 0.3:
        contact = f" I am {people.first_names[customer]} {people.last_names[customer]}, by the way."
    if question == 4 and rng.random() < 0.3:
        contact = f" You can reach me at {people.emails[customer]} or +49 30 23125 {int(rng.integers(1000)):03d}."
    return f"{filler} {text}{contact}".strip()
