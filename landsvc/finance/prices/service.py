"""Say what land costs on a day, propose where parcels stand in a table, and let officers confirm it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from landsvc.finance.prices import queries, rules, working
from landsvc.finance.prices.entries import Drawn, LandPrice, NoPrice, Place, PriceTable, Segment, Standing, Why
from landsvc.finance.prices.errors import (
    NoPriceTable,
    PlaceNotKnown,
    PlaceWithoutLand,
    ReasonWanted,
    UnknownPriceUse,
)
from landsvc.finance.prices.queries import CommuneCount, DecisionLine, Waiting
from landsvc.identity.actors import Actor
from landsvc.identity.service import trace

MOST_CONFIRMED = 20_000
"""So many at once: what an officer's request can write before it ends by itself."""
SHORTEST_REASON = 3
PICTURE_ROOM_M = 150.0
"""How far around a parcel its picture looks for streets."""


@dataclass(frozen=True)
class PlacePage:
    """All an officer sees of one parcel's place: what holds, what the map says, and what may be chosen."""

    ref: str
    standing: Standing
    proposed: Place
    segment: Segment | None
    alley: Segment | None
    positions: Sequence[int]
    drawn: Sequence[Drawn]
    decisions: Sequence[DecisionLine]


def price_of(session: Session, unit_id: int, land_code: str, on: date) -> LandPrice | NoPrice:
    """Return what a parcel's land costs for a use on a day, with its working, or why nobody can say.

    The place is the one an officer confirmed for the shape the parcel had then, else the one the map says.
    """
    table = queries.table_on(session, on_day=on)
    use = queries.group_of_use(session, land_code=land_code)
    if table is None or use is None:
        return NoPrice("no-table" if table is None else "no-use", on, land_code, table)
    standing = standing_of(session, table, unit_id, use[0], on)
    if standing is None or standing.place.position is None:
        why: Why = "no-land" if standing is None or "no-shape" in standing.place.doubts else "no-place"
        return NoPrice(why, on, land_code, table, standing)
    return _priced(session, table, standing, land_code, on)


def standing_of(session: Session, table: PriceTable, unit_id: int, group: str, on: date) -> Standing | None:
    """Return where a parcel stands on a day, confirmed or proposed; None where it has no known area."""
    found = queries.place_unit(session, table_id=table.id, unit_id=unit_id, land_group=group, on_day=on)
    place, area = found or (None, None)
    if place is None or area is None:
        return None
    decided = queries.decided_place(
        session, table_id=table.id, unit_id=unit_id, land_group=group, version_id=place.version_id
    )
    if decided is None or not decided.fits:
        return Standing(place, None, None, area, decided is not None)
    return Standing(decided.place, decided.at, decided.id, area, False)


def _priced(
    session: Session, table: PriceTable, standing: Standing, land_code: str, on: date
) -> LandPrice | NoPrice:
    place = standing.place
    where: dict[str, Any] = {
        "table_id": table.id,
        "segment_id": place.segment_id,
        "commune": place.commune,
        "land_code": land_code,
    }
    rows = queries.prices_for(session, **where)
    shares = queries.shares_for(session, table_id=table.id, land_group=place.land_group)
    parts = rules.priced(place.parts, place.position or 1, standing.legal_area_m2, rows, shares)
    if parts is None:
        return NoPrice("no-row", on, land_code, table, standing)
    k, factors = rules.coefficient(queries.factors_for(session, on_day=on, **where), corner=place.corner)
    segment, alley = _segment(session, place.segment_id), _segment(session, place.alley_id)
    value = rules.value_vnd(parts, k)
    return LandPrice(
        table=table,
        on=on,
        land_code=land_code,
        unit_price_vnd=rules.mean_price_vnd(parts),
        coefficient=k,
        value_vnd=value,
        parts=parts,
        factors=factors,
        standing=standing,
        segment=segment,
        alley=alley,
        zone=next((row.zone for row in rows if row.zone), None),
        working=working.lines(table, standing, segment, alley, parts, factors, value),
    )


def _segment(session: Session, segment_id: int | None) -> Segment | None:
    return None if segment_id is None else queries.segment_of_id(session, segment_id=segment_id)


def part_shapes(session: Session, table: PriceTable, place: Place) -> dict[str, Any] | None:
    """Return the shapes of a place's parts (GeometryCollection, WGS 84), None where there is one."""
    return queries.shapes_at(
        session,
        table_id=table.id,
        version_id=place.version_id,
        land_group=place.land_group,
        segment_id=place.segment_id,
        place=place.position or 1,
    )


def list_tables(session: Session) -> list[PriceTable]:
    """Return every table that is believed, the newest first."""
    return queries.list_tables(session)


def get_table(session: Session, on: date) -> PriceTable:
    """Return the table that holds on a day; raise `NoPriceTable`."""
    table = queries.table_on(session, on_day=on)
    if table is None:
        raise NoPriceTable(field="on", day=on.isoformat())
    return table


def group_of(session: Session, land_code: str) -> str:
    """Return whether a use is `farm` or `other`; raise `UnknownPriceUse`."""
    found = queries.group_of_use(session, land_code=land_code)
    if found is None:
        raise UnknownPriceUse(field="landUse", code=land_code)
    return found[0]


