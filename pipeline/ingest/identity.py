"""Identity resolution: which identifiers belong to one customer.

An identifier is a value in a space (contact, email, user, anonymous, or any declared name). Identifiers seen together
in one record, or joined by an identify event, are one person: the customers are the connected components of that graph,
but for identifiers that join too many others and devices that several people use (see `links`). The result depends on
the set of sightings only, never on their order.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from pipeline.core.pseudonym import pseudonym
from pipeline.ingest.links import Grouping, group
from pipeline.ingest.schema import IDENTITIES

ROW_SPACE = "row"
"""The space of datasets without ids, where every row is a customer: the row's content and its repetition number."""
EVERY_ROW = "*"
DEVICE_SPACES = ("anonymous", "device")
"""Spaces whose identifiers stand for a cookie or a device, which several people may use."""
JOINED_SPACE = "joined"
"""The space of identifiers made of two of another space that a message or a table joins."""
IDENTIFIED_SPACE = "identified"
"""The same, where the second is an anonymous id of the first."""
_MADE_UP = (ROW_SPACE, JOINED_SPACE, IDENTIFIED_SPACE)
EXAMPLES = 5
"""Pseudonyms shown for each conflict, those that join most first."""
_SEPARATOR = "\x1f"


@dataclass(frozen=True)
class Sighting:
    """Identifiers seen by one source.

    `ids` has one column per space and one row per record; what stands in one row is one person. `makes_customers` is
    true for records and events; surveys, interviews and mailings only link to customers (unless there is no CRM).
    """

    source: str
    ids: pd.DataFrame
    makes_customers: bool


@dataclass(frozen=True)
class Resolution:
    """`customers`: space -> value -> customer_id.

    `ignored` identifiers joined too many others to be one person's; `shared` devices (space -> values) were seen with
    several people. Neither has a customer. `conflicts` lists what was found and by which rule it was resolved.
    """

    customers: Mapping[str, Mapping[str, str]]
    identities: pd.DataFrame
    sources: pd.Series
    oversized_groups: int
    ignored: int
    shared: Mapping[str, list[str]]
    conflicts: list[dict[str, object]]


def identifiers(rows: pd.DataFrame, ids: Mapping[str, str]) -> pd.DataFrame:
    """One column per space with the cleaned identifiers of `rows`; missing where the cell is blank."""
    result = {}
    for space, column in ids.items():
        if column == EVERY_ROW:
            result[space] = _row_contents(rows)
            continue
        values = rows[column].str.strip()
        values = values.str.lower() if space == "email" else values
        result[space] = values.mask(values == "")
    return pd.DataFrame(result, index=rows.index, columns=list(ids), dtype="str")


def pairs_joined(space: str, pairs: pd.DataFrame, by: str = JOINED_SPACE) -> pd.DataFrame:
    """Pairs of identifiers of one space (columns `one`, `other`) as rows that share an identifier made of both."""
    both = pairs["one"] + _SEPARATOR + pairs["other"]
    sides = [pd.DataFrame({space: pairs[side], by: both}) for side in ("one", "other")]
    return pd.concat(sides, ignore_index=True).astype("str")


def resolve(
    sightings: Sequence[Sighting], spaces: Sequence[str], largest_group: int, key: bytes, has_customers_source: bool
) -> Resolution:
    """Join identifiers into customers.

    `spaces` are those of the customer sources in declared order: a group is a customer where it has an identifier in
    one of them (where there is no customer source, every group is one), and its customer_id is the pseudonym of the
    smallest value of the first of them.
    """
    nodes, seen = _nodes(sightings)
    edges = _edges(sightings, nodes)
    space_of = nodes.get_level_values(0).to_numpy(dtype=object)
    links = group(space_of, _weights(space_of), edges, largest_group)
    table = pd.DataFrame({"space": space_of, "value": nodes.get_level_values(1), "group": links.labels})
    table["seen"] = seen.reindex(nodes)["source"].to_numpy()
    table["makes"] = seen.reindex(nodes)["makes"].to_numpy()
    joined_by = np.bincount(edges.ravel(), minlength=len(nodes))
    doubtful = conflicts(table, links, joined_by, key)
    shared = table.loc[links.shared].groupby("space")["value"].apply(list).to_dict()
    table = table[~table.index.isin(np.union1d(links.ignored, links.shared))]
    kept = _customer_groups(table, spaces, has_customers_source)
    table = table[table["group"].isin(kept)]
    table = table.assign(customer_id=table["group"].map(_canonical(table, spaces, key)))
    return Resolution(
        {str(s): dict(zip(g["value"], g["customer_id"], strict=True)) for s, g in table.groupby("space", sort=True)},
        _identities(table, _names(sightings), key),
        _sources_per_customer(table, _names(sightings)),
        links.oversized,
        len(links.ignored),
        {str(s): list(v) for s, v in shared.items()},
        [*doubtful, *_several_records(table, spaces)],
    )


