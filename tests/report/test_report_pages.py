"""Pages: links resolve, nothing comes from outside, text is escaped, numbers are the content's, bytes repeat."""

import json
import re
import shutil
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from pipeline.core.errors import SchemaError
from pipeline.core.words import unbroken
from pipeline.report.figures.draw import draw
from pipeline.report.pages import render
from pipeline.report.stage import OPTIONS, main, write
from tests.report.conftest import TROUBLE, WORLDS
from tests.report.html_for_tests import read_page
from tests.report.reports_for_tests import content_of, make_report, paths_of

ALL = tuple(WORLDS)


def pages_of(folder):
    return [folder / "index.html", *sorted((folder / "pages").glob("*.html"))]


@pytest.mark.parametrize("name", ALL)
def test_every_link_and_anchor_resolves_and_none_leaves_the_folder(report, name):
    folder = report(name)
    pages = {path.resolve(): read_page(path) for path in pages_of(folder)}
    for path, page in pages.items():
        assert len(page.ids) == len(set(page.ids)), f"{path.name} uses an id twice"
        for link in page.links:
            if link == "data:,":
                continue
            if link.endswith((".css", ".js")):
                assert (path.parent / link).is_file()
                continue
            parts = urlsplit(link)
            assert not parts.scheme and not parts.netloc, f"{path.name} asks for {link}"
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            assert target in pages, f"{path.name} links to {link}"
            assert not parts.fragment or unquote(parts.fragment) in pages[target].ids, f"{path.name}: {link}"


@pytest.mark.parametrize("name", ALL)
def test_pages_are_well_formed_and_headings_do_not_skip_a_level(report, name):
    for path in pages_of(report(name)):
        page = read_page(path)
        assert page.open_tags == [] and page.misplaced == []
        assert page.headings[0] == 1 and page.headings.count(1) == 1
        assert all(after - before <= 1 for before, after in zip(page.headings, page.headings[1:], strict=False))
        tables = [tag for tag, _ in page.tags if tag in ("table", "caption")]
        assert tables.count("table") == tables.count("caption")
        assert all(attrs.get("scope") for tag, attrs in page.tags if tag == "th")
        assert all("aria-labelledby" in attrs for tag, attrs in page.tags if tag == "svg")


def test_nothing_but_namespaces_names_a_web_address(report):
    for path in report("five").rglob("*.*"):
        found = set(re.findall(r"https?://[^\s\"'<)]+", path.read_text(encoding="utf-8")))
        assert found <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}, path.name


def test_texts_of_users_are_escaped(report):
    folder = report("named")
    for path in [*pages_of(folder), *(folder / "figures").glob("*.svg")]:
        html = path.read_text(encoding="utf-8")
        assert "<script>alert" not in html, path.name
        assert html.count("<script") == (path.suffix == ".html"), path.name
    assert TROUBLE in read_page(folder / "index.html").text
    assert TROUBLE in read_page(folder / "pages" / "persona-1.html").text


def test_pages_say_what_is_absent(report):
    folder = report("bare")
    log, survey, trials = "No event log supplied.", "No survey supplied.", "No experiment declared."
    said = {
        "index": (log, survey, trials),
        "pages/data": (log, survey, trials),
        "pages/persona-1": (log, survey, trials, "Not supplied: no open answers", "Not supplied: no orders"),
        "pages/compare-1-2": (log,),
        "pages/experiments": (trials, "Not supplied: sample sizes need journeys"),
    }
    for name, sentences in said.items():
        text = read_page(folder / f"{name}.html").text
        for words in sentences:
            assert words in text, f"{name} does not say: {words}"
    assert not list((folder / "pages").glob("*-journey.html"))
    assert "Journey map" not in read_page(folder / "index.html").text


def test_pages_speak_of_what_customers_are_said_to_be(report):
    for path in pages_of(report("bare")):
        html = path.read_text(encoding="utf-8")
        said = re.sub(r"data/[\w/.]+", "", re.sub(r"<(script|style).*?</\1>", "", html, flags=re.DOTALL))
        assert not re.search(r"\bcustomers?\b", said, re.IGNORECASE), path.name
    assert "household" in read_page(report("bare") / "index.html").text


