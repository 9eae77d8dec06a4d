"""An outcome of the journey may be no feature that customers are segmented by: what leads to it must not contain it."""

from collections.abc import Iterable

from pipeline.core.errors import SettingsError, gather
from pipeline.core.sources import DatasetSettings
from pipeline.features.feature import Feature, slug

SEGMENT = "segment"


def refuse_leaks(
    settings: DatasetSettings, outcomes: Iterable[str], behaviour: Iterable[Feature], orders_are_outcomes: bool
) -> None:
    """Raise one `SettingsError` that names every feature with the role `segment` that holds an outcome.

    Refused are: a field that is the date of a stage, the share of an outcome event in activity, and what is counted
    from orders where an order enters a stage.
    """
    leaks = _dates_of_stages(settings)
    asked = {name for name, role in settings.roles.items() if role == SEGMENT}
    leaks += [
        f"`roles.{name}`: `{event}` is an outcome (it enters a stage, or an experiment is judged by it)."
        for event in sorted(outcomes)
        for name in sorted(asked & {f"event_{slug(event)}_share"})
    ]
    if orders_are_outcomes:
        leaks += [
            f"`roles.{feature.column}`: it counts orders, and an order is an outcome."
            for feature in behaviour
            if feature.theme == "value" and feature.column in asked
        ]
    gather(SettingsError, leaks, "outcomes cannot be what customers are segmented by; give them the role `describe`")


def _dates_of_stages(settings: DatasetSettings) -> list[str]:
    return [
        f"`sources.{source}.fields.{name}`: column `{field.column}` is the date of the stage event `{event}`."
        for source, given in settings.sources.items()
        for name, field in given.fields.items()
        for event, column in given.stage_dates.items()
        if field.column == column and settings.roles.get(name, field.role) == SEGMENT
    ]
