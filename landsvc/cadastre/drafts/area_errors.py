"""Say what can stand against a cut by area or along a corridor."""

from __future__ import annotations

from landsvc.core.errors import N_, InvalidInput, RuleViolation


class AreaNotInTenths(InvalidInput):
    """Registered areas are tenths of a square metre. 400."""

    slug = "area-not-in-tenths"
    title = "A registered area is finer than the register"
    detail = "{area_m2} m² was asked for; registered areas are stated in tenths of a square metre."
    remedy = "Round it to 0.1 m², or give `basis` as measured."


class AreasExceedParcel(RuleViolation):
    """The areas together are larger than the parcel. 422."""

    slug = "areas-exceed-parcel"
    title = "The areas are larger than the parcel"
    detail = "The areas add up to {asked_m2} m²; parcel {ref} has {area_m2} m² ({basis})."
    remedy = "Take {over_m2} m² away from them, or look whether they are registered or measured areas (`basis`)."


class AreasDivideNothing(RuleViolation):
    """One area as large as the parcel leaves nothing to cut. 422."""

    slug = "areas-divide-nothing"
    title = "The areas do not divide the parcel"
    detail = "One area of {asked_m2} m² is the whole of parcel {ref}."
    remedy = "Give a smaller area, and the rest becomes another parcel; or give several."


class NoRegisteredArea(RuleViolation):
    """The parcel has no registered area to divide. 422."""

    slug = "no-registered-area"
    title = "The parcel has no registered area"
    detail = "Parcel {ref} has no registered area, so it cannot be divided by registered areas."
    remedy = "Give the areas as measured (`basis`)."


class AreasDiffer(RuleViolation):
    """The registered and the measured area differ, and it was asked to refuse that. 422."""

    slug = "areas-differ"
    title = "The registered and the measured area differ"
    detail = (
        "Parcel {ref} is registered with {registered_m2} m² and measures {measured_m2} m² ({difference_m2} m²)."
    )
    remedy = "Choose what becomes of it (`difference`: proportional or last), or correct the register first."


class LastPieceTakesTooMuch(RuleViolation):
    """The last piece cannot bear the difference between registered and measured area. 422."""

    slug = "last-piece-too-small"
    title = "The last piece cannot take the difference"
    detail = "Of parcel {ref} {left_m2} m² would be left for the last piece once it takes the whole difference."
    remedy = "Share the difference (`difference`: proportional), or make the last piece larger."


class AreaNotReached(RuleViolation):
    """No grid points near the line give the area to 0.01 m². 422."""

    slug = "area-not-reached"
    title = "No cut on the millimetre grid gives this area"
    detail = (
        "Piece {piece} of parcel {ref} shall have {target_m2} m²; the nearest the grid allows is {nearest_m2} m²."
    )
    remedy = "Take that area, or give the cut another direction."


class PieceNotOne(RuleViolation):
    """A strip between two cuts would lie in several pieces. 422."""

    slug = "piece-not-one"
    title = "A piece would lie in several parts"
    detail = (
        "Cut in this direction, piece {piece} of parcel {ref}, or what is left behind it, lies in {count} parts."
    )
    remedy = (
        "Turn the direction, begin at the other side (`side`), change the order of the areas, or cut by a line."
    )


class PieceTooThin(RuleViolation):
    """A piece would be a sliver. 422."""

    slug = "piece-too-thin"
    title = "A piece would be a sliver"
    detail = "Piece {piece} of parcel {ref} would have {area_m2} m² and be {width_m} m wide."
    remedy = "Make it larger or leave it out; or turn the direction."


class EdgeUnknown(RuleViolation):
    """The edge to be parallel to is none of the parcel's. 422."""

    slug = "edge-unknown"
    title = "The parcel has no such edge"
    detail = "The two points given do not both lie on the boundary of parcel {ref}, or are the same."
    remedy = "Give two corners of the parcel, or a bearing."


class AreaPartNotNamed(RuleViolation):
    """The parcel has several parts and none was named. 422."""

    slug = "area-part-not-named"
    title = "The parcel has several parts"
    detail = "Parcel {ref} has {count} parts; one of them must be named to divide it by area."
    remedy = "Name it in `part`, from 1 to {count}; every other part becomes a parcel of its own."


class NoMinimumKnown(RuleViolation):
    """No minimum plot is known for the parcel's uses there. 422."""

    slug = "no-minimum-known"
    title = "No minimum plot is known here"
    detail = "The province states no minimum area for the uses of parcel {ref} ({uses})."
    remedy = "Give the areas, or have the minimum entered."


AREA_BINDS = N_(
    "{pieces} pieces of parcel {ref} need {needed_m2} m² each; {left_m2} m² is left for piece {piece}."
)
FRONT_BINDS = N_(
    "{pieces} pieces of parcel {ref} need {needed_m} m along a road each; {left_m} m is left for piece {piece}."
)
MORE_AREA = N_("Make fewer pieces.")
MORE_FRONT = N_("Make fewer pieces, or turn the direction so that every piece reaches the road.")


class MinimumBinds(RuleViolation):
    """The pieces cannot all have the least area and frontage: `binds` says which of the two is missing. 422."""

    slug = "minimum-binds"
    title = "The parcel is too small for these pieces"
    detail = "The pieces of parcel {ref} cannot all have what the province asks for."
    remedy = "Make fewer pieces."

    def __init__(self, *, binds: str, **facts: object) -> None:
        by_area = binds == "area"
        self.detail, self.remedy = (AREA_BINDS, MORE_AREA) if by_area else (FRONT_BINDS, MORE_FRONT)  # type: ignore[misc]
        super().__init__(members={"binds": binds}, **facts)  # type: ignore[arg-type]


class StripMeetsItself(RuleViolation):
    """The strip along a line would lap over itself, or come within 5 mm of itself. 422."""

    slug = "strip-meets-itself"
    title = "The strip would meet itself"
    detail = (
        "A strip {width_m} m wide along this line laps over itself or comes within 5 mm of itself: "
        "the line turns too sharply or back beside itself, or is closed."
    )
    remedy = "Draw the line with wider turns, make the strip narrower, or do it in two parts."


class StripMisses(RuleViolation):
    """The strip does not reach some of the parcels that were named. 422."""

    slug = "strip-misses"
    title = "The strip does not reach a parcel"
    detail = "The strip takes nothing of {parcels}."
    remedy = "Leave out what the strip does not reach, or look at its side and width."


class NothingInStrip(RuleViolation):
    """No parcel lies under the strip. 422."""

    slug = "nothing-in-strip"
    title = "No parcel lies under the strip"
    detail = "The strip takes nothing of any parcel."
    remedy = "Look at the line, its side and its width."
