"""What a persona is worth: so far, and what to expect."""

from typing import Any

from pipeline.core.words import spoken_of
from pipeline.personas.schema import WORTH
from pipeline.report.content.labels import sentence_case
from pipeline.report.content.register import refer
from pipeline.report.inputs import Inputs
from pipeline.report.numbers import Cell, count, days, known, mean_cell, share_cell

SHARES = {
    "share_of_customers": "Share of customers",
    "share_of_revenue": "Share of revenue so far",
    "share_of_future_value": "Share of expected value",
}


def worth(persona_id: str, inputs: Inputs, min_cell: int) -> dict[str, Any]:
    """Shares, buying habits and expected value of one group; `note` where it cannot be told."""
    rows = inputs.worth[inputs.worth["persona_id"] == persona_id].to_dict("records")
    if not rows or known(rows[0]["buyers"]) is None:
        return {"note": _note(inputs, bool(rows), min_cell), "shares": [], "figures": [], "models": "", "value": None}
    row = rows[0]
    figures = [{"label": label, "cell": cell} for label, cell in _figures(row, inputs) if cell["value"] is not None]
    shares = [
        {
            "label": spoken_of(label, inputs.personas["customers_are"]),
            "cell": refer(share_cell(row[c]), WORTH, row, c),
        }
        for c, label in SHARES.items()
        if known(row[c]) is not None
    ]
    return {"note": "", "shares": shares, "figures": figures, "models": row["models"], "value": _future(row, inputs)}


def _figures(row: dict[str, Any], inputs: Inputs) -> list[tuple[str, Cell]]:
    """Label and figure, so far first; a base without interval is the number of buyers."""
    money, n = inputs.settings.currency, int(row["buyers"])
    horizon = days((inputs.personas.get("worth") or {}).get("horizon_days"))
    told = (
        ("recency_days", "Days since a buyer’s last purchase", ""),
        ("frequency", "Purchases of a buyer so far", ""),
        ("monetary", "Amount of a purchase", money),
        ("expected_purchases", f"Purchases of a buyer in the next {horizon}", ""),
    )
    found = [(label, refer(mean_cell(row[c], n=n, unit=unit), WORTH, row, c)) for c, label, unit in told]
    found.insert(3, ("Chance that a buyer buys again", refer(share_cell(row["alive"], n=n), WORTH, row, "alive")))
    future = _future(row, inputs)
    return [*found, *([(f"Value of a buyer in the next {horizon}", future)] if future else [])]


def _future(row: dict[str, Any], inputs: Inputs) -> Cell | None:
    if known(row["future_value"]) is None:
        return None
    cell = mean_cell(row["future_value"], row["lower"], row["upper"], row["buyers"], inputs.settings.currency)
    return refer(cell, WORTH, row, "future_value")


def _note(inputs: Inputs, listed: bool, min_cell: int) -> str:
    if listed:
        return f"Held back: fewer than {count(min_cell)} of them ever bought."
    status = str((inputs.personas.get("worth") or {}).get("status") or "not supplied")
    return "Not supplied: no orders are among the data." if status == "not supplied" else sentence_case(status)
