"""Say what can go wrong when land data are asked for."""

from __future__ import annotations

from landsvc.core.errors import InvalidInput, NotFound, RuleViolation


class AskerUnknown(InvalidInput):
    """No such kind of askers is known on the day. 400."""

    slug = "asker-unknown"
    title = "There is no such kind of asker"
    detail = "{asker} is none of the kinds that may ask for data: {known}."
    remedy = "Choose one of the kinds listed."


class AskedTwice(RuleViolation):
    """One dossier has one reply. 422."""

    slug = "asked-twice"
    title = "One request is answered once"
    detail = "Several requests for data were entered for {dossier}."
    remedy = "Take out all but one, and open another dossier for the others."


class FeeNotPaid(RuleViolation):
    """The data are supplied once their fee is paid or waived. 422."""

    slug = "supply-fee-not-paid"
    title = "The fee for the data is not paid"
    detail = "{owed} is owed for the data of {dossier} (order {order})."
    remedy = (
        "Take the fee at the counter, let the asker pay by the code on the tracking page, or have it waived;"
        " where there is no order yet, enter the request again."
    )


class ReplyNotMade(NotFound):
    """The dossier has no reply yet, or never will. 404."""

    slug = "reply-not-made"
    title = "There is no reply"
    detail = "No reply was signed for {dossier}."
    remedy = "A request for data is answered once its dossier is recorded."


class ReplyNotReady(NotFound):
    """Nobody may take a reply of this dossier, or the secret is wrong. 404."""

    slug = "reply-not-ready"
    title = "There is no reply to take"
    detail = "For {dossier} and this secret there is no reply that is ready."
    remedy = (
        "Read both again on the receipt; the reply can be taken once the dossier says that its result is ready."
    )
