"""Say in words what a reply to a request for land data says; the printed sheet and the page lay out the same."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from landsvc.core import i18n
from landsvc.core.i18n import gettext
from landsvc.office.certificates import words as certificate_words
from landsvc.office.forms import moment
from landsvc.office.procedure_pages import chosen, holds

Tree = Mapping[str, Any]


@dataclass(frozen=True)
class Section:
    """What is said of one parcel: titles with their lines."""

    title: str
    parts: list[tuple[str, list[str]]]
    withheld: list[str]


@dataclass(frozen=True)
class ReplyWords:
    """A reply in words."""

    dossier: str
    code: str
    authority: str
    known: str
    facts: list[tuple[str, str]]
    sections: list[Section]
    fees: list[str]
    total: str


def present_reply(tree: Tree) -> ReplyWords:
    """Return a reply in the language of the moment."""
    asker = tree["asker"]
    return ReplyWords(
        dossier=tree["dossier"],
        code=tree["reply"],
        authority=tree["authority"],
        known=moment(datetime.fromisoformat(tree["knownAt"])),
        facts=[
            (gettext("Asked by"), f"{', '.join(asker['names'])} ({chosen(asker['nameVi'], asker['nameEn'])})"),
            (gettext("Purpose"), tree["purpose"]),
            (gettext("Legal basis"), f"{tree['basis']} ({asker['law']})"),
            *_proof(tree["proof"]),
        ],
        sections=[_section(each) for each in tree["parcels"]],
        fees=[_fee(each) for each in tree["fee"]["lines"]],
        total=i18n.money(tree["fee"]["totalVnd"]),
    )


def parts() -> dict[str, str]:
    """Return what a reply tells of a parcel, in words."""
    return {
        "land": gettext("Parcel"),
        "planning": gettext("Planning"),
        "certificates": gettext("Certificates"),
        "rights": gettext("Rights"),
        "holders": gettext("Who holds them"),
        "numbers": gettext("Identity numbers"),
        "encumbrances": gettext("Mortgages and other burdens"),
        "blocks": gettext("Disputes, seizures, blocks"),
        "dossiers": gettext("Pending dossiers"),
    }


def reasons() -> dict[str, str]:
    """Return why something is kept back, in words."""
    return {
        "not-for-asker": gettext("the law lets nobody of this kind know it"),
        "needs-own": gettext("the asker does not hold this parcel"),
        "needs-consent": gettext("not everybody who holds the land has consented"),
        "needs-transaction": gettext("no transaction of somebody who holds this parcel was named"),
        "needs-document": gettext("no official request was handed in"),
    }


def _proof(proof: Tree) -> list[tuple[str, str]]:
    document = proof["document"]
    consents = ", ".join(_numbered(each) for each in proof["consents"])
    told = [
        (gettext("Official request"), f"{_numbered(document)}, {document['issuer']}" if document else ""),
        (gettext("Transaction"), proof["transaction"] or ""),
        (gettext("Consents"), consents),
    ]
    return [(label, text) for label, text in told if text]


def _numbered(document: Tree) -> str:
    return " ".join(filter(None, (document["docNo"], i18n.day(document.get("docOn")))))


def _section(told: Tree) -> Section:
    names, why = parts(), reasons()
    lines: Mapping[str, Callable[[Any], list[str]]] = {
        "land": _land,
        "planning": _planning,
        "certificates": _certificates,
        "rights": _rights,
        "encumbrances": _rights,
        "blocks": _blocks,
        "dossiers": _dossiers,
    }
    said = [(names[part], say(told[part])) for part, say in lines.items() if part in told]
    return Section(
        title=told["parcel"],
        parts=said,
        withheld=[f"{names[each['part']]}: {why[each['why']]}" for each in told["withheld"]],
    )


def _land(parcel: Tree) -> list[str]:
    commune = parcel.get("commune") or {}
    uses = "; ".join(
        f"{each.get('name') or each['code']} ({each['code']})"
        + (f" {i18n.area(float(each['areaM2']))}" if each.get("areaM2") else "")
        for each in parcel.get("uses") or ()
    )
    area = parcel.get("legalAreaM2")
    told = [
        (gettext("Number"), parcel.get("ref")),
        (gettext("Code"), parcel.get("code")),
        (gettext("Commune"), commune.get("name")),
        (gettext("Registered area"), i18n.area(float(area)) if area is not None else ""),
        (gettext("Land use"), uses),
    ]
    return [f"{label}: {text}" for label, text in told if text]


def _planning(themes: Sequence[Tree] | None) -> list[str]:
    if not themes:
        return [gettext("We hold no data on its planning; that is not the same as no restriction.")]
    told = []
    for theme in themes:
        match theme["state"]:
            case "affected":
                told += [f"{theme['name']}: {_zone(each)}" for each in theme.get("zones") or ()]
            case "notAffected":
                told.append(gettext("%(theme)s: not affected", theme=theme["name"]))
            case _:
                told.append(
                    gettext("%(theme)s: no data, which is not the same as no restriction", theme=theme["name"])
                )
    return told


def _zone(zone: Tree) -> str:
    size = f" {i18n.area(float(zone['areaM2']))}" if zone.get("areaM2") is not None else ""
    share = f" ({i18n.percent(float(zone['sharePct']))})" if zone.get("sharePct") is not None else ""
    plan = zone.get("plan") or {}
    return f"{zone.get('name') or zone.get('code')}{size}{share}" + (
        f", {plan['decision']}" if plan.get("decision") else ""
    )


def _certificates(found: Sequence[Tree]) -> list[str]:
    states = certificate_words.states()
    return [
        f"{each['serial']}: {states[each['state']]}, {i18n.day(each['issuedOn'])}, {each['authority']}"
        for each in found
    ] or [gettext("None is registered.")]


def _rights(found: Sequence[Tree]) -> list[str]:
    return [_right(each) for each in found] or [gettext("None is registered.")]


def _right(right: Tree) -> str:
    kept = gettext("holders not told")
    told = [
        chosen(right["nameVi"], right["nameEn"]),
        gettext("since %(day)s", day=i18n.day(right["since"])),
        gettext("until %(day)s", day=i18n.day(right["termUntil"])) if right["termUntil"] else "",
        right["origin"] or "",
        right["purpose"] or "",
        i18n.money(right["amountVnd"]) if right["amountVnd"] else "",
        gettext("rank %(rank)s", rank=right["rank"]) if right["rank"] else "",
        "; ".join(_person(each) for each in right["holders"]) if "holders" in right else kept,
    ]
    return ", ".join(filter(None, told))


def _person(person: Tree) -> str:
    told = [
        person["name"],
        str(person["bornYear"] or ""),
        *(f"{each['kind'].upper()} {each['number']}" for each in person["documents"]),
        f"({', '.join(person['members'])})" if person["members"] else "",
        person["share"] or "",
    ]
    return " ".join(filter(None, told))


def _blocks(found: Sequence[Tree]) -> list[str]:
    about = {
        "land": gettext("on the land"),
        "certificate": gettext("on a certificate"),
        "holder": gettext("on who holds it"),
    }
    kinds = holds()
    told = []
    for each in found:
        unsure = "" if each["certain"] else gettext("whether it names the holder is not decided yet")
        said = (kinds[each["kind"]], about[each["about"]], each["issuer"], each["docNo"], unsure)
        told.append(", ".join(filter(None, said)))
    return told or [gettext("None is in force.")]


def _dossiers(found: Iterable[Tree]) -> list[str]:
    return [
        ", ".join(
            filter(
                None,
                (
                    each["dossier"],
                    chosen(each["nameVi"], each["nameEn"]),
                    chosen(each["stateVi"], each["stateEn"]),
                    moment(datetime.fromisoformat(each["registeredAt"])) if each["registeredAt"] else "",
                ),
            )
        )
        for each in found
    ] or [gettext("None is pending.")]


def _fee(line: Tree) -> str:
    amount = i18n.money(line["amountVnd"] * line["count"])
    times = f" × {line['count']}" if line["count"] > 1 else ""
    return f"{chosen(line['nameVi'], line['nameEn'])}{times}: {amount}"
