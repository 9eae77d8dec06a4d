"""Stage `experiments` from folders to tables: windows, follow-up, personas, and what an analyst got wrong."""

from argparse import Namespace

import pandas as pd
import pytest
import yaml

from pipeline.core import tables
from pipeline.core.errors import InputError, SettingsError
from pipeline.experiments.schema import CHECKS, EFFECTS
from pipeline.experiments.stage import main
from pipeline.ingest.schema import EVENTS, EVENTS_FOLDER, EXPOSURES
from pipeline.journeys.schema import FUNNEL
from pipeline.personas.schema import PERSONAS_FILE
from pipeline.segments.schema import MEMBERS

SETTINGS = {
    "title": "Tea by post",
    "observation": {"start": "2025-01-01", "end": "2026-01-01", "features_until": "2025-07-01"},
    "sources": {"shop": {"kind": "events", "format": "csv", "files": "events.csv", "timezone": "UTC"}},
    "experiments": {
        "welcome": {
            "label": "Welcome mail",
            "control": "none",
            "outcome": {"event": "order", "within_days": 7, "label": "orders within 7 days"},
        }
    },
}
EXPOSED = [
    ("c1", "none", "2025-08-01 12:00:00"),
    ("c2", "mail", "2025-08-01 12:00:00"),
    ("c3", "mail", "2025-08-01 12:00:00"),
    ("c4", "mail", "2025-12-25 00:00:00"),
    ("NA", "none", "2025-12-25 00:00:00.000001"),
    ("c6", "none", "2025-08-01 12:00:00"),
    ("c7", "mail", "2025-08-01 12:00:00"),
]
DONE = [
    ("c1", "2025-08-08 11:59:59.999999", "order"),
    ("c2", "2025-08-01 12:00:00", "order"),
    ("c2", "2025-08-02", "order"),
    ("c3", "2025-08-01 11:59:59.999999", "order"),
    ("c3", "2025-08-08 12:00:00", "order"),
    ("c3", "2025-08-02", "visit"),
    ("NA", "2025-12-25 01:00:00", "order"),
    ("c99", "2025-08-02", "order"),
]


def frame_of_events(rows: list[tuple[str, str, str]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["customer_id", "ts", "event"])
    return EVENTS.check(
        frame.assign(
            ts=pd.to_datetime(frame["ts"], utc=True, format="ISO8601"),
            sequence=0,
            event_id=range(len(frame)),
            source="shop",
            amount_hundredths=0,
            utc_offset_minutes=0,
            **dict.fromkeys(["channel", "device", "os", "browser", "properties"], None),
        )
    )


@pytest.fixture
def folders(tmp_path):
    """Folders as the earlier stages leave them: c1 to c3 in persona-1, the others in no segment or no table."""
    exposures = pd.DataFrame(EXPOSED, columns=["customer_id", "variant", "exposed_at"])
    exposures = exposures.assign(
        experiment="welcome", exposed_at=pd.to_datetime(exposures["exposed_at"], utc=True, format="ISO8601")
    )
    members = pd.DataFrame({"customer_id": ["c1", "c2", "c3", "c4", "NA"], "segment": [0, 0, 0, -1, 1]})
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "sources.yaml").write_text(yaml.safe_dump(SETTINGS), encoding="utf-8")
    tables.write(exposures, tmp_path / "ingest", EXPOSURES)
    tables.write(frame_of_events(DONE), tmp_path / "ingest" / EVENTS_FOLDER, EVENTS)
    tables.write(members.assign(probability=0.9, assigned_by="fit"), tmp_path / "segments", MEMBERS)
    tables.write_json({"personas": [{"persona_id": "persona-1", "segment": 0}]}, tmp_path / "personas" / PERSONAS_FILE)
    tables.write(FUNNEL.empty(), tmp_path / "journeys", FUNNEL)
    parts = ("ingest", "segments", "personas", "journeys")
    return Namespace(
        dataset=tmp_path / "raw",
        out=tmp_path / "experiments",
        metrics=tmp_path / "metrics.json",
        **{part: tmp_path / part for part in parts},
    )


def test_windows_are_half_open_and_customers_watched_too_briefly_are_left_out_and_counted(folders):
    facts = main(folders)

    effects = tables.read(folders.out, EFFECTS).set_index("group")
    # all: none c1 (just in time), c6 (nothing); mail c2 (at once), c3 (too early, too late), c4 (window ends with the
    # observation), c7. NA's window is a microsecond too long.
    assert effects.loc["all", ["n_control", "n_variant", "share_control", "share_variant"]].tolist() == [
        2,
        4,
        0.5,
        0.25,
    ]
    assert effects.loc["persona-1", ["n_control", "n_variant"]].tolist() == [1, 2]
    assert effects.loc["unassigned", ["n_control", "n_variant"]].tolist() == [1, 2]
    assert facts == {"experiments": 1, "exposed": 7, "not followed up": 1}
    checks = tables.read(folders.out, CHECKS).set_index("check")
    assert checks.index.tolist() == ["sample ratio", "follow-up", "interaction"]
    assert "1 of 7 exposed were not watched for the whole 7 days" in checks.at["follow-up", "reading"]


def test_without_exposures_or_declared_experiments_the_tables_are_empty(folders):
    tables.write(EXPOSURES.empty(), folders.ingest, EXPOSURES)
    assert main(folders)["experiments"] == 0
    assert tables.read(folders.out, EFFECTS).empty
    assert tables.read(folders.out, CHECKS).empty


def change_settings(folders: Namespace, **changes: object) -> None:
    path = folders.dataset / "sources.yaml"
    settings = yaml.safe_load(path.read_text(encoding="utf-8"))
    settings["experiments"]["welcome"] |= changes
    path.write_text(yaml.safe_dump(settings), encoding="utf-8")


def test_a_control_arm_that_does_not_occur_is_told_with_the_near_match(folders):
    main(folders)
    before = (folders.out / EFFECTS.file).read_bytes()
    change_settings(folders, control="non")
    with pytest.raises(InputError, match=r"`non`\. Did you mean `none`\? Found: `mail`, `none`"):
        main(folders)
    assert (folders.out / EFFECTS.file).read_bytes() == before


def test_a_declared_experiment_that_nobody_was_exposed_to_is_told(folders):
    exposures = tables.read(folders.ingest, EXPOSURES)
    tables.write(exposures.assign(experiment="welcome-mail"), folders.ingest, EXPOSURES)
    with pytest.raises(SettingsError, match="no exposure names the experiment `welcome`.*Found: welcome-mail"):
        main(folders)


def test_an_experiment_with_one_arm_is_refused(folders):
    exposures = tables.read(folders.ingest, EXPOSURES)
    tables.write(exposures.assign(variant="none"), folders.ingest, EXPOSURES)
    with pytest.raises(InputError, match="only the control arm"):
        main(folders)


def test_an_outcome_that_never_happened_is_a_share_of_zero(folders):
    change_settings(folders, outcome={"event": "referral", "within_days": 7, "label": "refers"})
    main(folders)
    row = tables.read(folders.out, EFFECTS).set_index("group").loc["all"]
    assert (row["share_control"], row["share_variant"], row["effect"], row["p_value"]) == (0, 0, 0, 1)


def test_without_events_the_outcome_is_not_known(folders):
    for part in (folders.ingest / EVENTS_FOLDER).glob("*"):
        part.unlink()
    with pytest.raises(InputError, match="no event source tells their outcomes"):
        main(folders)
