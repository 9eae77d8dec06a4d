"""Formats `xlsx` and `parquet`: one header row and one row per record, as in `csv`, in another container.

Vendors' formats are read from these containers too, under their own names.
"""

from collections.abc import Callable, Mapping
from itertools import islice
from pathlib import Path

from pipeline.core.errors import InputError
from pipeline.ingest.export import Header, delimited_header
from pipeline.ingest.files import CONTAINERS, Container, records
from pipeline.ingest.readers.qualtrics import import_ids

EXPECTS: Mapping[Container, str] = {
    "xlsx": "an Excel workbook (.xlsx) whose sheet has one header row",
    "parquet": "a Parquet file",
}


def header_of(container: Container) -> Callable[[Path], Header]:
    """A function that gives the header of a file; it raises `InputError` where the file is no such container."""

    def header(path: Path) -> Header:
        found = delimited_header(path)
        if found.layout.container != container:
            raise InputError(f"{path.name}: expected {EXPECTS[container]}, found {CONTAINERS[found.layout.container]}")
        top = list(islice(records(path, found.layout), 3))
        if len(top) == 3 and import_ids(top[2]):
            raise InputError(f"{path.name}: expected {EXPECTS[container]}, found three header rows")
        return found

    return header
