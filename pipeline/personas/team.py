"""The team's words, apart from data: annotations, reviews of claims, released quotes, ratings, refinements.

They sit in `review/<dataset>/`, one YAML file each; a file that is not there is not supplied.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Literal

import pandas as pd
from pydantic import Field

from pipeline.core.errors import SettingsError, gather, near_match
from pipeline.core.settings import Settings, parse, read_yaml
from pipeline.personas.schema import ANNOTATIONS, REFINEMENTS, REVIEWS

STATUS = {"accept": "accepted", "reject": "rejected", "comment": "commented"}


class Annotation(Settings):
    """What a department says of a persona; with `column` and `expects` it is held against the data."""

    persona: str
    department: str
    author: str
    date: date
    text: str
    column: str = ""
    level: str = ""
    expects: Literal["", "more", "less", "alike"] = ""


class Review(Settings):
    """A word on a claim. `comment` as a status leaves it open."""

    claim: str
    status: Literal["accept", "reject", "comment"]
    reviewer: str
    date: date
    comment: str = ""


class Quote(Settings):
    """A quote released to readers: its words, exactly."""

    text: str
    approved_by: str
    date: date


class Refinement(Settings):
    """A change to the personas, by the team."""

    date: date
    author: str
    change: str
    reason: str


class Team(Settings):
    """All that the team says of a dataset's personas."""

    annotations: list[Annotation] = Field(default_factory=list)
    claims: list[Review] = Field(default_factory=list)
    quotes: list[Quote] = Field(default_factory=list)
    refinements: list[Refinement] = Field(default_factory=list)
    ratings: dict[str, dict[str, float]] = Field(default_factory=dict)
    """Criterion -> persona -> 0 (worst) to 10 (best)."""


def read_team(folder: Path) -> Team:
    """The files in `folder`; raises `SettingsError` that lists the mistakes of all of them."""
    parts: dict[str, object] = {}
    mistakes: list[str] = []
    files = sorted(folder.glob("*.y*ml")) if folder.is_dir() else []
    for file in files:
        if file.stem not in Team.model_fields:
            allowed = list(Team.model_fields)
            mistakes.append(f"{file}: not a known file.{near_match(file.stem, allowed)} Known: {', '.join(allowed)}.")
            continue
        content = read_yaml(file)
        try:
            part = parse(content, Team, str(file))
        except SettingsError as error:
            mistakes.append(str(error))
            continue
        parts[file.stem] = getattr(part, file.stem)
    gather(SettingsError, mistakes, f"{folder}: files of the team with mistakes")
    return Team.model_validate(parts)


def annotations(said: Sequence[Annotation], profile: pd.DataFrame, ids: Sequence[str]) -> pd.DataFrame:
    """The table `ANNOTATIONS`; `expects` is compared with the persona's interval and the others' share.

    More: agrees where the whole interval lies above the others, disagrees where it lies below, else open. Alike:
    disagrees where the interval leaves the others out.
    """
    rows = profile[profile["group_by"] == "persona"].set_index(["group", "column", "level"])
    found = []
    for number, note in enumerate(said, 1):
        verdict, evidence = "not measured", ""
        key = (note.persona, note.column, note.level)
        if note.expects and note.persona in ids and key in rows.index:
            verdict, evidence = _held_against(note.expects, rows.loc[key])
        about = note.model_dump(exclude={"persona", "date"})
        found.append(
            {
                **about,
                "annotation_id": f"note-{number}",
                "persona_id": note.persona,
                "date": note.date.isoformat(),
                "verdict": verdict,
                "evidence": evidence,
            }
        )
    return pd.DataFrame(found, columns=list(ANNOTATIONS.columns)) if found else ANNOTATIONS.empty()


def _held_against(expects: str, row: pd.Series) -> tuple[str, str]:
    lower, upper, rest = float(row["lower"]), float(row["upper"]), float(row["rest_value"])
    if pd.isna(lower) or pd.isna(rest):
        return "not measured", ""
    tells = "more" if lower > rest else "less" if upper < rest else "alike"
    figures = f"{row['value']:.3g} ({lower:.3g} to {upper:.3g}) against {rest:.3g} of the others, n = {int(row['n']):,}"
    if tells == expects:
        return "agrees", figures
    return ("open" if tells == "alike" else "disagrees"), figures


def reviews(said: Sequence[Review], claim_ids: Sequence[str]) -> pd.DataFrame:
    """The table `REVIEWS`: the latest word on each claim, and words on claims that are no longer made."""
    latest: dict[str, Review] = {}
    for one in sorted(said, key=lambda review: review.date):
        latest[one.claim] = one
    rows = []
    for claim in [*claim_ids, *(c for c in latest if c not in set(claim_ids))]:
        word = latest.get(claim)
        rows.append(
            {
                "claim_id": claim,
                "status": STATUS[word.status] if word else "not reviewed",
                "reviewer": word.reviewer if word else "",
                "date": word.date.isoformat() if word else "",
                "comment": word.comment if word else "",
                "current": claim in set(claim_ids),
            }
        )
    return pd.DataFrame(rows, columns=list(REVIEWS.columns)) if rows else REVIEWS.empty()


def with_approval(quotes: pd.DataFrame, released: Sequence[Quote]) -> pd.DataFrame:
    """`quotes` with `approved` set where somebody released these very words."""
    words = {" ".join(quote.text.split()) for quote in released}
    said = quotes["text"].map(lambda text: " ".join(text.split()) in words).astype(bool)
    return quotes.assign(approved=said)


def refinements(said: Sequence[Refinement], found: Sequence[Mapping[str, str]]) -> pd.DataFrame:
    """The table `REFINEMENTS`: the team's lines by date, then `found` (change, reason) by this run."""
    lines = [
        {"date": one.date.isoformat(), "author": one.author, "change": one.change, "reason": one.reason}
        for one in sorted(said, key=lambda line: line.date)
    ]
    lines += [{"date": "", "author": "this run", **one} for one in found]
    rows = [{"number": number, **line} for number, line in enumerate(lines, 1)]
    return pd.DataFrame(rows, columns=list(REFINEMENTS.columns)) if rows else REFINEMENTS.empty()
