"""Spark: the same expressions where an event log outgrows one machine. Imported only where `engine: spark` is chosen.

Everything is in UTC, timestamps are `TIMESTAMP`. Tables that are kept are Parquet files in a scratch folder, removed
with the process. One session serves the process.
"""

import atexit
import logging
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
import pyarrow as pa
import pyarrow.parquet as pq
from ibis.backends import pyspark
from ibis.util import gen_name
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.functions import monotonically_increasing_id

from pipeline.core.engine_codes import Texts
from pipeline.core.errors import PipelineError, SettingsError
from pipeline.core.params import SparkSettings
from pipeline.core.spark_dialect import SparkCompiler

_STANDARD_ERROR = 2
_LOG_SETTINGS = """\
rootLogger.level = error
rootLogger.appenderRef.file.ref = file
appender.file.type = File
appender.file.name = file
appender.file.fileName = {log}
appender.file.layout.type = PatternLayout
appender.file.layout.pattern = %d %p %c: %m%n%ex
"""
_TIME = dt.Timestamp(scale=6)
MISTAKE = "personas-mistake"
"""Begins and ends the message of a `PipelineError` that a task raised."""


Read = Callable[[Any], Iterator[pa.RecordBatch]]


class SparkBackend(pyspark.Backend):
    """Ibis on a Spark session, with temporary tables, and results through Arrow."""

    compiler = SparkCompiler()
    task_memory_gib: float

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._folders: dict[str, str] = {}

    def frame(self, rows: ibis.Table) -> DataFrame:
        """The rows as Spark's own frame."""
        self._run_pre_execute_hooks(rows)
        return self._session.sql(self.compile(rows))

    def create_table(self, name: str, /, obj: Any = None, *, temp: bool | None = None, **options: Any) -> ibis.Table:
        """A table; a temporary one is Parquet in the scratch folder."""
        if not temp:
            return super().create_table(name, obj, temp=temp, **options)
        return self.keep_frame(name, self.frame(obj if isinstance(obj, ibis.Table) else ibis.memtable(obj)))

    def keep_frame(self, name: str, frame: DataFrame) -> ibis.Table:
        """A temporary table of Spark's own frame."""
        folder = mkdtemp(dir=scratch_folder())
        with plain_mistakes():
            frame.write.mode("overwrite").parquet(folder)
        self.forget(name)
        self._folders[name] = folder
        self._session.read.parquet(folder).createOrReplaceTempView(f"`{name}`")
        return self.table(name)

    def forget(self, name: str) -> None:
        """Drop a temporary table and its files."""
        if name in self._folders:
            self._session.catalog.dropTempView(f"`{name}`")
            shutil.rmtree(self._folders.pop(name), ignore_errors=True)

    def get_schema(self, table_name: str, **where: Any) -> ibis.Schema:
        """The schema of a table whose name may hold blanks."""
        schema = super().get_schema(f"`{table_name}`", **where)
        times = {name: _TIME for name, dtype in schema.items() if dtype.is_timestamp()}
        return ibis.schema({**schema, **times})

    def rows_of(self, name: str, tasks: Sequence[Any], read: Read, columns: Mapping[str, str]) -> None:
        """Make the view `name` of the rows that `read` gives for each of `tasks`, at its place in the cluster.

        `columns` are names with Spark's types. What `read` is made of must be importable there.
        """
        fields = ", ".join(f"`{column}` {kind}" for column, kind in columns.items())
        numbers = self._session.range(0, len(tasks), 1, len(tasks))
        numbers.mapInArrow(_Reading(tuple(tasks), read), fields).createOrReplaceTempView(f"`{name}`")

    def to_pyarrow(self, expr: ibis.Expr, /, *, params: Any = None, limit: Any = None, **options: Any) -> Any:
        """The result, through Arrow."""
        rows = expr.as_table()
        rows = rows.limit(limit) if limit is not None else rows
        with plain_mistakes():
            table = self.frame(rows).toArrow()
        return expr.__pyarrow_result__(table.cast(rows.schema().to_pyarrow()))

    def _register_in_memory_table(self, op: ops.InMemoryTable) -> None:
        table = op.data.to_pyarrow(op.schema)
        fields = [f.with_type(pa.timestamp("us", "UTC")) if pa.types.is_timestamp(f.type) else f for f in table.schema]
        self._session.createDataFrame(table.cast(pa.schema(fields))).createOrReplaceTempView(f"`{op.name}`")


@dataclass(frozen=True)
class _Reading:
    """What a task does: it is given numbers of tasks."""

    tasks: tuple[Any, ...]
    read: Read

    def __call__(self, given: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        try:
            for batch in given:
                for number in batch.column(0).to_pylist():
                    yield from self.read(self.tasks[number])
        except PipelineError as error:
            raise RuntimeError(f"{MISTAKE}{error}{MISTAKE}") from None


@cache
def connect(settings: SparkSettings) -> SparkBackend:
    """The process' session.

    Raises `SettingsError` where there is no Java, or it cannot be started.
    """
    if not (os.environ.get("JAVA_HOME") or shutil.which("java")):
        raise SettingsError("`engine: spark` needs Java 17 or newer: install a JRE, or set JAVA_HOME.")
    logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL)
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.master(settings.master).appName("personas")
    for key, value in {**_options(scratch_folder(), settings.memory_gib), **dict(settings.options)}.items():
        builder = builder.config(key, value)
    log = scratch_folder() / "spark.log"
    with _errors_to(log):
        try:
            session = builder.getOrCreate()
        except PySparkException as error:
            raise SettingsError(f"`engine: spark`: no session: {error}. {_tail(log)}") from None
    backend = SparkBackend().connect(session)
    backend.register_options()
    backend.task_memory_gib = settings.task_memory_gib
    return backend


