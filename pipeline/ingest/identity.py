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
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.core.pseudonym import cleaned, pseudonym, pseudonyms
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
_NODES = {"space": "str", "value": "str", "makes": "bool"}
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
        result[space] = cleaned(rows[column], space)
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
    nodes = _nodes(sightings)
    edges = _edges(sightings, nodes)
    space_of = nodes["space"].to_numpy(dtype=object)
    links = group(space_of, _weights(space_of), edges, largest_group)
    table = nodes.assign(group=links.labels)
    joined_by = np.bincount(edges.ravel(), minlength=len(nodes))
    doubtful = conflicts(table, links, joined_by, key)
    shared = table.loc[links.shared].groupby("space")["value"].apply(list).to_dict()
    table = table[~table.index.isin(np.union1d(links.ignored, links.shared))]
    kept = _customer_groups(table, spaces, has_customers_source)
    table = table[table["group"].isin(kept)]
    table = table.assign(pseudonym=_pseudonyms(table, key))
    table = table.assign(customer_id=_canonical(table, spaces))
    return Resolution(
        {
            str(s): dict(zip(g["value"].tolist(), g["customer_id"].tolist(), strict=True))
            for s, g in table.groupby("space", sort=True)
        },
        _identities(table, _names(sightings)),
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


def _nodes(sightings: Sequence[Sighting]) -> pd.DataFrame:
    """All identifiers in order of space and value: columns space, value, seen, makes (whether a source of it does).

    `seen` is the sum of 2**i over the positions i, in `_names`, of the sources that saw the identifier.
    """
    names = _names(sightings)
    bits = {name: 1 << i for i, name in enumerate(names)}
    sums = _sums_of(len(names))
    frames = []
    for space in sorted({str(c) for s in sightings for c in s.ids.columns}):
        parts = [(s.ids[space].dropna().drop_duplicates(), s) for s in sightings if space in s.ids.columns]
        sizes = [len(values) for values, _ in parts]
        codes, values = pd.factorize(pd.concat([v for v, _ in parts], ignore_index=True).astype("str"))
        seen, makes = np.zeros(len(values), dtype=sums), np.zeros(len(values), dtype=bool)
        np.bitwise_or.at(seen, codes, np.repeat(np.array([bits[s.source] for _, s in parts], dtype=sums), sizes))
        np.logical_or.at(makes, codes, np.repeat([s.makes_customers for _, s in parts], sizes))
        frames.append(
            pd.DataFrame({"space": space, "value": values, "seen": seen, "makes": makes}).iloc[_order(values)]
        )
    types = {**_NODES, "seen": sums}
    if not frames:
        return pd.DataFrame({name: [] for name in types}).astype(types)
    return pd.concat(frames, ignore_index=True).astype(types)


def _sums_of(sources: int) -> str:
    """The type that holds a bit for each source: numbers of 64 bits, one of which is the sign, or of any length."""
    return "int64" if sources < 64 else "object"


def _order(*texts: pd.Index | pd.Series) -> np.ndarray:
    """Positions of rows in order of their texts. Arrow sorts them several times faster than pandas does."""
    table = pa.table({str(i): pa.array(t, pa.large_string()) for i, t in enumerate(texts)})
    return np.asarray(pc.sort_indices(table, [(name, "ascending") for name in table.column_names]))


def _edges(sightings: Sequence[Sighting], nodes: pd.DataFrame) -> np.ndarray:
    """Distinct pairs of positions in `nodes` that were seen in one record, smaller position first."""
    several = [s for s in sightings if len(s.ids.columns) > 1]
    if not several:
        return np.empty((0, 2), dtype="int64")
    firsts = nodes.drop_duplicates("space")["space"]
    of_space = {s: pd.Index(nodes.loc[nodes["space"] == s, "value"]) for s in firsts}
    first = dict(zip(firsts, firsts.index, strict=True))
    pairs = []
    for s in several:
        known = [c for c in s.ids.columns if c in first]
        at = {c: of_space[c].get_indexer(pd.Index(s.ids[c])) + first[c] for c in known}
        for left, right in combinations(known, 2):
            both = (s.ids[left].notna() & s.ids[right].notna()).to_numpy()
            pairs.append(np.sort(np.column_stack([at[left][both], at[right][both]]), axis=1))
    return np.unique(np.concatenate(pairs), axis=0).astype("int64") if pairs else np.empty((0, 2), dtype="int64")


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


def _pseudonyms(table: pd.DataFrame, key: bytes) -> pd.Series:
    """Pseudonym of each row's identifier."""
    own = [
        pd.Series(pseudonyms(key, str(space), here["value"].tolist()), index=here.index, dtype="str")
        for space, here in table.groupby("space", sort=False)
    ]
    return pd.concat([pd.Series([], index=table.index[:0], dtype="str"), *own])


def _canonical(table: pd.DataFrame, spaces: Sequence[str]) -> np.ndarray:
    """For each row the pseudonym of its group's smallest value in the first of the spaces that the group has."""
    order = [*spaces, *sorted(set(table["space"].unique()) - set(spaces))]
    rank = table["space"].map({s: i for i, s in enumerate(order)}).to_numpy(dtype="int64")
    by_group = np.lexsort((np.arange(len(table)), rank, table["group"]))
    groups, first = np.unique(table["group"].to_numpy()[by_group], return_index=True)
    names = table["pseudonym"].to_numpy(dtype=object)[by_group[first]]
    return names[np.searchsorted(groups, table["group"].to_numpy())]


def _identities(table: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """The table `identities`; identifiers that no export holds are left out."""
    shown = table[~table["space"].isin(_MADE_UP)]
    frame = pd.DataFrame(
        {
            "customer_id": shown["customer_id"].astype("str"),
            "space": shown["space"].astype("str"),
            "identifier": shown["pseudonym"].astype("str"),
            "source": shown["seen"].map(_joined(shown["seen"], names)),
        }
    )
    ordered = frame.iloc[_order(frame["customer_id"], frame["space"], frame["identifier"])]
    return IDENTITIES.check(ordered.reset_index(drop=True))


def _sources_per_customer(table: pd.DataFrame, names: list[str]) -> pd.Series:
    """customer_id -> its sources joined by `+`, in order of customer_id."""
    codes, ids = pd.factorize(table["customer_id"].astype("str"))
    bits = np.zeros(len(ids), dtype=_sums_of(len(names)))
    np.bitwise_or.at(bits, codes, table["seen"].to_numpy())
    seen = pd.Series(bits, index=pd.Index(ids, name="customer_id"), name="seen").iloc[_order(ids)]
    return seen.map(_joined(seen, names)).astype("str")


def _names(sightings: Sequence[Sighting]) -> list[str]:
    return sorted({s.source for s in sightings})


def _joined(seen: pd.Series, names: list[str]) -> dict[int, str]:
    """Sum of source bits -> the sources' names joined by `+`."""
    return {int(bits): "+".join(n for i, n in enumerate(names) if int(bits) >> i & 1) for bits in seen.unique()}
