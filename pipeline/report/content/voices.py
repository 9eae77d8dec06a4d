"""What the customers of a persona say in their own words: themes with their shares, and quotes."""

from typing import Any

from pipeline.core.rounding import percent
from pipeline.personas.schema import THEMES
from pipeline.report.content.labels import sentence_case
from pipeline.report.content.register import refer
from pipeline.report.inputs import Inputs
from pipeline.report.numbers import Cell, counted_share, share_cell

MOST_THEMES, MOST_QUOTES = 5, 4


def voices(persona: dict[str, Any], inputs: Inputs, min_cell: int) -> dict[str, Any]:
    """Themes that the persona voices more than others do, and verbatim quotes; `note` where there are none."""
    own = persona["persona_id"]
    rows = inputs.themes[inputs.themes["persona_id"] == own]
    found = {row["theme_id"]: row for row in rows.to_dict("records")}
    themes = [_theme(found[t["theme_id"]], min_cell) for t in persona.get("themes") or [] if t["theme_id"] in found]
    labels = {row["theme_id"]: row["label"] for row in found.values()}
    quotes = [_quote(q, labels) for q in persona.get("quotes") or []]
    return {"themes": themes[:MOST_THEMES], "quotes": quotes[:MOST_QUOTES], "note": _note(inputs, themes, quotes)}


def _theme(row: dict[str, Any], min_cell: int) -> dict[str, Any]:
    cell: Cell = share_cell(row["value"], row["lower"], row["upper"], row["n"])
    cell = refer(counted_share(cell, round((cell["value"] or 0.0) * row["n"]), row["n"], min_cell), THEMES, row)
    rest = share_cell(row["rest_value"])
    others = percent(rest["value"]) if rest["value"] is not None else "too few to show"
    return {"label": row["label"], "topic": row["topic"], "cell": cell, "others": {**rest, "text": others}}


def _quote(quote: dict[str, Any], labels: dict[str, str]) -> dict[str, Any]:
    theme = labels.get(quote["theme_id"], "")
    return {"id": quote["quote_id"], "text": quote["text"], "theme": theme, "approved": bool(quote["approved"])}


def _note(inputs: Inputs, themes: list[Any], quotes: list[Any]) -> str:
    if themes or quotes:
        return ""
    status = str((inputs.personas.get("texts") or {}).get("status") or "not supplied")
    if status == "not supplied":
        return "Not supplied: no open answers, interviews or reviews are among the data."
    if len(inputs.themes):
        return "They voice no theme clearly more than the others do."
    return sentence_case(status)
