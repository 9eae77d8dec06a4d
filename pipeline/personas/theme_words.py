"""Texts as words: which words of a language carry a theme, and how they are folded together."""

import re
from collections.abc import Callable

_TOKEN = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?", re.UNICODE)
_SCRUBBED = re.compile(r"\[[a-z ]+\]")
SHORTEST = 3
_GERMAN = frozenset(
    """
    aber alle allem allen aller alles als also am an ander andere anderem anderen anderer anderes auch auf aus bei beim
    bin bis bist da dabei damit dann das dass dazu dein deine dem den denn der des dich die dies diese diesem diesen
    dieser dieses dir doch dort du durch ein eine einem einen einer eines einfach einmal er es etwas euch euer für
    gegen gar ganz gehabt gewesen gibt habe haben hat hatte hatten hier hin hinter ich ihm ihn ihnen ihr ihre ihrem
    ihren ihrer im immer in indem ins ist ja jede jedem jeden jeder jedes jener jetzt kann kein keine keinem keinen
    keiner können könnte machen man manche mehr mein meine meinem meinen meiner mich mir mit mal muss müssen nach
    nicht nichts noch nun nur ob oder ohne sehr sein seine seinem seinen seiner selbst sich sie sind so solche soll
    sollte sondern sonst über um und uns unser unsere unter viel vom von vor während war waren warum was weg weil
    weiter welche welchem welchen welcher wenn wer werde werden wie wieder will wir wird wirst wo wollen wollte würde
    würden zu zum zur zwar zwischen
    """.split()  # noqa: SIM905
)
_FILLERS = frozenset({"yes", "yeah", "okay", "thank", "thanks", "please", "really", "just", "like", "lot", "thing"})
Folding = Callable[[str], str]


def _english(word: str) -> str:
    """Plural and singular as one (the S stemmer of Harman 1991).

    >>> [_english(word) for word in ("deliveries", "coupons", "glass", "prices")]
    ['delivery', 'coupon', 'glass', 'price']
    """
    if word.endswith("ies") and not word.endswith(("eies", "aies")) and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith("es") and not word.endswith(("aes", "ees", "oes")):
        return word[:-1]
    if word.endswith("s") and not word.endswith(("us", "ss")):
        return word[:-1]
    return word


def supported_languages() -> tuple[str, ...]:
    """Codes of the languages whose filler words are known."""
    return ("de", "en")


def stop_words(language: str) -> frozenset[str]:
    """Words that carry no theme; raises `KeyError` for a language that is not supported."""
    if language == "en":
        from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

        return frozenset(ENGLISH_STOP_WORDS) | _FILLERS
    return {"de": _GERMAN}[language]


def words_of(language: str) -> Callable[[str], list[str]]:
    """A function: text -> its theme-bearing words, scrubbed parts left out.

    >>> words_of("en")("My deliveries are late: write to [email]!")
    ['delivery', 'late', 'write']
    """
    stops = stop_words(language)
    fold: Folding = _english if language == "en" else str

    def analyse(text: str) -> list[str]:
        found = [token.split("'")[0].split("’")[0] for token in _TOKEN.findall(_SCRUBBED.sub(" ", text.lower()))]
        return [fold(word) for word in found if len(word) >= SHORTEST and word not in stops]

    return analyse
