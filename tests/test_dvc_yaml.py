"""`dvc.yaml` tells the whole truth: what a stage imports is among its deps, else `dvc repro` skips changes."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.code_of_stages import STAGES, imports_of, modules


def graph(root: Path) -> dict[str, Any]:
    return yaml.safe_load((root / "dvc.yaml").read_text(encoding="utf-8"))["stages"]


def imported_by(module: str, known: dict[str, Path]) -> set[str]:
    """All project modules that running `module` loads."""
    seen: set[str] = set()
    todo = {module}
    while todo:
        name = todo.pop()
        seen.add(name)
        packages = {".".join(name.split(".")[:i]) for i in range(1, name.count(".") + 1)} & known.keys()
        todo |= (imports_of(known[name], known) | packages) - seen
    return seen


def covered(file: Path, deps: list[str], root: Path) -> bool:
    relative = file.relative_to(root)
    return any(relative == Path(dep) or Path(dep) in relative.parents for dep in deps)


@pytest.mark.parametrize("stage", ["sample", *STAGES])
def test_deps_cover_imports(stage: str, root: Path) -> None:
    known = modules(root)
    deps = graph(root)[stage]["deps"]
    files = {known[name] for name in imported_by(f"pipeline.{stage}.stage", known)}
    # Package docstrings hold no code that could change a result.
    code = {file for file in files if file.name != "__init__.py"}
    missing = sorted(str(file.relative_to(root)) for file in code if not covered(file, deps, root))
    assert not missing, f"stage {stage}: add to deps: {missing}"


@pytest.mark.parametrize("stage", STAGES)
def test_every_path_on_a_command_line_is_declared(stage: str, root: Path) -> None:
    definition = graph(root)[stage]
    declared = [*definition["deps"]]
    for section in ("outs", "metrics"):
        declared += [key for out in definition.get(section, []) for key in (out if isinstance(out, dict) else [out])]
    for path in re.findall(r"(?:data|reports)/[^\s\"]+|(?<=--out )reports", definition["cmd"]):
        assert any(d == path or d.startswith(path + "/") for d in declared), f"stage {stage}: {path} is not declared"


@pytest.mark.parametrize("stage", STAGES)
def test_a_dataset_may_be_called_by_several_words(stage: str, root: Path) -> None:
    command = graph(root)[stage]["cmd"]
    words = shlex.split(command.replace("${dataset}", "Käse & Milch (2)"))
    assert words.count("data/raw/Käse & Milch (2)") == command.count("${dataset}")


@pytest.mark.parametrize("stage", ["sample", *STAGES])
def test_outputs_outlive_a_failed_run(stage: str, root: Path) -> None:
    definition = graph(root)[stage]
    outs = [*definition.get("outs", []), *definition.get("metrics", [])]
    assert all(isinstance(out, dict) and next(iter(out.values()))["persist"] for out in outs)


def test_raw_exports_and_truth_are_never_cached(root: Path) -> None:
    outs = {path: options for out in graph(root)["sample"]["outs"] for path, options in out.items()}
    assert set(outs) == {"data/raw/sample", "data/raw/sample-truth"}
    assert not any(options["cache"] for options in outs.values())


def test_no_stage_depends_on_the_truth(root: Path) -> None:
    for stage in STAGES:
        definition = graph(root)[stage]
        assert not any("truth" in dep for dep in definition["deps"])
        assert "truth" not in definition["cmd"]


def test_each_params_block_has_its_stage(root: Path) -> None:
    blocks = set(yaml.safe_load((root / "params.yaml").read_text(encoding="utf-8"))) - {"dataset", "engine", "spark"}
    assert blocks == {"sample", *STAGES}
    for stage in blocks:
        assert stage in graph(root)[stage]["params"]


def test_compiled_files_mark_no_stage_as_changed(root: Path) -> None:
    assert "__pycache__/" in (root / ".dvcignore").read_text(encoding="utf-8").splitlines()


def test_nothing_is_sent_anywhere(root: Path) -> None:
    config = (root / ".dvc" / "config").read_text(encoding="utf-8")
    assert "analytics = false" in config
    assert "check_update = false" in config


def test_an_experiment_can_set_any_param(root: Path) -> None:
    """`dvc exp run -S` writes params.yaml anew, at 80 columns: what it writes must mean the same."""
    from dvc.utils.serialize import dumps_yaml, parse_yaml_for_update

    text = (root / "params.yaml").read_text(encoding="utf-8")
    written = dumps_yaml(parse_yaml_for_update(text, "params.yaml"))
    assert yaml.safe_load(written) == yaml.safe_load(text)
