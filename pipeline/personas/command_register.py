"""Registering predictions: what `personas promote` freezes beside the personas."""

from pathlib import Path


def register_predictions(personas: Path, baseline: Path) -> int:
    """Copy the predictions of the finished run in `personas` to the folder `baseline`; returns how many there are.

    Shares and means of personas, no customer is in them. Raises `SchemaError` where stage personas did not run.
    """
    from pipeline.core import tables
    from pipeline.personas.schema import PREDICTIONS_FILE

    content = tables.read_json(personas / PREDICTIONS_FILE, "personas")
    tables.write_json(content, baseline / PREDICTIONS_FILE)
    return len(content["predictions"])
