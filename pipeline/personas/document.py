"""personas.json as a model: what a CRM or a design tool reads. Its JSON Schema is published in docs/formats.

Versions are major.minor: a minor one adds keys, a major one changes or drops some.
"""

import json
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from pipeline.core.settings import Settings

VERSION = "1.0"
SCHEMA_FILE = "docs/formats/personas.schema.json"

Share = float
Result = Literal["pass", "fail", "not supplied"]


class Sentence(Settings):
    """A sentence of the narrative with the claims that it is made of (rows of the table `claims`)."""

    text: str
    claims: list[str]


class Theme(Settings):
    """A theme that the persona voices more than others do."""

    theme_id: str
    topic: str
    label: str
    value: Share | None = Field(description="share of the persona's speakers who voice it")
    lower: float | None
    upper: float | None
    n: int = Field(description="speakers of the persona in the topic")
    rest_value: Share | None = Field(description="share of the others; null where few")


class Quote(Settings):
    """Verbatim words of a customer, scrubbed."""

    quote_id: str
    theme_id: str
    text: str
    approved: bool = Field(description="whether somebody has released it to readers")


class Worth(Settings):
    """What the persona is worth; money in the dataset's currency."""

    share_of_customers: Share | None
    share_of_revenue: Share | None
    share_of_future_value: Share | None
    future_value: float | None = Field(description="of a buyer within the horizon, discounted")
    lower: float | None
    upper: float | None


class Day(Settings):
    """A day and a week by the customers' own clock (table `rhythm`)."""

    text: str
    busiest_from: int = Field(ge=0, le=23, description="hour of the day")
    busiest_hours: int
    share: Share
    others: Share | None
    more_than_others: list[str] = Field(description="weekdays")


class Trait(Settings):
    """A trait of an example, shared by many other customers."""

    column: str
    label: str
    told: str


class Exemplar(Settings):
    """A real customer nearest the middle of the persona, without an id."""

    rank: int = Field(ge=1)
    distance: float
    traits: list[Trait]


class React(Settings):
    """The REACT card; checks and evidence are in the table `react`."""

    real: Result
    exact: Result
    actionable: Result
    clear: Result
    testable: Result


class Place(Settings):
    """Where the persona stands in the matrix, each axis 0 to 10; null where no criterion is supplied."""

    attractiveness: float | None
    competitiveness: float | None


class Reach(Settings):
    """The channel that reaches most of the persona."""

    channel: str
    share: Share


class Persona(Settings):
    """One persona."""

    persona_id: str = Field(description="survives later drops of data once promoted")
    segment: int
    name: str
    customers: int
    share: Share
    stability: float | None = Field(description="mean Jaccard index over resamples")
    stability_verdict: str
    story: str
    narrative: list[Sentence]
    traits: list[str] = Field(description="claim ids, the most telling first")
    themes: list[Theme]
    quotes: list[Quote]
    worth: Worth | None
    day: Day | None
    exemplars: list[Exemplar]
    react: React
    evaluation: Place
    reach: Reach | None


class Part(Settings):
    """Customers without a persona."""

    customers: int
    share: Share


class WorthAbout(Settings):
    """Whether there is worth, and over which horizon."""

    status: str
    horizon_days: float
    discount: float = Field(description="a year")


class Gate(Settings):
    """Whether there are customers enough for the number of variables."""

    customers: int
    variables: int
    per_variable: float | None
    least: float
    status: Literal["good", "enough", "too few", "no variables"]
    text: str


class Predictions(Settings):
    """How registered predictions came out (table `prediction_scores`)."""

    status: str
    scored: int
    gone: int = Field(description="of a persona or feature that is no more")
    coverage: Share | None = Field(description="share inside their 95 % intervals")
    brier: float | None = Field(description="mean squared error of shares as forecasts of single customers")
    brier_everybody: float | None = Field(description="the same without personas")


class Document(Settings):
    """Personas of a dataset, with what stands behind them. Made by stage `personas`."""

    schema_version: Literal["1.0"]
    dataset: str
    customers_are: str
    verdict: str = Field(description="whether the segments are real, in a sentence")
    personas: list[Persona] = Field(description="the largest first")
    unassigned: Part
    worth: WorthAbout
    texts: dict[str, Any] = Field(description="which texts were supplied, topic by topic")
    gate: Gate
    predictions: Predictions
    supplied: dict[str, bool] = Field(description="table -> whether it has rows")


def checked(content: Mapping[str, Any]) -> dict[str, Any]:
    """`content` with its version, in the shape that is published; a mistake of ours raises pydantic's error."""
    whole = {**content, "schema_version": VERSION}
    Document.model_validate(whole, strict=False)
    return whole


def schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of personas.json."""
    made = Document.model_json_schema()
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": f"personas.json, version {VERSION}"}
    return {**made, **head}


def schema_text() -> str:
    """The published file."""
    return json.dumps(schema(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"
