"""Say what can go wrong with parcels and their references."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from landsvc.core.db import on_violation
from landsvc.core.errors import Ambiguous, Forbidden, Gone, InvalidInput, NotFound, RuleViolation


class MalformedReference(InvalidInput):
    """A parcel reference cannot be read. 400."""

    slug = "malformed-reference"
    title = "The parcel reference cannot be read"
    detail = "{ref!r} is neither commune-sheet-number nor a 12-character parcel code."
    remedy = "Write it like 25195-12-345 (commune code, sheet, number), 25195@2020-12-345, or w6h185vu4rv5."


class ParcelNotFound(NotFound):
    """No parcel, current or former, has this reference. 404."""

    slug = "parcel-not-found"
    title = "There is no such parcel"
    detail = "No parcel has ever had the reference {ref} in this register."
    remedy = (
        "Check the commune that issued the number: after the mergers of 2025 the old code stays in the number."
    )


class ParcelRetired(Gone):
    """The parcel was divided, merged or ended; the answer names what came of it. 410."""

    slug = "parcel-retired"
    title = "This parcel is no longer current"
    detail = "Parcel {ref} was retired; {count} current parcel(s) came from it."
    remedy = "Ask for one of the successors, or give validAt to see it as it was."


class SeveralParcels(Ambiguous):
    """Several parcels bear this number, in different map series. 300."""

    slug = "several-parcels"
    title = "Several parcels have this number"
    detail = "{count} parcels have the number {ref}, in different map series."
    remedy = "Choose one of the candidates by its code, or name the year of the commune, as in 25195@2020-12-345."


class NotThen(NotFound):
    """The parcel exists, but not at the asked time. 404."""

    slug = "parcel-not-then"
    title = "Nothing is known of this parcel for that day"
    detail = "Parcel {ref} has no facts for {valid_at} in what was known on {known_at}."
    remedy = "Look at its history to see from when to when it held."


class EndedByThen(Gone):
    """The parcel had ended by the asked day; the answer names what came of it. 410."""

    slug = "parcel-ended-by-then"
    title = "This parcel had ended by that day"
    detail = "Parcel {ref} held until {last_day}, so not on {valid_at}; {count} current parcel(s) came from it."
    remedy = "Ask for one of the parcels that came from it, or for a day up to {last_day}."


class UnofferedCrs(InvalidInput):
    """The reference system is not one the service gives geometry in. 400."""

    slug = "unoffered-crs"
    title = "Geometry is not given in this reference system"
    detail = "{asked!r} is not a reference system this service offers."
    remedy = "Use EPSG:4326, EPSG:3857, EPSG:{working} or a VN-2000 system such as EPSG:9212."


class NoMapToDraw(RuleViolation):
    """The parcel has attributes only: nothing can be drawn. 422."""

    slug = "no-map-to-draw"
    title = "This parcel has no map yet"
    detail = "Parcel {ref} is registered without a map, so there is nothing to draw."
    remedy = "Ask for a survey extract, which gives it a map first."


class NotAPlane(InvalidInput):
    """Lengths and areas are measured in a plane system in metres. 400."""

    slug = "not-a-plane"
    title = "Drawing and measuring need a plane system in metres"
    detail = "Lengths and areas cannot be read off in {asked}."
    remedy = "Leave crs out to use EPSG:{working}, or name the zone of the survey, such as EPSG:9212."


class SheetUnknown(NotFound):
    """No current parcel bears a number of this sheet. 404."""

    slug = "sheet-unknown"
    title = "There is no such sheet"
    detail = "No parcel of today has a number of sheet {sheet} issued by commune {commune}."
    remedy = "Use the commune that issued the numbers, as in a reference: commune-sheet-number."


class SheetTooFull(RuleViolation):
    """A sheet holds more parcels than one drawing shows. 422."""

    slug = "sheet-too-full"
    title = "The sheet has too many parcels for one drawing"
    detail = "Sheet {sheet} has more than {most} parcels."
    remedy = "Export it instead: landsvc export parcels."


class OutsideTheOfficesArea(Forbidden):
    """The land lies in a commune that no branch of the officer covers; the database refuses the write. 403."""

    slug = "outside-the-offices-area"
    title = "This land is outside your office's area"
    detail = "It lies in {name} ({commune}), which is not covered by: {branches}."
    remedy = "Hand it over to the branch of that commune, or ask an administrator to let your branch cover it."

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> OutsideTheOfficesArea:
        """Make it from what the database says: the commune, its name, and the branches of whoever acts."""
        commune, branches = facts.get("commune"), facts.get("branches")
        return cls(
            members={"rule": cls.slug, "inputs": {"commune": commune, "branches": branches}},
            commune=commune,
            name=facts.get("name") or "?",
            branches=branches or "–",
        )


on_violation(OutsideTheOfficesArea.slug, OutsideTheOfficesArea.of)
