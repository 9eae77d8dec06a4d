"""`personas promote`: freeze the current solution, so that later runs keep its persona ids."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.core.command import told_plainly


def promote(
    segments: Annotated[Path, typer.Option(help="Output folder of stage segments.")] = Path("data/segments"),
    baseline: Annotated[Path, typer.Option(help="Folder of the baseline.")] = Path("baseline"),
) -> None:
    """Freeze the current personas as the baseline that later runs are matched to.

    baseline.json holds shares only and belongs into git; members.parquet holds pseudonyms and stays on this machine.
    """
    from pipeline.core import tables
    from pipeline.core.errors import InputError
    from pipeline.segments.baseline import FILE, MEMBERS_FILE, UNASSIGNED, persona_of
    from pipeline.segments.schema import MEMBERS, SNAPSHOT_FILE, SUMMARY_FILE
    from pipeline.segments.stage import code_hash

    with told_plainly():
        content = tables.read_json(segments / SNAPSHOT_FILE, "segments")
        if not content["personas"]:
            raise InputError(f"{segments}: the run has no personas to freeze.")
        members = tables.read(segments, MEMBERS)
        ids = tables.read_json(segments / SUMMARY_FILE, "segments")["persona_ids"]
        named = persona_of(members["customer_id"], members, {int(k): str(v) for k, v in ids.items()})
        kept = members[["customer_id"]].assign(persona_id=named)
        tables.write_json(content | {"code": code_hash()}, baseline / FILE)
        kept.to_parquet(baseline / MEMBERS_FILE, index=False, compression="zstd")
    sizes = ", ".join(f"{name} ({one['customers']:,})" for name, one in content["personas"].items())
    typer.echo(f"{baseline}: {sizes}; {int((named == UNASSIGNED).sum()):,} unassigned.")
    typer.echo(f"Commit {baseline / FILE}; later runs keep these ids and tell what became of them.")
