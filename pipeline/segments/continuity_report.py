"""What became of the baseline's personas, in figures and in sentences: the content of continuity.json."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from pipeline.segments.baseline import persona_of, rounded, shares_by
from pipeline.segments.continuity import Match, births, deaths, merges, splits

LARGE, SOME = 0.25, 0.1
"""Population stability index from which a shift is large, or worth a look (Siddiqi 2006)."""
FLOOR = 0.001
NEW, GONE = "new", "gone"


def report(
    features: pd.DataFrame,
    members: pd.DataFrame,
    found: Match,
    baseline: Mapping[str, Any],
    before: pd.DataFrame,
    now: Mapping[str, Any],
) -> dict[str, Any]:
    """The content of continuity.json; `now`: the snapshot of this run, `before` as in `match`."""
    flows = _migration(features["customer_id"], members, found, before)
    stayed = flows.drop(index=NEW, columns=GONE, errors="ignore")
    content = {
        "baseline": True,
        "shared_customers": int(stayed.to_numpy().sum()),
        "kept": {
            found.ids[segment]: {"segment": segment, "by": how, "similarity": similarity}
            for segment, (how, similarity) in sorted(found.how.items())
        },
        "births": births(found, baseline),
        "deaths": deaths(found, baseline),
        "splits": splits(stayed),
        "merges": merges(stayed),
        "migration": {str(a): {str(b): int(n) for b, n in row.items() if n} for a, row in flows.iterrows()},
        "drift": _drift(features, baseline, now),
        "changed": changed(baseline, now),
    }
    return content | {"sentences": sentences(content)}


def _migration(customers: pd.Series, members: pd.DataFrame, found: Match, before: pd.DataFrame) -> pd.DataFrame:
    """Customers by persona before (`new`: not there) and now (`gone`: not there any more)."""
    now = pd.Series(persona_of(customers, members, found.ids).to_numpy(), index=customers.to_numpy(), dtype="object")
    then = before.set_index("customer_id")["persona_id"].astype("object")
    everybody = then.index.union(now.index)
    return pd.crosstab(then.reindex(everybody).fillna(NEW).to_numpy(), now.reindex(everybody).fillna(GONE).to_numpy())


def _drift(features: pd.DataFrame, baseline: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    shift = {
        column: stability_index(profile["all"], shares_by(profile, column, features[column]))
        for column, profile in baseline["profile"].items()
        if column in features
    }
    both = [name for name in baseline["personas"] if name in now["personas"]]
    return {
        "features": dict(sorted(shift.items(), key=lambda item: (-item[1], item[0]))),
        "lost_features": sorted(set(baseline["profile"]) - set(now["profile"])),
        "new_features": sorted(set(now["profile"]) - set(baseline["profile"])),
        "customers": [baseline["customers"], now["customers"]],
        "unassigned_share": [_share(baseline, baseline["unassigned"]), _share(now, now["unassigned"])],
        "share": {name: [_share(run, run["personas"][name]["customers"]) for run in (baseline, now)] for name in both},
        "confidence": {name: [run["personas"][name]["confidence"] for run in (baseline, now)] for name in both},
    }


def _share(run: Mapping[str, Any], customers: int) -> float:
    return rounded(customers / max(run["customers"], 1))


def stability_index(before: list[float], now: list[float]) -> float:
    """Σ (q - p) log(q / p) over the answers, "not known" among them (Siddiqi 2006, ch. 9).

    >>> stability_index([0.5, 0.5], [0.5, 0.5])
    0.0
    """
    p, q = (np.maximum(shares, FLOOR) for shares in (before, now))
    p, q = p / p.sum(), q / q.sum()
    return rounded(float(((q - p) * np.log(q / p)).sum()))


def changed(baseline: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """Whether the data, the params (which) or the code are others than the baseline's."""
    old, new = baseline["params"], now["params"]
    return {
        "data": baseline["data"] != now["data"],
        "code": baseline["code"] != now["code"],
        "params": {key: [old.get(key), new.get(key)] for key in sorted({*old, *new}) if old.get(key) != new.get(key)},
    }


def sentences(content: Mapping[str, Any]) -> list[str]:
    """What readers are told first."""
    what = [name for name in ("data", "code", "params") if content["changed"][name]]
    lines = [f"Since the baseline {_listed(what)} changed." if what else "Nothing changed since the baseline."]
    kept = list(content["kept"])
    lines += [f"{_listed(kept)} kept." if kept else "No persona of the baseline was found again."]
    lines += [f"{name} is new." for name in content["births"]]
    lines += [f"{name} is no more." for name in content["deaths"]]
    lines += [f"{name} split into {_listed(parts)}." for name, parts in content["splits"].items()]
    lines += [f"{name} was merged of {_listed(parts)}." for name, parts in content["merges"].items()]
    large = [name for name, psi in content["drift"]["features"].items() if psi >= LARGE]
    if large:
        shown = large[:5] + (["others"] if len(large) > 5 else [])
        lines.append(f"Large shifts (stability index {LARGE} or more): {_listed(shown)}.")
    return lines


def _listed(names: list[str]) -> str:
    """`a`; `a and b`; `a, b and c`."""
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def without_baseline(found: Match) -> dict[str, Any]:
    """continuity.json of a run that has nothing to be compared with."""
    return {"baseline": False, "births": list(found.ids.values()), "sentences": ["There is no baseline yet."]}
