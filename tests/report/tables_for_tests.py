"""A full set of plausible stage outputs, made without running any stage, for the report and the notebooks.

`build(folder, world)` writes `raw/sources.yaml` and one folder per stage under `folder`, every table through its schema.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from pipeline.core import tables
from pipeline.experiments import schema as experiments
from pipeline.features import schema as features
from pipeline.ingest import schema as ingest
from pipeline.journeys import schema as journeys
from pipeline.personas import schema as personas
from pipeline.segments import schema as segments
from tests.report.journey_tables_for_tests import LADDER, journey_tables

NAMES = (
    "Price-led beginners", "Evening researchers", "Loyal regulars", "Mobile browsers", "Support seekers",
    "Weekend families", "Silent subscribers", "Early adopters", "One-time buyers",
)  # fmt: skip
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


DICTIONARY = [
    # column, label, block, kind, role, theme, unit, levels
    ("age", "Age", "demographic", "numeric", "describe", "demographic", "years", []),
    ("region", "Region", "demographic", "nominal", "describe", "demographic", "", ["North", "South", "East", "West"]),
    ("plan", "Plan", "demographic", "ordinal", "segment", "demographic", "", ["free", "basic", "premium"]),
    ("contract", "Contract", "demographic", "nominal", "describe", "demographic", "", ["Month-to-month", "One year", "Two year"]),
    ("churned", "Has left", "behavioural", "binary", "describe", "value", "", ["no", "yes"]),
    ("sessions", "Sessions per month", "behavioural", "count", "segment", "behavioural", "", []),
    ("spend", "Spend per month", "behavioural", "numeric", "segment", "value", "EUR", []),
    ("hours_morning", "Active 06–12 h", "behavioural", "share", "segment", "hours", "", []),
    ("hours_day", "Active 12–18 h", "behavioural", "share", "segment", "hours", "", []),
    ("hours_evening", "Active 18–24 h", "behavioural", "share", "segment", "hours", "", []),
    ("hours_night", "Active 00–06 h", "behavioural", "share", "segment", "hours", "", []),
    ("device_main", "Main device", "technographic", "nominal", "segment", "device", "", ["mobile", "desktop", "tablet"]),
    ("channel_email", "Came by e-mail", "behavioural", "share", "segment", "channel", "", []),
]  # fmt: skip
SURVEY = [
    ("motive_price", "Buys for the price", "attitudinal", "binary", "segment", "motivation", "", ["no", "yes"]),
    ("pain_support", "Waits too long for support", "attitudinal", "binary", "describe", "pain", "", ["no", "yes"]),
    ("nps", "Would recommend us", "attitudinal", "numeric", "describe", "satisfaction", "0–10", []),
]  # fmt: skip


def build(folder: Path, world: World = World()) -> Path:
    """Write all stage outputs of `world` below `folder`; returns `folder`."""
    rng = np.random.default_rng(world.seed)
    dictionary = _dictionary(world)
    labels = _labels(rng, world)
    people = _people(rng, world, labels)
    profile = _profile(people, labels, dictionary)
    _write_raw(folder / "raw", world)
    _write_ingest(folder / "ingest", people, world)
    tables.write(people, folder / "features", features.FEATURES)
    tables.write(dictionary, folder / "features", features.DICTIONARY)
    _write_segments(folder / "segments", people, labels, world, rng)
    _write_personas(folder / "personas", profile, labels, dictionary, world)
    journey_tables(folder / "journeys", labels, world.events, rng)
    _write_experiments(folder / "experiments", labels, world)
    return folder


def options(folder: Path, out: Path) -> list[str]:
    """The report stage's command line for tables under `folder`."""
    stages = ("ingest", "features", "segments", "personas", "journeys", "experiments")
    given = [f"--dataset={folder / 'raw'}", *(f"--{s}={folder / s}" for s in stages)]
    return [*given, f"--out={out}", f"--metrics={out / 'metrics' / 'report.json'}"]


def _dictionary(world: World) -> pd.DataFrame:
    rows = DICTIONARY + (SURVEY if world.survey else [])
    return pd.DataFrame(
        [
            {
                "column": c, "label": label, "block": block, "kind": kind, "role": role, "theme": theme,
                "source": f"contacts: {label}", "unit": unit, "levels": json.dumps(levels), "missing_share": 0.031,
                "description": f"{label} as exported; missing means not known.",
            }
            for c, label, block, kind, role, theme, unit, levels in rows
        ]
    )  # fmt: skip


