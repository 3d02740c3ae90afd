"""Play random drafts on whatever land stands, and hold each against what must never happen to a fabric.

`Play.on` tries drafts until enough operations were accepted; `Play.undo_all` undoes them in a random order. After
each draft, and after each undoing, `Watch` asks: is new land uncovered that nobody gave up, is every corner shared, did
an overlap grow, do the areas balance.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from typing import Any, Self

import numpy as np
import psycopg
import shapely
from landsvc.cadastre import annulment
from landsvc.cadastre.drafts import keeping, queries, service
from landsvc.cadastre.drafts.checks import CHECKS
from landsvc.cadastre.drafts.ground import Ground
from landsvc.cadastre.drafts.noding import ON_EDGE_M
from landsvc.cadastre.drafts.ops import read_operation
from landsvc.core.db import EDITOR_ROLE, driver_connection
from landsvc.core.errors import Conflict, InvalidInput, NotFound, RuleViolation
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry
from tests.factories.drafts import LAN, Office
from tests.factories.random_edits import Body, Dice

FABRIC_ONLY = {code: CHECKS[code] for code in ("FAB-OVERLAP", "FAB-AREA")}
"""What the province allows is no matter here: whatever is exact shall go through."""
REFUSED = (RuleViolation, Conflict, InvalidInput, NotFound)
KEEPS = {"split_by_line", "split_by_area", "split_corridor", "merge", "insert_point", "set_uses", "renumber"}
"""Operations that give up no land."""
BENT_M = 0.00142
"""A corner on the outer edge bends it by 0.71 mm at most; two side by side by twice that."""
SHARP = 1e3
"""How many times farther than its edges the sharpest corner moves: edges of hundreds of metres, a millimetre apart."""
SIZES = (1, 4, 10, 20, 40)
"""How many operations a draft is to have: about two thirds of them are accepted."""
NOTHING_M2 = 1e-6
NOWHERE = shapely.Polygon()
MANY_CORNERS = 2000
"""Of a network of streets only what lies around a change is compared."""
LAND = """SELECT unit_id, version_id, CASE WHEN version_id <> ALL (CAST(%s AS bigint[])) THEN ST_AsBinary(geom) END
  FROM cadastre.parcel WHERE geom IS NOT NULL
   AND (CAST(%s AS bytea) IS NULL OR geom && ST_SetSRID(ST_GeomFromWKB(%s), geo.srid())) ORDER BY unit_id"""
PAIRS = """SELECT unit_a, unit_b, ST_AsBinary(geom) FROM cadastre.known_overlap
 WHERE upper_inf(recorded) AND (unit_a = ANY (%s) OR unit_b = ANY (%s))"""
OVERLAP = "SELECT coalesce(sum(ST_Area(geom)), 0) FROM cadastre.known_overlap WHERE upper_inf(recorded)"
KNOWN = """SELECT 1 FROM cadastre.known_overlap k WHERE upper_inf(k.recorded)
   AND ST_DWithin(k.geom, ST_SetSRID(ST_GeomFromGeoJSON(%s), geo.srid()), 0.01)"""
REGISTER = (
    """SELECT unit_id, code, number, sheet, ST_AsEWKB(geom), legal_area_m2, computed_area_m2, address, uses, numbers
         FROM cadastre.parcel ORDER BY unit_id""",
    """SELECT v.unit_id, v.valid, ST_AsEWKB(v.geom), v.legal_area_m2, v.computed_area_m2, v.commune_code, v.address,
              (SELECT array_agg((u.use_code, u.area_m2, u.origin_code, u.geom::text)::text ORDER BY u.seq)
                 FROM cadastre.parcel_use u WHERE u.version_id = v.id)
         FROM cadastre.parcel_version v WHERE upper_inf(v.recorded) ORDER BY 1, 2""",
    "SELECT parent_id, child_id, kind FROM cadastre.lineage WHERE upper_inf(recorded) ORDER BY 1, 2",
    "SELECT unit_id, reason FROM cadastre.unit_end WHERE upper_inf(recorded) ORDER BY 1",
    "SELECT unit_a, unit_b, ST_AsEWKB(geom) FROM cadastre.known_overlap WHERE upper_inf(recorded) ORDER BY 1, 2",
    """SELECT unit_id, sheet, number, used, on_map, as_printed FROM cadastre.parcel_number
        WHERE annulled_record_id IS NULL ORDER BY id""",
)


def seed(kind: str) -> random.Random:
    """Return the dice of one test, and print what throws them again."""
    told = os.environ.get("LANDSVC_TEST_SEED") or str(random.SystemRandom().randrange(10**6))
    print(f"again: LANDSVC_TEST_SEED={told}, {kind}")
    return random.Random(f"{told} {kind}")


def register(office: Office) -> list[list[Any]]:
    """Return all that is believed and shown now, to the last digit."""
    with psycopg.connect(office.database.dsn) as conn:
        return [conn.execute(sql).fetchall() for sql in REGISTER]


def parts(shape: BaseGeometry) -> list[BaseGeometry]:
    """Return the polygons of an overlay that are land and not rounding."""
    return [part for part in shapely.get_parts(shape) if part.area > NOTHING_M2]


class Watch:
    """Compares the land before and after one step: what changed, with all that lies around it.

    No corner may be unshared and no land overlap but between units that are known to; `exact` where none are.
    """

    def __init__(self, dsn: str, within: BaseGeometry | None = None) -> None:
        self.conn = psycopg.connect(dsn, autocommit=True)
        self.within = None if within is None else within.wkb
        self.overlap = self.most = self._overlap()
        self.exact = self.overlap == 0
        self.versions: dict[int, int] = {}
        self.land: dict[int, BaseGeometry] = {}
        self._look()

    def _overlap(self) -> float:
        return float(self.conn.execute(OVERLAP).fetchall()[0][0])

    def _look(self) -> tuple[list[BaseGeometry], list[BaseGeometry]]:
        """Read what changed since the last look; return it as it was and as it is."""
        known = list(self.versions.values())
        rows = self.conn.execute(LAND, (known, self.within, self.within)).fetchall()
        fresh = {unit: shapely.from_wkb(bytes(shape)) for unit, _, shape in rows if shape is not None}
        gone = [unit for unit in self.land if unit in fresh or unit not in {row[0] for row in rows}]
        was = [self.land.pop(unit) for unit in gone]
        self.land |= fresh
        self.versions = {unit: version for unit, version, _ in rows}
        return was, list(fresh.values())

    def step(self, given_up: BaseGeometry, *, undone: bool = False) -> BaseGeometry:
        """Look at the land again; return what is newly covered. Only `given_up` may be uncovered."""
        was, now = self._look()
        overlap = self._overlap()
        assert overlap <= (self.most if undone else self.overlap) + NOTHING_M2, "an overlap grew"
        self.overlap = overlap
        place = changed_box(was, now)
        if place.is_empty:
            return place
        fresh = {id(shape) for shape in now}
        meets = shapely.intersects(np.array(list(self.land.values()), dtype=object), place).tolist()
        near = {unit: shape for (unit, shape), is_near in zip(self.land.items(), meets, strict=True) if is_near}
        self._apart(near, [unit for unit, shape in near.items() if id(shape) in fresh])
        stayed = [clipped(shape, place) for shape in near.values() if id(shape) not in fresh]
        before = shapely.union_all([*stayed, *(clipped(shape, place) for shape in was)])
        covered = shapely.union_all([*stayed, *(clipped(shape, place) for shape in now)])
        # Farther than a metre from what changed the rim is that of what was looked at, not of the land.
        rim = before.boundary
        for part in parts(shapely.difference(shapely.difference(before, covered), given_up)):
            assert at_the_rim(part, rim) or bent_off(part, given_up), f"a gap: {part.wkt}"
        return shapely.difference(covered, before)

    def whole(self) -> None:
        """Look at all land at once: it is what was seen step by step, and every corner is shared."""
        seen, self.versions = dict(self.land), {}
        self._look()
        assert self.land == seen
        self._apart(self.land, list(self.land))

    def _apart(self, land: Mapping[int, BaseGeometry], changed: Sequence[int]) -> None:
        """Hold units against all around: no overlap but a known one, every corner shared."""
        shapes = np.array(list(land.values()), dtype=object)
        if self.exact:
            assert all_shared(shapes), "a corner is not shared, or land overlaps"
            return
        units = list(land)
        found = self.conn.execute(PAIRS, (units, units)).fetchall()
        known = {frozenset(pair) for *pair, _ in found}
        # Where old land overlaps, edges cannot match.
        loose = shapely.union_all([shapely.from_wkb(bytes(shape)) for *_, shape in found])
        tree = shapely.STRtree(shapes)
        shapely.prepare(shapes)
        for unit in changed:
            shape = land[unit]
            for row in tree.query(shape, predicate="intersects").tolist():
                other = units[row]
                if other == unit or {unit, other} in known:
                    continue
                assert not shapely.relate_pattern(shape, shapes[row], "2********"), ("an overlap", unit, other)
                assert not unshared(shape, shapes[row], loose), ("a corner is not shared", unit, other)
                assert not unshared(shapes[row], shape, loose), ("a corner is not shared", other, unit)


def changed_box(was: Sequence[BaseGeometry], now: Sequence[BaseGeometry]) -> BaseGeometry:
    """Return the box of what changed and a metre around it; of a network of streets what differs alone counts."""
    large = [shape for shape in (*was, *now) if shapely.get_num_coordinates(shape) > MANY_CORNERS]
    small = [shape for shape in (*was, *now) if shapely.get_num_coordinates(shape) <= MANY_CORNERS]
    corners = [set(map(tuple, shapely.get_coordinates(shape).tolist())) for shape in large]
    moved = set[Any]() if len(corners) < 2 else set.union(*corners) - set.intersection(*corners)
    if len(large) == 1:
        small.append(large[0])
    places = [*small, *(shapely.Point(corner) for corner in moved)]
    return (
        shapely.box(*shapely.total_bounds(places)).buffer(1, join_style="mitre") if places else shapely.Polygon()
    )


def clipped(shape: BaseGeometry, place: BaseGeometry) -> BaseGeometry:
    """Return a shape, of a very large one what lies around a place: five metres off it is cut."""
    if shapely.get_num_coordinates(shape) <= MANY_CORNERS:
        return shape
    # Not `clip_by_rect`, which may give invalid land, of which a union loses parts.
    part: BaseGeometry = shapely.intersection(shape, shapely.box(*place.buffer(5).bounds))
    return part


def at_the_rim(part: BaseGeometry, rim: BaseGeometry) -> bool:
    """Tell whether land is but the triangle that a corner put into the outer edge cuts off."""
    return bool((shapely.distance(shapely.points(shapely.get_coordinates(part)), rim) <= BENT_M).all())


def all_shared(shapes: NDArray[np.object_]) -> bool:
    """Tell whether no land overlaps and every corner on an edge is a corner of both sides.

    GEOS also names sound edges at a corner where a hole of a polygon touches its outline: what it names is asked anew.
    """
    if shapely.coverage_is_valid(shapes):
        return True
    tree = shapely.STRtree(shapes)
    for shape, named in zip(shapes, shapely.coverage_invalid_edges(shapes), strict=True):
        beside = [] if named.is_empty else [shapes[at] for at in tree.query(shape, predicate="intersects")]
        for other in beside:
            if other is not shape and (
                shapely.relate_pattern(shape, other, "2********")
                or unshared(shape, other)
                or unshared(other, shape)
            ):
                return False
    return True


def unshared(shape: BaseGeometry, other: BaseGeometry, loose: BaseGeometry = NOWHERE) -> bool:
    """Tell whether a corner of one shape lies on an edge of another that has no corner there, but for a loose place."""
    west, south, east, north = shapely.bounds(other) + np.array([-1, -1, 1, 1]) * 2 * ON_EDGE_M
    near = shapely.get_coordinates(shape)
    near = near[(near[:, 0] >= west) & (near[:, 0] <= east) & (near[:, 1] >= south) & (near[:, 1] <= north)]
    theirs = shapely.get_coordinates(other)
    if len(theirs) > MANY_CORNERS and len(near):
        theirs = theirs[((theirs >= near.min(axis=0)) & (theirs <= near.max(axis=0))).all(axis=1)]
    known = set(map(tuple, theirs.tolist()))
    places = [place for place in map(tuple, near.tolist()) if place not in known]
    if not places:
        return False
    own = shapely.points(places)
    lying = shapely.distance(own, other.boundary) <= ON_EDGE_M
    return bool((lying & ~shapely.dwithin(own, loose, 2 * BENT_M)).any())


def bent_off(part: BaseGeometry, given_up: BaseGeometry) -> bool:
    """Tell whether land went along with what was given up, as its corners bent the edges beside it.

    Where two edges meet sharply, bending one moves their corner by more than the edge: hence mitred.
    """
    return bool(given_up.buffer(BENT_M, join_style="mitre", mitre_limit=SHARP).covers(part))


def picture_of(ground: Ground) -> Ground:
    """Return a copy of a picture of the land that goes its own way: units never change, what holds them does."""
    twin = copy(ground)
    for name, value in vars(ground).items():
        if isinstance(value, dict):
            setattr(twin, name, {k: copy(v) if isinstance(v, dict | list) else v for k, v in value.items()})
        elif isinstance(value, list | set):
            setattr(twin, name, copy(value))
    twin.reserved = copy(ground.reserved)
    for name, value in vars(ground.reserved).items():
        if isinstance(value, list):
            setattr(twin.reserved, name, copy(value))
    return twin


class Play:
    """One random sequence of drafts on one database."""

    def __init__(self, office: Office, dice: random.Random, within: BaseGeometry | None = None) -> None:
        self.office, self.dice = office, dice
        self.thrown = Dice(office.database.dsn, dice, within)
        self.watch = Watch(office.database.dsn, None if within is None else self._reach())
        self.records: list[str] = []
        self.gained: dict[str, BaseGeometry] = {}
        self.given_up: dict[str, BaseGeometry] = {}
        self.accepted = 0

    def _reach(self) -> BaseGeometry:
        """Return where land may change: what is named lies there wholly, whatever it is divided into."""
        return shapely.box(*shapely.total_bounds([land for _, land in self.thrown.stand])).buffer(50)

    def on(self, wanted: int) -> None:
        """Play until so many operations were accepted."""
        while self.accepted < wanted:
            self.draft()

    def draft(self) -> None:
        """Play one draft: add operations, preview, commit, and look."""
        self.thrown.look()
        code = self.office.draft().code
        undoing = self.dice.choice(self.records[-12:]) if self.records and self.dice.random() < 0.12 else None
        if undoing:
            self._add(code, [{"op": "reinstate", "record": undoing}], alone=True)
        else:
            wanted = self.dice.choice(SIZES)
            # Each time it is added to a draft is carried out anew: long ones are made on one picture.
            self._add(code, self._bodies(wanted), alone=wanted <= 4 and self.dice.random() < 0.4)
        steps = [step.body for step in self.office.get(code).steps]
        try:
            before = self.preview(code) if steps else None
        except REFUSED:
            if not undoing:
                raise
            # What was given up may be covered by others now.
            before = None
        if before is None or not before["committable"]:
            assert before is None or self._explained(before, undoing), json.dumps([steps, before["report"]])
            self.office.withdraw(code)
            return
        self.accepted += len(steps)
        self._commit(code, before, steps)

    def _bodies(self, wanted: int) -> Iterator[Body]:
        return (self.thrown.body() for _ in range(wanted))

    def _add(self, code: str, bodies: Iterator[Body] | Sequence[Body], *, alone: bool) -> None:
        """Add what is accepted to a draft: each alone as a browser does, or on one picture, which is quicker."""
        if alone:
            for body in bodies:
                try:
                    self.office.add(code, body)
                except REFUSED:
                    continue
            return
        with self.office.database.unit_of_work(EDITOR_ROLE, LAN) as session:
            draft, frame = keeping.own_draft(session, code, LAN), self.office.frame
            ground, seq, driver = service.replayed(session, draft, frame), 1, driver_connection(session)
            for body in bodies:
                tried = picture_of(ground)
                driver.pgconn.exec_(b"SAVEPOINT tried")  # beneath psycopg, which would forget what is prepared
                try:
                    step = service.carried_out(
                        tried, read_operation(body, frame), body, seq, find=self.office.find, frame=frame
                    )
                except REFUSED:
                    # What was refused half-way has taken identities: the office gives both back, and so here.
                    driver.pgconn.exec_(b"ROLLBACK TO SAVEPOINT tried")
                    continue
                queries.add_operation(session, draft_id=draft.id, step=step)
                ground, seq = tried, seq + 1
                if self.dice.random() < 0.2:
                    made = ground.plan().after
                    self.thrown.own = [
                        (str(unit.ref), unit.geometry) for unit in made if unit.geometry is not None
                    ]

    def preview(self, code: str) -> dict[str, Any]:
        """Return what a commit would do."""
        with self.office.database.rehearsal(EDITOR_ROLE, LAN) as session:
            return service.preview(session, code, frame=self.office.frame, checks=FABRIC_ONLY)

    def _explained(self, preview: dict[str, Any], undoing: str | None) -> bool:
        """Tell whether a draft changes nothing in the end, or an overlap lies where it may.

        Where old data has one; or, when a record is undone, on land it gave up and others took since.
        """
        failed = [found for found in preview["report"] if found["result"] == "fail"]
        given_up = self.given_up.get(undoing or "", shapely.Polygon()).buffer(BENT_M)
        return all(
            found["rule"] == "FAB-OVERLAP"
            and (
                given_up.covers(shapely.geometry.shape(found["geometry"]))
                or self.watch.conn.execute(KNOWN, (json.dumps(found["geometry"]),)).fetchall()
            )
            for found in failed
        )

    def _commit(self, code: str, before: dict[str, Any], steps: Sequence[Body]) -> None:
        done = self.office.commit(code, checks=FABRIC_ONLY)
        left = {"computedAt", "state", "record"}
        assert {k: v for k, v in done.items() if k not in left} == {
            k: v for k, v in before.items() if k not in left
        }
        assert all(found["result"] == "pass" for found in done["report"] if found["rule"] in FABRIC_ONLY)
        balanced(done)
        undone = [str(step["record"]) for step in steps if step["op"] == "reinstate"]
        names = {step["op"] for step in steps}
        # Undoing gives up no more than the record had gained, a draft no more than it tells.
        given_up = self.gained[undone[0]] if undone else shapely.Polygon() if names <= KEEPS else lost(done)
        gained = self.watch.step(given_up, undone=bool(undone))
        self.records = [record for record in self.records if record not in undone]
        if not undone:
            self.records.append(str(done["record"]))
            self.gained[str(done["record"])] = gained
            self.given_up[str(done["record"])] = given_up

    def undo_all(self, *, in_turn: bool) -> None:
        """Undo what stands, the newest first, or in any order in which no later record stands on an earlier one."""
        while self.records:
            order, standing = self.records[-6:], len(self.records)
            self.dice.shuffle(order)
            for record in [self.records[-1]] if in_turn else order:
                try:
                    annulment.undo_record(self.office.database, record, "test")
                except (annulment.RecordSuperseded, RuleViolation):
                    assert not in_turn
                    continue
                self.records.remove(record)
                self.watch.step(self.gained[record], undone=True)
            assert len(self.records) < standing, f"nobody can undo any of {order}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.thrown.conn.close()
        self.watch.conn.close()


def land_of(units: Sequence[dict[str, Any]]) -> BaseGeometry:
    """Return the land of units as a preview tells them."""
    shapes = [shapely.geometry.shape(unit["geometry"]) for unit in units if unit["geometry"] is not None]
    land: BaseGeometry = shapely.union_all(shapes)
    return land


def lost(done: dict[str, Any]) -> BaseGeometry:
    """Return the land a commit tells it gave up: it must be what its closures sum up to."""
    before = land_of([*done["before"], *(each["before"] for each in done["changed"])])
    after = land_of([*done["after"], *(each["after"] for each in done["changed"])])
    gone = shapely.difference(before, after)
    told = sum(each["lostM2"] for each in done["closure"])
    assert gone.area <= told + BENT_M / 2 * before.length, (gone.area, done["closure"])
    return gone


def balanced(done: dict[str, Any]) -> None:
    """Hold the areas of a commit against I4: divided land covers what it covered, else what was gained and lost."""
    for each in done["closure"]:
        if each["gainedM2"] == each["lostM2"] == 0:
            assert abs(each["residualM2"]) <= NOTHING_M2, each
    if not done["closure"]:
        return
    before = [*done["before"], *(each["before"] for each in done["changed"])]
    after = [*done["after"], *(each["after"] for each in done["changed"])]
    grown = sum(area(unit) for unit in after) - sum(area(unit) for unit in before)
    told = sum(
        each["gainedM2"] - each["lostM2"] - each["partedM2"] + each["nodingM2"] for each in done["closure"]
    )
    assert abs(grown - told) <= 1e-5 * len(done["closure"]), (grown, done["closure"])


def area(unit: dict[str, Any]) -> float:
    """Return what a unit of a preview measures in the working system."""
    return float(shapely.geometry.shape(unit["geometry"]).area) if unit["geometry"] is not None else 0.0