def place_page(session: Session, table: PriceTable, unit_id: int, group: str, on: date) -> PlacePage:
    """Return where a parcel stands, with picture and decisions; raise `PlaceWithoutLand`."""
    standing = standing_of(session, table, unit_id, group, on)
    found = queries.place_unit(session, table_id=table.id, unit_id=unit_id, land_group=group, on_day=on)
    ref = queries.name_of_unit(session, unit_id=unit_id)
    if standing is None or found is None or ref is None:
        raise PlaceWithoutLand(field="parcel")
    place = standing.place
    shares = queries.shares_for(session, table_id=table.id, land_group=group)
    return PlacePage(
        ref=ref,
        standing=standing,
        proposed=found[0],
        segment=_segment(session, place.segment_id),
        alley=_segment(session, place.alley_id),
        positions=sorted({each.position for each in shares if not each.band}),
        drawn=queries.picture_of_place(
            session,
            table_id=table.id,
            version_id=place.version_id,
            land_group=group,
            segment_id=place.segment_id,
            place=place.position,
            room_m=PICTURE_ROOM_M,
        ),
        decisions=queries.decisions_of_unit(session, table_id=table.id, unit_id=unit_id),
    )


def propose(session: Session, table: PriceTable, commune: str) -> int:
    """Compute anew where every parcel of a commune stands; return how many proposals that made."""
    return queries.propose_commune(session, table_id=table.id, commune=commune)


def communes_to_price(session: Session) -> list[str]:
    """Return the codes of communes that have parcels."""
    return queries.communes_to_price(session)


def list_communes(session: Session, table: PriceTable) -> list[CommuneCount]:
    """Return the communes with proposals and how many wait."""
    return queries.list_communes(session, table_id=table.id)


def list_waiting(
    session: Session, table: PriceTable, commune: str, *, decided: bool, after: tuple[int, str], page: int
) -> tuple[list[Waiting], bool]:
    """Return one page of a commune's proposals after a unit and group, and whether there are more."""
    found = queries.list_waiting(
        session, table_id=table.id, commune=commune, decided=decided, after=after, page=page
    )
    return found[:page], len(found) > page


def confirm_clear(session: Session, table: PriceTable, commune: str, *, actor: Actor) -> int:
    """Confirm the proposals of a commune that leave no doubt; return how many. Each is a decision of the actor's."""
    count = queries.confirm_clear(
        session,
        table_id=table.id,
        commune=commune,
        account_id=actor.account_id,
        account_name=actor.name,
        most=MOST_CONFIRMED,
    )
    if count:
        trace(
            session,
            "price.confirmed",
            who=actor,
            details={"table": table.code, "commune": commune, "count": count},
        )
    return count


def decide(
    session: Session,
    table: PriceTable,
    unit_id: int,
    group: str,
    *,
    position: int,
    street: str | None,
    reason: str,
    on: date,
    actor: Actor,
) -> int:
    """Confirm where a parcel stands; return the number of the decision.

    `street` is the code of a segment, None for the one the map says. Another place than the map says, or one it has
    doubts about, wants a reason: raises `ReasonWanted`, `PlaceNotKnown`, or `PlaceWithoutLand`.
    """
    found = queries.place_unit(session, table_id=table.id, unit_id=unit_id, land_group=group, on_day=on)
    if found is None:
        raise PlaceWithoutLand(field="parcel")
    proposed = found[0]
    place = _chosen(session, table, proposed, position, street)
    same = (place.position, place.segment_id) == (proposed.position, proposed.segment_id)
    if len(reason) < SHORTEST_REASON and (not same or proposed.doubts):
        raise ReasonWanted(field="reason")
    decision = queries.decide_place(
        session,
        place,
        table_id=table.id,
        as_proposed=same,
        proposed=proposed.position,
        reason=reason,
        account_id=actor.account_id,
        account_name=actor.name,
    )
    trace(
        session,
        "price.confirmed",
        who=actor,
        details={"table": table.code, "unit": unit_id, "position": position, "decision": decision},
    )
    return decision


def _chosen(session: Session, table: PriceTable, proposed: Place, position: int, street: str | None) -> Place:
    shares = queries.shares_for(session, table_id=table.id, land_group=proposed.land_group)
    if position not in {each.position for each in shares if not each.band}:
        raise PlaceNotKnown(field="position", given=str(position))
    segment_id = proposed.segment_id
    if street:
        segment = queries.segment_of_code(session, table_id=table.id, code=street)
        if segment is None:
            raise PlaceNotKnown(field="street", given=street)
        segment_id = segment.id
    if (position, segment_id) == (proposed.position, proposed.segment_id):
        return proposed
    parts = queries.parts_at(
        session,
        table_id=table.id,
        version_id=proposed.version_id,
        land_group=proposed.land_group,
        segment_id=segment_id,
        place=position,
    )
    if parts is None:
        raise PlaceWithoutLand(field="parcel")
    other = segment_id != proposed.segment_id
    return replace(
        proposed,
        position=position,
        segment_id=segment_id,
        parts=parts,
        frontage_m=None if other else proposed.frontage_m,
        distance_m=None if other else proposed.distance_m,
        alley_id=None if other else proposed.alley_id,
        alley_width_m=None if other else proposed.alley_width_m,
        alley_along_m=None if other else proposed.alley_along_m,
    )
