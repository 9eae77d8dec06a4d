"""What a made-up run should hold, and its customers: features, dictionary, true groups, profile."""

import json
from dataclasses import dataclass

import numpy as np
import pandas as pd

NAMES = (
    "Price-led beginners",
    "Evening researchers",
    "Loyal regulars",
    "Mobile browsers",
    "Support seekers",
    "Weekend families",
    "Silent subscribers",
    "Early adopters",
    "One-time buyers",
)
LONG = "Deliberate, comparison-shopping households who read everything twice and write to customer service first"
FOREIGN = (
    "المشترون الحذرون في المساء",
    "价格敏感的新手用户",
    "לקוחות נאמנים",
    "Постоянные покупатели",
    "夜の研究者たち",
)


@dataclass(frozen=True)
class World:
    """What the tables should hold."""

    personas: int = 5
    events: bool = True
    survey: bool = True
    experiments: bool = True
    names: tuple[str, ...] = NAMES
    customers: int = 1200
    seed: int = 3
    title: str = "Acorn & Co. sample"
    customers_are: str = "customers"


DICTIONARY = [
    # column, label, block, kind, role, theme, unit, levels
    ("age", "Age", "demographic", "numeric", "describe", "demographic", "years", []),
    ("region", "Region", "demographic", "nominal", "describe", "demographic", "", ["North", "South", "East", "West"]),
    ("plan", "Plan", "demographic", "ordinal", "segment", "demographic", "", ["free", "basic", "premium"]),
    (
        "contract",
        "Contract",
        "demographic",
        "nominal",
        "describe",
        "demographic",
        "",
        ["Month-to-month", "One year", "Two year"],
    ),
    ("churned", "Has left", "behavioural", "binary", "describe", "value", "", ["no", "yes"]),
    ("sessions", "Sessions per month", "behavioural", "count", "segment", "behavioural", "", []),
    ("spend", "Spend per month", "behavioural", "numeric", "segment", "value", "EUR", []),
    ("hours_morning", "Active 06–12 h", "behavioural", "share", "segment", "hours", "", []),
    ("hours_day", "Active 12–18 h", "behavioural", "share", "segment", "hours", "", []),
    ("hours_evening", "Active 18–24 h", "behavioural", "share", "segment", "hours", "", []),
    ("hours_night", "Active 00–06 h", "behavioural", "share", "segment", "hours", "", []),
    (
        "device_main",
        "Main device",
        "technographic",
        "nominal",
        "segment",
        "device",
        "",
        ["mobile", "desktop", "tablet"],
    ),
    ("channel_email", "Came by e-mail", "behavioural", "share", "segment", "channel", "", []),
]


SURVEY = [
    ("motive_price", "Buys for the price", "attitudinal", "binary", "segment", "motivation", "", ["no", "yes"]),
    ("pain_support", "Waits too long for support", "attitudinal", "binary", "describe", "pain", "", ["no", "yes"]),
    ("nps", "Would recommend us", "attitudinal", "numeric", "describe", "satisfaction", "0–10", []),
]


def dictionary_of(world: World) -> pd.DataFrame:
    rows = DICTIONARY + (SURVEY if world.survey else [])
    return pd.DataFrame(
        [
            {
                "column": c,
                "label": label,
                "block": block,
                "kind": kind,
                "role": role,
                "theme": theme,
                "source": f"contacts: {label}",
                "unit": unit,
                "levels": json.dumps(levels),
                "missing_share": 0.031,
                "description": f"{label} as exported; missing means not known.",
            }
            for c, label, block, kind, role, theme, unit, levels in rows
        ]
    )


def labels_of(rng: np.random.Generator, world: World) -> pd.Series:
    if not world.personas:
        return pd.Series(-1, index=range(world.customers))
    weights = np.linspace(2, 1, world.personas)
    shares = np.append(weights / weights.sum() * 0.92, 0.08)
    drawn = pd.Series(rng.choice(world.personas + 1, world.customers, p=shares))
    order = drawn[drawn < world.personas].value_counts(sort=True).index
    return drawn.map({old: new for new, old in enumerate(order)}).fillna(-1).astype(int)


