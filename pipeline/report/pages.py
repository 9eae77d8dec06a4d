"""Pages from content and pictures. No page computes: all figures are texts of `content` already."""

from collections.abc import Mapping
from typing import Any

from pipeline.report.figures.canvas import Picture
from pipeline.report.palette import css_variables


def render(content: dict[str, Any], pictures: Mapping[str, Picture]) -> dict[str, str]:
    """Path below the report's folder -> HTML, one for the cover, each persona and the data."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("pipeline.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    css = (
        css_variables()
        + (environment.loader or PackageLoader("pipeline.report")).get_source(environment, "report.css")[0]
    )
    shared = {"content": content, "pictures": _Pictures(pictures), "css": css.replace("\n", "")}
    cover, inner = {"root": "", "pages": "pages/"}, {"root": "../", "pages": ""}
    found = {"index.html": environment.get_template("index.html").render(shared, **cover, here="index")}
    found["pages/data.html"] = environment.get_template("data.html").render(shared, **inner, here="data")
    persona = environment.get_template("persona.html")
    for i, card in enumerate(content["cards"]):
        own = {"card": card, "page": content["pages"][card["id"]], "figures_of_persona": _key_figures(content, i)}
        near = {"previous": content["cards"][i - 1] if i else None, "next": (content["cards"] + [None])[i + 1]}
        found[f"pages/{card['page']}"] = persona.render(shared, **inner, here=card["id"], **own, **near)
    return found


class _Pictures(dict[str, Picture]):
    """A picture that could not be drawn is None: the page leaves it out."""

    def __missing__(self, name: str) -> None:
        return None


def _key_figures(content: dict[str, Any], position: int) -> list[dict[str, Any]]:
    """The persona's key figures beyond its size, which the page shows anyway."""
    found = [
        {"label": k["label"], "cell": k["cells"][position]} for k in content["key_figures"] if k["kpi"] not in SIZES
    ]
    return [k for k in found if k["cell"] is not None]


SIZES = ("customers", "share of customers")
