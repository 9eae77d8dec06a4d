"""Numbers in sentences: which there are."""

import re

_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")


def numbers_in(text: str) -> list[str]:
    """Every number in `text`, as written.

    >>> numbers_in("62% shop between 18 and 24 h, 1,234.5 times")
    ['62', '18', '24', '1,234.5']
    """
    return [found.rstrip(",") for found in _NUMBER.findall(text)]
