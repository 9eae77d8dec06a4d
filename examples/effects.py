"""What the e-mails of Hillstrom's experiment did to each persona, from a finished run of the example.

`python -m examples.effects`, after `make example NAME=hillstrom DATA=folder`, writes `effects.csv` into the run.
"""

import argparse
import sys
from pathlib import Path

import pandas as pd

from pipeline.core import tables
from pipeline.core.stage import say
from pipeline.experiments.command import experiment
from pipeline.features.schema import FEATURES
from pipeline.personas.schema import PERSONAS_FILE
from pipeline.segments.schema import MEMBERS

ROOT = Path(__file__).resolve().parents[1]
VARIANT, CONTROL, OUTCOMES = "mail", "No E-Mail", ["visit", "conversion", "spend"]


def trial(data: Path) -> pd.DataFrame:
    """One row per customer: the persona's name (blank where none), the e-mail sent, the outcomes."""
    content = tables.read_json(data / "personas" / PERSONAS_FILE, "personas")
    names = {persona["segment"]: persona["name"] for persona in content["personas"]}
    members = tables.read(data / "segments", MEMBERS).set_index("customer_id")["segment"].map(names)
    features = tables.read(data / "features", FEATURES)
    return features[[VARIANT, *OUTCOMES]].assign(persona=features["customer_id"].map(members))


def main(argv: list[str] | None = None) -> int:
    """Write the table of the trial and its effects; the command prints what it found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, default=ROOT / "examples" / "hillstrom" / "run", help="the workspace")
    run: Path = parser.parse_args(argv).run
    trial(run / "data").to_csv(run / "trial.csv", index=False)
    experiment(
        run / "trial.csv", VARIANT, CONTROL, OUTCOMES, run / "effects.csv", by="persona", covariate=None, ratio=None,
        correction="holm", interval="newcombe", pool=True, matters=None, power=0.8, alpha=0.05, arms=None,
    )  # fmt: skip
    say(f"effects: {run / 'effects.csv'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