@cache
def scratch_folder() -> Path:
    """The process' folder for kept tables and what does not fit into memory."""
    folder = Path(mkdtemp(prefix="personas-spark-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@contextmanager
def plain_mistakes() -> Iterator[None]:
    """A `PipelineError` raised in a task is raised here."""
    try:
        yield
    except PySparkException as error:
        _, found, rest = str(error).partition(MISTAKE)
        if not found:
            raise
        raise PipelineError(rest.partition(MISTAKE)[0]) from None


def _options(scratch: Path, memory_gib: float) -> Mapping[str, str]:
    log = scratch / "log4j2.properties"
    log.write_text(_LOG_SETTINGS.format(log=scratch / "spark.log"), encoding="utf-8")
    java = f"-Djava.io.tmpdir={scratch} -Dlog4j2.configurationFile=file:{log} -XX:-UsePerfData"
    return {
        "spark.driver.memory": f"{round(memory_gib * 1024)}m",
        "spark.driver.extraJavaOptions": java,
        "spark.local.dir": str(scratch),
        "spark.sql.warehouse.dir": str(scratch / "warehouse"),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.caseSensitive": "true",
        "spark.sql.ansi.enabled": "true",
        "spark.sql.shuffle.partitions": "8",
        "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
        "spark.sql.parquet.compression.codec": "zstd",
        "spark.sql.execution.arrow.pyspark.enabled": "true",
    }


@contextmanager
def _errors_to(log: Path) -> Iterator[None]:
    """What Java says on standard error goes to a file, as long as it runs."""
    kept = os.dup(_STANDARD_ERROR)
    with log.open("ab") as file:
        os.dup2(file.fileno(), _STANDARD_ERROR)
    try:
        yield
    finally:
        os.dup2(kept, _STANDARD_ERROR)
        os.close(kept)


def _tail(log: Path) -> str:
    return " ".join(log.read_text(encoding="utf-8", errors="replace").split()[-60:])


def keep(connection: SparkBackend, name: str, rows: ibis.Table) -> ibis.Table:
    """The rows as a table of the session, in place of an earlier one of that name."""
    return connection.create_table(name, rows, temp=True)


def keep_rows(connection: SparkBackend, name: str, rows: ibis.Table, place: str, texts: Texts) -> ibis.Table:
    """`keep` with a number of its own for each row, in `place`. Parquet stores few values as codes anyway."""
    kept = connection.keep_frame(name, connection.frame(rows).withColumn(place, monotonically_increasing_id()))
    return kept.mutate(**{column: ibis.literal(text) for column, text in texts.same.items()}) if texts.same else kept


def amended(connection: SparkBackend, name: str, rows: ibis.Table, changes: ibis.Table, place: str) -> ibis.Table:
    """`rows` with what `changes` hold at their places."""
    new = changes.rename({f"new {c}": c for c in changes.columns})
    joined = rows.left_join(new, rows[place] == new[f"new {place}"])
    columns = [c for c in changes.columns if c != place]
    changed = joined.mutate(**{c: joined[f"new {c}"].fill_null(joined[c]) for c in columns}).drop(*new.columns)
    return connection.create_view(gen_name(name), changed)


def rows_with_repeated_ids(connection: SparkBackend, name: str, rows: ibis.Table, column: str) -> ibis.Table:
    """The rows whose id another row has; the ids become the table `name`."""
    counted = rows.group_by(column).agg(n=lambda t: t.count())
    return rows.semi_join(keep(connection, name, counted.filter(counted.n > 1).drop("n")), column)


def moment_in_utc(naive: ibis.Value) -> ibis.Value:
    """The moment of a time in UTC."""
    return naive.cast("timestamp('UTC', 6)")


def has_few_codes(connection: SparkBackend, name: str, column: str) -> bool:
    """Texts have no codes here."""
    return False


def is_view(connection: SparkBackend, name: str) -> bool:
    """Rows of files are numbered where they are read."""
    return False


def read_parquet_folder(connection: SparkBackend, folder: Path) -> ibis.Table:
    """All Parquet files in `folder` as one table."""
    return connection.read_parquet(str(folder / "*.parquet"))


def forget(connection: SparkBackend, names: Iterable[str]) -> None:
    """Drop tables of the session."""
    for name in names:
        connection.forget(name)


def write_parquet(connection: SparkBackend, rows: ibis.Table, path: Path) -> None:
    """Write the rows to one file, in their order."""
    folder = Path(mkdtemp(dir=scratch_folder()))
    with plain_mistakes():
        connection.frame(rows).coalesce(1).write.mode("overwrite").parquet(str(folder))
    written = sorted(folder.glob("*.parquet"))
    if written:
        shutil.move(written[0], path)
    else:
        pq.ParquetWriter(path, rows.schema().to_pyarrow()).close()
    shutil.rmtree(folder)
