"""What differs between two runs: what they were made of, what became of the personas, which key figures moved.

Personas are matched as a later run is matched to its baseline (segments.continuity), with the first run as baseline.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.desk.runs import Run, Solution
from pipeline.segments.baseline import persona_of
from pipeline.segments.identify import Baseline, identify

SAME = 1e-9
"""Relative difference up to which two figures are the same: sums that ran in another order."""


@dataclass(frozen=True)
class Moved:
    """A persona of both runs. Shares of all customers, and key figures whose intervals have nothing in common."""

    persona_id: str
    names: tuple[str, str]
    shares: tuple[float, float]
    similarity: float
    by: str
    figures: tuple[tuple[str, float, float], ...]


@dataclass(frozen=True)
class Fate:
    """What became of the first run's personas; `changed`: customers of both runs who are in another persona."""

    kept: tuple[Moved, ...]
    born: tuple[tuple[str, str], ...]
    gone: tuple[tuple[str, str], ...]
    parted: tuple[str, ...]
    shared: int
    changed: int


@dataclass(frozen=True)
class Comparison:
    """`params`, `metrics`: key -> (first, second); `fate` is None where the tables of a run are not at hand."""

    params: Mapping[str, tuple[Any, Any]]
    data: bool
    code: tuple[str, ...]
    metrics: Mapping[str, tuple[Any, Any]]
    compared: int
    fate: Fate | None


def compare(first: Run, second: Run) -> Comparison:
    """All that differs; nothing is judged good or bad."""
    params = _differing(first.params, second.params)
    metrics = _differing(first.metrics, second.metrics)
    code = {
        dep.removeprefix("pipeline/").partition("/")[0]
        for stage in {*first.inputs, *second.inputs}
        for dep in {*first.inputs.get(stage, {}), *second.inputs.get(stage, {})}
        if dep.startswith("pipeline/") and first.inputs.get(stage, {}).get(dep) != second.inputs.get(stage, {}).get(dep)
    }
    fate = _fate(first.solution, second.solution) if first.solution and second.solution else None
    compared = len({*first.metrics, *second.metrics})
    return Comparison(params, _raw(first) != _raw(second), tuple(sorted(code)), metrics, compared, fate)


def alike(a: Any, b: Any, relative: float = SAME, absolute: float = 0.0) -> bool:
    """Whether two figures are the same within a tolerance; texts and missing figures must be equal.

    >>> alike(0.2, 0.1 + 0.1), alike(100, 101, relative=0.02), alike("natural", "none"), alike(None, 0)
    (True, True, False, False)
    """
    numbers = [isinstance(v, int | float) and not isinstance(v, bool) for v in (a, b)]
    if all(numbers):
        return math.isclose(a, b, rel_tol=relative, abs_tol=absolute) or (math.isnan(a) and math.isnan(b))
    return bool(a == b)


def _differing(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    both = {key: (first.get(key), second.get(key)) for key in [*first, *(k for k in second if k not in first)]}
    return {key: pair for key, pair in both.items() if not alike(*pair)}


def _raw(run: Run) -> dict[str, str]:
    return {dep: digest for dep, digest in run.inputs.get("ingest", {}).items() if dep.startswith("data/raw/")}


def _fate(first: Solution, second: Solution) -> Fate:
    ids = {int(k): str(v) for k, v in first.records["segments"]["persona_ids"].items()}
    members = first.tables["members"]
    before = members[["customer_id"]].assign(persona_id=persona_of(members["customer_id"], members, ids))
    baseline = Baseline({**first.records["snapshot"], "code": ""}, before)
    own = {int(k): str(v) for k, v in second.records["segments"]["persona_ids"].items()}
    now, made_by = second.tables["members"], {k: second.records["snapshot"][k] for k in ("params", "data")}
    features, dictionary = second.tables["features"], second.tables["dictionary"]
    found = identify(features, dictionary, now, sorted(own), made_by, "", baseline)
    told = found.continuity
    names = [_names(s) for s in (first, second)]
    kept = tuple(_moved(one, told, own, names, first, second) for one in told["kept"])
    then = before.set_index("customer_id")["persona_id"]
    after = persona_of(now["customer_id"], now, found.persona_ids).set_axis(now["customer_id"].to_numpy())
    shared = then.index.intersection(after.index)
    own_of = {new: own[segment] for segment, new in found.persona_ids.items()}
    return Fate(
        kept,
        tuple((own_of[i], names[1].get(own_of[i], "")) for i in told["births"]),
        tuple((i, names[0].get(i, "")) for i in told["deaths"]),
        tuple(_parts(told)),
        len(shared),
        int((then[shared] != after[shared]).sum()),
    )


def _parts(told: Mapping[str, Any]) -> list[str]:
    split = [f"{name} split into {' and '.join(parts)}" for name, parts in told["splits"].items()]
    return split + [f"{name} was merged of {' and '.join(parts)}" for name, parts in told["merges"].items()]


def _names(solution: Solution) -> dict[str, str]:
    return {p["persona_id"]: p["name"] for p in solution.records["personas"]["personas"]}


def _moved(
    persona_id: str,
    told: Mapping[str, Any],
    own: Mapping[int, str],
    names: list[dict[str, str]],
    first: Solution,
    second: Solution,
) -> Moved:
    """`persona_id` is the first run's; in the second run it bears the id that `own` has for its segment."""
    kept = told["kept"][persona_id]
    now = own[kept["segment"]]
    before, after = told["drift"]["share"][persona_id]
    return Moved(
        persona_id,
        (names[0].get(persona_id, ""), names[1].get(now, "")),
        (before, after),
        kept["similarity"],
        kept["by"],
        tuple(_apart(first, persona_id, second, now)),
    )


def _apart(first: Solution, then: str, second: Solution, now: str) -> list[tuple[str, float, float]]:
    """Key figures of a persona whose intervals in the two runs have nothing in common."""
    a = first.tables["kpis"].query("persona_id == @then").set_index("kpi")
    b = second.tables["kpis"].query("persona_id == @now").set_index("kpi")
    both = a.join(b.add_suffix("_now"), how="inner").dropna(subset=["lower", "upper", "lower_now", "upper_now"])
    apart = both[(both["lower"] > both["upper_now"]) | (both["upper"] < both["lower_now"])]
    return [(str(row.label), float(row.value), float(row.value_now)) for row in apart.itertuples()]