def test_the_title_speaks_of_moves_where_there_are_journeys(report):
    titles = {name: read_page(report(name) / "index.html").text for name in ("five", "bare")}
    assert "Who our customers are, and how they move" in titles["five"]
    assert "Who our households are" in titles["bare"] and "how they move" not in titles["bare"]


def test_spans_of_hours_and_weekdays_do_not_break(report):
    content = json.loads((report("five") / "content.json").read_text(encoding="utf-8"))
    figures = [{**row, "label": "At night (0–6 h) or Sat–Sun 9–17 h"} for row in content["key_figures"]]
    page = render({**content, "key_figures": figures}, {})["pages/figures.html"]
    assert "At night (0–\u20606\u00a0h) or Sat–\u2060Sun 9–\u206017\u00a0h" in page
    assert "0–6 h" not in page


def test_every_part_of_a_page_says_once_how_its_bars_are_read(report):
    html = (report("five") / "pages" / "persona-1.html").read_text(encoding="utf-8")
    parts = [part for part in html.split("<section")[1:] if 'class="pack"' in part and "<svg" in part]
    assert len(parts) > 1
    assert {part.count("Thin line: 95% interval") for part in parts} == {1}


def test_evidence_names_no_column_and_no_persona_over_and_over(report):
    text = read_page(report("five") / "pages" / "evidence-1.html").text
    assert "Amount of a purchase" in text and "Chance that a buyer buys again" in text
    for raw in ("recency days", "expected purchases", "future value", "the smallest cell"):
        assert raw not in text
    assert text.count("Price-led beginners") <= 4


def test_a_page_of_a_persona_tells_no_figure_of_worth_twice(report):
    content = json.loads((report("five") / "content.json").read_text(encoding="utf-8"))
    cells = content["key_figures"][-1]["cells"]
    more = [{"kpi": kpi, "label": f"Twice: {kpi}", "cells": cells} for kpi in ("share of revenue", "nps of yesterday")]
    pages = render({**content, "key_figures": [*content["key_figures"], *more]}, {})
    assert "Twice: share of revenue" in pages["pages/figures.html"]
    assert "Twice: share of revenue" not in pages["pages/persona-1.html"]
    assert "Twice: nps of yesterday" in pages["pages/persona-1.html"]


def test_there_is_no_page_of_changes_without_a_baseline_and_none_to_compare_one_persona(report):
    bare, none = report("bare"), report("none")
    assert not (bare / "pages" / "changes.html").exists()
    assert (bare / "pages" / "compare.html").is_file()
    for folder, gone in ((bare, ["changes"]), (none, ["changes", "compare"])):
        for path in pages_of(folder):
            html = path.read_text(encoding="utf-8")
            assert not [name for name in gone if f"{name}.html" in html], path.name


def test_without_segments_the_cover_says_so_and_shows_everybody(report):
    folder = report("none")
    parts = ("data", "evidence-all", "experiments", "figures", "segments", "words")
    assert [p.stem for p in pages_of(folder)] == ["index", *parts]
    text = read_page(folder / "index.html").text
    assert "No segments were found" in text
    assert "Funnel of all journeys" in text


def test_where_nothing_could_be_looked_for_the_cover_claims_no_result(report):
    content = json.loads((report("none") / "content.json").read_text(encoding="utf-8"))
    assert content["verdict"]["sought"]
    told = render({**content, "verdict": {**content["verdict"], "sought": False}}, draw(content))["index.html"]
    assert "No segments were looked for" in told and "role: segment" in told
    assert "not a failure" not in told and "solutions that were tried" not in told


def test_the_segments_page_shows_how_far_to_trust_them(report):
    page = read_page(report("five") / "pages" / "segments.html")
    for words in ("Size and stability", "Who meets again", "Nearer to their own", "By number of segments", "1a", "1b"):
        assert words in page.text, words
    assert "the same" in page.text and "Spend per month; Sessions per month" in page.text
    none = read_page(report("none") / "pages" / "segments.html").text
    assert "Solutions that were tried" in none
    assert "Do they come back" not in none


