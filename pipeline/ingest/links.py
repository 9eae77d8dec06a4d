"""The graph of identifiers: which belong to one person, and which join too many to be one person's.

People are the connected components of the graph without devices. A device (a cookie, an app installation) belongs to
whom it was seen with, and may tell that two identifiers of one person belong together, but never makes one person of
two: where it was seen with people who have different identifiers in one space, two users, say, it is shared.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

DEVICES_PER_LIMIT = 10
"""An identifier seen on more than this many times the limit of devices is no person's, `guest` or `undefined`, say."""


@dataclass(frozen=True)
class Grouping:
    """Group of each node; nodes that join too many others (`ignored`) or several people (`shared`) are in none."""

    labels: np.ndarray
    ignored: np.ndarray
    shared: np.ndarray
    oversized: int


def group(spaces: np.ndarray, weights: np.ndarray, edges: np.ndarray, largest: int) -> Grouping:
    """Groups of nodes; `spaces` has the identity space of each, `edges` pairs of positions seen in one record.

    `weights` says how a node counts towards the limit: 1, 0 for a device, -1 for the tie between a user and an
    anonymous id of theirs, so that such ids weigh nothing. While a group weighs more than `largest`, the links of its
    nodes with most neighbours are ignored. The result does not depend on the order of nodes or edges.
    """
    size = len(spaces)
    if not len(edges):
        nobody = np.empty(0, dtype="int64")
        return Grouping(np.arange(size), nobody, nobody, 0)
    is_device = weights == 0
    on_device = is_device[edges].any(axis=1)
    strong, weak = edges[~on_device], edges[on_device]
    of_cookies = edges[(weights[edges] < 1).any(axis=1)]
    has_many = np.bincount(of_cookies.ravel(), minlength=size) > DEVICES_PER_LIMIT * largest
    crowded = np.flatnonzero(has_many & (weights == 1))
    people, ignored, oversized = _limited(weights, _without(strong, crowded), largest)
    ignored = np.union1d(crowded, ignored)
    weak = _without(weak, ignored)
    shared = _shared(people, spaces, is_device, weak)
    together = np.concatenate([_without(strong, ignored), _without(weak, shared)])
    return Grouping(_components(size, together), ignored, shared, oversized + len(crowded))


def _limited(weights: np.ndarray, edges: np.ndarray, largest: int) -> tuple[np.ndarray, np.ndarray, int]:
    """Component of each node, the nodes whose links are ignored, and how many components were too heavy.

    Nodes of a group that have equally many neighbours go together: nothing but their order tells them apart. That also
    bounds the rounds by the number of different degrees.
    """
    size = len(weights)
    ignored = np.empty(0, dtype="int64")
    labels = _components(size, edges)
    oversized = int((np.bincount(labels, weights, minlength=1) > largest).sum())
    while size and (too_large := np.bincount(labels, weights) > largest).any():
        degree = np.bincount(edges.ravel(), minlength=size)
        most = np.zeros(len(too_large), dtype="int64")
        np.maximum.at(most, labels, degree)
        ignored = np.union1d(ignored, np.flatnonzero(too_large[labels] & (degree == most[labels])))
        edges = _without(edges, ignored)
        labels = _components(size, edges)
    return labels, ignored, oversized


def _shared(people: np.ndarray, spaces: np.ndarray, is_device: np.ndarray, weak: np.ndarray) -> np.ndarray:
    """Devices that would make one person of several: first by themselves, then in a chain of devices."""
    held = pd.DataFrame({"person": people, "space": spaces})[~is_device].drop_duplicates()
    ends = np.where(is_device[weak[:, :1]], weak, weak[:, ::-1])
    seen = pd.DataFrame({"device": ends[:, 0], "node": ends[:, 1]})[~is_device[ends[:, 1]]]
    seen = seen.assign(person=people[seen["node"]])[["device", "person"]].drop_duplicates()
    direct = _conflicting(seen.rename(columns={"device": "group"}), held)
    rest = _without(weak, direct)
    chains = _components(int(people.max(initial=-1)) + 1 + len(is_device), _chain_edges(rest, people, is_device))
    chained = held[["person"]].drop_duplicates()
    chained = chained.assign(group=chains[chained["person"]])
    torn = _conflicting(chained, held)
    left = seen[~seen["device"].isin(direct)]
    bridges = left[left.duplicated("device", keep=False)]
    return np.union1d(direct, bridges.loc[np.isin(chains[bridges["person"]], torn), "device"].unique()).astype("int64")


def _chain_edges(weak: np.ndarray, people: np.ndarray, is_device: np.ndarray) -> np.ndarray:
    """Edges between people and devices; people have the positions of their groups, devices come after them."""
    first = int(people.max(initial=-1)) + 1
    return np.where(is_device[weak], weak + first, people[weak]) if len(weak) else weak


def _conflicting(members: pd.DataFrame, held: pd.DataFrame) -> np.ndarray:
    """Groups (of `members`: group, person, each pair once) in which two people have identifiers of one space."""
    several = members[members.duplicated("group", keep=False)]
    theirs = several.merge(held, on="person")
    return np.unique(theirs.loc[theirs.duplicated(["group", "space"]), "group"]).astype("int64")


def _without(edges: np.ndarray, nodes: np.ndarray) -> np.ndarray:
    return edges[~np.isin(edges, nodes).any(axis=1)] if len(nodes) else edges


def _components(size: int, edges: np.ndarray) -> np.ndarray:
    if not len(edges):
        return np.arange(size)
    # Imported here: it takes a while, and logs with ids of one space have no edges.
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(len(edges), dtype="int8"), (edges[:, 0], edges[:, 1])), shape=(size, size))
    return connected_components(graph, directed=False)[1]
