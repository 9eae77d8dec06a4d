"""Salesforce ids: 15 characters whose case matters, or the same with a suffix of 3 that tells the case.

The suffix has one character per five of the id, from `A…Z0…5`: bit i is set where the i-th of the five is a capital
(the formula function CASESAFEID).
"""

import re

_CODE = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_LONG = re.compile(r"[A-Za-z0-9]{15}[A-Za-z0-5]{3}")
_SHORT = re.compile(r"[A-Za-z0-9]{15}")


def is_id(text: str) -> bool:
    """Whether a text has the form of an id: 15 characters, or 18 with a suffix that can be theirs."""
    trimmed = text.strip()
    if _SHORT.fullmatch(trimmed):
        return any(c.isdigit() for c in trimmed)
    return _LONG.fullmatch(trimmed) is not None and of_18(trimmed).lower() == trimmed.lower() and _fits(trimmed)


def is_id_column(name: str) -> bool:
    """Whether a column of an export holds ids, by its API name.

    >>> is_id_column("ConvertedContactId"), is_id_column("ID"), is_id_column("Paid__c")
    (True, True, False)
    """
    return name == "ID" or name.endswith("Id") or (name.isupper() and name.endswith("ID"))


def of_18(text: str) -> str:
    """The id with 18 characters; what is no id stays as it is. A long id whose case was lost gets it back.

    >>> of_18("a0D30000001n7Pi"), of_18("A0D30000001N7PIEAI")
    ('a0D30000001n7PiEAI', 'a0D30000001n7PiEAI')
    """
    trimmed = text.strip()
    if _SHORT.fullmatch(trimmed):
        return trimmed + _suffix(trimmed)
    return _restored(trimmed) if _LONG.fullmatch(trimmed) and _fits(trimmed) else text


def sql_of_18(column: str) -> str:
    """`of_18` as an SQL expression over a quoted column."""
    text = f"trim({column})"
    suffix = " || ".join(_sql_suffix(text, five) for five in range(3))
    restored = " || ".join(_sql_restored(text, position) for position in range(15))
    long = f"{restored} || upper(substr({text}, 16, 3))"
    fits = " AND ".join(_sql_fits(text, position) for position in range(15))
    return (
        f"CASE WHEN regexp_full_match({text}, '{_SHORT.pattern}') THEN {text} || {suffix} "
        f"WHEN regexp_full_match({text}, '{_LONG.pattern}') AND {fits} THEN {long} ELSE {column} END"
    )


def _suffix(short: str) -> str:
    fives = (short[i : i + 5] for i in (0, 5, 10))
    return "".join(_CODE[sum(1 << i for i, c in enumerate(five) if c.isupper())] for five in fives)


def _is_capital(long: str, position: int) -> bool:
    return bool(_CODE.index(long[15 + position // 5].upper()) >> position % 5 & 1)


def _fits(long: str) -> bool:
    """Whether the suffix calls letters capitals only, not digits."""
    return not any(_is_capital(long, i) and long[i].isdigit() for i in range(15))


def _restored(long: str) -> str:
    cased = (long[i].upper() if _is_capital(long, i) else long[i].lower() for i in range(15))
    return "".join(cased) + long[15:].upper()


def _sql_suffix(text: str, five: int) -> str:
    bits = " + ".join(
        f"CASE WHEN substr({text}, {five * 5 + i + 1}, 1) BETWEEN 'A' AND 'Z' THEN {1 << i} ELSE 0 END"
        for i in range(5)
    )
    return f"substr('{_CODE}', 1 + {bits}, 1)"


def _sql_is_capital(text: str, position: int) -> str:
    code = f"strpos('{_CODE}', upper(substr({text}, {16 + position // 5}, 1))) - 1"
    return f"(({code}) >> {position % 5}) & 1 = 1"


def _sql_fits(text: str, position: int) -> str:
    return f"NOT ({_sql_is_capital(text, position)} AND substr({text}, {position + 1}, 1) BETWEEN '0' AND '9')"


def _sql_restored(text: str, position: int) -> str:
    one = f"substr({text}, {position + 1}, 1)"
    return f"CASE WHEN {_sql_is_capital(text, position)} THEN upper({one}) ELSE lower({one}) END"
