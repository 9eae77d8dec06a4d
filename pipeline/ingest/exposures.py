"""The table `exposures`: who saw which variant of which experiment first."""

import pandas as pd

from pipeline.core.sources import Observation
from pipeline.ingest.rejects import Account, reject_rows, stacked
from pipeline.ingest.rows import Rows
from pipeline.ingest.schema import EXPOSURES
from pipeline.ingest.standard_columns import known, times


def read_exposures(
    rows: Rows, customer_ids: pd.Series, observation: Observation | None
) -> tuple[pd.DataFrame, Account]:
    """First exposure of each customer to each experiment; later ones are merged into it.

    An export without a time column counts from the start of observation, which a warning says. `event` in sources.yaml
    names the experiment of an export that has no `experiment` column.
    """
    table = rows.rows
    shown = pd.DataFrame({"customer_id": customer_ids, "experiment": _column(rows, "experiment", rows.settings.event)})
    shown = shown.assign(variant=_column(rows, "variant", None), exposed_at=_times(rows, observation))
    reason = pd.Series(None, index=table.index, dtype=object)
    reason[shown["exposed_at"].isna()] = "the time cannot be read"
    reason[shown["variant"].isna()] = "no variant"
    reason[shown["experiment"].isna()] = "no experiment"
    reason[shown["customer_id"].isna()] = "not a known customer"
    good = shown[reason.isna()].sort_values(["customer_id", "experiment", "exposed_at", "variant"], kind="stable")
    first = good.drop_duplicates(["customer_id", "experiment"])
    rejects = stacked(
        [rows.rejects, *(reject_rows(rows.source, table.index[reason == r], r) for r in reason.dropna().unique())]
    )
    account = Account(
        rows.source, rows.settings.format, rows.files, rows.read, len(first), len(good) - len(first), len(rejects),
        rejects, _warnings(rows, good),
    )  # fmt: skip
    return EXPOSURES.check(first.reset_index(drop=True)), account


def exposures_table(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """Exposures of all sources, the first of each customer and experiment, in their order."""
    filled = [p for p in parts if len(p)]
    if not filled:
        return EXPOSURES.empty()
    table = pd.concat(filled, ignore_index=True).sort_values(["customer_id", "experiment", "exposed_at", "variant"])
    return table.drop_duplicates(["customer_id", "experiment"]).reset_index(drop=True)


def _column(rows: Rows, standard: str, constant: str | None) -> pd.Series:
    if standard not in rows.columns:
        return pd.Series(constant, index=rows.rows.index, dtype="str")
    return known(rows, standard)


def _times(rows: Rows, observation: Observation | None) -> pd.Series:
    if "exposed_at" in rows.columns:
        return times(rows, "exposed_at")
    start = pd.Timestamp(observation.start, tz="UTC") if observation else pd.NaT
    return pd.Series(start, index=rows.rows.index, dtype="datetime64[us, UTC]")


def _warnings(rows: Rows, good: pd.DataFrame) -> list[str]:
    crossed = int((good.groupby(["customer_id", "experiment"])["variant"].nunique() > 1).sum())
    warnings = [f"{crossed:,} customer(s) saw more than one variant; the first counts"] if crossed else []
    if "exposed_at" not in rows.columns:
        warnings.append("no `exposed_at` column: exposures count from the start of observation")
    return warnings
