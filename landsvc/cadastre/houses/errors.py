"""Say what can go wrong with house addresses."""

from __future__ import annotations

from landsvc.core.db import on_violation
from landsvc.core.errors import Conflict, InvalidInput, NotFound, RuleViolation


class HouseUnfit(InvalidInput):
    """An address needs a number and a street. 400."""

    slug = "house-unfit"
    title = "This is no whole address"
    detail = "It needs a house number of at most 20 signs and a street of at most 100."
    remedy = "Write the number as on the door, such as 12/3A, and the name of the street."


class HouseTaken(Conflict):
    """This address is somewhere else in the commune. 409."""

    slug = "house-taken"
    title = "This address is there already"
    detail = "In this commune the same number, street and quarter belong to a parcel already."
    remedy = "End the other one first, or name the quarter."


class HouseOffTheMap(RuleViolation):
    """Only a current parcel gets an address. 422."""

    slug = "house-off-the-map"
    title = "This parcel is not on the map of today"
    detail = "Only a parcel that is current and has a shape gets an address."
    remedy = "Give the address to the parcel that lies there now."


class DoorFarAway(RuleViolation):
    """The door lies far from the parcel. 422."""

    slug = "door-far-away"
    title = "The door lies far from the parcel"
    detail = "The place of the door is more than 50 m away from the parcel."
    remedy = "Check latitude and longitude, or leave them empty."


class HouseNotFound(NotFound):
    """The parcel has no such address today. 404."""

    slug = "house-not-found"
    title = "The parcel has no such address"
    detail = "It was ended, or never was."
    remedy = "Look at the addresses of the parcel again."


class HouseFileUnfit(InvalidInput):
    """A file of addresses cannot be taken in. 400."""

    slug = "house-file-unfit"
    title = "The file of addresses was not taken in"
    detail = "{count} lines are not right, the first: line {line}: {reason}"
    remedy = (
        "Mend them all: a file is taken in whole or not at all. Columns: parcel,number,street,quarter,lat,lon."
    )


on_violation("ux_house_address_once", lambda _: HouseTaken(field="number"))
on_violation("ck_house_address_texts", lambda _: HouseUnfit(field="number"))
on_violation("house-off-the-map", lambda _: HouseOffTheMap())
on_violation("door-far-away", lambda _: DoorFarAway(field="lat"))
