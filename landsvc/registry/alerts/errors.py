"""Say what can go wrong with alerts."""

from __future__ import annotations

from landsvc.core.db import on_violation
from landsvc.core.errors import InvalidInput, NotFound, RuleViolation, TooManyRequests


class AlertAddressUnfit(InvalidInput):
    """No message can be sent to this. 400."""

    slug = "alert-address-unfit"
    title = "Nothing can be sent to this address"
    detail = "It is not an e-mail address, or not a telephone number of Vietnam."
    remedy = "Write an address such as an@example.org, or a number such as 0912 345 678."


class AlertChannelMissing(InvalidInput):
    """Messages are not sent this way here. 400."""

    slug = "alert-channel-missing"
    title = "Messages are not sent this way here"
    detail = "This service sends nothing by {channel}."
    remedy = "Choose another way."


class AlertAreaUnfit(InvalidInput):
    """The area drawn is none that can be followed. 400."""

    slug = "alert-area-unfit"
    title = "This area cannot be followed"
    detail = "It has fewer than three corners or more than 100, or is larger than 100 km²."
    remedy = "Draw a smaller area with fewer corners."


class AlertNotHolder(RuleViolation):
    """Code and secret do not prove that somebody holds the parcel. 422."""

    slug = "alert-not-holder"
    title = "This does not show that the parcel is yours"
    detail = "Code and secret must be those of a dossier of yours about this parcel, and you must hold it today."
    remedy = "Check code, secret and parcel. Changes of plans around a parcel can be followed without them."


class AlertNowhere(RuleViolation):
    """The parcel has no map, so nothing lies around it. 422."""

    slug = "alert-nowhere"
    title = "The parcel has no map"
    detail = "What lies around it is not known."
    remedy = "Draw an area on the map instead."


class AlertLimit(TooManyRequests):
    """Too much is asked for one address, or from one place. 429."""

    slug = "alert-limit"
    title = "Too many alerts were asked for"
    detail = (
        "One address has at most ten alerts and gets at most three codes a day; one place asks for twenty a day."
    )
    remedy = "End an alert you no longer need, or try again tomorrow."


class AlertLinkUnknown(NotFound):
    """The link is not ours, or was cut off. 404."""

    slug = "alert-link-unknown"
    title = "This link leads nowhere"
    detail = "It was cut off, or was never sent by this service."
    remedy = "Open the link from the message again, or ask for a new alert."


class AlertCodeWrong(RuleViolation):
    """The code does not fit, or it is too late. 422."""

    slug = "alert-code-wrong"
    title = "The code does not fit"
    detail = "It is another code, it was tried five times, or it is older than two days."
    remedy = "Look at the newest message again, or ask for a new alert."


on_violation("alert-limit", lambda _facts: AlertLimit())
on_violation("alert-nowhere", lambda _facts: AlertNowhere(field="parcel"))
on_violation("ck_alert_area_geom", lambda _facts: AlertAreaUnfit(field="area"))
