"""Tell everybody which personal data the register holds, who sees them by which law, and how to ask who looked."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from landsvc.core import i18n
from landsvc.core.i18n import gettext
from landsvc.identity.fields import FIELDS, MASKED, OWN, WHO, YES, Field
from landsvc.portal import kept


@dataclass(frozen=True)
class Group:
    """Fields that the same people see, in words: who sees them whole, hidden in part, or their own, by which law."""

    fields: list[tuple[str, str]]
    """Codes and names."""
    whole: list[str]
    masked: list[str]
    own: list[str]
    law: str


def make_privacy() -> Blueprint:
    """Return the page; nobody is asked who they are."""
    blueprint = Blueprint("privacy_pages", __name__)

    @blueprint.get("/privacy")
    def privacy() -> ResponseReturnValue:
        return render_template("pages/privacy.html", groups=_groups())

    blueprint.after_request(i18n.remember_language)
    kept.install(blueprint)
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


def _groups() -> list[Group]:
    """Return the fields, those together that the same people see in the same way."""
    alike: dict[tuple[object, ...], list[Field]] = {}
    for field in FIELDS:
        alike.setdefault((*map(field.seen_by, WHO), field.law), []).append(field)
    words = who_words()

    def named(field: Field, level: str) -> list[str]:
        return [words[who] for who in WHO if field.seen_by(who) == level]

    return [
        Group(
            [(each.code, gettext(each.name)) for each in fields],
            named(fields[0], YES),
            named(fields[0], MASKED),
            named(fields[0], OWN),
            " · ".join(fields[0].law),
        )
        for fields in alike.values()
    ]
