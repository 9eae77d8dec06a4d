"""The options of `personas experiment`, checked; every mistake is told at once."""

from collections.abc import Sequence
from typing import cast

import numpy as np
import pandas as pd

from pipeline.core.errors import SettingsError, gather, near_match
from pipeline.core.intervals import Z
from pipeline.experiments.checks import Check, sample_ratio
from pipeline.experiments.correction import Correction
from pipeline.experiments.trial import Trial

_CHOICES = {"correction": ("holm", "bh", "none"), "interval": ("newcombe", "wald")}


def check_options(correction: str, interval: str, matters: float | None, power: float, alpha: float) -> Correction:
    """The correction, if all options are allowed; else one `SettingsError`."""
    given = {"correction": correction, "interval": interval}
    mistakes = [
        f"--{name}: found `{given[name]}`.{near_match(given[name], allowed)} Allowed: {', '.join(allowed)}."
        for name, allowed in _CHOICES.items()
        if given[name] not in allowed
    ]
    mistakes += [
        f"--{name}: found {value:g}; allowed: above 0 and below 1."
        for name, value in (("power", power), ("alpha", alpha))
        if not 0 < value < 1
    ]
    if matters is not None and not matters > 0:
        mistakes.append(f"--matters: found {matters:g}; allowed: above 0, in the unit of the outcome.")
    gather(SettingsError, mistakes, "personas experiment: options")
    return cast("Correction", correction)


def intended(trial: Trial, ratio: Sequence[str], alpha: float) -> Check:
    """The sample ratio check against `ratio` (`arm=part`), equal parts where nothing is said."""
    sizes = pd.Series(np.bincount(trial.arm, minlength=len(trial.variants)), index=list(trial.variants))
    if not ratio:
        return sample_ratio(sizes, alpha)
    parts, mistakes = {}, []
    for text in ratio:
        name, mark, number = text.rpartition("=")
        if not mark or name not in trial.variants:
            hint = near_match(name, trial.variants)
            mistakes.append(f"--ratio: found `{text}`.{hint} Allowed: ARM=PART with an arm of the table.")
        elif not _positive(number):
            mistakes.append(f"--ratio: found `{text}`; the part must be a number above 0.")
        else:
            parts[name] = float(number)
    absent = [name for name in trial.variants if name not in parts]
    if absent and not mistakes:
        mistakes.append(f"--ratio: nothing said of {', '.join(absent)}: give every arm's part.")
    gather(SettingsError, mistakes, "personas experiment: options")
    return sample_ratio(sizes, alpha, pd.Series(parts))


def with_interval(effects: pd.DataFrame, trial: Trial, interval: str, adjusted: bool) -> pd.DataFrame:
    """`effects` with the plain interval for shares, where it is asked for."""
    if interval != "wald" or adjusted:
        return effects
    shares = effects["outcome"].map(lambda name: trial.kinds[name] == "share")
    half = Z * effects["std_error"]
    return effects.assign(
        lower=effects["lower"].where(~shares, effects["effect"] - half),
        upper=effects["upper"].where(~shares, effects["effect"] + half),
    )


def _positive(text: str) -> bool:
    try:
        return 0 < float(text) < float("inf")
    except ValueError:
        return False
