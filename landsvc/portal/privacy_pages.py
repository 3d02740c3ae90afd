"""Tell everybody which personal data the register holds, who sees them by which law, and how to ask who looked."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from landsvc.core import i18n
from landsvc.core.i18n import gettext
from landsvc.identity.fields import FIELDS, MASKED, OWN, WHO, YES, Field


@dataclass(frozen=True)
class Row:
    """A field in the reader's language: what it is, who sees it whole, hidden in part, or their own, by which law."""

    code: str
    name: str
    whole: list[str]
    masked: list[str]
    own: list[str]
    law: str


def make_privacy() -> Blueprint:
    """Return the page; nobody is asked who they are."""
    blueprint = Blueprint("privacy_pages", __name__)

    @blueprint.get("/privacy")
    def privacy() -> ResponseReturnValue:
        return render_template("pages/privacy.html", fields=[_row(each) for each in FIELDS])

    blueprint.after_request(i18n.remember_language)
    return blueprint


def who_words() -> dict[str, str]:
    """Return what everybody who may ask is called."""
    return {
        "public": gettext("everybody"),
        "receipt": gettext("who has the receipt of the dossier"),
        "citizen": gettext("the person"),
        "counter": gettext("counter officers"),
        "processor": gettext("processing officers"),
        "surveyor": gettext("surveyors"),
        "checker": gettext("checking officers"),
        "signer": gettext("who signs"),
        "archivist": gettext("archivists"),
        "planner": gettext("planning officers"),
        "leader": gettext("leaders"),
        "auditor": gettext("auditors"),
        "admin": gettext("administrators of the software"),
        "tax:read": gettext("the tax office"),
        "tax:persons": gettext("the tax office, when it looks for the land of a taxpayer"),
        "channel": gettext("banks that report a payment"),
    }


def _row(field: Field) -> Row:
    words = who_words()
    seen = {level: [words[who] for who in WHO if field.seen_by(who) == level] for level in (YES, MASKED, OWN)}
    return Row(field.code, gettext(field.name), seen[YES], seen[MASKED], seen[OWN], " · ".join(field.law))