def people_of(rng: np.random.Generator, world: World, labels: pd.Series) -> pd.DataFrame:
    n, s = len(labels), labels.clip(lower=0).to_numpy()
    hours = rng.dirichlet([3, 3, 3, 1], n)
    hours[:, 2] += (s % 3 == 1) * 0.6
    hours = hours / hours.sum(axis=1, keepdims=True)
    contract = rng.choice(["Month-to-month", "One year", "Two year"], n, p=[0.55, 0.21, 0.24])
    chance = pd.Series(contract).map({"Month-to-month": 0.43, "One year": 0.11, "Two year": 0.03}).to_numpy()
    frame = pd.DataFrame(
        {
            "customer_id": [f"{i:016x}" for i in range(n)],
            "age": np.round(rng.normal(30 + 4 * s, 8), 0),
            "region": rng.choice(["North", "South", "East", "West"], n),
            "plan": rng.binomial(2, 0.2 + 0.06 * s).astype(float),
            "contract": contract,
            "churned": rng.binomial(1, chance).astype(float),
            "sessions": rng.poisson(4 + 3 * (s % 4)).astype(float),
            "spend": rng.gamma(2 + s, 12.0),
            "device_main": np.where(rng.random(n) < 0.3 + 0.1 * (s % 4), "mobile", "desktop"),
            "channel_email": rng.beta(1 + s % 3, 3),
            "motive_price": rng.binomial(1, np.where(s == 0, 0.8, 0.2)).astype(float),
            "pain_support": rng.binomial(1, np.where(s == 1, 0.6, 0.15)).astype(float),
            "nps": rng.integers(0, 11, n).astype(float),
        }
    )
    for i, part in enumerate(("morning", "day", "evening", "night")):
        frame[f"hours_{part}"] = hours[:, i]
    frame.loc[rng.random(n) < 0.03, "age"] = np.nan
    return frame if world.survey else frame.drop(columns=[c[0] for c in SURVEY])


def persona_ids(labels: pd.Series) -> pd.Series:
    return labels.map(lambda s: f"persona-{s + 1}" if s >= 0 else "unassigned")


def profile_of(people: pd.DataFrame, labels: pd.Series, dictionary: pd.DataFrame) -> pd.DataFrame:
    groups = [
        ("persona", persona_ids(labels)),
        ("all", pd.Series("all", index=labels.index)),
        ("contract", people["contract"]),
    ]
    rows = []
    for entry in dictionary.itertuples():
        levels = json.loads(entry.levels)
        values = people[entry.column]
        if entry.kind in ("ordinal", "binary"):
            values = values.map(lambda v, names=levels: names[int(v)])
        for group_by, group in groups:
            for name in sorted(group.unique()):
                inside, outside = values[group == name].dropna(), values[group != name].dropna()
                for level in levels or [""]:
                    rows.append(
                        {
                            "group_by": group_by,
                            "group": name,
                            "column": entry.column,
                            "level": level,
                            **_cell(inside, outside, level),
                        }
                    )
    return pd.DataFrame(rows)


def _cell(inside: pd.Series, outside: pd.Series, level: str) -> dict[str, object]:
    share = bool(level)
    if share:
        inside, outside = (inside == level).astype(float), (outside == level).astype(float)
    value = float(inside.mean())
    half = 1.96 * float(inside.std(ddof=0)) / np.sqrt(len(inside))
    rest = float(outside.mean()) if len(outside) else None
    spread = float(pd.concat([inside, outside]).std(ddof=0)) or 1.0
    return {
        "statistic": "share" if share else "mean",
        "value": value,
        "n": len(inside),
        "rest_value": rest,
        "lower": max(value - half, 0) if share else value - half,
        "upper": min(value + half, 1) if share else value + half,
        "lift": value / rest if share and rest else None,
        "difference": None if rest is None else (value - rest) / spread,
    }
