"""What exposed customers did next, joined by the engine: one row per exposed customer comes out."""

from datetime import date

import ibis
import pandas as pd

from pipeline.core.sources import OutcomeSettings

MICROSECONDS_OF_A_DAY = 86_400_000_000


def outcomes(
    exposures: ibis.Table, events: ibis.Table, experiment: str, outcome: OutcomeSettings, end: date
) -> pd.DataFrame:
    """customer_id, variant, followed_up, happened: one row per customer exposed in `experiment`, by customer_id.

    `happened`: an event `outcome.event` in [exposed_at, exposed_at + within_days). `followed_up`: that window ended by
    `end`, the first day no longer observed (00:00 UTC); what happened to the others is not known, whatever was seen.
    """
    window = round(outcome.within_days * MICROSECONDS_OF_A_DAY)
    exposed = exposures.filter(exposures.experiment == experiment)
    exposed = exposed.select("customer_id", "variant", exposed_us=_microseconds(exposed.exposed_at))
    done = events.filter(events.event == outcome.event)
    done = done.select("customer_id", done_us=_microseconds(done.ts))
    joined = exposed.join(
        done,
        [
            exposed.customer_id == done.customer_id,
            done.done_us >= exposed.exposed_us,
            done.done_us < exposed.exposed_us + window,
        ],
        how="left",
    )
    last = int(pd.Timestamp(end, tz="UTC").value // 1000) - window
    found = joined.group_by(["customer_id", "variant", "exposed_us"]).aggregate(times=joined.done_us.count())
    return (
        found.select("customer_id", "variant", followed_up=found.exposed_us <= last, happened=found.times > 0)
        .order_by("customer_id")
        .to_pyarrow()
        .to_pandas()
    )


def _microseconds(time: ibis.expr.types.TimestampValue) -> ibis.expr.types.IntegerValue:
    """Since 1970 UTC; whole numbers compare the same on every engine.

    `epoch_seconds` rounds to the nearest second on DuckDB, hence the truncation before it.
    """
    return time.truncate("s").epoch_seconds().cast("int64") * 1_000_000 + time.microsecond().cast("int64") % 1_000_000
