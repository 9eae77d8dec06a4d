"""Credit for conversions: the published toy, laws of the removal effect, paths from a log."""

import numpy as np
import pandas as pd
import pytest

from pipeline.journeys.attribution import Paths, credit, resampled
from pipeline.journeys.channels import ChannelLimits, channel_runs, channels, followed_journeys
from tests.journeys.logs_for_tests import shop
from tests.journeys.map_for_tests import mapped, one

DAY = 86_400_000_000
END = int(pd.Timestamp("2024-04-10").value // 1000)
LIMITS = ChannelLimits(min_cell=1, least_conversions=1, seed=1, resamples=20)


def paths(*written):
    """Paths from ("1>2>3", converted), channels numbered from 1."""
    runs = [(place, int(c) - 1) for place, (text, _) in enumerate(written) for c in text.split(">")]
    path, channel = np.array(runs).T
    converted = np.array([won for _, won in written])
    return Paths(path, channel, converted, np.arange(len(written)), int(channel.max()) + 1)


def test_the_published_toy_to_its_digits():
    """Oracle O14: P(conversion) = 1/3, without the first channel 1/6."""
    found = credit(paths(("1>2>3", True), ("1", False), ("2>3", False)))
    assert found.effect == pytest.approx([0.5, 1.0, 1.0])
    assert found.share == pytest.approx(np.array([[1.0, 0, 0], [0, 0, 1.0], [1 / 3, 1 / 3, 1 / 3], [0.2, 0.4, 0.4]]))


def test_null_paths_matter_and_going_in_circles_is_solved():
    twice = paths(("1>2>1>2", True), ("2>1", False), ("1", True))
    found = credit(twice)
    # x1 = P(1→2) x2 + P(1→won) = 2/4 x2 + 1/4, x2 = 2/3 x1 + 1/3; start 2/3 x1 + 1/3 x2.
    x1 = (0.5 / 3 + 0.25) / (1 - 1 / 3)
    x2 = 2 / 3 * x1 + 1 / 3
    whole = 2 / 3 * x1 + x2 / 3
    assert found.effect == pytest.approx([1 - (1 / 9) / whole, 1 - (2 / 3 * 0.25) / whole])
    without_null = credit(paths(("1>2>1>2", True), ("1", True)))
    assert without_null.effect != pytest.approx(found.effect)


def test_nothing_is_credited_without_conversions():
    found = credit(paths(("1>2", False), ("2", False)))
    assert np.isnan(found.share).all()
    assert np.isnan(found.effect).all()


def test_the_bootstrap_covers_the_planted_removal_effect():
    """Half of the paths go 1>2, half 2 alone; each converts with .3 after 2: without 1 half is lost."""
    rng = np.random.default_rng(3)
    covered = 0
    for repetition in range(40):
        through = rng.random(400) < 0.5
        written = [
            ("1>2" if one_too else "2", won) for one_too, won in zip(through, rng.random(400) < 0.3, strict=True)
        ]
        drawn = resampled(paths(*written), repetition, 100).effect[:, 0]
        low, high = np.quantile(drawn, [0.025, 0.975])
        covered += low <= 0.5 <= high
    assert covered >= 33


def from_log(folder, *rows, limits=LIMITS, window=30.0, personas=("persona-1",), **kinds):
    stays, touched = mapped(folder, *rows, **kinds)
    journeys = followed_journeys(stays, "buy", shop().ladder, window, END)
    runs = channel_runs(touched, journeys).to_pyarrow().to_pandas()
    return journeys, runs, channels(runs, journeys, list(personas), "buy", limits)


MAIL, WEB = {"channel": "mail"}, {"channel": "web"}


def test_paths_run_from_the_origin_to_the_conversion(tmp_path):
    journeys, runs, table = from_log(
        tmp_path,
        ("a", 0, "read", WEB), ("a", 1, "visit", MAIL), ("a", 2, "read", MAIL), ("a", 3, "read"),
        ("a", 4, "order", WEB), ("a", 5, "read", MAIL), ("b", 1, "visit", WEB), ("b", 50, "order", MAIL),
        ("c", 1, "order", MAIL),
        ("d", 90, "visit", MAIL), ("e", 1, "visit"),
    )  # fmt: skip
    assert journeys[["customer_id", "converted", "followed"]].to_numpy().tolist() == [
        ["a", True, True], ["b", False, True], ["d", False, False], ["e", False, True],
    ]  # fmt: skip
    assert runs.to_numpy().tolist() == [[0, "mail"], [0, "web"], [1, "web"]]
    first = one(table, persona="all", model="first", channel="mail")
    assert first[["share", "credited", "touched", "paths", "converted", "no_channel", "left_out"]].tolist() == [
        1.0, 1.0, 1, 2, 1, 1, 1,
    ]  # fmt: skip
    last = one(table, persona="all", model="last", channel="web")
    assert (last["share"], last["touched"]) == (1.0, 2)
    assert table.loc[table["model"] != "removal", "effect"].isna().all()


def test_small_personas_are_told_so_and_no_channels_give_no_rows(tmp_path):
    rows = [(name, day, "visit", MAIL) for day, name in enumerate("abc")] + [("a", 5, "order", WEB)]
    (tmp_path / "few").mkdir()
    (tmp_path / "none").mkdir()
    few = ChannelLimits(min_cell=1, least_conversions=2, seed=1, resamples=5)
    table = from_log(tmp_path / "few", *rows, limits=few)[2]
    assert set(table["status"]) == {"not enough data"}
    assert table[["share", "effect", "lower"]].isna().all(axis=None)
    assert from_log(tmp_path / "none", ("a", 1, "visit"), ("a", 5, "order"))[2].empty


def test_row_order_and_names_of_customers_change_nothing(tmp_path):
    rows = [(f"{n:02d}", 1, "visit", MAIL if n % 3 else WEB) for n in range(20)]
    rows += [(f"{n:02d}", 4, "order", WEB if n % 2 else MAIL) for n in range(0, 20, 2)]
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    one_way = from_log(tmp_path / "a", *rows)[2]
    other = from_log(tmp_path / "b", *rows[::-1])[2]
    pd.testing.assert_frame_equal(one_way, other)
