"""The project's own import graph, read with `ast`; shared by the guards."""

import ast
from pathlib import Path

STAGES = ("ingest", "features", "segments", "personas", "journeys", "experiments", "report")
"""In the order in which data flow."""


def modules(root: Path) -> dict[str, Path]:
    """Dotted name -> file of every module in `pipeline`."""
    files = sorted((root / "pipeline").rglob("*.py"))
    return {_dotted(file.relative_to(root)): file for file in files}


def _dotted(relative: Path) -> str:
    parts = relative.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(file: Path, known: dict[str, Path]) -> set[str]:
    """Dotted names of the project's modules that `file` imports, anywhere in it, function bodies too."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: relative import"
            module = node.module or ""
            found |= {name if (name := f"{module}.{alias.name}") in known else module for alias in node.names}
    return {name for name in found if name in known}


def stage_of(module: str) -> str:
    """The folder under `pipeline` that a module sits in; `pipeline` itself and cli give their own name."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else parts[0]
