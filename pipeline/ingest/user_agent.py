"""What a browser's user agent tells: device family, operating system, browser."""

import ibis
import ibis.expr.types as ir


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
    """The family of a device named otherwise, such as `ios` or `phone`."""
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
