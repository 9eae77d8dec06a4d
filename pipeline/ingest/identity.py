"""Identity resolution: which identifiers belong to one customer.

An identifier is a value in a space (contact, email, user, anonymous, or any declared name). Identifiers seen together
in one record, or joined by an identify event, are one person: the customers are the connected components of that graph,
but for identifiers that join too many others and devices that several people use (see `links`). The result depends on
the set of sightings only, never on their order.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.core.pseudonym import cleaned, in_digits, pseudonym, pseudonyms
from pipeline.ingest.links import Grouping, group
from pipeline.ingest.sightings import Sighting, edges, nodes, source_names, sums_of

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
class Resolution:
    """`sources`: customer_id -> its sources joined by `+`, in order of customer_id. `customers`: space -> value -> the
    position of its customer in `sources`.

    `ignored` identifiers joined too many others to be one person's; `shared` devices (space -> values) were seen with
    several people. Neither has a customer. `conflicts` lists what was found and by which rule it was resolved.
    """

    customers: Mapping[str, pd.Series]
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
    table, places = nodes(sightings)
    joined = edges(places, len(table))
    links = group(table["space"].cat.codes.to_numpy(), _weights(table["space"]), joined, largest_group)
    table = table.assign(group=links.labels)
    doubtful = conflicts(table, links, np.bincount(joined.ravel(), minlength=len(table)), key)
    shared = table.loc[links.shared].groupby("space", observed=True)["value"].apply(list).to_dict()
    table = table[_of_customers(table, links, spaces, has_customers_source)]
    table = table.assign(identifier=_pseudonyms(table, key))
    numbers, customer = np.unique(_canonical(table, spaces), return_inverse=True)
    table = table.assign(customer=customer)
    ids = pd.Index(in_digits(numbers), name="customer_id")
    names = source_names(sightings)
    return Resolution(
        {
            str(space): pd.Series(here["customer"].to_numpy(), index=pd.Index(here["value"]))
            for space, here in table.groupby("space", observed=True)
        },
        _identities(table, ids, names),
        _sources_per_customer(table, ids, names),
        links.oversized,
        len(links.ignored),
        {str(s): list(v) for s, v in shared.items()},
        [*doubtful, *_several_records(table, ids, spaces)],
    )


def assign(ids: pd.DataFrame, resolution: Resolution) -> pd.Series:
    """customer_id of each row of `ids`, by the first of its spaces (devices last) that is known; else missing."""
    at = positions(ids, resolution.customers)
    return pd.Series(resolution.sources.index.array.take(at, allow_fill=True), index=ids.index, dtype="str")


def positions(ids: pd.DataFrame, customers: Mapping[str, pd.Series]) -> np.ndarray:
    """The same as position of the customer in `Resolution.sources`, whose `customers` are given; -1 where missing."""
    result = np.full(len(ids), -1)
    for space in [s for s in by_strength(list(ids.columns)) if s in customers]:
        known = customers[space]
        texts = (pa.array(cells.array, pa.large_string()) for cells in (ids[space], known.index))
        found = pc.index_in(next(texts), value_set=next(texts)).fill_null(len(known))
        result = np.where(result < 0, np.append(known.to_numpy(), -1)[found], result)
    return result


def by_strength(spaces: Sequence[str]) -> list[str]:
    """Spaces in declared order, ids of devices last."""
    return sorted(spaces, key=lambda s: s in DEVICE_SPACES)


def _weights(spaces: pd.Series) -> np.ndarray:
    """How an identifier counts towards the limit of a group, see `links.group`."""
    names = spaces.cat.categories
    weights = 1 - np.isin(names, DEVICE_SPACES).astype("int64") - 2 * (names == IDENTIFIED_SPACE).astype("int64")
    return weights[spaces.cat.codes]


def _row_contents(rows: pd.DataFrame) -> pd.Series:
    """Content of each row with its repetition number; independent of the order of columns and rows."""
    ordered = rows[sorted(rows.columns)]
    content = pd.Series(
        [_SEPARATOR.join(cells) for cells in ordered.to_numpy(dtype=object)], index=rows.index, dtype="str"
    )
    repetition = content.groupby(content.to_numpy()).cumcount().astype("str")
    return content + _SEPARATOR + repetition


def conflicts(table: pd.DataFrame, links: Grouping, joined_by: np.ndarray, key: bytes) -> list[dict[str, object]]:
    """What kept identifiers apart, per space: how many identifiers, the most that one of them joined, and the rule."""
    found: list[dict[str, object]] = []
    for found_in, conflict, rule in (
        (links.ignored, "joins more identifiers than one person has", "its links are ignored: the others stay apart"),
        (
            links.shared,
            "a device of several people",
            "the people stay apart; what it did goes to whom it was last known as",
        ),
    ):
        of = table.loc[found_in].assign(joined=joined_by[found_in])
        for space, here in of.groupby("space", observed=True):
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


def _several_records(table: pd.DataFrame, ids: pd.Index, spaces: Sequence[str]) -> list[dict[str, object]]:
    """Customers with several identifiers of one space of the customer sources: two CRM records with one e-mail."""
    found: list[dict[str, object]] = []
    for space in [s for s in spaces if s not in DEVICE_SPACES]:
        each = np.bincount(table.loc[table["space"] == space, "customer"], minlength=len(ids))
        several = pd.Series(each, index=ids)[each > 1].sort_values(ascending=False, kind="stable")
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


def _of_customers(table: pd.DataFrame, links: Grouping, spaces: Sequence[str], has_source: bool) -> np.ndarray:
    """Whether an identifier is in a group, and its group is a customer."""
    kept = np.ones(len(table), dtype=bool)
    kept[links.ignored] = kept[links.shared] = False
    if not has_source:
        return kept
    groups = table["group"].to_numpy()
    makes = (kept & table["makes"] & table["space"].isin(spaces)).to_numpy()
    is_customer = np.zeros(len(table), dtype=bool)
    is_customer[groups[makes]] = True
    return kept & is_customer[groups]


def _pseudonyms(table: pd.DataFrame, key: bytes) -> np.ndarray:
    """Pseudonym of each row's identifier, as a number. The rows are in order of space."""
    each = [pseudonyms(key, str(space), here["value"]) for space, here in table.groupby("space", observed=True)]
    return np.concatenate([np.empty(0, dtype="uint64"), *each])


