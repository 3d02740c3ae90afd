"""Say once what the scripts of the workspace say; the page hands them over in the reader's language."""

from __future__ import annotations

from landsvc.core.i18n import gettext
from landsvc.office.tool_messages import drawing, keys, operations, past, told, tools


def script_messages() -> dict[str, str]:
    """Return key -> text for `t("key")` in web/src/office, and in what it shares with the public map."""
    parts = (shared, drawing, operations, tools, keys, past, told, previews, confirmation, findings)
    return {key: text for part in parts for key, text in part().items()}


def shared() -> dict[str, str]:
    """Return what loading, searching and failing say."""
    return {
        "title": gettext("Land office"),
        "loading": gettext("Loading…"),
        "offline": gettext("You are offline. Your draft is safe on the server; go on when the network is back."),
        "online": gettext("You are online again."),
        "failed": gettext("The service did not answer. Try again."),
        "retry": gettext("Try again"),
        "back": gettext("The service answers again."),
        "waiting": gettext("The service does not answer just now. This page asks again by itself."),
        "noResults": gettext("Nothing found."),
        "resultCount": gettext("{count} suggestions. Use the arrow keys."),
        "noParcelHere": gettext("No parcel is registered here."),
        "draftKept": gettext("What the server has accepted of your draft is kept there."),
        "rasterPublic": gettext("The public sees {name} now."),
        "rasterHidden": gettext("The public does not see {name} any more."),
        "payerShown": gettext("The number is shown; the trail says that you read it."),
        "signInAgain": gettext("Sign in again"),
        "kind.parcel": gettext("parcel"),
        "kind.unit": gettext("commune"),
        "kind.oldUnit": gettext("former commune"),
        "kind.coordinate": gettext("coordinates"),
        "kind.plusCode": gettext("plus code"),
        "kind.plan": gettext("plan"),
    }


def previews() -> dict[str, str]:
    """Return what a preview, a commit and its result say."""
    return {
        "previewTitle": gettext("Preview"),
        "conflictTitle": gettext("This draft does not go through any more"),
        "lookAgain": gettext("Look again"),
        "operations": gettext("Steps of this draft"),
        "changedAfter": gettext("after, the same parcel"),
        "changedParcels": gettext("Changed parcels"),
        "chooseUnit": gettext("Choose {name} for the next tool"),
        "alsoChosen": gettext("Also chosen"),
        "dontChoose": gettext("Leave out"),
        "dontChooseNamed": gettext("Leave out {name}"),
        "draftName": gettext("Draft {draft}"),
        "committable": gettext("This may be committed:"),
        "notCommittable": gettext("This cannot be committed yet:"),
        "before": gettext("before"),
        "after": gettext("after"),
        "parcel": gettext("Parcel"),
        "registeredM2": gettext("Registered, m²"),
        "measuredM2": gettext("Measured, m²"),
        "sumAfter": gettext("Sum after"),
        "change": gettext("change"),
        "splitAgain": gettext("Split on"),
        "rebased": gettext("Parcel {ref} was changed meanwhile; your step still applies to it."),
        "noded": gettext(
            "Neighbour {ref} gets a corner in its edge: moved by {mm} mm, nothing else of it changes."
        ),
        "nodedObject": gettext("The road or water beside it gets a corner in its edge: moved by {mm} mm."),
        "nodedCount": gettext(
            "{count} neighbours get a corner in their edge: moved by {mm} mm at most, nothing else of them changes."
        ),
        "rules": gettext("Rules"),
        "undoLast": gettext("Undo last step"),
        "withdraw": gettext("Give up this draft"),
        "withdrawn": gettext("The draft was given up; its numbers are free again."),
        "commitTitle": gettext("Enter into the register"),
        "commitHint": gettext("Nothing changes without a document, or a reason for a correction."),
        "docNo": gettext("Document number"),
        "docOn": gettext("Date of the document"),
        "authority": gettext("Authority"),
        "reason": gettext("Reason"),
        "reasonHint": gettext("Needed when there is no document."),
        "groundNeeded": gettext("Give a document number or a reason."),
        "commit": gettext("Commit the change"),
        "submitTitle": gettext("Hand in for approval"),
        "secondPersonAsked": gettext(
            "Somebody else must approve this: {rules}. Say on which document it stands, or why."
        ),
        "submit": gettext("Hand in for approval"),
        "submitted": gettext("The draft was handed in; a second person decides."),
        "waitsForApproval": gettext("This draft waits for the approval of a second person."),
        "wasRejected": gettext("{by} gave it back: {reason}"),
        "decide": gettext("Approve this draft, or give it back"),
        "approve": gettext("Approve and enter into the register"),
        "reject": gettext("Give it back"),
        "rejectReason": gettext("Why it is given back"),
        "rejectNeedsReason": gettext("Say why, so that it can be mended."),
        "rejected": gettext("The draft was given back to its owner."),
        "submittedDrafts": gettext("Waiting for approval"),
        "endedBy": gettext("{parcel} was ended by record {record}. What lies there now:"),
        "resultTitle": gettext("Entered into the register"),
        "resultText": gettext("The register holds the change now."),
        "transaction": gettext("Transaction"),
        "record": gettext("Record"),
        "oldParcels": gettext("Old parcel"),
        "newParcels": gettext("New parcels"),
        "printDrawing": gettext("Print the drawing (P)"),
        "printExtract": gettext("Print map extract"),
        "openDrafts": gettext("Your open drafts"),
        "noDrafts": gettext("You have no open draft."),
        "draftEmpty": gettext("This draft has no step yet"),
        "draftEmptyWay": gettext("Choose the parcel again and a tool, or give the draft up."),
    }


