"""Which counts below the report's floor a reader can work out from what is published of journeys and experiments.

Known are the counts that are told, shares times their bases, and shares that only one count can make. Tried are all
differences of a total and its parts: within one group (who reached a stage and not the next, who did neither this nor
that), and between everybody, or all levels, and the groups that are told.

    python -m tests.report.derivable reports
"""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

Quantity = tuple[str, ...]
Known = dict[Quantity, int]
Sum = Mapping[Quantity, int]
"""A difference that is looked at: quantity -> 1 or -1."""
NEAR = 1e-4
ALL = "all"


def derivable(folder: Path, floor: int | None = None) -> list[str]:
    """What the report in `folder` gives away, one line a count; metrics and plots of journeys where they lie there."""
    content = json.loads((folder / "content.json").read_text(encoding="utf-8"))
    floor = floor or int(content["min_cell"])
    found = [*of_content(content, floor)]
    metrics = folder / "metrics" / "journeys.json"
    if metrics.is_file():
        found += _of_metrics(json.loads(metrics.read_text(encoding="utf-8")), content, floor)
    return list(dict.fromkeys(found))


def of_content(content: dict[str, Any], floor: int) -> Iterator[str]:
    """The same of the content alone."""
    personas = list(content["pages"])
    every = [ALL, *personas, "unassigned"]
    funnels = _funnels(content)
    ladder = _ladder(content)
    yield from _apart({g: funnels.get(g, {}) for g in every}, list(_of_funnel(ladder)), floor, "funnel")
    for part in content["journeys"]["breakdowns"]:
        levels = {level["name"]: _funnel(level["steps"]) for level in part["levels"]}
        whole = {ALL: funnels.get(ALL, {}), **levels}
        yield from _apart(whole, list(_of_funnel(part["stages"])), floor, part["title"])
    moves = {ALL: _moves(content["journeys"]["all"]["transitions"])}
    moves |= {p: _moves(page["journey"]["transitions"]) for p, page in content["pages"].items()}
    yield from _apart({g: moves.get(g, {}) for g in every}, list(_of_moves(moves.values())), floor, "transitions")
    yield from _of_experiments(content, every, floor)
    yield from _of_maps(content, floor)
    yield from _of_lines(content, funnels, floor)


def _apart(groups: Mapping[str, Known], sums: Sequence[Sum], floor: int, where: str) -> Iterator[str]:
    """Of each sum its value in each group that tells all of it, and what all leave over for those that do not."""
    for one in sums:
        values = {g: sum(sign * known[q] for q, sign in one.items()) for g, known in groups.items() if _has(known, one)}
        for group, value in values.items():
            if 0 < value < floor:
                yield f"{where}: {group}: {_named(one)} = {value}"
        rest = values.get(ALL, 0) - sum(v for g, v in values.items() if g != ALL)
        if ALL in values and 0 < rest < floor:
            left = [g for g in groups if g not in values] or ["whoever is in none of these"]
            yield f"{where}: {', '.join(left)} by subtraction: {_named(one)} = {rest}"


def _has(known: Known, one: Sum) -> bool:
    return all(q in known for q in one)


def _named(one: Sum) -> str:
    return " ".join(f"{'-' if sign < 0 else '+'} {' '.join(q)}" for q, sign in one.items()).removeprefix("+ ")


def _ladder(content: dict[str, Any]) -> list[str]:
    return [step["stage"] for step in content["journeys"]["all"]["funnel"]]


def _of_funnel(ladder: Sequence[str]) -> Iterator[Sum]:
    """Reached and open counts, and everything between any two stages."""
    began: Sum = {("began",): 1}
    yield began
    for stage in ladder:
        reached, unfollowed = {("reached", stage): 1}, {("open", stage): 1}
        yield from (reached, unfollowed, _less(began, reached), _less(_less(began, reached), unfollowed))
    for one, other in combinations(ladder, 2):
        stopped = {("reached", one): 1, ("reached", other): -1}
        opened = {("open", other): 1, ("open", one): -1}
        yield from (stopped, opened, _less(stopped, opened))


def _less(one: Sum, other: Sum) -> Sum:
    return {**one, **{q: -sign for q, sign in other.items()}}


