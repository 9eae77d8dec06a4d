"""The funnel of any event log as a table: both bases, counted and with censoring accounted for, per group."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.core.errors import InputError, SettingsError
from pipeline.core.intervals import wilson
from pipeline.journeys.conversion import Conversion, conversion, ratio, time_to_share
from pipeline.journeys.event_file import GivenLog, Window
from pipeline.journeys.funnel_steps import Completed, Order, complete
from pipeline.journeys.intervals import probability_interval
from pipeline.journeys.spell_columns import Flags

COLUMNS = [
    "group", "step", "event", "window", "entered", "reached",
    "of_all", "of_all_lower", "of_all_upper",
    "of_previous", "of_previous_lower", "of_previous_upper",
    "not_followed_up", "stopped_by_excluded",
    "of_all_aware", "of_all_aware_std_error", "of_all_aware_lower", "of_all_aware_upper",
    "of_previous_aware", "of_previous_aware_std_error", "of_previous_aware_lower", "of_previous_aware_upper",
    "median_time",
]  # fmt: skip


def funnel_table(
    completed: Completed, without: Completed, end: float, window: float, labels: Sequence[str], group: str
) -> pd.DataFrame:
    """One row per step; columns COLUMNS, times in the unit of `window`.

    `without` is the completion had nothing been excluded; `end` the moment up to which all are watched.
    """
    origin = completed.times[:, 0]
    watched = end - origin
    rows: list[dict[str, object]] = []
    aware_before: Conversion | None = None
    reached_before = np.ones(len(origin), dtype=bool)
    for place, label in enumerate(labels):
        time = completed.times[:, place] - origin
        reached = time <= window
        aware = conversion(time, watched, window)
        stopped = ~reached & (without.times[:, place] - origin <= window)
        rows.append(
            {"group": group, "step": place + 1, "event": label, "window": window}
            | _counted(reached, reached_before, watched < window, certain=place == 0)
            | {"stopped_by_excluded": int(stopped.sum())}
            | _aware(aware, reached | (watched >= window), "of_all_aware", certain=place == 0)
            | _aware(
                ratio(aware, aware_before) if aware_before else aware,
                reached_before & (reached | (watched >= window)),
                "of_previous_aware",
                certain=place == 0,
            )
            | {"median_time": time_to_share(time, watched, 0.5) if len(time) else np.nan}
        )
        aware_before, reached_before = aware, reached
    return pd.DataFrame(rows, columns=COLUMNS)


def _counted(reached: Flags, before: Flags, short: Flags, certain: bool) -> dict[str, object]:
    entered, base, done = len(reached), int(before.sum()), int(reached.sum())
    shares: dict[str, object] = {"entered": entered, "reached": done}
    for name, n in (("of_all", entered), ("of_previous", base)):
        share = done / n if n else np.nan
        low, high = (share, share) if certain else wilson(share, n)
        shares |= {name: share, f"{name}_lower": float(low), f"{name}_upper": float(high)}
    return shares | {"not_followed_up": float((~reached & short).mean()) if entered else np.nan}


def _aware(found: Conversion, followed: Flags, name: str, certain: bool) -> dict[str, float]:
    p, error = found.probability, found.std_error
    if certain and p == p:
        # Who enters has completed the first step by definition: nothing to be uncertain about.
        return {name: p, f"{name}_std_error": 0.0, f"{name}_lower": p, f"{name}_upper": p}
    low, high = probability_interval(p, error, max(int(followed.sum()), 1))
    return {name: p, f"{name}_std_error": error, f"{name}_lower": float(low), f"{name}_upper": float(high)}


@dataclass(frozen=True)
class Plan:
    """What is asked of a log: `steps` and `excluded` are places in `kinds`, the names of events."""

    kinds: tuple[str, ...]
    steps: tuple[int, ...]
    excluded: tuple[int, ...]
    order: Order
    window: Window

    @classmethod
    def of(cls, steps: str, exclude: str | None, order: Order, window: Window) -> "Plan":
        """From the lists `a,b,a` and `x,y`; raises `SettingsError` where they cannot be."""
        named, out = _words(steps), _words(exclude) if exclude is not None else []
        both = sorted(set(named) & set(out))
        wrong = not all(named) or not all(out)
        if wrong:
            raise SettingsError(f"--steps {steps} --exclude {exclude or ''}: a name is blank.")
        if len(named) < 2:
            raise SettingsError(f"--steps: found `{steps}`, allowed: two or more names with commas between.")
        if both:
            raise SettingsError(f"--exclude: {', '.join(both)} is a step as well.")
        kinds = tuple(dict.fromkeys([*named, *out]))
        return cls(kinds, tuple(map(kinds.index, named)), tuple(map(kinds.index, out)), order, window)

    @property
    def labels(self) -> list[str]:
        """The step's event; of steps in any order how many of them."""
        names = [self.kinds[step] for step in self.steps]
        return [f"any {n}" for n in range(1, len(names) + 1)] if self.order == "any" else names


def funnels(given: GivenLog, plan: Plan) -> pd.DataFrame:
    """The funnel of each group, in alphabetical order; times in days, or in the log's own unit where it has numbers."""
    completed = complete(given.log, plan.steps, plan.excluded, plan.order)
    without = complete(given.log, plan.steps, (), plan.order) if plan.excluded else completed
    if not len(completed.start):
        first = plan.kinds[plan.steps[0]]
        raise InputError(f"nobody enters: the log has no event `{first}` of a known customer before its end.")
    group = given.group[completed.start]
    tables = [
        funnel_table(
            completed.of(group == name),
            without.of(group == name),
            given.end,
            plan.window.length,
            plan.labels,
            str(name),
        )
        for name in sorted(set(group))
    ]
    table = pd.concat(tables, ignore_index=True)
    return table.assign(window=table["window"] / plan.window.unit, median_time=table["median_time"] / plan.window.unit)


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",")]
