"""HubSpot contact export: one header row of labels or internal names, one row per contact, dates without a time zone.

Signature: `Record ID` (older: `Contact ID`; by internal name `hs_object_id`) beside `Email`, `Lifecycle Stage` or
`Create Date`. Contacts may share an e-mail. Times are in the portal's zone, which the file does not name.

Each "Became a … Date" column holds one date per lifecycle stage, the first or the last: a contact who fell back and
rose again shows it in the property history only (format `hubspot-history`).
"""

import re
from collections.abc import Sequence
from pathlib import Path

from pipeline.ingest.readers import hubspot

EXPECTS = "one header row with `Record ID` and `Email`, `Lifecycle Stage` or `Create Date`"
header = hubspot.header_of("contact", EXPECTS)
_STAGES = {
    "subscriber": "Subscriber",
    "lead": "Lead",
    "marketingqualifiedlead": "Marketing Qualified Lead",
    "salesqualifiedlead": "Sales Qualified Lead",
    "opportunity": "Opportunity",
    "customer": "Customer",
    "evangelist": "Evangelist",
}


def standard(path: Path) -> dict[str, str]:
    """Standard column -> column of the export."""
    return hubspot.dates(header(path).columns)


def stage_dates(columns: Sequence[str]) -> dict[str, str]:
    """Event -> column with the date at which a contact entered a lifecycle stage.

    >>> stage_dates(["Became a Lead Date", "Became an Opportunity Date", "hs_lifecyclestage_customer_date"])
    {'Became Lead': 'Became a Lead Date', 'Became Opportunity': 'Became an Opportunity Date', \
'Became Customer': 'hs_lifecyclestage_customer_date'}
    """
    found = {}
    for column in columns:
        label = re.fullmatch(r"Became an? (.+) Date", column)
        name = re.fullmatch(r"hs_lifecyclestage_([a-z0-9]+)_date", column)
        if label:
            found[f"Became {label[1]}"] = column
        elif name:
            found[f"Became {_STAGES.get(name[1], name[1])}"] = column
    return found
