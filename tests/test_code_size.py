"""Rooms stay small: no file over 400 lines, no function over 60."""

import ast
from pathlib import Path

import pytest

MOST_LINES = {"file": 400, "function": 60}


def test_no_room_is_too_large(root: Path) -> None:
    files = [f for folder in ("pipeline", "tests", "examples", "benchmarks") for f in (root / folder).rglob("*.py")]
    assert files
    too_large = []
    for file in files:
        text = file.read_text(encoding="utf-8")
        if text.count("\n") > MOST_LINES["file"]:
            too_large.append(f"{file.relative_to(root)}: {text.count(chr(10))} lines")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > MOST_LINES["function"]:
                    too_large.append(f"{file.relative_to(root)}:{node.lineno} {node.name}: {length} lines")
    assert not too_large, "\n".join(too_large)


@pytest.mark.parametrize("file", ["requirements.lock"])
def test_the_lock_names_no_host(file: str, root: Path) -> None:
    text = (root / file).read_text(encoding="utf-8")
    assert "://" not in text
    assert "--index" not in text
    assert "--find-links" not in text
