"""Stage segments: customers become segments, with evidence that the segments are real."""
