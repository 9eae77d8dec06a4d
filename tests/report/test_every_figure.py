"""Every figure: what a page shows is the content's, the content's is the table's, and its link opens that very row."""

import json
import re
from html import unescape
from urllib.parse import unquote

import pytest

from pipeline.core import tables
from pipeline.report.content.register import SIZES, TABLES, cells_of

ENDS = {
    "value": ("lower", "upper"),
    "probability": ("lower", "upper"),
    "effect": ("lower", "upper"),
    "future_value": ("lower", "upper"),
    "observed_share": ("observed_lower", "observed_upper"),
    "gain": ("gain_lower", "gain_upper"),
}
FIGURE = re.compile(r'<a class="v[^"]*" href="([^"]+)" data-tip="[^"]*">([^<]*)</a>')
ROW = re.compile(r'<tr id="([^"]+)">.*?<(?:span|a) class="v[^>]*>([^<]*)</', re.DOTALL)


def sizes_of(data):
    told = tables.read_json(data / "personas" / "personas.json", "personas")
    parts = [*told["personas"], {**told["unassigned"], "persona_id": "unassigned"}]
    return {(p["persona_id"],): p for p in parts}


def rows_of(data):
    """Table name -> key as texts -> row."""
    found = {}
    for name, table in TABLES.items():
        path = data / table.stage / table.file
        if table is SIZES:
            found[name] = sizes_of(data)
        elif path.is_file():
            rows = tables.read(data / table.stage, table).to_dict("records")
            found[name] = {tuple(str(row[k]).replace("|", "¦") for k in table.key): row for row in rows}
    return found


@pytest.fixture(scope="module")
def world(report):
    folder = report("five")
    content = json.loads((folder / "content.json").read_text(encoding="utf-8"))
    return folder, content, rows_of(folder.parent / "data")


def test_every_figure_of_the_content_is_its_tables(world):
    _, content, rows = world
    cells = list(cells_of(content))
    assert len(cells) > 1500
    held = 0
    for cell in cells:
        name, *key, column = cell["row"].split("|")
        row, sign = rows[name][tuple(key)], -1 if column.startswith("-") else 1
        if cell["value"] is None:
            held += 1
            continue
        assert cell["value"] == pytest.approx(sign * row[column.lstrip("-")], abs=1e-12), cell["row"]
        for end, there in zip(("lower", "upper"), ENDS.get(column, ()), strict=False):
            assert cell[end] is None or cell[end] == pytest.approx(row[there], abs=1e-12), cell["row"]
    assert 0 < held < len(cells) / 4


def test_share_and_interval_are_rounded_alike(world):
    """No 32.84% beside 31–35%: one rule for all pages; none and all need no decimals."""
    shares = {(c["text"], c["interval"]) for c in cells_of(world[1]) if c["interval"] and c["text"].endswith("%")}
    assert len(shares) > 100
    for share, interval in shares:
        numbers = set(re.findall(r"[0-9.]+", f"{share} {interval}")) - {"0", "100"}
        assert len({len(n.partition(".")[2]) for n in numbers}) < 2, (share, interval)


def test_every_figure_of_a_page_is_the_contents_and_opens_its_row(world):
    folder, content, _ = world
    texts = {}
    for cell in cells_of(content):
        texts.setdefault(cell["row"], set()).add(cell["text"])
    pages = {p.name: p.read_text(encoding="utf-8") for p in folder.rglob("*.html")}
    rows = {name: {unescape(i): unescape(text) for i, text in ROW.findall(html)} for name, html in pages.items()}
    listed = {
        (p["page"], r["id"]): r["row"] for p in content["register"]["pages"] for t in p["tables"] for r in t["rows"]
    }
    for persona_id, page in content["pages"].items():
        claims = [c for part in page["evidence"] for c in part["rows"]]
        listed |= {(f"{persona_id}.html", c["anchor"]): c["cell"]["row"] for c in claims}
    shown = 0
    for name, html in pages.items():
        for href, text in FIGURE.findall(html):
            page, place = unescape(href).split("#")
            target = rows[page.removeprefix("pages/") or name]
            assert unquote(place) in target, f"{name}: {href}"
            both = {unescape(text), target[unquote(place)]}
            assert both <= texts[listed[page.removeprefix("pages/") or name, unquote(place)]], f"{name}: {href}"
            shown += 1
    assert shown > 1200


def test_every_row_of_evidence_is_listed_once(world):
    _, content, _ = world
    listed = [r["row"] for p in content["register"]["pages"] for t in p["tables"] for r in t["rows"]]
    assert len(listed) == len(set(listed))
    claims = {c["row"] for c in cells_of(content) if c["row"].startswith("personas.claims|")}
    assert set(listed) | claims == {c["row"] for c in cells_of(content)}
