"""What the report is made from: the tables and summaries of all earlier stages, as read by `stage.py`."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from pipeline.core.sources import DatasetSettings


@dataclass(frozen=True)
class Inputs:
    """One field per table (see the schema of its stage) or JSON summary."""

    settings: DatasetSettings
    reconciliation: pd.DataFrame
    rejects: pd.DataFrame
    ingest: dict[str, Any]
    events: int
    dictionary: pd.DataFrame
    members: pd.DataFrame
    candidates: pd.DataFrame
    stability: pd.DataFrame
    points: pd.DataFrame
    consensus: pd.DataFrame
    silhouette: pd.DataFrame
    subsegments: pd.DataFrame
    segments: dict[str, Any]
    continuity: dict[str, Any]
    profile: pd.DataFrame
    claims: pd.DataFrame
    kpis: pd.DataFrame
    worth: pd.DataFrame
    themes: pd.DataFrame
    personas: dict[str, Any]
    proof: dict[str, pd.DataFrame]
    """Tables of `schema_evidence` by name."""
    map: dict[str, pd.DataFrame]
    """Tables of the journey map by name."""
    transitions: pd.DataFrame
    curves: pd.DataFrame
    funnel: pd.DataFrame
    reached: pd.DataFrame
    comparisons: pd.DataFrame
    journeys: dict[str, Any]
    effects: pd.DataFrame
    checks: pd.DataFrame
    next_tests: pd.DataFrame
