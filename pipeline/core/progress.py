"""Progress of long steps: a bar on a terminal, a plain line elsewhere."""

from collections.abc import Iterable, Iterator, Sized
from typing import TypeVar

from rich.progress import track

from pipeline.core.stage import console, is_quiet, say

Item = TypeVar("Item")


def steps(items: Iterable[Item], label: str) -> Iterator[Item]:
    """Yield `items`, showing how many are done and the time left on a terminal."""
    if console.is_terminal and not is_quiet():
        yield from track(items, description=label, console=console, transient=True)
        return
    size = f" ({len(items)})" if isinstance(items, Sized) else ""
    say(f"  {label}{size} …")
    yield from items
