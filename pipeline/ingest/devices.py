"""Events of shared devices: they go to whoever was known on the device last before them."""

from collections.abc import Collection, Sequence

import ibis
import ibis.expr.types as ir
import pandas as pd

from pipeline.ingest import expressions as x

_FAR = "9999-12-31 00:00:00"


def with_last_known(
    table: ir.Table, device: str, others: Sequence[str], shared: Collection[str], unknown: str
) -> ir.Table:
    """Rows of a shared device without a customer get the customer known on it last, at their time or before.

    `device` is the column of the device's id, `others` are those of further ids, `unknown` is the reason of rows
    without a customer. Rows before the first known customer keep it. Of two customers known at one moment the one
    whose ids come last in the alphabet counts: the order of rows decides nothing.
    """
    if not shared:
        return table
    keyed = x.from_frame(pd.DataFrame({"@shared": sorted(shared)}, dtype="str"))
    joined = table.left_join(keyed, table[device] == keyed["@shared"])
    good = joined.reason.isnull() & joined["@shared"].notnull()
    known = good.ifelse(joined.customer_id, ibis.null("string"))
    order = [ibis.coalesce(joined.ts, ibis.timestamp(_FAR)), known.isnull(), *(joined[c].fill_null("") for c in others)]
    so_far = ibis.window(group_by=joined["@shared"], order_by=order, rows=(None, 0))
    numbered = joined.mutate(**{"@known": known, "@block": known.count().over(so_far)})
    block = ibis.window(group_by=[numbered["@shared"], numbered["@block"]])
    marked = numbered.mutate(**{"@last": numbered["@known"].max().over(block)})
    found = marked["@last"].notnull() & marked.customer_id.isnull() & (marked.reason == unknown).fill_null(False)
    return marked.mutate(
        customer_id=found.ifelse(marked["@last"], marked.customer_id),
        reason=found.ifelse(ibis.null("string"), marked.reason),
    ).drop("@shared", "@known", "@block", "@last")
