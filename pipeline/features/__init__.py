"""Stage features: one row per customer, with a dictionary of the columns."""
