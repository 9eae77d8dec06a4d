"""Mutated exports through the code that stage ingest runs: a table whose rows are all there, or one clear error.

Mutation 0 of a family is the good export itself.

`python -m tests.ingest.fuzzing --family xes --mutations 10000` prints what breaks this, with the numbers that make it
again: `--only 4711` runs one mutation, `--save FOLDER` writes its file. Exports are read in batches, as parts of one
source, for most of the time goes into the engine's plans; what fails in a batch is tried alone. Some mutations also go
through the whole stage, and some through `personas inspect`.
"""

import argparse
import faulthandler
import re
import signal
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

import pandas as pd
from ibis.backends.duckdb import Backend

from pipeline.core.engine import connect
from pipeline.core.errors import PipelineError
from pipeline.core.settings import parse, read_yaml
from pipeline.core.sources import DatasetSettings
from pipeline.ingest import behaviour
from pipeline.ingest import expressions as x
from pipeline.ingest.checks import Found, check
from pipeline.ingest.customers import merge_records
from pipeline.ingest.draft import draft_sources
from pipeline.ingest.export import read_rows
from pipeline.ingest.exposures import read_exposures
from pipeline.ingest.inspection import inspect_folder
from pipeline.ingest.load import load_events, load_rows
from pipeline.ingest.privacy import make_scrubber
from pipeline.ingest.readers.registry import READERS
from pipeline.ingest.rejects import Account, reconciliation
from pipeline.ingest.responses import read_answers
from pipeline.ingest.rows import Rows
from pipeline.ingest.stage import Params, ingest
from pipeline.ingest.texts import read_texts
from tests.ingest.event_exports import WINDOW
from tests.ingest.fuzz_families import FAMILIES, Family, Range

KEY = b"k" * 64
SECONDS = 30
"""Of the processor, for one batch and for one mutation alone; a batch takes a second or two, a mutation less."""
BATCH = 100
WHOLE, INSPECTED = 401, 161
"""One of so many mutations goes through the whole stage alone, and one of so many through inspect."""
LONGEST_MESSAGE = 4_000
PARAMS = Params(event_parts=1, largest_identity_group=20, bot_events_per_hour=120, memory_limit_gib=1)
SCRUB = make_scrubber(["Anna"], ["Berg"], "en")
ADDRESS = re.compile(r"[\w.+-]+@example\.(?:org|net)")


class Hang(Exception):
    """A mutation takes longer than `SECONDS`."""


@dataclass
class Report:
    """What became of the mutations of one family."""

    read: int = 0
    refused: int = 0
    failures: list[str] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class Case:
    """One mutated export: its number, its file and the least and most rows in it."""

    number: int
    path: Path
    rows: Range


@contextmanager
def in_time(seconds: float = SECONDS) -> Iterator[None]:
    """Raises `Hang` after that time of the processor; what waits, or never comes back from C, ends the process."""

    def late(*_: object) -> None:
        raise Hang(f"more than {seconds:.0f} s")

    before = signal.signal(signal.SIGPROF, late)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    faulthandler.dump_traceback_later(40 * seconds, exit=True, file=sys.__stderr__)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        faulthandler.cancel_dump_traceback_later()
        signal.signal(signal.SIGPROF, before)


