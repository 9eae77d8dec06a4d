"""What a draft says of a whole dataset: the language that its headings and questions speak, the currency of amounts."""

import re
from collections.abc import Sequence

from pipeline.ingest.inspection import Inspection

_WORDS = {
    "en": "the you your how what do does is are of and with which why when would have our to",
    "de": "der die das sie ihre ihr wie was ist sind und mit welche warum wann würden haben unser zu nicht für",
    "fr": "le la les vous votre vos comment que quel quelle est sont et avec pourquoi quand nous notre pour",
    "es": "el los las usted su sus cómo qué cuál es son y con por cuándo nuestro para",
    "it": "il gli lei suo come che quale è sono e con perché quando nostro per",
    "nl": "de het u uw hoe wat is zijn en met welke waarom wanneer zou hebben onze voor",
}
_LANGUAGES = {language: frozenset(words.split()) for language, words in _WORDS.items()}
_FEWEST_WORDS = 5
_FEWEST_DIFFERENT = 2
"""Headings such as E1 to E5 are no Italian."""
_CODES = {"€": "EUR", "£": "GBP", "zł": "PLN", "Kč": "CZK", "₹": "INR", "₺": "TRY", "₴": "UAH", "₩": "KRW", "฿": "THB"}
"""Signs that stand for one currency; a dollar may be of many countries."""


def language_of(found: Sequence[Inspection]) -> str:
    """The language most of whose small words stand in headings and labels; English where these are too few to say."""
    texts = " ".join(dict.fromkeys(text for f in found for c in f.columns for text in (c.name, c.label)))
    words = re.findall(r"[^\W\d_]+", texts.lower())
    counts = {language: sum(word in own for word in words) for language, own in _LANGUAGES.items()}
    best = max(counts, key=lambda language: counts[language])
    different = len(_LANGUAGES[best].intersection(words))
    return best if counts[best] >= _FEWEST_WORDS and different >= _FEWEST_DIFFERENT else "en"


def currency_of(found: Sequence[Inspection]) -> str:
    """The code of the one currency that amounts are written with, or that a column of that name holds; else empty."""
    marks = {c.currency for f in found for c in f.columns if c.currency}
    codes = {_CODES.get(mark, mark) for mark in marks}
    told = [c for f in found for c in f.columns if c.name.lower().split("_")[0] == "currency"]
    codes |= {level.upper() for c in told for level in c.levels}
    code = next(iter(codes)) if len(codes) == 1 else ""
    return code if re.fullmatch("[A-Z]{3}", code) else ""
