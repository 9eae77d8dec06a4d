"""`personas paths`: whole paths and moves of any log; the published variants of a real one."""

import subprocess
import sys

import pandas as pd
import pytest
from typer.testing import CliRunner

from pipeline.cli import app

ROWS = (
    "customer_id,event,ts,n\n1,visit,2026-01-01,1\n1,order,2026-01-01,2\n1,visit,2026-01-03,3\n2,visit,2026-01-02,1\n"
)


def run(*words):
    result = CliRunner().invoke(app, ["paths", *map(str, words)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, " ".join(result.output.split())


def test_paths_and_moves_of_a_small_log(tmp_path):
    log, out, moves = (tmp_path / name for name in ("log.csv", "paths.csv", "moves.csv"))
    log.write_text(ROWS + ",visit,2026-01-02,1\n3,visit,2026-02-02,1\n")
    code, shown = run(log, "--sequence", "n", "--out", out, "--moves", moves)
    assert code == 0, shown
    assert pd.read_csv(out).to_dict("list") == {
        "path": ["visit", "visit > order > visit"],
        "customers": [2, 1],
        "share": [2 / 3, 1 / 3],
    }
    assert pd.read_csv(moves).to_numpy().tolist() == [["order", "visit", 1, 1.0], ["visit", "order", 1, 1.0]]


def test_moves_alone_may_be_asked_for_but_not_nothing(tmp_path):
    log, moves = tmp_path / "log.csv", tmp_path / "moves.csv"
    log.write_text(ROWS)
    code, shown = run(log, "--moves", moves)
    assert (code, "paths of" in shown) == (0, False)
    assert pd.read_csv(moves)["count"].sum() == 2
    code, shown = run(log)
    assert (code, "nothing to write" in shown) == (1, True)


def test_what_cannot_be_read_is_told_with_its_row(tmp_path):
    log = tmp_path / "log.csv"
    log.write_text(ROWS + "3,visit,soon,1\n")
    code, shown = run(log, "--out", tmp_path / "out.csv")
    assert code == 1
    assert "row 5, column `ts`: found 'soon'" in shown
    log.write_text(ROWS + "3,visit,2026-01-01,x\n")
    assert "column `n` must hold a number in every row" in run(log, "--sequence", "n", "--out", tmp_path / "out.csv")[1]
    assert "no column `evnt`. Did you mean `event`?" in run(log, "--event", "evnt", "--out", tmp_path / "out.csv")[1]


@pytest.mark.realdata
def test_the_variants_of_the_traffic_fines_are_the_published_ones(real_data, tmp_path):
    """Times are days: `.order` tells what came first on one day."""
    log, out = real_data / "traffic_fines" / "traffic_fines.csv.gz", tmp_path / "paths.csv"
    words = ["--id", "case_id", "--event", "activity", "--time", "timestamp", "--sequence", ".order"]
    code, shown = run(log, *words, "--out", out, "--moves", tmp_path / "moves.csv")
    assert code == 0, shown
    table = pd.read_csv(out)
    assert len(table) == 44
    notified = "Create Fine > Send Fine > Insert Fine Notification > Add penalty > Send for Credit Collection"
    assert table.head(3).set_index("path")["customers"].to_dict() == {
        "Create Fine > Payment": 3428,
        notified: 3273,
        "Create Fine > Send Fine": 1890,
    }
    moves = pd.read_csv(tmp_path / "moves.csv").set_index(["from", "to"])["count"]
    assert moves[("Create Fine", "Send Fine")] + moves[("Create Fine", "Payment")] <= 10_000
    assert moves.sum() == 34_724 - 10_000


def test_names_alike_but_for_blanks_are_one_and_empty_ones_keep_their_place(tmp_path):
    log, moves = tmp_path / "log.parquet", tmp_path / "moves.csv"
    table = pd.DataFrame(
        {
            "customer_id": ["1", " 1", "1 ", "2", "2", "2", None, "  "],
            "event": ["b", " a", "a ", "a", None, "b", "a", "a"],
            "ts": pd.to_datetime(["2026-01-01"] * 3 + ["2026-01-02", "2026-01-03", "2026-01-04"] + ["2026-01-01"] * 2),
        }
    )
    table.to_parquet(log)
    assert run(log, "--moves", moves)[0] == 0
    # Of one moment in alphabetical order; an event without a name is followed, but none is followed by it.
    found = pd.read_csv(moves).sort_values(["from", "to"]).to_dict("split")["data"]
    assert found[:2] == [["a", "a", 1, 0.5], ["a", "b", 1, 0.5]]
    assert len(found) == 3
    assert (pd.isna(found[2][0]), found[2][1:]) == (True, ["b", 1, 1.0])


def test_commands_begin_without_what_only_some_of_them_need():
    code = "import sys, pipeline.cli; print([m for m in ('pandas', 'scipy', 'ibis', 'matplotlib') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
