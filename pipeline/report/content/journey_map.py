"""The journey map of one group: stages as columns; what is met, felt, lost and gained there as rows."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from pipeline.core.rounding import plain
from pipeline.core.sources import StageSettings
from pipeline.core.suppression import hidden_parts
from pipeline.core.tables import Table
from pipeline.core.words import in_words
from pipeline.journeys.schema import CHANNELS, FUNNEL, MOMENTS, OPPORTUNITIES, STAGE_PROFILE, TRANSITIONS
from pipeline.report.content.entries import entering, told_entries
from pipeline.report.content.evidence import withheld
from pipeline.report.content.journey import told_move, told_reach
from pipeline.report.content.labels import Dictionary, entry_of
from pipeline.report.content.register import refer
from pipeline.report.numbers import DASH, Cell, counted_share, days, held, known, mean_cell, points, share_cell

MOST = 3
MOST_CHANNELS = 8
Frames = Mapping[str, pd.DataFrame]
Item = dict[str, Any]
DWELL = {"half have left by": "Half have left after", "quarter have left by": "A quarter has left after"}
INFORMATION = {
    "median touchpoints": "Touchpoints before",
    "median channels": "Channels before",
    "median active days": "Active days before",
}
FEELINGS = {"positive share": "content", "negative share": "annoyed", "mean": "mean, 0 to 1"}
MEASURES = {"csat": "Satisfaction", "effort": "Ease", "nps": "Would recommend", "rating": "Rating", "sentiment": "Tone"}


def journey_map(
    own: str,
    frames: Frames,
    summary: Mapping[str, Any],
    wants: list[Item],
    names: Mapping[str, str],
    dictionary: Dictionary,
    min_cell: int,
    stages: StageSettings | None = None,
) -> Item:
    """Rows of the map of the group `own`; a cell without items says why it is empty. `names`: of all personas.

    `begins`: the events of `stages` that lead to each stage, in words.
    """
    ladder = list(summary.get("ladder") or [])
    group = _Group(own, frames, summary.get("dropoff"), names, dictionary, min_cell, entering(stages))
    rows = [
        ("kpis", "How far they get", group.reached, "not enough data"),
        ("touchpoints", "Touchpoints", group.touchpoints, "not supplied"),
        ("channels", "Channels", group.channels, "not supplied"),
        ("information", "Information gathered", group.information, "not supplied"),
        ("emotion", "What they feel", group.feelings, "not asked here"),
        ("pains", "Pains", group.pains, "none reported"),
        ("onward", "Where they go next", group.onward, "last stage"),
        ("dropoff", "Drop-off", group.dropping, "not counted here"),
        ("moments", "Decisive moments", group.moments, "none shown"),
        ("opportunities", "Opportunities", group.opportunities, "none found"),
    ]
    told: list[Item] = [
        {"key": key, "title": title, "cells": [{"items": found(stage), "empty": empty} for stage in ladder]}
        for key, title, found, empty in rows
    ]
    for row in told:
        row["absent"] = not any(cell["items"] for cell in row["cells"])
        if row["key"] == "information" and not row["absent"]:
            row["cells"][0]["empty"] = "first stage"
    goals = [{"label": w["label"], "cell": w["cell"]} for w in wants if w["tone"] > 0][:MOST]
    begins = told_entries(stages)
    return {
        "stages": ladder,
        "begins": [begins.get(stage, "") for stage in ladder],
        "goals": goals,
        "rows": told,
        "attribution": group.attribution(),
    }


class _Group:
    """The rows of one persona (or of all) in each table."""

    def __init__(
        self,
        own: str,
        frames: Frames,
        dropoff: str | None,
        names: Mapping[str, str],
        dictionary: Dictionary,
        min_cell: int,
        entering: Mapping[str, set[str]],
    ) -> None:
        self.entering = entering
        self.dropoff, self.min_cell, self.own, self.names = dropoff, min_cell, own, names
        self.dictionary = dictionary
        self.frames = {n: f[f["group" if "group" in f else "persona"] == own] for n, f in frames.items()}

    def _rows(self, table: Table, **where: str) -> list[dict[str, Any]]:
        frame = self.frames[table.name]
        for column, value in where.items():
            frame = frame[frame[column] == value]
        return frame.to_dict("records")

    def reached(self, stage: str) -> list[Item]:
        """Chance to reach the stage, and how long they stay."""
        found = []
        for row in self._rows(FUNNEL, stage=stage):
            cell = share_cell(row["probability"], row["lower"], row["upper"], row["entered"])
            told = refer(told_reach(cell, row, self.min_cell), FUNNEL, row, "probability")
            found.append({"label": "Reach it", "cell": told})
        for row in self._rows(STAGE_PROFILE, stage=stage, topic="dwell"):
            if row["measure"] == "half have left by":
                found.append({"label": DWELL[row["measure"]], "cell": self._profile(row)})
        return found

    def touchpoints(self, stage: str) -> list[Item]:
        """What most customers of the stage meet, without what led all of them there."""
        leading = self.entering.get(stage, set())
        rows = self._top(STAGE_PROFILE, None, stage=stage, topic="touchpoint", measure="reach")
        met = [row for row in rows if row["item"] not in leading or round(row["value"], 2) < 1]
        return [{"label": _touchpoint(row), "cell": self._profile(row)} for row in met[:MOST]]

    def channels(self, stage: str) -> list[Item]:
        """Channels and their shares of contact, the largest first."""
        rows = self._top(STAGE_PROFILE, stage=stage, topic="channel", measure="share of contact")
        return [{"label": in_words(row["channel"]), "cell": self._profile(row)} for row in rows]

    def information(self, stage: str) -> list[Item]:
        """What came before the stage was reached."""
        rows = {r["measure"]: r for r in self._rows(STAGE_PROFILE, stage=stage, topic="information")}
        return [{"label": label, "cell": self._profile(rows[m])} for m, label in INFORMATION.items() if m in rows]

    def feelings(self, stage: str) -> list[Item]:
        """Scores given in the stage."""
        rows = self._rows(STAGE_PROFILE, stage=stage, topic="emotion")
        hold = _ends_that_tell(rows, self.min_cell)
        shown = [r for m in ("mean", "positive share", "negative share") for r in rows if r["measure"] == m]
        return [
            {
                "label": f"{_measure(str(r['item']), self.dictionary)}: {FEELINGS[r['measure']]}",
                "measure": r["measure"],
                "cell": held(self._profile(r), (r["item"], r["measure"]) in hold),
            }
            for r in shown[: 2 * MOST]
        ]

    def pains(self, stage: str) -> list[Item]:
        """The commonest complaints."""
        return [
            {"label": row["item"], "cell": self._profile(row)}
            for row in self._top(STAGE_PROFILE, stage=stage, topic="pain", measure="frequency")
        ]

    def onward(self, stage: str) -> list[Item]:
        """The next stages, likeliest first."""
        found: list[Item] = [
            {"label": f"to {row['to']}", "cell": self._move(row)}
            for row in self._rows(TRANSITIONS, **{"from": stage})
            if row["to"] != self.dropoff
        ]
        return sorted(found, key=lambda i: -(i["cell"]["value"] or 0.0))[:MOST]

    def dropping(self, stage: str) -> list[Item]:
        """The chance to drop off from the stage."""
        rows = self._rows(TRANSITIONS, **{"from": stage, "to": str(self.dropoff)})
        return [{"label": "drop off", "cell": self._move(row)} for row in rows]

    def moments(self, stage: str) -> list[Item]:
        """Touchpoints after which moves are clearly likelier, or less likely."""
        rows = [
            r for r in self._rows(MOMENTS, stage=stage) if r["finding"] in ("likelier after it", "less likely after it")
        ]
        rows.sort(key=lambda r: (r["p_holm"], r["event"]))
        return [{"label": _moment(r), "cell": self._ratio(r)} for r in rows[:MOST]]

    def opportunities(self, stage: str) -> list[Item]:
        """What would be gained if moves from the stage were likelier."""
        rows = sorted(self._rows(OPPORTUNITIES, **{"from": stage}), key=lambda r: r["rank"])
        found: list[Item] = []
        for r in rows[:MOST]:
            cell = points(r["gain"], r["gain_lower"], r["gain_upper"], r["journeys"])
            like = f"as often as “{self.names.get(r['like'], r['like'])}”" if r["like"] else _more_often(r)
            found.append(
                {
                    "label": f"if they went to {r['to']} {like}",
                    "like": r["like"],
                    "rank": int(r["rank"]),
                    "cell": refer(
                        cell if r["journeys"] >= self.min_cell else withheld(self.min_cell), OPPORTUNITIES, r, "gain"
                    ),
                }
            )
        return found

    def attribution(self) -> list[Item]:
        """Channels of converting journeys: what each model credits."""
        by_channel: dict[str, dict[str, Cell]] = {}
        for model in MODELS:
            credits = self._rows(CHANNELS, model=model)
            whole = int(credits[0]["converted"]) if credits else 0
            told = [known(row["credited"]) or 0.0 for row in credits]
            for row, hold in zip(credits, hidden_parts(told, whole, self.min_cell), strict=True):
                cell = share_cell(row["share"], row["lower"], row["upper"], whole)
                cell = held(counted_share(cell, round(known(row["credited"]) or 0.0), whole, self.min_cell), bool(hold))
                by_channel.setdefault(row["channel"], {})[row["model"]] = refer(cell, CHANNELS, row, "share")
        rows: list[Item] = [
            {"channel": in_words(c), "cells": [cells.get(m) for m in MODELS]} for c, cells in by_channel.items()
        ]
        return sorted(rows, key=_by_removal)[:MOST_CHANNELS]

    def _top(self, table: Table, most: int | None = MOST, **where: str) -> list[dict[str, Any]]:
        rows = [r for r in self._rows(table, **where) if known(r["value"]) is not None]
        return sorted(rows, key=lambda r: (-r["value"], r["item"], r["channel"]))[:most]

    def _profile(self, row: dict[str, Any]) -> Cell:
        return profile_cell(row, self.min_cell)

    def _move(self, row: dict[str, Any]) -> Cell:
        cell = share_cell(row["probability"], row["lower"], row["upper"], row["at_risk"])
        return refer(told_move(cell, row, self.min_cell), TRANSITIONS, row, "probability")

    def _ratio(self, row: dict[str, Any]) -> Cell:
        cell = mean_cell(row["hazard_ratio"], row["lower"], row["upper"], row["touched"])
        cell = {**cell, "text": f"×{cell['text']}"} if row["touched"] >= self.min_cell else withheld(self.min_cell)
        return refer(cell, MOMENTS, row, "hazard_ratio")


def _ends_that_tell(rows: list[dict[str, Any]], min_cell: int) -> set[tuple[str, str]]:
    """Score and end whose share would tell, with that of the other end, of few who are at neither."""
    found = set()
    ends = [r for r in rows if r["unit"] == "share" and r["measure"] in FEELINGS and known(r["value"]) is not None]
    for score in dict.fromkeys(r["item"] for r in ends):
        own = [r for r in ends if r["item"] == score]
        flags = hidden_parts([r["count"] for r in own], int(own[0]["base"]), min_cell)
        found |= {(score, r["measure"]) for r, flag in zip(own, flags, strict=True) if flag}
    return found


def _by_removal(row: Item) -> tuple[float, str]:
    last = row["cells"][-1]
    return (-(last["value"] or 0.0) if last else 0.0, str(row["channel"]))


MODELS = ("first", "last", "linear", "removal")


def profile_cell(row: dict[str, Any], min_cell: int) -> Cell:
    """A figure of `stage_profile` in its unit with its row, or why there is none."""
    return refer(_in_its_unit(row, min_cell), STAGE_PROFILE, row)


def _in_its_unit(row: dict[str, Any], min_cell: int) -> Cell:
    if row["base"] < min_cell or row["status"] == "not enough data":
        return {**withheld(min_cell), "text": "not enough data"}
    if row["status"] == "not reached":
        return {**share_cell(None), "text": "not reached", "n": int(row["base"])}
    if row["unit"] == "share":
        cell = share_cell(row["value"], row["lower"], row["upper"], row["base"])
        return counted_share(cell, int(row["count"]), int(row["base"]), min_cell)
    if row["unit"] == "days":
        return _days(row)
    return mean_cell(row["value"], row["lower"], row["upper"], row["base"])


def _days(row: dict[str, Any]) -> Cell:
    """An open upper end is told as such."""
    low, high = known(row["lower"]), known(row["upper"])
    cell = mean_cell(row["value"], row["lower"], row["upper"], row["base"])
    text = days(row["value"])
    if cell["interval"] and high is not None and low is not None:
        cell = {**cell, "interval": DASH.join(plain(end, int("." in text)) for end in (low, high))}
    interval = f"{plain(low, 1)} or more" if low is not None and high is None else cell["interval"]
    return {**cell, "text": text, "lower": low, "upper": high, "interval": interval}


def _measure(item: str, dictionary: Dictionary) -> str:
    """A kind of score by its name; a question by its label."""
    return MEASURES.get(item, entry_of(dictionary, item).label)


def _touchpoint(row: dict[str, Any]) -> str:
    return f"{in_words(row['item'])} ({in_words(row['channel'])})" if row["channel"] else in_words(row["item"])


def _more_often(row: dict[str, Any]) -> str:
    rise = known(row["raised_rate"] / row["rate"] - 1)
    return "more often" if rise is None else f"{100 * rise:.0f}% more often"


def _moment(row: dict[str, Any]) -> str:
    what = "going on" if row["transition"] == "onward" else row["transition"]
    place = f" ({in_words(row['channel'])})" if row["channel"] else ""
    return f"after {in_words(row['event'])}{place}: {what}"
