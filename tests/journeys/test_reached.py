"""Time to a stage agrees with the funnel at the window, never falls, and says nothing where nobody was watched."""

import numpy as np
import pytest

from pipeline.journeys.funnel import funnel
from pipeline.journeys.reached import reached
from tests.journeys.logs_for_tests import journeys_of, log, shop


@pytest.fixture
def spells(tmp_path):
    rng = np.random.default_rng(8)
    rows = []
    for number in range(60):
        day = float(rng.integers(0, 80))
        rows.append((f"{number:02d}", day, "visit"))
        for event in ("demo", "order"):
            day += float(rng.integers(1, 19))
            rows.append((f"{number:02d}", day, event))
    return journeys_of(log(*(row for row in rows if row[1] < 100)), tmp_path).spells.assign(persona_id="persona-1")


def test_at_the_window_it_is_the_funnels_figure(spells):
    table = reached(spells, shop(), 30.0, 11)
    whole = funnel(spells, shop(), 30.0).set_index("stage")
    for stage, part in table.groupby("stage"):
        last = part.iloc[-1]
        assert last["day"] == 30.0
        assert last["probability"] == pytest.approx(whole.loc[stage, "probability"], abs=1e-12)
        assert (part["probability"].diff().dropna() >= -1e-12).all()
        assert ((part["lower"] <= part["probability"]) & (part["probability"] <= part["upper"])).all()
    assert table["stage"].unique().tolist() == ["consider", "buy", "loyal"]


def test_nobody_watched_and_nobody_at_all_are_missing(spells):
    table = reached(spells[spells["stop"] <= 5], shop(), 200.0, 3)
    assert table.loc[table["day"] == 200, "probability"].isna().all()
    empty = reached(spells[:0], shop(), 30.0, 3)
    assert len(empty) == 9
    assert empty["probability"].isna().all()
