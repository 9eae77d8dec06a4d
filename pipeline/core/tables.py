"""Tables between stages: declared once, checked on write and on read, stored as Parquet.

A table's name is its file name: `tables.write(frame, folder, MEMBERS)` writes `folder/members.parquet`.
"""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pandas as pd
import pandera.pandas as pa
from pyarrow import ArrowInvalid

from pipeline.core.errors import BusyError, SchemaError

Type = Literal["text", "integer", "number", "flag", "time"]
_DTYPES: Mapping[Type, str] = {
    "text": "str",
    "integer": "int64",
    "number": "float64",
    "flag": "bool",
    "time": "datetime64[us, UTC]",
}

_WORDS: Mapping[Type, str] = {
    "text": "text",
    "integer": "a whole number",
    "number": "a number",
    "flag": "true or false",
    "time": "a time",
}
_OF_COLUMNS = ("column_in_dataframe", "column_in_schema")
"""Checks of pandera that name a whole column: absent, or not declared."""

DUST = 1e-9
"""What float arithmetic may add to a share of 1 or a score of 10; whatever lies farther off is wrong."""


@dataclass(frozen=True)
class Column:
    """One column of a table. `lowest` and `highest` are inclusive; `allowed` lists the only values."""

    type: Type
    description: str
    nullable: bool = False
    lowest: float | None = None
    highest: float | None = None
    allowed: tuple[str, ...] | None = None

    @property
    def allowed_words(self) -> str:
        """What may stand in a cell, in words: `a number, 0 to 1, or nothing`."""
        if self.allowed is not None:
            return ", ".join([*self.allowed, *(["or nothing"] if self.nullable else [])])
        bounds = (self.lowest is not None, self.highest is not None)
        words = {
            (True, True): f", {self.lowest} to {self.highest}",
            (True, False): f", at least {self.lowest}",
            (False, True): f", at most {self.highest}",
        }
        return _WORDS[self.type] + words.get(bounds, "") + (", or nothing" if self.nullable else "")

    def to_pandera(self) -> pa.Column:
        """The same column as a pandera column."""
        checks = []
        if self.lowest is not None:
            checks.append(pa.Check.ge(self.lowest))
        if self.highest is not None:
            checks.append(pa.Check.le(self.highest))
        if self.allowed is not None:
            checks.append(pa.Check.isin(list(self.allowed)))
        return pa.Column(_DTYPES[self.type], checks=checks, nullable=self.nullable, description=self.description)


@dataclass(frozen=True)
class Table:
    """A table between two stages. `key` columns identify a row; `open` tables may have further columns."""

    stage: str
    name: str
    description: str
    columns: Mapping[str, Column]
    key: tuple[str, ...] = field(default=())
    open: bool = False

    @property
    def file(self) -> str:
        """File name inside the stage's data folder."""
        return f"{self.name}.parquet"

    def empty(self) -> pd.DataFrame:
        """The table without rows."""
        return pd.DataFrame({name: pd.Series(dtype=_DTYPES[c.type]) for name, c in self.columns.items()})

    def check(self, frame: pd.DataFrame) -> pd.DataFrame:
        """`frame` in the declared types, declared columns first; raises `SchemaError` that lists all breaches."""
        schema = pa.DataFrameSchema(
            {name: column.to_pandera() for name, column in self.columns.items()},
            strict=not self.open,
            coerce=True,
            unique=list(self.key) or None,
            name=f"{self.stage}.{self.name}",
        )
        try:
            checked = schema.validate(self._without_dust(frame), lazy=True)
        except pa.errors.SchemaErrors as error:
            raise SchemaError(self._explain(error.failure_cases)) from None
        rest = [c for c in checked.columns if c not in self.columns]
        return checked[[*self.columns, *rest]]

    def _without_dust(self, frame: pd.DataFrame) -> pd.DataFrame:
        """`frame`, numbers put on their bound that sums and means of floats carry past it by less than `DUST`."""
        mended: dict[str, pd.Series] = {}
        for name, column in self.columns.items():
            if name not in frame or not pd.api.types.is_float_dtype(frame[name]):
                continue
            for bound, side in ((column.lowest, -1.0), (column.highest, 1.0)):
                over = side * (frame[name] - bound) if bound is not None else pd.Series(dtype="float64")
                if bool(((over > 0) & (over < DUST)).any()):
                    mended[name] = mended.get(name, frame[name]).mask((over > 0) & (over < DUST), bound)
        return frame.assign(**mended) if mended else frame

    def _explain(self, cases: pd.DataFrame) -> str:
        """One line per breach from pandera's `failure_cases`: the column, rows (the first is 0), found, allowed."""
        named = {str(check): group for check, group in cases.groupby("check", sort=False)}
        lines = [self._absent(name) for name in _failing(named, "column_in_dataframe")]
        undeclared = _failing(named, "column_in_schema")
        lines += [f"column `{name}` is none of this table's: {', '.join(self.columns)}" for name in undeclared]
        for column, group in cases[~cases["check"].isin(_OF_COLUMNS)].groupby("column", sort=False):
            lines.append(self._breach(str(column), group))
        told = [f"  - {line}" for line in lines]
        return "\n".join([f"table {self.stage}.{self.name} breaks its schema; fix stage `{self.stage}`:", *told])

    def _absent(self, name: str) -> str:
        return f"column `{name}` is absent ({self.columns[name].description})"

    def _breach(self, name: str, cases: pd.DataFrame) -> str:
        """What is wrong with the cells of a column that is there; some cases tell of the column, not of a row."""
        rows = cases[cases["index"].notna()]
        shown = rows if len(rows) else cases
        found = ", ".join(dict.fromkeys("nothing" if pd.isna(v) else repr(v) for v in shown["failure_case"].head(3)))
        at = f", row {rows['index'].iloc[0]} first" if len(rows) else ""
        alike = "multiple_fields_uniqueness" in set(cases["check"])
        column = self.columns[name]
        allowed = f"each {' × '.join(self.key)} once" if alike else column.allowed_words
        count = shown["index"].nunique(dropna=False)
        return f"column `{name}`: {count:,} case(s){at}, found {found}; allowed: {allowed} ({column.description})"


