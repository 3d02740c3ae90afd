"""Say what can go wrong when machines are registered for pushes, and when pushes are sent again."""

from __future__ import annotations

from landsvc.core.errors import Conflict, InvalidInput, NotFound, RuleViolation


class HookAddressUnfit(InvalidInput):
    """Slips name people: they go over https, or to a program on this machine. 400."""

    slug = "hook-address-unfit"
    title = "Slips cannot be pushed to this address"
    detail = "{address} is neither https nor http on this machine, or it is longer than 500 characters."
    remedy = "Give an address such as https://tax.example.org/slips, without user name and without #."


class HookTaken(Conflict):
    """The machine has an address already; it has one at a time. 409."""

    slug = "hook-taken"
    title = "The machine has an address already"
    detail = "Slips for {client} are pushed to {address}."
    remedy = "End it first (`landsvc hook end`), then name the other one."


class HookNotFound(NotFound):
    """Nothing is pushed to this machine. 404."""

    slug = "hook-not-found"
    title = "Nothing is pushed to this machine"
    detail = "{client} has no address that slips are pushed to."
    remedy = "`landsvc hook list` shows every one; `landsvc hook add` names one."


class HookNeedsScope(RuleViolation):
    """Who may not read slips is not sent any. 422."""

    slug = "hook-needs-scope"
    title = "The machine may not read slips"
    detail = "{client} is revoked or lacks the scope tax:read."
    remedy = "Make a client with the scope tax:read, and name the address for that one."


class DeliveryNotFound(NotFound):
    """No such slip waits to be pushed. 404."""

    slug = "delivery-not-found"
    title = "This delivery does not wait"
    detail = "{delivery} was acknowledged, or there is no such delivery."
    remedy = "/office/deliveries shows what waits and what was given up."
