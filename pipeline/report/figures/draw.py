"""All pictures of a report, by the names under which pages ask for them."""

from typing import Any

from pipeline.report.figures import journeys, people, time
from pipeline.report.figures.canvas import Picture


def draw(content: dict[str, Any]) -> dict[str, Picture]:
    """Name -> picture; a picture without anything to show is left out."""
    found: dict[str, Picture | None] = {}
    everyone = {"id": "all", "name": f"all {content['customers_are']}", "colour": "ink"}
    if content["cards"]:
        found |= {"sizes": people.sizes(content), "map": people.persona_map(content)}
    else:
        found |= {
            f"all-{i}": people.theme(_rows_of(p, content["everyone"]), {**everyone, "colour": "s6"})
            for i, p in enumerate(content["everyone_pictured"], 1)
        }
    overall = content["journeys"]["all"]
    found["all-curve"] = journeys.curve(overall, content["journeys"], "all-curve", everyone["name"])
    found["all-funnel"] = journeys.funnel(overall, overall, everyone)
    for i, part in enumerate(content["journeys"]["comparison"], 1):
        found[f"reach-{i}"] = journeys.stage_comparison(part, i)
    for card in content["cards"]:
        found |= _of_persona(content, card)
    for pair in content["pairs"]:
        found[pair["name"]] = people.pair(pair)
    return {name: picture for name, picture in found.items() if picture is not None}


def _of_persona(content: dict[str, Any], card: dict[str, Any]) -> dict[str, Picture | None]:
    own, page = card["id"], content["pages"][card["id"]]
    name = f"{own}-curve"
    feelings = next(row["cells"] for row in page["map"]["rows"] if row["key"] == "emotion")
    times = page["card"]["rhythm"]
    return {
        f"{own}-contrast": people.contrast(page, card),
        name: journeys.curve(page["journey"], content["journeys"], name, card["name"]),
        f"{own}-emotion": time.emotion(feelings, page["map"]["stages"], card),
        f"{own}-day": time.rhythm(times["hour"], card, f"{own}-day", "Activity by hour"),
        f"{own}-week": time.rhythm(times["weekday"], card, f"{own}-week", "Activity by weekday"),
        f"{own}-funnel": journeys.funnel(page["journey"], content["journeys"]["all"], card),
        **{
            f"{own}-theme-{i}": people.theme(_rows_of(p, page["themes"]), card)
            for i, p in enumerate(page["pictures"], 1)
        },
    }


def _rows_of(shown: dict[str, Any], parts: list[dict[str, Any]]) -> dict[str, Any]:
    """The picture with its rows in place of their positions."""
    own = next(p for p in parts if p["theme"] == shown["theme"])
    return {**shown, "rows": [own["rows"][i] for i in shown["rows"]]}