def _funnels(content: dict[str, Any]) -> dict[str, Known]:
    """Group -> what its funnel tells, wherever on the pages."""
    found = {ALL: _funnel(content["journeys"]["all"]["funnel"])}
    found |= {p: _funnel(page["journey"]["funnel"]) for p, page in content["pages"].items()}
    for part in content["journeys"]["comparison"]:
        for row in part["rows"]:
            _exactly(found.setdefault(row["group"]["id"], {}), ("reached", part["stage"]), row["cell"])
    for part in content["next_tests"]:
        for row in part["rows"]:
            own = found.setdefault(row["group"]["id"], {})
            if row["available"].replace(",", "").isdigit():
                own.setdefault(("began",), int(row["available"].replace(",", "")))
    count = content["journeys"]["count"].replace(",", "")
    if count.isdigit():
        # What the pages call all journeys is another total beside that of the funnel.
        found[ALL].setdefault(("began",), int(count))
        found[ALL] = {**found[ALL], ("counted",): int(count)}
    return found


def _funnel(steps: Iterable[dict[str, Any]]) -> Known:
    known: Known = {}
    before: int | None = None
    for step in steps:
        stage = step["stage"]
        for name, cell in (("began", step["entered"]), ("reached", step["reached"])):
            key = (name,) if name == "began" else (name, stage)
            if cell["value"] is not None:
                known[key] = int(cell["value"])
        n = known.get(("began",))
        _times(known, ("reached", stage), step["observed"], n)
        _times(known, ("reached", stage), step["of_previous"], before)
        _times(known, ("open", stage), step["not_followed_up"], n)
        if known.get(("open", stage)) == 0:
            _times(known, ("reached", stage), step["probability"], n)
        before = known.get(("reached", stage))
    return known


def _times(known: Known, key: Quantity, cell: dict[str, Any] | None, base: int | None) -> None:
    """A share times its base, the one told with it first."""
    base = cell["n"] or base if cell else None
    if cell and cell["value"] is not None and base:
        known.setdefault(key, round(cell["value"] * base))
        if key == ("reached", "") or key[0] == "reached":
            known.setdefault(("began",), base) if cell["n"] else None


def _exactly(known: Known, key: Quantity, cell: dict[str, Any] | None) -> None:
    """A share that comes to a whole number on its base."""
    if cell and cell["value"] is not None and cell["n"]:
        count = cell["value"] * cell["n"]
        if abs(count - round(count)) < NEAR:
            known.setdefault(key, round(count))


def _moves(moves: Iterable[dict[str, Any]]) -> Known:
    known: Known = {}
    for move in moves:
        stage = move["from"]
        for key, cell in (("stays in", "at_risk"), ("still in", "censored")):
            if move[cell]["value"] is not None:
                known[(key, stage)] = int(move[cell]["value"])
        if move["moved"]["value"] is not None:
            known[("moved", stage, move["to"])] = int(move["moved"]["value"])
        if known.get(("still in", stage)) == 0:
            _exactly(known, ("moved", stage, move["to"]), move["probability"])
    return known


def _of_moves(groups: Iterable[Known]) -> Iterator[Sum]:
    """Every count, and the stays in a stage less any of what they led to."""
    told = list(dict.fromkeys(q for known in groups for q in known))
    for q in told:
        yield {q: 1}
    for stage in [q[1] for q in told if q[0] == "stays in"]:
        parts = [q for q in told if q[1] == stage and q[0] != "stays in"]
        for size in range(1, len(parts) + 1):
            for some in combinations(parts, size):
                yield {("stays in", stage): 1, **dict.fromkeys(some, -1)}


def _of_experiments(content: dict[str, Any], every: Sequence[str], floor: int) -> Iterator[str]:
    for trial in content["experiments"]:
        groups: dict[str, Known] = {g: {} for g in every}
        for row in trial["rows"]:
            known = groups.setdefault(row["group"]["id"], {})
            for arm, size, share in (("control", "n_control", "control"), (row["variant"], "n_variant", "treated")):
                base = row[size]["value"]
                if base is not None:
                    known["in", arm] = int(base)
                _times(known, ("of", arm), row[share], known.get(("in", arm)))
        groups = {g: {q: v for q, v in known.items() if q != ("began",)} for g, known in groups.items()}
        # How many were in an arm the check of its size tells of all: what they did is looked at.
        arms = sorted({q[1] for known in groups.values() for q in known})
        sums: list[Sum] = [{("of", arm): 1} for arm in arms]
        sums += [{("in", arm): 1, ("of", arm): -1} for arm in arms]
        yield from _apart(groups, sums, floor, trial["label"])