def confirmation() -> dict[str, str]:
    """Return what is said of a split that is confirmed before it is carried out."""
    return {
        "confirmSplit": gettext("Confirm the split"),
        "confirmHint": gettext(
            "Confirming enters nothing yet: the numbers are kept and the pieces are planned, so that a contract can"
            " cite them."
        ),
        "confirmed": gettext("The split is confirmed; its numbers are kept."),
        "confirmedHeading": gettext("Confirmed split"),
        "confirmedShort": gettext("Confirmed, not registered yet. The planned numbers are kept until {day}."),
        "confirmedTitle": gettext("Planned numbers"),
        "confirmedUntil": gettext("Kept until {day}: {left} days left. Then they are free for others."),
        "confirmedOver": gettext("The last day was {day}. Prepare the split again and have it confirmed."),
        "confirmedDrafts": gettext("Confirmed splits"),
        "plannedNumber": gettext("planned; anybody can verify it"),
        "plannedPiece": gettext("planned {no}|until {day}"),
        "until": gettext("until {day}"),
        "executeTitle": gettext("Carry the split out"),
        "executeHint": gettext(
            "On the document that depends on it, such as a contract. Empty: on that of the confirmation."
        ),
        "execute": gettext("Enter the split into the register"),
        "endConfirmed": gettext("End the confirmation"),
    }


def findings() -> dict[str, str]:
    """Return what a rule report says."""
    return {
        "result.pass": gettext("Passed"),
        "result.fail": gettext("Failed"),
        "result.warning": gettext("Warning"),
        "result.untested": gettext("Not tested"),
        "count.pass": gettext("{count} passed"),
        "count.fail": gettext("{count} failed"),
        "count.warning": gettext("{count} with a warning"),
        "count.untested": gettext("{count} not tested"),
        "applyFix": gettext("Apply the suggestion: {step}"),
        "showPlace": gettext("Show on the map"),
        "explainRule": gettext("What this rule asks (opens a new page)"),
        "widthAgainst": gettext("{width} m wide on average, at least {least} m"),
        "angleAgainst": gettext("an angle of {angle}°, at least {least}°"),
        "tooNear": gettext("{distance} m beside another corner or edge (closer than {within} m)"),
        "driftAgainst": gettext("registered less computed area: {drift} m², {allowed} m² allowed"),
        "areaAgainst": gettext("{area} m², at least {least} m²"),
        "frontageAgainst": gettext("{front} m along a road, at least {least} m"),
        "frontage": gettext("{front} m along a road"),
        "overlap": gettext("overlap {area} m²"),
        "sumOfAreas": gettext("parts {parts} m², whole {whole} m²"),
        "draftOf": gettext("draft {draft} of {owner}"),
        "cause.no-check": gettext("no check is installed for this rule"),
        "cause.not-in-force": gettext("the rule is not in force today"),
        "cause.no-minimum": gettext("no minimum is known for this land use here"),
        "cause.no-roads-mapped": gettext("no road is mapped nearby"),
        "cause.public-need": gettext("it is not asked of land that a road takes"),
        "cause.no-registered-area": gettext("the parcel has no registered area"),
        "cause.no-new-parcel": gettext("no parcel comes to be"),
        "cause.no-mapped-extent": gettext("it is not stated how far the commune is mapped"),
        "cause.no-number": gettext("no parcel gets a number"),
        "cause.no-map": gettext("no parcel has a map"),
        "cause.no-areas": gettext("registered or computed area is not known"),
        "cause.no-branches": gettext("it is not stated who would commit this"),
        "cause.nothing-named": gettext("there is nothing it asks about"),
    }