def assign(ids: pd.DataFrame, customers: Mapping[str, Mapping[str, str]]) -> pd.Series:
    """customer_id of each row of `ids`, by the first of its spaces (devices last) that is known; else missing."""
    result = pd.Series(pd.NA, index=ids.index, dtype="str")
    for space in by_strength(list(ids.columns)):
        result = result.fillna(ids[space].map(customers.get(space, {})).astype("str"))
    return result


def by_strength(spaces: Sequence[str]) -> list[str]:
    """Spaces in declared order, ids of devices last."""
    return sorted(spaces, key=lambda s: s in DEVICE_SPACES)


def _weights(spaces: np.ndarray) -> np.ndarray:
    """How an identifier counts towards the limit of a group, see `links.group`."""
    named = spaces.astype("str")
    return 1 - np.isin(named, DEVICE_SPACES).astype("int64") - 2 * (named == IDENTIFIED_SPACE).astype("int64")


def _row_contents(rows: pd.DataFrame) -> pd.Series:
    """Content of each row with its repetition number; independent of the order of columns and rows."""
    ordered = rows[sorted(rows.columns)]
    content = pd.Series(
        [_SEPARATOR.join(cells) for cells in ordered.to_numpy(dtype=object)], index=rows.index, dtype="str"
    )
    repetition = content.groupby(content.to_numpy()).cumcount().astype("str")
    return content + _SEPARATOR + repetition


def _nodes(sightings: Sequence[Sighting]) -> tuple[pd.MultiIndex, pd.DataFrame]:
    """All identifiers in order of space and value, with whether a source makes customers.

    `source` is the sum of 2**i over the positions i, in `_names`, of the sources that saw the identifier.
    """
    parts = [
        pd.DataFrame(
            {"space": space, "value": s.ids[space].dropna().unique(), "source": s.source, "makes": s.makes_customers}
        )
        for s in sightings
        for space in s.ids.columns
    ]
    columns = ["space", "value", "source", "makes"]
    long = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)
    long = long.drop_duplicates(["space", "value", "source"]).sort_values(["space", "value", "source"])
    names = _names(sightings)
    long = long.assign(source=long["source"].map({n: 1 << i for i, n in enumerate(names)}).astype("int64"))
    seen = long.groupby(["space", "value"], sort=True).agg(source=("source", "sum"), makes=("makes", "any"))
    return pd.MultiIndex.from_frame(seen.index.to_frame(index=False)), seen


def _edges(sightings: Sequence[Sighting], nodes: pd.MultiIndex) -> np.ndarray:
    """Distinct pairs of positions in `nodes` that were seen in one record, smaller position first."""
    position = pd.Series(range(len(nodes)), index=nodes)
    pairs = []
    for s in sightings:
        for left, right in combinations(s.ids.columns, 2):
            both = s.ids[[left, right]].dropna().drop_duplicates()
            ends = [
                position.reindex(pd.MultiIndex.from_arrays([[space] * len(both), both[space]])).to_numpy(dtype="int64")
                for space in (left, right)
            ]
            pairs.append(np.sort(np.column_stack(ends), axis=1))
    return np.unique(np.concatenate(pairs), axis=0) if pairs else np.empty((0, 2), dtype="int64")


