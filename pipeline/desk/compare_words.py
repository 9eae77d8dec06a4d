"""A comparison of two runs in lines of text."""

import json
from collections.abc import Iterator
from typing import Any

from pipeline.desk.compare import Comparison, Fate, Moved

MOST_PARAMS = 20
MOST_FIGURES = 20


def told(first: str, second: str, found: Comparison, every_figure: bool = False) -> list[str]:
    """The lines that `personas compare` prints."""
    return [f"{first} -> {second}", *_why(found), *_personas(found.fate, first, second), *_figures(found, every_figure)]


def _why(found: Comparison) -> Iterator[str]:
    yield "Made of"
    if not found.params and not found.data and not found.code:
        yield "  the same data, params and code"
        return
    yield f"  data    {'others' if found.data else 'the same'}"
    yield f"  code    {'others: ' + ', '.join(found.code) if found.code else 'the same'}"
    yield f"  params  {'the same' if not found.params else ''}".rstrip()
    listed = list(found.params.items())
    for key, (a, b) in listed[:MOST_PARAMS]:
        yield f"    {key}: {_value(a)} -> {_value(b)}"
    if len(listed) > MOST_PARAMS:
        yield f"    and {len(listed) - MOST_PARAMS} more (`dvc params diff` lists all)"


def _personas(fate: Fate | None, first: str, second: str) -> Iterator[str]:
    yield "Personas"
    if fate is None:
        yield f"  not compared: the tables of {first} or {second} are not on this machine. Check the revision out and"
        yield "  `dvc repro` it once, or keep a DVC remote (`dvc push`). Key figures are in git, and compared below"
        return
    for one in fate.kept:
        yield from _kept(one)
    for persona_id, name in fate.gone:
        yield f"  {persona_id}  is no more: {name}"
    for persona_id, name in fate.born:
        yield f"  {persona_id}  is new in {second}: {name}"
    yield from (f"  {line}" for line in fate.parted)
    if fate.shared:
        share = fate.changed / fate.shared
        yield f"  {fate.changed:,} of {fate.shared:,} customers of both runs ({share:.1%}) changed persona"


def _kept(one: Moved) -> Iterator[str]:
    before, after = one.shares
    points = (after - before) * 100
    moved = "same share" if abs(points) < 0.05 else f"{before:.1%} -> {after:.1%} ({points:+.1f} points)"
    yield f"  {one.persona_id}  kept, {moved}, alike {one.similarity:.2f} by {one.by}: {one.names[1]}"
    if one.names[0] != one.names[1]:
        yield f"      was called {one.names[0]}"
    for label, a, b in one.figures:
        yield f"      {label}: {_value(a)} -> {_value(b)} (intervals apart)"


def _figures(found: Comparison, every: bool) -> Iterator[str]:
    yield f"Key figures: {len(found.metrics)} of {found.compared} differ"
    ordered = sorted(found.metrics.items(), key=lambda one: -_change(*one[1]))
    for key, (a, b) in ordered if every else ordered[:MOST_FIGURES]:
        yield f"  {key}: {_value(a)} -> {_value(b)}"
    if len(ordered) > MOST_FIGURES and not every:
        yield f"  and {len(ordered) - MOST_FIGURES} that differ less (--all lists them)"


def _change(a: Any, b: Any) -> float:
    """Relative change; what is no number in both runs comes first."""
    if not isinstance(a, int | float) or not isinstance(b, int | float):
        return float("inf")
    return abs(b - a) / max(abs(a), abs(b), 1e-12)


def _value(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, float):
        return f"{value:.4g}"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
