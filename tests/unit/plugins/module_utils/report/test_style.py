"""Colours keep apart for every reader, and stand out."""

from __future__ import annotations

import itertools
import re

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.report import style

# what is left of colours (linear RGB) without one kind of cones; Machado, Oliveira and Fernandes 2009, severity 1
BLINDNESS = {
    "none": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": ((0.1523, 1.0526, -0.2049), (0.1145, 0.7863, 0.0992), (-0.0039, -0.0481, 1.0521)),
    "deuteranopia": ((0.3673, 0.8607, -0.2280), (0.2801, 0.6725, 0.0474), (-0.0118, 0.0429, 0.9689)),
    "tritanopia": ((1.2555, -0.0767, -0.1788), (-0.0784, 0.9308, 0.1476), (0.0047, 0.6914, 0.3039)),
}


XYZ = ((0.4339, 0.3762, 0.1899), (0.2126, 0.7152, 0.0722), (0.0177, 0.1095, 0.8727))  # by the white of D65


Triple = tuple[float, ...]


def linear(colour: str) -> Triple:
    values = [int(colour[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    return tuple(value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in values)


def times(matrix: tuple[Triple, ...], vector: Triple) -> Triple:
    return tuple(sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix)


def lab(rgb: Triple) -> Triple:
    x, y, z = (max(0.0, value) for value in times(XYZ, rgb))
    x, y, z = (value ** (1 / 3) if value > 0.008856 else 7.787 * value + 16 / 116 for value in (x, y, z))
    return (116 * y - 16, 500 * (x - y), 200 * (y - z))


@pytest.mark.parametrize("theme", ["LIGHT", "DARK"])
@pytest.mark.parametrize("kind", BLINDNESS)
def test_colours_keep_apart_without_cones_and_stand_out(theme: str, kind: str) -> None:
    colours = dict(re.findall(r"--(\w+): #(\w{6})", getattr(style, theme)))
    series = ("blue", "orange", "green", "purple", "brown", "navy", "wine", "grey")
    seen = {name: lab(times(BLINDNESS[kind], linear(colours[name]))) for name in series}
    for one, other in itertools.combinations(series, 2):
        distance = sum((a - b) ** 2 for a, b in zip(seen[one], seen[other], strict=True)) ** 0.5
        assert distance > 20, (one, other)
    ground = times(XYZ, linear(colours["surface"]))[1]
    for name, least in [
        *((name, 3.0) for name in series),
        *((name, 4.5) for name in ("ink", "soft", "link", "red", "good")),
    ]:
        low, high = sorted([ground, times(XYZ, linear(colours[name]))[1]])
        assert (high + 0.05) / (low + 0.05) >= least, name
