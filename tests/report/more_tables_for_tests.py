"""Worth, themes, quotes, continuity and comparisons of a made-up run."""

from itertools import combinations
from pathlib import Path

import pandas as pd

from pipeline.core import tables
from pipeline.journeys import schema as journeys
from pipeline.personas import schema as personas
from pipeline.report.stage import PROOF
from tests.report.map_tables_for_tests import proof_of
from tests.report.world_for_tests import World, persona_ids

QUOTES = ("I waited nine days for an answer, nine!", "Nobody told me that the <grinder> was out of stock.")
TOPICS = {"wish-1": "delivery, late, days", "wish-2": "manual, video, how"}


def write_worth_and_voices(folder: Path, labels: pd.Series, world: World) -> None:
    for table in PROOF:
        tables.write(proof_of(table, world), folder, table)
    sizes = persona_ids(labels).value_counts().to_dict() | {"all": len(labels)}
    rows = [_worth(group, int(n), len(labels), i) for i, (group, n) in enumerate(sorted(sizes.items()))]
    tables.write(pd.DataFrame(rows) if world.events else personas.WORTH.empty(), folder, personas.WORTH)
    listed = [_theme(group, int(n), theme) for group, n in sizes.items() for theme in TOPICS if world.survey]
    tables.write(pd.DataFrame(listed) if listed else personas.THEMES.empty(), folder, personas.THEMES)
    said = [q for s in range(world.personas) for q in _quotes(f"persona-{s + 1}", world)]
    whole = [
        {**q, "topic": "wish", "persona_id": f"persona-{i // 2 + 1}", "centrality": 0.9} for i, q in enumerate(said)
    ]
    tables.write(pd.DataFrame(whole) if whole else personas.QUOTES.empty(), folder, personas.QUOTES)


def _worth(group: str, n: int, everybody: int, i: int) -> dict[str, object]:
    few = n < 30
    told = {
        "buyers": n * 0.6, "revenue": n * 45.5, "share_of_revenue": n / everybody, "recency_days": 41.2,
        "frequency": 2.6 + i / 10, "monetary": 61.25, "alive": 0.62, "expected_purchases": 1.83,
        "future_value": 88.4 + i, "lower": 79.1 + i, "upper": 97.9 + i, "share_of_future_value": n / everybody,
    }  # fmt: skip
    base = {"persona_id": group, "customers": n, "share_of_customers": n / everybody}
    return {**base, **(dict.fromkeys(told) if few else told), "models": "own, drawn towards the others"}


def _theme(group: str, n: int, theme: str) -> dict[str, object]:
    kept = {"theme_id": theme, "topic": "wish", "label": TOPICS[theme], "stability": 0.9, "persona_id": group}
    value = 0.31 if theme == "wish-1" else 0.12
    told = {"value": value, "lower": value - 0.05, "upper": value + 0.05, "n": n, "rest_value": 0.18}
    return {**kept, **told, "difference": 0.3, "more": theme == "wish-1"}


def _quotes(persona_id: str, world: World) -> list[dict[str, object]]:
    if not world.survey:
        return []
    return [
        {"quote_id": f"{persona_id}-wish-1-{i}", "theme_id": "wish-1", "text": text, "approved": i == 1}
        for i, text in enumerate(QUOTES, 1)
    ]


def voices_of(persona_id: str, world: World) -> dict[str, object]:
    """`themes` and `quotes` of one entry of `personas.json`."""
    theme = {**_theme(persona_id, 100, "wish-1")}
    kept = ("theme_id", "topic", "label", "value", "lower", "upper", "n", "rest_value")
    return {"themes": [{k: theme[k] for k in kept}] * world.survey, "quotes": _quotes(persona_id, world)}


def continuity_of(world: World) -> dict[str, object]:
    """`continuity.json`: a baseline where the world has events."""
    ids = [f"persona-{s + 1}" for s in range(world.personas)]
    if not world.events or not ids:
        return {"baseline": False, "births": ids, "sentences": ["There is no baseline yet."]}
    return {
        "baseline": True,
        "shared_customers": 900,
        "kept": {i: {"segment": s, "by": "customers", "similarity": 0.81} for s, i in enumerate(ids)},
        "births": [],
        "deaths": ["persona-12"],
        "splits": {},
        "merges": {},
        "migration": {},
        "drift": {
            "features": {"spend": 0.31, "sessions": 0.12, "age": 0.01},
            "customers": [1100, world.customers],
            "unassigned_share": [0.07, 0.08],
            "share": {i: [0.2, 0.22] for i in ids},
            "confidence": {i: [0.9, 0.91] for i in ids},
        },
        "changed": {"data": True, "code": False, "params": {}},
        "sentences": ["Since the baseline data changed.", f"{ids[0]} kept.", "persona-12 is no more."],
    }


def comparisons_of(funnel: pd.DataFrame) -> pd.DataFrame:
    """Every pair of personas at every stage after the first."""
    if not len(funnel):
        return journeys.COMPARISONS.empty()
    own = funnel[(funnel["group_by"] == "persona") & (funnel["step"] > 0) & (funnel["group"] != "unassigned")]
    rows = []
    for stage, part in own.groupby("stage", sort=False):
        shares = part.set_index("group")["probability"]
        for one, other in combinations(sorted(shares.index), 2):
            gap = float(shares[one] - shares[other])
            ends = {"difference": gap, "std_error": 0.02, "lower": gap - 0.04, "upper": gap + 0.04}
            tested = {"p_value": 0.01, "p_holm": 0.04, "p_bh": 0.02, "margin": 0.05, "finding": "differ"}
            rows.append({"stage": stage, "persona": one, "other": other, **ends, **tested})
    return pd.DataFrame(rows) if rows else journeys.COMPARISONS.empty()
