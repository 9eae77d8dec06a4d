"""Scales of ordinals: what a mean position on them is in the scale's own numbers."""

import re
from collections.abc import Sequence


def lowest_number(levels: Sequence[str]) -> int | None:
    """The number of the lowest level where all are whole numbers in a row, the last perhaps open; else None.

    A mean position plus this number is the mean in the scale's own numbers, “5+” counted as 5.

    >>> lowest_number(["1", "2", "3+"]), lowest_number(["0", "1"]), lowest_number(["19-24", "25-34"])
    (1, 0, None)
    """
    closed = [*levels[:-1], *(re.sub(r" ?\+$| or more$", "", level.strip()) for level in levels[-1:])]
    if not closed or not all(re.fullmatch(r"\d+", level.strip()) for level in closed):
        return None
    numbers = [int(level) for level in closed]
    return numbers[0] if numbers == list(range(numbers[0], numbers[0] + len(numbers))) else None


def ends_of_scale(levels: Sequence[str]) -> str:
    """What a mean position is measured by.

    >>> ends_of_scale(["low", "middle", "high"])
    '0 is “low”, 2 is “high”'
    """
    return f"0 is “{levels[0]}”, {len(levels) - 1} is “{levels[-1]}”" if levels else ""
