"""What a browser's user agent tells: device family, operating system, browser."""

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

from pipeline.ingest import expressions as x


def described(found: Mapping[str, ir.StringValue], agent: ir.StringValue) -> dict[str, ir.StringValue]:
    """`found` (channel, device, os, browser), filled from the user agent where there is one; the family of devices."""
    told = dict(found)
    if not x.is_literal(agent):
        for name, read in (("device", device_of), ("os", os_of), ("browser", browser_of)):
            told[name] = found[name].fill_null(read(agent))
    device = told["device"]
    if not x.is_literal(device):
        told["device"] = device.isin(["mobile", "desktop", "tablet"]).ifelse(device, device_family(device.lower()))
    return told


def device_of(agent: ir.StringValue) -> ir.StringValue:
    """The device family that a browser's user agent tells; missing where there is no agent."""
    return ibis.cases(
        (agent.isnull(), ibis.null("string")),
        (agent.re_search("iPad|Tablet|PlayBook|Silk"), "tablet"),
        (agent.re_search("Android") & ~agent.re_search("Mobile"), "tablet"),
        (agent.re_search("Mobi|iPhone|Android"), "mobile"),
        (agent.re_search("Windows NT|Macintosh|X11|CrOS"), "desktop"),
        else_="other",
    )


def device_family(device: ir.StringValue) -> ir.StringValue:
    """The family of a device named otherwise, such as `ios` or `phone`, in lower case."""
    return ibis.cases(
        (device.isnull(), ibis.null("string")),
        (device.re_search(r"\btv\b|television|console|watch"), "other"),
        (device.re_search("ipad|tablet"), "tablet"),
        (device.re_search("^ios$|phone|android|mobile"), "mobile"),
        (device.re_search(r"^(pc|web)$|laptop|computer|\bmac|desktop|windows|linux|chrome ?os"), "desktop"),
        else_="other",
    )


def os_of(agent: ir.StringValue) -> ir.StringValue:
    """The operating system that a user agent tells."""
    return ibis.cases(
        (agent.re_search("iPhone|iPad"), "iOS"),
        (agent.re_search("Android"), "Android"),
        (agent.re_search("Windows"), "Windows"),
        (agent.re_search("Mac OS X|Macintosh"), "macOS"),
        (agent.re_search("CrOS"), "ChromeOS"),
        (agent.re_search("Linux|X11"), "Linux"),
    )


def browser_of(agent: ir.StringValue) -> ir.StringValue:
    """The browser that a user agent tells; the order matters, most agents name several."""
    return ibis.cases(
        (agent.re_search("Edg"), "Edge"),
        (agent.re_search("OPR|Opera"), "Opera"),
        (agent.re_search("SamsungBrowser"), "Samsung Internet"),
        (agent.re_search("Firefox|FxiOS"), "Firefox"),
        (agent.re_search("Chrome|CriOS"), "Chrome"),
        (agent.re_search("Safari"), "Safari"),
    )
