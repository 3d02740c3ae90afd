"""Say in the reader's language what dossiers are called by in the data: actions, pauses, forms, findings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from landsvc.core import i18n
from landsvc.core.i18n import gettext
from landsvc.office.forms import moment
from landsvc.office.procedure_pages import holds
from landsvc.registry.dossiers.model import Finding

QUIET = (
    "slip_returned",
    *("request_supplement", "withdraw", "refuse", "apologise", "hand_over"),
    *("pause", "resume", "send_back", "link_draft", "check", "identify"),
)
"""Actions that stand below the usual next step."""


def actions() -> dict[str, str]:
    """Return what may be done, as buttons say it."""
    return {
        "submit": gettext("Handed in"),
        "receive": gettext("Receive"),
        "request_supplement": gettext("Ask for a supplement"),
        "supplement": gettext("Take the supplement in"),
        "refuse": gettext("Refuse"),
        "take": gettext("Take it on"),
        "hand_over": gettext("Hand over"),
        "pause": gettext("Pause the clock"),
        "resume": gettext("Let the clock run on"),
        "link_draft": gettext("Link a draft"),
        "identify": gettext("Say who the applicant is"),
        "enter_facts": gettext("Enter what shall be registered"),
        "send_slip": gettext("Send the slip to the tax office"),
        "slip_returned": gettext("The tax office sent the slip back"),
        "tax_notice": gettext("Note the tax notice"),
        "tax_exempt": gettext("Note the exemption"),
        "tax_paid": gettext("Note the payment"),
        "tax_deferred": gettext("Note the deferral"),
        "notice_arrived": gettext("The tax notice arrived"),
        "payment_confirmed": gettext("The tax office confirmed the payment"),
        "deferral_arrived": gettext("The tax office deferred the payment"),
        "exemption_arrived": gettext("The tax office exempted"),
        "draft": gettext("Hand in for signature"),
        "check": gettext("Note that it was checked"),
        "send_back": gettext("Give back"),
        "sign": gettext("Sign"),
        "record": gettext("Record in the register"),
        "make_ready": gettext("Pass the result on"),
        "return": gettext("Return the result"),
        "withdraw": gettext("Withdraw at the applicant's wish"),
        "apologise": gettext("Apologise with a new appointment"),
    }


def values() -> dict[str, str]:
    """Return what the values of facts are called."""
    return {
        "sole": gettext("one holder"),
        "seller": gettext("the seller"),
        "buyer": gettext("the buyer"),
        "compensation-advanced": gettext("compensation for recovered land that was advanced"),
        "already-paid": gettext("money that was paid already"),
        "joint": gettext("jointly, without fractions"),
        "shares": gettext("by shares"),
        "use": gettext("right to use land"),
        "management": gettext("right to manage land"),
        "lease": gettext("lease"),
        "asset": gettext("ownership of assets"),
        "mortgage": gettext("mortgage"),
        "easement": gettext("easement"),
        "limit": gettext("limit of rights"),
        "duty": gettext("duty"),
        "private": gettext("private use"),
        "common": gettext("common use"),
        "male": gettext("male"),
        "female": gettext("female"),
        "dispute": gettext("dispute"),
        "seizure": gettext("seizure"),
        "block": gettext("block of transactions"),
        "recovery": gettext("recovery of land"),
        "parcel": gettext("parcel"),
        "certificate": gettext("certificate"),
        "person": gettext("person"),
        "court": gettext("court"),
        "enforcement": gettext("enforcement agency"),
        "police": gettext("police"),
        "notary": gettext("notary"),
        "authority": gettext("authority"),
        "other": gettext("other"),
    }


def certificates() -> dict[str, str]:
    """Return what dossiers do to certificates."""
    return {
        "issued": gettext("issued: print and sign it"),
        "annotated": gettext("annotated: print the annotation"),
        "corrected": gettext("corrected: print the annotation"),
        "closed": gettext("no longer in force"),
    }


def pauses() -> dict[str, str]:
    """Return why the clock stands."""
    return {
        "posting": gettext("Posting at the commune"),
        "consent": gettext("Consent of neighbours"),
        "court": gettext("Answer of a court or enforcement agency"),
        "supplement": gettext("Supplement by the applicant"),
        "tax": gettext("Assessment by the tax office"),
        "payment": gettext("Payment by the applicant"),
        "slip": gettext("What the applicant brings for the tax office, until the slip is sent again"),
    }


def forms() -> dict[str, str]:
    """Return the forms in which a paper is handed in."""
    return {
        "original": gettext("original"),
        "certified": gettext("certified copy"),
        "copy": gettext("copy"),
        "scan": gettext("scan"),
    }


def lights() -> dict[str, str]:
    """Return what the colour of a clock says: never by colour alone."""
    return {
        "green": gettext("in time"),
        "amber": gettext("due soon"),
        "red": gettext("late"),
        "stopped": gettext("clock stands"),
        "ended": gettext("ended"),
    }


def waiting() -> dict[str, str]:
    """Return who keeps a dossier waiting."""
    return {
        "office": gettext("the office"),
        "tax": gettext("the tax office"),
        "citizen": gettext("the applicant"),
        "nobody": gettext("nobody"),
    }


def fee_states() -> dict[str, str]:
    """Return how orders of fees stand."""
    return {
        "open": gettext("Not paid yet"),
        "part": gettext("Paid in part"),
        "returned": gettext("Paid back; to be paid again, unless the office waives it"),
        "paid": gettext("Paid"),
        "overpaid": gettext("paid too much"),
        "waived": gettext("waived"),
    }


def from_home(at: datetime, level: int) -> str:
    """Return when a dossier was lodged from home, and how surely its applicant is known."""
    known = {
        1: gettext("level 1: nobody signed in; compare the identity card when the result is collected"),
        2: gettext("level 2: signed in with an account"),
        3: gettext("level 3: signed in with the national identity"),
    }
    return f"{moment(at)} · {known[level]}"


def channels() -> dict[str, str]:
    """Return how papers come and results go."""
    return {"counter": gettext("at the counter"), "post": gettext("by post"), "portal": gettext("online")}


def finding_text(found: Finding, names: Mapping[str, str]) -> str:
    """Return a finding in one line; `names` are those of kinds of papers."""
    facts: Mapping[str, Any] = found.facts
    good = found.result == "pass"
    match found.code:
        case _ if found.result == "untested":
            return gettext("Not tested: %(rule)s", rule=found.code)
        case "DOS-TERM":
            over = ", ".join(f"{each['right']} ({each['termUntil']})" for each in facts["rights"])
            return gettext("The term lasts") if good else gettext("The term is over: %(rights)s", rights=over)
        case "DOS-CERT":
            return gettext("A certificate is in force") if good else gettext("No certificate in force is known")
        case "DOS-CONSENT":
            loans = ", ".join(facts["mortgages"])
            return (
                gettext("No consent of a mortgagee is lacking")
                if good
                else gettext("Mortgaged (%(loans)s): the consent of the mortgagee is lacking", loans=loans)
            )
        case "DOS-PAPERS":
            missing = ", ".join(names.get(each, each) for each in facts["missing"])
            return gettext("Every paper is there") if good else gettext("Missing: %(names)s", names=missing)
        case "DOS-HOLD":
            told = "; ".join(
                f"{holds()[each['kind']]}, {each['issuer']}, {each['docNo']}" for each in facts["holds"]
            )
            return gettext("No hold on the land stops it") if good else told
        case "DOS-ORDER":
            earlier = ", ".join(facts["earlier"])
            return (
                gettext("No earlier dossier on the land")
                if good
                else gettext("Waits for %(codes)s", codes=earlier)
            )
        case "DOS-FEE":
            if good:
                return gettext("The office's fees are paid or waived")
            owed = i18n.money(int(facts["owedVnd"]))
            return gettext(
                "%(amount)s of fees are owed (%(orders)s)", amount=owed, orders=", ".join(facts["orders"])
            )
        case "DOS-CLOCK":
            standing = ", ".join(pauses()[each] for each in facts["pauses"])
            return gettext("The clock is not paused") if good else gettext("Clock paused: %(why)s", why=standing)
    return found.code


STEPS: Mapping[str, tuple[str, ...]] = {
    "take": ("take",),
    "take-draft": ("take", "draft"),
    "draft": ("draft",),
    "check": ("check",),
    "sign": ("sign",),
    "record": ("record",),
    "record-ready": ("record", "make_ready"),
    "make-ready": ("make_ready",),
    "hand-over": ("hand_over",),
}
"""What may be done with many dossiers at once: steps that ask for nothing, and handing over."""
_BY_ROLE: Mapping[str, tuple[str, ...]] = {
    "processor": ("take", "take-draft", "draft", "record", "record-ready", "make-ready", "hand-over"),
    "checker": ("check", "hand-over"),
    "signer": ("sign", "hand-over"),
}


def at_once(roles: Iterable[str]) -> dict[str, str]:
    """Return what somebody of these roles may do with many dossiers at once, as buttons say it."""
    mine = {name for role in roles for name in _BY_ROLE.get(role, ())}
    said = {
        "take": gettext("Take on"),
        "take-draft": gettext("Take on and hand in for signature (same day)"),
        "draft": gettext("Hand in for signature"),
        "check": gettext("Note that it was checked"),
        "sign": gettext("Sign"),
        "record": gettext("Record in the register"),
        "record-ready": gettext("Record and pass the result on"),
        "make-ready": gettext("Pass the result on"),
        "hand-over": gettext("Hand over to somebody"),
    }
    return {name: text for name, text in said.items() if name in mine}
