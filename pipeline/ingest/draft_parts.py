"""Drafts of exports that come in parts: files that differ in digits or the names of months only are one source."""

import re
from collections.abc import Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

from pipeline.ingest.inspection import Inspection

_DIGITS = r"[0-9]+(?:[-_][0-9]+)*"
_MONTHS = "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
_MONTH = re.compile(rf"(?<![A-Za-z])(?:{_MONTHS}|nov(?:ember)?|dec(?:ember)?)(?![A-Za-z])", re.IGNORECASE)
_A_FILE_EACH = "plain-text"
"""The format of which every file is a document, called as somebody pleased."""


def one_per_glob(found: Sequence[Inspection]) -> list[Inspection]:
    """Files of one folder and format that differ only in digits, or months with the same columns, as one source each.

    Files whose pattern would take in another file stay apart.
    """
    parts: dict[tuple[str, str, tuple[str, ...]], list[Inspection]] = {}
    for f in found:
        glob = re.sub(_DIGITS, "*", f.file)
        if f.format == _A_FILE_EACH:
            glob = re.sub(r"[^/]+(?=\.)", "*", f.file)
        columns = tuple(c.name for c in f.columns) if _MONTH.search(glob) else ()
        parts.setdefault((_MONTH.sub("*", glob), f.format, columns), []).append(f)
    result = []
    for (glob, _, _), group in parts.items():
        pattern = next(
            (p for p in (glob, glob.replace("*", "[0-9]*")) if len(group) > 1 and _fits(p, group, found)), ""
        )
        result += [replace(group[0], file=pattern)] if pattern else group
    return result


def _fits(pattern: str, group: Sequence[Inspection], found: Sequence[Inspection]) -> bool:
    """Whether a pattern takes in the files of the group, and no other."""
    return {f.file for f in found if fnmatchcase(f.file, pattern)} == {f.file for f in group}
