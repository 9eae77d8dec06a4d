"""Texts of few values in long logs: what is made of each (trimmed, scrubbed, recognised) is made once.

Which column is made of which text alone, and that nothing else is made of it, is read off the expressions themselves.
"""

from collections.abc import Collection
from dataclasses import replace

import ibis.expr.types as ir

from pipeline.core.engine import Backend, Known, known_texts, with_codes
from pipeline.ingest import events
from pipeline.ingest import expressions as x
from pipeline.ingest.events import RAW, EventSource

_ASK_WHETHER = {"event": {"reason", "value"}}
"""Columns that only ask whether there is another one, for which its code is as good; `where` asks for its text."""


def with_known_texts(
    connection: Backend, source: EventSource, prepared: ir.Table, judged: ir.Table, few: Collection[str]
) -> tuple[EventSource, dict[str, Known], dict[str, str]]:
    """The source with codes of texts of which is known what is made of them: columns of `judged` among those of `few`.

    `judged` has the judged columns that are kept, and the texts (`RAW`); `prepared` is the table that they are made of.
    Returns what is known, by column, and the codes by the prepared column that need not be made where there is one.
    """
    made = {c: x.made_of(judged, c, prepared) for c in judged.columns if not c.startswith(RAW)}
    of_one = events.made_of_one(connection, source)
    alone = {c: next(iter(made[c])) for c in few if c in made and len(made[c]) == 1 and made[c] <= of_one.keys()}
    users = {c: {other for other, of in made.items() if part in of} for c, part in alone.items()}
    fine = {c: {c} if c in source.settings.where else {c, *_ASK_WHETHER.get(c, ())} for c in alone}
    alone = {c: part for c, part in alone.items() if users[c] <= fine[c]}
    if not alone:
        return source, {}, {}
    raw = {c: of_one[part] for c, part in alone.items()}
    first = f"first {source.name}"
    connection.create_view(
        first, judged.select(*raw, *dict.fromkeys(RAW + text for text in raw.values())), overwrite=True
    )
    known = known_texts(connection, first, {c: RAW + text for c, text in raw.items()})
    coded = f"coded {source.name}"
    with_codes(connection, coded, source.table, known, raw)
    return replace(source, table=coded), known, {alone[c]: k.code for c, k in known.items()}
