"""Which planted statements a finished run makes again, and which of its claims are false."""

import json
from typing import Any

import numpy as np
import pandas as pd

FALSE_BELOW = 0.1
"""A claim is false where the planted persona differs the other way, or by less than half of what may be claimed."""


def majority(pairs: pd.DataFrame) -> dict[str, str]:
    """Found persona_id -> the planted persona that most of its customers are of."""
    known = pairs[pairs["found"].notna()]
    counts = pd.crosstab(known["found"], known["planted"])
    return {str(found): str(counts.loc[found].idxmax()) for found in counts.index}


def recovered(
    statements: list[dict[str, Any]], claims: pd.DataFrame, themes: pd.DataFrame, of: dict[str, str]
) -> pd.DataFrame:
    """One row per statement: persona, kind, text, the found persona and the claim or theme that says it, or neither.

    A statement about a theme is made by a theme that the persona voices more than others, whose label has two of the
    wish's words (as far as their first four letters).
    """
    rows = []
    for statement in statements:
        mine = [found for found, planted in of.items() if planted == statement["persona"]]
        say = _themes if statement["words"] else _claims
        by, evidence = say(statement, themes if statement["words"] else claims, mine)
        about = {name: statement[name] for name in ("persona", "kind", "text")}
        rows.append({**about, "found": by, "evidence": evidence})
    return pd.DataFrame(rows)


def _claims(statement: dict[str, Any], claims: pd.DataFrame, mine: list[str]) -> tuple[str, str]:
    own = claims[claims["persona_id"].isin(mine)]
    for said in statement["said"]:
        rows = own[(own["column"] == said["column"]) & ((own["difference"] > 0) == said["more"])]
        plain = rows["level"].isin(["", "yes", "Business"]) if said["level"] == "" else rows["level"] == said["level"]
        rows = rows[plain]
        if len(rows):
            return str(rows["persona_id"].iloc[0]), str(rows["claim_id"].iloc[0])
    return "", ""


def _themes(statement: dict[str, Any], themes: pd.DataFrame, mine: list[str]) -> tuple[str, str]:
    words = {w.strip(".,!?").lower()[:4] for w in statement["words"].split() if len(w.strip(".,!?")) > 2}
    own = themes[themes["persona_id"].isin(mine) & themes["more"]]
    for row in own.to_dict("records"):
        label = {word[:4] for word in str(row["label"]).split(", ")}
        if len(label & words) >= 2:
            return str(row["persona_id"]), str(row["theme_id"])
    return "", ""


def judged(
    claims: pd.DataFrame, features: pd.DataFrame, dictionary: pd.DataFrame, planted: pd.Series, of: dict[str, str]
) -> pd.DataFrame:
    """`claims` with the planted persona's own standardised difference from the others (`planted_difference`) and
    whether the claim is `false`. `planted`: planted persona by customer_id.
    """
    fields = dictionary.set_index("column")
    life = features["customer_id"].map(planted)
    rows = []
    for claim in claims.to_dict("records"):
        values = _values(features[claim["column"]], fields.loc[claim["column"]], claim)
        inside = (life == of.get(claim["persona_id"], "")) & values.notna()
        outside = life.notna() & ~inside & values.notna()
        rows.append(_difference(values[inside], values[outside], claim["statistic"] == "share"))
    difference = pd.Series(rows, index=claims.index, dtype="float64")
    wrong = (np.sign(difference) != np.sign(claims["difference"])) | (difference.abs() < FALSE_BELOW)
    return claims.assign(planted_difference=difference, false=wrong)


def _values(values: pd.Series, field: pd.Series, claim: dict[str, Any]) -> pd.Series:
    if claim["statistic"] == "mean":
        return values.astype("float64")
    if field["kind"] == "nominal":
        return (values == claim["level"]).astype("float64").where(values.notna())
    at = [str(level) for level in json.loads(field["levels"])].index(claim["level"])
    return (values == at).astype("float64").where(values.notna())


def _difference(inside: pd.Series, outside: pd.Series, share: bool) -> float:
    if len(inside) < 2 or len(outside) < 2:
        return float("nan")
    if share:
        return float(2 * np.arcsin(np.sqrt(inside.mean())) - 2 * np.arcsin(np.sqrt(outside.mean())))
    freedom = len(inside) + len(outside) - 2
    pooled = ((len(inside) - 1) * inside.var() + (len(outside) - 1) * outside.var()) / freedom
    return float((inside.mean() - outside.mean()) / np.sqrt(pooled)) if pooled > 0 else float("nan")
