"""Stays and staged touchpoints of tiny logs, as the stage makes them."""

import pandas as pd

from pipeline.core.engine import connect, keep, read_parquet_folder
from pipeline.journeys.stages import watched_events
from pipeline.journeys.touches import staged, stay_rows
from pipeline.journeys.visits import visits
from tests.journeys.logs_for_tests import OBSERVATION, journeys_of, log, shop


def mapped(folder, *rows, stages=None, persona_of=None, observation=OBSERVATION):
    """(stays, staged touchpoints as a table of the engine) of a log of `log`'s rows."""
    stages = stages or shop()
    found = journeys_of(log(*rows), folder, stages, observation)
    known = persona_of or {}
    persona = [known.get(customer, "persona-1") for customer in found.spells["customer_id"]]
    stays = visits(found.spells.assign(persona_id=persona), found.origins)
    connection = connect()
    watched = watched_events(read_parquet_folder(connection, folder), stages, observation)
    return stays, keep(connection, "touches", staged(watched, stay_rows(stays)))


def one(table: pd.DataFrame, **where) -> pd.Series:
    """The only row with these values."""
    found = table
    for column, value in where.items():
        found = found[found[column] == value]
    assert len(found) == 1, f"{len(found)} rows with {where}"
    return found.iloc[0]
