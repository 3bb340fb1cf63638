"""Writes the rows of a job: a value for each city, or in the version with data sets for each cell of the grid.

Nothing here opens a transaction: each batch is there for good once written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection

from climate_data.models import ClimateDataSource
from climate_data.places import Place

BATCH_SIZE = 50
OFFSETS = {"LOCA": 0.03125}  # degrees: the grids of two data sets have no cell in common
CELL, CITY_CELL, YEAR = (f"climate_data_climatedata{name}" for name in ("cell", "citycell", "year"))

# A repeated import writes the same values again.
WRITE_CITIES = """
    INSERT INTO climate_data_climatedata (data_source_id, city_id, tas)
    SELECT %s, batch.* FROM unnest(%s::bigint[], %s::float8[]) AS batch
    ON CONFLICT (city_id, data_source_id) DO UPDATE SET tas = excluded.tas
"""
WRITE_CELLS = f"""
    INSERT INTO {CELL} (lat, lon) SELECT DISTINCT * FROM unnest(%s::numeric[], %s::numeric[]) AS batch
    ON CONFLICT DO NOTHING
"""
WRITE_YEARS = f"""
    INSERT INTO {YEAR} (data_source_id, map_cell_id, tas)
    SELECT DISTINCT ON (cell.id) %s, cell.id, tas FROM unnest(%s::numeric[], %s::numeric[], %s::float8[])
    AS batch (lat, lon, tas) JOIN {CELL} cell ON round(batch.lat, 6) = cell.lat AND round(batch.lon, 6) = cell.lon
    ON CONFLICT (map_cell_id, data_source_id) DO
"""
KEEP, UPDATE = "NOTHING", "UPDATE SET tas = excluded.tas"
WRITE_CITY_CELLS = f"""
    INSERT INTO {CITY_CELL} (dataset_id, city_id, map_cell_id)
    SELECT %s, city, cell.id FROM unnest(%s::bigint[], %s::numeric[], %s::numeric[])
    AS batch (city, lat, lon) JOIN {CELL} cell ON round(batch.lat, 6) = cell.lat AND round(batch.lon, 6) = cell.lon
    ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True)
class Value:
    """What a place takes from a file: the middle of its cell, in degrees, and the cell's ``tas`` in kelvin."""

    place: Place
    latitude: float
    longitude: float
    tas: float


def write(source: ClimateDataSource, values: Sequence[Value], update_existing: bool) -> None:
    """Write what a source's file says of the places.

    Args:
        update_existing: whether a cell's row that is there already takes the new value.

    Raises:
        django.db.Error: the database cannot be asked.
    """
    if settings.HABITS.datasets:
        _write_cells(source, values, update_existing)
        return
    with connection.cursor() as cursor:
        for batch in _batches(values):
            cities = [value.place.city for value in batch]
            cursor.execute(WRITE_CITIES, [source.pk, cities, [value.tas for value in batch]])


def _write_cells(source: Any, values: Sequence[Value], update_existing: bool) -> None:
    """Write the cells' rows first, and only then which cell is which city's."""
    offset = OFFSETS.get(source.dataset.name, 0.0)
    with connection.cursor() as cursor:
        for batch in _batches(values):
            where = [[value.latitude + offset for value in batch], [value.longitude + offset for value in batch]]
            cursor.execute(WRITE_CELLS, where)
            write_years = WRITE_YEARS + (UPDATE if update_existing else KEEP)
            cursor.execute(write_years, [source.pk, *where, [value.tas for value in batch]])
        for batch in _batches([value for value in values if value.place.city is not None]):
            where = [[value.latitude + offset for value in batch], [value.longitude + offset for value in batch]]
            cursor.execute(WRITE_CITY_CELLS, [source.dataset_id, [value.place.city for value in batch], *where])


def _batches(values: Sequence[Value]) -> Iterator[Sequence[Value]]:
    return (values[start : start + BATCH_SIZE] for start in range(0, len(values), BATCH_SIZE))
