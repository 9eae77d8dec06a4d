"""Questions for the draft of sources.yaml: what a survey export asks, multi-selects folded together."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pipeline.ingest.bands import bands_in_order
from pipeline.ingest.choices import name_of_choice
from pipeline.ingest.draft_blocks import block_of_question
from pipeline.ingest.draft_labels import label_of_column, label_of_question
from pipeline.ingest.draft_themes import theme_of
from pipeline.ingest.inspection import Column
from pipeline.ingest.privacy import is_direct_identifier, is_special_category, words_of
from pipeline.ingest.scales import in_order, with_opinion

_KINDS = {"text": "open", "identifier": "open", "numeric": "numeric"}
_METADATA = ("Timing - ", "Start Date", "End Date", "Response", "Recorded", "Progress", "Duration", "Finished",
             "IP ", "Recipient", "External", "Location", "Distribution", "User Language", "Status")  # fmt: skip
_SLUG_WORDS = 5
_MOST_LEVELS = 40
_MOST_CODES = 10
"""Scores from 0 to 10 are eleven."""
_SCORES = {hash(str(score)) for score in range(11)}
_HIGHEST = {hash("9"), hash("10")}
_FEWEST_SCORES = 5
_RECOMMEND = re.compile("recommend|weiterempf|weiter empf|recommand|recomend|consigli|aanbevel|polec", re.IGNORECASE)
"""Asks how likely somebody is to recommend something."""


@dataclass(frozen=True)
class Question:
    """One question as it would be declared. `levels`: choices named by headings, or answers of a known scale, lowest
    first; `coded`: a few numbers only; `separator`: stands between choices in one cell."""

    name: str
    column: str
    kind: str
    label: str
    levels: tuple[str, ...] = ()
    coded: bool = False
    separator: str = ""
    theme: str = "other"
    block: str = "attitudinal"


def questions_in(columns: Sequence[Column]) -> list[Question]:
    """Questions among the labelled columns, in order; direct identifiers and special categories left out.

    Of a table without labels, as of no vendor, all columns but times and ids ask.
    """
    if not any(c.label for c in columns):
        asking = [c for c in columns if c.kind != "time" and not (c.id and (c.named_as_id or c.kind == "identifier"))]
        columns = [replace(c, label=label_of_column(c.name)) for c in asking]
    groups: dict[str, list[Column]] = {}
    for c in columns:
        if c.label and c.kind != "empty" and not c.label.startswith(_METADATA) and not _is_order_shown(c):
            groups.setdefault(_stem(c.name), []).append(c)
    found: list[Question] = []
    for stem, group in groups.items():
        if len(group) > 1 and all(_is_tick(c) for c in group):
            levels = [name_of_choice(stem, c.name, c.label, {}) for c in group]
            named = all(levels) and len(levels) <= _MOST_LEVELS
            label = stem if group[0].label == group[0].name else group[0].label.rsplit(" - ", 1)[0]
            found.append(Question("", stem, "multi", label, tuple(dict.fromkeys(levels)) if named else ()))
        else:
            found += [_single(c) for c in group]
    addresses = {c.name for c in columns if c.addresses}
    kept = [q for q in found if q.column not in addresses]
    kept = [q for q in kept if not is_direct_identifier(q.column) and not is_special_category(q.column)]
    return _named(kept)


def may_segment(q: Question) -> bool:
    """Whether customers may be told apart by a question: by what they think or do, not by who they are or how much they
    recommend, which is an outcome; nor by words of their own."""
    return q.block == "attitudinal" and q.kind not in ("open", "nps")


def _single(c: Column) -> Question:
    """A question in a column of its own. A few whole numbers may be codes: these have no order, no mean."""
    if _is_nps(c):
        return Question("", c.name, "nps", c.label)
    if c.joined:
        return Question("", c.name, "multi", c.label, separator=c.joined)
    answers = with_opinion([answer for answer in c.levels if answer not in c.placeholders])
    if ordered := in_order(answers):
        return Question("", c.name, "likert", c.label, tuple(ordered))
    if bands := bands_in_order(answers):
        return Question("", c.name, "single", c.label, tuple(bands))
    coded = c.kind == "numeric" and c.distinct <= _MOST_CODES
    return Question("", c.name, "single" if coded else _KINDS.get(c.kind, "single"), c.label, coded=coded)


def _is_nps(c: Column) -> bool:
    """Whether a column has the scores 0 to 10 of a question that asks whether somebody would recommend."""
    scores = c.kind == "numeric" and c.values <= _SCORES and bool(c.values & _HIGHEST)
    return scores and len(c.values) >= _FEWEST_SCORES and bool(_RECOMMEND.search(f"{c.label} {c.name}"))


def _is_order_shown(c: Column) -> bool:
    """Whether a column tells in which order choices were shown to a respondent, as Qualtrics writes on demand."""
    return "Display Order" in c.label and "_DO" in c.name


def _stem(column: str) -> str:
    """The question that a column is part of: `Q5` of `Q5_2`, `Which?` of `Which? [Tea]`."""
    part = re.fullmatch(r"(.+?)(?: ?\[.*\]|_(?:SQ)?[0-9]+)", column)
    return part[1] if part else column


def _is_tick(c: Column) -> bool:
    """One value at most, or yes and no; what is written beside "Other" is free."""
    return c.distinct <= 1 or c.kind == "binary" or "other" in c.label.rsplit(" - ", 1)[-1].lower()


def _named(questions: Sequence[Question]) -> list[Question]:
    used: dict[str, int] = {}
    result = []
    for q in questions:
        words = words_of(q.column.lower()).split()[:_SLUG_WORDS]
        base = "_".join(words) or "question"
        base = base if base[0].isalpha() else f"q_{base}"
        used[base] = used.get(base, 0) + 1
        name = base if used[base] == 1 else f"{base}_{used[base]}"
        asked = label_of_question(q.label)
        block = block_of_question(asked)
        theme = theme_of(asked) if block == "attitudinal" else "other"
        result.append(replace(q, name=name, theme=theme, block=block))
    return [q for q in result if not is_special_category(q.name)]
