"""Events picked in one pass over a log that is in order already must give the journeys that all events give."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from pipeline.core.engine import connect, keep_as_they_stand, read_parquet_folder
from pipeline.journeys.spells import Journeys, build_spells
from pipeline.journeys.stages import journey_events, journey_rows, stage_rows, with_masks
from pipeline.journeys.telling import in_order, picked_journeys, picked_with_masks, telling_events
from tests.journeys.logs_for_tests import OBSERVATION, log, shop

EVENTS = ("visit", "visit", "visit", "ping", "demo", "click", "order", "order")
LADDERS = (shop(), shop(dropoff=None), shop(enter=shop().enter | {"aware": [{"event": "visit", "at_least": 2}]}))


def random_log(seed: int) -> pd.DataFrame:
    """Forty customers, with silences, many events at one moment and some of one `sequence`; in the order of ingest."""
    rng = np.random.default_rng(seed)
    rows = []
    for customer in range(40):
        day = rng.integers(-5, 30)
        for _ in range(rng.integers(1, 40)):
            day += rng.choice([0, 0, 0, 0.5, 1, 3, 21, 40])
            what = EVENTS[rng.integers(len(EVENTS))]
            rows.append((f"c{customer:02d}", day, what, {"target": ["pricing", "help"][rng.integers(2)], "plan": "a"}))
    events = log(*rows).assign(sequence=rng.integers(0, 3, len(rows)) // 2)
    return events.sort_values(["customer_id", "ts", "sequence", "event", "event_id"], ignore_index=True)


def write(events: pd.DataFrame, folder, cut: str = "c17") -> None:
    """Two parts, as ingest writes them: each customer is in one."""
    first = events["customer_id"] < cut
    # The later customers stand in the first file: parts are by a hash of customers.
    for name, part in (("part-0", events[~first]), ("part-1", events[first])):
        part.to_parquet(folder / f"{name}.parquet")


def both_ways(folder, stages) -> tuple[Journeys, Journeys | None, float]:
    """The journeys of all events and of those picked (None where they were not in order); the share picked."""
    connection = connect(threads=2)
    inside = journey_events(read_parquet_folder(connection, folder), stages, OBSERVATION)
    days = stages.dropoff.inactivity_days if stages.dropoff else None
    breakdowns = stages.breakdowns

    def built(rows, journeys) -> Journeys:
        rows, journeys = (table.to_pyarrow().to_pandas() for table in (rows, journeys))
        return build_spells(rows, journeys, stages, OBSERVATION, date(2024, 1, 20))

    whole = built(stage_rows(with_masks(inside, stages), days), journey_rows(inside, breakdowns))
    picked = keep_as_they_stand(
        connection,
        "telling",
        folder,
        lambda part, number: telling_events(journey_events(part, stages, OBSERVATION), stages, number),
    )
    share = picked.count().to_pyarrow().as_py() / inside.count().to_pyarrow().as_py()
    if not in_order(picked):
        return whole, None, share
    rows = stage_rows(picked_with_masks(picked, stages), days)
    return whole, built(rows, picked_journeys(picked, inside, breakdowns)), share


@pytest.mark.parametrize("seed", (2, 5))
@pytest.mark.parametrize("stages", [*LADDERS, LADDERS[0].model_copy(update={"breakdowns": ["plan"]})])
def test_picked_events_give_the_journeys_that_all_events_give(tmp_path, seed, stages):
    write(random_log(seed), tmp_path)
    whole, picked, _ = both_ways(tmp_path, stages)
    assert picked is not None
    for name in ("spells", "origins", "illegal", "ties"):
        pd.testing.assert_frame_equal(getattr(picked, name), getattr(whole, name))
    counts = ("journeys", "returns", "began_later", "entered_late", "entries", "tied_entries")
    assert [getattr(picked, name) for name in counts] == [getattr(whole, name) for name in counts]
    assert whole.tied_entries > 0


def test_most_events_of_a_usual_log_are_left_out(tmp_path):
    events = log(*[(f"c{who}", day / 7, "ping" if day % 5 else "visit") for who in range(20) for day in range(200)])
    write(events.sort_values(["customer_id", "ts"], ignore_index=True), tmp_path, cut="c2")
    whole, picked, share = both_ways(tmp_path, shop())
    pd.testing.assert_frame_equal(picked.spells, whole.spells)
    assert share < 0.25


@pytest.mark.parametrize("disorder", ["times", "sequence", "customers", "customer in both parts"])
def test_a_log_out_of_order_is_noticed(tmp_path, disorder):
    events = random_log(1)
    write(events, tmp_path)
    assert both_ways(tmp_path, shop())[1] is not None
    inside = events[events["ts"].between("2024-01-02", "2024-04-01")]
    if disorder == "times":
        first = inside.index[(inside["customer_id"] == "c03") & inside["ts"].diff().gt(pd.Timedelta(0))][1]
        rows = [*events.index[: first - 1], first, first - 1, *events.index[first + 1 :]]
    elif disorder == "sequence":
        same = inside["ts"].diff().eq(pd.Timedelta(0)) & inside["sequence"].diff().gt(0)
        first = inside.index[same & inside["customer_id"].eq(inside["customer_id"].shift())][0]
        rows = [*events.index[: first - 1], first, first - 1, *events.index[first + 1 :]]
    else:
        # The customer's last event stands behind others: in the same file, or in the other one.
        last = inside.index[inside["customer_id"] == "c03"][-1]
        rows = [*events.index.drop(last), last]
    events = events.loc[rows].reset_index(drop=True)
    if disorder == "customer in both parts":
        events[:-1].to_parquet(tmp_path / "part-0.parquet")
        events[-1:].to_parquet(tmp_path / "part-1.parquet")
    else:
        events.to_parquet(tmp_path / "part-0.parquet")
        (tmp_path / "part-1.parquet").unlink()
    assert both_ways(tmp_path, shop())[1] is None
