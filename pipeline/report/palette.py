"""Colours by role, for light and dark surroundings. Pages and figures name roles; only this file knows colours.

The persona colours start from Okabe and Ito's set and were moved apart until all pairs differ by a CIE76 distance of
15 or more in normal, protan and deutan vision, with a contrast of at least 3:1 to the paper.
"""

from collections.abc import Collection, Mapping

STAGE_STEPS = 9
"""Steps of the ramp for the stages of a journey, from early to late."""

LIGHT: Mapping[str, str] = {
    "paper": "#ffffff",
    "panel": "#f5f6f4",
    "ink": "#16191c",
    "muted": "#565d64",
    "line": "#d9dcdc",
    "link": "#0b5394",
    "good": "#00664a",
    "bad": "#a3260f",
    "p0": "#7d8388",
    "p1": "#2c7fd7",
    "p2": "#a63400",
    "p3": "#006b49",
    "p4": "#8c357c",
    "p5": "#d37d06",
    "p6": "#021e85",
    "p7": "#2c252a",
    "p8": "#2a7aa6",
    "p9": "#b8673f",
    "up1": "#d7e9f7",
    "up2": "#a9d0ee",
    "down1": "#fbe6d4",
    "down2": "#f3c49d",
    "drop": "#b9b2a6",
    "s0": "#e3f0ee",
    "s1": "#c9e3e2",
    "s2": "#a9d2d6",
    "s3": "#86bdc9",
    "s4": "#65a6bb",
    "s5": "#498daa",
    "s6": "#347396",
    "s7": "#26587e",
    "s8": "#1b3f63",
}
DARK: Mapping[str, str] = {
    "paper": "#14171a",
    "panel": "#1d2125",
    "ink": "#eef0f1",
    "muted": "#a9b0b6",
    "line": "#363c42",
    "link": "#8cc4f5",
    "good": "#5fd3ac",
    "bad": "#ff9a83",
    "p0": "#9aa1a8",
    "p1": "#18c7ff",
    "p2": "#c46438",
    "p3": "#2dd99c",
    "p4": "#a76faf",
    "p5": "#bea900",
    "p6": "#6b6bdc",
    "p7": "#f4f3ea",
    "p8": "#ace6f6",
    "p9": "#d9836e",
    "up1": "#1d3d55",
    "up2": "#23587f",
    "down1": "#4a3120",
    "down2": "#6f4520",
    "drop": "#5f5a52",
    "s0": "#22323a",
    "s1": "#27404c",
    "s2": "#2c5161",
    "s3": "#336478",
    "s4": "#3f7a90",
    "s5": "#5493a7",
    "s6": "#76aebd",
    "s7": "#a1cad3",
    "s8": "#d0e7ea",
}


def on_colour(colour: str) -> str:
    """Black or white, whichever is easier to read on `colour`.

    >>> on_colour("#ffffff"), on_colour("#021e85")
    ('#000000', '#ffffff')
    """
    return "#000000" if contrast(colour, "#000000") >= contrast(colour, "#ffffff") else "#ffffff"


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours (WCAG 2.2, 1 to 21)."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def css_variables(used: Collection[str] = tuple(LIGHT)) -> str:
    """The palette as custom properties, `--p1` and so on, `--on-p1` for text on it; dark where the reader wants it.

    Only the roles in `used`, where they are given.
    """
    light, dark = (_declarations({k: v for k, v in p.items() if k in used or k == "paper"}) for p in (LIGHT, DARK))
    return f":root{{color-scheme:light dark;{light}}}@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}"


def _declarations(palette: Mapping[str, str]) -> str:
    plain = [f"--{name}:{colour}" for name, colour in palette.items()]
    text = [
        f"--on-{name}:{on_colour(colour)}" for name, colour in palette.items() if name[0] == "p" and name[1:].isdigit()
    ]
    return ";".join([*plain, *text, f"--on-ink:{palette['paper']}"])


def stage_colour(position: int, stages: int) -> str:
    """The ramp's token for a stage on a ladder of `stages`.

    >>> [stage_colour(i, 3) for i in range(3)]
    ['s0', 's4', 's8']
    """
    if stages < 2:
        return "s4"
    return f"s{round(position * (STAGE_STEPS - 1) / (stages - 1))}"
