"""`personas funnel`: any log of events in, both bases out; orders and exclusions as a slow reading of the rules."""

import itertools
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.core.intervals import wilson
from pipeline.journeys.conversion import conversion, ratio
from pipeline.journeys.funnel_steps import Log, complete
from pipeline.journeys.multistate import aalen_johansen

COLUMNS = ["of_all", "of_previous", "of_all_aware", "of_previous_aware"]


def run(*words):
    result = CliRunner().invoke(app, ["funnel", *map(str, words)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, " ".join(result.output.split())


def funnel(folder, log, *words, name="log.csv"):
    path, out = folder / name, folder / "out.csv"
    log.to_csv(path, index=False) if name.endswith("csv") else log.to_parquet(path)
    code, shown = run(path, "--out", out, *words)
    assert code == 0, shown
    return pd.read_csv(out, keep_default_na=False, na_values={c: [""] for c in ("median_time", *COLUMNS)})


def log_of(**events):
    """`ann="a0 b3"`: ann does a on the first day, b three days later."""
    rows = [(who, word[0], int(word[1:])) for who, words in events.items() for word in words.split()]
    days = pd.Timestamp("2026-01-01") + pd.to_timedelta([day for *_, day in rows], unit="D")
    return (
        pd.DataFrame(rows, columns=["customer_id", "event", "day"])
        .assign(ts=days.strftime("%Y-%m-%d"))
        .drop(columns="day")
    )


LOG = log_of(ann="a0 b3 c5", bob="a0 c2 b4 c20", cat="a0 x1 b2 c3", dan="b0 a1 b9", eve="c2", end="z100")


@pytest.mark.parametrize(
    ("words", "reached"),
    [
        (["--order", "ordered"], [4, 4, 2]),  # of bob the c after 20 days is too late
        (["--order", "strict"], [4, 2, 1]),  # after bob's and cat's first step comes another event
        (["--order", "any"], [5, 4, 3]),  # eve enters with c
        (["--exclude", "x"], [4, 3, 1]),
        (["--exclude", "x", "--order", "any"], [5, 3, 2]),
    ],
)
def test_orders_and_exclusions(words, reached, tmp_path):
    table = funnel(tmp_path, LOG, "--steps", "a,b,c", "--window", "14d", *words)
    assert table["reached"].tolist() == reached
    assert table["entered"].unique().tolist() == [reached[0]]
    assert table["stopped_by_excluded"].tolist() == ([0, 1, 1] if "x" in words else [0, 0, 0])
    np.testing.assert_allclose(table["of_all"], np.array(reached) / reached[0])
    np.testing.assert_allclose(table["of_previous"][1:], np.divide(reached[1:], reached[:-1]))
    np.testing.assert_allclose(table[["of_all_aware", "of_previous_aware"]], table[["of_all", "of_previous"]])
    low, high = wilson(table["of_previous"][1:], np.array(reached[:-1]))
    np.testing.assert_allclose(table["of_previous_lower"][1:], low)
    np.testing.assert_allclose(table["of_previous_upper"][1:], high)


def test_repeated_steps_take_events_of_their_own(tmp_path):
    log = log_of(ann="a0 b1 b2", bob="a0 b1", cat="a0 b1 b30", end="z90")
    assert funnel(tmp_path, log, "--steps", "a,b,b", "--window", "2w")["reached"].tolist() == [3, 3, 1]
    assert funnel(tmp_path, log, "--steps", "b,a,b", "--window", "2w", "--order", "any")["reached"].tolist() == [
        3,
        3,
        1,
    ]


def test_the_window_counts_from_the_first_step_and_holds_its_last_moment(tmp_path):
    log = log_of(ann="a0 b14", bob="a0 b15", end="z90")
    assert funnel(tmp_path, log, "--steps", "a,b", "--window", "14d")["reached"].tolist() == [2, 1]
    assert funnel(tmp_path, log, "--steps", "a,b", "--window", "360h")["reached"].tolist() == [2, 2]


def test_events_of_one_moment_are_in_the_order_of_steps_unless_a_column_orders_them(tmp_path):
    log = log_of(ann="b0 a0", end="z9").assign(n=[1, 2, 3])
    assert funnel(tmp_path, log, "--steps", "a,b", "--window", "1d")["reached"].tolist() == [1, 1]
    assert funnel(tmp_path, log, "--steps", "a,b", "--window", "1d", "--sequence", "n")["reached"].tolist() == [1, 0]


def test_those_still_under_way_are_accounted_for(tmp_path):
    late = {f"new{n}": "a50" for n in range(5)}
    old = {f"old{n}": "a0 b20" for n in range(4)} | {"old4": "a0"}
    row = funnel(tmp_path, log_of(**late, **old, end="z60"), "--steps", "a,b", "--window", "40d").loc[1]
    assert row["of_all"] == pytest.approx(0.4)
    assert row["not_followed_up"] == pytest.approx(0.5)
    assert row["of_all_aware"] == pytest.approx(0.8)
    assert row["median_time"] == 20
    assert row["of_all_aware_lower"] < 0.8 < row["of_all_aware_upper"]


def test_nobody_was_watched_long_enough(tmp_path):
    row = funnel(tmp_path, log_of(ann="a0", bob="a1 b2"), "--steps", "a,b", "--window", "30d").loc[1]
    assert row["not_followed_up"] == 0.5
    only = funnel(tmp_path, log_of(ann="a0", bob="a1"), "--steps", "a,b", "--window", "30d")
    assert np.isnan(only.loc[1, "of_all_aware"])


def test_groups_are_those_of_the_first_step(tmp_path):
    persona = LOG["customer_id"].map({"ann": "NA", "bob": "null", "cat": "null", "dan": ""})
    log = LOG.assign(persona=persona.where(LOG["event"] == "a", "of another moment"))
    table = funnel(tmp_path, log, "--steps", "a,b", "--window", "14d", "--by", "persona")
    assert table.groupby("group")["entered"].first().to_dict() == {"NA": 1, "not known": 1, "null": 2}


def test_file_format_and_order_of_rows_do_not_matter(tmp_path):
    words = ["--steps", "a,b,c", "--window", "14d"]
    expected = funnel(tmp_path, LOG, *words)
    shuffled = LOG.sample(frac=1, random_state=3)
    pd.testing.assert_frame_equal(funnel(tmp_path, shuffled, *words), expected)
    stamps = shuffled.assign(ts=pd.to_datetime(shuffled["ts"], utc=True))
    pd.testing.assert_frame_equal(funnel(tmp_path, stamps, *words, name="log.parquet"), expected)
    numbers = shuffled.assign(ts=(stamps["ts"] - pd.Timestamp("2026-01-01", tz="UTC")).dt.days)
    by_number = funnel(tmp_path, numbers, "--steps", "a,b,c", "--window", "14", name="numbers.parquet")
    pd.testing.assert_frame_equal(by_number, expected)


def slow_times(events, steps, excluded, order):
    """The rules read aloud: every choice of rows that makes a run of the first k steps."""
    times = [np.inf] * len(steps)
    if order == "any":
        clock = next((t for t, e in events if e in steps), None)
        stop = next((i for i, (t, e) in enumerate(events) if e in excluded and t > clock), len(events)) if events else 0
        left, done = list(steps), []
        for time, event in events[:stop]:
            if event in left:
                left.remove(event)
                done.append(time)
        return done + [np.inf] * (len(steps) - len(done))
    for k in range(1, len(steps) + 1):
        for rows in itertools.combinations(range(len(events)), k):
            fits = all(events[row][1] == step for row, step in zip(rows, steps, strict=False))
            between = [events[row][1] for row in range(rows[0], rows[-1]) if row not in rows]
            if fits and not set(between) & set(excluded) and (order == "ordered" or not between):
                times[k - 1] = min(times[k - 1], events[rows[-1]][0])
    return times


@pytest.mark.parametrize("order", ["ordered", "strict", "any"])
@pytest.mark.parametrize("steps", ["ab", "aba", "abb", "abc"])
def test_completion_is_what_the_rules_say(order, steps):
    rng = np.random.default_rng(4)
    logs = [[(t, "abcx"[rng.integers(4)]) for t in range(rng.integers(1, 9))] for _ in range(60)]
    kinds = "abcx"
    flat = [(who, time, kinds.index(event)) for who, events in enumerate(logs) for time, event in events]
    log = Log(*(np.array(column) for column in zip(*flat, strict=True)))
    found = complete(log, [kinds.index(step) for step in steps], [kinds.index("x")], order)
    entered = [events for events in logs if any(e in steps if order == "any" else e == steps[0] for _, e in events)]
    expected = [slow_times(events, list(steps), ["x"], order) for events in entered]
    np.testing.assert_array_equal(found.times, expected)


def random_times(n=80, seed=2):
    rng = np.random.default_rng(seed)
    first = np.ceil(rng.exponential(8, n))
    second = first + np.ceil(rng.exponential(6, n))
    watched = np.ceil(rng.uniform(2, 40, n))
    return (np.where(t <= watched, t, np.inf) for t in (first, second)), watched


def test_conversion_is_aalen_johansen_of_two_states():
    (first, _), watched = random_times()
    spells = pd.DataFrame(
        {
            "customer_id": range(len(first)), "from": "no", "to": np.where(np.isfinite(first), "yes", None),
            "start": 0.0, "stop": np.minimum(first, watched),
        }
    )  # fmt: skip
    expected = aalen_johansen(spells, [12], start="no").iloc[1]
    found = conversion(first, watched, 12)
    assert found.probability == pytest.approx(expected["probability"], abs=1e-12)
    assert found.std_error == pytest.approx(expected["std_error"], abs=1e-12)


def test_error_of_a_ratio_is_the_spread_of_resampled_ones():
    (first, second), watched = random_times(400)
    found = ratio(conversion(second, watched, 12), conversion(first, watched, 12))
    rng = np.random.default_rng(1)
    again = []
    for _ in range(300):
        rows = rng.integers(len(first), size=len(first))
        parts = (conversion(t[rows], watched[rows], 12) for t in (second, first))
        again.append(ratio(*parts).probability)
    assert found.std_error == pytest.approx(np.std(again), rel=0.12)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--steps", "a", "--window", "1d"], "two or more names"),
        (["--steps", "a,,b", "--window", "1d"], "a name is blank"),
        (["--steps", "a,b", "--window", "1d", "--exclude", "b"], "b is a step as well"),
        (["--steps", "a,b", "--window", "soon"], "--window: found `soon`"),
        (["--steps", "a,b", "--window", "14"], "row 1, column `ts`: found '2026-01-01'"),
        (["--steps", "a,b", "--window", "1d", "--by", "perona"], "no column `perona`"),
        (["--steps", "a,b", "--window", "1d", "--time", "event"], "row 1, column `event`: found 'a'"),
        (["--steps", "q,b", "--window", "1d"], "nobody enters: the log has no event `q`"),
        (["--steps", "a,b", "--window", "1d", "--end", "late"], "--end: found `late`"),
        (["--steps", "a,b", "--window", "1d", "--sequence", "event"], "must hold a number"),
    ],
)
def test_what_cannot_be_is_told(words, message, tmp_path):
    LOG.to_csv(tmp_path / "log.csv", index=False)
    code, shown = run(tmp_path / "log.csv", "--out", tmp_path / "out.csv", *words)
    assert code == 1, shown
    assert message in shown
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize("command", ["funnel", "paths"])
@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (['"ann@example.org,b,2026-01-02', "cara,b,2026-01-03"], "log.csv: cannot be read: line 3 has a quote that is"),
        (["ann@example.org,b"], "log.csv: cannot be read: line 3 does not fit the header. Correct it."),
        (["ann@example.org,b,2026-01-02,9"], "log.csv: cannot be read: line 3 does not fit the header. Correct it."),
        (["Käthe,b,2026-01-02"], "log.csv: cannot be read: line 3 is not UTF-8. Save it as UTF-8."),
        (None, "log.csv: the log has no rows below its header."),
    ],
)
def test_a_broken_log_is_told_by_its_line_and_shows_no_row(command, rows, told, tmp_path):
    lines = ["customer_id,event,ts", *(["ann@example.org,a,2026-01-01", *rows] if rows else [])]
    (tmp_path / "log.csv").write_bytes("\n".join([*lines, ""]).encode("cp1252"))
    asked = {"funnel": ["--steps", "a,b", "--window", "3d"], "paths": []}[command]
    result = CliRunner().invoke(app, [command, str(tmp_path / "log.csv"), "--out", str(tmp_path / "o.csv"), *asked])
    assert result.exit_code == 1, result.exception
    assert told in " ".join(result.output.split())
    assert "example.org" not in result.output


