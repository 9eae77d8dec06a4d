"""Frozen pydantic models for the two files that an analyst edits, with mistakes told in the analyst's words."""

import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, ValidationInfo, field_validator
from pydantic_core import ErrorDetails, PydanticKnownError

from pipeline.core.errors import SettingsError, gather, near_match


class Settings(BaseModel):
    """Base of every settings model: frozen; an unknown key is refused, and a number that is infinite or none.

    `true` is no number either, though Python takes it for 1.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, allow_inf_nan=False)

    @field_validator("*", mode="before")
    @classmethod
    def _truth_is_no_number(cls, given: object, about: ValidationInfo) -> object:
        if isinstance(given, bool):
            allowed = _types_in(cls.model_fields[str(about.field_name)].annotation)
            if allowed & {int, float} and bool not in allowed:
                raise PydanticKnownError("float_type" if float in allowed else "int_type")
        return given


_IN_WORDS = {
    "dict": "must be keys with values, such as `{contact: Record ID}`",
    "model_type": "must be keys with values, such as `{column: Age, kind: numeric}`",
    "list": "must be a list, such as `[a, b]`",
    "date": "must be a day such as 2025-01-31",
    "string_type": "must be text: put it into quotes",
    "float": "must be a number",
    "finite_number": "must be a finite number",
    "int": "must be a whole number",
    "bool": "must be true or false",
}
"""Beginnings of pydantic's types of mistakes -> what is allowed, as an analyst would write it."""

Model = TypeVar("Model", bound=Settings)


class _KeyTwice(yaml.MarkedYAMLError):
    """A key stands twice in one mapping."""


class _Loader(yaml.SafeLoader):
    """YAML 1.2 booleans: `levels: [No, Yes]` and the key `on` are words, only true and false are not.

    A key that stands twice is refused: of two sources with one name the first would be lost. A day that no calendar
    has stays a text, which its field then refuses.
    """

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        """The mapping as it is written; raises `_KeyTwice`."""
        node = super().compose_mapping_node(anchor)
        lines: dict[str, int] = {}
        for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
            if key.value in lines:
                problem = f"the key `{key.value}` stands there already, in line {lines[key.value]}"
                raise _KeyTwice(problem=problem, problem_mark=key.start_mark)
            lines[key.value] = key.start_mark.line + 1
        return node

    def day_or_text(self, node: yaml.ScalarNode) -> Any:
        """A day or time; the text where there is none such."""
        try:
            return self.construct_yaml_timestamp(node)
        except ValueError:
            return self.construct_scalar(node)


_Loader.add_constructor("tag:yaml.org,2002:timestamp", _Loader.day_or_text)
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)


def read_yaml(path: Path, if_missing: str = "") -> dict[str, Any]:
    """The mapping in a YAML file; raises `SettingsError` where the file is missing, unreadable or no mapping.

    `if_missing` says what to do where there is no such file.
    """
    if not path.is_file():
        raise SettingsError(f"{path}: no such file.{if_missing and ' ' + if_missing}")
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path}: not UTF-8 from byte {error.start:,} on. Save it as UTF-8.") from error
    except yaml.YAMLError as error:
        raise SettingsError(f"{path}: not valid YAML: {_broken_at(error)}") from error
    if not isinstance(content, dict):
        found = "nothing" if content is None else "a list" if isinstance(content, list) else f"`{content}`"
        raise SettingsError(f"{path}: expected keys with values, found {found}.")
    return content


def _broken_at(error: yaml.YAMLError) -> str:
    """Line, column and problem of a YAML error, and what it mostly comes from."""
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return " ".join(str(error).split())
    at = error.problem_mark
    begun = error.context_mark
    since = f" {error.context} of line {begun.line + 1}," if error.context and begun else ""
    fix = "Is a bracket or a quote not closed, or does a value with a colon stand without quotes?"
    if isinstance(error, _KeyTwice):
        fix = "Rename one of the two, or delete it."
    elif "\\t" in str(error.problem):
        fix = "Write blanks in place of tabs."
    return f"line {at.line + 1}, column {at.column + 1}:{since} {error.problem}. {fix}"


def parse(content: dict[str, Any], model: type[Model], where: str) -> Model:
    """`content` as `model`; raises one `SettingsError` that lists every mistake with its key and what is allowed."""
    try:
        return model.model_validate(content)
    except ValidationError as error:
        mistakes = [_describe(detail, model) for detail in error.errors()]
        gather(SettingsError, mistakes, f"{where}: {len(mistakes)} mistake(s)")
        raise  # unreachable: gather raises, a ValidationError holds at least one error


def _describe(detail: ErrorDetails, model: type[BaseModel]) -> str:
    key = ".".join(str(part) for part in detail["loc"] if part != "[key]")
    if detail["type"] == "extra_forbidden":
        allowed = _fields_at(model, detail["loc"][:-1])
        hint = near_match(str(detail["loc"][-1]), allowed)
        listed = f" Allowed: {', '.join(sorted(allowed))}." if allowed else ""
        return f"`{key}` is not a known key.{hint}{listed}"
    allowed = _words_at(model, detail["loc"])
    one_of = f" Allowed: {', '.join(allowed)}." if allowed else ""
    if detail["type"] == "missing":
        return f"`{key}` is missing.{one_of}"
    found = detail.get("input")
    shown = f" Found: {found!r}." if isinstance(found, str | int | float | list | date) else ""
    shown = f" Found: {str(found).lower()}." if isinstance(found, bool) else shown
    if detail["type"] == "literal_error":
        return f"`{key}`: not a known word.{shown}{near_match(str(found), allowed)}{one_of}"
    told = next((words for kind, words in _IN_WORDS.items() if detail["type"].startswith(kind)), detail["msg"])
    told = told.removeprefix("Value error, ").replace("Input should be", "must be")
    return f"`{key}`: {told}{'' if told.endswith(('.', '?')) else '.'}{shown}"


def _words_at(model: Any, location: Sequence[int | str]) -> list[str]:
    """The only words allowed at `location`, where its field lists them."""
    if not location:
        return []
    *above, last = location
    for part in above:
        models = [m for m in _models_in(model) if part in m.model_fields]
        model = models[0].model_fields[str(part)].annotation if models else _member(model)
    fields = [m.model_fields[str(last)] for m in _models_in(model) if last in m.model_fields]
    annotations = [a for f in fields for a in (f.annotation, *get_args(f.annotation))]
    return [str(word) for a in annotations if get_origin(a) is Literal for word in get_args(a)]


def _fields_at(model: Any, location: Sequence[int | str]) -> list[str]:
    """Names of the fields of the model that sits at `location`, following dict and list members."""
    for part in location:
        models = [m for m in _models_in(model) if part in m.model_fields]
        model = models[0].model_fields[str(part)].annotation if models else _member(model)
    return [name for m in _models_in(model) for name in m.model_fields]


def _types_in(annotation: Any) -> set[Any]:
    """The type of an annotation, or those of its union."""
    if get_origin(annotation) is Annotated:
        return _types_in(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return {kind for member in get_args(annotation) for kind in _types_in(member)}
    return {annotation}


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [m for arg in get_args(annotation) for m in _models_in(arg)]


def _member(annotation: Any) -> Any:
    """The value type of a dict or list annotation; a union or plain type stands for itself."""
    members = get_args(annotation)
    return members[-1] if members and annotation not in members else annotation
