"""A day and a week of each group, by the customers' own clock."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.core.sources import Observation
from pipeline.core.suppression import hidden_table
from pipeline.personas.schema import ALL, RHYTHM

Numbers = NDArray[np.float64]
SLOTS = {"hour": 24, "weekday": 7}
Z = 1.959963984540054
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
PEAK_HOURS = 3


@dataclass(frozen=True)
class Sums:
    """Sums over the customers i of each group (rows) and slot (columns), y = own events in the slot, n = all own ones.

    `events` Σy, `squares` Σy², `products` Σyn, `seen` customers with y > 0; by group: `total` Σn, `total_squares` Σn²,
    `customers`.
    """

    events: Numbers
    squares: Numbers
    products: Numbers
    seen: NDArray[np.int64]
    total: Numbers
    total_squares: Numbers
    customers: NDArray[np.int64]


def count_slots(events: ibis.Table, groups: pd.DataFrame, part: str, size: int, window: Observation) -> Sums:
    """`Sums` over the events before the cut-off. `groups`: customer_id and group (0 up, below `size`) of customers."""
    known = _in_slots(events, part, window).join(_table(groups), "customer_id")
    own = known.group_by(["customer_id", "group", "slot"]).aggregate(y=known.count().cast("int64"))
    whole = own.group_by(["customer_id", "group"]).aggregate(n=own.y.sum().cast("int64"))
    both = own.join(whole.select("customer_id", "n"), "customer_id")
    by_slot = both.group_by(["group", "slot"]).aggregate(
        events=both.y.sum().cast("int64"),
        squares=(both.y * both.y).sum().cast("int64"),
        products=(both.y * both.n).sum().cast("int64"),
        seen=both.count().cast("int64"),
    )
    by_group = whole.group_by("group").aggregate(
        total=whole.n.sum().cast("int64"),
        total_squares=(whole.n * whole.n).sum().cast("int64"),
        customers=whole.count().cast("int64"),
    )
    return _sums(by_slot.to_pyarrow().to_pandas(), by_group.to_pyarrow().to_pandas(), size, SLOTS[part])


def _table(frame: pd.DataFrame) -> ibis.Table:
    import pyarrow as pa

    return ibis.memtable(pa.Table.from_pandas(frame, preserve_index=False))


def _in_slots(events: ibis.Table, part: str, window: Observation) -> ibis.Table:
    def moment(day: date) -> ibis.Value:
        return ibis.timestamp(day.isoformat(), timezone="UTC")

    inside = events.filter((events.ts >= moment(window.start)) & (events.ts < moment(window.features_until)))
    seconds = inside.ts.truncate("s").epoch_seconds().cast("int64") + inside.utc_offset_minutes.cast("int64") * 60
    # 1970-01-01 was a Thursday: day 0 is weekday 3.
    slot = (seconds // 3600) % 24 if part == "hour" else (seconds // 86_400 + 3) % 7
    return inside.select("customer_id", slot=slot.cast("int64"))


def _sums(by_slot: pd.DataFrame, by_group: pd.DataFrame, size: int, slots: int) -> Sums:
    at = (by_slot["group"].to_numpy(), by_slot["slot"].to_numpy())

    def table(name: str) -> NDArray[np.int64]:
        filled = np.zeros((size, slots), dtype=np.int64)
        filled[at] = by_slot[name].to_numpy()
        return filled

    def column(name: str) -> NDArray[np.int64]:
        filled = np.zeros(size, dtype=np.int64)
        filled[by_group["group"].to_numpy()] = by_group[name].to_numpy()
        return filled

    return Sums(
        events=table("events").astype(np.float64),
        squares=table("squares").astype(np.float64),
        products=table("products").astype(np.float64),
        seen=table("seen"),
        total=column("total").astype(np.float64),
        total_squares=column("total_squares").astype(np.float64),
        customers=column("customers"),
    )


def rhythm(sums: Sums, labels: Sequence[str], part: str, min_cell: int) -> pd.DataFrame:
    """Rows of `RHYTHM`, everybody first, then the groups in `labels`; a group of few customers has none.

    A share is a ratio of sums over customers; its variance Σ(y - share n)² / (Σn)² m / (m - 1) over m customers
    (Cochran 1977, 6.13).
    """
    whole = _with_everybody(sums)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = whole.events / whole.total[:, None]
        left = whole.squares - 2 * share * whole.products + share**2 * whole.total_squares[:, None]
        m = whole.customers[:, None].astype(np.float64)
        error = np.sqrt(np.maximum(left, 0) * m / (m - 1)) / whole.total[:, None]
        rest = (whole.events[0] - whole.events) / (whole.total[0] - whole.total)[:, None]
    small = np.vstack([(whole.seen[0] < min_cell)[None, :], hidden_table(whole.seen[1:], min_cell)])
    rows = []
    for at, label in enumerate([ALL, *labels]):
        if whole.customers[at] < min_cell:
            continue
        shown = ~small[at]
        frame = pd.DataFrame({"persona_id": label, "part": part, "slot": np.arange(share.shape[1])})
        value = np.where(shown, share[at], np.nan)
        frame = frame.assign(
            value=value,
            lower=np.maximum(value - Z * error[at], 0),
            upper=np.minimum(value + Z * error[at], 1),
            n=whole.customers[at],
            rest_value=np.where(shown & (at > 0), rest[at], np.nan),
        )
        rows.append(frame)
    return pd.concat(rows, ignore_index=True)[list(RHYTHM.columns)] if rows else RHYTHM.empty()


def _with_everybody(sums: Sums) -> Sums:
    """The same with a first row for all groups together."""
    return Sums(*(np.concatenate([np.sum(a, axis=0, keepdims=True), a]) for a in vars(sums).values()))


def told(rows: pd.DataFrame, persona: str) -> dict[str, Any] | None:
    """A persona's day and week for personas.json: busiest hours and days, in words whose figures are in `rows`.

    `busiest_from`: first of the `PEAK_HOURS` hours that hold most, `share`: what they hold, `others`: what they hold
    among everybody else; `more_than_others`: weekdays whose interval lies above the others' share.
    """
    own = rows[rows["persona_id"] == persona]
    hours = own[own["part"] == "hour"].sort_values("slot")
    week = own[own["part"] == "weekday"].sort_values("slot")
    if len(hours) < SLOTS["hour"]:
        return None
    rest = hours["rest_value"].to_numpy()
    # An hour in which too few were seen to say it is no busy one.
    value = hours["value"].fillna(0.0).to_numpy()
    windows = sum(np.roll(value, -shift) for shift in range(PEAK_HOURS))
    start = int(np.argmax(np.round(windows, 12)))
    slots = [(start + shift) % 24 for shift in range(PEAK_HOURS)]
    if hours["value"].iloc[slots].isna().any():
        return None
    share, others = float(value[slots].sum()), float(rest[slots].sum())
    days = [DAYS[i] for i in np.flatnonzero((week["lower"] > week["rest_value"]).to_numpy())]
    clock = f"{start}:00 and {(start + PEAK_HOURS) % 24}:00"
    text = f"A day: busiest between {clock}, when {share:.0%} of what they do happens"
    text += "." if np.isnan(others) else f" ({others:.0%} for the others)."
    busier = f"A week: more of it falls on {_listed(days)} than for the others." if days else ""
    return {
        "text": f"{text} {busier}".strip(),
        "busiest_from": start,
        "busiest_hours": PEAK_HOURS,
        "share": share,
        "others": None if np.isnan(others) else others,
        "more_than_others": days,
    }


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
