"""The event log as Segment sends it: whose device did what, with the dirt of a real log."""

from dataclasses import dataclass, fields

import numpy as np

from pipeline.sample import lives
from pipeline.sample.activity import ORDER, REFUND, Activity
from pipeline.sample.clock import DAY, END, HOUR, LAUNCH, MINUTE, SECOND, START, millis
from pipeline.sample.draws import Flags, Floats, Ints, pick, shuffled, stream
from pipeline.sample.people import DEVICE_TYPES, People, uuid
from pipeline.sample.segment_lines import bot_context, context, properties

PAGES = ("Home", "Guides", "Shop", "Deals")
VISITOR_SHARE, BOT_SHARE, AGAIN_SHARE, OUTSIDE_SHARE, PAGE_SHARE = 0.03, 0.02, 0.01, 0.003, 0.04
BOTS = 3
_ZONES = ("Europe/Berlin", "Europe/Vienna", "Europe/Amsterdam", "Europe/London", "Europe/Helsinki")


@dataclass(frozen=True)
class Log:
    """One entry per line of the log. Times in ms, UTC; `skew` is how far the device's clock is ahead."""

    time: Ints
    type: np.ndarray
    name: np.ndarray
    anonymous: np.ndarray
    user: np.ndarray
    email: np.ndarray
    context: np.ndarray
    properties: np.ndarray
    ip: np.ndarray
    skew: Ints
    delay: Ints
    message: np.ndarray

    def __len__(self) -> int:
        return len(self.time)

    def at(self, rows: Ints | Flags) -> "Log":
        """Some of the rows."""
        return Log(*(getattr(self, field.name)[rows] for field in fields(self)))


def activities_for(events: int, customers: int) -> int:
    """How many activities make a log of about `events` lines: orders are elsewhere, dirt and links come on top."""
    own = events * (1 - VISITOR_SHARE - BOT_SHARE - AGAIN_SHARE - OUTSIDE_SHARE) - 1.75 * customers
    orders = float(np.dot(lives.SHARES, np.array(lives.ORDER_SHARE))) + 0.004
    return max(0, round(own / ((1 - orders) * (1 + PAGE_SHARE))))


def make_log(seed: int, people: People, activity: Activity, events: int) -> tuple[Log, dict[str, int]]:
    """(the log in order of arrival, anonymous id -> customer of every device that was used)."""
    rng = stream(seed, "segment")
    activity = activity.at(~np.isin(activity.name, (ORDER, REFUND)))
    identified = _identify_times(rng, activity)
    own = _own_lines(rng, people, activity, identified)
    log = joined([own, _visitors(rng, round(events * VISITOR_SHARE)), _bots(rng, max(600, round(events * BOT_SHARE)))])
    log = joined([log, _again(rng, log), _outside(rng, log, len(own))])
    order = np.lexsort((log.message, log.time + log.delay))
    used = np.unique(activity.customer * len(DEVICE_TYPES) + activity.device)
    owners = {people.anonymous_ids[c][d]: int(c) for c, d in (divmod(int(u), len(DEVICE_TYPES)) for u in used)}
    return log.at(order), owners


def joined(logs: list[Log]) -> Log:
    """Logs one below the other."""
    return Log(*(np.concatenate([getattr(log, field.name) for log in logs]) for field in fields(Log)))


def _identify_times(rng: np.random.Generator, activity: Activity) -> dict[int, int]:
    """Device (customer x type) -> moment of its login, some seconds after one of its first events."""
    device = activity.customer * len(DEVICE_TYPES) + activity.device
    order = np.lexsort((activity.time, device))
    codes, first, count = np.unique(device[order], return_index=True, return_counts=True)
    nth = np.minimum(rng.poisson(2.0, len(codes)), count - 1)
    moments = activity.time[order][first + nth] + rng.integers(3, 40, len(codes)) * SECOND
    return dict(zip(codes.tolist(), moments.tolist(), strict=True))


