"""List what is known to be wrong in old land, worst first, and tell how it goes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy.orm import Session

from landsvc.cadastre.defects.looking import SQL
from landsvc.cadastre.defects.shapes import KINDS, UNITS
from landsvc.cadastre.rules import link_ref
from landsvc.core import clock
from landsvc.core.db import rows_of
from landsvc.core.errors import NotFound
from landsvc.core.paging import BadCursor
from landsvc.core.prepared import Row

STORED_MOST = 2**63 - 1
TREND_DAYS = 180
_CURSOR = re.compile(r"z([a-z]{3,8})_(-?0x[0-9a-f.]+p[+-][0-9]+)_([0-9]{1,18})")


class DefectNotFound(NotFound):
    """No defect has this number, or the last look did not find it again. 404."""

    slug = "defect-not-found"
    title = "There is no such defect"
    detail = "No defect has the number {defect}; one that was mended is forgotten."
    remedy = "Look for it in the list of defects."


@dataclass(frozen=True)
class Party:
    """A parcel or land-occupying object that a defect concerns."""

    unit_id: int
    kind: str
    ref: str | None
    code: str | None

    @property
    def link(self) -> str:
        """Return what opens it in the workspace."""
        return str(link_ref({"code": self.code, "unit": self.unit_id}))

    @property
    def name(self) -> str:
        """Return what people call it."""
        return self.ref or self.code or f"#{self.unit_id}"


@dataclass(frozen=True)
class Defect:
    """One defect; `measure` in the unit of its kind, `place` as GeoJSON (longitude, latitude), `shape` in metres."""

    id: int
    kind: str
    commune: str
    weight: float
    measure: float
    facts: Mapping[str, Any]
    parties: Sequence[Party]
    place: Mapping[str, Any]
    shape: BaseGeometry
    stands: bool = True

    @property
    def unit(self) -> str:
        """Return what the measure is told in."""
        return UNITS[self.kind]

    @property
    def cursor(self) -> str:
        """Return the opaque text that names where a page ended with this one."""
        return f"z{self.kind}_{float(self.weight).hex()}_{self.id}"

    @property
    def opens(self) -> str | None:
        """Return the parcel that shows the place in the workspace."""
        return self.parties[0].link if self.parties else None


@dataclass(frozen=True)
class Looked:
    """When the land asked about was looked at (the oldest look), and whether it changed since."""

    at: datetime | None
    behind: bool
    mapped: bool


@dataclass(frozen=True)
class Share:
    """How many parcels of how many have a defect of a kind; `area_m2` of overlaps and gaps."""

    defects: int
    parcels: int
    of_parcels: int
    area_m2: float

    @property
    def share(self) -> float:
        """Return the share, 0 to 1."""
        return self.parcels / self.of_parcels if self.of_parcels else 0.0


NONE = Share(0, 0, 0, 0.0)


@dataclass(frozen=True)
class Health:
    """The newest count of a commune: a share for each kind, none for gaps where no extent is known."""

    commune: str
    name: str | None
    on: date
    shares: Mapping[str, Share]

    @property
    def worst(self) -> float:
        """Return the sum of the shares, by which communes are ordered."""
        return sum(share.share for share in self.shares.values())

    @property
    def parcels(self) -> int:
        """Return how many parcels there are."""
        return max((share.of_parcels for share in self.shares.values()), default=0)


@dataclass(frozen=True)
class Trend:
    """The share of parcels with a defect of a kind, day by day."""

    kind: str
    days: Sequence[tuple[date, Share]] = field(default=())


def list_defects(
    session: Session, *, commune: str | None, kind: str | None, cursor: str | None, page: int
) -> tuple[list[Defect], bool]:
    """Return one page of defects, by kind, the worst first, and whether more follow; raise `BadCursor`."""
    after_kind, weight, after_id = _read_cursor(cursor)
    asked = {"kind": kind, "after_kind": after_kind, "after_weight": weight, "after_id": after_id, "page": page}
    if commune is None:
        rows = rows_of(session, SQL["defects_anywhere"], **asked)
    else:
        rows = rows_of(session, SQL["defects_of_commune"], commune=commune, **asked)
    return [_defect(row) for row in rows[:page]], len(rows) > page


def get_defect(session: Session, defect_id: int) -> Defect:
    """Return one defect that still stands; raise `DefectNotFound`."""
    rows = rows_of(session, SQL["defect_shown"], defect_id=min(defect_id, STORED_MOST))
    if not rows or not rows[0][-1]:
        raise DefectNotFound(field="defect", defect=defect_id)
    return _defect(rows[0])


def looked(session: Session, commune: str | None = None) -> Looked:
    """Tell when a commune, or all, were looked at."""
    at, behind, mapped, count = rows_of(session, SQL["defect_looks"], commune=commune)[0]
    return Looked(at, bool(behind), bool(mapped and count))


def health(session: Session) -> list[Health]:
    """Return the newest count of every commune looked at, the worst first."""
    found: dict[str, Health] = {}
    for code, name, kind, defects, parcels, of_parcels, area_m2, on in rows_of(
        session, SQL["defect_health"], on_date=clock.today()
    ):
        shares = {**(found[code].shares if code in found else {})}
        shares[kind] = Share(defects, parcels, of_parcels, float(area_m2))
        found[code] = Health(code, name, on, shares)
    return sorted(found.values(), key=lambda each: (-each.worst, each.commune))


def together(communes: Sequence[Health]) -> dict[str, Share]:
    """Return the shares of all communes together, by kind."""
    return {
        kind: Share(
            sum(each.shares.get(kind, NONE).defects for each in communes),
            sum(each.shares.get(kind, NONE).parcels for each in communes),
            sum(each.shares.get(kind, NONE).of_parcels for each in communes),
            sum(each.shares.get(kind, NONE).area_m2 for each in communes),
        )
        for kind in KINDS
    }


def trend(session: Session, commune: str | None = None, *, days: int = TREND_DAYS) -> list[Trend]:
    """Return the trend of each kind over the last days, of a commune or of all."""
    since = clock.today() - timedelta(days=days)
    told: dict[str, list[tuple[date, Share]]] = {kind: [] for kind in KINDS}
    for kind, on, parcels, of_parcels, defects in rows_of(
        session, SQL["defect_trend"], commune=commune, since=since
    ):
        told[kind].append((on, Share(defects, parcels, of_parcels, 0.0)))
    return [Trend(kind, tuple(days)) for kind, days in told.items()]


def _read_cursor(cursor: str | None) -> tuple[str | None, float, int]:
    if cursor is None:
        return None, 0.0, 0
    found = _CURSOR.fullmatch(cursor)
    if found is None or found[1] not in KINDS:
        raise BadCursor(field="cursor", cursor=cursor[:40])
    try:
        return found[1], float.fromhex(found[2]), int(found[3])
    except (ValueError, OverflowError):
        raise BadCursor(field="cursor", cursor=cursor[:40]) from None


def _defect(row: Row) -> Defect:
    number, kind, commune, weight, measure, facts, parties, place, shape = row[:9]
    return Defect(
        number,
        kind,
        commune,
        weight,
        measure,
        facts,
        tuple(Party(each["unit"], each["kind"], each["ref"], each["code"]) for each in parties),
        place,
        shapely.from_wkb(bytes(shape)),
    )
