"""Independent tasks in several processes, with results that do not depend on how many there are.

A task is a picklable function of its item alone: what it draws comes from a seed in the item. Results come in the order
of the items. Without a pool, in a worker itself, and with one worker, every task runs where it is asked for.
"""

import os
import signal
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import islice
from multiprocessing import active_children, get_context
from typing import TypeVar

from threadpoolctl import threadpool_limits

from pipeline.core.errors import PipelineError
from pipeline.core.stage import QUIET

Item = TypeVar("Item")
Result = TypeVar("Result")

ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""What libraries that a worker has yet to load look at."""

_pools: list[ProcessPoolExecutor] = []
"""The pool in use; at most one."""


class WorkerError(PipelineError):
    """A worker process ended before its task did."""


@contextmanager
def pool(workers: int) -> Iterator[None]:
    """Within it `in_order` uses so many processes. They are new ones, which import what their tasks need."""
    if workers < 2 or _pools:
        yield
        return
    executor = ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_begin)
    _pools.append(executor)
    try:
        yield
    except KeyboardInterrupt:
        for worker in active_children():  # to wait for a task would take up to minutes
            worker.terminate()
        raise
    except BrokenProcessPool:
        raise WorkerError(
            f"one of {workers} worker processes ended by itself, mostly for lack of memory. "
            "Set `workers: 1` in params.yaml: nothing else changes."
        ) from None
    finally:
        _pools.remove(executor)
        executor.shutdown(wait=True, cancel_futures=True)


def _begin() -> None:
    """What every worker does first: sums in one order, no progress lines, interrupts left to its parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ.update(dict.fromkeys([*ONE_THREAD, QUIET], "1"))
    threadpool_limits(limits=1)


def in_order(
    task: Callable[[Item], Result], items: Iterable[Item], ahead: int | None = None
) -> Generator[Result, None, None]:
    """Yield the result of each of `items`, in their order; to close it calls off those not yet begun.

    `ahead`: how many large items are taken at most before the first of them is done; all if None.
    """
    if not _pools:
        yield from map(task, items)
        return
    rest = iter(items)
    waiting = deque(_pools[0].submit(task, item) for item in islice(rest, ahead))
    try:
        while waiting:
            result = waiting.popleft().result()
            waiting.extend(_pools[0].submit(task, item) for item in islice(rest, 1))
            yield result
    finally:
        for future in waiting:
            future.cancel()
