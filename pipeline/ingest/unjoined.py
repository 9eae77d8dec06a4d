"""Sources whose people are not those of the customers' tables: mostly, ids are named or written in two ways."""

from collections.abc import Mapping

import pandas as pd

from pipeline.core.sources import DatasetSettings

FEW = 0.5
"""A log of which fewer customers stand in a table of customers is told of."""


def unjoined(settings: DatasetSettings) -> list[str]:
    """Sources that no identity space leads from to a source of customers, directly or by way of others."""
    spaces = {name: set(s.ids) for name, s in settings.sources.items() if s.ids and s.kind != "links"}
    reached = {space for name, own in spaces.items() if settings.sources[name].kind == "customers" for space in own}
    if not reached:
        return []
    customers = ", ".join(sorted(reached))
    bridges = [set(s.ids) for s in settings.sources.values() if s.ids]
    for _ in bridges:
        reached |= {space for own in bridges if own & reached for space in own}
    return [
        f"{name}: its ids ({', '.join(sorted(own))}) are of no kind that leads to the customers ({customers}): "
        "its rows join nobody. Ids of one kind must have one name in all sources."
        for name, own in spaces.items()
        if not own & reached and "row" not in own
    ]


def strangers(sources: pd.Series, settings: DatasetSettings) -> Mapping[str, str]:
    """Source of events -> how many of its customers stand in no table of customers, where these are many.

    `sources`: customer_id -> names of the sources that know the customer, joined by `+`.
    """
    tables = {name for name, s in settings.sources.items() if s.kind == "customers"}
    counts = {frozenset(str(names).split("+")): int(n) for names, n in sources.value_counts().items()}
    told = {}
    for log in [name for name, s in settings.sources.items() if s.kind == "events" and tables]:
        of = sum(n for names, n in counts.items() if log in names)
        known = sum(n for names, n in counts.items() if log in names and names & tables)
        if known < FEW * of:
            told[log] = (
                f"{of - known:,} of its {of:,} customers stand in no table of customers ({', '.join(sorted(tables))}): "
                "only what they did is known. Should they? Then compare how ids are written there (0012 or 12)."
            )
    return told
