"""Privacy: what may not be declared as a field, and what is taken out of free text.

Direct identifiers (names, e-mails, phones, addresses) are used for linking and scrubbing only. Special categories
(GDPR art. 9 and 10) are refused by field name, but where sources.yaml names the legal basis under `sensitive`.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable

import phonenumbers

from pipeline.core.errors import near_match
from pipeline.core.sources import FieldSettings, QuestionSettings, SourceSettings
from pipeline.ingest.sensitive_words import (
    DIRECT,
    FIRST_NAMES,
    FULL_NAMES,
    LAST_NAMES,
    SPECIAL,
    SPECIAL_PAIRS,
    SPECIAL_STEMS,
)

_IN_MAIL = r"[^\s@<>()\[\],;:\"!?|/\\=&.]"
_TOP_LEVEL = r"[^\s@<>()\[\],;:\"!?|/\\=&.0-9'’]"
EMAIL = rf"(?:{_IN_MAIL}|\.)+(?:@|%40)(?:{_IN_MAIL}+\.)+{_TOP_LEVEL}{{2,}}"
"""Also of letters outside ASCII, and percent-encoded. For the engine, whose patterns cost linear time."""
_URL = re.compile(r"\b(?:https?://|www\.)[^\s<>\"']+", re.IGNORECASE)
_EMAIL = re.compile(rf"(?:{_IN_MAIL}|\.){{1,64}}(?:@|%40)(?:{_IN_MAIL}{{1,63}}\.){{1,8}}{_TOP_LEVEL}{{2,63}}")
"""The same with the lengths that RFC 5321 allows: a long word costs linear time here too."""
_HEX = "[0-9a-fA-F]{1,4}"
IP = (
    rf"\b(?:[0-9]{{1,3}}\.){{3}}[0-9]{{1,3}}\b|\b(?:{_HEX}:){{3,7}}{_HEX}\b"
    rf"|\b(?:[23][0-9a-fA-F]{{3}}|f[cd][0-9a-fA-F]{{2}}|fe80)(?::{_HEX}){{0,6}}::(?:{_HEX}(?::{_HEX}){{0,6}})?"
)
"""Of version 6 also where zeros are left out."""
_IP = re.compile(IP)
PHONE = (
    r"(?:\+ ?[1-9(](?:[ ()/.-]{0,2}[0-9]){6,13}"
    r"|\(?\b0[1-9][0-9]{1,3}\)?[ /.-]{1,3}[0-9](?:[ /.-]?[0-9]){4,9}"
    r"|\(?\b[2-9][0-9]{2}\)?[ .-]{1,2}[0-9]{3}[ .-][0-9]{4})\b"
)
"""As a cell holds it: with a country code, with an area code set off, or in the American way. No range, no date."""
_PHONE = re.compile(PHONE)
_IBAN = re.compile(r"\b[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")
_CARD = re.compile(r"\b[0-9](?:[ -]?[0-9]){12,18}\b")
_LONG_NUMBER = re.compile(r"\b[0-9]{8,}\b")
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_REGIONS = {"en": ("US", "GB"), "de": ("DE", "AT", "CH"), "fr": ("FR",), "es": ("ES",), "it": ("IT",), "nl": ("NL",)}
_ORDINARY_WORDS = """
will mark may rose grace hope joy bill art faith dawn june april august summer chance rich drew grant jack jean max
miles pat pierce ray rob robin sandy sue tony violet ivy olive penny ruby amber crystal pearl star sky van bob guy chase
hunter dean frank gene gay lane lee long price page short best cook day good young white brown green black king love
post bank field case share early low small major quick sharp wise rice fish wood stone hill park store
"""
_ORDINARY = frozenset(_ORDINARY_WORDS.split())
_PERSON_WORDS = """
user users customer customers contact contacts person people profile traits author recipient owner lead member client
respondent participant visitor buyer subscriber billing shipping account
"""
_PERSONS = frozenset(_PERSON_WORDS.split())
"""Objects whose `name` and `address` are a person's; that of a campaign, a library or a page is not."""
_PATH = re.compile(r"\S+\.\S*[^\s.]")
"""Column of a nested object, as JSON gives it."""
_OF_OBJECTS = frozenset(("name", "address", "adresse", "nom", "nome"))

