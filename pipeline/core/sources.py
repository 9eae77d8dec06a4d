"""`sources.yaml`: what a dataset's exports are, how they join, which stages a journey has. One model per part.

The file sits in the dataset's folder, `data/raw/<dataset>/sources.yaml`; file names in it are relative to that folder.
"""

from datetime import date
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from pipeline.core.errors import SettingsError, gather, near_match
from pipeline.core.settings import Settings, parse, read_yaml

SOURCES_FILE = "sources.yaml"

Kind = Literal["numeric", "count", "share", "ordinal", "binary", "nominal"]
Block = Literal["demographic", "behavioural", "technographic", "attitudinal"]
Role = Literal["segment", "describe", "exclude"]
Theme = Literal["need", "motivation", "pain", "channel", "decision factor", "satisfaction", "interest", "other"]
SourceKind = Literal["customers", "responses", "events", "texts", "exposures", "feedback", "mentions", "costs", "links"]


def _known_time_zone(name: str) -> str:
    from zoneinfo import available_timezones

    if name not in available_timezones():
        raise ValueError(f"unknown time zone.{near_match(name, available_timezones())}")
    return name


def _with_text_keys(given: object) -> object:
    """YAML reads the code 1 as a number; exports hold texts."""
    return {str(k): v for k, v in given.items()} if isinstance(given, dict) else given


def _plain_name(name: str) -> str:
    if not name.strip() or not name.isprintable() or set(name) & {'"', "`"}:
        raise ValueError('a name must not be blank, nor hold a line break, " or `')
    return name


Name = Annotated[str, AfterValidator(_plain_name)]
"""Of a source or an identity space: tables and columns of the engines are called so."""
TimeZone = Annotated[str, AfterValidator(_known_time_zone)]


class FieldSettings(Settings):
    """One column of a customer export that becomes a feature. The key in `fields` is the feature's name."""

    column: str
    kind: Kind
    block: Block
    label: str
    role: Role = "describe"
    theme: Literal[Theme, "device"] = "other"
    """What it speaks of, which says where the report tells it; `other` stands with its block."""
    unit: str = ""
    levels: list[str] | None = None
    """Order of an ordinal's levels, lowest first; for a binary: [no, yes]. A level not listed is rejected."""


class QuestionSettings(Settings):
    """One survey question. The key in `questions` is the feature's name.

    `column: Q5` also finds a multi-select that is spread over `Q5_1`, `Q5_2` …
    """

    column: str
    parts: list[str] = Field(default_factory=list)
    """Columns of a multi-select that is spread over several, where their names do not begin with `column`."""
    kind: Literal["single", "multi", "likert", "numeric", "nps", "open"]
    label: str
    block: Block = "attitudinal"
    role: Role = "describe"
    levels: list[str] | None = None
    """Answers of a Likert or ordered question, lowest first; the choices of a multi-select."""
    codes: Annotated[dict[str, str], BeforeValidator(_with_text_keys)] = Field(default_factory=dict)
    """Code -> answer, where the export holds codes. Codes say nothing about order: `levels` lists answers."""
    separator: str = Field(default=",", min_length=1)
    """What stands between the choices of a multi-select in one cell."""
    scale: str | None = None
    """Likert items with one `scale` name are averaged into one feature of that name."""
    reverse: bool = False
    theme: Theme = "other"

    @model_validator(mode="after")
    def _codes_are_ordered_by_levels(self) -> Self:
        if self.codes and self.kind == "likert" and not self.levels:
            raise ValueError("`codes` say nothing about order: list the answers under `levels`, lowest first")
        wrong = sorted(set(self.codes.values()) - set(self.levels or self.codes.values()))
        if wrong:
            raise ValueError(f"`codes` stand for answers that are not among `levels`: {', '.join(wrong)}")
        if self.parts and self.kind != "multi":
            raise ValueError("`parts` are the columns of a question of kind `multi`")
        return self


class JoinSettings(Settings):
    """A look-up table joined to a source before anything else, many rows to one."""

    files: str
    on: str
    columns: list[str]
    key: str | None = None
    """The look-up's own name of the column `on`, where it has another one."""
    prefix: str = ""
    """Put before the names of the look-up's columns, where the source has columns of these names itself."""
    separator: str | None = None
    """Where cells of `on` hold several keys, e.g. `101;102`: what stands between them. The first counts."""
    where: dict[str, str] = Field(default_factory=dict)
    """Only rows of the look-up whose column equals the text, e.g. {IsPrimary: "true"}: which of several rows counts."""

    @property
    def key_column(self) -> str:
        """The look-up's key."""
        return self.key or self.on

    @property
    def named(self) -> dict[str, str]:
        """Column of the look-up -> its name in the source."""
        return {c: self.prefix + c for c in self.columns}


class RefundSettings(Settings):
    """Which rows of an order export are refunds: those with a negative amount become the event `refund`."""

    event: str = "refund"
    every_row: bool = False
    """The export lists refunds alone: every row is one, its amount counts as negative however it is written."""


