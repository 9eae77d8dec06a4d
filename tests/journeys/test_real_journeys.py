"""Real event logs, from their raw files to the funnel: figures that others can count from the same files."""

import json

import numpy as np
import pandas as pd
import pytest

from pipeline.core.sources import Observation, StageSettings
from pipeline.journeys.funnel import funnel
from pipeline.journeys.groups import groups
from pipeline.journeys.stage import read_journeys

pytestmark = pytest.mark.realdata


def events_table(customer, ts, event, event_id, sequence=0, properties=None):
    """Columns of `ingest.schema.EVENTS` that journeys are made of."""
    table = pd.DataFrame(
        {
            "customer_id": customer,
            "ts": pd.to_datetime(ts, utc=True).astype("datetime64[us, UTC]"),
            "sequence": sequence,
            "event": event,
            "event_id": event_id,
            "properties": properties,
        }
    )
    return table.astype({"customer_id": "str", "properties": "str", "event_id": "str"})


def journeys_in(folder, events, stages, observation):
    events.to_parquet(folder / "part-0.parquet")
    return read_journeys(folder, StageSettings.model_validate(stages), Observation.model_validate(observation))


@pytest.fixture(scope="module")
def campaigns(real_data, tmp_path_factory):
    """Journeys of households in campaigns: coupons received, coupons redeemed."""
    folder = real_data / "completejourney"
    text = {"campaign_id": str, "household_id": str}
    described = pd.read_csv(folder / "campaign_descriptions.csv.gz", dtype=text)
    received = pd.read_csv(folder / "campaigns.csv.gz", dtype=text).merge(described, on="campaign_id")
    redeemed = pd.read_csv(folder / "coupon_redemptions.csv.gz", dtype=text)
    basket = pd.read_csv(folder / "transactions_sample.csv.gz", dtype=text, nrows=2000)
    kept = received[["campaign_id", "campaign_type"]].to_dict("records")
    events = pd.concat(
        [
            events_table(
                received["household_id"],
                received["start_date"],
                "received",
                "c" + received.index.astype(str),
                properties=[json.dumps(row) for row in kept],
            ),
            events_table(
                redeemed["household_id"],
                redeemed["redemption_date"],
                "redeemed",
                "r" + redeemed.index.astype(str),
                properties=[json.dumps({"campaign_id": campaign}) for campaign in redeemed["campaign_id"]],
            ),
            events_table(
                basket["household_id"], basket["transaction_timestamp"], "bought", "b" + basket.index.astype(str)
            ),
        ]
    )
    stages = {
        "ladder": ["received", "redeemed"],
        "enter": {"received": [{"event": "received"}], "redeemed": [{"event": "redeemed"}]},
        "moves": {"received": ["redeemed"]},
        "case": "campaign_id",
        "breakdowns": ["campaign_type"],
    }
    observation = {"start": "2016-11-14", "features_until": "2016-11-14", "end": "2018-01-02"}
    found = journeys_in(tmp_path_factory.mktemp("events"), events, stages, observation)
    return found, StageSettings.model_validate(stages)


def test_households_redeem_as_published_by_campaign_type(campaigns):
    found, stages = campaigns
    spells = found.spells.assign(persona_id="unassigned")
    counted = {
        group: tuple(funnel(part, stages, window_days=200).loc[1, ["entered", "reached"]])
        for by, group, part in groups(spells, [], stages.breakdowns, [])
        if by == "campaign_type"
    }
    assert counted == {"Type A": (3647, 604), "Type B": (2368, 154), "Type C": (574, 34)}
    assert found.journeys == 6589
    assert found.began_later == 0
    assert found.illegal.empty


def test_campaigns_that_were_still_running_lift_the_share(campaigns):
    found, stages = campaigns
    spells = found.spells[found.spells["campaign_type"] == "Type B"]
    row = funnel(spells, stages, window_days=40).loc[1]
    assert row["not_followed_up"] > 0.1
    assert row["probability"] > row["observed_share"]
    # Households receive several campaigns: clustered by household, not by campaign.
    alone = funnel(spells.assign(customer_id=spells["case_id"]), stages, window_days=40).loc[1]
    assert alone["probability"] == row["probability"]
    assert row["std_error"] != pytest.approx(alone["std_error"], rel=1e-3)


def test_traffic_fines_with_days_as_only_times(real_data, tmp_path):
    """Ties everywhere: many fines are created, sent and paid on the same day, so the declared order decides."""
    raw = pd.read_csv(real_data / "traffic_fines" / "traffic_fines.csv.gz", dtype={"case_id": str})
    events = events_table(raw["case_id"], raw["timestamp"], raw["activity"], raw[".order"], sequence=raw[".order"])
    ladder = ["created", "sent", "penalty", "collection", "paid"]
    stages = {
        "ladder": ladder,
        "enter": {
            "created": [{"event": "Create Fine"}],
            "sent": [{"event": "Send Fine"}],
            "penalty": [{"event": "Add penalty"}],
            "collection": [{"event": "Send for Credit Collection"}],
            "paid": [{"event": "Payment"}],
        },
        "moves": {stage: ladder[place + 1 :] for place, stage in enumerate(ladder)},
    }
    observation = {"start": "1999-01-01", "features_until": "1999-01-01", "end": "2014-01-01"}
    found = journeys_in(tmp_path, events, stages, observation)

    assert found.journeys == 10_000
    entered = found.spells.groupby("from")["case_id"].nunique()
    assert entered["created"] == 10_000
    # A fine collected and paid, or paid twice, is one journey to `paid`.
    paid = raw.loc[raw["activity"] == "Payment", "case_id"].nunique()
    assert entered["paid"] == paid
    assert (found.spells["start"] < found.spells["stop"]).all()
    assert np.allclose(found.spells.groupby("case_id")["start"].min(), 0)
