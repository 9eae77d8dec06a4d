"""Tables of the journey map and of what proves a persona, for `tables_for_tests`: few rows of each kind."""

from collections.abc import Callable, Sequence

import pandas as pd

from pipeline.core.tables import Table
from pipeline.journeys import schema as journeys
from pipeline.personas import schema as personas
from tests.report.world_for_tests import World

Rows = list[dict[str, object]]


def map_of(table: Table, groups: Sequence[str], ladder: Sequence[str], dropoff: str) -> pd.DataFrame:
    """One table of `journeys.MAP`; that of weekdays and hours stays empty."""
    make = _MAP.get(table.name)
    rows = [row for g in groups for row in make(g, ladder, dropoff)] if make else []
    if table is journeys.OPPORTUNITIES:
        rows = [{**row, "rank": i} for i, row in enumerate(rows, 1)]
    return pd.DataFrame(rows) if rows else table.empty()


def _profile(group: str, ladder: Sequence[str], _: str) -> Rows:
    rows = []
    for stage in ladder:
        own = {"persona": group, "stage": stage}
        base = {"count": 60, "base": 120, "base_is": "customers in the stage", "status": "measured"}
        figures = (
            ("dwell", "half have left by", "", "", 12.5, "days"),
            ("touchpoint", "reach", "Pricing Viewed", "email", 0.61, "share"),
            ("touchpoint", "reach", "chat_opened", "", 0.22, "share"),
            ("touchpoint", "share of contact", "Pricing Viewed", "email", 0.35, "share"),
            ("channel", "share of contact", "", "email", 0.55, "share"),
            ("information", "median touchpoints", "", "", 7.0, "touchpoints"),
            ("emotion", "mean", "csat", "", 0.71, "share"),
            ("pain", "frequency", "late delivery", "", 0.18, "share"),
        )
        for topic, measure, item, channel, value, unit in figures:
            if topic == "emotion" and stage == ladder[2]:
                continue
            told = {"topic": topic, "measure": measure, "item": item, "channel": channel, "unit": unit}
            rows.append({**own, **told, "value": value, "lower": value * 0.9, "upper": value * 1.1, **base})
    open_end = {**rows[0], "measure": "quarter have left by", "upper": None}
    none = {**rows[0], "measure": "three quarters have left by", "value": None, "lower": None, "upper": None}
    return [*rows, open_end, {**none, "status": "not reached"}]


def _channels(group: str, _: Sequence[str], __: str) -> Rows:
    counts = {"touched": 90, "paths": 110, "converted": 40, "no_channel": 3, "left_out": 2}
    return [
        {
            "persona": group, "model": model, "channel": channel, "credited": 20.0, "share": share,
            "lower": share - 0.1, "upper": share + 0.1, "effect": None, "effect_lower": None, "effect_upper": None,
            **counts, "conversion_stage": "purchase", "status": "measured",
        }
        for model in ("first", "last", "linear", "removal")
        for channel, share in (("email", 0.6), ("search", 0.4))
    ]  # fmt: skip


def _moments(group: str, ladder: Sequence[str], dropoff: str) -> Rows:
    tested = {"p_value": 0.0001, "p_holm": 0.003, "p_bh": 0.001, "visits": 120, "touched": 50}
    ratio = {"hazard_ratio": 1.8, "lower": 1.3, "upper": 2.4, "moves": 30, "moves_after": 20}
    who = {"persona": group, "stage": ladder[1], "event": "demo_watched", "channel": ""}
    onward = {**who, "transition": "onward", **ratio, **tested, "finding": "likelier after it"}
    return [onward, {**onward, "transition": dropoff, "finding": "no association shown"}]


def _opportunities(group: str, ladder: Sequence[str], _: str) -> Rows:
    return [
        {
            "rank": 1, "persona": group, "from": ladder[1], "to": ladder[2], "scenario": "stated rise", "like": "",
            "rate": 0.02, "raised_rate": 0.022, "chance": 0.5, "raised_chance": 0.54, "reach": 0.3,
            "raised_reach": 0.33, "gain": 0.03, "gain_lower": 0.01, "gain_upper": 0.05, "journeys": 120, "moves": 60,
            "conversions": 3.6, "conversions_lower": 1.2, "conversions_upper": 6.0, "value": None, "value_lower": None,
            "value_upper": None, "conversion_stage": "purchase",
        }
    ]  # fmt: skip


_MAP: dict[str, Callable[[str, Sequence[str], str], Rows]] = {
    "stage_profile": _profile,
    "channels": _channels,
    "moments": _moments,
    "opportunities": _opportunities,
}


def proof_of(table: Table, world: World) -> pd.DataFrame:
    """One table of `report.stage.PROOF`: some rows for every persona where there are events, else none."""
    make = _PROOF.get(table.name)
    ids = [f"persona-{s + 1}" for s in range(world.personas)] if world.events else []
    rows = [row for i in ids for row in make(i)] if make else []
    if table is personas.ANNOTATIONS:
        rows = [{**row, "annotation_id": f"note-{i}"} for i, row in enumerate(rows, 1)]
    return pd.DataFrame(rows) if rows else table.empty()


def _react(own: str) -> Rows:
    base = {"persona_id": own, "least": True, "evidence": "members", "threshold": 100.0}
    checks = (("real", "customers behind it", 240.0, "pass"), ("clear", "distance to the next", 40.0, "fail"))
    found: Rows = [{**base, "letter": a, "check": b, "value": v, "result": r} for a, b, v, r in checks]
    silent = {"letter": "testable", "check": "predictions", "value": None, "result": "not supplied"}
    return [*found, {**base, **silent}]


def _exemplars(own: str) -> Rows:
    told = {"persona_id": own, "rank": 1, "customer_id": "00000000000000aa", "distance": 0.4}
    return [
        {**told, "column": "plan", "label": "Plan", "told": "premium", "shared_by": 80},
        {**told, "column": "sessions", "label": "Sessions per month", "told": "highest third", "shared_by": 31},
    ]


def _rhythm(own: str) -> Rows:
    parts = [("hour", slot, 1 / 24) for slot in range(24)] + [("weekday", slot, 1 / 7) for slot in range(7)]
    base = {"persona_id": own, "n": 120, "rest_value": 0.05}
    return [{**base, "part": p, "slot": s, "value": v, "lower": v - 0.01, "upper": v + 0.01} for p, s, v in parts]


def _reach(own: str) -> Rows:
    ends = {"value": 0.72, "lower": 0.65, "upper": 0.79, "n": 120}
    return [{"persona_id": own, "column": "channel_email", "label": "E-mail", "how": "seen", **ends}]


def _annotations(own: str) -> Rows:
    said = {"department": "Sales", "author": "head of sales", "date": "2025-06-01", "text": "They haggle."}
    about = {"column": "", "level": "", "expects": "", "verdict": "not measured", "evidence": ""}
    return [{"annotation_id": "", "persona_id": own, **said, **about}]


_PROOF: dict[str, Callable[[str], Rows]] = {
    "react": _react,
    "exemplars": _exemplars,
    "rhythm": _rhythm,
    "reach": _reach,
    "annotations": _annotations,
}
