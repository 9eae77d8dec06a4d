"""Labels for a draft: how columns and questions read in sentences about customers."""

import re
from textwrap import shorten

from pipeline.ingest.privacy import words_of

MOST_CHARACTERS = 90
MOST_OF_A_GRID = 50
_HOW_TO_ANSWER = re.compile(
    r"\s*\((check|tick|select|choose|pick|mark|multiple|please|mehrfach|bitte)\b[^()]*\)\s*", re.IGNORECASE
)
_CHOSEN = " - Selected Choice"
"""Qualtrics tells the choice apart from what was written beside it."""


def label_of_column(name: str) -> str:
    """A column's name in words; one that is words already stays as it is.

    >>> [label_of_column(name) for name in ("MonthlyCharges", "zip_code", "NPS", "Your age")]
    ['Monthly charges', 'Zip code', 'NPS', 'Your age']
    """
    if " " in name or name.isupper() or not re.search(r"[A-Za-z]", name):
        return name
    words = words_of(name)
    return words[:1].upper() + words[1:]


def label_of_question(text: str) -> str:
    """A question as a label: without how to answer it, whole words; of a grid, the row that it asks of comes first.

    >>> label_of_question("Where do you buy? (Check all that apply)")
    'Where do you buy?'
    >>> label_of_question("How often does your company do the following activities each year? - Train developers")
    'Train developers (How often does your company do the following…)'
    >>> label_of_question("What is your gender? - Selected Choice")
    'What is your gender?'
    """
    plain = " ".join(_HOW_TO_ANSWER.sub(" ", text).replace(_CHOSEN, " ").split())
    grid, mark, row = plain.rpartition(" - ")
    if mark and grid and len(plain) > MOST_OF_A_GRID:
        return f"{_cut(row, MOST_CHARACTERS)} ({_cut(grid, MOST_OF_A_GRID)})"
    return _cut(plain, MOST_CHARACTERS) or text


def _cut(text: str, most: int) -> str:
    return shorten(text, most, placeholder="…") if len(text) > most else text
