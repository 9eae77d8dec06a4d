"""Stage experiments: effects of declared experiments, overall and per persona."""
