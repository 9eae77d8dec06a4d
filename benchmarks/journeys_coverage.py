"""How often intervals of journeys hold what is true, over many simulated logs with known rates.

    python -m benchmarks.journeys_coverage --repeats 500

Who is aware buys or drops off, who dropped off may return, who bought may drop off. Journeys begin at some time and are
watched to a fixed day (`right censored`); or they are in the data only where they had not bought before they came into
sight, as in a CRM that lists what is open (`left truncated`). What is true follows from the rates by a matrix
exponential. The naive share, of all journeys those seen to buy within the window, stands beside. `opportunities`: what
a persona would gain if a rate rose by half, or to that of another that makes the move three times as readily; intervals
by the bootstrap. `personas of 30`: six personas with rates of their own; mean squared error of raw and of pooled
shares. One line per figure is appended to journeys_coverage.csv.
"""

import argparse
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.linalg import expm

from benchmarks.measuring import append
from pipeline.core.sources import StageSettings
from pipeline.journeys.funnel import funnel
from pipeline.journeys.multistate import aalen_johansen, length_of_stay
from pipeline.journeys.opportunities import BEST, STATED, Aims, opportunities
from pipeline.journeys.small_personas import STEP, pooled_table
from pipeline.journeys.spent import values
from pipeline.journeys.stages import MICROSECONDS_PER_DAY
from pipeline.journeys.transitions import transitions

RESULTS = Path(__file__).with_name("journeys_coverage.csv")
COLUMNS = ("date", "scenario", "figure", "repeats", "customers", "truth", "mean", "bias", "covered", "naive")
STATES = ("aware", "buy", "drop-off")
RATES = np.array([[0.0, 0.010, 0.015], [0.0, 0.0, 0.004], [0.008, 0.0, 0.0]])
"""Per day, from row to column."""
WINDOW, LONGEST, RESAMPLES = 60.0, 120.0, 200
STAGES = StageSettings.model_validate(
    {
        "ladder": ["aware", "buy"],
        "enter": {"aware": [{"event": "visit"}], "buy": [{"event": "order"}]},
        "moves": {"aware": ["buy"]},
        "dropoff": {"inactivity_days": 1, "from_stages": ["aware", "buy"]},
    }
)


def simulate(rng: np.random.Generator, customers: int, rates: np.ndarray = RATES, late: bool = False) -> pd.DataFrame:
    """Spells of customers watched to a uniform day up to 120; with `late`, in sight from a uniform day up to 60 on.

    Who had bought before coming into sight is not in the data, and nobody can tell.
    """
    enter = rng.uniform(0, WINDOW, customers) if late else np.zeros(customers)
    end = enter + rng.uniform(0, LONGEST, customers)
    state, now, rows = np.zeros(customers, dtype=int), np.zeros(customers), []
    going = np.arange(customers)
    while len(going):
        times = rng.exponential(1 / np.maximum(rates[state[going]], 1e-12))
        stop, to = now[going] + times.min(axis=1), times.argmin(axis=1)
        seen = stop < end[going]
        rows.append((going, state[going], np.where(seen, to, -1), now[going], np.minimum(stop, end[going])))
        going, to, stop = going[seen], to[seen], stop[seen]
        state[going], now[going] = to, stop
    who, origin, target, start, stop = (np.concatenate(column) for column in zip(*rows, strict=True))
    bought = np.full(customers, np.inf)
    np.minimum.at(bought, who[origin == 1], start[origin == 1])
    names = np.array([*STATES, None], dtype=object)
    spells = {"customer_id": who, "case_id": who, "from": names[origin], "to": names[target]}
    times_of = {"start": np.maximum(start, enter[who]), "stop": stop, "entered": start}
    return pd.DataFrame(spells | times_of)[(bought[who] > enter[who]) & (stop > enter[who])].reset_index(drop=True)


def reach(rates: np.ndarray) -> float:
    """Chance to buy within the window of who is aware: first passage, `buy` made absorbing."""
    absorbing = rates.copy()
    absorbing[1] = 0
    return float(expm(generator(absorbing) * WINDOW)[0, 1])


def generator(rates: np.ndarray) -> np.ndarray:
    """The rates with what leaves on the diagonal."""
    return rates - np.diag(rates.sum(axis=1))


def truths() -> dict[str, float]:
    """What is true of each figure."""
    leaving = RATES[0].sum()
    occupied = expm(generator(RATES) * WINDOW)[0]
    grid = np.linspace(0, WINDOW, 2001)
    stay = np.trapezoid([expm(generator(RATES) * t)[0] for t in grid], grid, axis=0)
    return {
        "reached buy": reach(RATES),
        "next buy": RATES[0, 1] / leaving * (1 - np.exp(-leaving * WINDOW)),
        **{f"in {state}": float(p) for state, p in zip(STATES, occupied, strict=True)},
        **{f"days in {state}": float(days) for state, days in zip(STATES, stay, strict=True)},
    }


def figures(spells: pd.DataFrame, late: bool) -> dict[str, tuple[float, float, float, float]]:
    """Estimate, ends of the interval and naive share of each figure."""
    step = funnel(spells, STAGES, WINDOW).loc[1]
    found = {"reached buy": (*step[["probability", "lower", "upper"]], step["observed_share"])}
    if late:
        return found  # who is in sight depends on having bought: only the way there can be told
    move = transitions(spells, STAGES, WINDOW).loc[0]
    found["next buy"] = (*move[["probability", "lower", "upper"]], move["moved"] / move["at_risk"])
    for row in aalen_johansen(spells, [WINDOW], states=STATES, start="aware").itertuples():
        found[f"in {row.state}"] = (row.probability, row.lower, row.upper, np.nan)
    for row in length_of_stay(spells, WINDOW, states=STATES, start="aware").itertuples():
        found[f"days in {row.state}"] = (row.mean_time, row.lower, row.upper, np.nan)
    return found


