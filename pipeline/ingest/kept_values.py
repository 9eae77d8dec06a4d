"""Kept columns of events without what identifies a person: expressions only, so that no event passes Python.

Numbers stay, whatever their length: sessions, campaigns and cases are kept by them. What is replaced is told by its
form: e-mails, phones as they are written, IPs, account and card numbers. A link loses its query, and long ids in its
path.
"""

import ibis
import ibis.expr.types as ir

from pipeline.ingest import expressions as x
from pipeline.ingest.privacy import EMAIL, IP, PHONE

_SUSPICIOUS = (
    r"[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]|[0-9](?:[ ()/.-]{0,2}[0-9]){6}|[0-9a-fA-F]:[0-9a-fA-F]{0,4}:"
    r"|://|[/.].*\?|/[0-9a-fA-F-]{16}"
)
"""One quick look at each value: most hold nothing of the kind."""
_ODD = rf"""{_SUSPICIOUS}|[\x00-\x1f\\"@]|%40"""
"""The same, and what JSON does not hold as it is: one look tells that a value is what it was."""
_IS_LINK = r"^(?:[a-z]{2,8}://|www\.|/)\S*$"
_QUERY = r"[?#].*$"
_IN_TEXT = r"\b(?:https?://|www\.)\S+"
_PATH_ID = r"/(?:[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}|[0-9a-fA-F]{24,}|[0-9]{8,})\b"
_COUNTRIES = (
    "AD|AE|AL|AT|BA|BE|BG|CH|CY|CZ|DE|DK|EE|ES|FI|FO|FR|GB|GE|GI|GL|GR|HR|HU|IE|IL|IS|IT|LI|LT|LU|LV|MC|MD|ME|MK|MT|"
    "NL|NO|PL|PT|RO|RS|SA|SE|SI|SK|SM|TR|UA|XK"
)
_ACCOUNT = rf"\b(?:{_COUNTRIES})[0-9]{{2}}(?: ?[A-Z0-9]{{4}}){{2,7}}(?: ?[A-Z0-9]{{1,3}})?\b"
_CARD = (
    r"\b(?:4[0-9]{3}|5[1-5][0-9]{2}|2[2-7][0-9]{2}|6(?:011|5[0-9]{2}))(?:[ -]?[0-9]{4}){3}\b"
    r"|\b3[47][0-9]{2}[ -]?[0-9]{6}[ -]?[0-9]{5}\b"
)
_LONGEST_CARD = 16


def scrubbed(value: ir.StringValue) -> ir.StringValue:
    """`value` with `[email]`, `[phone]`, `[ip]`, `[account]`, `[card]` in place of what identifies a person."""
    has_mail = value.contains("@") | value.contains("%40")
    without_mail = has_mail.ifelse(value.re_replace(EMAIL, "[email]"), value)
    without_ids = x.once(x.once(without_mail, _without_ids), _without_numbers)
    return value.re_search(_SUSPICIOUS).ifelse(without_ids, without_mail)


def scrubbed_json(value: ir.StringValue, before: str = "", after: str = "") -> ir.StringValue:
    """`scrubbed` as a JSON text, between the texts `before` and `after`; missing stays missing."""
    plain = ibis.literal(f'{before}"') + value + f'"{after}'
    odd = ibis.literal(before) + x.once(scrubbed(value), x.json_quoted) + after
    return value.re_search(_ODD).ifelse(odd, plain)


def _without_ids(value: ir.StringValue) -> ir.StringValue:
    """A link without query and long ids; a link inside other words is replaced."""
    link = value.re_replace(_QUERY, "").re_replace(_PATH_ID, "/[id]")
    return value.re_search(_IS_LINK).ifelse(link, value.re_replace(_IN_TEXT, "[link]"))


def _without_numbers(value: ir.StringValue) -> ir.StringValue:
    digits = value.re_extract(_CARD, 0).re_replace("[^0-9]", "").lpad(_LONGEST_CARD, "0")
    card = value.re_search(_CARD) & x.once(digits, _passes_luhn)
    without = card.ifelse(value.re_replace(_CARD, "[card]"), value)
    for pattern, mark in ((_ACCOUNT, "[account]"), (PHONE, "[phone]"), (IP, "[ip]")):
        without = without.re_replace(pattern, mark)
    return without


def _passes_luhn(digits: ir.StringValue) -> ir.BooleanValue:
    """Check digit by ISO/IEC 7812-1, of 16 digits; shorter numbers are led by zeros, which count nothing."""
    total: ir.IntegerValue = ibis.literal(0, "int64")
    for i in range(_LONGEST_CARD):
        digit = digits.substr(i, 1).try_cast("int64").fill_null(0)
        total = total + (digit if i % 2 else digit * 2 - (digit > 4).ifelse(9, 0))
    return total % 10 == 0
