"""Verbatim quotes: what a theme's typical speakers of a group said, never from a small cell."""

import pandas as pd

from pipeline.personas.schema import ALL, QUOTES
from pipeline.personas.theme_shares import Speakers, theme_id
from pipeline.personas.themes import Themes

SHORTEST_WORDS, LONGEST_WORDS = 4, 60


def quotes(
    topic: str, themes: Themes, shares: pd.DataFrame, texts: pd.Series, speakers: Speakers, per_theme: int
) -> pd.DataFrame:
    """The rows of the table `QUOTES` for one topic: per theme and group up to `per_theme` texts nearest its middle.

    Only cells whose share is shown in `shares` (the table `THEMES` of the topic) are quoted: it hides small ones. Texts
    of 4 to 60 words, each text and each speaker once; ties go to the shorter text. Nothing is approved yet.
    """
    said = pd.DataFrame(
        {
            "text": texts.to_numpy(),
            "theme": themes.of_text,
            "near": themes.centrality.round(9),
            "speaker": speakers.of_text,
            "group": speakers.groups[speakers.of_text],
        }
    )
    said["words"] = said["text"].str.split().str.len()
    fit = said[said["words"].between(SHORTEST_WORDS, LONGEST_WORDS)]
    shown = shares[shares["value"].notna()]
    rows: list[pd.DataFrame] = []
    for at in range(len(themes.labels)):
        name = theme_id(topic, at)
        own = fit[fit["theme"] == at].sort_values(["near", "words", "text"], ascending=[False, True, True])
        for persona in shown.loc[shown["theme_id"] == name, "persona_id"]:
            cell = own if persona == ALL else own[own["group"] == list(speakers.labels).index(persona)]
            chosen = _different(cell.drop_duplicates("text").drop_duplicates("speaker"), per_theme)
            found = chosen[["text", "near"]].rename(columns={"near": "centrality"})
            ids = [f"{persona}-{name}-{number + 1}" for number in range(len(found))]
            rows.append(found.assign(quote_id=ids, theme_id=name, topic=topic, persona_id=persona, approved=False))
    return pd.concat(rows, ignore_index=True)[list(QUOTES.columns)] if rows else QUOTES.empty()


def _different(cell: pd.DataFrame, most: int) -> pd.DataFrame:
    """The first `most` rows of which no text is part of another."""
    kept: list[int] = []
    said: list[str] = []
    for at, text in enumerate(cell["text"].str.casefold()):
        if len(kept) == most:
            break
        if not any(text in one or one in text for one in said):
            kept.append(at)
            said.append(text)
    return cell.iloc[kept]
