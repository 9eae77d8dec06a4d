"""A short name from the two most telling traits, the same for the same claims, unique among the personas."""

from collections.abc import Mapping, Sequence

from pipeline.personas.sentences import Claim, Field
from pipeline.personas.vocabulary import Trait, trait_of

TRAITS_IN_A_NAME = 2
MOST_CHARACTERS = 60


def names(claims: Mapping[str, Sequence[Claim]], fields: Mapping[str, Field], noun: str) -> dict[str, str]:
    """persona_id -> name, for personas in the given order with their claims ranked.

    Traits that less than half of a persona have are taken only where there are no others. A name that is taken gets a
    further trait; where the claims give none, a number.
    """
    given: dict[str, str] = {}
    for persona, ranked in claims.items():
        most = [claim for claim in ranked if _holds_for_most(claim)]
        traits = _different(_traits(most, fields)) or _different(_traits(ranked, fields))
        offers = [_name(traits[:count], noun) for count in range(TRAITS_IN_A_NAME, max(len(traits), 2) + 1)]
        given[persona] = _free(offers, set(given.values()))
    return given


def _traits(claims: Sequence[Claim], fields: Mapping[str, Field]) -> list[tuple[Claim, Trait]]:
    return [(claim, trait) for claim in claims if (trait := trait_of(claim, fields[claim["column"]]))]


def _holds_for_most(claim: Claim) -> bool:
    """Whether what would be said in a name is true of at least half of the persona, where that can be told."""
    if claim["statistic"] != "share":
        return True
    return bool(claim["value"] >= 0.5 if claim["difference"] > 0 else claim["value"] <= 0.5)


def _different(offers: Sequence[tuple[Claim, Trait]]) -> list[Trait]:
    """Traits with other words each; the second from another theme than the first where there is one."""
    unlike: dict[str, tuple[Claim, Trait]] = {}
    for claim, trait in offers:
        unlike.setdefault(trait.words, (claim, trait))
    kept = list(unlike.values())
    if not kept:
        return []
    theme = kept[0][0]["theme"]
    second = next((i for i, (claim, _) in enumerate(kept) if i and claim["theme"] != theme), None)
    if second is not None:
        kept.insert(1, kept.pop(second))
    return [trait for _, trait in kept]


def _name(traits: Sequence[Trait], noun: str) -> str:
    if not traits:
        return _capital(f"{noun} without a trait of their own")
    before = [trait.before for trait in traits if trait.before]
    after = [trait.after for trait in traits if trait.after]
    # Two quoted labels in a row read as one.
    heads = " ".join(before).replace("” “", "” and “")
    text = " ".join(part for part in (heads, noun, " and ".join(after)) if part)
    if len(text) > MOST_CHARACTERS and len(traits) > 1:
        return _name(traits[:-1], noun)
    return _capital(text)


def _capital(text: str) -> str:
    """Brand-like words (`iOS`) keep their first letter."""
    first = text.split(" ", 1)[0]
    return text if any(c.isupper() for c in first[1:]) else text[0].upper() + text[1:]


def _free(offers: Sequence[str], taken: set[str]) -> str:
    for offer in offers:
        if offer not in taken:
            return offer
    number = 2
    while f"{offers[0]} ({number})" in taken:
        number += 1
    return f"{offers[0]} ({number})"
