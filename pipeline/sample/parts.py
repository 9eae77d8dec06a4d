"""The event log as monthly files of JSON lines, in order of arrival, with a few lines cut short."""

import numpy as np

from pipeline.sample.clock import iso
from pipeline.sample.draws import shuffled, stream
from pipeline.sample.segment_lines import line
from pipeline.sample.segment_log import Log, part_of

CORRUPT_SHARE = 0.00005


def parts(seed: int, log: Log) -> dict[str, str]:
    """File name -> text. `log` is in order of arrival.

    The server's `timestamp` is receivedAt - (sentAt - originalTimestamp): the true time, whatever the device's clock.
    """
    lines = _lines(log)
    rng = stream(seed, "corrupt")
    month = part_of(log.time + log.delay)
    for row in shuffled(rng, len(lines), CORRUPT_SHARE, at_least=5):
        lines[row] += "\n" + lines[row][: int(rng.integers(30, 200))]
    edges = np.searchsorted(month, np.arange(1, 14))
    files = {f"events-2025-{m:02d}.jsonl": lines[edges[m - 1] : edges[m]] for m in range(1, 13)}
    return {name: "\n".join([*rows, ""]) for name, rows in files.items() if rows}


def _lines(log: Log) -> list[str]:
    received = log.time + log.delay
    original = log.time + log.skew
    sent = original + log.delay
    times = zip(iso(original), iso(sent), iso(received), iso(log.time), strict=True)
    columns = (log.type, log.name, log.anonymous, log.user, log.email, log.context, log.properties, log.ip, log.message)
    return [line(*row) for row in zip(*(c.tolist() for c in columns), times, strict=True)]
