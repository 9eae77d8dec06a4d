"""The comparison reads a finished run right: a perfect run, a swapped one, one with gaps, and no run at all."""

import numpy as np
import pandas as pd
import pytest

from pipeline.core import tables
from pipeline.core.errors import InputError
from pipeline.core.pseudonym import load_key, pseudonym
from pipeline.ingest.schema import IDENTITIES
from pipeline.journeys.schema import TRANSITIONS
from pipeline.personas.schema import PERSONAS_FILE
from pipeline.sample.compare import identity_quality, linked, main, summary
from pipeline.segments.schema import MEMBERS


@pytest.fixture
def run(sample, tmp_path, monkeypatch):
    """Writes the tables of a perfect run (after a change, if one is given) to a folder and returns it."""
    monkeypatch.delenv("PERSONAS_PSEUDONYM_KEY", raising=False)

    def write(change=lambda frames: None):
        frames = perfect(sample)
        change(frames)
        tables.write(frames["identities"], tmp_path / "ingest", IDENTITIES)
        tables.write(frames["members"], tmp_path / "segments", MEMBERS)
        tables.write(frames["transitions"], tmp_path / "journeys", TRANSITIONS)
        tables.write_json({"personas": frames["personas"]}, tmp_path / "personas" / PERSONAS_FILE)
        return tmp_path

    return write


def perfect(sample) -> dict:
    key, truth = load_key(sample.raw), sample.truth
    names = [persona["name"] for persona in truth["personas"]]
    identities = pd.DataFrame(
        [
            {
                "customer_id": pseudonym(key, "contact", record),
                "space": space,
                "identifier": pseudonym(key, space, value),
            }
            for space, owners in truth["identities"].items()
            for value, record in owners.items()
        ]
    ).assign(source="contacts")
    members = pd.DataFrame(
        {
            "customer_id": [pseudonym(key, "contact", record) for record in truth["customers"]],
            "segment": [names.index(persona) for persona in truth["customers"].values()],
            "probability": 1.0,
            "assigned_by": "fit",
        }
    )
    rows = [
        {"group": f"persona-{names.index(name) + 1}", "from": stage, "to": to, "probability": chance}
        for name, stages in truth["transitions"].items()
        for stage, moves in stages.items()
        for to, chance in moves.items()
    ]
    transitions = pd.DataFrame(rows).assign(
        group_by="persona",
        horizon_days=90.0,
        at_risk=100,
        moved=10,
        censored=0,
        std_error=0.02,
        lower=lambda t: t["probability"] - 0.01,
        upper=lambda t: t["probability"] + 0.01,
    )
    personas = [{"persona_id": f"persona-{n + 1}", "segment": n} for n in range(len(names))]
    return {"identities": identities, "members": members, "transitions": transitions, "personas": personas}


def test_a_perfect_run(sample, run, capsys):
    code = main(["--truth", str(sample.truth_folder), "--data", str(run()), "--dataset", str(sample.raw), "--identity"])
    printed = capsys.readouterr()
    assert code == 0
    assert printed.out.splitlines() == [
        "ari=1.000 personas=5 unassigned=0.000 coverage=1.000",
        "linked=1.0000 precision=1.0000 recall=1.0000",
    ]
    assert printed.err == ""


def test_customers_without_a_persona_are_counted_and_left_out_of_ari(sample, run):
    def change(frames):
        frames["members"].loc[:149, "segment"] = -1
        frames["personas"].pop()

    line = summary(sample.truth_folder, run(change), sample.raw, identity=False)[0]
    gifts = sum(p == "gift givers" for p in list(sample.truth["customers"].values())[150:])
    # Without the fifth persona its eleven cells have no interval.
    assert line == f"ari=1.000 personas=4 unassigned={(150 + gifts) / 600:.3f} coverage={44 / 55:.3f}"


def test_random_segments_have_no_agreement(sample, run):
    def change(frames):
        frames["members"]["segment"] = np.random.default_rng(0).permutation(frames["members"]["segment"])

    line = summary(sample.truth_folder, run(change), sample.raw, identity=False)[0]
    assert abs(float(line.split()[0].removeprefix("ari="))) < 0.05


def test_cells_outside_or_without_an_interval_are_not_covered(sample, run):
    def change(frames):
        table = frames["transitions"]
        table.loc[0, "lower"] = table.loc[0, "probability"] + 0.005
        table.loc[1, ["lower", "upper"]] = np.nan

    line = summary(sample.truth_folder, run(change), sample.raw, identity=False)[0]
    assert line.endswith(f"coverage={53 / 55:.3f}")


def test_identity_quality_counts_pairs(sample):
    frames = perfect(sample)
    links = linked(sample.truth, frames["identities"], load_key(sample.raw))
    first, second = links["customer_id"].unique()[:2]
    merged = links.replace({"customer_id": {second: first}})
    assert identity_quality(sample.truth, merged)["precision"] < 1
    assert identity_quality(sample.truth, merged)["recall"] == 1
    split = links.assign(customer_id=links["customer_id"].where(links["space"] != "anonymous", "someone else"))
    assert identity_quality(sample.truth, split)["recall"] < 1
    assert identity_quality(sample.truth, links.iloc[1:])["linked"] < 1


def test_a_run_under_another_key_is_refused(sample, run, monkeypatch):
    folder = run()
    monkeypatch.setenv("PERSONAS_PSEUDONYM_KEY", "k" * 64)
    with pytest.raises(InputError, match="none of the planted identifiers is known"):
        summary(sample.truth_folder, folder, sample.raw, identity=False)


def test_no_run_at_all_is_an_error_without_traceback(sample, tmp_path, capsys):
    code = main(["--truth", str(tmp_path), "--data", str(tmp_path), "--dataset", str(sample.raw)])
    assert code == 1
    assert "truth.json: no such file. Run stage `sample` first" in capsys.readouterr().err
    code = main(["--truth", str(sample.truth_folder), "--data", str(tmp_path), "--dataset", str(sample.raw)])
    assert code == 1
    assert "Run stage `ingest` first" in capsys.readouterr().err
