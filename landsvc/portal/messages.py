"""Say once what the scripts of the pages say; the page hands them over in the reader's language."""

from __future__ import annotations

from landsvc.core.i18n import gettext


def script_messages() -> dict[str, str]:
    """Return key -> text for `t("key")` in web/src. `{name}` places are filled by the script."""
    return {
        "loading": gettext("Looking up…"),
        "offline": gettext("You are offline. What you looked at before still opens, as it was then."),
        "keptAnswer": gettext(
            "The network does not answer. This answer was kept at {moment} and may be out of date."
        ),
        "online": gettext("You are online again."),
        "failed": gettext("The service did not answer. Try again."),
        "retry": gettext("Try again"),
        "back": gettext("The service answers again."),
        "waiting": gettext("The service does not answer just now. This page asks again by itself."),
        "locating": gettext("Finding where you are…"),
        "locateDenied": gettext("Your browser does not give your position. Search the place, or tap the map."),
        "locateFailed": gettext("Your position could not be found. Search the place, or tap the map."),
        "locateAccuracy": gettext("Accurate to about {metres} m."),
        "noResults": gettext("Nothing found."),
        "resultCount": gettext("{count} suggestions. Use the arrow keys."),
        "zoomToTap": gettext("Zoomed in: tap a parcel now."),
        "linkCopied": gettext("The link was copied."),
        "linkShown": gettext("Copy this link: {link}"),
        "parcelLine": gettext("Parcel {number}, sheet {sheet}"),
        "inViewCount": gettext("{count} parcels in view"),
        "inViewMany": gettext("{count} parcels in view; the first {shown} are listed."),
        "kind.parcel": gettext("parcel"),
        "kind.unit": gettext("commune"),
        "kind.oldUnit": gettext("former commune"),
        "kind.coordinate": gettext("coordinates"),
        "kind.plusCode": gettext("plus code"),
        "kind.plan": gettext("plan"),
    }


def saved_messages() -> dict[str, str]:
    """Return what the list of what this device keeps says."""
    return {
        "keptAt": gettext("kept at {moment}"),
        "keptCleared": gettext("Cleared: nothing is kept on this device any more."),
    }
