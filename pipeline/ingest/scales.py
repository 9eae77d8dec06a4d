"""Answer scales that surveys use again and again, with the order of their answers: for drafts of Likert questions.

Only answers of these lists are ever put in order; an analyst confirms each.
"""

from collections.abc import Collection, Sequence
from itertools import count

_FEWEST = 3
"""Answers that a question must have before they are taken for a scale."""

_SCALES = """
strongly disagree, disagree strongly, totally disagree, completely disagree, fully disagree
< disagree, mostly disagree < somewhat disagree, slightly disagree, tend to disagree, rather disagree
< neither agree nor disagree, neither agree or disagree, neutral, neither, undecided
< somewhat agree, slightly agree, tend to agree, rather agree < agree, mostly agree
< strongly agree, agree strongly, totally agree, completely agree, fully agree

extremely dissatisfied, completely dissatisfied < very dissatisfied < dissatisfied, moderately dissatisfied
< somewhat dissatisfied, slightly dissatisfied, rather dissatisfied
< neither satisfied nor dissatisfied, neutral, neither
< somewhat satisfied, slightly satisfied, rather satisfied < satisfied, moderately satisfied
< very satisfied < extremely satisfied, completely satisfied

not at all satisfied < not very satisfied < fairly satisfied < very satisfied

very bad < fairly bad, rather bad < neither good nor bad < fairly good, rather good < very good

never < almost never, very rarely < rarely, seldom, hardly ever < occasionally, once in a while < sometimes
< about half the time, half the time < frequently, often < usually, most of the time
< very often, almost always, nearly always < always

very unlikely, extremely unlikely < unlikely, moderately unlikely < somewhat unlikely, slightly unlikely
< neither likely nor unlikely, neutral < somewhat likely, slightly likely < likely, moderately likely
< very likely < extremely likely

not at all important, not important at all < not very important, not important, unimportant, not so important
< slightly important, somewhat important < neutral < moderately important, important
< very important < extremely important

very poor, terrible, awful < poor, bad < below average < fair, average, ok, okay, neutral < above average < good
< very good < excellent, outstanding

very difficult, very hard < difficult, hard < somewhat difficult, slightly difficult
< neither easy nor difficult, neutral < somewhat easy, slightly easy < easy < very easy

not at all < very little < a little, slightly, not very much < somewhat, moderately < quite a bit, quite a lot
< a lot, very much, very < a great deal, extremely, completely

very low < low < rather low < medium, mid, middle, moderate, average < rather high < high < very high

beginner, novice < intermediate < advanced < expert

stimme überhaupt nicht zu, stimme gar nicht zu, trifft überhaupt nicht zu, trifft gar nicht zu
< stimme nicht zu, trifft nicht zu < stimme eher nicht zu, trifft eher nicht zu
< teils/teils, teils teils, teils, weder noch, neutral, unentschieden < stimme eher zu, trifft eher zu
< stimme zu, trifft zu < stimme voll zu, stimme voll und ganz zu, trifft voll zu, trifft voll und ganz zu

sehr unzufrieden < unzufrieden < eher unzufrieden < teils/teils, neutral, weder noch < eher zufrieden
< zufrieden < sehr zufrieden

nie, niemals < sehr selten < selten < gelegentlich < manchmal < oft, häufig < sehr oft, sehr häufig, meistens < immer

pas du tout d'accord < pas d'accord < plutôt pas d'accord < ni d'accord ni pas d'accord, neutre, sans opinion
< plutôt d'accord < d'accord < tout à fait d'accord

très insatisfait, pas du tout satisfait < insatisfait < plutôt insatisfait, peu satisfait
< neutre, ni satisfait ni insatisfait < plutôt satisfait < satisfait < très satisfait

jamais < rarement < parfois, de temps en temps < souvent < très souvent < toujours

muy en desacuerdo, totalmente en desacuerdo < en desacuerdo < algo en desacuerdo
< ni de acuerdo ni en desacuerdo, neutral < algo de acuerdo < de acuerdo < muy de acuerdo, totalmente de acuerdo

muy insatisfecho, nada satisfecho < insatisfecho < algo insatisfecho, poco satisfecho
< neutral, ni satisfecho ni insatisfecho < algo satisfecho < satisfecho < muy satisfecho

nunca < casi nunca, raramente < a veces < a menudo, frecuentemente < casi siempre < siempre
"""

_NO_OPINION = """
don't know, dont know, do not know, dk, dk/na, don't know / no answer, can't say, not sure, refused, refusal,
weiß nicht, weiss nicht, keine angabe, k.a., ne sait pas, nsp, sans opinion, no sabe, ns/nc, non so, weet niet
"""
_NONE = frozenset(" ".join(one.split()) for one in _NO_OPINION.split(","))


def with_opinion(answers: Collection[str]) -> list[str]:
    """The answers without those that say that there is none: they have no place in an order.

    >>> with_opinion(["Agree", "Don’t know", "DK", "Disagree"])
    ['Agree', 'Disagree']
    """
    return [answer for answer in answers if _plain(answer) not in _NONE]


def _plain(answer: str) -> str:
    return " ".join(answer.lower().replace("’", "'").split())


def _positions(scale: str) -> dict[str, int]:
    """Answer -> its place, lowest first; answers of one place are ways to write it."""
    places = zip(count(), scale.split("<"))
    return {" ".join(answer.split()): place for place, one in places for answer in one.split(",")}


_PLACES = [_positions(scale) for scale in _SCALES.strip().split("\n\n")]


def in_order(answers: Collection[str]) -> Sequence[str]:
    """The answers as they are written, lowest first; empty where they are not three or more of one known scale.

    >>> in_order(["Agree", "Strongly agree", "Neutral", "Disagree"])
    ['Disagree', 'Neutral', 'Agree', 'Strongly agree']
    >>> in_order(["Yes", "No", "Maybe"]), in_order(["Neutral", "Neither", "Agree"])
    ([], [])
    """
    plain = {answer: _plain(answer) for answer in answers}
    for places in _PLACES:
        found = {answer: places[words] for answer, words in plain.items() if words in places}
        # Two answers of one place differ by their writing alone, or mean something else here.
        if len(found) == len(plain) >= _FEWEST and len(set(found.values())) == len(found):
            return sorted(found, key=lambda answer: found[answer])
    return []