def _own_lines(rng: np.random.Generator, people: People, activity: Activity, identified: dict[int, int]) -> Log:
    """Tracks of the customers, the logins of their devices, and page views in the same millisecond as a track."""
    device = activity.customer * len(DEVICE_TYPES) + activity.device
    plain = np.flatnonzero(~activity.fixed)
    paged = plain[shuffled(rng, len(plain), PAGE_SHARE)]
    logins = np.array(list(identified), dtype=np.int64)
    # The channel of a login is that of any visit.
    login_channel = pick(rng, people.channels[logins // len(DEVICE_TYPES)])
    device = np.concatenate([device, device[paged], logins])
    time = np.concatenate([activity.time, activity.time[paged], list(identified.values())]).astype(np.int64)
    channel = np.concatenate([activity.channel, activity.channel[paged], login_channel])
    pages = np.array(PAGES, dtype=object)[rng.integers(len(PAGES), size=len(paged))]
    name = np.concatenate([activity.name, pages, np.full(len(logins), "", dtype=object)])
    kind = np.repeat(np.array(["track", "page", "identify"], dtype=object), [len(activity), len(paged), len(logins)])
    known = time >= np.array([identified[d] for d in device.tolist()])
    known &= (rng.random(len(time)) < 0.8) | (kind == "identify")
    customers = (device // len(DEVICE_TYPES)).tolist()
    emails = _email_spellings(rng, people)
    skewed = rng.random(len(people) * len(DEVICE_TYPES)) < 0.03
    skew = np.where(skewed, rng.integers(-9 * HOUR, 9 * HOUR, len(skewed)), 0)
    return Log(
        time=time,
        type=kind,
        name=name,
        anonymous=_objects([people.anonymous_ids[d // 3][d % 3] for d in device.tolist()]),
        user=_objects([people.user_ids[c] if k else "" for c, k in zip(customers, known.tolist(), strict=True)]),
        email=_objects([emails[c] if k == "identify" else "" for c, k in zip(customers, kind, strict=True)]),
        context=_contexts(rng, people, device, channel),
        properties=_objects(
            [properties(n, int(i)) for n, i in zip(name, rng.integers(40, size=len(name)), strict=True)]
        ),
        ip=_objects([f"192.0.2.{c % 254 + 1}" for c in customers]),
        skew=skew[device],
        delay=_delays(rng, len(time)),
        message=_message_ids(rng, len(time)),
    )


def _objects(values: list[str]) -> np.ndarray:
    return np.array(values, dtype=object)


def _email_spellings(rng: np.random.Generator, people: People) -> list[str]:
    other = rng.random(len(people)) < 0.1
    return [e.title() if o else e for e, o in zip(people.emails, other, strict=True)]


def _contexts(rng: np.random.Generator, people: People, device: Ints, channel: Ints) -> np.ndarray:
    # One visit in a hundred comes with a blocker that hides the device.
    hidden = rng.random(len(device)) < 0.01
    rows = zip(device.tolist(), channel.tolist(), hidden.tolist(), strict=True)
    return _objects([_context(people, d // 3, d % 3, c, h) for d, c, h in rows])


def _context(people: People, customer: int, device: int, channel: int, hidden: bool) -> str:
    system, browser = people.machines[customer][device]
    return context(
        "" if hidden else DEVICE_TYPES[device],
        system,
        browser,
        int(people.countries[customer]),
        lives.CHANNELS.levels[channel],
    )


def _delays(rng: np.random.Generator, size: int) -> Ints:
    """From the event to its arrival: seconds, but hours for what was done offline and sent in one batch."""
    late = rng.random(size) < 0.03
    return np.where(late, rng.integers(30 * MINUTE, 20 * HOUR, size), rng.integers(40, 5 * SECOND, size))


def _message_ids(rng: np.random.Generator, size: int) -> np.ndarray:
    words = rng.integers(2**32, size=(size, 4), dtype=np.uint64).tolist()
    return _objects([f"ajs-{uuid(parts)}" for parts in words])


def _strangers(rng: np.random.Generator, time: Ints, anonymous: list[str], name: Ints, contexts: list[str]) -> Log:
    names = [lives.EVENTS.levels[i] for i in name]
    blank = np.full(len(time), "", dtype=object)
    return Log(
        time=time,
        type=np.full(len(time), "track", dtype=object),
        name=_objects(names),
        anonymous=_objects(anonymous),
        user=blank,
        email=blank,
        context=_objects(contexts),
        properties=_objects([properties(n, i % 40) for i, n in enumerate(names)]),
        ip=np.full(len(time), "198.51.100.23", dtype=object),
        skew=np.zeros(len(time), dtype=np.int64),
        delay=_delays(rng, len(time)),
        message=_message_ids(rng, len(time)),
    )


def _visitors(rng: np.random.Generator, size: int) -> Log:
    """Anonymous visitors who never log in, about six events each."""
    many = max(1, size // 6)
    who = rng.integers(many, size=size)
    ids = [uuid(parts) for parts in rng.integers(2**32, size=(many, 4), dtype=np.uint64).tolist()]
    day = rng.integers(0, (END - START) // DAY, many) * DAY + START
    time = np.minimum(day[who] + rng.integers(6 * HOUR, 23 * HOUR, size), END - 1)
    channel = rng.integers(len(lives.CHANNELS.levels), size=many)
    contexts = [context("mobile", "Android", "Chrome", 0, lives.CHANNELS.levels[channel[w]]) for w in who]
    return _strangers(rng, time, [ids[w] for w in who], rng.integers(6, size=size), contexts)


def _bots(rng: np.random.Generator, size: int) -> Log:
    """Crawlers that fire hundreds to thousands of events within one hour."""
    who = np.arange(size) % BOTS
    ids = [uuid(parts) for parts in rng.integers(2**32, size=(BOTS, 4), dtype=np.uint64).tolist()]
    start = START + rng.integers(20, 300, BOTS) * DAY + 3 * HOUR
    time = start[who] + rng.integers(0, 50 * MINUTE, size)
    return _strangers(rng, time, [ids[w] for w in who], rng.integers(6, size=size), [bot_context()] * size)


def _again(rng: np.random.Generator, log: Log) -> Log:
    """Messages that were delivered twice, the second time some minutes later."""
    rows = shuffled(rng, len(log), AGAIN_SHARE)
    twice = log.at(rows)
    later = twice.delay + rng.integers(MINUTE, 30 * MINUTE, len(rows))
    return Log(*(later if field.name == "delay" else getattr(twice, field.name) for field in fields(Log)))


def _outside(rng: np.random.Generator, log: Log, own: int) -> Log:
    """Messages with a time before or after the year, from devices whose clock was reset."""
    rows = shuffled(rng, own, OUTSIDE_SHARE)
    strays = log.at(rows)
    past, future = millis("2024-11-01"), millis("2031-01-01")
    time = np.where(rng.random(len(rows)) < 0.7, past, future) + rng.integers(50 * DAY, size=len(rows))
    changed = {"time": time, "message": _message_ids(rng, len(rows)), "delay": np.maximum(LAUNCH - time, 1)}
    return Log(*(changed.get(field.name, getattr(strays, field.name)) for field in fields(Log)))


def part_of(times: Floats | Ints) -> Ints:
    """Month (1 to 12) of the part of 2025 that holds a line which arrived at `times`."""
    months = times.astype("datetime64[ms]").astype("datetime64[M]").astype(np.int64) - (2025 - 1970) * 12
    return np.clip(months, 0, 11) + 1
