"""Which response speaks for a customer, and which answers of it are believed."""

import pandas as pd


def one_response_each(responses: pd.DataFrame) -> pd.DataFrame:
    """The answers of one response per linked customer and source: a finished one before others, then the latest.

    Two responses recorded at the same moment are told apart by what they say, never by their pseudonyms.
    """
    linked = responses[responses["customer_id"].notna()]
    if linked.empty:
        return linked
    said = (
        linked["question"].astype(str)
        + "="
        + linked["answer"].fillna("").astype(str)
        + "/"
        + linked["value"].fillna(-1).astype(str)
    )
    text = said.sort_values().groupby([linked["customer_id"], linked["source"], linked["response_id"]]).agg("\x1f".join)
    facts = linked.groupby(["customer_id", "source", "response_id"])[["finished", "answered_at"]].max()
    ranked = facts.assign(said=text).sort_values(["finished", "answered_at", "said"], na_position="first")
    best = ranked.groupby(level=["customer_id", "source"]).tail(1).index.get_level_values("response_id")
    return linked[linked["response_id"].isin(best)]


def believed(answers: pd.DataFrame) -> pd.DataFrame:
    """`answers` with the Likert answers of straight-liners set missing."""
    doubtful = answers["straight_liner"] & (answers["kind"] == "likert")
    return answers.assign(value=answers["value"].mask(doubtful), answer=answers["answer"].mask(doubtful))
