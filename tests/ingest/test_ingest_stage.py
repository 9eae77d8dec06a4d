"""Stage `ingest` on a tiny company: every row is accounted for, and ends where it should."""

import pandas as pd

from pipeline.ingest import schema


def test_every_row_is_kept_merged_or_rejected(mini, ingest):
    done = ingest(mini)
    print(done.reconciliation.to_string()); print(done.table(schema.REJECTS).to_string())
    for t in (schema.CUSTOMERS, schema.RESPONSES, schema.TEXTS, schema.EXPOSURES, schema.IDENTITIES):
        print(t.name); print(done.table(t).to_string())
    print(done.events.to_string()); print(done.summary)
    assert 0
