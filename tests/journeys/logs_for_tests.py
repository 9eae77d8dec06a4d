"""Tiny event logs for tests: what one would write on paper, turned into the table that `ingest` hands over."""

import json

import pandas as pd

from pipeline.core.engine import connect, read_parquet_folder
from pipeline.core.sources import Observation, StageSettings
from pipeline.journeys.spells import Journeys, build_spells
from pipeline.journeys.stages import journey_rows, stage_rows, watched_events

# Days are counted from 2024-01-01 (day 0), the first day of journeys; nothing is observed from day 100 on.
OBSERVATION = Observation(start="2023-01-01", end="2024-04-10", features_until="2024-01-01")


def shop(**changes) -> StageSettings:
    """A ladder of four stages; drop-off after 20 days from the first two."""
    settings = {
        "ladder": ["aware", "consider", "buy", "loyal"],
        "enter": {
            "aware": [{"event": "visit"}],
            "consider": [{"event": "demo"}, {"event": "click", "where": {"target": "pricing"}}],
            "buy": [{"event": "order"}],
            "loyal": [{"event": "order", "at_least": 3}],
        },
        "moves": {"aware": ["consider", "buy"], "consider": ["buy"], "buy": ["loyal", "consider"]},
        "dropoff": {"inactivity_days": 20, "from_stages": ["aware", "consider"]},
    }
    return StageSettings.model_validate(settings | changes)


def log(*rows) -> pd.DataFrame:
    """Events from (customer, day, event[, properties as a dict]); of these `channel` and `amount` become columns."""
    start = pd.Timestamp("2024-01-01", tz="UTC")
    table = pd.DataFrame(
        [
            {
                "customer_id": row[0],
                "ts": start + pd.Timedelta(days=row[1]),
                "sequence": 0,
                "event": row[2],
                "event_id": number,
                "properties": json.dumps(row[3]) if len(row) > 3 else None,
                "channel": row[3].get("channel") if len(row) > 3 else None,
                "amount_hundredths": row[3].get("amount", 0) if len(row) > 3 else 0,
                "utc_offset_minutes": 0,
            }
            for number, row in enumerate(rows)
        ],
    )
    return table.astype({"ts": "datetime64[us, UTC]", "properties": "str", "channel": "str"})


def journeys_of(events: pd.DataFrame, folder, stages: StageSettings | None = None, observation=OBSERVATION) -> Journeys:
    """The journeys of `events`, which are stored in `folder` as `ingest` would."""
    stages = stages or shop()
    events.to_parquet(folder / "part-0.parquet")
    watched = watched_events(read_parquet_folder(connect(), folder), stages, observation)
    rows = stage_rows(watched, stages.dropoff.inactivity_days if stages.dropoff else None).to_pyarrow().to_pandas()
    return build_spells(rows, journey_rows(watched, stages.breakdowns).to_pyarrow().to_pandas(), stages, observation)


def told(journeys: Journeys) -> list[tuple]:
    """Spells as (customer or case, from, to, start, stop), `to` None where censored."""
    table = journeys.spells
    to = table["to"].astype(object).where(table["to"].notna(), None)
    return list(zip(table["case_id"], table["from"], to, table["start"], table["stop"], strict=True))
