"""The tables of stages `segments`, `personas` and `experiments` for a made-up run."""

from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.core import tables
from pipeline.experiments import schema as experiments
from pipeline.personas import schema as personas
from pipeline.segments import schema as segments
from tests.report.more_tables_for_tests import continuity_of, voices_of, write_worth_and_voices
from tests.report.world_for_tests import World, persona_ids


def write_segments(
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
    _write_resampled(folder, sizes)
    found = world.personas > 0
    sentence = (
        f"The customers fall into {world.personas} groups that reappear when the data are redrawn."
        if found
        else "No segments were found."
    )
    summary = {
        "verdict": "reproducible" if found else "none",
        "sentence": sentence,
        "chosen": "latent-class-5" if found else None,
        "family": "latent class",
        "segments": world.personas,
        "unassigned_share": float((labels < 0).mean()),
        "null_p": 0.05 if found else 0.4,
        "reference_agreement": 0.71,
        "columns": ["sessions", "spend", "device_main"],
        "dropped_columns": {"region": "no difference between the segments"},
        "carriers": ["spend", "sessions", "plan", "device_main", "hours_evening"] if found else [],
    }
    tables.write_json(summary, folder / segments.SUMMARY_FILE)
    tables.write_json(continuity_of(world), folder / segments.CONTINUITY_FILE)


def _write_resampled(folder: Path, sizes: pd.Series) -> None:
    """Which segments' customers meet again, their silhouettes, and two parts of the largest segment."""
    met = [(a, b, 0.95 if a == b else 0.02) for a in sizes.index for b in sizes.index]
    widths = [(s, q, -0.1 + q * (0.9 - 0.1 * s)) for s in sizes.index for q in (0.05, 0.25, 0.5, 0.75, 0.95)]
    shares = ((0, 0.6), (1, 0.4)) if len(sizes) else ()
    told = ("highly stable", "spend, sessions")
    parts = [(0, i, int(sizes[0] * share), share, 0.9, *told) for i, share in shares]
    rows = ((met, segments.CONSENSUS), (widths, segments.SILHOUETTE), (parts, segments.SUBSEGMENTS))
    for found, table in rows:
        tables.write(pd.DataFrame(found, columns=list(table.columns)) if found else table.empty(), folder, table)


def _candidates(world: World) -> pd.DataFrame:
    rows = [
        {
            "candidate": f"latent-class-{k}",
            "family": "latent class",
            "segments": k,
            "classes": k,
            "unassigned_share": 0.05 + k / 100,
            "stability": 0.9 - k / 30,
            "agreement": 0.95,
            "score": 20000.0 - 100 * k,
            "chosen": k == world.personas,
            "reason": "chosen" if k == world.personas else "less stable",
        }
        for k in range(2, 10)
    ]
    umap = {
        "candidate": "umap-hdbscan",
        "family": "UMAP + HDBSCAN",
        "segments": 7,
        "classes": 7,
        "unassigned_share": 0.31,
        "stability": None,
        "agreement": 0.4,
    }
    return pd.DataFrame([*rows, {**umap, "score": None, "chosen": False, "reason": "differs between seeds"}])


def write_personas(
    folder: Path, profile: pd.DataFrame, labels: pd.Series, dictionary: pd.DataFrame, world: World
) -> None:
    tables.write(profile, folder, personas.PROFILE)
    named = dictionary.set_index("column")
    own = profile[
        (profile["group_by"] == "persona") & (profile["group"] != "unassigned") & profile["rest_value"].notna()
    ].copy()
    own = own[own["level"] != "no"].copy()
    own["size"] = own["difference"].abs()
    own = (
        own.sort_values(["group", "size", "column", "level"], ascending=[True, False, True, True])
        .groupby("group")
        .head(8)
    )
    rows = [_claim(row, named.loc[row.column]) for row in own.itertuples()]
    tables.write(pd.DataFrame(rows) if rows else personas.CLAIMS.empty(), folder, personas.CLAIMS)
    tables.write(_kpis(profile, labels), folder, personas.KPIS)
    write_worth_and_voices(folder, labels, world)
    listed = [_persona(s, rows, labels, world) for s in range(world.personas)]
    unassigned = {"customers": int((labels < 0).sum()), "share": float((labels < 0).mean())}
    summary = {
        "dataset": world.title,
        "customers_are": world.customers_are,
        "verdict": "…",
        "personas": listed,
        "unassigned": unassigned,
        "worth": {"status": "ok" if world.events else "not supplied", "horizon_days": 365.0, "discount": 0.1},
        "texts": {"status": "ok" if world.survey else "not supplied"},
    }
    tables.write_json(summary, folder / personas.PERSONAS_FILE)


def _claim(row: object, entry: pd.Series) -> dict[str, object]:
    kept = ("column", "level", "statistic", "value", "lower", "upper", "n", "rest_value", "lift", "difference")
    claim = {name: getattr(row, name) for name in kept}
    claim_id = f"{row.group}-{row.column}" + (f"-{row.level}" if row.level else "")
    sentence = f"{entry['label']}: {row.value:.2f} against {row.rest_value:.2f} among the others."
    known = {
        "theme": entry["theme"],
        "bound": "",
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
        {
            "persona_id": r.group,
            "kpi": wanted[r.column][0],
            "label": wanted[r.column][1],
            "unit": wanted[r.column][2],
            "value": r.value,
            "lower": r.lower,
            "upper": r.upper,
            "n": r.n,
        }
        for r in means.itertuples()
    ]
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
        "persona_id": persona_id,
        "segment": s,
        "name": world.names[s % len(world.names)],
        "customers": n,
        "share": n / len(labels),
        "stability": jaccard,
        "stability_verdict": "highly stable" if jaccard >= 0.85 else "valid",
        "story": "They compare for weeks, then stay for years.",
        "narrative": narrative,
        "traits": [c["claim_id"] for c in own],
        **voices_of(persona_id, world),
    }


def write_experiments(folder: Path, labels: pd.Series, world: World) -> None:
    if not world.experiments:
        tables.write(experiments.EFFECTS.empty(), folder, experiments.EFFECTS)
        tables.write(experiments.CHECKS.empty(), folder, experiments.CHECKS)
        return
    groups = ["all", *sorted(g for g in persona_ids(labels).unique())]
    rows = [
        {
            "experiment": "mail-subject",
            "group": g,
            "variant": "question",
            "outcome": "ordered within 14 days",
            "n_control": 300 - 20 * i,
            "n_variant": 290 - 20 * i,
            "share_control": 0.12,
            "share_variant": 0.16 - 0.01 * i,
            "effect": 0.04 - 0.01 * i,
            "lower": -0.01 - 0.01 * i,
            "upper": 0.09 - 0.01 * i,
            "p_value": 0.04,
            "p_adjusted": 0.2,
        }
        for i, g in enumerate(groups)
    ]
    rows[-1] |= {"n_control": 4, "n_variant": 0, "share_variant": None, "effect": None, "lower": None, "upper": None}
    tables.write(pd.DataFrame(rows), folder, experiments.EFFECTS)
    checks = [
        {
            "experiment": "mail-subject",
            "check": "sample ratio",
            "statistic": 0.4,
            "p_value": 0.53,
            "passed": True,
            "reading": "The arms have the sizes expected.",
        },
        {
            "experiment": "mail-subject",
            "check": "interaction",
            "statistic": 9.1,
            "p_value": 0.01,
            "passed": False,
            "reading": "The effect differs between personas.",
        },
    ]
    tables.write(pd.DataFrame(checks), folder, experiments.CHECKS)
