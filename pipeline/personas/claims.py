"""What may be said of a persona: large, sure and safe differences from everybody else, spread over themes."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.core.intervals import Z
from pipeline.personas.groups import level_names
from pipeline.personas.same_facts import Level
from pipeline.personas.schema import CLAIMS
from pipeline.personas.sentences import Field, choice_of, says_nothing, sentence

EVIDENCE = ["value", "lower", "upper", "n", "rest_value", "lift", "difference", "bound"]


LEAST_POINTS, LEAST_TIMES = 0.02, 1.5


@dataclass(frozen=True)
class Rules:
    """When a difference may be claimed; see the block `personas` of params.yaml."""

    min_cell: int
    min_difference: float
    claims_per_persona: int


def claims(
    profile: pd.DataFrame,
    dictionary: pd.DataFrame,
    personas: Mapping[str, int],
    clustered_on: Iterable[str],
    rules: Rules,
    same: Mapping[Level, Level],
) -> pd.DataFrame:
    """The table `CLAIMS`: per persona at most `claims_per_persona` rows, the most telling first.

    `profile`: what may be told (`small_cells.told_profile`); `personas`: persona_id -> its customers. A claim's
    standardised difference is at least `min_difference` and 1.96 standard errors, its interval leaves the rest's value
    out, and `min_cell` customers or more stand behind the group and behind the share. One claim per feature, and one
    for levels that the same customers have (`same`: level -> the first such); none of an answer that is only another.
    """
    fields = dictionary.set_index("column")
    eligible = _candidates(profile, fields, rules)
    on = set(clustered_on)
    rows: list[dict[str, object]] = []
    for persona, customers in personas.items():
        mine = _one_per_fact(_one_per_feature(eligible[eligible["group"] == persona]), same)
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
                    "sentence": sentence(candidate, field, customers),
                }
            )
    return pd.DataFrame(rows, columns=list(CLAIMS.columns)) if rows else CLAIMS.empty()


def anchor(text: str) -> str:
    """`text` as part of an id: lower-case letters, digits and hyphens.

    >>> anchor("Month-to-month (auto)")
    'month-to-month-auto'
    """
    return re.sub(r"[^a-z0-9_]+", "-", text.lower()).strip("-") or "blank"


def _candidates(profile: pd.DataFrame, fields: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """Profile rows that may be claimed, with `kind`, `theme` and `block`."""
    rows = profile[profile["group_by"] == "persona"].merge(_whole(profile), on=["column", "level"], how="left")
    rows = rows.join(fields[["kind", "theme", "block", "levels"]], on="column")
    sure = (rows["rest_value"] < rows["lower"]) | (rows["rest_value"] > rows["upper"])
    cell = np.where(rows["statistic"] == "share", (rows["value"] * rows["n"]).round(), rows["n"])
    safe = (cell >= rules.min_cell) & (rows["n_all"] - rows["n"] >= rules.min_cell)
    large = rows["difference"].abs() >= rules.min_difference
    of_field = fields.to_dict("index")
    # Of two mirrored statements about a binary only the "yes" is made.
    yes = {c: level_names(pd.Series(dtype="float64"), "binary", f["levels"])[-1] for c, f in of_field.items()}
    n, rest_n = rows["n"], rows["n_all"] - rows["n"]
    sure &= rows["difference"].abs() * np.sqrt(n * rest_n / (n + rest_n)) >= Z
    told = (rows["kind"] != "binary") | (rows["level"] == rows["column"].map(yes))
    empty = rows["column"].map({column: _is_empty(field) for column, field in of_field.items()}).astype(bool)
    empty |= (rows["kind"] != "binary") & rows["level"].map(says_nothing).astype(bool)
    return rows[sure & safe & large & told & ~empty & ~_reads_alike(rows)]


def _reads_alike(rows: pd.DataFrame) -> pd.Series:
    """Shares of activity so near each other that no reader would call them different, however sure that they are."""
    ends = rows[["value", "rest_value"]]
    near = (rows["value"] - rows["rest_value"]).abs() < LEAST_POINTS
    return (rows["kind"] == "share") & near & (ends.max(axis=1) < LEAST_TIMES * ends.min(axis=1))


def _is_empty(field: Field) -> bool:
    """Whether the feature is a choice that is only another one."""
    return says_nothing(choice_of(field) or "named")


def _whole(profile: pd.DataFrame) -> pd.DataFrame:
    return profile.loc[profile["group_by"] == "all", ["column", "level", "n"]].rename(columns={"n": "n_all"})


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


def _one_per_fact(rows: pd.DataFrame, same: Mapping[Level, Level]) -> pd.DataFrame:
    """`rows`, of levels that the same customers have only the most telling."""
    levels = zip(rows["column"], rows["level"], strict=True)
    return rows[~pd.Series([same.get(level, level) for level in levels], index=rows.index, dtype="object").duplicated()]


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
