"""The command line: every `personas …` command by its name. `check` stands here, the others beside their work."""

import importlib
from pathlib import Path
from typing import Annotated

import typer

from pipeline.core import params
from pipeline.core.command import told_plainly
from pipeline.core.errors import PipelineError, SettingsError, gather
from pipeline.core.settings import Settings
from pipeline.desk.command_compare import compare_runs
from pipeline.desk.command_doctor import doctor
from pipeline.desk.command_reproduce import reproduce
from pipeline.experiments.command import experiment
from pipeline.experiments.command_power import power
from pipeline.ingest.command_inspect import inspect
from pipeline.journeys.command_curves import curves
from pipeline.journeys.command_funnel import funnel
from pipeline.journeys.command_paths import paths
from pipeline.personas.command_register import register_predictions
from pipeline.personas.command_schema import schema
from pipeline.personas.command_value import value
from pipeline.report.command_activate import activate
from pipeline.report.command_print import print_report
from pipeline.segments.command import segment_table
from pipeline.segments.command_promote import promote
from pipeline.segments.command_score import score_table

RAW = Path("data/raw")
MADE_BY_A_STAGE = RAW / "sample"
"""The one dataset that need not be there before the pipeline runs."""

app = typer.Typer(
    name="personas",
    help="Data-driven personas and their journeys. Own data: `inspect` a folder of exports with --write, answer its "
    "sources.yaml, `check`, then `make report` (or `dvc repro report`). `personas COMMAND --help` shows an example.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.command(short_help="Check params.yaml, sources.yaml and exports.", epilog="Example: personas check sample")
def check(
    dataset: Annotated[
        str | None,
        typer.Argument(
            help="Name under data/raw, or a folder. Left out: the dataset of params.yaml.", show_default=False
        ),
    ] = None,
) -> None:
    """Validate params.yaml, a dataset's sources.yaml and the headers of its files, without running anything."""
    from pipeline.core.sources import SOURCES_FILE, read_sources
    from pipeline.ingest import advice, advice_fields, checks
    from pipeline.ingest.summary import files_doubted
    from pipeline.ingest.unjoined import unjoined

    with told_plainly():
        folder = _folder(dataset or params.load_general().dataset)
        _check_params()
        if folder == MADE_BY_A_STAGE and not folder.exists():
            typer.echo("params.yaml: ok. The sample's exports are not made yet: `dvc repro` makes them.")
            return
        settings = read_sources(folder)
        found = checks.check(folder, settings)
        general = advice.questions_left((folder / SOURCES_FILE).read_text(encoding="utf-8"))
        general += [*unjoined(settings), *advice.stage_advice(folder, settings, found)]
        general += [*advice.segmenting_advice(settings), *advice.observation_advice(folder, settings, found)]
        general += advice_fields.field_advice(folder, found)
        if settings.stages:
            general += advice.window_advice(settings, _window_days())
    for f in found:
        columns = len(f.available)
        typer.echo(f"{f.name}: {f.settings.kind}, {f.settings.format}, {len(f.paths)} file(s), {columns} columns: ok")
        for told in advice.understood(f):
            typer.echo(f"  {told}")
        for told in files_doubted(f):
            typer.echo(f"  warning: {told}")
    for told in [*general, *_other_dataset(folder)]:
        typer.echo(f"warning: {told}", err=True)


app.command(
    short_help="Say what exports are; draft sources.yaml.",
    epilog="Examples: personas inspect data/raw/mine --write; personas inspect data/raw/mine/crm.csv --json",
)(inspect)


app.command(
    short_help="What customers are worth (BG/NBD, sBG).",
    epilog="Example: personas value orders.csv --customer id --date day --amount total --out value.csv",
)(value)


app.command(
    "segment",
    short_help="Segments of any table, honestly.",
    epilog="Example: personas segment customers.csv --id customer_id --out members.csv",
)(segment_table)


@app.command("promote", short_help="Freeze the personas of the last run.", epilog="Example: personas promote")
def promote_all(
    segments: Annotated[Path, typer.Option(help="Output folder of stage segments.")] = Path("data/segments"),
    personas: Annotated[Path, typer.Option(help="Output folder of stage personas.")] = Path("data/personas"),
    baseline: Annotated[Path, typer.Option(help="Folder of the baseline.")] = Path("baseline"),
) -> None:
    """Freeze the current personas as the baseline that later runs are matched to, and register what they predict.

    baseline.json and predictions.json hold shares only and belong into git; members.parquet holds pseudonyms and stays
    on this machine. Without a run of stage personas nothing is registered, and this is said.
    """
    promote(segments, baseline)
    if not personas.is_dir():
        typer.echo(f"{personas}: no such folder, so no predictions are registered. Run stage personas first.")
        return
    with told_plainly():
        count = register_predictions(personas, baseline)
    typer.echo(f"{baseline}: {count:,} predictions registered; the next drop of data is held against them.")


app.command(
    "score",
    short_help="Say which segment new customers are in.",
    epilog="Example: personas score new.csv --id customer_id --out scored.csv",
)(score_table)

app.command(
    short_help="State probabilities of spells.",
    epilog="Example: personas curves spells.csv --by group --at 30,90,365 --out curves.csv",
)(curves)


app.command(
    short_help="Funnel of an event log.",
    epilog="Example: personas funnel events.csv --steps visit,cart,order --window 14d --out funnel.csv",
)(funnel)


app.command(
    short_help="Paths of customers, and their moves.",
    epilog="Example: personas paths events.csv --sequence order --out paths.csv --moves moves.csv",
)(paths)


app.command(
    short_help="Effects of an experiment, by group too.",
    epilog="Example: personas experiment t.csv --variant arm --control no --outcome visit --out e.csv",
)(experiment)


app.command(
    short_help="How many customers a test needs.",
    epilog="Example: personas power customers.csv --outcome visit --by persona --effect 0.02 --weekly 5000",
)(power)


app.command(
    short_help="Print the JSON Schema of personas.json.", epilog="Example: personas schema > personas.schema.json"
)(schema)


app.command(short_help="Is this machine fit for a run?", epilog="Example: personas doctor")(doctor)


app.command(short_help="Run a revision anew, compare key figures.", epilog="Example: personas reproduce HEAD --keep")(
    reproduce
)


app.command(
    "compare",
    short_help="What changed in personas, and why.",
    epilog="Examples: personas compare HEAD; personas compare main my-experiment --all",
)(compare_runs)


app.command(
    short_help="Who is which persona, for a CRM or mailing.",
    epilog="Examples: personas activate --out who.csv; personas activate crm.csv --id no --space contact --out who.csv",
)(activate)


app.command(
    "print", short_help="Print the report as PDF and images.", epilog="Example: personas print reports --images"
)(print_report)


def _folder(dataset: str) -> Path:
    """The folder of a dataset given by name or by path."""
    by_name = RAW / dataset
    return Path(dataset) if not by_name.is_dir() and ("/" in dataset or Path(dataset).is_dir()) else by_name


def _other_dataset(folder: Path) -> list[str]:
    """That `dvc repro` would run another dataset than the one that was checked."""
    run = params.load_general().dataset
    if folder.parent != RAW or folder.name == run:
        return []
    return [f"params.yaml has `dataset: {run}`; set `dataset: {folder.name}` to run this one"]


def _window_days() -> float:
    """For how long journeys are told of."""
    from pipeline.journeys.stage import Params

    return params.load("journeys", Params).window_days


def _check_params() -> None:
    """Every block of params.yaml against its stage's model; mistakes of all blocks are told at once."""
    params.load_general()
    mistakes = []
    for block in params.BLOCKS:
        model: type[Settings] = importlib.import_module(f"pipeline.{block}.stage").Params
        try:
            params.load(block, model)
        except PipelineError as error:
            mistakes.append(str(error).replace("\n", "\n  "))
    gather(SettingsError, mistakes, f"{params.PARAMS_FILE}: {len(mistakes)} block(s) with mistakes")


if __name__ == "__main__":
    app()
