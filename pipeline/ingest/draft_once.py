"""What is proposed of an inspected file, computed once: while a folder is drafted it is asked for again and again."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar
from weakref import WeakKeyDictionary

from pipeline.ingest.inspection import Inspection

More = ParamSpec("More")
Proposal = TypeVar("Proposal")


def once(
    propose: Callable[Concatenate[Inspection, More], Proposal],
) -> Callable[Concatenate[Inspection, More], Proposal]:
    """`propose`, its results kept as long as the inspection is; they are shared, so nobody may change one."""
    kept: WeakKeyDictionary[Inspection, dict[tuple[Any, ...], Proposal]] = WeakKeyDictionary()

    @wraps(propose)
    def proposed(f: Inspection, /, *more: More.args, **named: More.kwargs) -> Proposal:
        own, asked = kept.setdefault(f, {}), (more, *sorted(named.items()))
        if asked not in own:
            own[asked] = propose(f, *more, **named)
        return own[asked]

    return proposed
