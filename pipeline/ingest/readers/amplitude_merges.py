"""Amplitude's merged ids: JSON lines with `amplitude_id` and the `merged_amplitude_id` it was merged into.

An export of its own beside the events (https://amplitude.com/docs/data/destination-catalog/amazon-s3), with `scope`,
`merge_time` and `merge_server_time` (or `merge_event_time`). Both numbers stand for one person, who bears the second
from then on; earlier events keep the first. Declare `amplitude_id` among the `ids` of the events too.
"""

from collections.abc import Mapping
from pathlib import Path

from pipeline.core.errors import InputError
from pipeline.ingest.export import Header
from pipeline.ingest.readers import texts

EXPECTS = "rows or JSON lines with `amplitude_id` and `merged_amplitude_id`"
IDS: Mapping[str, str] = {"amplitude": "merged_amplitude_id"}
_BOTH = {"amplitude_id", "merged_amplitude_id"}


def header(path: Path) -> Header:
    """The header; raises `InputError` where the file is none of this format."""
    found = texts.header(path)
    if not matches(found.columns):
        raise InputError(f"{path.name}: expected {EXPECTS}, found {', '.join(found.columns[:5])} …")
    return found


def matches(columns: tuple[str, ...]) -> bool:
    """Whether a header, or the keys of objects, are those of merged ids, not of events."""
    return set(columns) >= _BOTH and "event_type" not in columns


def standard(path: Path) -> dict[str, str]:
    """Standard column -> column of the export."""
    return {"previous": "amplitude_id"}
