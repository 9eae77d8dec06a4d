"""Every segment that is a persona gets its persona_id: the baseline's where it lives on, else a new one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from pipeline.segments.baseline import snapshot
from pipeline.segments.continuity import first_ids, match
from pipeline.segments.continuity_report import report, without_baseline


@dataclass(frozen=True)
class Identified:
    """`persona_ids`: segment -> persona_id; `continuity`: continuity.json; `snapshot`: what `promote` would freeze."""

    persona_ids: dict[int, str]
    continuity: dict[str, Any]
    snapshot: dict[str, Any]


@dataclass(frozen=True)
class Baseline:
    """baseline.json, and customer_id with persona_id of its customers (no rows where they are not kept here)."""

    content: Mapping[str, Any]
    members: pd.DataFrame


def identify(
    features: pd.DataFrame,
    dictionary: pd.DataFrame,
    members: pd.DataFrame,
    segments: list[int],
    made_by: Mapping[str, Any],
    code: str,
    baseline: Baseline | None,
) -> Identified:
    """Ids of `segments` (see `continuity.shown_segments`) and what became of the baseline's personas.

    `made_by`: `params` of the stage and hash of its `data`; `code`: hash of its code, which is kept out of the snapshot
    so that an edit that changes no figure leaves the outputs as they are.
    """
    if baseline is None:
        found = first_ids(segments)
        now = snapshot(features, dictionary, members, found.ids, made_by, 1)
        return Identified(found.ids, without_baseline(found), now)
    found = match(features, members, segments, baseline.content, baseline.members)
    now = snapshot(features, dictionary, members, found.ids, made_by, int(baseline.content["next_number"]))
    content = report(features, members, found, baseline.content, baseline.members, now | {"code": code})
    return Identified(found.ids, content, now)
