"""Colours: readable on paper and apart from each other, also without red or green vision."""

from itertools import combinations

import numpy as np
import pytest

from pipeline.report.palette import DARK, LIGHT, contrast, css_variables, on_colour

PERSONAS = [f"p{i}" for i in range(10)]
# Machado, Oliveira and Fernandes 2009, severity 1, on linear RGB.
VISION = {
    "normal": np.eye(3),
    "deutan": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]]
    ),
    "protan": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
}
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def lab(colour, vision):
    channels = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    xyz = TO_XYZ @ np.clip(VISION[vision] @ linear, 0, 1) / np.array([0.9505, 1, 1.089])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("vision", VISION)
def test_persona_colours_are_told_apart(palette, vision):
    for one, other in combinations(PERSONAS, 2):
        distance = np.linalg.norm(lab(palette[one], vision) - lab(palette[other], vision))
        assert distance > 15, (one, other, round(float(distance), 1))


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_text_and_marks_are_readable(palette):
    for ground in ("paper", "panel", "up1", "up2", "down1", "down2"):
        assert contrast(palette["ink"], palette[ground]) >= 4.5
    for text in ("muted", "link", "good", "bad"):
        assert contrast(palette[text], palette["paper"]) >= 4.5
    assert contrast(palette["muted"], palette["panel"]) >= 4.5
    for persona in PERSONAS:
        assert contrast(palette[persona], palette["paper"]) >= 3
        assert contrast(on_colour(palette[persona]), palette[persona]) >= 4.5


def test_light_and_dark_know_the_same_roles_and_figures_can_tell_them_apart():
    assert set(LIGHT) == set(DARK)
    assert len(set(LIGHT.values())) == len(LIGHT), "figures know a role by its light colour"
    assert all(f"--{role}:" in css_variables() for role in LIGHT)
