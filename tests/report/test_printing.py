"""Printing: what is printed, in which order; one text of all pages whose links hold; a plain word without a browser."""

import re
import stat

import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.core.errors import InputError
from pipeline.report.command_print import images_of, pages_to_print
from pipeline.report.printing import find_browser, to_pdf
from pipeline.report.whole import whole

FAKE = """#!/bin/sh
for word in "$@"; do
  case "$word" in
    --print-to-pdf=*) echo "%PDF" > "${word#--print-to-pdf=}" ;;
    --screenshot=*) echo P > "${word#--screenshot=}" ;;
  esac
done
"""


def a_browser(folder, monkeypatch, text=FAKE):
    folder.mkdir()
    (folder / "chromium").write_text(text)
    (folder / "chromium").chmod(stat.S_IRWXU)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


def test_without_a_browser_the_reader_is_told_what_to_do(tmp_path, monkeypatch, report):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match="Install Chromium, or open"):
        find_browser()
    result = CliRunner().invoke(app, ["print", str(report("bare")), "--out", str(tmp_path / "out")])
    assert result.exit_code == 1 and not (tmp_path / "out").exists()


def test_a_browser_that_prints_nothing_is_told(tmp_path, monkeypatch):
    a_browser(tmp_path / "bin", monkeypatch, "#!/bin/sh\necho no display >&2\n")
    with pytest.raises(InputError, match=r"made no x\.pdf of x\.html: no display"):
        to_pdf(find_browser(), tmp_path / "x.html", tmp_path / "x.pdf")


def test_the_command_prints_the_whole_each_persona_and_its_journey_and_takes_images(tmp_path, monkeypatch, report):
    a_browser(tmp_path / "bin", monkeypatch)
    result = CliRunner().invoke(app, ["print", str(report("five")), "--images", "--out", str(tmp_path / "out")])
    assert result.exit_code == 0, result.output
    printed = {p.name for p in (tmp_path / "out").glob("*.pdf")}
    assert {"report.pdf", "index.pdf", "persona-1.pdf", "persona-2-journey.pdf", "data.pdf"} <= printed
    assert (tmp_path / "out" / "images" / "persona-1.png").is_file()
    assert len(list((tmp_path / "out" / "images").glob("*.png"))) == len(images_of(report("five"), tmp_path))


def test_personas_come_in_the_order_of_their_numbers(report):
    names = [p.stem for p in pages_to_print(report("five"))]
    assert names[:5] == ["index", "persona-1", "persona-1-journey", "persona-2", "persona-2-journey"]


def test_the_whole_holds_every_page_once_and_all_its_links(report):
    pages = pages_to_print(report("five"))
    text = whole(pages, "")
    ids = re.findall(r'\bid="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    assert [i for i in ids if re.fullmatch(r"p\d+", i)] == [f"p{i}" for i in range(len(pages))]
    assert all(link.startswith("#") for link in re.findall(r'href="([^"]*)"', text))
    looks = re.findall(r'<div class="sheet ?(\w*)" id="p\d+"><div class="page">', text)
    assert looks[:4] == ["", "persona", "landscape", "persona"], "sheets look as their pages do"
