"""Say what can stand against an operation on parcels and corners."""

from __future__ import annotations

from landsvc.core.errors import RuleViolation


class ParcelsDoNotTouch(RuleViolation):
    """Parcels that shall become one share no edge. 422."""

    slug = "parcels-do-not-touch"
    title = "The parcels do not touch"
    detail = "These share no edge with each other: {groups}."
    remedy = "Name parcels that hang together by common edges; others need one and the same right."


class ParcelsOverlap(RuleViolation):
    """Parcels that shall become one overlap each other. 422."""

    slug = "parcels-overlap"
    title = "The parcels overlap each other"
    detail = "Parcels {refs} are known to overlap, so their areas cannot be summed."
    remedy = "Draw one of them anew where they overlap, and merge them then."


class KindsDiffer(RuleViolation):
    """A parcel and a road, canal or river cannot become one. 422."""

    slug = "kinds-differ"
    title = "A parcel does not merge with a road, canal or river"
    detail = "{ref} and {other} are not of one kind."
    remedy = "Name parcels only."


class AreasUnknown(RuleViolation):
    """A parcel has no registered area. 422."""

    slug = "area-not-registered"
    title = "A parcel has no registered area"
    detail = "Parcel {ref} has no registered area, which this operation needs."
    remedy = "Register its area first, as by a new survey with its area."


class UsesUnknown(RuleViolation):
    """Of parcels to be merged one has uses and another has none. 422."""

    slug = "uses-not-registered"
    title = "A parcel has no registered uses"
    detail = "Parcel {ref} has no registered uses, and {other} has: merged, the uses would not cover the area."
    remedy = "Set the uses of {ref} first."


class CornerNotFound(RuleViolation):
    """No corner stands where one was named. 422."""

    slug = "corner-not-found"
    title = "There is no corner at this place"
    detail = "The nearest corner is {distance_m} m away."
    remedy = "Name the corner by its exact coordinates; the nearest one is shown."


class CornerTwice(RuleViolation):
    """A corner is moved twice at once. 422."""

    slug = "corner-twice"
    title = "A corner is moved twice"
    detail = "One corner has two new places."
    remedy = "Name every corner once."


class CornerNotMoved(RuleViolation):
    """The new places are the old ones. 422."""

    slug = "corner-not-moved"
    title = "No corner moves"
    detail = "Every corner already stands where it shall go."
    remedy = "Give another place."


class CornerCrossesEdge(RuleViolation):
    """A corner's new place would break a ring or cross an edge. 422."""

    slug = "corner-crosses-edge"
    title = "The corner would cross an edge"
    detail = "Parcel {ref} would cross or lose its own boundary, or that of {other}."
    remedy = "Keep the corner on its side of the edges around it, or move those corners too."


class CornerThere(RuleViolation):
    """A corner stands at the place already. 422."""

    slug = "corner-there"
    title = "A corner stands there already"
    detail = "The boundary of parcel {ref} has a corner at this place."
    remedy = "Nothing is left to do; to shift it, move it."


class PointNotOnEdge(RuleViolation):
    """A point lies beside the boundary it shall be put into. 422."""

    slug = "point-not-on-edge"
    title = "The point does not lie on the boundary"
    detail = "The point lies {distance_m} m from the boundary of parcel {ref}."
    remedy = "Name a place on the boundary, as the nearest one shown, and move the corner afterwards."


class CornerIsJunction(RuleViolation):
    """More than two edges meet in a corner. 422."""

    slug = "corner-is-junction"
    title = "Boundaries meet in this corner"
    detail = "More than two edges meet there: of {refs}."
    remedy = "Merge or draw anew the parcels that meet there."


class LineWouldMove(RuleViolation):
    """Without a corner the boundary would run elsewhere. 422."""

    slug = "line-would-move"
    title = "The boundary would move"
    detail = "Without this corner the boundary would move by {distance_m} m, more than {tolerance_m} m."
    remedy = "Keep the corner, or allow the shift in `toleranceM` where it is meant."


class GeometryBroken(RuleViolation):
    """New land is no valid polygon. 422."""

    slug = "geometry-broken"
    title = "The outline is no valid polygon"
    detail = "The outline of {ref} crosses or touches itself, or is too small."
    remedy = "Look at the place shown, and at the order of the points."


class GeometryOverlaps(RuleViolation):
    """New land lies on somebody else's. 422."""

    slug = "geometry-overlaps"
    title = "The outline lies on a neighbour's land"
    detail = "{ref} would cover {area_m2} m² of {other}."
    remedy = "Take the neighbour's corners, or move the shared boundary first."


class GeometryUnchanged(RuleViolation):
    """New land is the old. 422."""

    slug = "geometry-unchanged"
    title = "The outline is the same"
    detail = "Parcel {ref} has this outline already."
    remedy = "Nothing is left to do."


class UnknownCode(RuleViolation):
    """A code of a use or an origin stands in no list. 422."""

    slug = "unknown-use-code"
    title = "A code is unknown"
    detail = "No list has {codes}."
    remedy = "Take the codes of land uses and origins from the lists the register has."


class UsesSum(RuleViolation):
    """The uses do not sum to the registered area. 422."""

    slug = "uses-sum"
    title = "The uses do not sum to the registered area"
    detail = "The uses of {ref} have {total_m2} m² together; registered are {legal_m2} m²."
    remedy = "Correct the areas of the uses."


class LimitPieces(RuleViolation):
    """A line between uses makes another number of pieces than there are uses. 422."""

    slug = "limit-pieces"
    title = "The line does not give every use its land"
    detail = "The line divides {ref} into {count} pieces for {uses} uses."
    remedy = "Draw a line that makes one piece for each use, or give the uses without a line."


class NumberUsed(RuleViolation):
    """A number was given before on this sheet. 422."""

    slug = "number-used"
    title = "The number was used before"
    detail = "Number {number} of sheet {sheet} belongs or belonged to a parcel, or is reserved."
    remedy = "Choose a number that was never used on this sheet."


class NumberUnchanged(RuleViolation):
    """The parcel has this number. 422."""

    slug = "number-unchanged"
    title = "The parcel has this number already"
    detail = "Parcel {ref} bears this number."
    remedy = "Nothing is left to do."


class SeriesMissing(RuleViolation):
    """A commune has no map series to number parcels in. 422."""

    slug = "map-series-missing"
    title = "The commune has no map series"
    detail = "Commune {commune} of today has no map series, so no number can be given."
    remedy = "Check the code of the commune, or import its map first."
