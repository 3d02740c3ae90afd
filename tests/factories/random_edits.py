"""Think of random operations on whatever land stands, and lay random land to try them on.

Most of what comes out is meant to be carried out; some is meant to be refused, as real input is.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import psycopg
import shapely
from landsvc.core.config import WORKING_SRID
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry
from tests.factories import cadastre as make
from tests.factories.cadastre import X0, Y0

CRS = f"EPSG:{WORKING_SRID}"
STANDING = """SELECT coalesce(code, issuing_code || '-' || sheet || '-' || number), ST_AsBinary(geom), legal_area_m2
  FROM cadastre.parcel WHERE kind = 'parcel' AND ST_NPoints(geom) <= 1000 AND coalesce(code, number) IS NOT NULL
   AND (CAST(%s AS bytea) IS NULL OR geom && ST_SetSRID(ST_GeomFromWKB(%s), geo.srid())) ORDER BY unit_id"""
Body = dict[str, Any]


def mosaic(conn: psycopg.Connection[Any], dice: random.Random, cells: int) -> None:
    """Lay that many parcels, the cells around random points of a square, each corner shared by all that have it."""
    rng = np.random.default_rng(dice.randrange(2**32))
    side = 12.0 * cells**0.5
    square = shapely.box(0, 0, side, side)
    while True:
        seeds = shapely.MultiPoint(rng.uniform(0, side, (cells, 2)))
        drawn = shapely.get_parts(shapely.voronoi_polygons(seeds, extend_to=square))
        # Clipped at the square, then on the grid, each corner by itself: cells that shared it still do.
        clipped = shapely.intersection(drawn, square)
        found = shapely.transform(clipped, lambda xy: np.round((xy + np.array([X0, Y0])) * 1000) / 1000)
        if shapely.is_valid(found).all() and shapely.coverage_is_valid(found):
            break
    sheet = make.series(conn, make.commune(conn))
    for number, cell in enumerate(found, 1):
        make.parcel(conn, cell.wkt, number=str(number), series_id=sheet)


class Dice:
    """Throws operations on the current land of one database; `own` are pieces of the open draft it may name too.

    What stands is read when `look` is called. `within` (working system) is where parcels are named.
    """

    def __init__(self, dsn: str, dice: random.Random, within: BaseGeometry | None = None) -> None:
        self.conn = psycopg.connect(dsn, autocommit=True)
        self.dice = dice
        self.within = None if within is None else within.wkb
        self.inserted: list[list[float]] = []
        self.own: list[tuple[str, BaseGeometry]] = []
        self.stand: list[tuple[str, BaseGeometry]] = []
        self.legal: dict[str, float | None] = {}
        self.look()

    def look(self) -> None:
        """Read what stands now."""
        found = self.rows(STANDING, self.within, self.within)
        self.own, self.stand = [], [(ref, shapely.from_wkb(bytes(shape))) for ref, shape, _ in found]
        self.legal = {ref: None if area is None else float(area) for ref, _, area in found}

    def body(self) -> Body:
        """Return one operation."""
        kinds: list[tuple[int, Callable[[], Body]]] = [
            (4, self.split),
            (1, self.divide),
            (1, self.strip),
            (3, self.merge),
            (4, self.move),
            (2, self.insert),
            (2, self.remove),
            (1, self.survey),
            (2, self.uses),
            (1, self.renumber),
            (1, self.retire),
            (2, self.refill),
        ]
        return self.dice.choices([make for _, make in kinds], [weight for weight, _ in kinds])[0]()

    def rows(self, sql: str, *params: Any) -> list[Any]:
        """Return rows of the database."""
        return self.conn.execute(sql, params).fetchall()

    def parcel(self) -> tuple[str, BaseGeometry]:
        """Return some parcel: a piece of the draft, or one of the register by its code where it has one."""
        if self.own and self.dice.random() < 0.6:
            return self.dice.choice(self.own)
        return self.dice.choice(self.stand)

    def corner(self, land: BaseGeometry) -> list[float]:
        """Return some corner of a shape."""
        corners = shapely.get_coordinates(land)
        return [float(each) for each in corners[self.dice.randrange(len(corners))]]

    def split(self) -> Body:
        """Cut a parcel, often by its corners and edges."""
        ref, land = self.parcel()
        return {"op": "split_by_line", "parcels": [ref], "line": self.across(land), "crs": CRS}

    def across(self, land: BaseGeometry) -> Body:
        """Return a line through a shape."""
        west, south, east, north = land.bounds
        middle = land.representative_point()
        start = (west - 3, self.dice.uniform(south, north))
        end = (2 * middle.x - start[0] + (east - west), 2 * middle.y - start[1])
        if self.dice.random() < 0.3:
            start = tuple(self.corner(land))
        places = [[round(x, 3), round(y, 3)] for x, y in (start, end)]
        return {"type": "LineString", "coordinates": places}

    def divide(self) -> Body:
        """Divide a parcel into pieces of given areas."""
        ref, land = self.parcel()
        area = self.legal.get(ref) or round(land.area, 1)
        areas = [round(area * self.dice.uniform(0.1, 0.5), 1) for _ in range(self.dice.choice([1, 1, 2]))]
        way = {"bearingDeg": round(self.dice.uniform(0, 360), 3)}
        return {"op": "split_by_area", "parcels": [ref], "areasM2": areas, "parallelTo": way, "crs": CRS}

    def strip(self) -> Body:
        """Cut a strip out of one to three parcels."""
        ref, land = self.parcel()
        beside = [other for other, shape in self.stand if other != ref and shape.touches(land)]
        refs = [ref, *self.dice.sample(beside, min(len(beside), self.dice.randrange(3)))]
        line, width = self.across(land), round(self.dice.uniform(0.5, 4), 2)
        side = self.dice.choice(["left", "right", "both"])
        return {"op": "split_corridor", "parcels": refs, "line": line, "widthM": width, "side": side, "crs": CRS}

    def merge(self) -> Body:
        """Merge a parcel with one beside it."""
        ref, land = self.parcel()
        beside = [
            other
            for other, shape in (*self.stand, *self.own)
            if other != ref and shapely.relate_pattern(shape, land, "****1****")
        ]
        return {"op": "merge", "parcels": [ref, self.dice.choice(beside) if beside else ref]}

    def move(self) -> Body:
        """Move one or two corners by up to two metres, sometimes onto another corner's line."""
        _, land = self.parcel()
        moves = []
        for _ in range(self.dice.choice([1, 1, 2])):
            start = self.corner(land)
            far = self.dice.choice([0.02, 0.5, 2.0])
            goal = [round(each + self.dice.uniform(-far, far), 3) for each in start]
            moves.append({"from": start, "to": goal})
        return {"op": "move_points", "moves": moves, "crs": CRS}

    def insert(self) -> Body:
        """Put a corner into an edge."""
        ref, land = self.parcel()
        place = land.boundary.interpolate(self.dice.random(), normalized=True)
        self.inserted.append([place.x, place.y])
        return {"op": "insert_point", "parcels": [ref], "point": [place.x, place.y], "crs": CRS}

    def remove(self) -> Body:
        """Take a corner out, as far as it bends the line by a metre; often one that was put in."""
        _, land = self.parcel()
        place = self.corner(land)
        if self.inserted and self.dice.random() < 0.8:
            near = shapely.Point(self.inserted.pop())
            close = [shape for _, shape in (*self.stand, *self.own) if shapely.dwithin(shape, near, 0.01)]
            corners = [[float(x), float(y)] for x, y in shapely.get_coordinates(close)]
            place = min(corners, key=lambda corner: near.distance(shapely.Point(corner)), default=place)
        return {"op": "remove_point", "point": place, "crs": CRS, "toleranceM": 1.0}

    def survey(self) -> Body:
        """Draw a parcel anew, a little smaller at one corner."""
        ref, land = self.parcel()
        ring = shapely.get_coordinates(shapely.get_parts(land)[0].exterior)[:-1]
        at, middle = self.dice.randrange(len(ring)), land.representative_point()
        ring[at] += (np.array([middle.x, middle.y]) - ring[at]) * self.dice.uniform(0.05, 0.4)
        points = [[round(x, 3), round(y, 3)] for x, y in ring.tolist()]
        return {"op": "replace_geometry", "parcels": [ref], "points": points, "crs": CRS}

    def uses(self) -> Body:
        """Set two uses, half of the time with a line between them."""
        ref, land = self.parcel()
        area = self.legal.get(ref) or round(land.area, 1)
        first = max(0.1, round(area * self.dice.uniform(0.2, 0.8), 1))
        uses = [{"code": "ODT", "areaM2": first}, {"code": "CLN", "areaM2": max(0.1, round(area - first, 1))}]
        line = {"line": self.across(land)} if self.dice.random() < 0.5 else {}
        return {"op": "set_uses", "parcels": [ref], "uses": uses, "crs": CRS, **line}

    def renumber(self) -> Body:
        """Give a parcel a number from a range nobody else uses."""
        ref, _ = self.parcel()
        number = str(self.dice.randrange(100_000, 999_999))
        return {"op": "renumber", "parcels": [ref], "sheet": "1", "number": number}

    def retire(self) -> Body:
        """End a parcel."""
        return {"op": "retire", "parcels": [self.parcel()[0]], "reason": "erosion"}

    def refill(self) -> Body:
        """Make a parcel where one ended, or where no room is."""
        found = self.rows(
            "SELECT ST_AsBinary(v.geom), a.code, k.sheet FROM cadastre.unit_end e"
            " JOIN cadastre.parcel_version v ON v.unit_id = e.unit_id JOIN cadastre.parcel_number k"
            " ON k.unit_id = e.unit_id JOIN cadastre.map_series s ON s.id = k.series_id"
            " JOIN cadastre.admin_unit a ON a.id = s.admin_unit_id"
            " WHERE upper_inf(e.recorded) ORDER BY v.id DESC, k.id DESC LIMIT 1"
        )
        if not found:
            return self.move()
        land: Any = shapely.get_parts(shapely.from_wkb(bytes(found[0][0])))[0]
        points = shapely.get_coordinates(land.exterior)[:-1].tolist()
        return {
            "op": "new_parcel",
            "commune": found[0][1],
            "sheet": found[0][2],
            "points": points,
            "crs": CRS,
            "uses": [{"code": "ODT", "areaM2": round(Polygon(points).area, 1)}],
        }
