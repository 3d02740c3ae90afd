"""Write the messages about an account in the reader's language, outside any request. No name stands in them."""

from __future__ import annotations

from landsvc.core.config import Settings
from landsvc.core.sending.letters import SMS, Letter
from landsvc.core.sending.words import catalogue, home


def code_letter(settings: Settings, language: str, *, to: str, channel: str, code: str, knows: bool) -> Letter:
    """Return the message that brings a code; `knows`: the contact has an account, whose password it renews."""
    gettext = catalogue(settings.web_dir, language).gettext
    if channel == SMS:
        return Letter(
            to,
            "",
            gettext("Your code for the land office: %(code)s. Tell it to nobody.") % {"code": code},
            language,
        )
    why = (
        gettext("Somebody wants to renew the password of your account at the land office. Was it you?")
        if knows
        else gettext("Somebody wants to open an account at the land office with this address. Was it you?")
    )
    lines = [
        why,
        "",
        gettext("Then type this code on the page: %(code)s") % {"code": code},
        gettext("It is good for 30 minutes. Tell it to nobody, not even to an officer."),
        "",
        gettext("If it was not you, do nothing."),
        home(settings),
    ]
    return Letter(to, gettext("Your code for the land office"), "\n".join(lines) + "\n", language)
