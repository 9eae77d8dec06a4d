"""Mistakes in params.yaml and sources.yaml are all told at once, with the key and what is allowed."""

from pathlib import Path

import pytest
import yaml

from pipeline.core import params
from pipeline.core.errors import SettingsError
from pipeline.core.settings import Settings, parse, read_yaml
from pipeline.core.sources import DatasetSettings, read_sources


class Inner(Settings):
    seed: int


class Outer(Settings):
    name: str
    parts: dict[str, Inner]


def test_unknown_keys_are_refused_at_every_depth_with_the_near_match() -> None:
    with pytest.raises(SettingsError) as caught:
        parse({"name": "x", "parts": {"a": {"seed": 1, "sede": 2}}, "nmae": 1}, Outer, "here.yaml")
    message = str(caught.value)
    assert message.startswith("here.yaml: 2 mistake(s)")
    assert "`parts.a.sede` is not a known key. Did you mean `seed`? Allowed: seed." in message
    assert "`nmae` is not a known key. Did you mean `name`? Allowed: name, parts." in message


def test_missing_keys_and_wrong_types_are_told_together() -> None:
    with pytest.raises(SettingsError) as caught:
        parse({"parts": {"a": {"seed": "many"}}}, Outer, "here.yaml")
    assert "`name` is missing." in str(caught.value)
    assert "`parts.a.seed`" in str(caught.value)
    assert "Found: 'many'." in str(caught.value)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"kind": "number"}, "`sources.a.kind`: not a known word. Found: 'number'. Allowed: customers, responses,"),
        ({"kind": "Events"}, "Did you mean `events`? Allowed: customers"),
        ({"kind": None}, "`sources.a.kind`: not a known word. Allowed: customers"),
        ({"ids": ["id"]}, "`sources.a.ids`: must be keys with values, such as `{contact: Record ID}`. Found: ['id']."),
        ({"keep": "a"}, "`sources.a.keep`: must be a list, such as `[a, b]`. Found: 'a'."),
        (
            {"observed_from": "01.02.2025"},
            "`sources.a.observed_from`: must be a day such as 2025-01-31. Found: '01.02.",
        ),
        ({"files": 7}, "`sources.a.files`: must be text: put it into quotes. Found: 7."),
        ({"timezone": "europe/berlin"}, "unknown time zone. Did you mean `Europe/Berlin`? Found: 'europe/berlin'."),
        ({"Files": "b.csv"}, "`sources.a.Files` is not a known key. Did you mean `files`?"),
    ],
)
def test_mistakes_are_told_in_an_analysts_words(change: dict[str, object], told: str) -> None:
    source = {"kind": "customers", "format": "csv", "files": "a.csv", **change}
    with pytest.raises(SettingsError) as caught:
        parse({"title": "x", "sources": {"a": source}}, DatasetSettings, "sources.yaml")
    assert told in str(caught.value)
    assert "Input should" not in str(caught.value) and "Value error" not in str(caught.value)


@pytest.mark.parametrize("name", ['my "orders"', "a`b", "a\nb", " "])
def test_sources_and_spaces_are_called_what_an_engine_can_quote(name: str) -> None:
    source = {"kind": "customers", "format": "csv", "files": "a.csv", "ids": {name: "id"}}
    with pytest.raises(SettingsError) as caught:
        parse({"title": "x", "sources": {name: source}}, DatasetSettings, "sources.yaml")
    assert f"`sources.{name}`: a name must not be blank" in str(caught.value)
    assert f"`sources.{name}.ids.{name}`: a name must not be blank" in str(caught.value)


