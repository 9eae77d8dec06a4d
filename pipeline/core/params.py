"""`params.yaml`: how to analyse. One block per stage, read into that stage's frozen model."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from pipeline.core.errors import SettingsError, near_match
from pipeline.core.settings import Model, Settings, parse, read_yaml

PARAMS_FILE = Path("params.yaml")
BLOCKS = ("sample", "ingest", "features", "segments", "personas", "journeys", "experiments", "report")

_WHERE = "It lies in the project's folder: `cd` there first."


_MEANT_BY_SHELLS = frozenset('"$`\\\n')
"""Signs that mean something to a shell even in double quotes."""


def _safe_in_quotes(name: str) -> str:
    if not name.strip() or _MEANT_BY_SHELLS & set(name):
        raise ValueError('must be the name of a folder, without any of " $ ` \\')
    return name


class SparkSettings(Settings):
    """Where Spark runs and with how much memory; read where `engine: spark`."""

    master: str
    """`local[2]` for two cores of this machine, else the URL of a cluster."""
    memory_gib: float = Field(ge=1)
    """Of the driver, which in `local` does all the work."""
    task_memory_gib: float = Field(gt=0)
    """Of a task that reads a raw export; as many run at a time as there are cores."""
    options: tuple[tuple[str, str], ...] = ()
    """Further settings of Spark itself, e.g. [[spark.executor.memory, 8g]]."""


class General(Settings):
    """The keys above the blocks: which dataset, which engine."""

    dataset: Annotated[str, AfterValidator(_safe_in_quotes)]
    """A folder under data/raw. Its name stands in commands of dvc.yaml."""
    engine: Literal["duckdb", "spark"]
    spark: SparkSettings | None = None


def load(block: str, model: type[Model], path: Path = PARAMS_FILE) -> Model:
    """The block `block` of `path` as `model`.

    Raises `SettingsError` that lists unknown keys (with the near match), missing keys and wrong types.
    """
    content = read_yaml(path, _WHERE)
    _refuse_unknown_blocks(content, path)
    if block not in content:
        raise SettingsError(f"{path}: the block `{block}` is missing.")
    return parse(content[block] or {}, model, f"{path}, block `{block}`")


def load_general(path: Path = PARAMS_FILE) -> General:
    """The keys of `path` that belong to no stage."""
    content = read_yaml(path, _WHERE)
    _refuse_unknown_blocks(content, path)
    return parse({k: v for k, v in content.items() if k not in BLOCKS}, General, str(path))


def _refuse_unknown_blocks(content: dict[str, object], path: Path) -> None:
    allowed = [*BLOCKS, *General.model_fields]
    for key in content:
        if key not in allowed:
            hint = near_match(str(key), allowed)
            raise SettingsError(f"{path}: `{key}` is not a known key.{hint} Allowed: {', '.join(allowed)}.")