_OPT_IN = " If there is a legal basis for its use, name it: `sensitive: {{{}: …}}`."
_BASIS_WORDS = 3
_DIRECT_NAMES = DIRECT | FIRST_NAMES | LAST_NAMES | FULL_NAMES
_LETTERS = str.maketrans({"ß": "ss", "ł": "l", "ø": "o", "æ": "ae", "œ": "oe", "đ": "d", "ı": "i"})

Scrubber = Callable[[str], str]


def words_of(name: str) -> str:
    """A column's name as lower-case words without accents.

    >>> words_of("RecipientEmail"), words_of("e-mail_address"), words_of("Prénom"), words_of("Straße")
    ('recipient email', 'e mail address', 'prenom', 'strasse')
    """
    split = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", unicodedata.normalize("NFC", name))
    plain = unicodedata.normalize("NFKD", split.lower().translate(_LETTERS))
    return " ".join(re.findall(r"[a-z0-9]+", "".join(c for c in plain if not unicodedata.combining(c))))


def refused_fields(name: str, source: SourceSettings) -> list[str]:
    """Mistakes for declared fields, questions and kept columns that hold special categories or direct identifiers.

    A column with declared levels identifies nobody, whatever its name: a telephone company sells "Phone: yes, no".
    """
    parts: list[tuple[str, str, FieldSettings | QuestionSettings]] = []
    parts += [(f"fields.{key}", key, field) for key, field in source.fields.items()]
    parts += [(f"questions.{key}", key, question) for key, question in source.questions.items()]
    mistakes = _basis_mistakes(name, source, [key for _, key, _ in parts])
    allowed = set(source.sensitive)
    for where, key, declared in parts:
        column = declared.column
        if is_direct_identifier(column) and not declared.levels:
            mistakes.append(_direct(name, where))
        elif declared.role == "exclude" or key in allowed:
            continue
        elif is_special_category(key) or is_special_category(column):
            mistakes.append(_special(name, where, "Remove it or set `role: exclude`." + _OPT_IN.format(key)))
    for column in source.keep:
        last = column.rsplit(".", 1)[-1]
        mistakes += [_direct(name, f"keep: {column}")] if is_direct_path(column) else []
        hint = "Remove it." + _OPT_IN.format(column)
        mistakes += (
            [_special(name, f"keep: {column}", hint)] if is_special_category(last) and column not in allowed else []
        )
    return mistakes


def _basis_mistakes(name: str, source: SourceSettings, declared: list[str]) -> list[str]:
    """Mistakes in `sensitive`: it names what the source has not, or no legal basis that a reader could check."""
    known = [*declared, *source.keep]
    unknown = [
        f"{name}: sensitive.{key}: no field, question or kept column of that name.{near_match(key, known)}"
        for key in source.sensitive
        if key not in known
    ]
    return unknown + [
        f"{name}: sensitive.{key}: say in words which legal basis (GDPR art. 9 (2)) allows its use, and where it is on "
        "record."
        for key, basis in source.sensitive.items()
        if len(basis.split()) < _BASIS_WORDS
    ]


def _direct(name: str, where: str) -> str:
    return f"{name}: `{where}` holds a direct identifier. Remove it; use it under `ids` if it links records."


def _special(name: str, where: str, remedy: str) -> str:
    return f"{name}: `{where}` speaks of a special category of personal data. {remedy}"


def is_special_category(name: str) -> bool:
    """Whether a column's name speaks of health, religion, ethnicity, politics and the like."""
    words = words_of(name)
    each = words.split()
    stems = any(word.startswith(SPECIAL_STEMS) for word in each)
    return stems or bool(SPECIAL.intersection(each)) or any(f" {pair} " in f" {words} " for pair in SPECIAL_PAIRS)


def is_direct_identifier(name: str) -> bool:
    """Whether a column's name says that it holds a name, an e-mail, a phone number or an address.

    >>> is_direct_identifier("E-Mail"), is_direct_identifier("user.email"), is_direct_identifier("e.g. by phone")
    (True, True, False)
    """
    return is_direct_path(name) if _PATH.fullmatch(name) else words_of(name) in _DIRECT_NAMES


def is_direct_path(path: str) -> bool:
    """The same for a path into nested objects: the `name` of a campaign is no person's.

    >>> is_direct_path("traits.name"), is_direct_path("traffic_source.name"), is_direct_path("context.ip")
    (True, False, True)
    """
    above, _, last = path.rpartition(".")
    if above and words_of(last) in _OF_OBJECTS:
        return bool(_PERSONS.intersection(words_of(above.rpartition(".")[2]).split()))
    return is_direct_identifier(last)


