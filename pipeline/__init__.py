"""Personas and their journeys, from raw exports to a report.

One folder per stage, in the order of the pipeline: ingest, features, segments, personas, journeys, experiments, report.
`core` is imported by all of them and imports none.
"""
