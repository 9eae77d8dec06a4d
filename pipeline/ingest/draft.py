"""A draft of sources.yaml from inspected files. What only the analyst knows stands in it as a question."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from pipeline.core.outcome_names import is_outcome_name
from pipeline.ingest.bands import bands_in_order
from pipeline.ingest.draft_blocks import block_of_field
from pipeline.ingest.draft_days import days_of, observation_lines
from pipeline.ingest.draft_ids import event_columns, ids_line, ids_lines, ids_of_persons
from pipeline.ingest.draft_kinds import FURTHER_KINDS, further_columns, proposed_kind
from pipeline.ingest.draft_labels import label_of_column, label_of_question
from pipeline.ingest.draft_language import currency_of, language_of
from pipeline.ingest.draft_lines import in_their_place, lines_of_orders, told_of_orders
from pipeline.ingest.draft_lookups import Owner, code_books, join_line, no_sources, owners, told_of, told_of_book
from pipeline.ingest.draft_orders import order_lines
from pipeline.ingest.draft_parts import one_per_glob
from pipeline.ingest.draft_questions import Question, may_segment, questions_in
from pipeline.ingest.draft_shops import shop_of
from pipeline.ingest.draft_spaces import shared_spaces
from pipeline.ingest.draft_stages import constant_event, stage_lines
from pipeline.ingest.draft_texts import text_lines
from pipeline.ingest.draft_times import epoch_lines, time_column, unit_of_column
from pipeline.ingest.inspection import Column, Inspection
from pipeline.ingest.privacy import is_direct_identifier, is_special_category, scrub_patterns, words_of
from pipeline.ingest.readers.registry import READERS
from pipeline.ingest.scales import in_order, with_opinion

_YAML_WORDS = ("yes", "no", "on", "off", "true", "false", "null", "y", "n")
_DECIMAL = {
    "comma": "    decimal: comma             # ? or `point`, as in 1,234.56",
    "point": "    decimal: point             # ? or `comma`, as in 1.234,56",
}
_FEATURE_KINDS = {"numeric": "numeric", "binary": "binary", "nominal": "nominal"}
_KEY = re.compile(r"(?:^|[^A-Za-z])ids?$|I[dD]s?$")
"""Columns that point at other records, by their names."""
_PLACE_CODES = {"postcode", "postal", "zip", "zipcode", "plz"}
"""Numbers by their looks only: what they tell apart are places, and many."""
_COORDINATES = {"lat", "latitude", "lng", "lon", "longitude"}
_CODED = {"gender", "sex", "geschlecht"}
_CODED_AT_END = {"source", "type", "status", "category", "code", "agent", "company"}
"""Numbers in such columns are codes."""
_BIRTH = {"birth", "birthday", "birthdate", "dob", "geburtstag", "geburtsdatum"}
_NOT_PROPOSED = {"identifier": "nearly all differ", "text": "free text", "empty": "no values"}
_ASKED_BELOW = re.compile("declare `(?:timezone|decimal)`")
"""Warnings that a line of the draft asks of."""
_LOWEST_FIRST = "   # ? lowest first; others become missing"
_UNSAFE = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
_OF_EVENTS = ("event", "event_id", "amount", "order", "channel", "device", "os", "browser")
_ORGANISATIONS = {"company", "account"}
_LONGEST_NAME = 60
"""Of a source or field: YAML takes no longer key than 1,024 signs, a reader far less."""


def draft_sources(title: str, found: Sequence[Inspection], problems: Sequence[str]) -> str:
    """The text of a draft sources.yaml: parseable YAML with questions as comments."""
    currency = currency_of(found) or '""'
    lines = [
        "# A draft: answer every line marked `?`, then run `personas check`.",
        f"title: {_text(title)}",
        f"language: {language_of(found)}                 # ? language of free text",
        f"currency: {currency:<18} # ? of amounts, e.g. EUR",
    ]
    if any(proposed_kind(f) == "events" or _dates_of_vendor(f) for f in found):
        lines += observation_lines([days for f in found if proposed_kind(f) == "events" for days in days_of(f)])
    lines += [f"# not readable: {' '.join(problem.split())}" for problem in problems]
    taken: set[str] = set()
    sources = [_without_addresses(f) for f in one_per_glob(found)]
    lines_of = lines_of_orders(sources)
    sources = in_their_place(sources, lines_of)
    own = {f.file: ids_of_persons(f) for f in sources if proposed_kind(f) == "customers"}
    joins = shared_spaces(sources, own)
    owned = {**owners(sources, joins), **{one.table.file: one.owner for one in lines_of}}
    things = no_sources(sources, joins, owned)
    instead = {one.owner.file: told_of_orders(one, _text) for one in lines_of}
    instead |= {file: told_of_book(file, about) for file, about in code_books(sources).items()}
    told = [f for f in sources if f.file not in things and f.file not in instead]
    # Where no table and no log tells customers apart, what they answered does.
    kinds = {proposed_kind(f) for f in told}
    role = "describe" if {"customers", "events"} & kinds else "segment"
    lines += ["customers_are: respondents   # as the report calls them"] if kinds == {"responses"} else []
    lines.append("sources:")
    for inspection in sources:
        if inspection.file in instead:
            lines.append(instead[inspection.file])
        elif inspection.file in things:
            lines += told_of(inspection, _text)
        else:
            lines += _source(inspection, joins[inspection.file], owned.get(inspection.file), taken, role)
    lines += stage_lines([f for f in told if proposed_kind(f) == "events"], _text)
    # Signs that YAML does not allow, or that end a line in it and in no other text.
    return _UNSAFE.sub(lambda sign: f"\\u{ord(sign[0]):04x}", "\n".join(lines)) + "\n"


def _without_addresses(f: Inspection) -> Inspection:
    """Without columns whose heading holds somebody's address or number: a row that slipped into the header row."""
    places = [i for i, c in enumerate(f.columns, start=1) if scrub_patterns(c.name) != c.name]
    if not places:
        return f
    told = f"the heading of column {', '.join(map(str, places))} holds an address or number of somebody: look at row 1"
    columns = [c for i, c in enumerate(f.columns, start=1) if i not in places]
    return replace(f, columns=columns, warnings=[*f.warnings, told])


