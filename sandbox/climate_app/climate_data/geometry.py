"""As much geometry as cities, boundaries, regions and the coast need; points are (longitude, latitude)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

Point = Sequence[float]


def square(longitude: float, latitude: float, half: float) -> dict[str, Any]:
    """Give a square around a point as a GeoJSON geometry; half of its side in degrees."""
    west, south, east, north = longitude - half, latitude - half, longitude + half, latitude + half
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "MultiPolygon", "coordinates": [[ring]]}


def covers(geometry: dict[str, Any], point: Point) -> bool:
    """Say whether a polygon, or one of several, has a point inside its outer ring."""
    several = geometry["type"] == "MultiPolygon"
    return any(_inside(each[0], point) for each in (geometry["coordinates"] if several else [geometry["coordinates"]]))


def along(line: Sequence[Point], step: float) -> Iterator[Point]:
    """Give points of a line, no further apart than ``step`` in degrees."""
    for (x1, y1), (x2, y2) in zip(line, line[1:], strict=False):
        number = int(max(abs(x2 - x1), abs(y2 - y1)) / step) + 1
        for each in range(number + 1):
            yield x1 + (x2 - x1) * each / number, y1 + (y2 - y1) * each / number


def _inside(ring: Sequence[Point], point: Point) -> bool:
    x, y = point
    inside = False
    for (x1, y1), (x2, y2) in zip(ring, ring[1:], strict=False):
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            inside = not inside
    return inside
