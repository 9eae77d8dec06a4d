"""What sources saw as a graph: nodes in order, edges between what stands in one record."""

import numpy as np
import pandas as pd

from pipeline.core.pseudonym import in_digits
from pipeline.ingest.attribution import places
from pipeline.ingest.sightings import Sighting, edges, nodes


def sighting(source: str, makes: bool, **ids: list[str | None]) -> Sighting:
    return Sighting(source, pd.DataFrame(ids, dtype="str"), makes)


def test_identifiers_stand_in_order_of_space_and_value_with_who_saw_them():
    crm = sighting("crm", True, email=["b", "ü", "b", None], contact=["1", "10", "9", "9"])
    survey = sighting("a survey", False, email=["b", "Z"])
    table, at = nodes([crm, survey])
    assert table.astype({"space": "str"}).to_numpy().tolist() == [
        ["contact", "1", 2, True],
        ["contact", "10", 2, True],
        ["contact", "9", 2, True],
        ["email", "Z", 1, False],
        ["email", "b", 3, True],
        ["email", "ü", 2, True],
    ]
    assert {space: places.tolist() for space, places in at[0].items()} == {
        "contact": [0, 1, 2, 2],
        "email": [4, 5, 4, -1],
    }
    assert edges(at, len(table)).tolist() == [[0, 4], [1, 5], [2, 4]], "each once, none of a blank cell"


def test_what_stands_alone_has_no_edges():
    table, at = nodes([sighting("log", True, visitor=["a", "b", None])])
    assert edges(at, len(table)).shape == (0, 2)
    nothing, at = nodes([])
    assert (len(nothing), edges(at, 0).shape) == (0, (0, 2))


def test_buckets_are_the_first_two_digits_and_ranks_the_order():
    numbers = np.array([0, 1 << 56, (1 << 56) + 1, (1 << 64) - 1], dtype="uint64")
    found = places(pd.Index(in_digits(numbers), name="customer_id"))
    assert found["bucket"].tolist() == [int(i[:2], 16) for i in found.index] == [0, 1, 1, 255]
    assert found["rank"].tolist() == [0, 1, 2, 3]
    assert len(places(pd.Index([], dtype="str", name="customer_id"))) == 0
