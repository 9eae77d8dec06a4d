"""How often the intervals of claims hold what is true, over many samples of the same company.

    python -m benchmarks.coverage --seeds 50 --customers 1200 --events 72000

Each seed makes the sample's raw exports anew and runs stages `ingest` and `features`; personas are the planted ones, so
that the intervals are judged and not the clustering. What is true of a persona is what its customers average over all
other seeds. Printed are the share of claims whose 95 % interval holds it, the same for every figure of the profile that
a claim could be made of, and the share of claims that are false: on the wrong side of what is true of the others.
Seeds that are finished are kept in `--work`, so that a run may be continued. One line a run goes to coverage.csv.
"""

import argparse
import sys
from argparse import Namespace
from collections.abc import Sequence
from contextlib import redirect_stderr
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from benchmarks.measuring import append
from pipeline.core import params, tables
from pipeline.core.pseudonym import load_key
from pipeline.core.sources import read_sources
from pipeline.features.schema import DICTIONARY, FEATURES
from pipeline.features.stage import main as make_features
from pipeline.ingest.schema import IDENTITIES
from pipeline.ingest.stage import main as ingest
from pipeline.personas.claims import Rules
from pipeline.personas.describe import Inputs, describe
from pipeline.personas.stage import Params
from pipeline.sample.compare import linked
from pipeline.sample.stage import Params as SampleParams
from pipeline.sample.stage import make_exports
from pipeline.segments.schema import MEMBERS, STABILITY

RESULTS = Path(__file__).with_name("coverage.csv")
COLUMNS = ("date", "seeds", "customers", "claims", "covered", "figures", "figures_covered", "false_claims")
KEY = ["persona_id", "column", "level", "statistic"]


def figures(seed: int, customers: int, events: int) -> pd.DataFrame:
    """Every figure of the planted personas' profile in one sample, with its interval, and whether it is claimed."""
    with TemporaryDirectory() as folder, redirect_stderr(StringIO()):
        at = Path(folder)
        raw = at / "sample"
        make_exports(SampleParams(seed=seed, customers=customers, events=events), raw, at / "planted")
        ingest(Namespace(dataset=raw, out=at / "ingest", metrics=at / "ingest.json"))
        make_features(Namespace(dataset=raw, ingest=at / "ingest", out=at / "features", metrics=at / "features.json"))
        planted = tables.read_json(at / "planted" / "truth.json", "sample")
        links = linked(planted, tables.read(at / "ingest", IDENTITIES), load_key(raw))
        features, dictionary = tables.read(at / "features", FEATURES), tables.read(at / "features", DICTIONARY)
        settings = read_sources(raw)
    names = [persona["name"] for persona in planted["personas"]]
    of = links[links["space"] == "contact"].drop_duplicates("customer_id").set_index("customer_id")["record"]
    number = features["customer_id"].map(of).map(planted["customers"]).map({n: i for i, n in enumerate(names)})
    members = pd.DataFrame(
        {"customer_id": features["customer_id"], "segment": number.fillna(-1).astype(int), "probability": 1.0,
         "assigned_by": "fit"}
    )  # fmt: skip
    p = params.load("personas", Params)
    ids = {str(i): name for i, name in enumerate(names)}
    inputs = Inputs(
        features, dictionary, MEMBERS.check(members), STABILITY.empty(),
        {"verdict": "natural", "sentence": "Planted.", "columns": [], "persona_ids": ids}, [],
    )  # fmt: skip
    found = describe(inputs, settings, Rules(p.min_cell, p.min_difference, p.claims_per_persona))
    own = found.profile[found.profile["group_by"] == "persona"].rename(columns={"group": "persona_id"})
    said = found.claims[KEY].assign(claimed=True)
    kept = own[own["persona_id"].isin(names) & (own["n"] >= p.min_cell)]
    return kept.merge(said, on=KEY, how="left").assign(seed=seed, claimed=lambda t: t["claimed"].notna())


def judged(rows: pd.DataFrame, min_cell: int = 10) -> pd.DataFrame:
    """`rows` of all seeds with what is true (means over all other seeds), covered and false."""
    groups = rows.groupby(KEY)
    n = groups["value"].transform("size")
    others = n - 1
    whole = (groups["value"].transform("sum") - rows["value"]) / others
    rest = (groups["rest_value"].transform("sum") - rows["rest_value"]) / others
    known = rows.assign(true=whole, true_rest=rest)[(others >= 1) & rows["lower"].notna()]
    share = known["statistic"] == "share"
    # Intervals of shares are asked for where a claim could be made: enough customers with and without the level.
    count = known["true"] * known["n"]
    fit = ~share | ((count >= min_cell) & (known["n"] - count >= min_cell))
    known = known[fit]
    inside = (known["lower"] <= known["true"]) & (known["true"] <= known["upper"])
    wrong = np.sign(known["value"] - known["rest_value"]) != np.sign(known["true"] - known["true_rest"])
    return known.assign(covered=inside, false=wrong)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the seeds, print and append the result."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=50)
    parser.add_argument("--first", type=int, default=1001)
    parser.add_argument("--customers", type=int, default=1200)
    parser.add_argument("--events", type=int, default=72_000)
    parser.add_argument("--work", type=Path, help="folder for finished seeds", default=Path("build/coverage"))
    given = parser.parse_args(argv)
    given.work.mkdir(parents=True, exist_ok=True)
    parts = []
    for seed in range(given.first, given.first + given.seeds):
        file = given.work / f"{given.customers}-{given.events}-{seed}.parquet"
        if not file.is_file():
            figures(seed, given.customers, given.events).to_parquet(file)
        parts.append(pd.read_parquet(file))
    rows = judged(pd.concat(parts, ignore_index=True))
    claims = rows[rows["claimed"]]
    row = {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "seeds": given.seeds,
        "customers": given.customers,
        "claims": len(claims),
        "covered": f"{claims['covered'].mean():.4f}",
        "figures": len(rows),
        "figures_covered": f"{rows['covered'].mean():.4f}",
        "false_claims": f"{claims['false'].mean():.4f}",
    }
    append(RESULTS, COLUMNS, [row])
    sys.stdout.write(" ".join(f"{name}={value}" for name, value in row.items()) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
