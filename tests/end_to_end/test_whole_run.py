"""From raw exports to the report: the truth is found, counts reconcile, nothing hangs on row order or key."""

import json
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest

from pipeline.core.pseudonym import KEY_VARIABLE, load_key
from pipeline.sample.compare import agreement, linked, matched
from tests.code_of_stages import STAGES
from tests.end_to_end.workspace import SMALL, files_under, run_all, shuffle_exports, write_params
from tests.report.derivable import derivable

pytestmark = pytest.mark.slow
OTHER_KEY = "another-key-" + "5" * 40
FIGURES = {
    "personas": ("profile", "claims", "kpis"),
    "journeys": ("transitions", "curves", "funnel"),
    "experiments": ("effects", "checks"),
}


def table(workspace: Path, stage: str, name: str) -> pd.DataFrame:
    return pd.read_parquet(workspace / "data" / stage / f"{name}.parquet")


def planted_and_found(workspace: Path, key: bytes) -> pd.DataFrame:
    """One row per planted customer: record, planted persona, found persona."""
    truth = json.loads((workspace / "data" / "raw" / "sample-truth" / "truth.json").read_text(encoding="utf-8"))
    personas = json.loads((workspace / "data" / "personas" / "personas.json").read_text(encoding="utf-8"))["personas"]
    links = linked(truth, table(workspace, "ingest", "identities"), key)
    segments = {p["segment"]: p["persona_id"] for p in personas}
    return matched(truth, links, table(workspace, "segments", "members"), segments).sort_values("record")


def test_planted_personas_are_found(finished: Path) -> None:
    pairs = planted_and_found(finished, load_key(finished / "data" / "raw" / "sample"))
    assert len(pairs) == SMALL["sample"]["customers"]
    assert pairs["found"].nunique() in (4, 5, 6, 7)
    assert agreement(pairs) >= 0.85
    assert pairs["found"].isna().mean() <= 0.2


def test_no_address_of_the_sample_stands_anywhere_but_in_its_raw_exports(finished: Path) -> None:
    """Every byte that the run left, and the cells of tables, which are compressed in their files."""
    truth = json.loads((finished / "data" / "raw" / "sample-truth" / "truth.json").read_text(encoding="utf-8"))
    mails = {mail.encode() for mail in truth["identities"]["email"]}
    assert len(mails) > 1000
    left = [p for p in finished.rglob("*") if p.is_file() and "raw" not in p.relative_to(finished).parts]
    assert {p.relative_to(finished).parts[0] for p in left} >= {"data", "reports"}
    found = []
    for path in left:
        content = path.read_bytes()
        if path.suffix == ".parquet":
            cells = pd.read_parquet(path)
            content += "\n".join("\n".join(cells[c].dropna().astype("str").unique()) for c in cells).encode()
        found += [path.name for mail in re.findall(rb"[\w.+-]+@[\w.-]+", content.lower()) if mail in mails]
    assert found == []


def test_counts_reconcile_for_every_source(finished: Path) -> None:
    counts = table(finished, "ingest", "reconciliation").set_index("source")
    assert set(counts.index) == {"contacts", "survey", "interviews", "log", "orders", "feedback", "mailing"}
    assert (counts["read"] == counts["kept"] + counts["merged"] + counts["rejected"]).all()
    page = (finished / "reports" / "pages" / "data.html").read_text(encoding="utf-8")
    for number in counts["read"]:
        assert f"{number:,}" in page.replace("\u202f", ",").replace("\xa0", ",")


@pytest.fixture(scope="module")
def disturbed(finished: Path, root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same exports with their rows shuffled, under another pseudonym key."""
    workspace = tmp_path_factory.mktemp("disturbed")
    write_params(root, workspace, SMALL)
    shutil.copytree(finished / "data" / "raw", workspace / "data" / "raw")
    shuffle_exports(workspace / "data" / "raw" / "sample", seed=5)
    run_all(root, workspace, STAGES, **{KEY_VARIABLE: OTHER_KEY})
    return workspace


def test_shuffled_rows_and_another_key_change_no_label(finished: Path, disturbed: Path) -> None:
    first = planted_and_found(finished, load_key(finished / "data" / "raw" / "sample"))
    second = planted_and_found(disturbed, OTHER_KEY.encode())
    pd.testing.assert_frame_equal(first.reset_index(drop=True), second.reset_index(drop=True))
    ids = [set(table(w, "ingest", "customers")["customer_id"]) for w in (finished, disturbed)]
    assert not ids[0] & ids[1], "the other key was not used"


@pytest.mark.parametrize(("stage", "name"), [(stage, name) for stage, names in FIGURES.items() for name in names])
def test_shuffled_rows_and_another_key_change_no_figure(stage: str, name: str, finished: Path, disturbed: Path) -> None:
    first, second = table(finished, stage, name), table(disturbed, stage, name)
    # Sums run in another order: the last digits of a double may differ, nothing more.
    pd.testing.assert_frame_equal(first, second, rtol=1e-9, atol=1e-12)


def test_shuffled_rows_and_another_key_change_no_word_of_the_report(finished: Path, disturbed: Path) -> None:
    for page in ("index.html", *(f"pages/{p.name}" for p in sorted((finished / "reports" / "pages").glob("*.html")))):
        first, second = ((w / "reports" / page).read_text(encoding="utf-8") for w in (finished, disturbed))
        assert first == second, page


def test_the_same_input_gives_the_same_bytes(finished: Path, root: Path, tmp_path: Path) -> None:
    write_params(root, tmp_path, SMALL)
    shutil.copytree(finished / "data" / "raw", tmp_path / "data" / "raw")
    run_all(root, tmp_path, STAGES)
    for folder in (*(f"data/{stage}" for stage in STAGES if stage != "report"), "reports"):
        first, second = files_under(finished / folder), files_under(tmp_path / folder)
        assert first.keys() == second.keys()
        assert not [name for name in first if first[name] != second[name]], folder


def test_nothing_published_of_journeys_tells_of_few(finished: Path) -> None:
    assert derivable(finished / "reports") == []


def test_no_identifier_leaves_the_raw_exports(finished: Path) -> None:
    contacts = pd.read_csv(finished / "data" / "raw" / "sample" / "hubspot" / "contacts.csv", dtype=str)
    secrets = {v for c in ("Email", "Phone Number") for v in contacts[c].dropna() if len(v) > 6}
    assert len(secrets) > 1000
    written = [*(finished / "data").rglob("*"), *(finished / "reports").rglob("*")]
    raw, truth = finished / "data" / "raw", finished / "data" / "truth"
    for path in written:
        if path.is_file() and raw not in path.parents and truth not in path.parents:
            text = _readable(path)
            assert "@example" not in text, path
            assert not [s for s in secrets if s in text], path


def _readable(path: Path) -> str:
    """All text in a file, compressed Parquet columns spelled out."""
    if path.suffix != ".parquet":
        return path.read_text(encoding="utf-8")
    frame = pd.read_parquet(path)
    return "\n".join(frame[c].dropna().astype(str).str.cat(sep="\n") for c in frame if frame[c].dtype == "str")
