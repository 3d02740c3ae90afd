"""Edit drafts as an officer would, through the services; land comes from `tests.factories.cadastre`.

`line((x, y), ...)` is a line through points given in metres from the origin of the test land.
"""

from __future__ import annotations

import json
from typing import Any

import psycopg
from landsvc.cadastre import reference
from landsvc.cadastre import service as parcels
from landsvc.cadastre.checking import check_fabric
from landsvc.cadastre.drafts import approval, keeping, service
from landsvc.cadastre.drafts.model import Draft, Grounds
from landsvc.cadastre.drafts.ops.base import Frame
from landsvc.core.config import REPOSITORY
from landsvc.core.db import EDITOR_ROLE, Database
from landsvc.identity.actors import Actor
from tests.factories import cadastre as make
from tests.factories.cadastre import SRID, X0, Y0

FRAME = Frame(SRID, "B")
LAN = Actor(1, "lan", "Nguyễn Thị Lan", frozenset({"processor"}))
MINH = Actor(2, "minh", "Trần Văn Minh", frozenset({"processor"}))
HOA = Actor(3, "hoa", "Lê Thị Hoa", frozenset({"checker"}))
"""Approves what others prepare."""
PAPER = Grounds(doc_no="15/QĐ-VPĐK")


def line(*points: tuple[float, float]) -> dict[str, Any]:
    """Return a GeoJSON line of the working system."""
    return {"type": "LineString", "coordinates": [[round(X0 + x, 3), round(Y0 + y, 3)] for x, y in points]}


def split(ref: str, *points: tuple[float, float], **more: Any) -> dict[str, Any]:
    """Return the body of a split of one parcel."""
    return {"op": "split_by_line", "parcels": [ref], "line": line(*points), "crs": f"EPSG:{SRID}", **more}


def rules(conn: psycopg.Connection[Any]) -> None:
    """Load the rules the service ships with, and a minimum of 60 m² and 4 m for urban land."""
    found = reference.dated(REPOSITORY / "gis_data", "rules")
    conn.execute(reference.SQL["reference_rules"].text, {"rows": json.dumps(found)})
    conn.execute(
        "INSERT INTO cadastre.minimum_plot (use_code, commune_kind, min_area_m2, min_frontage_m, valid, legal_basis)"
        " VALUES ('ODT', 'phường', 60, 4, '[2024-08-01,)', 'Test')"
    )


def sign_on(conn: psycopg.Connection[Any], actor: Actor, branch: str = "province") -> None:
    """Make the account of an officer, with its roles, and let them work in a branch."""
    conn.execute(
        "INSERT INTO identity.account (id, login, display_name) OVERRIDING SYSTEM VALUE VALUES (%s, %s, %s)"
        " ON CONFLICT DO NOTHING",
        (actor.account_id, actor.login, actor.name),
    )
    conn.execute("SELECT setval(pg_get_serial_sequence('identity.account', 'id'), 1000)")
    conn.execute(
        "INSERT INTO identity.account_role SELECT %s, r FROM unnest(%s::text[]) r ON CONFLICT DO NOTHING",
        (actor.account_id, list(actor.roles)),
    )
    conn.execute(
        "INSERT INTO identity.account_branch (account_id, branch_id) SELECT %s, b.id FROM identity.branch b"
        " WHERE b.code = %s ON CONFLICT DO NOTHING",
        (actor.account_id, branch),
    )


def slanted(conn: psycopg.Connection[Any]) -> None:
    """Lay three parcels, 1 in the west, 2 in the east, 3 in the south, whose common edges run beside the grid."""
    sheet = make.series(conn, make.commune(conn))
    lands = (
        make.polygon((0, 0), (30, 0.013), (30.017, 40), (0, 40)),
        make.polygon((30, 0.013), (60, 0), (60, 40), (30.017, 40)),
        make.polygon((0, 0), (0, -30), (60, -30), (60, 0), (30, 0.013)),
    )
    for number, land in enumerate(lands, 1):
        make.parcel(conn, land, number=str(number), series_id=sheet)
    rules(conn)


