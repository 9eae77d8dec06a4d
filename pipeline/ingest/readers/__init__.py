"""One file per export format; each reads raw files and yields plain columns."""
