"""Pages and JSON Schemas that are made from the code: `python -m pipeline.desk.reference docs/reference` writes them.

A test holds the committed files against what this module makes, so that they cannot go stale.
"""

import importlib
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pipeline.core.params import BLOCKS, General
from pipeline.core.settings import Settings
from pipeline.core.sources import DatasetSettings
from pipeline.core.tables import Column, Table
from pipeline.desk.benchmarks import measured, put_into

STAGES = BLOCKS[1:]
_SCHEMA_MODULES = ("schema", "schema_evidence")
_MADE = "<!-- Made from the code by `make docs-reference`; edit the schemas there, not this page. -->\n"
_TYPES = {"text": "text", "integer": "whole number", "number": "number", "flag": "true or false", "time": "time in UTC"}


def files() -> dict[str, str]:
    """File name -> content, of all pages and schemas."""
    return {
        "tables.md": tables_page(),
        "sources.schema.json": _schema_text(DatasetSettings, "sources.yaml"),
        "params.schema.json": _text(params_schema()),
        "sources.md": keys_page("sources.yaml", DatasetSettings.model_json_schema()),
    }


def tables_of(stage: str) -> list[Table]:
    """The tables that a stage writes, in the order in which its schema lists them."""
    found: list[Table] = []
    for name in _SCHEMA_MODULES:
        try:
            module = importlib.import_module(f"pipeline.{stage}.{name}")
        except ModuleNotFoundError as error:
            if error.name != f"pipeline.{stage}.{name}":
                raise
            continue
        found += [t for t in vars(module).values() if isinstance(t, Table) and t.stage == stage and t not in found]
    return found


def tables_page() -> str:
    """Every table between stages, with its columns."""
    lines = [
        _MADE,
        "# Tables",
        "",
        "What stands in `data/<stage>/<table>.parquet` after a run. Read one in a notebook by",
    ]
    lines += ['`tables.read("segments", "members")` ([notebooks](../notebooks.md)).', ""]
    lines += ["| stage | tables |", "|---|---|"]
    for stage in STAGES:
        names = [f"[{t.name}](#{stage}-{t.name})" for t in tables_of(stage)]
        lines += [f"| `{stage}` | {', '.join(names)} |"] if names else []
    for stage in STAGES:
        for table in tables_of(stage):
            lines += ["", *_table(table)]
    return "\n".join(lines) + "\n"


def _table(table: Table) -> Iterator[str]:
    yield f"## {table.stage}: {table.name}"
    yield ""
    yield table.description
    if table.key:
        yield f"One row for each {' × '.join(f'`{c}`' for c in table.key)}."
    if table.open:
        yield "Further columns are those of the dataset."
    yield ""
    yield "| column | holds | values |"
    yield "|---|---|---|"
    for name, column in table.columns.items():
        yield f"| `{name}` | {_cell(column.description)} | {_cell(_values(column))} |"


def _values(column: Column) -> str:
    parts = [_TYPES[column.type]]
    if column.allowed:
        parts.append(", ".join(f"`{v}`" for v in column.allowed))
    if column.lowest is not None and column.highest is not None:
        parts.append(f"{column.lowest:g} to {column.highest:g}")
    elif column.lowest is not None:
        parts.append(f"{column.lowest:g} or more")
    elif column.highest is not None:
        parts.append(f"{column.highest:g} or less")
    return "; ".join([*parts, *(["may be missing"] if column.nullable else [])])


def params_schema() -> dict[str, Any]:
    """The JSON Schema of params.yaml: the general keys and a block per stage."""
    schema = General.model_json_schema()
    definitions = schema.setdefault("$defs", {})
    for block in BLOCKS:
        model: type[Settings] = importlib.import_module(f"pipeline.{block}.stage").Params
        own = model.model_json_schema(ref_template=f"#/$defs/{block}.{{model}}")
        definitions |= {f"{block}.{name}": inner for name, inner in own.pop("$defs", {}).items()}
        schema["properties"][block] = own
        schema["required"] = [*schema["required"], block]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "params.yaml"}


def keys_page(title: str, schema: Mapping[str, Any]) -> str:
    """Every key that a file may have, part by part."""
    lines = [_MADE, f"# Keys of {title}", ""]
    lines += [f"For editors: [the same as JSON Schema]({title.removesuffix('.yaml')}.schema.json).", ""]
    lines += ["## The file itself", "", *_keys(schema)]
    for name, part in schema.get("$defs", {}).items():
        if "properties" in part:
            lines += ["", f"## {_part(name)}", "", *_about(part), *_keys(part)]
    return "\n".join(lines) + "\n"


def _about(part: Mapping[str, Any]) -> list[str]:
    told = " ".join(part.get("description", "").split())
    return [told, ""] if told else []


def _keys(part: Mapping[str, Any]) -> Iterator[str]:
    yield "| key | is | about |"
    yield "|---|---|---|"
    needed = part.get("required", [])
    for key, about in part.get("properties", {}).items():
        told = " ".join(about.get("description", "").split())
        default = "**needed**" if key in needed else _default(about)
        yield f"| `{key}` | {_cell(_kind(about))} | {_cell(' '.join(filter(None, [told, default])))} |"


def _default(about: Mapping[str, Any]) -> str:
    value = about.get("default")
    return "" if value in (None, "", [], {}) else f"Left out: `{json.dumps(value, ensure_ascii=False)}`."


def _kind(about: Mapping[str, Any]) -> str:
    if "$ref" in about:
        name = _part(about["$ref"].rsplit("/", 1)[-1])
        return f"[{name}](#{name.lower()})"
    if "enum" in about or "const" in about:
        return " or ".join(f"`{v}`" for v in about.get("enum", [about.get("const")]))
    if "anyOf" in about:
        return " or ".join(_kind(one) for one in about["anyOf"] if one.get("type") != "null")
    if about.get("type") == "array":
        return f"list of {_kind(about.get('items', {}))}"
    if about.get("type") == "object":
        return f"names, each with {_kind(about.get('additionalProperties', {}))}"
    words = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false"}
    return "date" if about.get("format") == "date" else words.get(str(about.get("type")), "anything")


def _part(model: str) -> str:
    return model.removesuffix("Settings")


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _schema_text(model: type[Settings], title: str) -> str:
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **model.model_json_schema(), "title": title}
    return _text(schema)


def _text(schema: Mapping[str, Any]) -> str:
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def main(argv: list[str]) -> int:
    """Write all files into the folder that `argv` names, and the measurements into performance.md beside it."""
    folder = Path(argv[0])
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files().items():
        (folder / name).write_text(content, encoding="utf-8")
    page = folder.parent / "performance.md"
    page.write_text(put_into(page.read_text(encoding="utf-8"), measured(Path("benchmarks"))), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
