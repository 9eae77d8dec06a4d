"""What customers say in their own words: themes, their shares by persona, quotes, saturation, topic by topic."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pipeline.personas.quotes import quotes
from pipeline.personas.saturation import saturation
from pipeline.personas.schema import ALL, QUOTES, SATURATION, THEMES, UNASSIGNED
from pipeline.personas.theme_shares import Speakers, theme_shares
from pipeline.personas.theme_words import supported_languages
from pipeline.personas.themes import NO_THEME, ThemeRules, Themes, find_themes

SENTIMENT = "not supported"
THEMES_TOLD, QUOTES_TOLD = 5, 3


@dataclass(frozen=True)
class Voices:
    """The tables `THEMES`, `QUOTES` and `SATURATION`, and the key `texts` of personas.json."""

    themes: pd.DataFrame
    quotes: pd.DataFrame
    saturation: pd.DataFrame
    content: dict[str, Any]


def voices(
    texts: pd.DataFrame, personas: Mapping[str, str], listed: Sequence[str], language: str, rules: ThemeRules, *,
    min_cell: int, quotes_per_theme: int,
) -> Voices:  # fmt: skip
    """All topics of the table `ingest.TEXTS`; moderators and agents are not heard.

    `personas`: customer_id -> persona_id; `listed`: their order. Who could not be linked to a customer is unassigned.
    """
    heard = texts[texts["speaker"] == "respondent"]
    if heard.empty:
        return _nothing({"status": "not supplied"})
    if language not in supported_languages():
        allowed = ", ".join(supported_languages())
        reading = f"not supported: language `{language}`; themes are sought in texts in {allowed}"
        return _nothing({"status": reading, "language": language})
    parts = []
    for topic, rows in heard.groupby("topic", sort=True):
        speakers = _speakers(rows, personas, listed)
        parts.append(_topic(str(topic), rows, speakers, language, rules, min_cell, quotes_per_theme))
    content = {
        "status": "supplied",
        "language": language,
        "sentiment": SENTIMENT,
        "topics": [told for *_, told in parts],
    }
    tables = [_together([p[at] for p in parts], empty) for at, empty in enumerate((THEMES, QUOTES, SATURATION))]
    return Voices(tables[0], tables[1], tables[2], content)


def with_voices(content: Mapping[str, Any], said: Voices) -> dict[str, Any]:
    """personas.json with what customers say: `texts`, and of each persona its `themes` and `quotes`."""
    personas = [{**persona, **_of_persona(persona["persona_id"], said)} for persona in content["personas"]]
    return {**content, "personas": personas, "texts": said.content}


def _of_persona(persona: str, said: Voices) -> dict[str, Any]:
    """Themes that the persona voices more than the others and not by chance, the largest first; their quotes."""
    own = said.themes[(said.themes["persona_id"] == persona) & said.themes["more"]]
    own = own.sort_values(["value", "theme_id"], ascending=[False, True]).head(THEMES_TOLD)
    names = ["theme_id", "topic", "label", "value", "lower", "upper", "n", "rest_value"]
    rank = {theme: at for at, theme in enumerate(own["theme_id"])}
    spoken = said.quotes[(said.quotes["persona_id"] == persona) & said.quotes["theme_id"].isin(list(rank))]
    spoken = spoken.sort_values("theme_id", key=lambda column: column.map(rank), kind="stable")
    first = spoken.drop_duplicates("theme_id").head(QUOTES_TOLD)
    return {
        "themes": _records(own[names]),
        "quotes": first[["quote_id", "theme_id", "text", "approved"]].to_dict("records"),
    }


def _topic(
    topic: str, rows: pd.DataFrame, speakers: Speakers, language: str, rules: ThemeRules, min_cell: int, per_theme: int
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, dict[str, Any]]:
    texts = _whole_text(rows)
    documents = pd.factorize(rows["document"])[0].astype(np.int64)
    read = int(documents.max() + 1)
    told = {"topic": topic, "texts": len(rows), "speakers": len(speakers.groups), "documents": read}
    themes = find_themes(texts, language, rules)
    if themes is None:
        few = len(rows) < rules.least_texts
        status = f"fewer than {rules.least_texts} texts" if few else "no theme comes back when texts are left out"
        return THEMES.empty(), QUOTES.empty(), SATURATION.empty(), {**told, "status": status, "themes": 0}
    shares = theme_shares(topic, themes, speakers, min_cell)
    quoted = quotes(topic, themes, shares, texts, speakers, per_theme)
    curve = saturation(topic, themes, documents) if read < len(rows) else SATURATION.empty()
    return shares, quoted, curve, {**told, "status": "themes found", **_counts(themes, shares)}


def _counts(themes: Themes, shares: pd.DataFrame) -> dict[str, Any]:
    """Figures of a topic for personas.json; a share that must not be shown is null."""
    everybody = shares[shares["persona_id"] == ALL]
    safe = bool(everybody["value"].notna().all())
    largest = everybody.head(THEMES_TOLD)[["theme_id", "label", "value", "stability"]]
    return {
        "themes": len(themes.labels),
        "without_theme": int((themes.of_text == NO_THEME).sum()) if safe else None,
        "largest": _records(largest),
    }


def _records(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows for JSON: what is missing is null."""
    return [{k: None if pd.isna(v) else v for k, v in row.items()} for row in rows.to_dict("records")]


def _whole_text(rows: pd.DataFrame) -> pd.Series:
    """A text with its title before it."""
    title = rows["title"].fillna("").str.strip()
    return (title.where(title == "", title + ". ") + rows["text"]).str.strip().reset_index(drop=True)


def _speakers(rows: pd.DataFrame, personas: Mapping[str, str], listed: Sequence[str]) -> Speakers:
    """Who said each text. Who is not linked to a customer is somebody else in every document."""
    labels = [*listed, UNASSIGNED]
    unlinked = rows["document"] + "/" + rows["speaker_number"].astype("str")
    who = rows["customer_id"].astype("object").where(rows["customer_id"].notna(), unlinked)
    codes, names = pd.factorize(who)
    place = {label: at for at, label in enumerate(labels)}
    groups = np.array([place[personas.get(str(name), UNASSIGNED)] for name in names], dtype=np.int64)
    return Speakers(codes.astype(np.int64), groups, labels)


def _together(frames: Sequence[pd.DataFrame], table: Any) -> pd.DataFrame:
    filled = [frame for frame in frames if len(frame)]
    return pd.concat(filled, ignore_index=True) if filled else table.empty()


def _nothing(content: dict[str, Any]) -> Voices:
    return Voices(THEMES.empty(), QUOTES.empty(), SATURATION.empty(), {**content, "sentiment": SENTIMENT, "topics": []})
