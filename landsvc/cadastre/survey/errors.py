"""Say what can go wrong when points are worked out from measurements."""

from __future__ import annotations

from landsvc.core.errors import InvalidInput, RuleViolation


class PointUnknown(RuleViolation):
    """A step names a point that no step before it gave. 422."""

    slug = "survey-point-unknown"
    title = "There is no such point"
    detail = "Step {step} uses the point {point}, which no step before it gives."
    remedy = "Give its coordinates in a step before, or correct the name."


class PointGivenTwice(RuleViolation):
    """Two steps give a point of one name. 422."""

    slug = "survey-point-given-twice"
    title = "Two points have one name"
    detail = "Step {step} gives the point {point} once more."
    remedy = "Name it otherwise; a check measurement is a point of its own."


class NoCornerThere(RuleViolation):
    """No parcel has a corner where one was pointed at. 422."""

    slug = "no-corner-there"
    title = "There is no corner of the register there"
    detail = "Step {step}: within {within_m} m of ({x:.3f}; {y:.3f}) no parcel has a corner."
    remedy = "Point nearer to the corner, or give its coordinates as a point."


class DistancesTooShort(RuleViolation):
    """Two distances together do not reach from one corner to the other. 422."""

    slug = "distances-too-short"
    title = "The measured distances do not meet"
    detail = "Step {step}: together they are {gap_m:.3f} m shorter than the base between the two corners."
    remedy = "Check the distances and the corners they were measured from."


class DistanceTooLong(RuleViolation):
    """One distance is longer than the base and the other distance together. 422."""

    slug = "distance-too-long"
    title = "The measured distances do not meet"
    detail = "Step {step}: one is {gap_m:.3f} m longer than the base and the other distance together."
    remedy = "Check the distances and the corners they were measured from."


class BaseTooShort(RuleViolation):
    """Two points that give a direction are one place, or nearly. 422."""

    slug = "survey-base-too-short"
    title = "The two points are too close together"
    detail = "Step {step}: {first} and {second} are {length_m:.3f} m apart and give no direction."
    remedy = "Choose points that are further apart."


class DoesNotClose(RuleViolation):
    """A traverse misses its end by so much that a number must be wrong. 422."""

    slug = "traverse-does-not-close"
    title = "The traverse does not close"
    detail = "Step {step}: it ends {misclose_m:.3f} m from its end point after {length_m:.1f} m (1:{precision})."
    remedy = "Look for an exchanged digit, bearing or order of the sides; nothing was adjusted."


class NoPointsPasted(InvalidInput):
    """A pasted text has no row with two coordinates. 400."""

    slug = "no-points-pasted"
    title = "No coordinates were found in the text"
    detail = "None of {count} lines has two numbers that can be coordinates."
    remedy = "Paste one point a line: its name, X (north) and Y (east)."


class PlaceNotTold(InvalidInput):
    """The coordinates fall into the province in no system we know. 400."""

    slug = "points-place-not-told"
    title = "The points do not fall into the province"
    detail = "In no reference system we know do they fall where they should."
    remedy = "State the reference system (crs), or check the numbers."
