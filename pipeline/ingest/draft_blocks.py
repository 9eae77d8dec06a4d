"""Blocks for the fields and questions of a draft, by their names: who somebody is, what they do, use and think."""

import re

from pipeline.ingest.privacy import words_of

_ABOUT_ONESELF = re.compile(
    r"how old|your age|\bage\b|gender|income|education|occupation|job title|employment|marital|household|children"
    r"|where do you live|^(?:country|region|city|occupation)$"
    r"|which country|alt sind sie|\balter\b|geschlecht|einkommen|bildung|beruf|haushalt|kinder|wohnen"
    r"|quel âge|votre âge|sexe|revenu|profession|où habitez|edad|género|ingresos|ocupación|dónde vive",
    re.IGNORECASE,
)
_FIELDS = {
    "attitudinal": "satisfaction satisfied nps csat opinion attitude preference interest zufrieden zufriedenheit",
    "technographic": """
        device devices browser os operating.system platform app software version internet fiber dsl phone mobile
        desktop screen streaming online backup technology tech stack plugin integrations?
    """,
    "behavioural": """
        orders? purchases? bought buys? spend spending spent amount revenue sales charges payment pay visits?
        sessions? logins? clicks? views usage uses? recency frequency monetary tenure contract plan subscription
        subscribed newsletter channel basket cart returns? refunds? discounts? coupons? deals? points days.since
        last first total number.of count avg average mean history balance credit loan billing umsatz lifetime.value
        duration inactive unsubscribed retention utm transactions?
        bestellungen kaufe letzter
    """,
}
"""Words of columns' names by block, in this order."""
_OF_FIELDS = {block: re.compile(rf"\b(?:{'|'.join(words.split())})\b") for block, words in _FIELDS.items()}


def block_of_question(question: str) -> str:
    """`demographic` where a question asks who somebody is, else `attitudinal`.

    >>> [block_of_question(q) for q in ("Wie alt sind Sie?", "What is your gender?", "Which stage are you at?")]
    ['demographic', 'demographic', 'attitudinal']
    """
    return "demographic" if _ABOUT_ONESELF.search(question) else "attitudinal"


def block_of_field(name: str) -> str:
    """The block that a column's words speak of; `demographic` where they speak of none.

    >>> [block_of_field(name) for name in ("MonthlyCharges", "InternetService", "NPS", "Region", "MailOrders")]
    ['behavioural', 'technographic', 'attitudinal', 'demographic', 'behavioural']
    """
    words = words_of(name)
    return next((block for block, known in _OF_FIELDS.items() if known.search(words)), "demographic")
