"""Choose which certificates a completion touches, and which papers a right shall have after it.

Each parcel has its own certificate unless the holder asks for one for all (Luật Đất đai 2024 Điều 135). The right stays
one; a certificate of a single parcel is of that one and of what came of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from landsvc.registry.certificates import rules, service
from landsvc.registry.certificates.errors import CertificateMissing, NothingToIssue
from landsvc.registry.certificates.service import CertificateLine
from landsvc.registry.dossiers.effects import Effect
from landsvc.registry.rights import service as rights
from landsvc.registry.rights.errors import RightEnded
from landsvc.registry.rights.service import Standing

WITHDRAWN_WRONG = "TGS"
ASSET, LAND = "asset", frozenset({"use", "management"})


@dataclass(frozen=True)
class Slot:
    """A paper a right shall have: of which parcel (none: of all), and those in whose place it comes."""

    unit: int | None
    old: tuple[CertificateLine, ...] = ()


def slots(right: Standing, old: Sequence[CertificateLine], here: Iterable[int], *, common: bool) -> list[Slot]:
    """Return the papers to issue for a right: one for each parcel, or a common one.

    `here` is the land in question: certificates of single parcels elsewhere stay, and so does land elsewhere that has
    none.
    """
    if common or len(right.units) == 1:
        return [Slot(None, tuple(old))]
    asked = set(here)
    stays = {each.unit for each in old if each.unit in right.units and each.unit not in asked}
    gone = [each for each in old if each.unit is None or each.unit not in stays]
    wanted = (asked & right.units) | {unit for each in gone for unit in each.units}
    return [Slot(unit, tuple(each for each in gone if unit in each.units)) for unit in sorted(wanted - stays)]


def to_certify(session: Session, effect: Effect) -> list[str]:
    """Return the rights of the land; after a wrong certificate was withdrawn those that have none in force.

    Raises `NothingToIssue` where that is none.
    """
    found = certified(session, service.rights_on(session, effect.units))
    if effect.procedure != WITHDRAWN_WRONG:
        return found
    here = set(effect.units)
    bare = [
        right
        for right in found
        if not any(here & set(each.units) for each in service.in_force_of(session, right))
    ]
    if not bare:
        raise NothingToIssue(field="right", dossier=effect.code)
    return bare


def together(session: Session, old: Iterable[CertificateLine]) -> list[list[CertificateLine]]:
    """Return with some certificates all in force of the same right and holder, right by right."""
    kin: dict[tuple[str, str | None], list[CertificateLine]] = {}
    for each in old:
        kin.setdefault((each.right, each.party), []).append(each)
    for (right, party), papers in kin.items():
        known = {each.serial for each in papers}
        papers += [
            each
            for each in service.in_force_of(session, right)
            if each.party == party and each.serial not in known
        ]
    return list(kin.values())


def papers_of(session: Session, effect: Effect, right: Standing) -> list[CertificateLine]:
    """Return the certificates in force of a right, else those of the rights it was made from that are of its land.

    That of all the land of another right goes along only where that right has ended.
    """
    found = [each for each in service.in_force_of(session, right.code) if each.unit is None or each.units]
    if found:
        return found
    taken = [each for code in sources(effect, right.code) for each in service.in_force_of(session, code)]
    found = [each for each in taken if each.unit in right.units]
    if found:
        return found
    ended = [code for each in effect.done.values() for told in each for code in told.get("ended", ())]
    left = [each for code in ended for each in service.in_force_of(session, code)]
    return [each for each in left if each.unit is None or service.land_of(session, each, right)]


def named(
    session: Session,
    effect: Effect,
    serial: str | None,
    *,
    needed: bool = True,
    units: frozenset[int] = frozenset(),
) -> list[CertificateLine]:
    """Return the certificate named, or all in force of the land, or of `units` where the change is of a part of it.

    Those of other pieces of the same former parcel are of other land. Raises `CertificateMissing` where the one named
    is not in force, or none is and one is needed.
    """
    found = service.in_force_near(session, effect.units)
    here = units or frozenset(effect.units)
    if serial is not None:
        wanted = rules.read_serial(serial, "certificate")
        found = [each for each in found if each.serial == wanted]
    else:
        found = [each for each in found if here & {*each.units, each.unit} or not stands(session, each.right)]
    if not found and (needed or serial is not None):
        raise CertificateMissing(field="certificate", what=serial or effect.code)
    return found


def need_papers(session: Session, effect: Effect, touched: Iterable[str]) -> None:
    """Raise `CertificateMissing` for a right whose land no certificate in force is of, nor of what it was made from."""
    for code in touched:
        right = rights.get_standing(session, code)
        shown = [line for each in (code, *sources(effect, code)) for line in service.in_force_of(session, each)]
        if not any(service.land_of(session, line, right) for line in shown):
            raise CertificateMissing(field="certificate", what=code)


def sources(effect: Effect, right: str) -> list[str]:
    """Return the rights that ended or became less in favour of one that this completion began."""
    done = [told for each in effect.done.values() for told in each if right in told.get("begun", ())]
    return [code for told in done for code in (*told.get("ended", ()), *told.get("changed", ()))]


def changed(session: Session, effect: Effect) -> list[str]:
    """Return the rights that effects before this one began or changed and that stand; all of the land without any.

    What somebody owns on land they hold stands on the certificate of that land.
    """
    done = [told for name, each in effect.done.items() if not name.startswith("encumbrance") for told in each]
    codes = dict.fromkeys(code for told in done for code in (*told.get("begun", ()), *told.get("changed", ())))
    standing = service.rights_on(session, effect.units)
    return certified(session, [code for code in codes if stands(session, code)] or standing)


def certified(session: Session, codes: Iterable[str]) -> list[str]:
    """Return the rights that have certificates of their own, each once: for assets that of the land, of one holder."""
    found: dict[str, None] = {}
    for code in codes:
        right = rights.get_standing(session, code)
        found[(_land_right(session, right) if right.kind == ASSET else None) or code] = None
    return list(found)


def _land_right(session: Session, asset: Standing) -> str | None:
    owners = {party for party, _ in rights.holders_now(session, asset)}
    for code in service.rights_on(session, sorted(asset.units)):
        other = rights.get_standing(session, code)
        if other.kind in LAND and {party for party, _ in rights.holders_now(session, other)} == owners:
            return code
    return None


def without_land(session: Session, effect: Effect) -> list[CertificateLine]:
    """Return the certificates in force here whose right has ended, or whose parcel this has lost."""
    return [
        each
        for each in service.in_force_near(session, effect.units)
        if lost_its_parcel(each) or not stands(session, each.right)
    ]


def lost_its_parcel(line: CertificateLine) -> bool:
    """Return whether a certificate of a single parcel is of a right that has this no more."""
    return line.unit is not None and not line.units


def stands(session: Session, right: str) -> bool:
    """Return whether a right stands now."""
    try:
        rights.get_standing(session, right)
    except RightEnded:
        return False
    return True
