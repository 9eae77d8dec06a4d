"""JSON lines whose objects are others, nested without end, or in another shape. See `mutations`."""

import json
from random import Random
from typing import Any

from tests.ingest.mutations import ODD, Base, Mutation

ODD_VALUES: list[Any] = [
    None, True, [], {}, [1, [2, [3]]], {"a": {"b": {}}}, 10**30, -0.0, 1e300, float("nan"), float("inf"), "\x00",
    "\ud800",
    "a\nb", {"": 1}, {"a.b": 1, 'q"': 2}, [None], [{}], 12345678901234567890, *ODD,
]  # fmt: skip


def values_odd(random: Random, base: Base) -> bytes:
    """Keys are lost, hold other kinds of value, or stand twice with other case."""
    share = random.choice([0.05, 0.3, 1.0])
    objects = [json.loads(line) for line in base.lines]
    for one in objects:
        if random.random() < share:
            _changed(random, one)
    return "".join(json.dumps(o, ensure_ascii=random.random() < 0.5) + "\n" for o in objects).encode(
        "utf-8", "surrogatepass"
    )


def _changed(random: Random, one: dict[str, Any]) -> None:
    if not one:
        return
    key = random.choice(list(one))
    if isinstance(one[key], dict) and random.random() < 0.7:
        _changed(random, one[key])
        return
    what = random.randrange(4)
    if what == 0:
        del one[key]
    elif what == 1:
        one[random.choice([key.upper(), key + " ", "", "@file", 'a"b', "x.y", "\ud800", "é"])] = one[key]
    else:
        one[key] = random.choice(ODD_VALUES)


def keys_twice(random: Random, base: Base) -> bytes:
    lines = [
        "{" + line.strip()[1:-1] + ", " + line.strip()[1:] + "\n" if random.random() < 0.3 else line
        for line in base.lines
    ]
    return "".join(lines).encode()


def nested_deep(random: Random, base: Base) -> bytes:
    lines, at = base.lines, random.randrange(len(base.lines))
    depth = random.choice([10, 500, 3_000, 100_000])
    opened, closed = random.choice([("[", "]"), ('{"a":', "}")])
    inner = opened * depth + "1" + closed * random.choice([depth, depth - 1])
    lines[at] = random.choice([inner, '{"x": ' + inner + "}", lines[at].strip()[:-1] + ', "x": ' + inner + "}"]) + "\n"
    return "".join(lines).encode()


def other_shape(random: Random, base: Base) -> bytes:
    """The same objects as one array, indented, several on a line, in a wrapper."""
    objects = [json.loads(line) for line in base.lines]
    lines = [line.strip() for line in base.lines]
    return random.choice([
        lambda: json.dumps(objects), lambda: json.dumps(objects, indent=1), lambda: "[" + ",\n".join(lines) + "]",
        lambda: "".join(lines), lambda: "\n".join(json.dumps(o, indent=2) for o in objects),
        lambda: ",\n".join(lines), lambda: json.dumps({"data": objects}) + "\n", lambda: "\x1e" + "\n\x1e".join(lines),
        lambda: "\n".join(json.dumps(line) for line in lines), lambda: "\n".join(f"  {line}  " for line in lines),
        lambda: "\n".join(line.replace('"', "'") for line in lines),
        lambda: "\n".join(f"{line} {line}" for line in lines),
    ])().encode()  # fmt: skip


OBJECTS: tuple[Mutation, ...] = (values_odd, values_odd, values_odd, keys_twice, nested_deep, nested_deep, other_shape)