def _labels(rng: np.random.Generator, world: World) -> pd.Series:
    if not world.personas:
        return pd.Series(-1, index=range(world.customers))
    weights = np.linspace(2, 1, world.personas)
    shares = np.append(weights / weights.sum() * 0.92, 0.08)
    drawn = pd.Series(rng.choice(world.personas + 1, world.customers, p=shares))
    order = drawn[drawn < world.personas].value_counts(sort=True).index
    return drawn.map({old: new for new, old in enumerate(order)}).fillna(-1).astype(int)


def _people(rng: np.random.Generator, world: World, labels: pd.Series) -> pd.DataFrame:
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


def _profile(people: pd.DataFrame, labels: pd.Series, dictionary: pd.DataFrame) -> pd.DataFrame:
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
        "statistic": "share" if share else "mean", "value": value, "n": len(inside), "rest_value": rest,
        "lower": max(value - half, 0) if share else value - half, "upper": min(value + half, 1) if share else value + half,
        "lift": value / rest if share and rest else None, "difference": None if rest is None else (value - rest) / spread,
    }  # fmt: skip


def _write_raw(folder: Path, world: World) -> None:
    sources: dict[str, object] = {
        "contacts": {"kind": "customers", "format": "csv", "files": "contacts.csv", "ids": {"contact": "id"}}
    }
    if world.survey:
        sources["survey"] = {"kind": "responses", "format": "qualtrics", "files": "survey.csv", "timezone": "UTC"}
    settings: dict[str, object] = {
        "title": world.title,
        "currency": "EUR",
        "sources": sources,
        "breakdowns": ["contract"],
    }
    if world.events:
        sources["web"] = {"kind": "events", "format": "segment", "files": "web-*.jsonl"}
        settings["observation"] = {"start": "2025-01-01", "features_until": "2025-07-01", "end": "2026-01-01"}
        settings["stages"] = {"ladder": LADDER, "enter": {LADDER[0]: [{"event": "visit"}]}, "moves": {}}
    if world.experiments:
        outcome = {"event": "order", "within_days": 14, "label": "ordered within 14 days"}
        settings["experiments"] = {
            "mail-subject": {"label": "Subject line of the welcome mail", "control": "plain", "outcome": outcome}
        }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "sources.yaml").write_text(yaml.safe_dump(settings, allow_unicode=True), encoding="utf-8")


def _write_ingest(folder: Path, people: pd.DataFrame, world: World) -> None:
    names = [("contacts", "csv")] + [("survey", "qualtrics")] * world.survey + [("web", "segment")] * world.events
    rows = [
        {"source": s, "format": f, "files": 1, "read": 1320, "kept": 1200, "merged": 77, "rejected": 43}
        for s, f in names
    ]
    tables.write(pd.DataFrame(rows), folder, ingest.RECONCILIATION)
    rejects = [
        {
            "source": s,
            "file": f"{s}.csv",
            "row": i,
            "column": "Email" if i % 3 else None,
            "reason": f"reason {i % 4} of <{s}>",
            "value": "xxx99",
        }
        for s, _ in names
        for i in range(43)
    ]
    tables.write(pd.DataFrame(rejects), folder, ingest.REJECTS)
    has = {"events": world.events, "responses": world.survey, "texts": False, "exposures": world.experiments}
    events = (
        {"first": "2025-01-03T08:00:00+00:00", "last": "2025-12-30T21:00:00+00:00"}
        if world.events
        else {"first": None, "last": None}
    )
    summary = {
        "sources": {s: {"unknown_columns": ["Notes"], "warnings": []} for s, _ in names},
        "identity": {"conflicts": 2, "oversized_groups": 0},
    }
    tables.write_json({**summary, "events": events, "has": has}, folder / ingest.SUMMARY_FILE)
    if world.events:
        log = people[["customer_id"]].assign(
            ts=pd.Timestamp("2025-03-01", tz="UTC"), sequence=0, event="visit", event_id=people["customer_id"], source="web", channel="email",
            device="mobile", os=None, browser=None, amount_hundredths=0, utc_offset_minutes=0, properties=None,
        )  # fmt: skip
        (folder / ingest.EVENTS_FOLDER).mkdir(exist_ok=True)
        ingest.EVENTS.check(log).to_parquet(folder / ingest.EVENTS_FOLDER / "part-0.parquet", index=False)


