"""Frozen pydantic models for the two files that an analyst edits, with mistakes told in the analyst's words."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar, get_args

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from pipeline.core.errors import SettingsError, gather, near_match


class Settings(BaseModel):
    """Base of every settings model: frozen, and an unknown key is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


Model = TypeVar("Model", bound=Settings)


class _Loader(yaml.SafeLoader):
    """YAML 1.2 booleans: `levels: [No, Yes]` and the key `on` are words, only true and false are not."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)


def read_yaml(path: Path) -> dict[str, Any]:
    """The mapping in a YAML file; raises `SettingsError` where the file is missing, unreadable or no mapping."""
    if not path.is_file():
        raise SettingsError(f"{path}: no such file.")
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)
    except yaml.YAMLError as error:
        raise SettingsError(f"{path}: not valid YAML: {' '.join(str(error).split())}") from error
    if not isinstance(content, dict):
        raise SettingsError(f"{path}: expected keys with values, found {type(content).__name__}.")
    return content


def parse(content: dict[str, Any], model: type[Model], where: str) -> Model:
    """`content` as `model`; raises one `SettingsError` that lists every mistake with its key and what is allowed."""
    try:
        return model.model_validate(content)
    except ValidationError as error:
        mistakes = [_describe(detail, model) for detail in error.errors()]
        gather(SettingsError, mistakes, f"{where}: {len(mistakes)} mistake(s)")
        raise  # unreachable: gather raises, a ValidationError holds at least one error


def _describe(detail: ErrorDetails, model: type[BaseModel]) -> str:
    key = ".".join(str(part) for part in detail["loc"])
    if detail["type"] == "extra_forbidden":
        allowed = _fields_at(model, detail["loc"][:-1])
        hint = near_match(str(detail["loc"][-1]), allowed)
        listed = f" Allowed: {', '.join(sorted(allowed))}." if allowed else ""
        return f"`{key}` is not a known key.{hint}{listed}"
    if detail["type"] == "missing":
        return f"`{key}` is missing."
    found = detail.get("input")
    shown = f" Found: {found!r}." if isinstance(found, str | int | float | bool | list) else ""
    return f"`{key}`: {detail['msg']}.{shown}"


def _fields_at(model: Any, location: Sequence[int | str]) -> list[str]:
    """Names of the fields of the model that sits at `location`, following dict and list members."""
    for part in location:
        models = [m for m in _models_in(model) if part in m.model_fields]
        model = models[0].model_fields[str(part)].annotation if models else _member(model)
    return [name for m in _models_in(model) for name in m.model_fields]


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [m for arg in get_args(annotation) for m in _models_in(arg)]


def _member(annotation: Any) -> Any:
    """The value type of a dict or list annotation; a union or plain type stands for itself."""
    members = get_args(annotation)
    return members[-1] if members and annotation not in members else annotation
