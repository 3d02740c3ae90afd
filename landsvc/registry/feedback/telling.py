"""Tell whoever left an e-mail address or a telephone number that an answer came: once for each, not what it says."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import quote

from sqlalchemy.orm import Session

from landsvc.core.clock import OFFICE_ZONE
from landsvc.core.config import Settings
from landsvc.core.db import rows_of
from landsvc.core.secret_keys import SecretKeysMissing
from landsvc.core.secrets import Vault
from landsvc.core.sending import service as sending
from landsvc.core.sending.addresses import address_of, ways
from landsvc.core.sending.letters import SMS, Letter
from landsvc.core.sending.words import catalogue, home
from landsvc.core.sql import statements
from landsvc.identity.actors import Actor
from landsvc.identity.service import trace
from landsvc.registry.feedback import sealing

SQL = statements("registry", "queries_feedback.sql")
KIND = "feedback.answered"


class Teller:
    """Posts messages about answers, in the transaction that releases them."""

    def __init__(self, vault: Vault, settings: Settings) -> None:
        self._vault, self._settings = vault, settings

    def tell(self, session: Session, code: str, actor: Actor) -> str | None:
        """Post the message about the last answer, or about why something was not taken up; return its channel.

        None where nobody is to be told: no answer stands, no contact was left, or none a message can be sent to.
        """
        found = rows_of(session, SQL["whom_to_tell"], code=code)
        if not found:
            return None
        event, form_key, contact, language, made_at = found[0]
        channel, to = self._way(bytes(contact), form_key)
        if not to:
            return None
        letter = self._letter(channel, to, code, language, made_at)
        sending.post(session, self._vault, letter, key=f"feedback:{code}:{event}", kind=KIND, channel=channel)
        trace(session, "feedback.told", who=actor, on=f"feedback:{code}", details={"channel": channel})
        return channel

    def _way(self, contact: bytes, form_key: str) -> tuple[str, str]:
        try:
            text = sealing.opened(self._vault, contact, form_key)
        except SecretKeysMissing:
            return "", ""
        found = ((channel, address_of(channel, text)) for channel in ways(self._settings))
        return next(((channel, address) for channel, address in found if address), ("", ""))

    def _letter(self, channel: str, to: str, code: str, language: str, made_at: datetime) -> Letter:
        gettext = catalogue(self._settings.web_dir, language).gettext
        link = f"{home(self._settings)}/feedback/follow?code={quote(code)}&lang={language}"
        if channel == SMS:
            text = gettext("Land office: there is an answer to %(code)s. Read it with your secret: %(link)s")
            return Letter(to, "", text % {"code": code, "link": link}, language)
        day = f"{made_at.astimezone(OFFICE_ZONE):%d/%m/%Y}"
        lines = [
            gettext("There is an answer to what you wrote to the land office on %(day)s.") % {"day": day},
            "",
            gettext("Code: %(code)s. Read the answer with the code and your secret:") % {"code": code},
            link,
            "",
            gettext("This address was left with it, to be told when an answer comes and for nothing else."),
        ]
        subject = gettext("An answer to %(code)s") % {"code": code}
        return Letter(to, subject, "\n".join(lines) + "\n", language)
