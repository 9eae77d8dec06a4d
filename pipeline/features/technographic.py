"""What customers used before the cut-off: device types, operating system, browser."""

import pandas as pd

from pipeline.features.activity import Activity
from pipeline.features.feature import Feature, FeatureSet, unique_slugs


def technographic(activity: Activity, customers: pd.Index, *, min_events: int) -> FeatureSet:
    """Device shares, main system and browser, number of gadgets, from `min_events` events on."""
    totals = activity.totals.set_index("customer_id")["events"]
    enough = totals.index[totals >= min_events]
    rule = f"Before the cut-off; missing = fewer than {min_events} events, or none that names it."
    columns = [
        *_device_shares(activity.levels["device"], enough, rule),
        *_main(activity.levels["os"], "os", "Main operating system", enough, rule),
        *_main(activity.levels["browser"], "browser", "Main browser", enough, rule),
        *_gadgets(activity.gadgets, enough, rule),
    ]
    return FeatureSet.of(columns, customers)


def _feature(column: str, label: str, kind: str, source: str, how: str, levels: tuple[str, ...] = ()) -> Feature:
    return Feature(column, label, "technographic", kind, "segment", "device", f"events: {source}", how, levels=levels)


def _device_shares(counts: pd.DataFrame, enough: pd.Index, rule: str) -> list[tuple[Feature, pd.Series]]:
    kept = counts[counts["customer_id"].isin(enough)]
    if kept.empty:
        return []
    wide = kept.pivot(index="customer_id", columns="level", values="events").fillna(0)
    names = unique_slugs(sorted(wide.columns))
    return [
        (
            _feature(
                f"device_{name}_share",
                f"Share of activity on {level}",
                "share",
                "device",
                f"Events on {level} / events whose device is known. {rule}",
            ),
            wide[level] / wide.sum(axis=1),
        )
        for level, name in names.items()
    ]


def _main(counts: pd.DataFrame, of: str, label: str, enough: pd.Index, rule: str) -> list[tuple[Feature, pd.Series]]:
    """The level with most events; equal counts by name."""
    kept = counts[counts["customer_id"].isin(enough)]
    if kept.empty:
        return []
    ordered = kept.sort_values(["customer_id", "events", "level"], ascending=[True, False, True])
    main = ordered.drop_duplicates("customer_id").set_index("customer_id")["level"].astype("str")
    how = f"The one with most events, equal counts by name. {rule}"
    return [(_feature(f"main_{of}", label, "nominal", of, how, tuple(sorted(main.unique()))), main)]


def _gadgets(gadgets: pd.DataFrame, enough: pd.Index, rule: str) -> list[tuple[Feature, pd.Series]]:
    kept = gadgets[gadgets["customer_id"].isin(enough)].set_index("customer_id")["gadgets"]
    if kept.empty:
        return []
    how = f"Distinct pairs of device type and operating system. {rule}"
    return [(_feature("devices_used", "Number of devices", "count", "device, os", how), kept.astype("float64"))]