def test_figures_on_pages_are_texts_of_the_content(report):
    folder = report("five")
    content = json.loads((folder / "content.json").read_text(encoding="utf-8"))
    for persona_id, page in content["pages"].items():
        text = read_page(folder / "pages" / f"{persona_id}.html").text
        way = read_page(folder / "pages" / f"{persona_id}-journey.html").text
        evidence = [row["cell"] for part in page["evidence"] for row in part["rows"]]
        for shown, cells in ((text, evidence), (way, [s["probability"] for s in page["journey"]["funnel"]])):
            for cell in cells:
                assert cell["text"] in shown
                assert cell["interval"] in shown
        assert all(unbroken(sentence["text"]) in text for sentence in page["narrative"])


def test_no_raw_column_name_and_no_long_decimals(report):
    folder = report("five")
    for path in pages_of(folder):
        text = read_page(path).text
        assert not re.search(r"\d\.\d{4,}", text), path.name
        assert "motive_price" not in text and "device_main" not in text
        assert "min_cell" not in text and "Next_tests" not in text and "Stage_profile" not in text
    evidence = read_page(folder / "pages" / "evidence-1.html").text
    assert "weekday · 0" not in evidence and "Mondays" in evidence


@pytest.mark.parametrize("name", ["bare", "none"])
def test_two_runs_give_the_same_bytes(report, tmp_path, name):
    first = report(name)
    second = make_report(tmp_path, WORLDS[name])
    names = sorted(p.relative_to(first) for p in first.rglob("*") if p.is_file())
    assert names == sorted(p.relative_to(second) for p in second.rglob("*") if p.is_file())
    for name in names:
        assert (first / name).read_bytes() == (second / name).read_bytes(), name


def test_five_personas_stay_small(report):
    size = sum(p.stat().st_size for p in report("five").rglob("*") if p.is_file())
    assert size < 3 * 1024**2


def test_the_stage_leaves_other_files_of_the_folder_alone(report, tmp_path, root, monkeypatch):
    monkeypatch.chdir(root)
    out = tmp_path / "reports"
    (out / "plots").mkdir(parents=True)
    (out / "plots" / "curves.csv").write_text("kept")
    (out / "README.md").write_text("kept")
    facts = main(paths_of(report("bare").parent / "data", out))
    assert facts["pages"] == len(list((out / "pages").glob("*.html"))) + 1
    assert (out / "README.md").read_text() == "kept"
    assert (out / "plots" / "curves.csv").read_text() == "kept"
    metrics = json.loads((out / "metrics" / "report.json").read_text())
    assert metrics["absent"] == {"experiments": True, "journeys": True, "survey": True}
    assert sorted(p.name for p in out.iterdir() if p.name.startswith(".")) == []


def test_a_failure_leaves_the_earlier_report_intact(report, tmp_path, root, monkeypatch):
    monkeypatch.chdir(root)
    data = tmp_path / "data"
    shutil.copytree(report("bare").parent / "data", data)
    (data / "journeys" / "funnel.parquet").unlink()
    out = tmp_path / "reports"
    out.mkdir()
    (out / "index.html").write_text("earlier")
    with pytest.raises(SchemaError, match=r"funnel\.parquet: no such table\. Run stage `journeys` first"):
        main(paths_of(data, out))
    assert [p.name for p in out.iterdir()] == ["index.html"]
    assert (out / "index.html").read_text() == "earlier"


def test_options_are_those_of_the_graph(root):
    graph = (root / "dvc.yaml").read_text(encoding="utf-8")
    command = graph[graph.index("python -m pipeline.report.stage") :].split("deps:")[0]
    assert set(re.findall(r"--(\w+)", command)) == set(OPTIONS)


def test_a_report_is_written_whole_even_where_one_stood_before(report, tmp_path):
    content = content_of(report("bare").parent / "data")
    pictures = draw(content)
    pages = render(content, pictures)
    old = tmp_path / "pages" / "persona-9.html"
    old.parent.mkdir()
    old.write_text("from an earlier run")
    write(tmp_path, content, pages, pictures)
    assert not old.exists()
    assert {Path(p).name for p in pages} - {"index.html"} == {p.name for p in (tmp_path / "pages").iterdir()}
