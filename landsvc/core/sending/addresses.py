"""Decide what a message can be sent to, and which ways messages go here. Pure."""

from __future__ import annotations

import re

from landsvc.core.config import Settings
from landsvc.core.sending.letters import EMAIL, SMS

MOST_ADDRESS = 254
MAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+", re.ASCII)
"""As browsers check it (HTML, "valid e-mail address"), with a point in the name of the domain."""
TELEPHONE = re.compile(r"(?:\+84|84|0)([35789]\d{8})", re.ASCII)
"""Mobile numbers of Vietnam since 2018 (Quyết định 2036/QĐ-BTTTT): ten digits that begin with 03, 05, 07, 08 or 09."""


def ways(settings: Settings) -> list[str]:
    """Return the channels that lead out of this service: by e-mail, by telephone, as the settings have them."""
    return [*([EMAIL] if settings.mail_server else []), *([SMS] if settings.messaging_url else [])]


def address_of(channel: str, given: str) -> str | None:
    """Return an address as it is sent to, None for what is none."""
    if channel == EMAIL:
        text = given.strip()
        return text if len(text) <= MOST_ADDRESS and MAIL.fullmatch(text) else None
    if channel == SMS:
        found = TELEPHONE.fullmatch(re.sub(r"[ .()-]", "", given))
        return f"+84{found[1]}" if found else None
    return ""
