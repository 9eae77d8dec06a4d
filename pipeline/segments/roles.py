"""roles.yaml: what the analyst says of the columns of a table, in place of what was inferred."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator

from pipeline.core.errors import PipelineError, SettingsError, gather, near_match
from pipeline.core.settings import Settings, parse, read_yaml

Text = Annotated[str, BeforeValidator(lambda v: str(v) if isinstance(v, int | float) else v)]
Kind = Literal["numeric", "count", "share", "ordinal", "binary", "nominal"]
Role = Literal["segment", "describe", "exclude"]
Block = Literal["demographic", "behavioural", "technographic", "attitudinal"]
ROLES = ("segment", "describe", "exclude")


class Declared(Settings):
    """What may be said of one column; what is left out is inferred.

    levels   the order of an ordinal or binary, lowest first
    missing  texts that mean "not known", in place of the usual ones
    blank    what an empty cell means, e.g. `no` where only a tick was exported
    """

    kind: Kind | None = None
    role: Role | None = None
    block: Block | None = None
    levels: tuple[Text, ...] = ()
    missing: tuple[Text, ...] | None = None
    blank: Text | None = None


def read_roles(path: Path | None, columns: list[str]) -> dict[str, Declared]:
    """Column -> what is declared; `column: exclude` is short for `column: {role: exclude}`.

    Raises one `SettingsError` that lists every mistake.
    """
    if path is None:
        return {}
    mistakes, declared = [], {}
    for name, content in read_yaml(path).items():
        column = str(name)
        if column not in columns:
            mistakes.append(f"`{column}` is no column of the table.{near_match(column, columns)}")
            continue
        said = {"role" if content in ROLES else "kind": content} if isinstance(content, str) else content
        if not isinstance(said, dict):
            mistakes.append(f"`{column}`: expected keys such as kind and role, found {content!r}.")
            continue
        try:
            declared[column] = parse(said, Declared, f"`{column}`")
        except PipelineError as error:
            mistakes += [f"`{column}`: {line.strip(' -')}" for line in str(error).splitlines()[1:]]
    gather(SettingsError, mistakes, f"{path}: {len(mistakes)} mistake(s)")
    return declared
