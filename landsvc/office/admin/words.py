"""Say in words what the trail keeps by codes, and what roles are called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from landsvc.core import i18n
from landsvc.core.i18n import gettext
from landsvc.identity.people import RoleLine


def role_names(roles: Iterable[RoleLine]) -> dict[str, str]:
    """Return what each role is called in the reader's language, in their order."""
    english = i18n.current_language() == "en"
    return {role.code: role.name_en if english else role.name_vi for role in roles}


def action_words() -> dict[str, str]:
    """Return what the actions of the trail are called; what is missing is shown by its code."""
    return {
        "account.made": gettext("Account made"),
        "account.renamed": gettext("Account renamed"),
        "account.roles-set": gettext("Roles changed"),
        "account.branches-set": gettext("Branches changed"),
        "account.authorities-set": gettext("Authorities to sign changed"),
        "account.disabled": gettext("Account blocked"),
        "account.enabled": gettext("Account unblocked"),
        "account.signed-out": gettext("Signed out everywhere"),
        "account.password-link-made": gettext("Link to choose a password made"),
        "account.password-chosen": gettext("Password chosen"),
        "account.password-set": gettext("Password set on the server"),
        "account.linked": gettext("Linked to a provider"),
        "account.unlinked": gettext("Link to a provider removed"),
        "branch.made": gettext("Branch made"),
        "branch.changed": gettext("Branch changed"),
        "branch.closed": gettext("Branch closed"),
        "client.made": gettext("API client made"),
        "client.secret-set": gettext("New secret of an API client"),
        "client.secret-rotated": gettext("Second secret of an API client"),
        "client.secret-ended": gettext("Old secret of an API client ended"),
        "event.tried-again": gettext("Event tried again"),
        "hook.made": gettext("Slips are pushed to an address"),
        "hook.secret-rotated": gettext("New secret of pushes"),
        "hook.ended": gettext("Slips pushed no more"),
        "hook.sent-again": gettext("Slip pushed again"),
        "hook.answers-read": gettext("Answers to pushes read"),
        "client.revoked": gettext("API client revoked"),
        "draft.submitted": gettext("Draft submitted"),
        "draft.approved": gettext("Draft approved"),
        "draft.rejected": gettext("Draft given back"),
        "draft.confirmed": gettext("Split confirmed"),
        "draft.withdrawn": gettext("Draft withdrawn"),
        "draft.expired": gettext("Confirmed split expired"),
        "draft.committed": gettext("Draft entered into the register"),
        "minimum-plot.added": gettext("Minimum plot added"),
        "rule.planned": gettext("Form of a rule planned"),
        "rule.taken-back": gettext("Planned form of a rule taken back"),
        "payer.read": gettext("Number of a payer read"),
        "payer.searched": gettext("Payer searched by number"),
        "payment.read": gettext("Payments read"),
        "payment.received": gettext("Payment received"),
        "payment.moved": gettext("Payment moved to another line"),
        "payment.placed": gettext("Payment put to a parcel"),
        "message.refused": gettext("Message of a machine refused"),
        "payment.differs": gettext("Payment differs from an earlier one"),
        "raster.published": gettext("Raster made public"),
        "raster.hidden": gettext("Raster hidden"),
        "session.opened": gettext("Signed in"),
        "session.ended": gettext("Signed out"),
        "session.refused": gettext("Sign-in refused"),
        "token.given": gettext("Access token given"),
        "token.refused": gettext("Access token refused"),
        "trail.read": gettext("Trail read"),
        "readings.told": gettext("Told a person who looked at their data"),
        "readings.refused": gettext("Document shown was not the person's"),
    }


def detail_lines(details: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the details of an entry as names and values, as they were written."""
    return [(name, _text(value)) for name, value in details.items()]


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_text, value)) or "–"
    if isinstance(value, dict):
        return "; ".join(f"{name}: {_text(each)}" for name, each in value.items()) or "–"
    return "–" if value is None else str(value)
