"""Every message of docs/faq.md is what the product says: a tiny case produces each."""

import errno
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.core.errors import PipelineError
from pipeline.core.stage import Paths
from pipeline.desk.doctor import examine
from tests.desk.test_doctor import WELL

CRM = "id,age,email\n1,30,a@mail.test\n2,41,b@mail.test\n3,52,c@mail.test\n"
WEB = "person,what,when\n1,view,2025-02-01T10:00:00Z\n2,view,2025-02-02T10:00:00Z\n"
STAGES = {"ladder": ["see", "buy"], "enter": {"see": [{"event": "view"}]}, "moves": {"see": ["buy"], "buy": []}}
OBSERVATION = {"start": "2025-01-01", "end": "2026-01-01", "features_until": "2025-07-01"}


def sources() -> dict:
    """A dataset that passes the check."""
    crm = {"kind": "customers", "format": "csv", "files": "crm.csv", "ids": {"contact": "id"}}
    crm["fields"] = {"age": {"column": "age", "kind": "numeric", "block": "demographic", "label": "Age"}}
    web = {"kind": "events", "format": "csv", "files": "web.csv", "ids": {"contact": "person"}}
    web["columns"] = {"ts": "when", "event": "what"}
    stages = json.loads(json.dumps(STAGES))
    return {"title": "Three", "observation": OBSERVATION, "sources": {"crm": crm, "web": web}, "stages": stages}


class Desk:
    """A folder with params.yaml and the dataset `mine`, and a way to call `personas` in it."""

    def __init__(self, root: Path, folder: Path) -> None:
        self.folder, self.dataset = folder, folder / "data" / "raw" / "mine"
        self.dataset.mkdir(parents=True)
        params = (root / "params.yaml").read_text(encoding="utf-8")
        (folder / "params.yaml").write_text(params.replace("dataset: sample", "dataset: mine"), encoding="utf-8")
        self.write("crm.csv", CRM)
        self.write("web.csv", WEB)
        self.settings(sources())

    def write(self, name: str, text: str) -> None:
        (self.dataset / name).write_text(text, encoding="utf-8")

    def settings(self, content: dict) -> None:
        self.write("sources.yaml", yaml.safe_dump(content, sort_keys=False))

    def call(self, *words: str) -> str:
        result = CliRunner().invoke(app, list(words))
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result.output

    def checked(self, **changes: object) -> str:
        """What `personas check` says where keys such as `web__ids` are set; None deletes one."""
        content = sources()
        for path, value in changes.items():
            *above, last = path.split("__")
            inside = content
            for key in above:
                inside = inside[key] if key in inside else inside["sources"][key]
            if value is None:
                del inside[last]
            else:
                inside[last] = value
        self.settings(content)
        return self.call("check")


def _params(desk: Desk, old: str, new: str) -> str:
    path = desk.folder / "params.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    return desk.call("check")


def _file(desk: Desk, name: str, text: str) -> str:
    desk.write(name, text)
    return desk.call("check")


def _ingest(desk: Desk, log: str = WEB.replace("2025", "2019")) -> str:
    from pipeline.core import stage
    from pipeline.ingest.stage import main

    desk.write("web.csv", log)
    told: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stage, "insist", told.append)
        main(Paths(dataset=desk.dataset, out=desk.folder / "out", metrics=desk.folder / "out.json"))
    return "\n".join(told)


def _strangers(desk: Desk) -> str:
    return _ingest(desk, WEB.replace("1,view", "01,view").replace("2,view", "02,view"))


def _leak(desk: Desk) -> str:
    from pipeline.core.settings import parse
    from pipeline.core.sources import DatasetSettings
    from pipeline.features.leaks import refuse_leaks

    content = sources() | {"roles": {"event_view_share": "segment"}}
    try:
        refuse_leaks(parse(content, DatasetSettings, "s"), ["view"], [], False)
    except PipelineError as error:
        return str(error)
    return ""


def _broken(_: Desk) -> str:
    from pipeline.segments.schema import SILHOUETTE

    try:
        SILHOUETTE.check(SILHOUETTE.empty().drop(columns="segment"))
    except PipelineError as error:
        return str(error)
    return ""


def _print(desk: Desk) -> str:
    (desk.folder / "reports").mkdir()
    (desk.folder / "reports" / "index.html").write_text("", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", str(desk.folder))
        return desk.call("print")


def _undrafted(desk: Desk) -> str:
    (desk.dataset / "sources.yaml").unlink()
    return desk.call("check")


def _wrapped(desk: Desk) -> str:
    desk.write("web.json", '{"events": [{"event": "x"}]}')
    return desk.call("inspect", str(desk.dataset / "web.json"))


def _stopped(error: BaseException) -> str:
    """What a stage says that ends with this error."""
    from pipeline.core import stage

    def main(_: Paths) -> dict[str, object]:
        raise error

    told: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stage, "insist", told.append)
        stage.run("ingest", None, {}, main, [])
    return "\n".join(told)


def _out_of_memory(_: Desk) -> str:
    import duckdb

    return _stopped(duckdb.OutOfMemoryException("failed to allocate"))


def _two_at_once(desk: Desk) -> str:
    from pipeline.core.tables import replacing

    with replacing(desk.folder / "ingest"):
        try:
            with replacing(desk.folder / "ingest"):
                return ""
        except PipelineError as error:
            return str(error)


def _worker_killed(_: Desk) -> str:
    from concurrent.futures.process import BrokenProcessPool

    from pipeline.core.workers import pool

    try:
        with pool(2):
            raise BrokenProcessPool
    except PipelineError as error:
        return str(error)


