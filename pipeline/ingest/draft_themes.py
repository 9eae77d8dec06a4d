"""Themes for the questions of a draft: what a question asks of, by its words in English, German, French or Spanish."""

import re

_WORDS = {
    "pain": """problem|challeng|frustrat|annoy|difficult|obstacle|barrier|pain point|complain
        |herausforder|schwierig|ärger|hinderni|frein|dificultad""",
    "channel": """channel|where do you (buy|shop|hear|learn)|where did you|how did you (hear|find|learn)|hear about us
        |kanal|kanäle|wo kaufen|aufmerksam geworden|canaux|où achetez|canal""",
    "decision factor": """decid|decision|influenc|how important|most important|importance
        |entscheid|wichtig|ausschlaggebend|critère|importante""",
    "motivation": """^why\\b|reason|motivat|what made you|benefit
        |grund|gründe|warum|weshalb|pourquoi|raison|por qué|motivo""",
    "need": """\\bneed|looking for|missing|wish|would you like|improve
        |fehlt|wünsch|brauch|bedarf|besoin|manque|necesit|falta""",
    "satisfaction": """satisf|happy with|recommend|rate (us|our|your)|how would you rate
        |zufrieden|empfehl|recommand|contento""",
    "interest": """interest|hobb|topics|free time|interess|freizeit|themen|intérêt|loisir|interés|intereses""",
}
"""In this order: a question on problems with a channel is one on problems."""
_THEMES = {theme: re.compile(re.sub(r"\s*\n\s*", "", words), re.IGNORECASE) for theme, words in _WORDS.items()}


def theme_of(question: str) -> str:
    """The theme that a question's words speak of, or `other`. One that asks who somebody is has none: do not ask.

    >>> theme_of("What challenges do you face?"), theme_of("Wie zufrieden sind Sie?"), theme_of("How old are you?")
    ('pain', 'satisfaction', 'other')
    """
    return next((theme for theme, words in _THEMES.items() if words.search(question)), "other")
