"""Tasks in worker processes: the same results in the same order, and an end that says what to do."""

import os
from functools import partial
from pathlib import Path
from threading import Timer

import numpy as np
import pytest

from pipeline.core.workers import WorkerError, in_order, pool


def drawn(seed: int, item: int) -> tuple[float, int]:
    """(a number drawn by the item's own seed, the process that drew it)."""
    return float(np.random.default_rng([seed, item]).random()), os.getpid()


def drawn_within(seed: int, item: int) -> tuple[list[tuple[float, int]], int]:
    return list(in_order(partial(drawn, seed), [item])), os.getpid()


def touched(folder: Path, item: int) -> int:
    """Leaves a file; every item but 0 waits until the folder's gate is open, if it has one."""
    if item and (folder / "gate").exists():
        os.close(os.open(folder / "gate", os.O_RDONLY))
    (folder / str(item)).touch()
    return item


def ended(item: int) -> None:
    os._exit(item)


def test_any_number_of_workers_gives_the_same_results_in_order():
    alone = list(in_order(partial(drawn, 4), range(6)))
    assert {process for _, process in alone} == {os.getpid()}
    with pool(1):
        assert list(in_order(partial(drawn, 4), range(6))) == alone
    with pool(2):
        shared = list(in_order(partial(drawn, 4), range(6)))
        nested = list(in_order(partial(drawn_within, 4), range(2)))
    assert [number for number, _ in shared] == [number for number, _ in alone]
    assert os.getpid() not in {process for _, process in shared}
    for item, (inner, process) in enumerate(nested):
        assert inner == [(alone[item][0], process)], "a worker does its own tasks itself"


def test_tasks_not_begun_are_called_off(tmp_path):
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    with pool(2):
        asked = in_order(partial(touched, tmp_path), range(400))
        assert next(asked) == 0
        asked.close()
        opened = os.open(gate, os.O_RDWR)
        assert list(in_order(partial(touched, tmp_path), [0])) == [0]
    os.close(opened)
    assert len(list(tmp_path.iterdir())) < 20


def test_an_interrupt_ends_the_tasks_at_work(tmp_path):
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    late = Timer(20, lambda: os.close(os.open(gate, os.O_RDWR | os.O_NONBLOCK)))  # a task that is left waiting goes on
    late.start()
    with pytest.raises(KeyboardInterrupt), pool(2):
        asked = in_order(partial(touched, tmp_path), range(2))
        assert next(asked) == 0
        raise KeyboardInterrupt
    late.cancel()
    assert not (tmp_path / "1").exists()


def test_large_items_are_taken_a_few_at_a_time():
    taken: list[int] = []
    with pool(2):
        asked = in_order(partial(drawn, 4), (taken.append(item) or item for item in range(9)), ahead=3)
        assert taken == []
        first = next(asked)
        assert len(taken) == 4
        assert [number for number, _ in (first, *asked)] == [number for number, _ in map(partial(drawn, 4), range(9))]


def test_without_a_pool_no_task_runs_before_it_is_asked_for(tmp_path):
    asked = in_order(partial(touched, tmp_path), range(400))
    assert next(asked) == 0
    assert [file.name for file in tmp_path.iterdir()] == ["0"]


def test_a_worker_that_ends_by_itself_is_told_with_what_to_do():
    with pytest.raises(WorkerError, match="lack of memory.*`workers: 1`"), pool(2):
        list(in_order(ended, [3]))
    with pool(2):
        assert [number for number, _ in in_order(partial(drawn, 4), [0])], "the next pool is a new one"
