"""Choices of a multi-select: one comma-joined cell, or one column per choice."""

import re
from collections.abc import Sequence


def split_choices(cell: str, levels: Sequence[str]) -> list[str]:
    """Choices in a comma-joined cell.

    A choice may hold commas itself: at each place the longest declared level is taken, else the text up to the next
    comma.

    >>> split_choices("Phone, mail,E-mail", ["Phone, mail", "Phone", "E-mail"])
    ['Phone, mail', 'E-mail']
    """
    longest_first = sorted((level.strip() for level in levels), key=len, reverse=True)
    rest, found = cell.strip(), []
    while rest:
        level = next((v for v in longest_first if rest == v or re.match(re.escape(v) + r"\s*,", rest)), None)
        choice = level if level is not None else rest.split(",", 1)[0]
        rest = rest[len(choice) :].lstrip().removeprefix(",").lstrip()
        if choice.strip():
            found.append(choice.strip())
    return list(dict.fromkeys(found))


def split_columns(column: str, columns: Sequence[str]) -> list[str]:
    """Columns of a multi-select that is spread out: `Q5_1`, `Q5_2`, … where `Q5` itself is no column.

    >>> split_columns("Q5", ["Q5_2", "Q5_10", "Q5_TEXT", "Q6_1"])
    ['Q5_2', 'Q5_10']
    """
    if column in columns:
        return []
    parts = [(int(m[1]), c) for c in columns if (m := re.fullmatch(re.escape(column) + r"_([0-9]+)", c))]
    return [c for _, c in sorted(parts)]


def choice_of(cell: str, label: str, levels: Sequence[str]) -> str:
    """The choice that a ticked cell of a spread-out multi-select stands for.

    The cell holds the choice's text or a mark such as `1`; then the choice ends the question text, after " - ".

    >>> choice_of("1", "Which do you use? - E-mail", [])
    'E-mail'
    """
    marks = {"1", "true", "yes", "y", "x", "checked"}
    if cell in levels or cell.lower() not in marks:
        return cell
    return label.rsplit(" - ", 1)[-1].strip() or cell