def _failing(named: Mapping[str, pd.DataFrame], check: str) -> list[str]:
    return [str(name) for name in named[check]["failure_case"]] if check in named else []


def write(frame: pd.DataFrame, folder: Path, table: Table) -> None:
    """Check `frame` and write it to the table's file in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    table.check(frame).reset_index(drop=True).to_parquet(folder / table.file, index=False, compression="zstd")


def read(folder: Path, table: Table) -> pd.DataFrame:
    """The checked table from `folder`; raises `SchemaError` where it is missing, damaged, or breaks its schema."""
    path = folder / table.file
    if not path.is_file():
        raise SchemaError(f"{path}: no such table. Run stage `{table.stage}` first (`dvc repro {table.stage}`).")
    try:
        return table.check(pd.read_parquet(path))
    except SchemaError as error:
        again = f"{path} may be an older version's: `dvc repro {table.stage}` makes it anew."
        raise SchemaError(f"{error}\n{again}") from None
    except ArrowInvalid:
        raise SchemaError(_damaged(path, table.stage)) from None


def write_json(content: Mapping[str, Any], path: Path) -> None:
    """Write `content` as indented JSON with sorted keys; NaN is refused. An earlier file stays until all is written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    scratch = path.with_name(f".{path.name}.partial")
    try:
        scratch.write_text(text + "\n", encoding="utf-8")
        scratch.replace(path)
    finally:
        scratch.unlink(missing_ok=True)


def read_json(path: Path, stage: str) -> dict[str, Any]:
    """The JSON object in `path`, an output of `stage`; raises `SchemaError` where it is missing or damaged."""
    if not path.is_file():
        raise SchemaError(f"{path}: no such file. Run stage `{stage}` first (`dvc repro {stage}`).")
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        raise SchemaError(_damaged(path, stage)) from None
    return content


def _damaged(path: Path, stage: str) -> str:
    return f"{path}: damaged, it cannot be read. `dvc repro --force --single-item {stage}` makes it anew."


@contextmanager
def replacing(folder: Path) -> Iterator[Path]:
    """A scratch folder that takes the place of `folder` when the block ends well; else `folder` stays as it was.

    Raises `BusyError` where another process is at it. What a killed process left is cleared away.
    """
    scratch, earlier = (folder.with_name(f".{folder.name}.{word}") for word in ("partial", "earlier"))
    with _held(scratch, folder):
        for left in (*scratch.iterdir(), earlier):
            _clear(left)
        try:
            yield scratch
            if folder.exists():
                folder.replace(earlier)
            scratch.replace(folder)
        finally:
            if earlier.exists() and not folder.exists():
                earlier.replace(folder)
            _clear(earlier)
            _clear(scratch)


@contextmanager
def _held(scratch: Path, folder: Path) -> Iterator[None]:
    """The folder `scratch`, made where it is not there, for this process alone; the lock goes with the process."""
    scratch.mkdir(parents=True, exist_ok=True)
    handle = os.open(scratch, os.O_RDONLY)
    try:
        if not _locked(handle) or not scratch.exists() or scratch.stat().st_ino != os.fstat(handle).st_ino:
            raise BusyError(f"{folder}: another process is writing it. Wait until that one is done, then run it again.")
        yield
    finally:
        os.close(handle)


def _locked(handle: int) -> bool:
    """Whether no other process holds the lock, and this one now does; a network disk may know no locks."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return not isinstance(error, BlockingIOError)
    return True


def _clear(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
