"""What readers of the report are told about the data: `ingest.json` and the metrics."""

from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.ingest.answers import columns_of
from pipeline.ingest.checks import Found
from pipeline.ingest.export import NUMBERED
from pipeline.ingest.files import doubts
from pipeline.ingest.identity import Resolution
from pipeline.ingest.people import People
from pipeline.ingest.privacy import is_direct_identifier, is_direct_path, scrub_patterns
from pipeline.ingest.readers.registry import READERS, event_log
from pipeline.ingest.rejects import Account


def summary(
    accounts: Sequence[Account],
    found: Sequence[Found],
    people: People,
    resolution: Resolution,
    span: Mapping[str, str | None],
) -> dict[str, Any]:
    """The content of `ingest.json`, see ingest.schema."""
    by_name = {f.name: f for f in found}
    return {
        "sources": {
            a.source: {
                "unknown_columns": unused_columns(by_name[a.source]),
                "warnings": [*a.warnings, *files_doubted(by_name[a.source])],
            }
            for a in accounts
        },
        "identity": {
            "conflicts": people.conflicts,
            "oversized_groups": resolution.oversized_groups,
            "ignored_identifiers": resolution.ignored,
            "shared_devices": sum(len(devices) for devices in resolution.shared.values()),
            "conflict_table": resolution.conflicts,
        },
        "events": dict(span),
        "has": {
            "events": span["first"] is not None,
            "responses": bool(len(people.responses)),
            "texts": bool(len(people.texts)),
            "exposures": bool(len(people.exposures)),
            "feedback": bool(len(people.feedback)),
            "mentions": bool(len(people.mentions)),
            "costs": bool(len(people.costs)),
        },
    }


def files_doubted(found: Found) -> list[str]:
    """What is unsure about how the files of a source were read: no UTF-8, lines above a header, one name twice."""
    used = set(found.available) - set(unused_columns(found))
    told = []
    for path, header in zip(found.paths, found.headers, strict=True):
        parts = [NUMBERED.fullmatch(c) for c in header.columns]
        twice = [p[0] for p in parts if p and p[1] in header.columns and p[1] in used]
        told += [f"{path.name}: {doubt}" for doubt in doubts(path, header.layout)]
        told += [f"{path.name}: columns of one name, numbered: {', '.join(twice)}. Which is meant?"] if twice else []
    return told


def metrics(accounts: Sequence[Account], people: People, resolution: Resolution) -> dict[str, dict[str, int]]:
    """Key figures of the stage."""
    return {
        "rows": {name: sum(getattr(a, name) for a in accounts) for name in ("read", "kept", "merged", "rejected")},
        "tables": {
            "customers": len(people.customers),
            "responses": int(people.responses["response_id"].nunique()),
            "texts": len(people.texts),
            "exposures": len(people.exposures),
        },
        "identity": {
            "identifiers": len(resolution.identities),
            "conflicts": people.conflicts,
            "oversized_groups": resolution.oversized_groups,
        },
    }


def unused_columns(found: Found) -> list[str]:
    """Columns of the export that nothing in sources.yaml uses, direct identifiers left out."""
    s = found.settings
    nested = READERS[s.format].has_paths(s.kind)
    used = {
        *s.ids.values(),
        *found.columns.values(),
        *s.stage_dates.values(),
        *s.keep,
        *s.where,
        *(j.on for j in s.join),
    }
    used |= {c for j in s.join for c in j.columns}
    used |= {f.column for f in s.fields.values()}
    for q in s.questions.values():
        used |= {q.column, *columns_of(q, found.available)}
    if nested:
        used |= {event_log(s.format).path_of(c) for c in used}
    unused = [
        c for c in found.available if c not in used and not (is_direct_path(c) if nested else is_direct_identifier(c))
    ]
    return sorted({scrub_patterns(c) for c in unused})
