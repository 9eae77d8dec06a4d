"""The command line tells what files are and whether settings fit, with exit codes that scripts can use."""

import json
import runpy
import sys
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.core.settings import parse
from pipeline.core.sources import DatasetSettings
from pipeline.ingest.checks import check
from tests.code_of_stages import STAGES
from tests.ingest.small_company import SOURCES, write_mini, write_sources

COMMANDS = [c.name or c.callback.__name__.replace("_", "-") for c in app.registered_commands if c.callback]


@pytest.fixture
def run(root: Path, monkeypatch: pytest.MonkeyPatch):
    """Run `personas …` in the project's folder: (exit code, standard output, standard error)."""
    monkeypatch.chdir(root)

    def call(*words: str) -> tuple[int, str, str]:
        result = CliRunner().invoke(app, list(words))
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result.exit_code, result.stdout, result.output

    return call


@pytest.fixture
def company(tmp_path: Path) -> Path:
    folder = tmp_path / "company"
    write_mini(folder, json.loads(json.dumps(SOURCES)))
    return folder


def test_the_project_explains_itself(run):
    code, shown, _ = run("--help")
    assert code == 0
    assert all(name in shown for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself_by_an_example_that_it_understands(run, name):
    code, shown, _ = run(name, "--help")
    assert code == 0
    assert "Usage" in shown
    examples = " ".join(shown.partition("Example")[2].split()).partition(":")[2].replace("s:", "").split(";")
    for example in examples:
        words = example.split()
        assert words[:2] == ["personas", name], example
        assert all(f"{word} " in shown or f"{word}\n" in shown for word in words if word.startswith("--")), example


@pytest.mark.parametrize("stage", ["sample", *STAGES])
def test_every_stage_explains_itself_by_an_example(stage, root, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", [stage, "--help"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(root / "pipeline" / stage / "stage.py"), run_name="__main__")
    assert ended.value.code == 0
    shown = capsys.readouterr().out
    assert f"Example: dvc repro --single-item {stage} " in shown
    assert "--quiet" in shown


def test_check_prints_one_line_per_source(run, company):
    code, shown, _ = run("check", str(company))
    assert code == 0
    lines = shown.splitlines()
    assert [line.split(":")[0] for line in lines] == list(SOURCES["sources"])
    assert lines[2] == "web: events, segment, 2 file(s), 17 columns: ok"


def test_check_gathers_mistakes_and_fails(run, company):
    (company / "orders.csv").unlink()
    (company / "mailing.csv").write_text("", encoding="utf-8")
    code, _, told = run("check", str(company))
    assert code == 1
    assert "2 mistake(s)" in told
    assert "Traceback" not in told


def test_check_of_an_unknown_dataset_fails(run):
    code, _, told = run("check", "no-such-dataset")
    assert code == 1
    assert "no such dataset folder" in told


def test_check_knows_that_the_sample_is_made_by_a_stage(run, root, tmp_path, monkeypatch):
    (tmp_path / "params.yaml").write_text((root / "params.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    code, shown, _ = run("check")
    assert code == 0
    assert "`dvc repro` makes them" in shown


def test_check_refuses_an_unknown_key_in_params(run, company, tmp_path, root, monkeypatch):
    content = yaml.safe_load((root / "params.yaml").read_text(encoding="utf-8"))
    content["ingest"]["event_part"] = 3
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, ["check", str(company)])
    assert result.exit_code == 1
    assert "`event_part` is not a known key. Did you mean `event_parts`?" in result.output


def test_inspect_gives_one_json_object(run, company):
    code, shown, _ = run("inspect", str(company / "contacts.csv"), "--json")
    found = json.loads(shown)
    assert code == 0
    assert (found["format"], found["rows"], found["header_rows"], found["encoding"]) == (
        "hubspot-contacts",
        4,
        1,
        "utf-8",
    )
    assert [c["name"] for c in found["columns"] if c["candidate_id"]] == ["Record ID", "Email", "Age"]
    assert any("direct identifiers" in w for w in found["warnings"])
    assert any("time zone" in w for w in found["warnings"])
    assert "anna" not in shown.lower(), "values are not shown"


@pytest.mark.parametrize(
    ("file", "format_", "rows"),
    [
        ("survey.csv", "qualtrics", 5),
        ("events/part-0.jsonl", "segment", 6),
        ("orders.csv", "csv", 7),
        ("interviews/a.csv", "transcript", 3),
    ],
)
def test_inspect_recognises_formats_by_content(run, company, file, format_, rows):
    (company / "renamed.txt").write_bytes((company / file).read_bytes())
    code, shown, _ = run("inspect", str(company / "renamed.txt"), "--json")
    found = json.loads(shown)
    assert (code, found["format"], found["rows"]) == (0, format_, rows)


def test_inspect_for_readers_names_columns(run, company):
    code, shown, _ = run("inspect", str(company / "orders.csv"))
    assert code == 0
    assert "orders.csv: format csv, 7 rows, 1 header row(s), utf-8, delimiter ','" in shown
    assert "  total: nominal, missing 14.3%" in shown


@pytest.mark.parametrize(("content", "told"), [(b"", "the file is empty"), (b"a,b\n", "a header without rows")])
def test_inspect_of_a_file_without_content_fails(run, tmp_path, content, told):
    (tmp_path / "x.csv").write_bytes(content)
    code, _, printed = run("inspect", str(tmp_path / "x.csv"))
    assert code == 1
    assert told in printed


def test_the_list_of_commands_is_read_whole(run):
    code, shown, _ = run("--help")
    assert code == 0
    assert "..." not in shown.partition("Commands:")[2], "a summary is cut off: give it a short_help"


def test_inspect_of_a_missing_path_tells_what_is_there(run, tmp_path, monkeypatch):
    code, _, told = run("inspect", str(tmp_path / "nothing"))
    assert code == 1
    assert told.endswith("no such file or folder.\n")
    (tmp_path / "members.csv").write_text("id,age\n1,2\n", encoding="utf-8")
    assert "Did you mean `members.csv`? " in run("inspect", str(tmp_path / "member.csv"))[2]
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data" / "raw" / "mine").mkdir(parents=True)
    (tmp_path / "members.csv").rename(tmp_path / "data" / "raw" / "mine" / "members.csv")
    assert "Did you mean `data/raw/mine/members.csv`?" in run("inspect", "members.csv")[2]


def test_the_draft_of_a_folder_is_a_sources_file_that_passes_the_check(run, company):
    code, shown, _ = run("inspect", str(company))
    assert code == 0
    assert "# ?" in shown, "questions for the analyst"
    draft = yaml.safe_load(shown)
    settings = parse(draft, DatasetSettings, "draft")
    formats = {s.files: s.format for s in settings.sources.values()}
    assert formats["events/part-*.jsonl"] == "segment"
    assert formats["contacts.csv"] == "hubspot-contacts"
    write_sources(company, draft)
    assert len(check(company, settings)) == 6


def test_a_draft_is_written_once_with_the_schema_for_editors(run, company):
    (company / "sources.yaml").unlink()
    code, shown, _ = run("inspect", str(company), "--write")
    assert (code, shown) == (0, "")
    text = (company / "sources.yaml").read_text(encoding="utf-8")
    schema = text.splitlines()[0].partition("$schema=")[2]
    assert "SourceSettings" in json.loads((company / schema).read_text(encoding="utf-8"))["$defs"]
    assert run("check", str(company))[0] == 0
    code, _, told = run("inspect", str(company), "--write")
    assert code == 1
    assert "exists and is left alone" in told
    assert (company / "sources.yaml").read_text(encoding="utf-8") == text