def _of_maps(content: dict[str, Any], floor: int) -> Iterator[str]:
    """Shares of a map's stages, what scores leave over between both ends, and what channels leave of conversions."""
    for persona, page in content["pages"].items():
        for at, stage in enumerate(page["map"]["stages"]):
            for row in page["map"]["rows"]:
                items = row["cells"][at]["items"] if row["key"] != "kpis" else []
                yield from _of_shares(f"{persona}: {stage}: {row['key']}", _counted(items), floor)
                scores: dict[str, dict[str, int]] = {}
                for item in items if row["key"] == "emotion" else []:
                    if item["measure"] != "mean" and item["cell"]["value"] is not None:
                        score = scores.setdefault(item["label"].split(":")[0], {"n": item["cell"]["n"]})
                        score[item["measure"]] = round(item["cell"]["value"] * item["cell"]["n"])
                for score, told in scores.items():
                    rest = 2 * told["n"] - sum(told.values())
                    if len(told) == 3 and 0 < rest < floor:
                        yield f"{persona}: {stage}: {score}: neither = {rest}"
        models = zip(*(r["cells"] for r in page["map"]["attribution"]), strict=True)
        for at, cells in enumerate(models):
            told = [c for c in cells if c and c["value"] is not None]
            whole = max((c["n"] for c in told), default=0)
            rest = whole - round(sum(c["value"] * whole for c in told))
            if 0 < rest < floor:
                yield f"{persona}: conversions credited to channels not told, model {at}: {rest}"


def _counted(items: Iterable[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    for item in items:
        cell = item["cell"]
        if cell["value"] is not None and cell["text"].endswith("%") and cell["n"]:
            yield item["label"], cell


def _of_shares(where: str, shares: Iterable[tuple[str, dict[str, Any]]], floor: int) -> Iterator[str]:
    for label, cell in shares:
        count = cell["value"] * cell["n"]
        for value in (count, cell["n"] - count):
            if abs(value - round(value)) < NEAR and 0 < round(value) < floor:
                yield f"{where}: {label} = {round(value)}"


def _of_lines(content: dict[str, Any], funnels: Mapping[str, Known], floor: int) -> Iterator[str]:
    """Points of lines by day: who is at a place on a day, and how many more or fewer than on the day before it."""
    lines: dict[str, tuple[int, list[float]]] = {}
    parts = {ALL: content["journeys"]["all"], **{p: page["journey"] for p, page in content["pages"].items()}}
    for group, part in parts.items():
        n = funnels.get(group, {}).get(("began",), 0)
        for state in part["curve"]["states"] if part["curve"] else []:
            lines[f"{group}: in {state['name']}"] = (n, state["values"])
        watched = (part["curve"] or {}).get("at_risk", [])
        lines[f"{group}: watched"] = (n, [w / n for w in watched] if n else [])
    for part in content["journeys"]["time_to_stage"]:
        for series in part["series"]:
            n = funnels.get(series["id"], {}).get(("began",), 0)
            lines[f"{series['id']}: came to {part['stage']}"] = (n, [v for v in series["values"] if v is not None])
    for name, (n, values) in lines.items():
        steps = [round(v * n) for v in values]
        for value in steps:
            if 0 < value < floor or 0 < n - value < floor:
                yield f"{name}: {value} of {n} on a day"
        if any(0 < abs(b - a) < floor for a, b in zip(steps, steps[1:], strict=False)):
            yield f"{name}: fewer than {floor} more or fewer between two days"


def _of_metrics(metrics: dict[str, Any], content: dict[str, Any], floor: int) -> Iterator[str]:
    funnels = _funnels(content)
    told = sum(known.get(("began",), 0) for group, known in funnels.items() if group != ALL)
    if 0 < metrics["journeys"] - told < floor:
        yield f"metrics: journeys of whoever is in no persona = {metrics['journeys'] - told}"
    for group in metrics.get("reach_last_stage", {}):
        if ("began",) not in funnels.get(group, {}):
            yield f"metrics: {group}: share of few"


if __name__ == "__main__":
    sys.stdout.writelines(f"{line}\n" for line in derivable(Path(sys.argv[1])))