def conflicts(table: pd.DataFrame, links: Grouping, joined_by: np.ndarray, key: bytes) -> list[dict[str, object]]:
    """What kept identifiers apart, per space: how many identifiers, the most that one of them joined, and the rule."""
    found: list[dict[str, object]] = []
    for nodes, conflict, rule in (
        (links.ignored, "joins more identifiers than one person has", "its links are ignored: the others stay apart"),
        (
            links.shared,
            "a device of several people",
            "the people stay apart; what it did goes to whom it was last known as",
        ),
    ):
        of = table.loc[nodes].assign(joined=joined_by[nodes])
        for space, here in of.groupby("space", sort=True):
            most = here.sort_values(["joined", "value"], ascending=[False, True]).head(EXAMPLES)
            found.append(
                {
                    "conflict": conflict,
                    "space": str(space),
                    "count": len(here),
                    "joined_at_most": int(here["joined"].max()),
                    "rule": rule,
                    "examples": [pseudonym(key, str(space), v) for v in most["value"]],
                }
            )
    return found


def _several_records(table: pd.DataFrame, spaces: Sequence[str]) -> list[dict[str, object]]:
    """Customers with several identifiers of one space of the customer sources: two CRM records with one e-mail."""
    found: list[dict[str, object]] = []
    for space in [s for s in spaces if s not in DEVICE_SPACES]:
        each = table.loc[table["space"] == space].groupby("customer_id").size()
        several = each[each > 1].sort_index().sort_values(ascending=False, kind="stable")
        if len(several):
            found.append(
                {
                    "conflict": "several identifiers of one customer",
                    "space": space,
                    "count": len(several),
                    "joined_at_most": int(several.max()),
                    "rule": "one customer; of its records the one changed last wins, older ones fill its gaps",
                    "examples": [str(c) for c in several.index[:EXAMPLES]],
                }
            )
    return found


def _customer_groups(table: pd.DataFrame, spaces: Sequence[str], has_customers_source: bool) -> set[int]:
    if not has_customers_source:
        return set(table["group"])
    return set(table.loc[table["makes"] & table["space"].isin(spaces), "group"])


def _canonical(table: pd.DataFrame, spaces: Sequence[str], key: bytes) -> dict[int, str]:
    """Group -> pseudonym of its smallest value in the first of the spaces that it has."""
    order = [*spaces, *sorted(set(table["space"]) - set(spaces))]
    ranked = table.assign(rank=table["space"].map({s: i for i, s in enumerate(order)}))
    first = ranked.sort_values(["group", "rank", "value"]).drop_duplicates("group")
    return {g: pseudonym(key, s, v) for g, s, v in zip(first["group"], first["space"], first["value"], strict=True)}


def _identities(table: pd.DataFrame, names: list[str], key: bytes) -> pd.DataFrame:
    """The table `identities`; identifiers that no export holds are left out."""
    shown = table[~table["space"].isin(_MADE_UP)]

    frame = pd.DataFrame(
        {
            "customer_id": shown["customer_id"],
            "space": shown["space"],
            "identifier": [pseudonym(key, s, v) for s, v in zip(shown["space"], shown["value"], strict=True)],
            "source": shown["seen"].map(_joined(shown["seen"], names)),
        }
    )
    return IDENTITIES.check(frame.sort_values(["customer_id", "space", "identifier"], ignore_index=True))


def _sources_per_customer(table: pd.DataFrame, names: list[str]) -> pd.Series:
    """customer_id -> its sources joined by `+`, in order of customer_id."""
    bits = pd.DataFrame({i: (table["seen"].to_numpy() >> i) & 1 for i in range(len(names))}, dtype="int64")
    any_of = bits.groupby(table["customer_id"].to_numpy(), sort=True).max()
    seen = (any_of * [1 << i for i in range(len(names))]).sum(axis=1).astype("int64")
    return seen.map(_joined(seen, names)).astype("str")


def _names(sightings: Sequence[Sighting]) -> list[str]:
    return sorted({s.source for s in sightings})


def _joined(seen: pd.Series, names: list[str]) -> dict[int, str]:
    """Sum of source bits -> the sources' names joined by `+`."""
    return {int(bits): "+".join(n for i, n in enumerate(names) if int(bits) >> i & 1) for bits in seen.unique()}
