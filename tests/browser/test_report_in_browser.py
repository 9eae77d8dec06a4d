"""The report in a browser: quiet, at home on a phone and on a desk, usable by all, in light and dark."""

import shutil
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.report.reports_for_tests import make_report
from tests.report.world_for_tests import FOREIGN, LONG, World

pytestmark = pytest.mark.browser

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
SWITCHES = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
WIDTHS = (390, 1280, 1920)
WORLDS = {
    "many": World(personas=3, names=(LONG, FOREIGN[0], "<b>Bold</b> buyers")),
    "none": World(personas=0, events=False, survey=False, experiments=False),
}
OVERLAPS = Path(__file__).with_name("overlaps.js").read_text(encoding="utf-8")
SHEET, WIDE_SHEET = 680, 1010
"""CSS pixels between the margins of an A4 sheet, upright and across."""
LOOKS = (
    *(({"media": "screen", "color_scheme": "light"}, width) for width in WIDTHS),
    *(({"media": "screen", "color_scheme": "dark"}, width) for width in WIDTHS),
    *(({"media": "print", "color_scheme": "light"}, width) for width in (SHEET, WIDE_SHEET)),
)
OPEN_FOLDS = "document.querySelectorAll('details').forEach((fold) => { fold.open = true; })"


@pytest.fixture(scope="session")
def browser():
    found = [path for name in NAMES if (path := shutil.which(name))]
    if not found:
        pytest.skip(f"no browser: none of {', '.join(NAMES)} is on the path")
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=found[0], args=list(SWITCHES))
        yield launched
        launched.close()


@pytest.fixture(scope="session", params=sorted(WORLDS))
def folder(request, tmp_path_factory):
    return make_report(tmp_path_factory.mktemp(f"report-{request.param}"), WORLDS[request.param])


@contextmanager
def opened(browser, path, width, scheme="light", medium="screen"):
    """A page, and all that it said and asked for while it opened."""
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    page.emulate_media(media=medium)
    said, asked = [], []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path.as_uri())
    yield page, said, asked
    context.close()


def pages_of(folder):
    """One page of each template: the others differ in their figures alone."""
    kinds = (
        "persona-1", "persona-1-journey", "compare-1-2", "evidence-1", "segments", "compare", "figures", "experiments",
        "data", "changes", "words",
    )  # fmt: skip
    found = [folder / "index.html", *(folder / "pages" / f"{kind}.html" for kind in kinds)]
    return [path for path in found if path.exists()]


@pytest.mark.parametrize("width", WIDTHS)
def test_pages_open_quietly_and_fit_the_screen(browser, folder, width):
    for path in pages_of(folder):
        with opened(browser, path, width) as (page, said, asked):
            assert said == [], f"{path.name}: {said}"
            assert [url for url in asked if not url.startswith(("file:", "data:,"))] == []
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, f"{path.name} is {wide} px wide on a screen of {width}"


def test_sentences_in_tables_are_not_one_word_wide_on_a_phone(browser, folder):
    with opened(browser, folder / "pages" / "segments.html", WIDTHS[0]) as (page, _, _):
        widths = page.evaluate("[...document.querySelectorAll('td.long')].map((cell) => cell.offsetWidth)")
        assert widths
        assert min(widths) >= 240


def test_no_text_lies_on_another(browser, folder):
    for path in [folder / "index.html", *sorted((folder / "pages").glob("*.html"))]:
        with opened(browser, path, WIDTHS[0]) as (page, _, _):
            page.evaluate(OPEN_FOLDS)
            for look, width in LOOKS:
                page.emulate_media(**look)
                page.set_viewport_size({"width": width, "height": 900})
                seen = page.evaluate(OVERLAPS)
                assert seen["lines"]
                assert seen["found"] == [], f"{path.name} at {width} px, {look}"


@pytest.mark.parametrize("planted", ["h2 { margin-bottom: -3rem }", "svg.figure text:nth-of-type(2n) { scale: 2 }"])
def test_text_that_lies_on_another_is_found(browser, folder, planted):
    with opened(browser, folder / "index.html", 1280) as (page, _, _):
        assert page.evaluate(OVERLAPS)["found"] == []
        page.add_style_tag(content=planted)
        assert page.evaluate(OVERLAPS)["found"] != []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_keeps_a_reader_out(browser, folder, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    for path in pages_of(folder)[: None if scheme == "light" else 5]:
        with opened(browser, path, 1280, scheme) as (page, _, _):
            page.evaluate(OPEN_FOLDS)
            found = axe.run(page).response["violations"]
            grave = [f"{v['id']}: {v['nodes'][0]['html'][:120]}" for v in found if v["impact"] != "minor"]
            assert grave == [], f"{path.name}: {grave}"


def test_a_link_to_evidence_lands_on_its_row(browser, folder):
    persona = folder / "pages" / "persona-1.html"
    if not persona.exists():
        pytest.skip("no persona in this report")
    with opened(browser, persona, 1280) as (page, _, _):
        link = page.locator("a.ev").first
        number = link.inner_text()
        link.click()
        assert page.locator("tr:target td").first.inner_text() == number


def test_a_figure_tells_its_interval_and_base_and_opens_its_row(browser, folder):
    cover = folder / "index.html"
    with opened(browser, cover, 390) as (page, said, _):
        link = page.locator("main a.v").first
        if not link.count():
            pytest.skip("no figure on this cover")
        page.evaluate(OPEN_FOLDS)
        text = link.inner_text()
        assert page.locator("#tip").is_hidden()
        link.focus()
        tip = page.locator("#tip")
        assert tip.is_visible() and ("base" in tip.inner_text() or "interval" in tip.inner_text())
        box = tip.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 390
        page.keyboard.press("Escape")
        assert tip.is_hidden()
        link.click()
        assert page.locator("tr:target .v").first.inner_text() == text
        assert said == []


def test_print_hides_what_only_a_screen_can_use_and_fits_the_sheet(browser, folder):
    for path in pages_of(folder):
        with opened(browser, path, SHEET, medium="print") as (page, _, _):
            assert page.locator("header.top").is_hidden()
            wide = page.evaluate("document.documentElement.scrollWidth")
            limit = WIDE_SHEET if page.locator("body.landscape").count() else SHEET
            assert wide <= limit, f"{path.name} is {wide} px wide on paper"


def test_a_journey_map_prints_on_two_sides(browser, folder):
    journey = folder / "pages" / "persona-1-journey.html"
    if not journey.exists():
        pytest.skip("no journeys in this report")
    with opened(browser, journey, WIDE_SHEET, medium="print") as (page, _, _):
        assert page.pdf(prefer_css_page_size=True).count(b"/Type /Page\n") == 2


def test_dark_is_dark(browser, folder):
    background = "getComputedStyle(document.body).backgroundColor"
    with opened(browser, folder / "index.html", 1280, "dark") as (page, _, _):
        assert page.evaluate(background) == "rgb(20, 23, 26)"
    with opened(browser, folder / "index.html", 1280) as (page, _, _):
        assert page.evaluate(background) == "rgb(255, 255, 255)"
