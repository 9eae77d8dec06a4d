"""Lines of the event log as JSON text, in the fields of the Segment spec (https://segment.com/docs/connections/spec/common)."""

import json
from functools import cache

from pipeline.sample.words import BOT_AGENT, CAMPAIGNS, LOCALES, ZONE_OF_COUNTRY, user_agent

_COUNTRIES = list(ZONE_OF_COUNTRY)


def compact(content: object) -> str:
    """JSON without spaces."""
    return json.dumps(content, separators=(",", ":"), ensure_ascii=False)


@cache
def context(device: str, system: str, browser: str, country: int, channel: str) -> str:
    """The `context` object of a visit; a blank `device` leaves the device out."""
    content: dict[str, object] = {
        "campaign": {"source": CAMPAIGNS[channel], "medium": channel},
        "library": {"name": "analytics.js", "version": "4.1.0"},
        "locale": LOCALES[_COUNTRIES[country]],
        "os": {"name": system},
        "timezone": ZONE_OF_COUNTRY[_COUNTRIES[country]],
        "userAgent": user_agent(device or "desktop", system, browser),
    }
    return compact({"device": {"type": device}, **content} if device else content)


def bot_context() -> str:
    """The `context` object of a crawler."""
    return compact({"locale": "en-US", "userAgent": BOT_AGENT, "timezone": "UTC"})


@cache
def properties(name: str, number: int) -> str:
    """The `properties` object of an event."""
    slug = name.lower().replace(" ", "-")
    if name.startswith("Subscription") or name in ("Plan Compared", "Trial Box Ordered"):
        return compact({"path": f"/subscription/{slug}", "plan": ("small", "large")[number % 2]})
    return compact({"path": f"/{slug}/{number}"})


def line(
    kind: str,
    name: str,
    anonymous: str,
    user: str,
    email: str,
    context: str,
    properties: str,
    ip: str,
    message: str,
    times: tuple[str, str, str, str],
) -> str:
    """One line. `times`: originalTimestamp, sentAt, receivedAt, timestamp."""
    who = f'"anonymousId":"{anonymous}","userId":' + (f'"{user}"' if user else "null")
    label = {"track": f'"event":{compact(name)},', "page": f'"name":{compact(name)},', "identify": ""}[kind]
    body = f'"traits":{{"email":"{email}"}}' if kind == "identify" else f'"properties":{properties}'
    original, sent, received, timestamp = times
    return (
        f'{{"messageId":"{message}","type":"{kind}",{label}{who},{body},"context":{{"ip":"{ip}",{context[1:]},"originalTimestamp":"{original}",'
        f'"sentAt":"{sent}","receivedAt":"{received}","timestamp":"{timestamp}"}}'
    )