class ScoreSettings(Settings):
    """What the scores of a feedback export mean. `worst` is the lower or the higher of the two."""

    measure: Literal["csat", "effort", "nps", "rating", "sentiment"]
    worst: float
    best: float

    @model_validator(mode="after")
    def _ends_differ(self) -> Self:
        if self.worst == self.best:
            raise ValueError("`worst` and `best` are the two ends of the scale: they must differ")
        return self


class SourceSettings(Settings):
    """One export file, or a glob of parts, read by one reader."""

    kind: SourceKind
    format: str
    files: str
    observed_from: date | None = None
    """First day that the export could hold, where that is later than the observation's (history kept for 18 months)."""
    observed_until: date | None = None
    """First day that the export could no longer hold, where that is earlier than the observation's end."""
    timezone: TimeZone | None = None
    """Time zone of times written without one. Required where the format has none."""
    ids: dict[Name, str] = Field(default_factory=dict)
    """Identity space -> column, e.g. {contact: Record ID, email: Email}. `{row: "*"}`: every row is a customer."""
    columns: dict[str, str] = Field(default_factory=dict)
    """Standard column -> column of the export, for the generic formats (ts, event, amount, event_id, order, …).
    With `quantity` the amount is the price of one piece."""
    lines: Literal["sum"] | None = None
    """Of events whose rows with one `event_id` are the lines of one order: `sum` makes them one event, with the sum of
    their amounts. Left out, rows with one id repeat one event, and the first counts."""
    epoch: Literal["seconds", "milliseconds", "microseconds"] | None = None
    """Unit of the times that are numbers since 1970 (UTC): of events `columns.ts`, of other kinds all of the source."""
    decimal: Literal["comma", "point"] | None = None
    """The decimal mark of numbers that are not written plainly: `1.234,56` (comma) or `1,234.56` (point)."""
    currency_mark: str | None = Field(default=None, pattern=r"^[^0-9\s+,.-][^0-9\s]{0,4}$")
    """The sign or code that stands before or after numbers, e.g. `$` or `EUR`; with another one they are no numbers."""
    dates: Literal["month first", "day first"] | None = None
    """How `3/4/2024` or `4.3.2024` is read. Events need it; elsewhere only a column that does not show it."""
    event: str | None = None
    """A constant event name, for event sources without an event column."""
    refunds: RefundSettings | None = None
    score: ScoreSettings | None = None
    """Of feedback: which measure, and the ends of its scale."""
    several_ids: Literal["reject", "first"] = "reject"
    """What becomes of an event whose id cell lists several (`101;102`, HubSpot deals): rejected, or the first's."""
    fields: dict[str, FieldSettings] = Field(default_factory=dict)
    questions: dict[str, QuestionSettings] = Field(default_factory=dict)
    scales: dict[str, str] = Field(default_factory=dict)
    """Scale name of the questions -> what readers see, e.g. {craft: Coffee is a craft to enjoy}."""
    stage_dates: dict[str, str] = Field(default_factory=dict)
    """Event name -> date column of a customer export; each date becomes an event of that name."""
    join: list[JoinSettings] = Field(default_factory=list)
    keep: list[str] = Field(default_factory=list)
    """Further columns of an event export to keep in `properties`."""
    missing: list[str] = Field(default_factory=lambda: [""])
    """Cell texts that mean "not known", compared after trimming. Never applied to id columns."""
    where: dict[str, str] = Field(default_factory=dict)
    """Keep only rows whose column equals the text; the others are counted as rejected."""
    sensitive: dict[str, str] = Field(default_factory=dict)
    """Field, question or kept column of a special category -> the legal basis for its use; refused without one."""

    @model_validator(mode="after")
    def _observed_for_a_time(self) -> Self:
        if self.observed_from and self.observed_until and self.observed_from >= self.observed_until:
            raise ValueError("`observed_from` must be before `observed_until`")
        return self

    @model_validator(mode="after")
    def _scales_have_items(self) -> Self:
        used = {q.scale for q in self.questions.values() if q.scale}
        for name in self.scales:
            if name not in used:
                raise ValueError(f"no question has the scale `{name}` named under `scales`.{near_match(name, used)}")
        return self


class Observation(Settings):
    """The calendar window of the dataset, dates in UTC; `end` is the first day no longer observed."""

    start: date
    end: date
    features_until: date
    """Features use only what happened before this day; the journey clock starts at or after it."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.start <= self.features_until <= self.end or self.start == self.end:
            found = f"found {self.start}, {self.features_until}, {self.end}"
            raise ValueError(f"`start` <= `features_until` <= `end` and `start` < `end` must hold: {found}")
        return self


class EntrySettings(Settings):
    """One way into a stage: an event name, optionally only where properties equal, optionally the n-th time."""

    event: str
    where: dict[str, str] = Field(default_factory=dict)
    at_least: int = Field(default=1, ge=1)
    """Enters the stage at the n-th such event since the observation's `features_until`."""


class DropoffSettings(Settings):
    """Drop-off is entered at last activity + `inactivity_days`, only where that moment was observed."""

    stage: str = "drop-off"
    inactivity_days: float = Field(gt=0)
    from_stages: list[str]
    returns: bool = True
    """Whether later activity leads back: to the stage of a stage event, else to the stage that was left."""


