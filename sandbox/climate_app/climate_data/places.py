"""The places that a job imports: the cities of the database, or what a public URL names."""

from __future__ import annotations

import json
import math
import struct
from dataclasses import dataclass
from io import BytesIO
from urllib.request import urlopen
from zipfile import ZipFile

from climate_data.models import City

BOUNDING_BOX = struct.Struct("<4d")  # west, south, east, north: bytes 36 to 67 of a shapefile
BOX_STARTS = 36
SPACING = 1.25  # degrees between the points of an area; not more than the grid's
TIMEOUT = 30  # seconds


@dataclass(frozen=True)
class Place:
    """A place; longitude and latitude in degrees east and north.

    Attributes:
        city: its ID; None: it is no city of the database.
    """

    name: str
    longitude: float
    latitude: float
    city: int | None = None


def of_cities(cities: list[City]) -> list[Place]:
    """Give the places of cities."""
    return [Place(city.name, city.longitude, city.latitude, city.pk) for city in cities]


def of_points(url: str) -> list[Place]:
    """Read the points of a GeoJSON file.

    Raises:
        OSError: it cannot be read.
        KeyError, ValueError: it is not a collection of points.
    """
    places = []
    for feature in json.loads(download(url))["features"]:
        longitude, latitude = feature["geometry"]["coordinates"]
        places.append(Place(f"({longitude}, {latitude})", float(longitude), float(latitude)))
    return places


def of_area(url: str) -> list[Place]:
    """Cover the bounding box of a zipped shapefile with points.

    Raises:
        OSError: it cannot be read.
        BadZipFile, StopIteration, struct.error: it is no zipped shapefile.
    """
    with ZipFile(BytesIO(download(url))) as files:
        name = next(name for name in files.namelist() if name.lower().endswith(".shp"))
        west, south, east, north = BOUNDING_BOX.unpack_from(files.read(name), BOX_STARTS)
    columns, rows = (math.ceil((end - start) / SPACING) + 1 for start, end in ((west, east), (south, north)))
    points = [(west + SPACING * column, south + SPACING * row) for row in range(rows) for column in range(columns)]
    return [Place(f"({longitude}, {latitude})", longitude, latitude) for longitude, latitude in points]


def download(url: str) -> bytes:
    """Get what a public URL has."""
    with urlopen(url, timeout=TIMEOUT) as answer:
        return bytes(answer.read())