def _source(f: Inspection, joins: Mapping[str, str], owner: Owner | None, taken: set[str], role: str) -> list[str]:
    """The lines of one source; `joins` are its columns that hold ids of another; `owner` is the table that knows who it
    is of; `taken` are the names of sources and fields so far, and grows; `role` is that of what people answered."""
    kind = proposed_kind(f)
    name = _free(re.sub(r"[^a-z0-9]+", "_", _stem(f.file).lower()).strip("_") or kind, "", taken)
    lines = [f"  {name}:", f"    kind: {kind}", f"    format: {f.format}", f"    files: {_text(f.file)}"]
    lines += [f"    # {' '.join(w.split())}" for w in f.warnings if not _ASKED_BELOW.search(w)]
    if any("time zone" in w for w in f.warnings):
        lines.append("    timezone: UTC              # ? zone of times written without one, e.g. Europe/Berlin")
    marks = {c.commas for c in f.columns if c.commas}
    if marks:
        lines.append(_DECIMAL["point" if marks == {"point"} else "comma"])
    lines += _currency(f)
    lines += _order_of_dates(f, kind)
    if kind == "customers" and set(READERS[f.format].ids([c.name for c in f.columns])) & _ORGANISATIONS:
        lines.append("    # ? where persons are the customers: no source of its own, but a `join` of theirs")
    fields = [*_fields(f, name, taken), *_stage_dates(f)] if kind == "customers" else []
    if owner:
        ids = [ids_line(owner.ids, _text), join_line(owner, _text)]
    else:
        ids = [] if kind == "costs" else ids_lines(f, kind, joins, _text)
    return [
        *lines,
        *ids,
        *_missing(f),
        *_columns(f, kind),
        *epoch_lines(f, kind),
        *fields,
        *_questions(f, kind, name, taken, role),
    ]


def _currency(f: Inspection) -> list[str]:
    """The mark that amounts are written with; where columns have several, the first, as a question."""
    marks = list(dict.fromkeys(c.currency for c in f.columns if c.currency))
    if not marks:
        return []
    asked = f"   # ? of one currency only; also found: {', '.join(marks[1:])}" if marks[1:] else ""
    return [f"    currency_mark: {_text(marks[0])}{asked}"]


def _order_of_dates(f: Inspection, kind: str) -> list[str]:
    """`dates`, as a question where a column does not show it; events need it even where it is shown."""
    if any("day first" in w for w in f.warnings):
        return ["    dates: month first         # ? or `day first`"]
    orders = [c.order for c in f.columns if c.order]
    return [f"    dates: {orders[0]}"] if kind == "events" and orders else []