def _write_segments(
    folder: Path, people: pd.DataFrame, labels: pd.Series, world: World, rng: np.random.Generator
) -> None:
    probability = np.where(labels >= 0, 0.93, 0.48)
    members = people[["customer_id"]].assign(
        segment=labels, probability=probability, assigned_by=np.where(labels >= 0, "fit", "unassigned")
    )
    for s in range(world.personas):
        others = (1 - probability) / max(world.personas - 1, 1)
        members[f"p_{s}"] = np.where(labels == s, probability, others)
    tables.write(members, folder, segments.MEMBERS)
    tables.write(_candidates(world), folder, segments.CANDIDATES)
    sizes = labels[labels >= 0].value_counts().sort_index()
    stability = pd.DataFrame(
        {"segment": sizes.index, "size": sizes.to_numpy(), "jaccard": 0.93 - 0.04 * sizes.index.to_numpy()}
    )
    verdicts = ["highly stable" if j >= 0.85 else "valid" if j >= 0.75 else "pattern" for j in stability["jaccard"]]
    tables.write(
        stability.assign(verdict=verdicts) if len(sizes) else segments.STABILITY.empty(), folder, segments.STABILITY
    )
    angle = labels.clip(lower=0) * 2.4
    place = people[["customer_id"]].assign(
        x=4 * np.cos(angle) + rng.normal(0, 1, len(people)), y=4 * np.sin(angle) + rng.normal(0, 1, len(people))
    )
    tables.write(place, folder, segments.MAP)
    found = world.personas > 0
    sentence = (
        f"The customers fall into {world.personas} groups that reappear when the data are redrawn."
        if found
        else "No segments were found."
    )
    summary = {
        "verdict": "reproducible" if found else "none", "sentence": sentence, "chosen": "latent-class-5" if found else None, "family": "latent class",
        "segments": world.personas, "unassigned_share": float((labels < 0).mean()), "null_p": 0.05 if found else 0.4, "reference_agreement": 0.71,
        "columns": ["sessions", "spend", "device_main"], "dropped_columns": {"region": "no difference between the segments"},
        "carriers": ["spend", "sessions", "plan", "device_main", "hours_evening"] if found else [],
    }  # fmt: skip
    tables.write_json(summary, folder / segments.SUMMARY_FILE)


def _candidates(world: World) -> pd.DataFrame:
    rows = [
        {
            "candidate": f"latent-class-{k}", "family": "latent class", "segments": k, "unassigned_share": 0.05 + k / 100, "stability": 0.9 - k / 30,
            "agreement": 0.95, "score": 20000.0 - 100 * k, "chosen": k == world.personas, "reason": "chosen" if k == world.personas else "less stable",
        }
        for k in range(2, 10)
    ]  # fmt: skip
    umap = {
        "candidate": "umap-hdbscan",
        "family": "UMAP + HDBSCAN",
        "segments": 7,
        "unassigned_share": 0.31,
        "stability": None,
        "agreement": 0.4,
    }
    return pd.DataFrame([*rows, {**umap, "score": None, "chosen": False, "reason": "differs between seeds"}])


def _write_personas(
    folder: Path, profile: pd.DataFrame, labels: pd.Series, dictionary: pd.DataFrame, world: World
) -> None:
    tables.write(profile, folder, personas.PROFILE)
    named = dictionary.set_index("column")
    own = profile[
        (profile["group_by"] == "persona") & (profile["group"] != "unassigned") & profile["rest_value"].notna()
    ].copy()
    own["size"] = own["difference"].abs()
    own = (
        own.sort_values(["group", "size", "column", "level"], ascending=[True, False, True, True])
        .groupby("group")
        .head(8)
    )
    rows = [_claim(row, named.loc[row.column]) for row in own.itertuples()]
    tables.write(pd.DataFrame(rows) if rows else personas.CLAIMS.empty(), folder, personas.CLAIMS)
    tables.write(_kpis(profile, labels), folder, personas.KPIS)
    listed = [_persona(s, rows, labels, world) for s in range(world.personas)]
    unassigned = {"customers": int((labels < 0).sum()), "share": float((labels < 0).mean())}
    summary = {
        "dataset": world.title,
        "customers_are": "customers",
        "verdict": "…",
        "personas": listed,
        "unassigned": unassigned,
    }
    tables.write_json(summary, folder / personas.PERSONAS_FILE)


