"""Pictures for notebooks in the report's colours: `from pipeline import figures`.

    figures.style()                                    once, at the top of a notebook
    figures.colour("persona-2")                        the colour a persona has in the report
    figures.boxes(frame, "age")                        a number by persona
    figures.shares(frame, "plan")                      answers by persona
    figures.intervals(frame, "theme", "share")         values with their intervals, one row each
    figures.lines(frame, "per_arm", "detectable", "persona")

Each function draws one picture and returns its axes, for a title or a limit of one's own.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pipeline.report.content.groups import COLOURS, colour_of
from pipeline.report.palette import LIGHT
from pipeline.segments.baseline import UNASSIGNED, number_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["boxes", "colour", "intervals", "lines", "shares", "style"]
_MOST_ROWS = 40


def style() -> None:
    """Spines, size and colours of the report, for all pictures that follow."""
    import matplotlib.pyplot as plt
    from cycler import cycler

    cycle = cycler(color=[LIGHT[f"p{i}"] for i in range(1, COLOURS + 1)])
    plt.rcParams.update({"figure.dpi": 110, "axes.spines.top": False, "axes.spines.right": False})
    plt.rcParams.update({"axes.prop_cycle": cycle, "legend.frameon": False})


def colour(group: str) -> str:
    """The colour of a persona_id; grey for the unassigned, ink for everybody else.

    >>> colour("persona-1") == LIGHT["p1"], colour("all") == LIGHT["ink"]
    (True, True)
    """
    if group == UNASSIGNED:
        return LIGHT["p0"]
    number = number_of(group)
    return LIGHT[colour_of(number)] if number else LIGHT["ink"]


def boxes(frame: pd.DataFrame, column: str) -> "Axes":
    """Quartiles of a number by persona; `frame` has `persona_id` and `persona`, as `tables.with_persona` gives."""
    known = frame.dropna(subset=[column])
    groups = _groups(known)
    ax = _axes(len(groups))
    if groups:
        parts = ax.boxplot(
            [known.loc[known["persona_id"] == i, column].to_numpy() for i, _ in groups],
            orientation="horizontal", showfliers=False, patch_artist=True, medianprops={"color": LIGHT["paper"]},
        )  # fmt: skip
        for box, (persona_id, _) in zip(parts["boxes"], groups, strict=True):
            box.set(facecolor=colour(persona_id), edgecolor=colour(persona_id))
        ax.set_yticks(range(1, len(groups) + 1), [name for _, name in groups])
        ax.invert_yaxis()
    ax.set_xlabel(column)
    return ax


def shares(frame: pd.DataFrame, column: str) -> "Axes":
    """Shares of the values of a column by persona, one group of bars per value; missing values are left out."""
    known = frame.dropna(subset=[column])
    groups = _groups(known)
    values = list(known[column].value_counts().index)
    ax = _axes(len(values) * max(len(groups), 1) / 2)
    height = 0.8 / max(len(groups), 1)
    for i, (persona_id, name) in enumerate(groups):
        own = (
            known.loc[known["persona_id"] == persona_id, column].value_counts(normalize=True).reindex(values).fillna(0)
        )
        ax.barh(np.arange(len(values)) + i * height, own, height, color=colour(persona_id), label=name)
    ax.set_yticks(np.arange(len(values)) + 0.4 - height / 2, [str(v) for v in values])
    ax.invert_yaxis()
    ax.set_xlabel(f"share by {column}")
    if groups:
        ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
    return ax


def intervals(
    frame: pd.DataFrame, label: str, value: str, lower: str = "lower", upper: str = "upper", group: str | None = None
) -> "Axes":
    """A dot with its interval per row; rows of one `group` (a column of persona_id) have that persona's colour."""
    rows = frame.head(_MOST_ROWS).reset_index(drop=True)
    ax = _axes(len(rows) / 1.6)
    for y, row in rows.iterrows():
        tint = colour(str(row[group])) if group else LIGHT["ink"]
        ax.plot([row[lower], row[upper]], [y, y], color=tint, linewidth=3, alpha=0.4)
        ax.plot(row[value], y, "o", color=tint)
    ax.set_yticks(range(len(rows)), [str(text) for text in rows[label]])
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.set_xlabel(value)
    return ax


def lines(frame: pd.DataFrame, x: str, y: str, group: str, names: Mapping[str, str] | None = None) -> "Axes":
    """One line per value of `group` (persona_id, or anything else) over `x`, called as `names` says."""
    ax, called = _axes(5), names or {}
    for name, rows in frame.groupby(group, sort=False):
        ordered = rows.sort_values(x)
        label = called.get(str(name), str(name))
        ax.plot(ordered[x], ordered[y], marker="o", color=colour(str(name)), label=label)
    ax.set(xlabel=x, ylabel=y)
    if len(frame):
        ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
    return ax


def _groups(frame: pd.DataFrame) -> list[tuple[str, str]]:
    """(persona_id, name) of the groups in a frame, by number, the unassigned last."""
    found = frame[["persona_id", "persona"]].drop_duplicates().itertuples(index=False)
    return sorted(found, key=lambda pair: (pair[0] == UNASSIGNED, number_of(pair[0])))


def _axes(rows: float) -> "Axes":
    import matplotlib.pyplot as plt

    return plt.subplots(figsize=(8, 0.45 * rows + 1.6))[1]
