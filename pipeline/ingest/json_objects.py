"""JSON objects as exports hold them: broken, endlessly nested, with numbers and signs that no table can hold."""

import json
from typing import Any


def json_object(text: str, **how: Any) -> dict[str, Any] | None:
    r"""The object that a text holds, or None; half of a pair of signs (`\ud800` alone) becomes U+FFFD.

    >>> json_object('{"a": "\\ud800"}'), json_object("[1]"), json_object("[" * 100_000)
    ({'a': '�'}, None, None)
    """
    try:
        value = json.loads(text.strip().lstrip("\ufeff"), **how)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict):
        return None
    return {_whole(k): _whole(v) for k, v in value.items()} if "\\ud" in text.lower() else value


def _whole(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {_whole(k): _whole(v) for k, v in value.items()}
    return [_whole(v) for v in value] if isinstance(value, list) else value