def test_the_end_may_name_its_zone(tmp_path):
    words = ("--steps", "a,b", "--window", "1d", "--end")
    at_night = funnel(tmp_path, LOG, *words, "2026-01-02T01:00:00+02:00")
    pd.testing.assert_frame_equal(at_night, funnel(tmp_path, LOG, *words, "2026-01-01 23:00"))
    code, shown = run(tmp_path / "log.csv", "--out", tmp_path / "none.csv", *words, "NaT")
    assert (code, "--end: found `NaT`, allowed: a day or moment" in shown) == (1, True)


def test_events_without_customer_and_unknown_names_are_told(tmp_path):
    log = pd.concat([LOG, pd.DataFrame([{"event": "a", "ts": "2026-01-05"}])])
    log.to_csv(tmp_path / "log.csv", index=False)
    code, shown = run(tmp_path / "log.csv", "--steps", "a,bb", "--window", "1d", "--out", tmp_path / "out.csv")
    assert code == 0
    assert f"1 of {len(log)} events have no `customer_id`: left out." in shown
    assert "no event is called `bb`" in shown


def test_as_a_process(tmp_path, root):
    LOG.to_csv(tmp_path / "log.csv", index=False)
    words = ["funnel", "log.csv", "--steps", "a,b", "--window", "14d", "--end", "2026-02-01", "--out", "out.csv"]
    done = subprocess.run(
        [sys.executable, "-m", "pipeline.cli", *words], cwd=tmp_path, capture_output=True, text=True, check=False,
        env={"PYTHONPATH": str(root), "PATH": ""},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "4 customers entered" in done.stdout
