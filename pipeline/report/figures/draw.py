"""All pictures of a report, by the names under which pages ask for them."""

import re
from typing import Any

from pipeline.report.figures import contrasts, flows, journeys, people, segments, time, week
from pipeline.report.figures.canvas import Picture
from pipeline.report.numbers import Cell

STILL, FEW = "still there", "still there, or few"
Pictures = dict[str, Picture | None]


def draw(content: dict[str, Any]) -> dict[str, Picture]:
    """Name -> picture; a picture without anything to show is left out."""
    found: Pictures = {}
    everyone = {"id": "all", "name": f"all {content['customers_are']}", "colour": "ink"}
    if content["cards"]:
        found |= {"sizes": people.sizes(content), "map": people.persona_map(content)}
    else:
        found |= {
            f"all-{i}": people.theme(_rows_of(p, content["everyone"]), {**everyone, "colour": "s6"})
            for i, p in enumerate(content["everyone_pictured"], 1)
        }
    found |= _of_segmentation(content["segmentation"], [g for g in content["groups"] if g["page"]])
    overall = content["journeys"]["all"]
    found["all-curve"] = journeys.curve(overall, content["journeys"], "all-curve", everyone["name"])
    found["all-funnel"] = journeys.funnel(overall, overall, everyone)
    for i, part in enumerate(content["journeys"]["comparison"], 1):
        found[f"reach-{i}"] = journeys.stage_comparison(part, i)
    for i, part in enumerate(content["journeys"]["time_to_stage"], 1):
        found[f"time-{i}"] = contrasts.time_to_stage(part["series"], part["stage"], f"time-{i}")
    for card in content["cards"]:
        found |= _of_persona(content, card)
    for pair in content["pairs"]:
        found |= {pair["name"]: people.pair(pair), f"{pair['name']}-stages": _of_stages(pair)}
    return {name: picture for name, picture in found.items() if picture is not None}


def _of_segmentation(told: dict[str, Any], personas: list[dict[str, Any]]) -> Pictures:
    profiles = segments.profiles(told["profiles"], personas)
    return {
        "sizes-stability": segments.size_and_stability(told["sizes"]),
        **{picture.name: picture for picture in profiles},
        "sweep": segments.sweep(told["tried"]),
        "consensus": segments.consensus(told["consensus"]["cells"], told["consensus"]["groups"]),
        "silhouettes": segments.silhouettes(told["silhouettes"]),
    }


def _of_persona(content: dict[str, Any], card: dict[str, Any]) -> Pictures:
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
        f"{own}-hours": week.week(page["card"]["week"], f"{own}-hours", card["name"]),
        f"{own}-funnel": journeys.funnel(page["journey"], content["journeys"]["all"], card),
        **_of_moves(page["journey"]["transitions"], content["journeys"], card),
        **{
            f"{own}-theme-{i}": people.theme(_rows_of(p, page["themes"]), card)
            for i, p in enumerate(page["pictures"], 1)
        },
    }


def drawn_share(cell: Cell) -> float | None:
    """The share that an arrow shows; of one that is told by a bound (`over 96%`) the bound."""
    bound = re.fullmatch(r"(?:over|under) ([0-9]+)%", cell["text"])
    return int(bound[1]) / 100 if bound and cell["value"] is None else cell["value"]


def _of_moves(moves: list[dict[str, Any]], summary: dict[str, Any], card: dict[str, Any]) -> Pictures:
    likely = [{**m, "value": drawn_share(m["probability"]), "text": m["probability"]["text"]} for m in moves]
    told = (summary["ladder"], summary["dropoff"])
    names = f"{card['id']}-moves", f"{card['id']}-stays"
    return {
        names[0]: flows.diagram(likely, *told, names[0], card["name"]),
        names[1]: flows.sankey(stays(moves), *told, names[1], card["name"]),
    }


def stays(moves: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Where all stays in each stage led: moves that can be told, and the rest."""
    found = []
    for stage in dict.fromkeys(m["from"] for m in moves):
        own = [m for m in moves if m["from"] == stage]
        whole = own[0]["at_risk"]["value"]
        if whole is None:
            continue
        known = [m for m in own if m["moved"]["value"] is not None]
        found += [{"from": stage, "to": m["to"], "count": int(m["moved"]["value"])} for m in known]
        rest = int(whole) - sum(int(m["moved"]["value"]) for m in known)
        found.append({"from": stage, "to": STILL if len(known) == len(own) else FEW, "count": rest})
    return found


def _of_stages(pair: dict[str, Any]) -> Picture | None:
    """Difference of two personas at each stage, with what its test found."""
    told = [s for s in pair["stages"] if s["difference"] is not None]
    rows = [
        {
            "stage": s["stage"], "difference": s["difference"]["value"], "lower": s["difference"]["lower"],
            "upper": s["difference"]["upper"], "finding": s["finding"], "text": s["difference"]["text"],
        }
        for s in told
    ]  # fmt: skip
    margin = max((s["margin"] or 0.0 for s in told), default=0.0)
    return contrasts.difference(rows, pair["one"], pair["other"], margin, f"{pair['name']}-stages")


def _rows_of(shown: dict[str, Any], parts: list[dict[str, Any]]) -> dict[str, Any]:
    """The picture with its rows in place of their positions."""
    own = next(p for p in parts if p["theme"] == shown["theme"])
    return {**shown, "rows": [own["rows"][i] for i in shown["rows"]]}
