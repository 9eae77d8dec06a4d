"""Whether a run anew gives the key figures that were published."""

from collections.abc import Mapping
from typing import Any

from pipeline.desk.compare import alike


def differing(published: Mapping[str, Any], anew: Mapping[str, Any], relative: float, absolute: float) -> list[str]:
    """One line per figure of `published` (key -> figure, flat) that `anew` lacks or has otherwise, by key.

    >>> differing({"a": 100, "b": 0.5, "c": "x"}, {"a": 101, "b": 0.4}, 0.02, 0.005)
    ['b: published 0.5, anew 0.4', 'c: published x, anew nothing']
    """
    lines = []
    for key, value in sorted(published.items()):
        if key not in anew:
            lines.append(f"{key}: published {value}, anew nothing")
        elif not alike(value, anew[key], relative, absolute):
            lines.append(f"{key}: published {value}, anew {anew[key]}")
    return lines
