"""All topics of the table `stage_profile`."""

from collections.abc import Mapping
from dataclasses import dataclass

import ibis
import pandas as pd

from pipeline.core.sources import QuestionSettings, StageSettings
from pipeline.journeys import emotions as felt
from pipeline.journeys import first_contact as seen
from pipeline.journeys import information as sought
from pipeline.journeys import loyalty as after
from pipeline.journeys import touches as touched
from pipeline.journeys.dwell import dwell
from pipeline.journeys.pains import PainSetting, complaints, pains, severities
from pipeline.journeys.profile_rows import joined
from pipeline.journeys.touchpoints import channels, touchpoints
from pipeline.journeys.visits import conversion_stage, states_of


@dataclass(frozen=True)
class Told:
    """What customers said: ingest's tables `feedback` and `responses`, and the questions by name."""

    feedback: pd.DataFrame
    responses: pd.DataFrame
    questions: Mapping[str, QuestionSettings]


@dataclass(frozen=True)
class ProfileLimits:
    """What the `journeys` block of params.yaml says of the profile; `end` in microseconds since 1970."""

    min_cell: int
    touchpoints: int
    edge_days: float
    horizon_days: float
    end: int


def stage_profile(
    touches: ibis.Table,
    first: pd.DataFrame,
    stays: pd.DataFrame,
    told: Told,
    personas: list[str],
    stages: StageSettings,
    limits: ProfileLimits,
) -> pd.DataFrame:
    """Rows of all topics. `first` is `first_contact.first_contacts` of the whole log."""
    states, ladder, least = states_of(stages), stages.ladder, limits.min_cell
    arrived = sought.arrivals(stays, ladder)
    given = felt.scores(told.feedback, told.responses, told.questions)
    staged = felt.staged_scores(given, stays)
    leaving = stages.dropoff.from_stages if stages.dropoff else ladder[:-1]
    pain = PainSetting(
        personas, list(leaving), stages.dropoff.stage if stages.dropoff else None, limits.horizon_days, least
    )
    known = touched.in_channels(touches)
    beyond = ladder[ladder.index(conversion_stage(stages)) :]
    days = [round(limits.horizon_days * part / 3) for part in (1, 2, 3)]
    return joined(
        [
            dwell(stays, personas, states, least),
            touchpoints(
                frame(touched.touch_sums(touches)), frame(touched.stage_sums(touches)), stays, least, limits.touchpoints
            ),
            channels(frame(touched.channel_sums(known)), frame(touched.stage_sums(known)), stays, least),
            sought.information(frame(sought.contacts_before(touches, arrived)), arrived, personas, least),
            felt.emotions(staged, personas, states, least),
            pains(stays, complaints(told.responses, told.questions), staged, severities(given), pain),
            seen.first_contact(first, stays, personas, limits.touchpoints, least),
            after.loyalty(
                frame(after.purchase_days(touches)),
                stays,
                personas,
                after.Afterwards(days, beyond, pain.dropoff, limits.end),
                least,
            ),
        ]
    ).round({"value": 9, "lower": 9, "upper": 9})  # an engine's sums differ in the last digits from run to run


def frame(rows: ibis.Table) -> pd.DataFrame:
    """The rows, out of the engine."""
    return rows.to_pyarrow().to_pandas()
