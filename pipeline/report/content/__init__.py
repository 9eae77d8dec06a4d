"""Content of the report: one plain dict, complete before any figure or page is made from it."""