def _missing(f: Inspection) -> list[str]:
    """Proposed texts that mean "not known", each with the columns and counts that suggest it."""
    where: dict[str, list[str]] = {}
    for c in f.columns:
        for text, n in c.placeholders.items():
            where.setdefault(text, []).append(f"{n:,} in {' '.join(c.name.split())}")
    if not where:
        return []
    told = [f"    #   {_text(text)}: {', '.join(places[:5])}" for text, places in sorted(where.items())]
    listed = ", ".join(json.dumps(text, ensure_ascii=False) for text in ["", *sorted(where)])
    return [f"    missing: [{listed}]   # ? delete those that are answers", *told]


def _free(name: str, source: str, taken: set[str]) -> str:
    """`name`, or one like it that no other has: sources.yaml refuses names used twice. `taken` gets it."""
    kind = "field" if source else "source"
    # YAML reads the key `2024` as a number and `no` as false.
    name = (name if name[:1].isalpha() and name not in _YAML_WORDS else f"{kind}_{name}")[:_LONGEST_NAME]
    wanted = [name, f"{source}_{name}"] if source else [name]
    numbered = (f"{wanted[-1]}_{n}" for n in range(2, 1000))
    free = next(w for w in (*wanted, *numbered) if f"{kind} {w}" not in taken)
    taken.add(f"{kind} {free}")
    return free


def _stem(file: str) -> str:
    """The file's name; for a glob without one, the folder's."""
    path = PurePosixPath(file)
    stem = path.name.split(".")[0].replace("*", "")
    return stem.strip("-_") or path.parent.name


def _columns(f: Inspection, kind: str) -> list[str]:
    if kind == "texts":
        return text_lines(f, _text)
    if f.format == "hubspot-deals":
        return ["    several_ids: reject          # ? deals of several contacts: reject, or the first's: first"]
    if f.format not in ("csv", "xlsx", "parquet", "jsonl") or kind == "customers":
        return []
    if kind in FURTHER_KINDS:
        return further_columns(kind, {words_of(c.name): c.name for c in f.columns}, _text)
    if kind == "events":
        found = event_columns(f)
        listed = ", ".join(f"{standard}: {_text(column)}" for standard, column in found.items())
        rest = [c for c in _OF_EVENTS if c not in found]
        shop = shop_of(f)
        name = constant_event(f)
        constant = [f"    event: {name:21} # ? or columns.event"] if name else []
        told = [f"    # {shop.told}"] if shop and shop.told else []
        orders = order_lines(f, found, _text) if not shop else []
        return [*told, f"    columns: {{{listed}}}   # ? also {', '.join(rest)}", *orders, *constant]
    time = time_column(f, kind)
    if kind == "responses" and time:
        return [f"    columns: {{answered_at: {_text(time)}}}   # ? also response_id, started_at, finished, duration"]
    if kind == "exposures":
        variant = next((c.name for c in f.columns if words_of(c.name) in ("variant", "arm", "treatment")), "variant")
        shown = f"exposed_at: {_text(time)}, " if time else ""
        return [
            f"    columns: {{{shown}variant: {_text(variant)}}}   # ? also experiment",
            "    event: experiment            # ? its name",
        ]
    return []


def _dates_of_vendor(f: Inspection) -> Mapping[str, str]:
    return READERS[f.format].stage_dates([c.name for c in f.columns if c.kind == "time"])


def _stage_dates(f: Inspection) -> list[str]:
    """Dates of a customer export at which a stage was entered."""
    found = _dates_of_vendor(f)
    lines = [f"      {_text(event)}: {_text(column)}" for event, column in found.items()]
    if lines:
        return ["    stage_dates:                 # ? event of each date", *lines]
    others = [c.name for c in f.columns if c.kind == "time" and not _BIRTH & set(words_of(c.name).split())]
    shown = ", ".join(f"{_text(words_of(name))}: {_text(name)}" for name in others)
    told = [f"    # stage_dates: {{{shown}}}   # uncomment dates that are steps of the journey"] if others else []
    units = [unit for unit in (unit_of_column(f, name) for name in others) if unit]
    return told + (
        [f"    # epoch: {units[0]}   # uncomment with them: the unit of numbers since 1970"] if units else []
    )


