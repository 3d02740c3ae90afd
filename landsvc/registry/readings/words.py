"""Say in plain words why somebody looked at what is known of a person: the kinds of entries a person is told of."""

from __future__ import annotations

from landsvc.core.i18n import gettext


def reasons() -> dict[str, str]:
    """Return what was done, by the action of the trail; only these are told, since changes stand elsewhere."""
    return {
        "party.read": gettext("Your entry in the register was opened"),
        "party.searched": gettext("Somebody was searched for, and you were found"),
        "party.number-read": gettext("The whole number of your identity document was read"),
        "right.read": gettext("Your right to land was read"),
        "certificate.read": gettext("Your certificate was read"),
        "certificate.said": gettext("The sheet of your certificate was prepared"),
        "certificate.printed": gettext("Your certificate was printed and signed"),
        "dossier.read": gettext("A dossier of yours, or of your land, was opened"),
        "dossier.person-search": gettext("Dossiers were searched by the number of your identity document"),
        "dossier.completion-read": gettext("What a dossier would change in the register was checked"),
        "dossier.paper-read": gettext("A paper of a dossier was opened"),
        "dossier.receipts-read": gettext("The receipt of a dossier was printed"),
        "dossier.slip-previewed": gettext("The slip for the tax office was prepared"),
        "slip.issued": gettext("The slip was sent to the tax office"),
        "slip.read": gettext("The slip for the tax office was read"),
        "notice.read": gettext("Tax notices of a dossier were read"),
        "arrears.read": gettext("What is owed for your land or dossier was read"),
        "payment.read": gettext("Payments for your land were read"),
        "payer.read": gettext("The tax code of who paid was read"),
        "land.read": gettext("The tax office read what is known of your land"),
        "data.supplied": gettext("Data of your land were given to who asked for them in writing"),
        "reply.read": gettext("The reply to a request for data was read"),
        "block.read": gettext("A notice that may name you was read"),
        "hold.tested": gettext("Whether something stops a transaction of yours was checked"),
        "register-row.read": gettext("A row of an older register was compared with you"),
        "trail.read": gettext("Who looked at your data was asked by an officer"),
        "readings.told": gettext("Who looked at your data was told, on proof of identity"),
    }
