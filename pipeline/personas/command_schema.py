"""`personas schema`: the JSON Schema of personas.json."""

import typer


def schema() -> None:
    """Print the JSON Schema of personas.json (docs/formats/personas.schema.json), for tools that read it."""
    from pipeline.personas.document import schema_text

    typer.echo(schema_text(), nl=False)
