"""Stage `sample`: same params, same bytes; valid sources.yaml; nobody real in it."""

import json
import re
from hashlib import sha256
from pathlib import Path

import pytest
import yaml

from pipeline.core.pseudonym import load_key
from pipeline.core.sources import read_sources
from pipeline.core.stage import run
from pipeline.sample.stage import Params, main, make_exports

TINY = Params(seed=5, customers=60, events=2_000)


def digests(folder: Path) -> dict[str, str]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): sha256(path.read_bytes()).hexdigest() for path in files}


def test_same_params_give_the_same_bytes_and_another_seed_gives_others(tmp_path):
    for name, p in (("one", TINY), ("two", TINY), ("other", TINY.model_copy(update={"seed": 6}))):
        make_exports(p, tmp_path / name / "raw", tmp_path / name / "truth")
    one, two, other = (digests(tmp_path / name) for name in ("one", "two", "other"))

    assert one == two
    assert set(one) == set(other)
    constant = {"raw/sources.yaml", "raw/pseudonym.key"}
    assert {name for name in one if one[name] == other[name]} == constant


def test_the_log_has_about_as_many_lines_as_asked_for(sample):
    counts = [len(path.read_bytes().splitlines()) for path in (sample.raw / "segment").glob("*.jsonl")]
    assert sum(counts) == pytest.approx(24_000, rel=0.05)
    assert len(counts) == 12


def test_every_source_is_declared_and_every_declared_file_exists(sample):
    settings = read_sources(sample.raw)
    declared = {path for s in settings.sources.values() for path in sample.raw.glob(s.files)}
    exports = {p for p in sample.raw.rglob("*") if p.is_file()} - {
        sample.raw / "sources.yaml",
        sample.raw / "pseudonym.key",
    }
    assert declared == exports


def test_the_key_is_the_samples_own_and_long_enough(sample, monkeypatch):
    monkeypatch.delenv("PERSONAS_PSEUDONYM_KEY", raising=False)
    key = load_key(sample.raw, secrets_folder=sample.raw / "must-not-be-made")
    assert key.startswith(b"sample-only-not-a-secret-")
    assert re.search(rb"[0-9a-f]{32}$", key)
    assert not (sample.raw / "must-not-be-made").exists()


def test_addresses_and_numbers_are_fictitious(sample):
    text = "\n".join(path.read_text(encoding="utf-8") for path in sample.raw.rglob("*") if path.is_file())
    assert set(re.findall(r"@([\w.]+\w)", text.lower())) == {"example.com", "example.org", "example.net"}
    addresses = {".".join(a.split(".")[:3]) for a in re.findall(r"\b(?:\d{1,3}\.){3}\d{1,3}\b", text)}
    # Browser versions such as 124.0.0.0 look like addresses.
    assert addresses - {"124.0.0"} == {"192.0.2", "198.51.100", "203.0.113"}
    phones = set(re.findall(r"\+\d\d \d+ \d+", text))
    assert phones
    assert {phone.rsplit(" ", 1)[0] for phone in phones} <= {"+49 30", "+44 20"}
    assert all(phone.startswith(("+49 30 23125", "+44 20 7946")) for phone in phones)


def test_a_failure_leaves_the_earlier_exports_alone(tmp_path, monkeypatch):
    make_exports(TINY, tmp_path / "raw", tmp_path / "truth")
    before = digests(tmp_path)
    monkeypatch.setattr("pipeline.sample.stage.make_truth", lambda *_: {"not": {"serialisable"}})
    with pytest.raises(TypeError, match="not JSON serializable"):
        make_exports(TINY.model_copy(update={"seed": 9}), tmp_path / "raw", tmp_path / "truth")
    assert json.loads((tmp_path / "truth" / "truth.json").read_text(encoding="utf-8"))["seed"] == TINY.seed
    assert digests(tmp_path) == before


def test_the_command_reads_params_and_prints_one_line(tmp_path, monkeypatch, capsys):
    blocks = {"dataset": "sample", "engine": "duckdb", "sample": TINY.model_dump()}
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(blocks), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    code = run("sample", "", {"out": "", "truth": ""}, main, ["--out", "raw", "--truth", "truth"])
    printed = capsys.readouterr()
    assert code == 0
    assert printed.out == ""
    assert printed.err.startswith("sample: 60 customers, ")
