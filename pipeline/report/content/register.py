"""Where a figure stands: each cell names its row of a table, and the register gives that row a place on a page."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pipeline.core.tables import Table
from pipeline.core.words import spoken_of
from pipeline.experiments import schema as experiments
from pipeline.journeys import schema as journeys
from pipeline.personas import schema as personas
from pipeline.report.content.groups import Group
from pipeline.report.content.labels import Dictionary, entry_of, link_to, trait_label
from pipeline.report.numbers import Cell, points

SIZES = Table(personas.STAGE, "personas", "How many customers each persona has.", {}, key=("persona_id",))
"""What `personas.json` says of sizes, as if it were a table."""
TABLES: Mapping[str, Table] = {
    f"{table.stage}.{table.name}": table
    for stage in (personas, journeys, experiments)
    for table in [*vars(stage).values(), SIZES]
    if isinstance(table, Table)
}
GROUP_COLUMNS = ("group", "persona_id", "persona")
ELSEWHERE = "all"
TITLES = {"kpis": "Key figures", "next_tests": "What next tests need", "stage_profile": "Stages of the journey"}
"""Headings of tables whose names are no words."""
DAYS = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")
FIGURES = {
    ("kpis", "value"): "",
    ("profile", "value"): "",
    ("claims", "value"): "",
    ("personas", "share"): "share of all",
    ("personas", "customers"): "how many",
    ("worth", "share_of_customers"): "share of all",
    ("worth", "share_of_revenue"): "share of revenue so far",
    ("worth", "share_of_future_value"): "share of expected value",
    ("worth", "recency_days"): "days since a buyer’s last purchase",
    ("worth", "frequency"): "purchases of a buyer so far",
    ("worth", "monetary"): "amount of a purchase",
    ("worth", "alive"): "chance that a buyer buys again",
    ("worth", "expected_purchases"): "purchases to expect of a buyer",
    ("worth", "future_value"): "value to expect of a buyer",
    ("funnel", "observed_share"): "counted, of all that began",
    ("funnel", "of_previous"): "counted, of the stage before",
    ("funnel", "probability"): "accounting for open ends",
    ("transitions", "probability"): "chance to move there next",
    ("curves", "probability"): "share of journeys",
    ("themes", "value"): "share who voice it",
    ("stage_profile", "value"): "",
    ("opportunities", "gain"): "more would convert",
    ("channels", "share"): "share of conversions",
    ("moments", "hazard_ratio"): "times as likely",
    ("comparisons", "difference"): "difference",
    ("comparisons", "-difference"): "difference, seen from the other",
    ("next_tests", "today"): "share today",
    ("effects", "share_control"): "control",
    ("effects", "share_variant"): "variant",
    ("effects", "effect"): "difference",
}
"""What a column of a table is called on a page, where the column's own name will not do."""


def refer(cell: Cell, table: Table, row: Mapping[str, Any], column: str = "value") -> Cell:
    """`cell` with the row of `table` that it shows, as text: `stage.table|key|…|column`.

    >>> cell = Cell(value=0.25, lower=None, upper=None, n=40, text="25%", interval="")
    >>> refer(cell, SIZES, {"persona_id": "persona-1"}, "share")["row"]
    'personas.personas|persona-1|share'
    """
    key = [str(row.get(name, "")).replace("|", "¦") for name in table.key]
    return {**cell, "row": "|".join([f"{table.stage}.{table.name}", *key, column])}


def cells_of(content: Any) -> Iterator[Cell]:
    """Every cell with a row in `content`, in order."""
    if isinstance(content, dict):
        if "row" in content and "text" in content and "value" in content:
            yield content  # type: ignore[misc]  # a cell is known by its keys
            return
        for part in content.values():
            yield from cells_of(part)
    elif isinstance(content, list):
        for part in content:
            yield from cells_of(part)


