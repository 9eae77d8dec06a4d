"""Stage `sample`: the raw exports of a fictitious company, Kettle & Grain, with the truth planted in them.

writes  data/raw/sample/   contacts, survey, interviews, event log, orders, feedback, mailing; `sources.yaml`,
                           `pseudonym.key`
        data/raw/sample-truth/   truth.json, which no stage reads (`make truth` compares the finished run with it)
params  sample

The five lives that the customers lead stand in `pipeline.sample.lives`, the law of their journeys in
`pipeline.sample.law`.
"""

import sys
from pathlib import Path

import pandas as pd
from pydantic import Field

from pipeline.core import params, tables
from pipeline.core.pseudonym import KEY_FILE
from pipeline.core.settings import Settings
from pipeline.core.sources import SOURCES_FILE
from pipeline.core.stage import Paths, run
from pipeline.sample.activity import make_activity
from pipeline.sample.crm import make_contacts
from pipeline.sample.feedback import make_feedback
from pipeline.sample.interviews import make_interviews
from pipeline.sample.law import simulate
from pipeline.sample.mailing import make_mailing
from pipeline.sample.parts import parts
from pipeline.sample.people import make_people
from pipeline.sample.segment_log import activities_for, make_log
from pipeline.sample.shop import make_orders
from pipeline.sample.survey import make_survey
from pipeline.sample.truth import TRUTH_FILE, make_truth

TEMPLATE = Path(__file__).with_name(SOURCES_FILE)
KEY = "sample-only-not-a-secret-" + "6b6574746c652d616e642d677261696e"
"""The sample brings its own key, so that every clone gives the same tables. Its people are fictitious."""


class Params(Settings):
    """The `sample` block of params.yaml. `events` is the approximate number of lines of the event log."""

    seed: int = Field(ge=0)
    customers: int = Field(ge=50)
    events: int = Field(ge=1000)


def make_exports(p: Params, out: Path, truth: Path) -> dict[str, object]:
    """Write all exports to the folder `out` and the truth to the folder `truth`; returns facts for the summary line."""
    people = make_people(p.seed, p.customers)
    journeys = simulate(p.seed, people.personas, people.hours, people.winter_hours)
    exposures, clickers, clicked_at = make_mailing(p.seed, people, journeys)
    budget = activities_for(p.events, p.customers)
    activity = make_activity(p.seed, people, journeys, budget, (clickers, clicked_at))
    log, owners = make_log(p.seed, people, activity, p.events)
    orders = make_orders(p.seed, people, activity)
    with tables.replacing(truth) as truth_scratch, tables.replacing(out) as scratch:
        _write_csv(make_contacts(p.seed, people, journeys, activity), scratch / "hubspot" / "contacts.csv")
        _write_csv(make_survey(p.seed, people), scratch / "qualtrics" / "coffee-survey.csv", encoding="utf-8-sig")
        for name, turns in make_interviews(p.seed, people).items():
            _write_csv(turns, scratch / "interviews" / name)
        _write_csv(orders, scratch / "shop" / "orders.csv", line_end="\r\n")
        _write_csv(exposures, scratch / "mailing" / "exposures.csv")
        _write_csv(make_feedback(p.seed, people, journeys), scratch / "shop" / "feedback.csv")
        for name, text in parts(p.seed, log).items():
            _write_text(text, scratch / "segment" / name)
        _write_text(TEMPLATE.read_text(encoding="utf-8"), scratch / SOURCES_FILE)
        _write_text(KEY + "\n", scratch / KEY_FILE)
        tables.write_json(make_truth(p.seed, people, owners), truth_scratch / TRUTH_FILE)
    return {"customers": p.customers, "log lines": len(log), "orders": len(orders)}


def _write_csv(frame: pd.DataFrame, path: Path, encoding: str = "utf-8", line_end: str = "\n") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.to_csv(path, index=False, encoding=encoding, lineterminator=line_end)


def _write_text(text: str, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


def main(paths: Paths) -> dict[str, object]:
    """Make the exports as `params.yaml` says."""
    return make_exports(params.load("sample", Params), paths.out, paths.truth)


if __name__ == "__main__":
    sys.exit(run("sample", __doc__, {"out": "folder of the exports", "truth": "folder of the planted truth"}, main))
