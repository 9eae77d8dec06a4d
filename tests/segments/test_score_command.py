"""`personas score` types a table by a tool's few fields, and says what the table lacks."""

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.core.settings import read_yaml
from pipeline.segments.command import DEFAULTS
from pipeline.segments.own_features import own_features
from pipeline.segments.settings import StageParams
from pipeline.segments.typing_outputs import files, reading_words
from pipeline.segments.typing_score import score
from pipeline.segments.typing_tool import Tool, build
from tests.segments.worlds import planted

PARAMS = StageParams(**read_yaml(DEFAULTS)["segments"])
WORDS = ("never", "rarely", "sometimes", "often", "always")


@pytest.fixture(scope="module")
def company() -> tuple[pd.DataFrame, Tool, pd.Series]:
    """A table of texts as an analyst has it, its typing tool, and the segments that Python gives."""
    world = planted(seed=8, n=600, segments=3, relevant=8, irrelevant=3, separation=2.0, missing=0.1)
    table = world.features.copy()
    for name in [c for c in table.columns if c.endswith("_ordinal")]:
        table[name] = table[name].map(dict(enumerate(WORDS)))
    for name in [c for c in table.columns if c.endswith("_lognormal")]:
        table[name] = table[name].map(lambda v: f"{100 * v:,.2f}", na_action="ignore")
    texts = table.astype("object").where(table.notna(), None).astype("str").mask(table.isna())
    own = own_features(texts, {})
    members = pd.DataFrame({"customer_id": texts["customer_id"], "segment": world.truth})
    tool = build(own.features, own.dictionary, members, PARAMS)
    assert tool is not None
    return texts, tool, score(tool, own.features)["segment"]


@pytest.fixture
def folder(company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, content in files(reading_words(company[1])).items():
        Path(name).write_text(content, encoding="utf-8")
    company[0].to_csv("new.csv", index=False, sep=";")
    return tmp_path


def call(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["score", *words, "--tool", "typing_tool.json", "--out", "out.csv"])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def test_words_and_separators_are_read_as_when_the_tool_was_made(company, folder):
    code, told = call("new.csv", "--id", "customer_id")
    assert code == 0
    found = pd.read_csv("out.csv")
    assert list(found.columns) == ["customer_id", "segment", "probability", "fields_known"]
    assert found["segment"].tolist() == company[2].tolist()
    assert f"Accuracy of the tool on customers it had not seen: {company[1].measures['accuracy']:.1%}." in told


def test_a_lacking_field_is_named_and_the_accuracy_to_expect_is_told(company, folder):
    lacking = company[1].fields[0].column
    company[0].drop(columns=lacking).to_parquet("less.parquet", index=False)
    code, told = call("less.parquet", "--id", "customer_id")
    assert code == 0
    assert f"The table lacks `{lacking}`" in told
    assert "Accuracy with these fields:" in told
    assert (pd.read_csv("out.csv")["segment"] >= 0).mean() > 0.5


def test_an_answer_that_the_tool_does_not_know_is_told(company, folder):
    field = next(f for f in company[1].fields if f.reads == "number")
    company[0].assign(**{field.column: "lots"}).to_csv("new.csv", index=False)
    code, told = call("new.csv", "--id", "customer_id")
    assert code == 0
    assert f"`{field.column}`: taken as not known: 'lots'" in told


def test_a_table_without_any_field_is_refused(folder):
    Path("other.csv").write_text("customer_id,x\n1,2\n", encoding="utf-8")
    code, told = call("other.csv", "--id", "customer_id")
    assert code == 1
    assert "none of the tool's fields is a column" in told


@pytest.mark.parametrize(
    ("content", "told"),
    [("{}", "no typing tool: KeyError"), ("[1]", "no typing tool"), ("x", "no typing tool"), (None, "no such file")],
)
def test_a_file_that_is_no_tool_is_refused(folder, content, told):
    Path("typing_tool.json").unlink()
    if content is not None:
        Path("typing_tool.json").write_text(content, encoding="utf-8")
    code, printed = call("new.csv")
    assert code == 1
    assert told in printed


def test_a_run_without_segments_has_nothing_to_type_by(folder):
    for name, content in files(None).items():
        Path(name).write_text(content, encoding="utf-8")
    code, told = call("new.csv")
    assert code == 1
    assert "no typing tool" in told


def test_as_a_process(folder, root):
    words = ["score", "new.csv", "--id", "customer_id", "--tool", "typing_tool.json", "--out", "out.csv"]
    done = subprocess.run(
        [sys.executable, "-m", "pipeline.cli", *words],
        cwd=folder,
        env={"PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert len(pd.read_csv(folder / "out.csv")) == 600
