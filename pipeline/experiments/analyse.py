"""One experiment from its exposed customers: effects and checks."""

from collections.abc import Sequence

import pandas as pd

from pipeline.core.errors import InputError, near_match
from pipeline.core.sources import ExperimentSettings
from pipeline.experiments.checks import as_rows, follow_up, interaction, sample_ratio
from pipeline.experiments.effects import cells, effects
from pipeline.personas.schema import UNASSIGNED


def analyse(
    name: str,
    experiment: ExperimentSettings,
    exposed: pd.DataFrame,
    personas: Sequence[str],
    *,
    alpha: float,
    allocation_alpha: float,
    min_cell: int,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The tables `EFFECTS` and `CHECKS` of one experiment.

    `exposed`: one row per exposed customer: variant, persona_id, followed_up, happened; those not followed up for the
    whole window count in the checks only; groups of fewer than `min_cell` are in no effect of all. `personas`: their
    order; the unassigned come last, where there are any.
    Raises `InputError` where the control arm does not occur, or no other arm does.
    """
    variants = sorted(exposed["variant"].unique())
    _require_arms(name, experiment.control, variants)
    groups = [*personas, UNASSIGNED] if (exposed["persona_id"] == UNASSIGNED).any() else list(personas)
    counted = cells(exposed[exposed["followed_up"]], groups, variants, min_cell)
    sizes = exposed.groupby("variant").size()
    followed = exposed.groupby("variant")["followed_up"].sum()
    checks = [
        sample_ratio(sizes, allocation_alpha),
        follow_up(sizes, followed, experiment.outcome.within_days, allocation_alpha),
        interaction(counted, experiment.control, personas, alpha),
    ]
    return effects(counted, name, experiment.control, experiment.outcome.label), as_rows(name, checks)


def _require_arms(name: str, control: str, variants: Sequence[str]) -> None:
    found = ", ".join(f"`{variant}`" for variant in variants)
    if control not in variants:
        raise InputError(
            f"sources.yaml, `experiments.{name}.control`: no exposure has the variant `{control}`."
            f"{near_match(control, variants)} Found: {found}."
        )
    if len(variants) < 2:
        raise InputError(f"experiment `{name}`: the exposures have only the control arm, {found}; nothing to compare.")
