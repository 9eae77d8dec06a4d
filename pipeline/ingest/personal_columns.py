"""Columns that seem to hold who somebody is, by what they hold or by compound names: drafts propose none as a field."""

import re

import pandas as pd

from pipeline.ingest.privacy import IP, PHONE, is_direct_identifier, words_of

_MOST = 0.95
"""Share of values that must be phone numbers or IP addresses: some are written otherwise."""
_OF_PERSONS = (
    "customer|client|contact|user|member|person|buyer|guest|author|reviewer|requester|recipient|employee|patient|billing"
    "|shipping|owner|agent|assignee|rep|first|last|full|sur|middle"
)
_COMPOUND = re.compile(
    rf"\b(?:{_OF_PERSONS}) ?name\b|\b(?:{_OF_PERSONS}) (?:phone|telephone|mobile|street|address)\b"
    r"|\baddress ?(?:line )?[1-4]\b|\b(?:phone|mobile|telephone) ?(?:number|no|nr|[1-4])$|\b(?:ip|phone number)$"
)

_WITH_PLUS = r"\+[0-9]{8,15}"


def seems_personal(filled: pd.Series, kind: str) -> bool:
    """Whether cells that are not blank are phone numbers or IP addresses, or the column is called like a person's name,
    phone, street or IP address, with other words; yes and no tell nobody."""
    if kind in ("empty", "time", "binary"):
        return False
    name = str(filled.name)
    if is_direct_identifier(name) or _COMPOUND.search(words_of(name)):
        return True
    written = _WITH_PLUS if kind == "numeric" else f"{IP}|{PHONE}"
    return float(filled.str.lstrip("'").str.fullmatch(written).mean()) >= _MOST
