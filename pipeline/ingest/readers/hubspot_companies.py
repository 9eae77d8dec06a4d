"""HubSpot company export: one row per company, by labels or internal names.

Read as customers where companies are the customers; else it is a look-up that gives its fields to contacts (`join`).
"""

from pathlib import Path

from pipeline.ingest.readers import hubspot

EXPECTS = "one header row with `Record ID` and `Company name`, and no column of persons"
header = hubspot.header_of("company", EXPECTS)


def standard(path: Path) -> dict[str, str]:
    """Standard column -> column of the export."""
    return hubspot.dates(header(path).columns)