def _fields(f: Inspection, source: str, taken: set[str]) -> list[str]:
    lines, left_out = [], []
    for c in f.columns:
        feature = re.sub(r"[^a-z0-9]+", "_", words_of(c.name)).strip("_")
        kind = _FEATURE_KINDS.get(c.kind)
        is_key = c.id or _KEY.search(c.name)
        usable = kind and feature and not is_key and not c.addresses and not _is_direct(c)
        told = _tells_nothing(c) if kind else ""
        if usable and not told and not is_special_category(c.name):
            name = _free(feature, source, taken)
            code = _PLACE_CODES & set(words_of(c.name).split())
            told_apart = (
                code
                or is_outcome_name(feature)
                or (feature, kind) == ("y", "binary")
                or "control" in {level.lower() for level in c.levels}
            )
            role = "describe" if told_apart else "segment"
            words = words_of(c.name).split()
            kind = "nominal" if code or _CODED & set(words) or _CODED_AT_END & set(words[-1:]) else kind
            answers = with_opinion([a for a in c.levels if a not in c.placeholders]) if kind == "nominal" else []
            levels = in_order(answers) or bands_in_order(answers)
            listed = f"ordinal, levels: [{', '.join(_text(v) for v in levels)}]" if levels else kind
            block, label = block_of_field(c.name), _text(label_of_column(c.name))
            given = f"column: {_text(c.name)}, kind: {listed}, block: {block}, role: {role}, label: {label}"
            lines.append(f"      {name}: {{{given}}}{_LOWEST_FIRST if levels else ''}")
        elif (told or c.kind in _NOT_PROPOSED) and not (c.named_as_id or _KEY.search(c.name) or _is_direct(c)):
            left_out.append(f"{' '.join(c.name.split())} ({told or _NOT_PROPOSED[c.kind]})")
    lines += [f"      # not proposed: {', '.join(left_out)}"] if left_out and lines else []
    asked = "    fields:                      # ? kind and block of each; role `segment`, or `describe` for outcomes"
    return [asked, *lines] if lines else []


def _is_direct(c: Column) -> bool:
    return c.personal or is_direct_identifier(c.name)


def _tells_nothing(c: Column) -> str:
    """Why a column with values tells customers apart by nothing, or by where they are; else empty."""
    if c.distinct == 1 and not c.missing:
        return "one value"
    return "a place" if _COORDINATES & set(words_of(c.name).split()) else ""


def _questions(f: Inspection, kind: str, source: str, taken: set[str], role: str) -> list[str]:
    if kind != "responses":
        return []
    lines = []
    for q in questions_in(f.columns):
        levels = f", levels: [{', '.join(_text(v) for v in q.levels)}]" if q.levels else ""
        levels += f", separator: {_text(q.separator)}" if q.separator not in ("", ",") else ""
        name, label = _free(q.name, source, taken), label_of_question(q.label)
        theme = "" if q.theme == "other" else f", theme: {q.theme}"
        theme += "" if q.block == "attitudinal" else f", block: {q.block}"
        theme += f", role: {role}" if role != "describe" and may_segment(q) else ""
        lines.append(
            f"      {name}: {{column: {_text(q.column)}, kind: {q.kind}, label: {_text(label)}{levels}{theme}}}"
            + _asked_of(q)
        )
    asked = "    questions:           # ? block, theme, kind: single, multi, likert (with levels), numeric, nps, open"
    asked += "; role" if role != "describe" else ""
    return [asked, *lines] if lines else []


def _asked_of(q: Question) -> str:
    """What to ask about one question."""
    if q.coded:
        return "   # ? where these are codes: `codes: {1: …}`, and `levels` for an order"
    if q.kind == "likert":
        return "   # ? lowest first; add answers that nobody gave"
    if q.levels and q.kind == "single":
        return _LOWEST_FIRST
    return f"   # ? `levels` where a choice holds a `{q.separator}` itself" if q.separator else ""


def _text(value: str) -> str:
    """A YAML scalar that is safe inside braces: plain where no reader could misread it, else quoted."""
    plain = re.fullmatch(r"[A-Za-z_*][A-Za-z0-9 _./*()-]*", value) and value.lower() not in _YAML_WORDS
    return value if plain and not value.startswith("*") else json.dumps(value, ensure_ascii=False)
