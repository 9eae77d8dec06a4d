"""What customers said: scales, choices, scores. Missing = not asked, not answered, or not believed."""

import pandas as pd

from pipeline.core.sources import DatasetSettings, QuestionSettings
from pipeline.features.feature import Feature, FeatureSet, unique_slugs
from pipeline.features.likert import scales
from pipeline.features.responses import believed, one_response_each

Columns = list[tuple[Feature, pd.Series]]
_STRAIGHT = "Answers of straight-liners are set missing."


def attitudinal(
    responses: pd.DataFrame, customers: pd.Index, settings: DatasetSettings
) -> tuple[FeatureSet, dict[str, float]]:
    """One feature per question, scale or choice of `responses` (ingest's table), and Cronbach's alpha of each scale."""
    answers = believed(one_response_each(responses))
    columns: Columns = []
    for source, s in settings.sources.items():
        own = answers[answers["source"] == source]
        for name, question in s.questions.items():
            columns += _question(name, question, own[own["question"] == name], source)
    made, alphas = scales(answers, settings)
    return FeatureSet.of([*columns, *made], customers), alphas


def _question(name: str, question: QuestionSettings, own: pd.DataFrame, source: str) -> Columns:
    if question.kind == "open" or (question.kind == "likert" and question.scale):
        return []
    if question.kind == "multi":
        return _choices(name, question, own, source)
    if question.kind == "single" and not question.levels:
        return _nominal(name, question, own, source)
    return [_value(name, question, own, source)]


def _feature(
    name: str,
    label: str,
    kind: str,
    question: QuestionSettings,
    source: str,
    how: str,
    levels: tuple[str, ...] = (),
    unit: str = "",
) -> Feature:
    theme = "satisfaction" if question.kind == "nps" and question.theme == "other" else str(question.theme)
    theme = str(question.block) if theme == "other" else theme
    description = f"{how} Missing = not asked or not answered."
    return Feature(
        name,
        label,
        question.block,
        kind,
        question.role,
        theme,
        f"{source}: {question.column}",
        description,
        unit=unit,
        levels=levels,
    )


def _value(name: str, question: QuestionSettings, own: pd.DataFrame, source: str) -> tuple[Feature, pd.Series]:
    """A question with ordered levels, or with a number for an answer."""
    values = own.dropna(subset="value").groupby("customer_id")["value"].mean()
    how = {"nps": "Score from 0 to 10.", "likert": f"Position of the answer in its levels. {_STRAIGHT}"}.get(
        question.kind, "As answered."
    )
    if question.levels:
        how = how if question.kind == "likert" else "Position of the answer in its levels."
        return _feature(name, question.label, "ordinal", question, source, how, tuple(question.levels)), values
    unit = "of 10" if question.kind == "nps" else ""
    return _feature(name, question.label, "numeric", question, source, how, unit=unit), values


def _nominal(name: str, question: QuestionSettings, own: pd.DataFrame, source: str) -> Columns:
    values = own.dropna(subset="answer").groupby("customer_id")["answer"].min().astype("str")
    levels = tuple(sorted(values.unique()))
    return [(_feature(name, question.label, "nominal", question, source, "The answer.", levels), values)]


def _choices(name: str, question: QuestionSettings, own: pd.DataFrame, source: str) -> Columns:
    """One yes/no per choice: 0 for whoever saw the question and did not tick it."""
    saw = pd.Index(sorted(own["customer_id"].unique()))
    choices = question.levels or sorted(own["answer"].dropna().unique())
    how = "1 = ticked, 0 = saw the question and did not tick."
    columns: Columns = []
    for choice, part in unique_slugs(choices).items():
        ticked = own.loc[own["answer"] == choice, "customer_id"].unique()
        values = pd.Series(saw.isin(ticked).astype("float64"), index=saw)
        columns.append(
            (
                _feature(
                    f"{name}_{part}", f"{question.label}: {choice}", "binary", question, source, how, ("no", "yes")
                ),
                values,
            )
        )
    return columns
