"""What customers did before the cut-off: how often, when, through which channels, for how much."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from pipeline.core.words import in_words
from pipeline.features.activity import HOUR_BLOCKS, SECONDS_OF_A_DAY, Activity
from pipeline.features.feature import Feature, FeatureSet, unique_slugs

SECONDS_OF_A_WEEK = 7 * SECONDS_OF_A_DAY
LEAST_WEEKS = 4.0
"""A rate of somebody first seen last week would rest on almost nothing; it is taken over at least this long."""

_HOUR_LABELS = {
    "night": "at night (0–6 h)",
    "morning": "in the early morning (6–9 h)",
    "working": "in working hours (Mon–Fri 9–17 h)",
    "weekend_day": "in weekend daytime (Sat–Sun 9–17 h)",
    "evening": "in the evening (17–24 h)",
}
_CLOCK = "by the customer's own clock (UTC where the zone is not known)"


def behavioural(
    activity: Activity,
    customers: pd.Index,
    *,
    min_events: int,
    top_channels: int,
    top_events: int,
    currency: str,
    order_role: str,
) -> FeatureSet:
    """Rates, hours, channel and event mix, and orders of every customer with at least `min_events` events.

    `order_role` is the role of the order features: `describe` where orders are also an outcome of the journey.
    """
    totals = activity.totals.set_index("customer_id")
    totals = totals[totals["events"] >= min_events]
    rule = f"Before the cut-off, without outcome events; missing = fewer than {min_events} events."
    columns = [
        *_rates(totals, activity.cutoff_s, rule),
        *_hours(totals, rule),
        *_mix(activity.levels["channel"], "channel", totals.index, top_channels, rule),
        *_mix(activity.levels["event"], "event", totals.index, top_events, rule),
        *_orders(activity.orders, min_events, currency, order_role),
    ]
    return FeatureSet.of(columns, customers)


def _maker(theme: str, source: str, rule: str, role: str = "segment") -> Callable[..., Feature]:
    def make(column: str, label: str, kind: str, how: str, unit: str = "", role: str = role) -> Feature:
        return Feature(column, label, "behavioural", kind, role, theme, source, f"{how} {rule}", unit)

    return make


def _rates(totals: pd.DataFrame, cutoff_s: int, rule: str) -> list[tuple[Feature, pd.Series]]:
    make = _maker("activity", "events: ts", rule)
    weeks = ((cutoff_s - totals["first_s"]) / SECONDS_OF_A_WEEK).clip(lower=LEAST_WEEKS)
    since = f"since the first event (at least {LEAST_WEEKS:g} weeks)."
    idle = (cutoff_s - totals["last_s"]) / SECONDS_OF_A_DAY
    return [
        (
            make("events_per_week", "Events per week", "numeric", f"Events divided by weeks {since}"),
            totals["events"] / weeks,
        ),
        (
            make(
                "active_days_per_week",
                "Active days per week",
                "numeric",
                f"Days with an event divided by weeks {since}",
                "days",
            ),
            totals["active_days"] / weeks,
        ),
        (
            make(
                "days_since_last_event",
                "Days since the last event",
                "numeric",
                "Days from last event to cut-off.",
                "days",
                "describe",
            ),
            idle,
        ),
    ]


def _hours(totals: pd.DataFrame, rule: str) -> list[tuple[Feature, pd.Series]]:
    make = _maker("hours", "events: ts", rule)
    blocks = [
        (
            make(
                f"hours_{block}_share",
                f"Share of activity {_HOUR_LABELS[block]}",
                "share",
                f"Events {_HOUR_LABELS[block]} / events, {_CLOCK}.",
            ),
            totals[block] / totals["events"],
        )
        for block in HOUR_BLOCKS
    ]
    weekend = make(
        "weekend_share", "Share of activity on weekends", "share", f"Events on Saturday or Sunday / events, {_CLOCK}."
    )
    return [*blocks, (weekend, totals["weekend"] / totals["events"])]


def top_levels(counts: pd.DataFrame, most: int) -> list[str]:
    """The `most` levels with most events; equal counts by name."""
    sums = counts.groupby("level")["events"].sum().reset_index()
    return sums.sort_values(["events", "level"], ascending=[False, True])["level"].head(most).tolist()


def _mix(counts: pd.DataFrame, of: str, customers: pd.Index, most: int, rule: str) -> list[tuple[Feature, pd.Series]]:
    """Share of each of the top levels among the events whose level is known."""
    theme = "channel" if of == "channel" else "activity"
    make = _maker(theme, f"events: {of}", rule)
    kept = counts[counts["customer_id"].isin(customers)]
    if kept.empty:
        return []
    top = top_levels(kept, most)
    wide = kept.pivot(index="customer_id", columns="level", values="events").fillna(0)
    label = "Share of activity through {}" if of == "channel" else "Share of “{}” in activity"
    how = f"Events with {of} {{}} / events whose {of} is known."
    names = unique_slugs(top)
    return [
        (
            make(f"{of}_{names[level]}_share", label.format(in_words(level)), "share", how.format(level)),
            wide[level] / wide.sum(axis=1),
        )
        for level in top
    ]


def _orders(orders: pd.DataFrame, min_events: int, currency: str, role: str) -> list[tuple[Feature, pd.Series]]:
    known = orders.set_index("customer_id")
    known = known[known["events"] >= min_events]
    if not (known["orders"] > 0).any():
        return []
    rule = f"Before the cut-off; missing = fewer than {min_events} events of any name, or none to divide by."
    make = _maker("value", "events: amount", rule, role)
    count = known["orders"]
    some = count.where(count > 0)
    gap = (
        (known["last_order_s"] - known["first_order_s"]).astype("float64")
        / SECONDS_OF_A_DAY
        / (count - 1).where(count > 1)
    )
    return [
        (make("orders", "Orders", "count", "Events with a positive amount."), count.astype("float64")),
        (
            make("mean_order_value", "Mean order value", "numeric", "Sum of positive amounts / orders.", currency),
            known["order_hundredths"] / 100 / some,
        ),
        (
            make("refund_share", "Refunds per order", "share", "Refunds / orders, at most 1."),
            (known["refunds"] / some).clip(upper=1.0),
        ),
        (
            make(
                "days_between_orders",
                "Days between orders",
                "numeric",
                "Days from first to last order / (orders - 1).",
                "days",
            ),
            gap.replace([np.inf, -np.inf], np.nan),
        ),
    ]