class Bench:
    """Reads mutated exports of one family; keeps one session of the engine while nothing breaks in it."""

    def __init__(self, name: str, folder: Path, seed: int) -> None:
        self.name, self.family, self.folder, self.seed = name, FAMILIES[name], folder, seed
        self.settings = dataset_of(self.family)
        self.connection: Backend = connect()
        self.report = Report()

    def run(self, numbers: Sequence[int], save: Path | None = None) -> Report:
        """Mutations by their numbers; the file of each failure goes into the folder `save`."""
        for start in range(0, len(numbers), BATCH):
            cases = [self._case(n) for n in numbers[start : start + BATCH]]
            self._batch(cases)
            for case in cases:
                if case.number % INSPECTED == INSPECTED // 2:
                    self._alone(case, self._inspected)
                if case.number % WHOLE == WHOLE // 2:
                    self._alone(case, self._whole_stage)
                if save and any(f"number {case.number}:" in told for told in self.report.failures):
                    save.mkdir(parents=True, exist_ok=True)
                    (save / f"{self.name}-{case.number}{self.family.suffix}").write_bytes(case.path.read_bytes())
                case.path.unlink()
        return self.report

    def _case(self, number: int) -> Case:
        random = Random(f"{self.seed}-{self.name}-{number}")
        whole = (self.family.content, (self.family.rows, self.family.rows))
        content, rows = self.family.broken(random) if number else whole
        path = self.folder / f"export{number}{self.family.suffix}"
        path.write_bytes(content)
        return Case(number, path, rows)

    def _batch(self, cases: Sequence[Case]) -> None:
        """Files whose headers are good are read together where their formats fix the same columns."""
        groups: dict[object, list[tuple[Case, Found]]] = {}
        for case in cases:
            found = self._tried(case, lambda c=case: check(self.folder, only(self.settings, c.path.name))[0])
            if found is not None:
                groups.setdefault((tuple(found.standard.items()), found.zone), []).append((case, found))
        for group in groups.values():
            self._together(group)

    def _together(self, group: Sequence[tuple[Case, Found]]) -> None:
        if len(group) == 1:
            case, found = group[0]
            counts = self._tried(case, lambda: self._counts([found]))
        else:
            try:
                with in_time():
                    counts = self._counts([found for _, found in group])
            except Exception:
                self.connection = connect()
                half = len(group) // 2
                self._together(group[:half])
                self._together(group[half:])
                return
        if counts is not None:
            for case, _ in group:
                self._reconciled(case, counts.get(case.path.name, 0))

    def _counts(self, found: Sequence[Found]) -> dict[str, int]:
        merged = replace(
            found[0], paths=[p for f in found for p in f.paths], headers=[h for f in found for h in f.headers]
        )
        if self.family.source["kind"] == "events":
            return event_counts(self.connection, self.folder, merged, self.settings)
        return row_counts(self.folder, merged, self.settings)

    def _alone(self, case: Case, act: Callable[[Case], None]) -> None:
        self._tried(case, lambda: act(case), counted=False)

    def _tried(self, case: Case, act: Callable[[], object], counted: bool = True):  # type: ignore[no-untyped-def]
        """What `act` gives, or None where it refuses the file; anything but a readable refusal is a failure."""
        try:
            with in_time():
                return act()
        except PipelineError as error:
            self.report.refused += counted
            self.report.kinds[re.sub(r"[0-9`].*", "", str(error).split(":")[-1])[:60]] += 1
            wrong = unreadable(str(error), case.path.name, self.settings)
            if wrong:
                self._failed(case, f"{wrong}: {str(error)[:300]!r}")
        except Exception as bug:
            if self.family.source["kind"] == "events":
                self.connection = connect()
            self._failed(case, f"{type(bug).__name__}: {str(bug)[:400]} at {_where(bug)}")
        return None

    def _reconciled(self, case: Case, rows: int) -> None:
        self.report.read += 1
        least, most = case.rows
        if not least <= rows <= most:
            self._failed(case, f"{rows} rows were read, {least} to {most} are there")

    def _failed(self, case: Case, what: str) -> None:
        self.report.failures.append(f"{self.name}, seed {self.seed}, number {case.number}: {what}")

    def _whole_stage(self, case: Case) -> None:
        done = ingest(connect(), self.folder, only(self.settings, case.path.name), KEY, PARAMS)
        read = int(reconciliation(done.accounts)["read"].iloc[0])
        assert case.rows[0] <= read <= case.rows[1], f"the stage read {read} of {case.rows} rows"
        if done.events is not None:
            x.to_frame(done.events.events())

    def _inspected(self, case: Case) -> None:
        """The draft of a folder is a sources.yaml that can be read and checked, and shows nobody's address."""
        folder = self.folder / "inspected"
        folder.mkdir(exist_ok=True)
        target = folder / case.path.name
        target.write_bytes(case.path.read_bytes())
        try:
            found, problems = inspect_folder(folder)
            draft = draft_sources("x", found, problems)
            assert not ADDRESS.search(draft), "the draft shows an address"
            assert not any(ADDRESS.search(str(f.as_dict())) for f in found), "inspect shows an address"
            if found:
                (folder / "sources.yaml").write_text(draft, encoding="utf-8")
                check(folder, parse(read_yaml(folder / "sources.yaml"), DatasetSettings, "draft"))
        finally:
            for path in folder.iterdir():
                path.unlink()


def _where(bug: BaseException) -> str:
    """The deepest line of the pipeline's own code."""
    import traceback

    frames = [f for f in traceback.extract_tb(bug.__traceback__) if "/pipeline/" in f.filename] or [
        *traceback.extract_tb(bug.__traceback__)
    ]
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"


def dataset_of(family: Family) -> DatasetSettings:
    """Settings of a dataset whose only source is the family's."""
    sources = {"exports": {**family.source, "files": "x"}}
    return DatasetSettings.model_validate({"title": "Fuzz", "observation": WINDOW, "sources": sources})


def only(settings: DatasetSettings, file: str) -> DatasetSettings:
    """The settings with another file for the only source."""
    source = settings.sources["exports"].model_copy(update={"files": file})
    return settings.model_copy(update={"sources": {"exports": source}})


