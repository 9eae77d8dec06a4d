"""What every stage shares: errors, params, sources, table schemas and IO, engine, progress, pseudonyms."""
