"""Stage ingest: raw exports become pseudonymous customers, responses, texts, events and exposures."""