def event_counts(connection: Backend, folder: Path, found: Found, settings: DatasetSettings) -> dict[str, int]:
    """Judged rows of each file."""
    assert settings.observation is not None
    forget(connection)
    source = load_events(connection, folder, found)
    judged = behaviour.judge(connection, source, settings.observation, KEY, 10**9).rows
    table = judged.filter(judged.reason.isnull() | (judged.reason != behaviour.BLANK))
    counts = x.to_frame(table.group_by("@file", "reason").agg(n=lambda t: t.count()))
    told_to_all(*counts["reason"].dropna())
    per_file: Counter[str] = Counter()
    for file, n in zip(counts["@file"], counts["n"], strict=True):
        per_file[file.split("/")[0]] += int(n)
    return per_file


def forget(connection: Backend) -> None:
    """Drop what an earlier batch loaded: one stage has no two sources of a name."""
    for kind in ("view", "table"):
        names = connection.raw_sql(f"SELECT {kind}_name FROM duckdb_{kind}s() WHERE NOT internal").fetchall()
        for (name,) in names:
            connection.raw_sql(f'DROP {kind} IF EXISTS "{name}"')


def row_counts(folder: Path, found: Found, settings: DatasetSettings) -> dict[str, int]:
    """Rows of each file, judged; a format that reshapes its rows is counted before."""
    rows = load_rows(folder, found)
    account = judged(rows, settings)
    add_up(account)
    assert account.read == rows.read
    if READERS[found.settings.format].reshape:
        per_file = Counter()
        for path, header in zip(found.paths, found.headers, strict=True):
            export = read_rows([path], [header], folder)
            per_file[path.name] = len(export.rows) + len(export.ragged)
    else:
        per_file = Counter(rows.rows.index.get_level_values("file"))
        per_file.update(rows.rejects["file"])
    assert per_file.total() == rows.read, f"{per_file.total()} rows by file, {rows.read} in all"
    return per_file


def judged(rows: Rows, settings: DatasetSettings) -> Account:
    """The account of a source of rows; customers keep the first of their ids."""
    ids = rows.ids.bfill(axis=1).iloc[:, 0].astype("str") if len(rows.ids.columns) else pd.Series(index=rows.ids.index)
    kind = rows.settings.kind
    if kind == "customers":
        return merge_records(rows, ids).account
    if kind == "responses":
        return read_answers(rows, ids, SCRUB, KEY).account
    if kind == "texts":
        return read_texts(rows, ids.astype("str"), SCRUB, KEY)[1]
    return read_exposures(rows, ids, settings.observation)[1]


def add_up(account: Account) -> None:
    """Every row is kept, merged or rejected, and no reject or warning shows an address."""
    assert account.read == account.kept + account.merged + account.rejected, account
    assert min(account.kept, account.merged, account.rejected) >= 0, account
    told_to_all(*account.rejects["value"].dropna(), *account.rejects["reason"], *account.warnings)


def told_to_all(*texts: str) -> None:
    """Raises where a text that leaves the raw folder shows an address."""
    shown = [text for text in texts if ADDRESS.search(text)]
    assert not shown, f"an address is told: {shown[0][:200]}"


def unreadable(message: str, file: str, settings: DatasetSettings) -> str:
    """What is wrong with a message, or the empty string."""
    if file.split(".")[0] not in message and not any(name in message for name in settings.sources):
        return "neither file nor source is named"
    if ADDRESS.search(message):
        return "an address is shown"
    return "too long" if len(message) > LONGEST_MESSAGE else ""


def fuzzed(name: str, numbers: Sequence[int], seed: int, save: Path | None = None) -> Report:
    """The mutations of one family by their numbers, in a folder of their own."""
    with tempfile.TemporaryDirectory() as folder:
        return Bench(name, Path(folder), seed).run(numbers, save)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--family", help="one of: " + ", ".join(FAMILIES))
    parser.add_argument("--mutations", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int)
    parser.add_argument("--save", type=Path)
    given = parser.parse_args(argv)
    warnings.simplefilter("error")
    warnings.filterwarnings("ignore", message="fetch_arrow_table", category=DeprecationWarning)
    failures = 0
    for name in [given.family] if given.family else FAMILIES:
        started, busy = time.perf_counter(), time.process_time()
        numbers = range(given.mutations) if given.only is None else [given.only]
        done = fuzzed(name, numbers, given.seed, given.save)
        failures += len(done.failures)
        each = 1000 * (time.process_time() - busy) / len(numbers)
        sys.stdout.write(
            f"{name}: {len(numbers):,} mutations, {done.read:,} read, {done.refused:,} refused, "
            f"{len(done.failures)} failures; {time.perf_counter() - started:.0f} s, {each:.0f} ms each\n"
        )
        sys.stdout.writelines(f"  {told}\n" for told in done.failures[:50])
        sys.stdout.flush()
    return int(failures > 0)


if __name__ == "__main__":
    sys.exit(main())