def name_columns(columns: Iterable[str]) -> tuple[list[str], list[str]]:
    """Columns with first names, and columns with last or full names."""
    leaves = {
        c: words_of(c.rpartition(".")[2] if _PATH.fullmatch(c) else c) for c in columns if is_direct_identifier(c)
    }
    first = [c for c, leaf in leaves.items() if leaf in FIRST_NAMES]
    return first, [c for c, leaf in leaves.items() if leaf in LAST_NAMES | FULL_NAMES]


def make_scrubber(first_names: Iterable[str], last_names: Iterable[str], language: str = "en") -> Scrubber:
    """A function that replaces e-mails, links, phones, card and account numbers, IPs and known names by `[email]` ….

    First names are found in any case. Last names, and first names that are words of the language, are found where they
    are capitalised and do not begin a sentence.
    """
    first, last = _name_parts(first_names), _name_parts(last_names)
    regions = _REGIONS.get(language, ("US",))

    def scrub(text: str) -> str:
        cleaned = scrub_patterns(unicodedata.normalize("NFC", text))
        cleaned = _without_phones(cleaned, regions)
        cleaned = _LONG_NUMBER.sub("[number]", cleaned)
        return _without_names(cleaned, first, last) if first or last else cleaned

    return scrub


def _name_parts(names: Iterable[str]) -> set[str]:
    """Words of names in lower case, in composed form: `é` may be written as one character or two."""
    return {
        part.lower() for name in names for part in _WORD.findall(unicodedata.normalize("NFC", name)) if len(part) > 1
    }


def scrub_patterns(text: str) -> str:
    """`text` without e-mails, links, account and card numbers and IP addresses."""
    cleaned = _EMAIL.sub("[email]", text) if "@" in text or "%40" in text else text
    cleaned = _URL.sub("[link]", cleaned)
    cleaned = _IBAN.sub(lambda m: "[account]" if _is_iban(m[0]) else m[0], cleaned)
    cleaned = _CARD.sub(lambda m: "[card]" if _passes_luhn(m[0]) else m[0], cleaned)
    return _IP.sub("[ip]", cleaned)


def scrub_cell(text: str) -> str:
    """`text` of a field or a closed answer without what patterns find, phone numbers and long numbers.

    Names stay: towns, companies and brands bear people's names. Phones are told by how they are written (`PHONE`):
    `10000-19999` is a range, whatever countries' numbers look like it.

    >>> scrub_cell("call 030 23125771"), scrub_cell("10000-19999"), scrub_cell("01/02/2025"), scrub_cell("no 123456789")
    ('call [phone]', '10000-19999', '01/02/2025', 'no [number]')
    """
    cleaned = scrub_patterns(text)
    if sum(c.isdigit() for c in cleaned) < 7:
        return cleaned
    return _LONG_NUMBER.sub("[number]", _PHONE.sub("[phone]", cleaned))


def _without_phones(text: str, regions: tuple[str, ...]) -> str:
    if sum(c.isdigit() for c in text) < 7:
        return text
    for region in regions:
        for match in reversed(list(phonenumbers.PhoneNumberMatcher(text, region))):
            text = f"{text[: match.start]}[phone]{text[match.end :]}"
    return text


def _without_names(text: str, first: set[str], last: set[str]) -> str:
    def replace(match: re.Match[str]) -> str:
        word = match[0]
        plain = re.sub(r"['’]s$", "", word).lower()
        if plain in first and plain not in _ORDINARY:
            return "[name]"
        known = plain in first or plain in last
        return "[name]" if known and word != word.lower() and not _begins_sentence(text, match.start()) else word

    return _WORD.sub(replace, text)


def _begins_sentence(text: str, position: int) -> bool:
    before = text[:position].rstrip(" \t\"'“„(")
    return not before or before[-1] in ".!?\n:"


def _is_iban(text: str) -> bool:
    """Check digits by ISO 13616: letters as numbers, modulo 97 leaves 1."""
    plain = text.replace(" ", "")
    return int("".join(str(int(c, 36)) for c in plain[4:] + plain[:4])) % 97 == 1


def _passes_luhn(text: str) -> bool:
    """Check digit by ISO/IEC 7812-1."""
    digits = [int(c) for c in reversed(text) if c.isdigit()]
    doubled = [sum(divmod(2 * d, 10)) for d in digits[1::2]]
    return (sum(digits[0::2]) + sum(doubled)) % 10 == 0
