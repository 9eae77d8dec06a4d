"""Likert scales: items that ask for one thing, averaged, with the reliability of the average beside it."""

import numpy as np
import pandas as pd

from pipeline.core.errors import SettingsError, gather
from pipeline.core.sources import DatasetSettings, QuestionSettings
from pipeline.features.feature import Feature

LEAST_ANSWERED = 0.5
"""Share of a scale's items that must be answered for the average to count."""

Items = dict[str, tuple[str, QuestionSettings]]


def scales(
    answers: pd.DataFrame, settings: DatasetSettings
) -> tuple[list[tuple[Feature, pd.Series]], dict[str, float]]:
    """(feature, values by customer) of each declared scale, and Cronbach's alpha by scale, where it can be computed."""
    declared = _declared(settings)
    gather(
        SettingsError,
        [m for name, items in declared.items() for m in _mixed(name, items)],
        "sources.yaml: items that do not make a scale",
    )
    labels = {name: label for s in settings.sources.values() for name, label in s.scales.items()}
    columns, alphas = [], {}
    for name, items in declared.items():
        scores = item_scores(answers, items)
        alpha = cronbach_alpha(scores)
        if alpha is not None:
            alphas[name] = alpha
        label = labels.get(name, name.replace("_", " ").capitalize())
        columns.append((_feature(name, label, items, alpha), scale_mean(scores)))
    return columns, alphas


def _declared(settings: DatasetSettings) -> dict[str, Items]:
    found: dict[str, Items] = {}
    for source, s in settings.sources.items():
        for name, question in s.questions.items():
            if question.kind == "likert" and question.scale:
                found.setdefault(question.scale, {})[name] = (source, question)
    return found


def _mixed(name: str, items: Items) -> list[str]:
    """What the items of one scale disagree about though it must be one thing."""
    questions = [question for _, question in items.values()]
    kinds: dict[str, set[object]] = {
        "role": {q.role for q in questions},
        "block": {q.block for q in questions},
        "levels": {tuple(q.levels or ()) for q in questions},
    }
    differing = [word for word, found in kinds.items() if len(found) > 1]
    return [f"items of scale `{name}` differ in `{word}`: give all of them the same." for word in differing]


def item_scores(answers: pd.DataFrame, items: Items) -> pd.DataFrame:
    """Scores by customer and item, reversed where declared, on 1 … number of levels (else as answered)."""
    own = answers[answers["question"].isin(list(items)) & answers["value"].notna()]
    wide = own.pivot_table(index="customer_id", columns="question", values="value", aggfunc="mean").reindex(
        columns=list(items)
    )
    levels = next(iter(items.values()))[1].levels
    shifted = wide + 1 if levels else wide
    lowest, highest = (1.0, float(len(levels))) if levels else (wide.min().min(), wide.max().max())
    return shifted.assign(
        **{name: lowest + highest - shifted[name] for name, (_, question) in items.items() if question.reverse}
    )


def scale_mean(scores: pd.DataFrame) -> pd.Series:
    """Mean of the answered items, missing where fewer than half are answered."""
    return scores.mean(axis=1).where(scores.notna().mean(axis=1) >= LEAST_ANSWERED)


def cronbach_alpha(scores: pd.DataFrame) -> float | None:
    """k/(k-1) (1 - Σ var(item) / var(sum)) (Cronbach 1951, eq. 2), over those who answered all k items.

    None for fewer than two items, fewer than three complete rows, or a sum that does not vary.

    >>> cronbach_alpha(pd.DataFrame({"a": [1, 2, 3], "b": [1, 2, 3]}))
    1.0
    """
    complete = scores.dropna()
    items = complete.shape[1]
    if items < 2 or len(complete) < 3:
        return None
    total = complete.sum(axis=1).var(ddof=1)
    if not np.isfinite(total) or total == 0:
        return None
    return float(items / (items - 1) * (1 - complete.var(ddof=1).sum() / total))


def _feature(name: str, label: str, items: Items, alpha: float | None) -> Feature:
    source, first = next(iter(items.values()))
    top = f" on a scale from 1 to {len(first.levels)}" if first.levels else ""
    reverse = [item for item, (_, question) in items.items() if question.reverse]
    turned = f", with {', '.join(reverse)} turned round" if reverse else ""
    reliability = f"Cronbach's alpha {alpha:.2f}" if alpha is not None else "Cronbach's alpha cannot be computed"
    missing = "Missing = fewer than half answered, or straight-lined."
    return Feature(
        column=name,
        label=label,
        block=first.block,
        kind="numeric",
        role=first.role,
        theme=first.theme if first.theme != "other" else first.block,
        source=f"{source}: {', '.join(question.column for _, question in items.values())}",
        description=f"Mean of {', '.join(items)}{top}{turned}; {reliability}. {missing}",
        unit=f"of {len(first.levels)}" if first.levels else "",
    )