def coverage(repeats: int, customers: int, late: bool, seed: int) -> Iterator[dict[str, object]]:
    """One row of results per figure."""
    rng = np.random.default_rng([seed, int(late)])
    # A late sample has as many customers in sight as the other.
    drawn = round(customers / (1 - reach(RATES) / 2)) if late else customers
    worlds = [figures(simulate(rng, drawn, late=late), late) for _ in range(repeats)]
    for name, truth in truths().items():
        if name in worlds[0]:
            estimate, lower, upper, naive = np.array([world[name] for world in worlds], dtype=float).T
            yield {
                "scenario": "left truncated" if late else "right censored", "figure": name, "repeats": repeats,
                "customers": customers, "truth": truth, "mean": estimate.mean(), "bias": estimate.mean() - truth,
                "covered": ((lower <= truth) & (truth <= upper)).mean(), "naive": naive.mean(),
            }  # fmt: skip


def gains(repeats: int, customers: int, seed: int) -> Iterator[dict[str, object]]:
    """One row of results per scenario of the opportunity aware -> buy of the slower of two personas."""
    rng = np.random.default_rng([seed, 3])
    quick = RATES * [[1, 3, 1], [1, 1, 1], [1, 1, 1]]
    raised = {STATED: RATES * [[1, 1.5, 1], [1, 1, 1], [1, 1, 1]], BEST: quick}
    found: dict[str, list[pd.Series]] = {scenario: [] for scenario in raised}
    for repeat in range(repeats):
        parts = [
            simulate(rng, customers, rates).assign(
                persona=name, customer_id=lambda t, n=name: n + t["case_id"].astype(str)
            )
            for name, rates in (("slow", RATES), ("quick", quick))
        ]
        spells = pd.concat(parts, ignore_index=True)
        stays = spells.assign(
            case_id=spells["customer_id"],
            stage=spells["from"],
            days=spells["stop"] - spells["start"],
            began=(spells["start"] * MICROSECONDS_PER_DAY).astype("int64"),
        )
        aims = Aims("buy", WINDOW, WINDOW, rise=0.5, min_cell=10, seed=repeat, resamples=RESAMPLES)
        table = opportunities(
            stays, values(stays, stays, has_money=False), ["slow", "quick"], STAGES.ladder, "drop-off", aims
        )
        move = table[(table["persona"] == "slow") & (table["from"] == "aware") & (table["to"] == "buy")]
        for scenario, rows in found.items():
            rows.append(move.set_index("scenario").loc[scenario])
    for scenario, rows in found.items():
        truth = reach(raised[scenario]) - reach(RATES)
        estimate, lower, upper = pd.DataFrame(rows)[["gain", "gain_lower", "gain_upper"]].to_numpy(dtype=float).T
        yield {
            "scenario": "opportunities", "figure": f"gain, {scenario}", "repeats": repeats, "customers": customers,
            "truth": truth, "mean": estimate.mean(), "bias": estimate.mean() - truth,
            "covered": ((lower <= truth) & (truth <= upper)).mean(), "naive": np.nan,
        }  # fmt: skip


def pooling(repeats: int, seed: int, size: int = 30, personas: int = 6) -> tuple[float, float]:
    """Mean squared errors of the raw and of the pooled share of personas of `size` customers that reach `buy`."""
    rng, errors = np.random.default_rng([seed, 2]), []
    names = [f"persona-{number}" for number in range(personas)]
    for _ in range(repeats):
        worlds = [RATES * [[1, factor, 1]] for factor in rng.gamma(12, 1 / 12, personas)]
        spells = [
            simulate(rng, size, rates).assign(
                persona_id=name, customer_id=lambda t, n=name: n + t["case_id"].astype(str)
            )
            for name, rates in zip(names, worlds, strict=True)
        ]
        table = pd.concat([funnel(part, STAGES, WINDOW).assign(group=part["persona_id"].iloc[0]) for part in spells])
        pooled = pooled_table(pd.concat(spells), table, names, STAGES)
        rows = pooled[(pooled["quantity"] == STEP) & (pooled["to"] == "buy")].set_index("persona").loc[names]
        truth = np.array([reach(rates) for rates in worlds])
        errors.append([np.nanmean((rows[name] - truth) ** 2) for name in ("raw", "pooled")])
    raw, drawn = np.mean(errors, axis=0)
    return float(raw), float(drawn)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=500)
    parser.add_argument("--customers", type=int, default=150)
    parser.add_argument("--seed", type=int, default=20240501)
    parser.add_argument("--no-append", action="store_true", help="print only")
    options = parser.parse_args(arguments)
    rows = [row for late in (False, True) for row in coverage(options.repeats, options.customers, late, options.seed)]
    rows += gains(options.repeats, options.customers, options.seed)
    raw, pooled = pooling(options.repeats, options.seed)
    told = {"scenario": "personas of 30", "repeats": options.repeats, "customers": 30}
    rows += [
        told | {"figure": f"mean squared error, {what}", "mean": value}
        for what, value in (("raw", raw), ("pooled", pooled))
    ]
    day = datetime.now(UTC).date().isoformat()
    rows = [{"date": day} | {k: round(v, 5) if isinstance(v, float) else v for k, v in row.items()} for row in rows]
    for row in rows:
        print(", ".join(f"{name} {value}" for name, value in row.items()), flush=True)
    if not options.no_append:
        append(RESULTS, COLUMNS, rows)


if __name__ == "__main__":
    main()