def register(content: dict[str, Any], groups: Sequence[Group], dictionary: Dictionary, min_cell: int) -> dict[str, Any]:
    """All rows that figures of `content` stand in but those of claims, by group and table; each row once."""
    names = {g["id"]: g["name"] for g in groups} | {k["kpi"]: k["label"] for k in content["key_figures"]}
    themes = {t["cell"]["row"]: t["label"] for page in content["pages"].values() for t in page["voices"]["themes"]}
    pages: dict[str, dict[str, list[dict[str, Any]]]] = {g["id"]: {} for g in groups if g["page"] or g["id"] == "all"}
    for row in dict.fromkeys(cell["row"] for cell in cells_of(content)):
        table, *key, column = row.split("|")
        if TABLES[table] is personas.CLAIMS:
            continue
        owner = _owner(TABLES[table], key)
        page = pages.get(owner, pages[ELSEWHERE])
        rows = page.setdefault(table, [])
        what = themes.get(row) or _what(TABLES[table], key, names, dictionary, owner if owner in pages else "")
        figure = FIGURES.get((TABLES[table].name, column), column.replace("_", " "))
        if not what:
            what, figure = figure[:1].upper() + figure[1:] or names.get(owner, owner), ""
        number = sum(len(r) for r in page.values()) + 1
        rows.append({"row": row, "id": f"r{number}", "what": what, "figure": figure})
    return {
        "pages": [
            {
                "group": next(g for g in groups if g["id"] == group_id),
                "page": page_name(group_id),
                "tables": [
                    _table(TABLES[name], rows, content["customers_are"], min_cell) for name, rows in by_table.items()
                ],
            }
            for group_id, by_table in pages.items()
        ],
    }


def links(content: dict[str, Any]) -> dict[str, str]:
    """Row -> page and element where readers see it: claims on the persona's own page, all others as registered."""
    found = {
        row["row"]: f"{page['page']}#{row['id']}"
        for page in content["register"]["pages"]
        for table in page["tables"]
        for row in table["rows"]
    }
    for persona_id, page in content["pages"].items():
        claims = [row for part in page["evidence"] for row in part["rows"]]
        found |= {claim["cell"]["row"]: f"{persona_id}.html{link_to(claim['anchor'])}" for claim in claims}
    return found


def page_name(group_id: str) -> str:
    """File of the page with the rows of a group.

    >>> page_name("persona-3"), page_name("all")
    ('evidence-3.html', 'evidence-all.html')
    """
    return f"evidence-{group_id.rsplit('-', 1)[-1]}.html"


def _table(table: Table, rows: list[dict[str, Any]], customers_are: str, min_cell: int) -> dict[str, Any]:
    ending = ".json" if table is SIZES else ".parquet"
    figured = any(row["figure"] for row in rows)
    file = f"data/{table.stage}/{table.name}{ending}"
    says = spoken_of(table.description.replace("`min_cell`", str(min_cell)).replace("`", ""), customers_are)
    title = TITLES.get(table.name, table.name.replace("_", " ").capitalize())
    return {"name": table.name, "title": title, "file": file, "says": says, "figured": figured, "rows": rows}


def _owner(table: Table, key: Sequence[str]) -> str:
    named = dict(zip(table.key, key, strict=True))
    return next((named[column] for column in GROUP_COLUMNS if column in named), "")


def _what(table: Table, key: Sequence[str], names: Mapping[str, str], dictionary: Dictionary, owner: str) -> str:
    """The key in words, without what the page's heading says; nothing where that is all of it."""
    named = dict(zip(table.key, key, strict=True))
    named.pop("group_by", None)
    parts = []
    if "column" in named:
        parts.append(trait_label(entry_of(dictionary, named.pop("column")), named.pop("level", "")))
    if "slot" in named:
        part, slot = named.pop("part"), int(named.pop("slot"))
        parts.append(DAYS[slot] if part == "weekday" else f"{slot}–{slot + 1} h")
    if "effect" in named:
        named["effect"] = points(named["effect"])["text"]
    parts += [names.get(value, value) for value in named.values() if value and value != owner]
    return " · ".join(parts)
