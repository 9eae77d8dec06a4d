"""`personas curves` on many small made-up tables, beside a second implementation that knows only the definitions.

The tables have all that real ones have: customers who enter late, go out of sight and come back, go in loops, move at
one moment with others, stages that are only entered, several customers in one account, weights that change, groups of
very different size, times in thirds of a day or in whole days.
"""

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from tests.journeys.weighted_by_hand import Asked, with_errors

STAGES = ("a", "b", "c")
ENDS = ("gone", "won")


def made_up(rng: np.random.Generator) -> pd.DataFrame:
    """Spells of 4 to 30 customers; times are decimal texts, as a CSV holds them."""
    step = rng.choice([1.0, 0.1, 0.37])
    rows = []
    for customer in range(rng.integers(4, 31)):
        now = int(rng.integers(0, 5)) if rng.random() < 0.5 else 0
        state = str(rng.choice(STAGES[: rng.integers(1, 4)]))
        for _ in range(rng.integers(1, 7)):
            stop = now + int(rng.integers(1, 7))
            to = str(rng.choice([*STAGES, *ENDS])) if rng.random() < 0.75 else ""
            to = "" if to == state else to
            rows.append((customer, state, to, now, stop))
            if to in ENDS:
                break
            # A customer who was censored may come back into sight, in whatever stage, after a gap.
            state = to or (state if rng.random() < 0.5 else str(rng.choice(STAGES)))
            now = stop + (int(rng.integers(1, 4)) if not to else 0)
    table = pd.DataFrame(rows, columns=["customer_id", "from", "to", "start", "stop"])
    for name in ("start", "stop"):
        table[name] = [f"{value * step:.2f}" for value in table[name]]
    who = table["customer_id"]
    table["weight"] = np.round(rng.uniform(0.2, 3, len(table)), 2) if rng.random() < 0.5 else 1.0
    table["account_id"] = [f"{n % 7:04d}" for n in who]
    table["group"] = [int(n % 3 == 0) for n in who] if rng.random() < 0.5 else ["NA" if n % 4 else "x y" for n in who]
    table["customer_id"] = [f"00{n}" for n in who]
    return table.sample(frac=1, random_state=int(rng.integers(1000)))


def by_hand(table: pd.DataFrame, unit: str, by: bool, asked: dict[str, object]) -> pd.DataFrame:
    """What the command should write: `group, state, time, probability, std_error`, with time `stay` for the stays."""
    states = sorted({*table["from"]}) + sorted({*table["to"]} - {*table["from"], ""})
    parts = []
    for group, rows in table.groupby(table["group"].astype(str) if by else np.repeat("all", len(table))):
        spells = rows.assign(unit=rows[unit]).reset_index(drop=True)
        found, errors = with_errors(Asked(spells, states, **asked))  # type: ignore[arg-type]
        times = [*asked["times"], *(["stay"] if "tau" in asked else [])]  # type: ignore[misc]
        index = pd.MultiIndex.from_product([[group], times, states], names=["group", "time", "state"])
        one = rows[unit].nunique() < 2
        values = {"value": found, "std_error": np.full(len(errors), np.nan) if one else errors}
        parts.append(pd.DataFrame(values, index=index))
    return pd.concat(parts).sort_index(key=lambda level: level.astype(str))


def by_command(table: pd.DataFrame, folder, words: list[str]) -> pd.DataFrame:
    table.to_csv(folder / "spells.csv", index=False)
    words = ["curves", str(folder / "spells.csv"), "--out", str(folder / "out.csv"), *words]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output
    read = {"dtype": {"group": str}, "keep_default_na": False, "na_values": {"std_error": [""]}}
    curve = pd.read_csv(folder / "out.csv", **read).rename(columns={"probability": "value"})
    stay = pd.read_csv(folder / "out.stay.csv", **read).rename(columns={"mean_time": "value"}).assign(time="stay")
    both = pd.concat([curve, stay]).set_index(["group", "time", "state"])[["value", "std_error"]]
    return both.sort_index(key=lambda level: level.astype(str))


@pytest.mark.parametrize("seed", range(24))
def test_every_figure_is_that_of_the_definition(seed, tmp_path):
    rng = np.random.default_rng([seed, 77])
    table = made_up(rng)
    last = float(table["stop"].astype(float).max())
    times = sorted({0.0, *np.round(rng.uniform(0, last * 1.2, 3), 2), float(rng.choice(table["stop"]))})
    # The mix of a group in which nobody moves is not that of the first move.
    by = bool(rng.random() < 0.5) and set(table.loc[table["to"] != "", "group"]) == set(table["group"])
    unit = "account_id" if rng.random() < 0.3 else "customer_id"
    asked: dict[str, object] = {"times": times, "tau": round(float(last * rng.uniform(0.3, 1.3)), 2)}
    words = ["--at", ",".join(f"{t:g}" for t in times), "--stay", str(asked["tau"])]
    words += (["--by", "group"] if by else []) + (["--cluster", "account_id"] if unit == "account_id" else [])
    if rng.random() < 0.2:
        asked["start"] = "a" if (table["from"] == "a").any() else str(table["from"].iloc[0])
        words += ["--from", str(asked["start"])]
    if rng.random() < 0.3:
        asked["since"] = since = float(rng.choice(table["start"]))
        words += ["--since", f"{since:g}"]
        asked["tau"] = words[3] = str(round(since + last, 2))
        there = table[(table["start"].astype(float) <= since) & (since < table["stop"].astype(float))]
        by = by and set(there["group"]) == set(table["group"])
        words = words if by else [word for word in words if word not in ("--by", "group")]
    expected, found = by_hand(table, unit, by, asked), by_command(table, tmp_path, words)
    assert list(found.index) == list(expected.index)
    np.testing.assert_allclose(found["value"], expected["value"], rtol=0, atol=1e-10)
    np.testing.assert_allclose(found["std_error"], expected["std_error"], rtol=0, atol=1e-9)
