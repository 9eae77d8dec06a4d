"""A counting Aalen-Johansen estimator in plain numpy, as an analyst might write it: the floor of benchmarks.journeys.

Reads only the columns it needs, checks nothing, and knows no customers: its errors are Greenwood's, from counts.
"""

import sys

import numpy as np
import pandas as pd


def estimate(
    spells: pd.DataFrame, states: list[str], wanted: list[float]
) -> list[tuple[float, np.ndarray, np.ndarray]]:
    place = {state: number for number, state in enumerate(states)}
    origin = spells["from"].map(place).to_numpy()
    target = spells["to"].map(place).fillna(-1).to_numpy().astype(int)
    start, stop = spells["start"].to_numpy(), spells["stop"].to_numpy()
    moved, count = target >= 0, len(states)
    times = np.unique(stop[moved & (stop <= max(wanted))])
    inside = moved & (stop <= times[-1])
    moves = np.zeros((len(times), count, count))
    np.add.at(moves, (np.searchsorted(times, stop[inside]), origin[inside], target[inside]), 1)
    at_risk = np.empty((len(times), count))
    for state in range(count):
        mine = origin == state
        at_risk[:, state] = np.searchsorted(np.sort(start[mine]), times) - np.searchsorted(np.sort(stop[mine]), times)
    first = (start < times[0]) & (stop >= times[0])
    p, variance, found = np.bincount(origin[first], minlength=count) / first.sum(), np.zeros((count, count)), []
    for step, time in enumerate(times):
        found += [
            (w, p, np.sqrt(np.diag(variance))) for w in wanted if time > w >= (times[step - 1] if step else -np.inf)
        ]
        rates = moves[step] / np.maximum(at_risk[step], 1)[:, None]
        noise = np.zeros((count, count))
        for r in np.flatnonzero(at_risk[step]):
            noise += p[r] ** 2 * (np.diag(rates[r]) - np.outer(rates[r], rates[r])) / at_risk[step, r]
        product = np.eye(count) + rates - np.diag(rates.sum(axis=1))
        p, variance = p @ product, product.T @ variance @ product + noise
    return [*found, *((w, p, np.sqrt(np.diag(variance))) for w in wanted if w >= times[-1])]


if __name__ == "__main__":
    table = pd.read_parquet(sys.argv[1], columns=["group", "from", "to", "start", "stop"])
    stages = sorted({*table["from"].unique(), *table["to"].dropna().unique()})
    at = [float(word) for word in sys.argv[2].split(",")]
    for group, part in table.groupby("group"):
        for time, probabilities, errors in estimate(part, stages, at):
            sys.stdout.write(f"{group} {time} {probabilities.round(6)} {errors.round(6)}\n")