def test_a_missing_word_tells_those_allowed() -> None:
    with pytest.raises(SettingsError, match=r"`sources.a.kind` is missing. Allowed: customers, responses"):
        parse({"title": "x", "sources": {"a": {"format": "csv", "files": "a.csv"}}}, DatasetSettings, "sources.yaml")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("title: x\n\tsources: {}\n", r"line 2, column 1: found character '\\t' .* Write blanks in place of tabs"),
        ("title: x\nsources: {a: {\n", "line 3, column 1: while parsing a flow node of line 3, .* not closed"),
        ("title: a: b\n", "line 1, column 9: mapping values are not allowed here. .* a colon stand without quotes"),
        ("a: 1\nsources:\n  log: {}\n  log: {}\n", r"line 4, column 3: the key `log` stands there already, in line 3"),
        ("", "expected keys with values, found nothing"),
        ("- a\n", "expected keys with values, found a list"),
    ],
)
def test_yaml_that_is_broken_or_has_a_name_twice_or_no_key_is_told(text: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / "sources.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=told):
        read_yaml(path)


def test_yaml_that_is_not_utf8_is_told_by_byte(tmp_path: Path) -> None:
    path = tmp_path / "sources.yaml"
    path.write_bytes("title: Größe\n".encode("cp1252"))
    with pytest.raises(SettingsError, match="not UTF-8 from byte 9 on. Save it as UTF-8"):
        read_yaml(path)


def test_keys_taken_over_from_another_mapping_may_be_replaced(tmp_path: Path) -> None:
    path = tmp_path / "sources.yaml"
    path.write_text("c: &c {x: 1, y: 1}\nb: &b {<<: *c, x: 2}\na: {<<: *b, x: 3}\n", encoding="utf-8")
    assert read_yaml(path)["a"] == {"x": 3, "y": 1}


def test_a_day_that_no_calendar_has_is_told_with_its_key(tmp_path: Path) -> None:
    path = tmp_path / "sources.yaml"
    path.write_text("title: x\nobservation: {start: 2025-02-30, end: 2025-03-31, features_until: 2025-03-01}\n")
    with pytest.raises(SettingsError, match=r"`observation.start`: must be a day such as .* Found: '2025-02-30'"):
        parse(read_yaml(path), DatasetSettings, str(path))


@pytest.mark.parametrize("number", [".inf", ".nan"])
def test_a_number_must_be_finite(number: str, tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    path.write_text(f"dataset: x\nengine: spark\nspark: {{master: m, memory_gib: {number}, task_memory_gib: 1}}\n")
    with pytest.raises(SettingsError, match=r"`spark.memory_gib`: must be a finite number\. Found"):
        params.load_general(path)


@pytest.mark.parametrize(
    ("key", "told"),
    [("days", "must be a whole number"), ("share", "must be a number"), ("most", "must be a whole number")],
)
@pytest.mark.parametrize("truth", ["true", "False"])
def test_a_truth_is_no_number(key: str, told: str, truth: str, tmp_path: Path) -> None:
    class Counted(Settings):
        days: int = 1
        share: float = 0.5
        most: int | None = None
        again: bool = False
        as_it_is: bool | int = 0

    (tmp_path / "a.yaml").write_text(f"{key}: {truth}\nagain: {truth}\nas_it_is: {truth}\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=rf"1 mistake.*\n  - `{key}`: {told}\. Found: {truth.lower()}\.$"):
        parse(read_yaml(tmp_path / "a.yaml"), Counted, "a.yaml")


def test_a_dataset_is_named_without_what_a_shell_would_run(tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    for name, allowed in (("Käse & Milch (2)", True), ('a" && b', False), ("$(b)", False), ("", False)):
        path.write_text(yaml.safe_dump({"dataset": name, "engine": "duckdb"}))
        if allowed:
            assert params.load_general(path).dataset == name
        else:
            with pytest.raises(SettingsError, match="`dataset`: must be the name of a folder, without"):
                params.load_general(path)


def test_a_block_must_be_there_and_known(tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    path.write_text("dataset: x\nengine: duckdb\nsegmnts: {seed: 1}\n", encoding="utf-8")
    with pytest.raises(SettingsError, match="`segmnts` is not a known key. Did you mean `segments`?"):
        params.load("segments", Inner, path)
    path.write_text("dataset: x\nengine: duckdb\n", encoding="utf-8")
    with pytest.raises(SettingsError, match="block `segments` is missing"):
        params.load("segments", Inner, path)
    with pytest.raises(SettingsError, match="no such file"):
        params.load("segments", Inner, tmp_path / "other.yaml")


@pytest.mark.parametrize("text", ["a: [1", "- 1\n- 2\n", ""])
def test_a_file_that_is_no_mapping_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match="not valid YAML|expected keys with values"):
        params.load_general(path)


def minimal(**changes: object) -> dict[str, object]:
    """The least that sources.yaml may say."""
    source = {"kind": "customers", "format": "csv", "files": "a.csv", "ids": {"contact": "id"}}
    return {"title": "T", "sources": {"crm": source}, **changes}


STAGES = {
    "ladder": ["seen", "bought"],
    "enter": {"seen": [{"event": "view"}], "bought": [{"event": "order"}]},
    "moves": {"seen": ["bought"]},
}
OBSERVATION = {"start": "2025-01-01", "end": "2026-01-01", "features_until": "2025-07-01"}


def with_events(**changes: object) -> dict[str, object]:
    events = {"kind": "events", "format": "csv", "files": "b.csv"}
    return minimal(
        sources={**minimal()["sources"], "web": events},
        observation=OBSERVATION,
        stages={**STAGES, **changes},  # type: ignore[dict-item]
    )


def test_the_least_and_a_ladder_are_accepted() -> None:
    assert parse(minimal(), DatasetSettings, "sources.yaml").language == "en"
    assert parse(with_events(), DatasetSettings, "sources.yaml").stages is not None


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (with_events(ladder=["seen", "seen"]), "listed twice"),
        (with_events(moves={"seen": ["lost"]}), "not on the ladder: lost"),
        (with_events(conversion="seen"), "`conversion: seen` is no stage after the first"),
        (with_events(enter={"bought": [{"event": "order"}]}), "nothing enters the first stage"),
        (
            with_events(dropoff={"stage": "seen", "inactivity_days": 3, "from_stages": ["seen"]}),
            "must not be on the ladder",
        ),
        (minimal(stages=STAGES), "need an event source"),
        ({**with_events(), "observation": None}, "`observation`.*is required"),
        ({**with_events(), "observation": {**OBSERVATION, "features_until": "2027-01-01"}}, "must hold"),
        (
            minimal(sources={"crm": {"kind": "customers", "format": "csv", "files": "a", "timezone": "Europe/Berln"}}),
            "unknown time zone. Did you mean `Europe/Berlin`",
        ),
    ],
)
def test_parts_that_do_not_fit_are_refused(content: dict[str, object], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        parse(content, DatasetSettings, "sources.yaml")


def test_a_scale_without_items_is_refused() -> None:
    question = {"column": "Q1", "kind": "likert", "label": "Likes it", "scale": "craft"}
    survey = {"kind": "responses", "format": "qualtrics", "files": "q.csv", "questions": {"likes": question}}
    with pytest.raises(SettingsError, match="no question has the scale `carft`.*Did you mean `craft`?"):
        parse(minimal(sources={"s": {**survey, "scales": {"carft": "Craft"}}}), DatasetSettings, "sources.yaml")


def test_a_missing_dataset_folder_lists_its_neighbours(tmp_path: Path) -> None:
    (tmp_path / "sample").mkdir()
    with pytest.raises(SettingsError, match="Did you mean `sample`.*Set `dataset` in params.yaml"):
        read_sources(tmp_path / "smaple")


def test_a_feature_name_used_by_two_sources_is_refused(tmp_path: Path) -> None:
    field = {"column": "A", "kind": "numeric", "block": "demographic", "label": "Age"}
    source = {"kind": "customers", "format": "csv", "files": "a.csv", "fields": {"age": field}}
    (tmp_path / "sources.yaml").write_text(
        yaml.safe_dump(minimal(sources={"a": source, "b": source})), encoding="utf-8"
    )
    with pytest.raises(SettingsError, match="`age` is declared by `a` and by `b`"):
        read_sources(tmp_path)


def test_yes_no_and_on_are_words(tmp_path: Path) -> None:
    path = tmp_path / "sources.yaml"
    path.write_text("on: [No, Yes, off, true]\n", encoding="utf-8")
    assert read_yaml(path) == {"on": ["No", "Yes", "off", True]}
