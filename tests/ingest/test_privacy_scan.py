"""Nothing that ingest writes or prints holds an e-mail, a phone, an IP or, in free text, a name of the sample."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from pipeline.core import params, stage
from pipeline.ingest import schema
from pipeline.ingest.stage import main
from pipeline.sample.stage import Params, make_exports
from tests.ingest.small_company import Outputs

pytestmark = pytest.mark.slow
PLANTED = "Ask {first} {last} at {email}, {phone} or 198.51.100.23; or {last} himself."
IP = re.compile(rb"\b(?:\d{1,3}\.){3}\d{1,3}\b")


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory, root: Path) -> tuple[Path, pd.DataFrame]:
    """A small sample whose interviews name every contact with all that is known of them; its contacts."""
    folder = tmp_path_factory.mktemp("scan")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        make_exports(Params(seed=5, customers=150, events=3000), folder / "sample", folder / "truth")
    contacts = pd.read_csv(folder / "sample" / "hubspot" / "contacts.csv", dtype="str", keep_default_na=False)
    with next((folder / "sample" / "interviews").glob("*.csv")).open("a", encoding="utf-8", newline="") as file:
        for n, c in enumerate(contacts.to_dict("records")):
            told = PLANTED.format(first=c["First Name"], last=c["Last Name"], email=c["Email"], phone=c["Phone Number"])
            csv.writer(file).writerow([f"I-{n + 5000}", "", "interview", "2025-04-01", "respondent", 0, told, "yes"])
    return folder, contacts


@pytest.fixture(scope="module")
def written(people, root) -> tuple[Outputs, str]:
    """The outputs of a run and what it printed."""
    folder, _ = people
    printed: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        patch.delenv("PERSONAS_PSEUDONYM_KEY", raising=False)
        patch.setattr(stage.console, "print", lambda text="", **_: printed.append(str(text)))
        assert params.load_general()
        main(stage.Paths(dataset=folder / "sample", out=folder / "out", metrics=folder / "out.json"))
    return Outputs(folder / "out"), "\n".join(printed)


def contents(out: Path) -> Iterator[tuple[str, bytes]]:
    """Every file's bytes, and the cells of every table, which are compressed in the file."""
    for path in [*sorted(p for p in out.rglob("*") if p.is_file()), out.with_suffix(".json")]:
        yield path.name, path.read_bytes()
        if path.suffix == ".parquet":
            frame = pd.read_parquet(path)
            for column in frame.columns:
                yield f"{path.name}: {column}", "\n".join(map(str, frame[column].unique())).encode()


def everything(people, written) -> list[tuple[str, bytes]]:
    return [*contents(written[0].folder), ("printed", written[1].encode())]


def test_no_mail_phone_or_ip(people, written):
    _, contacts = people
    mails = [m.lower().encode() for m in contacts["Email"] if m]
    phones = [re.sub(r"\D", "", p).encode() for p in contacts["Phone Number"] if p]
    assert len(mails) > 100 and len(phones) > 50
    found = []
    for name, content in everything(people, written):
        lower = content.lower()
        found += [(name, m) for m in mails if m in lower]
        found += [(name, ip) for ip in IP.findall(content) if ":" in name or not name.endswith(".parquet")]
        if ": text" in name or ": answer" in name or ": value" in name or not name.endswith(".parquet"):
            digits = re.sub(rb"[ ()/-]", b"", content)
            found += [(name, p) for p in phones if p in digits]
    assert found == []


def test_no_name_in_free_text(people, written):
    out, _ = written
    _, contacts = people
    texts = out.table(schema.TEXTS)
    assert len(texts) > 150
    spoken = "\n".join([*texts["text"], *texts["title"].dropna(), *out.table(schema.RESPONSES)["answer"].dropna()])
    names = {n for c in ("First Name", "Last Name") for n in contacts[c] if len(n) > 3}
    assert [n for n in sorted(names) if re.search(rf"\b{re.escape(n)}\b", spoken)] == []
    assert spoken.count("[name]") > 300, "they were there"


def test_no_name_in_what_is_printed_or_summarised(people, written):
    out, printed = written
    _, contacts = people
    told = printed + (out.folder / schema.SUMMARY_FILE).read_text(encoding="utf-8")
    full = {f"{f} {la}" for f, la in zip(contacts["First Name"], contacts["Last Name"], strict=True)}
    assert [n for n in sorted(full) if n in told] == []