def _claim(row: object, entry: pd.Series) -> dict[str, object]:
    kept = ("column", "level", "statistic", "value", "lower", "upper", "n", "rest_value", "lift", "difference")
    claim = {name: getattr(row, name) for name in kept}
    claim_id = f"{row.group}-{row.column}" + (f"-{row.level}" if row.level else "")
    sentence = f"{entry['label']}: {row.value:.2f} against {row.rest_value:.2f} among the others."
    known = {
        "theme": entry["theme"],
        "clustered_on": entry["role"] == "segment",
        "source": entry["source"],
        "sentence": sentence,
    }
    return {"claim_id": claim_id, "persona_id": row.group, **claim, **known}


def _kpis(profile: pd.DataFrame, labels: pd.Series) -> pd.DataFrame:
    wanted = {
        "spend": ("revenue per customer", "Revenue per customer", "EUR"),
        "nps": ("nps", "Recommendation (0–10)", ""),
    }
    means = profile[profile["column"].isin(wanted) & profile["group_by"].isin(["persona", "all"])]
    rows = [
        {"persona_id": r.group, "kpi": wanted[r.column][0], "label": wanted[r.column][1], "unit": wanted[r.column][2], "value": r.value, "lower": r.lower, "upper": r.upper, "n": r.n}
        for r in means.itertuples()
    ]  # fmt: skip
    sizes = persona_ids(labels).value_counts().to_dict() | {"all": len(labels)}
    for group, n in sizes.items():
        base = {"persona_id": group, "lower": None, "upper": None, "n": n}
        rows.append({**base, "kpi": "customers", "label": "Customers", "unit": "", "value": float(n)})
        rows.append(
            {
                **base,
                "kpi": "share of customers",
                "label": "Share of customers",
                "unit": "share",
                "value": n / len(labels),
            }
        )
    return pd.DataFrame(rows)


def _persona(s: int, claims: list[dict[str, object]], labels: pd.Series, world: World) -> dict[str, object]:
    persona_id, n = f"persona-{s + 1}", int((labels == s).sum())
    own = [c for c in claims if c["persona_id"] == persona_id]
    narrative = [{"text": str(c["sentence"]), "claims": [c["claim_id"]]} for c in own[:5]]
    narrative.append({"text": "Nothing is known about what they read.", "claims": []})
    jaccard = round(0.93 - 0.04 * s, 2)
    return {
        "persona_id": persona_id, "segment": s, "name": world.names[s % len(world.names)], "customers": n, "share": n / len(labels),
        "stability": jaccard, "stability_verdict": "highly stable" if jaccard >= 0.85 else "valid", "story": "They compare for weeks, then stay for years.",
        "narrative": narrative, "traits": [c["claim_id"] for c in own],
    }  # fmt: skip


def _write_experiments(folder: Path, labels: pd.Series, world: World) -> None:
    if not world.experiments:
        tables.write(experiments.EFFECTS.empty(), folder, experiments.EFFECTS)
        tables.write(experiments.CHECKS.empty(), folder, experiments.CHECKS)
        return
    groups = ["all", *sorted(g for g in persona_ids(labels).unique())]
    rows = [
        {
            "experiment": "mail-subject", "group": g, "variant": "question", "outcome": "ordered within 14 days", "n_control": 300 - 20 * i, "n_variant": 290 - 20 * i,
            "share_control": 0.12, "share_variant": 0.16 - 0.01 * i, "effect": 0.04 - 0.01 * i, "lower": -0.01 - 0.01 * i, "upper": 0.09 - 0.01 * i,
            "p_value": 0.04, "p_adjusted": 0.2,
        }
        for i, g in enumerate(groups)
    ]  # fmt: skip
    rows[-1] |= {"n_control": 4, "n_variant": 3}
    tables.write(pd.DataFrame(rows), folder, experiments.EFFECTS)
    checks = [
        {"experiment": "mail-subject", "check": "sample ratio", "statistic": 0.4, "p_value": 0.53, "passed": True, "reading": "The arms have the sizes expected."},
        {"experiment": "mail-subject", "check": "interaction", "statistic": 9.1, "p_value": 0.01, "passed": False, "reading": "The effect differs between personas."},
    ]  # fmt: skip
    tables.write(pd.DataFrame(checks), folder, experiments.CHECKS)
