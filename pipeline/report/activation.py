"""From personas back to single customers: who is which persona, where on the journey now, and what to do there."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from pipeline.personas.schema import UNASSIGNED

COLUMNS = ("customer_id", "persona_id", "persona", "probability", "stage", "days_in_stage")
DOING = ("say", "put_right", "channel", "device", "when")


def stages_now(spells: pd.DataFrame, ladder: Sequence[str]) -> pd.DataFrame:
    """`stage` at the end of observation and `days_in_stage`, one row per customer with a journey.

    `spells`: journeys.schema.SPELLS. Of several journeys of a customer the one that stands furthest on the `ladder` is
    told; stages beside the ladder, such as drop-off, stand before its first.
    """
    last = spells.sort_values(["case_id", "stop", "start"], kind="stable").groupby("case_id", sort=True).tail(1)
    ended = last["to"].notna()
    stage = last["from"].where(~ended, last["to"])
    days = (last["stop"] - last["entered"]).where(~ended, 0.0)
    place = stage.map({name: i for i, name in enumerate(ladder)}).fillna(-1)
    frame = pd.DataFrame({"customer_id": last["customer_id"], "stage": stage, "days_in_stage": days, "place": place})
    frame = frame.sort_values(["customer_id", "place", "days_in_stage"], kind="stable")
    return frame.groupby("customer_id", sort=True).tail(1).drop(columns="place").reset_index(drop=True)


def activation(
    members: pd.DataFrame, personas: Mapping[str, Any], now: pd.DataFrame, plans: Mapping[str, Any]
) -> pd.DataFrame:
    """One row per customer: `COLUMNS`, and `DOING` as the report's plan says for the persona and stage.

    `members`: segments.schema.MEMBERS; `personas`: personas.json; `now`: `stages_now`; `plans`: by persona_id, see
    `content.plan`. A customer without a persona is `unassigned`; what is not known is missing.
    """
    named = {p["segment"]: (p["persona_id"], p["name"]) for p in personas["personas"]}
    who = [named.get(segment, (UNASSIGNED, "")) for segment in members["segment"]]
    table = pd.DataFrame(
        {
            "customer_id": members["customer_id"].to_numpy(),
            "persona_id": [w[0] for w in who],
            "persona": [w[1] for w in who],
            "probability": members["probability"].round(6).to_numpy(),
        }
    )
    table = table.merge(now, on="customer_id", how="left", validate="one_to_one")
    table["days_in_stage"] = table["days_in_stage"].round(2)
    doing = pd.DataFrame([row for own, plan in plans.items() for row in _rows(own, plan)])
    if doing.empty:
        return table.assign(**dict.fromkeys(DOING, np.nan))
    general = doing[doing["stage"].isna()].drop(columns="stage").set_index("persona_id")
    table = table.merge(doing[doing["stage"].notna()], on=["persona_id", "stage"], how="left", validate="many_to_one")
    # Whoever is at no stage of the ladder gets what holds for the persona on the whole way.
    on = table["stage"].isin(doing["stage"].dropna())
    for column in DOING:
        table[column] = table[column].where(on, table["persona_id"].map(general[column]))
    return table[[*COLUMNS, *DOING]]


def _rows(own: str, plan: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What to do with a persona on the whole way (no stage), then at each stage."""
    whole: dict[str, Any] = {
        "persona_id": own,
        "stage": None,
        "say": "; ".join(item["label"] for item in plan["say"]) or None,
        "put_right": None,
        "channel": plan["channel"],
        "device": plan["device"]["label"] if plan["device"] else None,
        "when": plan["when"] or None,
    }
    stages = [
        {
            "stage": s["stage"],
            "put_right": s["pain"]["label"] if s["pain"] else None,
            "channel": s["channel"]["channel"] if s["channel"] else whole["channel"],
            "when": s["when"] or whole["when"],
        }
        for s in plan["stages"]
    ]
    return [whole, *({**whole, **s} for s in stages)]


def for_list(table: pd.DataFrame, identities: pd.DataFrame, pseudonyms: Sequence[str], space: str) -> pd.DataFrame:
    """The rows of `table` in the order of a list of customers, whose `pseudonyms` in identity `space` are given.

    Whoever of the list is not among the customers gets an empty row: rows in = rows out.
    """
    of = identities[identities["space"] == space].set_index("identifier")["customer_id"]
    customers = pd.Series(pseudonyms, dtype="object").map(of)
    return table.set_index("customer_id").reindex(customers.to_numpy()).reset_index(drop=True)
