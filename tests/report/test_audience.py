"""The external report: a scan of all that is written finds no small cell, quote, example or money."""

import json
import re

import pytest

from pipeline.report.content.register import cells_of
from pipeline.report.numbers import count
from tests.report.html_for_tests import read_page
from tests.report.more_tables_for_tests import QUOTES
from tests.report.reports_for_tests import make_report
from tests.report.world_for_tests import World

LIMIT = 60
WORLD = World(personas=4, customers=700)
COUNTED = ("share", "probability", "observed_share", "of_previous", "not_followed_up", "share_control", "share_variant")


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    inside = make_report(tmp_path_factory.mktemp("inside"), WORLD)
    return inside, make_report(tmp_path_factory.mktemp("outside"), WORLD, "external", LIMIT)


def written(folder):
    return {str(p.relative_to(folder)): p.read_text(encoding="utf-8") for p in folder.rglob("*") if p.is_file()}


def test_the_scan_would_find_them_in_the_internal_report(both):
    texts = "".join(written(both[0]).values())
    assert QUOTES[0] in texts and "highest third" in texts and " EUR" in texts
    assert any(n < LIMIT for n in bases(both[0]))


def bases(folder):
    cells = json.loads((folder / "content.json").read_text(encoding="utf-8"))
    found = [c["n"] for c in cells_of(cells) if c["n"] is not None and c["value"] is not None]
    tips = re.findall(r"· base ([\d,]+)", "".join(written(folder).values()))
    return found + [int(t.replace(",", "")) for t in tips]


def test_no_quote_no_example_no_money_is_written(both):
    for name, text in written(both[1]).items():
        for word in (QUOTES[0], "Nobody told me", "highest third", "EUR", "They haggle", "<circle"):
            assert word not in text, f"{name}: {word}"
    content = json.loads((both[1] / "content.json").read_text(encoding="utf-8"))
    assert content["map"]["parts"] == []
    assert not [c for c in cells_of(content) if c["row"].startswith(("personas.worth|", "personas.exemplars|"))]
    assert "This copy is for readers outside" in read_page(both[1] / "index.html").text


def test_no_figure_rests_on_fewer_than_the_limit_nor_leaves_fewer(both):
    content = json.loads((both[1] / "content.json").read_text(encoding="utf-8"))
    assert all(n >= LIMIT for n in bases(both[1]))
    seen = 0
    for cell in cells_of(content):
        column = cell["row"].rsplit("|", 1)[1]
        if column not in COUNTED or cell["value"] is None or cell["n"] is None:
            continue
        for k in (cell["value"] * cell["n"], (1 - cell["value"]) * cell["n"]):
            assert k < 0.5 or k > LIMIT * 0.85, cell  # an estimate may differ a little from its count
        seen += 1
    assert seen > 40


def test_no_count_of_a_table_is_below_the_limit(both):
    content = json.loads((both[1] / "content.json").read_text(encoding="utf-8"))
    for page in [*content["pages"].values(), {"journey": content["journeys"]["all"]}]:
        for step in page["journey"]["funnel"]:
            for cell in (step["entered"], step["reached"]):
                assert cell["value"] is None or cell["value"] == 0 or cell["value"] >= LIMIT
    small = {count(n) for n in range(1, LIMIT)}
    for _, text in written(both[1]).items():
        assert not [w for w in re.findall(r"<td>[^<]* of ([\d,]+)<", text) if w in small]
