"""Pages on paper and as images, by the browser of this machine: headless Chromium prints without a further package."""

import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from pipeline.core.errors import InputError

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
SWITCHES = (
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--hide-scrollbars",
)  # fmt: skip
PATIENCE_SECONDS = 120


def find_browser() -> str:
    """Path of the first browser of `BROWSERS`; raises `InputError` that says what to do where there is none."""
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        raise InputError(
            f"no browser found to print with: none of {', '.join(BROWSERS)} is on the path. Install Chromium, or open "
            "reports/index.html in any browser and print from there: the pages have a style for paper."
        )
    return found


def to_pdf(browser: str, page: Path, target: Path) -> None:
    """Print `page` on A4 as its style for paper says."""
    _run(browser, page, target, ["--no-pdf-header-footer", f"--print-to-pdf={target}"])


def to_png(browser: str, page: Path, target: Path, width: int, height: int) -> None:
    """`page` as an image of `width` x `height` CSS pixels, two image pixels each."""
    size = [f"--window-size={width},{height}", "--force-device-scale-factor=2", f"--screenshot={target}"]
    _run(browser, page, target, size)


def _run(browser: str, page: Path, target: Path, more: Sequence[str]) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory() as profile:
        command = [browser, *SWITCHES, f"--user-data-dir={profile}", *more, page.resolve().as_uri()]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)  # noqa: S603
        except subprocess.TimeoutExpired:
            raise InputError(f"{browser} did not finish {page.name} within {PATIENCE_SECONDS} s.") from None
    if not target.is_file():
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise InputError(f"{browser} made no {target.name} of {page.name}: {last}")
