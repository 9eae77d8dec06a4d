"""The EBMT bone-marrow data of R package mstate as spells (start, stop]: stand-ins for journeys."""

from pathlib import Path

import pandas as pd


def ebmt3_spells(real_data: Path) -> pd.DataFrame:
    """Transplant -> platelet recovery (PR) -> relapse or death (RelDeath), Tx -> RelDeath; 2,204 patients, days."""
    wide = pd.read_csv(real_data / "ebmt" / "ebmt3.csv.gz")
    recovered = wide["prstat"].eq(1)
    final = wide["rfsstat"].map({1: "RelDeath", 0: None}).astype(object)
    first = pd.DataFrame(
        {
            "customer_id": wide["id"],
            "age": wide["age"],
            "from": "Tx",
            "to": final.mask(recovered, "PR"),
            "start": 0.0,
            "stop": wide["rfstime"].mask(recovered, wide["prtime"]),
        }
    )
    second = first[recovered].assign(
        **{"from": "PR", "to": final[recovered], "start": wide["prtime"], "stop": wide["rfstime"]}
    )
    return pd.concat([first, second], ignore_index=True)


def ebmt4_spells(real_data: Path) -> pd.DataFrame:
    """Six states, recovery and adverse event in either order; where two times are equal the lower state counts."""
    wide = pd.read_csv(real_data / "ebmt" / "ebmt4.csv.gz")
    times = {"Rec": "rec", "AE": "ae", "Rec+AE": "recae", "Relapse": "rel", "Death": "srv"}
    moves = {
        "Tx": ["Rec", "AE", "Relapse", "Death"],
        "Rec": ["Rec+AE", "Relapse", "Death"],
        "AE": ["Rec+AE", "Relapse", "Death"],
        "Rec+AE": ["Relapse", "Death"],
    }
    rows = []
    for patient in wide.to_dict("records"):
        state, start = "Tx", 0.0
        while state in moves:
            after = {s: (patient[times[s]], patient[f"{times[s]}.s"]) for s in moves[state]}
            entered = [s for s, (_, seen) in after.items() if seen == 1]
            to = min(entered, key=lambda s: after[s][0], default=None)
            stop = min(time for time, _ in after.values()) if to is None else after[to][0]
            rows.append((patient["id"], state, to, start, stop))
            state, start = to, stop
    return pd.DataFrame(rows, columns=["customer_id", "from", "to", "start", "stop"])
