"""Play random operations on blocks of the town that `tests.db.test_town` imported: `python -m ... DSN COUNT`.

A program of its own, since the working system is read when a process starts (`LANDSVC_SRID`).
"""

from __future__ import annotations

import random
import sys
from typing import Any

import psycopg
import shapely
from landsvc.cadastre.drafts.ops.base import Frame
from landsvc.core.config import WORKING_SRID
from landsvc.core.db import PUBLIC_ROLE, Database
from psycopg.conninfo import make_conninfo
from shapely.geometry.base import BaseGeometry
from tests.factories.drafts import Office, assert_sound
from tests.factories.lineage import lineage_is_readable_both_ways
from tests.factories.random_play import Play, register, seed

BLOCK_M = 40
WIDEST_M = 250
MIDDLES = """SELECT ST_AsBinary(ST_PointOnSurface(p.geom)) FROM cadastre.parcel p
 WHERE p.kind = 'parcel' AND p.geom IS NOT NULL ORDER BY p.unit_id"""
OVERLAPPING = """SELECT ST_AsBinary(ST_PointOnSurface(k.geom)) FROM cadastre.known_overlap k
 WHERE upper_inf(k.recorded) ORDER BY k.id"""
WIDE = """SELECT 1 FROM cadastre.parcel p WHERE p.geom && ST_SetSRID(ST_GeomFromWKB(%s), geo.srid())
   AND ST_NPoints(p.geom) <= 1000
   AND greatest(ST_XMax(p.geom) - ST_XMin(p.geom), ST_YMax(p.geom) - ST_YMin(p.geom)) > %s"""
"""A block with land so wide would make the play look at half the town at each step."""


def main(dsn: str, wanted: int) -> None:
    """Play so many operations, half in a block where parcels overlap, and undo them."""
    database = Database(dsn, make_conninfo(dsn, user=PUBLIC_ROLE))
    database.open()
    try:
        office, dice = Office(database, Frame(WORKING_SRID, "B")), seed("town")
        before = register(office)
        for places in (MIDDLES, OVERLAPPING):
            with psycopg.connect(dsn) as conn:
                block = a_block(conn, places, dice)
            with Play(office, dice, block) as play:
                play.on(wanted // 2)
                play.watch.whole()
                lineage_is_readable_both_ways(office, dice)
                play.undo_all(in_turn=dice.random() < 0.5)
        assert register(office) == before
        assert_sound(office)
    finally:
        database.close()


def a_block(conn: psycopg.Connection[Any], places: str, dice: random.Random) -> BaseGeometry:
    """Return the surroundings of one of some places."""
    found = conn.execute(places).fetchall()
    while True:
        block = shapely.from_wkb(bytes(dice.choice(found)[0])).buffer(BLOCK_M)
        if not conn.execute(WIDE, (block.wkb, WIDEST_M)).fetchall():
            return block


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
