"""Choices of a multi-select: one joined cell, or one column per choice."""

import re
from collections.abc import Mapping, Sequence

TICKED = frozenset({"1", "true", "yes", "y", "x", "checked", "selected"})
UNTICKED = frozenset({"0", "false", "no", "n", "unchecked", "not selected"})


def split_choices(cell: str, levels: Sequence[str], separator: str = ",") -> list[str]:
    """Choices in a cell joined by commas, or by another `separator`.

    A choice may hold the separator itself: at each place the longest declared level is taken, else the text up to the
    next separator.

    >>> split_choices("Phone, mail,E-mail", ["Phone, mail", "Phone", "E-mail"])
    ['Phone, mail', 'E-mail']
    >>> split_choices("Tea / Coffee", [], " / ")
    ['Tea', 'Coffee']
    """
    mark = separator.strip() or separator
    longest_first = sorted((level.strip() for level in levels), key=len, reverse=True)
    rest, found = cell.strip(), []
    while rest:
        level = next(
            (v for v in longest_first if rest == v or re.match(re.escape(v) + r"\s*" + re.escape(mark), rest)), None
        )
        choice = level if level is not None else rest.split(mark, 1)[0]
        rest = rest[len(choice) :].lstrip().removeprefix(mark).lstrip()
        if choice.strip():
            found.append(choice.strip())
    return list(dict.fromkeys(found))


def split_columns(column: str, columns: Sequence[str]) -> list[str]:
    """Columns of a multi-select that is spread out, where `column` itself is none.

    Survey tools write `Q5_1`, `Q5_SQ001`, `Q5[SQ001]` or `Question [choice]`.

    >>> split_columns("Q5", ["Q5_2", "Q5_10", "Q5_TEXT", "Q6_1"])
    ['Q5_2', 'Q5_10']
    >>> split_columns("Which?", ["Which? [Tea]", "Which? [Coffee]"])
    ['Which? [Tea]', 'Which? [Coffee]']
    """
    if column in columns:
        return []
    parts = [(int(m[1]), c) for c in columns if (m := re.fullmatch(re.escape(column) + r"_(?:SQ)?([0-9]+)", c))]
    bracketed = [c for c in columns if re.fullmatch(re.escape(column) + r" ?\[.*\]", c)]
    return [c for _, c in sorted(parts)] + bracketed


def name_of_choice(question: str, column: str, label: str, codes: Mapping[str, str]) -> str:
    """The choice that a column of a spread-out multi-select is for; empty where nothing says it.

    A declared code goes first, then the words in `Question [choice]`, then the end of the label, after " - ".

    >>> name_of_choice("Q5", "Q5_2", "Which do you use? - E-mail", {})
    'E-mail'
    >>> name_of_choice("Which?", "Which? [Tea - green]", "", {}), name_of_choice("Q", "Q[SQ2]", "", {"SQ2": "Tea"})
    ('Tea - green', 'Tea')
    """
    rest = column.removeprefix(question) if column.startswith(question) else ""
    own = rest.strip()[1:-1].strip() if rest.strip().startswith("[") else rest.removeprefix("_")
    if own in codes:
        return codes[own]
    if rest.startswith(" ["):
        return own
    if " - " in label:
        return label.rsplit(" - ", 1)[1].strip()
    return own if rest.startswith("[") else label.strip()


def choice_of(cell: str, choice: str, levels: Sequence[str]) -> str | None:
    """The choice that a filled cell of a spread-out multi-select stands for; none where it says "not ticked".

    The cell holds the choice's text, a mark such as `1`, or what was written beside "Other".

    >>> choice_of("1", "E-mail", []), choice_of("N", "E-mail", []), choice_of("by pigeon", "Other (which?)", [])
    ('E-mail', None, 'Other (which?)')
    """
    if cell in levels:
        return cell
    if cell.lower() in UNTICKED:
        return None
    if cell.lower() in TICKED:
        return choice or cell
    return choice if choice in levels or choice.lower().startswith("other") else cell
