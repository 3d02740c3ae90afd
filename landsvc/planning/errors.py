"""Say what can go wrong when planning is asked or imported."""

from __future__ import annotations

from landsvc.core.errors import InvalidInput, NotAcceptable, NotFound


class AskOneWay(InvalidInput):
    """A place must be given in exactly one way."""

    slug = "ask-one-way"
    title = "The place is not given in exactly one way"
    detail = "Given: {given}."
    remedy = (
        "Give one of: lon and lat; x (east), y (north) and srid; parcel; plusCode; oldUnit, sheet and number."
    )


class NoGeometry(NotFound):
    """A parcel is on no map. 404."""

    slug = "parcel-without-map"
    title = "The parcel is on no map"
    detail = "{parcel} is registered, but its shape is not known."
    remedy = "Ask the land office for a survey; plans cannot be measured against it before."


class Incomplete(InvalidInput):
    """A way of giving a place lacks a part."""

    slug = "incomplete-place"
    title = "The place is not complete"
    detail = "{missing} is missing: {way} belong together."
    remedy = "Give {way}."


class BadPlusCode(InvalidInput):
    """The text is no full plus code."""

    slug = "bad-plus-code"
    title = "This is not a full plus code"
    detail = "{text!r} cannot be read."
    remedy = "Give a full code such as 7P38GVMP+R8 (eight signs, a plus, two or three signs)."


class OutsideSystem(InvalidInput):
    """The coordinates are no place in their reference system."""

    slug = "outside-reference-system"
    title = "The coordinates are outside their reference system"
    detail = "({x}, {y}) is no place in SRID {srid}."
    remedy = "x is east and y is north, in metres; Vietnamese papers print north as X. Check the order and srid."


class NoParcelHere(NotFound):
    """The place lies in the province but in no parcel; its themes come along."""

    slug = "no-parcel-here"
    title = "There is no parcel at this place"
    detail = "The place lies in no registered parcel: a road, water, or land that was not measured yet."
    remedy = "Ask for a place inside a parcel; what plans say about the place itself is in `themes`."


class OutsideProvince(NotFound):
    """The place lies outside the land of this register."""

    slug = "outside-province"
    title = "The place lies outside the province"
    detail = "This register holds no land there."
    remedy = "Check the coordinates and their order: lon and lat in degrees, x east and y north in metres."


class NotInThisForm(NotAcceptable):
    """The extract is not issued in the form asked for."""

    slug = "extract-not-in-this-form"
    title = "The extract is not issued in this form"
    detail = "{accept} was asked for; only application/json is issued."
    remedy = "Ask with Accept: application/json."