class Office:
    """Three officers at one database."""

    def __init__(self, database: Database, frame: Frame = FRAME) -> None:
        self.database, self.frame = database, frame
        with psycopg.connect(database.dsn) as conn:
            for actor in (LAN, MINH, HOA):
                sign_on(conn, actor)

    def find(self, ref: Any) -> int:
        """Return the current unit of a reference."""
        found = parcels.find_unit(self.database, ref)
        if found.body is None:
            raise parcels.retired(self.database, ref, found.unit_id)
        return found.unit_id

    def draft(self, *bodies: dict[str, Any], actor: Actor = LAN) -> Draft:
        """Return a draft with operations."""
        with self.database.unit_of_work(EDITOR_ROLE, actor) as session:
            code = service.open_draft(session, title=None, actor=actor).code
        for body in bodies:
            self.add(code, body, actor=actor)
        return self.get(code)

    def get(self, code: str) -> Draft:
        """Return a draft as it stands."""
        with self.database.read_only(EDITOR_ROLE) as session:
            return keeping.get_draft(session, code)

    def add(self, code: str, body: dict[str, Any], *, actor: Actor = LAN, seen: int | None = None) -> Draft:
        """Add an operation."""
        with self.database.unit_of_work(EDITOR_ROLE, actor) as session:
            return service.add_operation(
                session, code, body, find=self.find, frame=self.frame, actor=actor, seen=seen
            )

    def undo(self, code: str, *, actor: Actor = LAN) -> Draft:
        """Take the last operation back."""
        with self.database.unit_of_work(EDITOR_ROLE, actor) as session:
            return service.undo_last(session, code, actor=actor, seen=None)

    def withdraw(self, code: str, *, actor: Actor = LAN) -> Draft:
        """Give a draft up."""
        with self.database.unit_of_work(EDITOR_ROLE, actor) as session:
            return approval.withdraw(session, code, actor=actor, seen=None)

    def preview(self, code: str, *, actor: Actor = LAN) -> dict[str, Any]:
        """Return what a commit would do."""
        return self.database.rehearsed(
            EDITOR_ROLE, actor, lambda session: service.preview(session, code, frame=self.frame)
        )

    def commit(self, code: str, *, actor: Actor = LAN, grounds: Grounds = PAPER, **more: Any) -> dict[str, Any]:
        """Commit a draft."""
        with self.database.unit_of_work(EDITOR_ROLE, actor) as session:
            return service.commit(session, code, grounds, frame=self.frame, actor=actor, seen=None, **more)

    def submit(self, code: str, *, actor: Actor = LAN, grounds: Grounds = PAPER, **more: Any) -> Draft:
        """Hand a draft in."""
        with self.database.unit_of_work(EDITOR_ROLE, actor) as session:
            return approval.submit(
                session, code, grounds, frame=self.frame, actor=actor, **({"seen": None} | more)
            )

    def approve(self, code: str, *, actor: Actor = HOA, **more: Any) -> dict[str, Any]:
        """Approve a draft of somebody else."""
        with self.database.unit_of_work(EDITOR_ROLE, actor) as session:
            return approval.approve(session, code, frame=self.frame, actor=actor, **({"seen": None} | more))

    def reject(self, code: str, reason: str = "Sai số đo", *, actor: Actor = HOA) -> Draft:
        """Give a draft back."""
        with self.database.unit_of_work(EDITOR_ROLE, actor) as session:
            return approval.reject(session, code, reason, actor=actor, seen=None)

    def confirm(self, code: str, *, actor: Actor = LAN, grounds: Grounds | None = PAPER) -> Draft:
        """Confirm a split."""
        with self.database.unit_of_work(EDITOR_ROLE, actor) as session:
            return approval.confirm(session, code, grounds, frame=self.frame, actor=actor, seen=None)

    def execute(self, code: str, *, actor: Actor = MINH, **more: Any) -> dict[str, Any]:
        """Carry a confirmed split out, as a dossier does."""
        with self.database.unit_of_work(EDITOR_ROLE, actor) as session:
            return approval.execute_confirmed(session, code, frame=self.frame, actor=actor, **more)

    def expire(self) -> int:
        """End what is over."""
        with self.database.unit_of_work(EDITOR_ROLE) as session:
            return approval.expire(session)


def at(x: float, y: float) -> list[float]:
    """Return a place given in metres from the origin of the test land."""
    return [round(X0 + x, 3), round(Y0 + y, 3)]


def merge(*refs: str) -> dict[str, Any]:
    """Return the body of a merge."""
    return {"op": "merge", "parcels": list(refs)}


def move(*moves: tuple[tuple[float, float], tuple[float, float]]) -> dict[str, Any]:
    """Return the body that moves corners."""
    pairs = [{"from": at(*start), "to": at(*end)} for start, end in moves]
    return {"op": "move_points", "moves": pairs, "crs": f"EPSG:{SRID}"}


def redraw(ref: str, *points: tuple[float, float], **more: Any) -> dict[str, Any]:
    """Return the body that draws a parcel anew."""
    places = [at(*point) for point in points]
    return {"op": "replace_geometry", "parcels": [ref], "points": places, "crs": f"EPSG:{SRID}", **more}


def insert(ref: str, point: tuple[float, float]) -> dict[str, Any]:
    """Return the body that puts a corner into an edge."""
    return {"op": "insert_point", "parcels": [ref], "point": at(*point), "crs": f"EPSG:{SRID}"}


def remove(point: tuple[float, float], **more: Any) -> dict[str, Any]:
    """Return the body that takes a corner out."""
    return {"op": "remove_point", "point": at(*point), "crs": f"EPSG:{SRID}", **more}


def new_parcel(*points: tuple[float, float], area: float, **more: Any) -> dict[str, Any]:
    """Return the body that makes a parcel on free land."""
    return {
        "op": "new_parcel",
        "commune": "25195",
        "sheet": "12",
        "points": [at(*point) for point in points],
        "crs": f"EPSG:{SRID}",
        "uses": [{"code": "ODT", "areaM2": area}],
        **more,
    }


def set_uses(ref: str, *uses: tuple[str, float], **more: Any) -> dict[str, Any]:
    """Return the body that sets the uses of a parcel."""
    return {
        "op": "set_uses",
        "parcels": [ref],
        "uses": [{"code": code, "areaM2": area} for code, area in uses],
        "crs": f"EPSG:{SRID}",
        **more,
    }


def rows(office: Office, sql: str, *params: Any) -> list[Any]:
    """Return what a statement of a test gives, asked as the owner."""
    with psycopg.connect(office.database.dsn) as conn:
        return conn.execute(sql, params).fetchall()


def one(office: Office, sql: str, *params: Any) -> Any:
    """Return the one value a statement of a test gives."""
    return rows(office, sql, *params)[0][0]


def assert_sound(office: Office) -> None:
    """Assert that every invariant of the fabric holds on what is stored."""
    found = check_fabric(office.database)
    assert found.sound, found.broken