def _canonical(table: pd.DataFrame, spaces: Sequence[str]) -> np.ndarray:
    """For each row the pseudonym of its group's smallest value in the first of the spaces that the group has.

    The rows are in order of space and value.
    """
    order = [*spaces, *(s for s in table["space"].cat.categories if s not in spaces)]
    ranks = np.array([order.index(s) for s in table["space"].cat.categories], dtype="int64")
    groups, size = table["group"].to_numpy(), len(table)
    first = np.full(groups.max(initial=-1) + 1, np.iinfo("int64").max)
    np.minimum.at(first, groups, ranks[table["space"].cat.codes] * size + np.arange(size))
    return table["identifier"].to_numpy()[first[groups] % max(size, 1)]


def _identities(table: pd.DataFrame, ids: pd.Index, names: list[str]) -> pd.DataFrame:
    """The table `identities`; identifiers that no export holds are left out."""
    shown = table[~table["space"].isin(_MADE_UP)]
    ordered = shown.iloc[np.lexsort((shown["identifier"], shown["space"].cat.codes, shown["customer"]))]
    return pd.DataFrame(
        {
            "customer_id": ids.array.take(ordered["customer"]),
            "space": ordered["space"].astype("str").array,
            "identifier": in_digits(ordered["identifier"].to_numpy()),
            "source": _joined(ordered["seen"], names),
        }
    )


def _sources_per_customer(table: pd.DataFrame, ids: pd.Index, names: list[str]) -> pd.Series:
    """customer_id -> its sources joined by `+`, in order of customer_id."""
    bits = np.zeros(len(ids), dtype=sums_of(len(names)))
    np.bitwise_or.at(bits, table["customer"].to_numpy(), table["seen"].to_numpy())
    return pd.Series(_joined(bits, names), index=ids, name="seen")


def _joined(seen: pd.Series | np.ndarray, names: list[str]) -> pd.api.extensions.ExtensionArray:
    """Sums of source bits as the sources' names joined by `+`."""
    codes, sums = pd.factorize(seen)
    texts = ["+".join(n for i, n in enumerate(names) if int(bits) >> i & 1) for bits in sums]
    return pd.array(texts, dtype="str").take(codes)