class StageSettings(Settings):
    """The stage ladder of the journey."""

    ladder: list[str] = Field(min_length=2)
    """Forward order; the first is the origin of the journey clock. Events that enter a later one are outcomes, and are
    in no feature that customers are segmented by, unless it is the event of the first that comes again (`at_least`)."""
    enter: dict[str, list[EntrySettings]]
    moves: dict[str, list[str]]
    """Allowed moves from each stage (drop-off and returns are declared in `dropoff`); others are counted as illegal."""
    dropoff: DropoffSettings | None = None
    conversion: str | None = None
    """The stage that counts as conversion, for channels and opportunities; without it the last of the ladder."""
    case: str | None = None
    """An event property that splits a customer's events into separate journeys, e.g. campaign_id."""
    breakdowns: list[str] = Field(default_factory=list)
    """Event properties, constant within a case, by which funnels are shown beside personas."""

    @model_validator(mode="after")
    def _stages_are_known(self) -> Self:
        known = set(self.ladder)
        if len(known) < len(self.ladder):
            raise ValueError("a stage is listed twice in `ladder`")
        named = [*self.enter, *self.moves, *(to for targets in self.moves.values() for to in targets)]
        named += self.dropoff.from_stages if self.dropoff else []
        wrong = sorted(set(named) - known)
        if wrong:
            raise ValueError(f"stages not on the ladder: {', '.join(wrong)}; the ladder has {', '.join(self.ladder)}")
        if self.ladder[0] not in self.enter:
            raise ValueError(f"nothing enters the first stage, `{self.ladder[0]}`: list its events under `enter`")
        if self.conversion is not None and self.conversion not in self.ladder[1:]:
            meant = near_match(self.conversion, self.ladder[1:])
            raise ValueError(f"`conversion: {self.conversion}` is no stage after the first.{meant}")
        if self.dropoff and self.dropoff.stage in known:
            raise ValueError(f"the drop-off stage `{self.dropoff.stage}` must not be on the ladder")
        return self


class OutcomeSettings(Settings):
    """What an experiment is judged by: whether `event` happens within `within_days` of the exposure."""

    event: str
    within_days: float = Field(gt=0)
    label: str


class ExperimentSettings(Settings):
    """One experiment found in the exposures."""

    label: str
    control: str
    outcome: OutcomeSettings


class DatasetSettings(Settings):
    """All of `sources.yaml`."""

    title: str
    language: str = "en"
    currency: str = ""
    customers_are: str = "customers"
    """What the rows are called in the report: customers, households, respondents …"""
    observation: Observation | None = None
    """Required where there is an event source."""
    sources: dict[Name, SourceSettings] = Field(min_length=1)
    stages: StageSettings | None = None
    breakdowns: list[str] = Field(default_factory=list)
    """Nominal, ordinal or binary fields by which profiles are shown beside personas, e.g. contract."""
    roles: dict[str, Role] = Field(default_factory=dict)
    """Role overrides for features derived from events, by feature name."""
    experiments: dict[str, ExperimentSettings] = Field(default_factory=dict)
    competitors: dict[str, list[str]] = Field(default_factory=dict)
    """Competitor -> other spellings of its name; whole words are counted in texts, in any case."""

    @model_validator(mode="after")
    def _parts_fit(self) -> Self:
        has_events = any(s.kind == "events" or s.stage_dates for s in self.sources.values())
        if has_events and self.observation is None:
            raise ValueError("`observation` (start, end, features_until) is required where there is an event source")
        if self.stages and not has_events:
            raise ValueError("`stages` need an event source, or `stage_dates` in a customer source")
        return self


def read_sources(dataset: Path) -> DatasetSettings:
    """The settings in the dataset folder's `sources.yaml`; raises `SettingsError` that lists all mistakes."""
    if not dataset.is_dir():
        siblings = sorted(p.name for p in dataset.parent.glob("*") if p.is_dir()) if dataset.parent.is_dir() else []
        known = f" There are: {', '.join(siblings)}." if siblings else ""
        raise SettingsError(
            f"{dataset}: no such dataset folder.{near_match(dataset.name, siblings)}{known} "
            "Set `dataset` in params.yaml to a folder under data/raw/."
        )
    path = dataset / SOURCES_FILE
    drafted = f"`personas inspect {dataset} --write` drafts it from the exports there."
    settings = parse(read_yaml(path, drafted), DatasetSettings, str(path))
    gather(SettingsError, _clashes(settings), f"{path}: names used twice")
    return settings


def _clashes(settings: DatasetSettings) -> list[str]:
    """Feature names declared by two sources; a feature comes from one place."""
    seen: dict[str, str] = {}
    mistakes = []
    for source, s in settings.sources.items():
        for name in [*s.fields, *s.questions]:
            if name in seen:
                mistakes.append(f"`{name}` is declared by `{seen[name]}` and by `{source}`: rename one of them.")
            seen[name] = source
    return mistakes
