"""The documentation holds together: every page is in the site's list, every link leads somewhere."""

import re
from pathlib import Path

import pytest
import yaml

LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)


def pages(root: Path) -> list[Path]:
    return [root / "README.md", root / "CONTRIBUTING.md", *sorted((root / "docs").rglob("*.md"))]


def anchors(page: Path) -> set[str]:
    """As both GitHub and the site make them of headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.lower()).strip().replace(" ", "-") for h in headings}


def listed(nav: list) -> list[str]:
    found = []
    for entry in nav:
        value = next(iter(entry.values())) if isinstance(entry, dict) else entry
        found += listed(value) if isinstance(value, list) else [value]
    return found


def test_every_page_is_in_the_list_of_the_site_once(root: Path) -> None:
    site = yaml.safe_load((root / "mkdocs.yml").read_text(encoding="utf-8"))
    own = {p.relative_to(root / "docs").as_posix() for p in (root / "docs").rglob("*.md")}
    decisions = {name for name in own if re.match(r"adr/\d", name)}
    assert sorted(listed(site["nav"])) == sorted(own - decisions)
    index = (root / "docs" / "adr" / "README.md").read_text(encoding="utf-8")
    assert all(Path(name).name in index for name in decisions)


def test_every_link_leads_somewhere(root: Path) -> None:
    broken = []
    for page in pages(root):
        text = FENCE.sub("", page.read_text(encoding="utf-8"))
        for target in (a or b for a, b in LINK.findall(text)):
            if re.match(r"[a-z]+:", target):
                continue
            path, _, anchor = target.partition("#")
            file = page.parent / path if path else page
            if not file.exists() or (anchor and file.suffix == ".md" and anchor not in anchors(file)):
                broken.append(f"{page.relative_to(root)}: {target}")
    assert broken == []


@pytest.mark.parametrize("name", ["README.md", "docs/quick-start.md", "docs/faq.md", "docs/experiments-with-dvc.md"])
def test_every_command_that_a_page_names_is_there(name: str, root: Path) -> None:
    from pipeline.cli import app

    known = {c.name or c.callback.__name__.replace("_", "-") for c in app.registered_commands if c.callback}
    text = (root / name).read_text(encoding="utf-8")
    named = set(re.findall(r"(?:^|`|\$ )personas ([a-z][a-z-]+)", text, re.MULTILINE))
    assert named <= known
    targets = set(re.findall(r"^([a-z-]+):", (root / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"(?:^|`|\$ )make ([a-z][a-z-]+)", text, re.MULTILINE)) <= targets
