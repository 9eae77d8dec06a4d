"""What pytest leaves out: code of an extra that is not installed cannot be imported for its doctests."""

from importlib.util import find_spec

collect_ignore = [] if find_spec("pyspark") else ["pipeline/core/engine_spark.py"]
