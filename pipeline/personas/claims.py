"""What may be said of a persona: large, sure and safe differences from everybody else, spread over themes."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.personas.schema import CLAIMS
from pipeline.personas.sentences import sentence

EVIDENCE = ["value", "lower", "upper", "n", "rest_value", "lift", "difference"]


@dataclass(frozen=True)
class Rules:
    """When a difference may be claimed; see the block `personas` of params.yaml."""

    min_cell: int
    min_difference: float
    claims_per_persona: int


def claims(
    profile: pd.DataFrame, dictionary: pd.DataFrame, personas: Sequence[str], clustered_on: Iterable[str], rules: Rules
) -> pd.DataFrame:
    """The table `CLAIMS`: per persona at most `claims_per_persona` rows, the most telling first.

    A claim's standardised difference is at least `min_difference`, its interval leaves the rest's value out, and
    `min_cell` customers or more stand behind the group and behind the share. One claim per feature.
    """
    fields = dictionary.set_index("column")
    eligible = _candidates(profile, fields, rules)
    on = set(clustered_on)
    rows: list[dict[str, object]] = []
    for persona in personas:
        mine = _one_per_feature(eligible[eligible["group"] == persona])
        taken: set[str] = set()
        for candidate in _varied(mine, rules.claims_per_persona).to_dict("records"):
            field = fields.loc[candidate["column"]].to_dict()
            rows.append(
                {
                    "claim_id": _claim_id(persona, candidate["column"], candidate["level"], taken),
                    "persona_id": persona,
                    "theme": field["theme"],
                    **{name: candidate[name] for name in ["column", "level", "statistic", *EVIDENCE]},
                    "clustered_on": candidate["column"] in on,
                    "source": field["source"],
                    "sentence": sentence(candidate, field, few_others=candidate["few_others"]),
                }
            )
    return pd.DataFrame(rows, columns=list(CLAIMS.columns)) if rows else CLAIMS.empty()


def few_others(made: pd.DataFrame, profile: pd.DataFrame, min_cell: int) -> dict[str, bool]:
    """claim_id -> whether fewer than `min_cell` other customers share the claimed level: no figure tells of them."""
    rows = made.merge(_whole(profile), on=["column", "level"], how="left")
    return dict(zip(rows["claim_id"], _few(rows, min_cell).astype(bool), strict=True))


def anchor(text: str) -> str:
    """`text` as part of an id: lower-case letters, digits and hyphens.

    >>> anchor("Month-to-month (auto)")
    'month-to-month-auto'
    """
    return re.sub(r"[^a-z0-9_]+", "-", text.lower()).strip("-") or "blank"


def _candidates(profile: pd.DataFrame, fields: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """Profile rows that may be claimed, with `kind`, `theme`, `block` and whether the others' cell is too small."""
    rows = profile[profile["group_by"] == "persona"].merge(_whole(profile), on=["column", "level"], how="left")
    rows = rows.join(fields[["kind", "theme", "block", "levels"]], on="column")
    sure = (rows["rest_value"] < rows["lower"]) | (rows["rest_value"] > rows["upper"])
    cell = np.where(rows["statistic"] == "share", (rows["value"] * rows["n"]).round(), rows["n"])
    safe = (cell >= rules.min_cell) & (rows["n_all"] - rows["n"] >= rules.min_cell)
    large = rows["difference"].abs() >= rules.min_difference
    told = ~((rows["kind"] == "binary") & (rows["level"] != _second_level(rows)))
    return rows.assign(few_others=_few(rows, rules.min_cell))[sure & safe & large & told]


def _few(rows: pd.DataFrame, min_cell: int) -> pd.Series:
    others = (rows["rest_value"] * (rows["n_all"] - rows["n"])).round()
    return (rows["statistic"] == "share") & (others < min_cell)


def _whole(profile: pd.DataFrame) -> pd.DataFrame:
    return profile.loc[profile["group_by"] == "all", ["column", "level", "n"]].rename(columns={"n": "n_all"})


def _second_level(rows: pd.DataFrame) -> pd.Series:
    """The "yes" of a binary: of two mirrored statements only this one is made."""
    last = rows[rows["kind"] == "binary"].groupby("column", sort=False)["level"].last()
    return rows["column"].map(last).astype("object").fillna("")


def _one_per_feature(rows: pd.DataFrame) -> pd.DataFrame:
    """The best row of each feature: what is more frequent reads better than what is missing; a level reads better than
    a mean position, except of an opinion, whose mean tells more than one answer.
    """
    opinion = (rows["block"] == "attitudinal") & (rows["statistic"] == "mean")
    position = (rows["kind"] == "ordinal") & (rows["statistic"] == "mean") & ~opinion
    rare = (rows["statistic"] == "share") & (rows["difference"] < 0) & (rows["kind"] != "binary")
    score = rows["difference"].abs() * np.select([position, rare], [0.3, 0.6], 1.0)
    ranked = rows.assign(score=score).sort_values("score", ascending=False, kind="stable")
    return ranked.drop_duplicates("column")


def _varied(rows: pd.DataFrame, most: int) -> pd.DataFrame:
    """Up to `most` rows, each time the largest score after a discount for themes that were spoken of already."""
    left = rows.reset_index(drop=True)
    chosen: list[pd.Series] = []
    spoken: dict[str, int] = {}
    while len(chosen) < most and len(left) > 0:
        discount = left["theme"].map(lambda theme: 1 + 0.5 * spoken.get(theme, 0))
        best = (left["score"] / discount).idxmax()
        chosen.append(left.loc[best])
        theme = left.at[best, "theme"]
        spoken[theme] = spoken.get(theme, 0) + 1
        left = left.drop(index=best)
    return pd.DataFrame(chosen, columns=rows.columns)


def _claim_id(persona: str, column: str, level: str, taken: set[str]) -> str:
    stem = "-".join([persona, anchor(column), *([anchor(level)] if level else [])])
    name, number = stem, 2
    while name in taken:
        name, number = f"{stem}-{number}", number + 1
    taken.add(name)
    return name