def _told_by_the_doctor(**changes: object) -> str:
    return "\n".join(f.told for f in examine(replace(WELL, **changes)) if f.level == "error")  # type: ignore[arg-type]


Case = Callable[[Desk], str]
FIELD = {"kind": "nominal", "block": "demographic", "label": "x"}
CASES: dict[str, Case] = {
    "no such dataset folder": lambda d: d.call("check", "ours"),
    "sources.yaml: no such file": _undrafted,
    "params.yaml: no such file": lambda d: ((d.folder / "params.yaml").unlink(), d.call("check"))[1],
    "exists and is left alone": lambda d: d.call("inspect", str(d.dataset), "--write"),
    "not valid YAML": lambda d: _file(d, "sources.yaml", "title: [a\n"),
    "is not a known key": lambda d: _params(d, "event_parts:", "event_prats:"),
    "not a known word": lambda d: d.checked(crm__kind="customer"),
    "is missing.": lambda d: _params(d, "  event_parts: 8\n", ""),
    "is another one than this": lambda _: _told_by_the_doctor(same_python=False),
    "no project here": lambda d: d.call("doctor"),
    "no such file in": lambda d: d.checked(crm__files="crn.csv"),
    "the file is empty": lambda d: _file(d, "crm.csv", ""),
    "a header without rows": lambda d: _file(d, "crm.csv", "id,age\n"),
    "unknown format": lambda d: d.checked(crm__format="cvs"),
    "expected …": lambda d: d.checked(crm__format="hubspot-contacts"),
    "many JSON objects": _wrapped,
    "no column": lambda d: d.checked(crm__ids={"contact": "idd"}),
    "are no numbers": lambda d: _file(d, "crm.csv", CRM.replace(",30,", ',"30,5",')),
    "not among `levels`": lambda d: d.checked(crm__fields={"age": {"column": "age", **FIELD, "levels": ["30", "41"]}}),
    "columns of one name": lambda d: _file(d, "crm.csv", CRM.replace("email", "age")),
    "that leads to the customers": lambda d: d.checked(web__ids={"user": "person"}),
    "stand in no table of customers": _strangers,
    "`ids` is empty": lambda d: d.checked(web__ids={}),
    "which column is `ts`": lambda d: d.checked(web__columns={"event": "what"}),
    "give `columns.event`": lambda d: d.checked(web__columns={"ts": "when"}),
    "`lines: sum` needs": lambda d: d.checked(web__lines="sum"),
    "a direct identifier": lambda d: d.checked(crm__fields={"mail": {"column": "email", **FIELD}}),
    "a special category": lambda d: d.checked(crm__fields={"religion": {"column": "age", **FIELD}}),
    "without a time zone": lambda d: _file(d, "web.csv", WEB.replace("Z", "")),
    "dates such as": lambda d: _file(d, "web.csv", "person,what,when\n1,view,31.12.2025 9:00\n"),
    "since 1970": lambda d: _file(d, "web.csv", "person,what,when\n1,view,1738400000\n"),
    "no time that can be read": lambda d: _file(d, "web.csv", "person,what,when\n1,view,noon\n"),
    "`observation` (start, end": lambda d: d.checked(observation=None),
    "outside of the observation": lambda d: _file(d, "web.csv", WEB.replace("2025", "2019")),
    "stages not on the ladder": lambda d: d.checked(stages__moves={"see": ["bye"]}),
    "nothing enters the first stage": lambda d: d.checked(stages__enter={"buy": [{"event": "view"}]}),
    "no event is called": lambda d: d.checked(stages__enter={"see": [{"event": "View"}]}),
    "no `stages`": lambda d: d.checked(stages=None),
    "rows rejected": _ingest,
    "outcomes cannot be": _leak,
    "Run stage": lambda d: d.call("promote"),
    "breaks its schema": _broken,
    "no browser found": _print,
    "no room is left": lambda _: _stopped(OSError(errno.ENOSPC, "No space left on device", "data/a.parquet")),
    "may only be read": lambda _: _stopped(OSError(errno.EROFS, "Read-only file system", "data")),
    "permission is denied": lambda _: _stopped(PermissionError(errno.EACCES, "Permission denied", "data")),
    "needs more memory": _out_of_memory,
    "another process is writing": _two_at_once,
    "was interrupted": lambda _: _stopped(KeyboardInterrupt()),
    "worker processes": _worker_killed,
    "install a JRE": lambda _: _told_by_the_doctor(engine="spark"),
}


def messages(root: Path) -> list[str]:
    text = (root / "docs" / "faq.md").read_text(encoding="utf-8")
    return [message for _, message in re.findall(r"^### (`{1,2}) ?(.+?) ?\1$", text, re.MULTILINE)]


def pattern(message: str) -> str:
    """`…` stands for anything."""
    return ".*".join(re.escape(part.strip(" ")) for part in message.split("…"))


def test_every_message_of_the_page_has_its_case_and_none_is_without(root: Path) -> None:
    told = messages(root)
    found = [[part for part in CASES if part in message] for message in told]
    assert [m for m, parts in zip(told, found, strict=True) if len(parts) != 1] == []
    assert sorted(part for parts in found for part in parts) == sorted(CASES)


@pytest.mark.parametrize("part", CASES)
def test_the_product_says_what_the_page_quotes(
    part: str, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    desk = Desk(root, tmp_path)
    (message,) = (m for m in messages(root) if part in m)
    said = CASES[part](desk)
    assert re.search(pattern(message), said, re.DOTALL), said


def test_the_dataset_of_these_cases_is_well_without_them(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert Desk(root, tmp_path).call("check").count(": ok") == 2
