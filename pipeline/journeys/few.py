"""Groups of few: they leave what is told of all journeys, so that all of them less those of the personas leave nobody.

What goes out of `data/` besides the report, key figures and plots, tells no share that few make up, or do not.
"""

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import pandas as pd

from pipeline.core.coarse import in_steps
from pipeline.core.suppression import of_few
from pipeline.journeys.groups import ALL, PERSONA
from pipeline.journeys.spells import Journeys


def groups_of_few(spells: pd.DataFrame, min_cell: int) -> list[str]:
    """Personas, or `unassigned`, whose journeys are of fewer than `min_cell` customers; none where all are such."""
    sizes = spells.groupby("persona_id", observed=True)["customer_id"].nunique()
    few = sizes.index[of_few(sizes.to_numpy(dtype=np.int64), min_cell)]
    return sorted(few) if len(few) < len(sizes) else []


def without(spells: pd.DataFrame, few: Collection[str]) -> pd.DataFrame:
    """The spells of all other groups."""
    return spells[~spells["persona_id"].isin(few)] if few else spells


def counts_without(
    found: Journeys, spells: pd.DataFrame, few: Collection[str], ladder: Sequence[str], dropoff: str | None
) -> dict[str, int]:
    """`journeys`, `spells`, `returns`, `began_later` and `entered_late` of all other groups.

    `spells`: those of `found` with `persona_id`, in order of each journey.
    """
    left = spells[spells["persona_id"].isin(few)]
    first = left.drop_duplicates("case_id")
    late = first["start"] > 0
    return {
        "journeys": found.journeys - len(first),
        "spells": len(spells) - len(left),
        "returns": found.returns - int(((left["from"] == dropoff) & left["to"].notna()).sum()),
        "began_later": found.began_later - int(((first["from"] != ladder[0]) & ~late).sum()),
        "entered_late": found.entered_late - int(late.sum()),
    }


def told_shares(funnels: pd.DataFrame, stage: str, min_cell: int) -> Mapping[str, float]:
    """Chance to reach `stage` by group, of all and of each persona, but where few reached it or did not.

    Where one of a persona is left out, so is that of all.
    """
    own = funnels[(funnels["stage"] == stage) & funnels["group_by"].isin([ALL, PERSONA])]
    few = _few(own, min_cell) & (own["entered"] > 0)
    counted = few & ((own["entered"] >= min_cell) | (own["group"] == ALL))
    shown = own[~few & ~((own["group"] == ALL) & counted.any())]
    return dict(zip(shown["group"], shown["probability"], strict=True))


def told_steps(funnel: pd.DataFrame, min_cell: int) -> pd.DataFrame:
    """`step`, `stage`, `window_days` and `probability` of a funnel, missing where few reached the stage or did not."""
    return funnel[["step", "stage", "window_days"]].assign(
        probability=funnel["probability"].mask(_few(funnel, min_cell))
    )


def told_curve(curve: pd.DataFrame, funnel: pd.DataFrame, min_cell: int) -> pd.DataFrame:
    """`day`, `state` and `probability` of a curve in steps of `min_cell` journeys; empty where fewer began."""
    n = int(funnel["entered"].max()) if len(funnel) else 0
    told = curve[["day", "state", "probability"]]
    return told.assign(probability=in_steps(told["probability"], n, min_cell)) if n >= min_cell else told.head(0)


def _few(funnel: pd.DataFrame, min_cell: int) -> pd.Series:
    entered, reached = (funnel[name].to_numpy(dtype=np.int64) for name in ("entered", "reached"))
    few = (entered < min_cell) | of_few(reached, min_cell) | of_few(entered - reached, min_cell)
    return pd.Series(few, index=funnel.index)
