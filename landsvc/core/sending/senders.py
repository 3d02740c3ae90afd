"""Hand one message to who carries it: a mail server, a messaging service, or the inbox on the page.

Each sender tells what came of it in a word; what the other side answered is not kept, as it may repeat the address.
"""

from __future__ import annotations

import smtplib
import ssl
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Protocol
from urllib.parse import urlsplit

import requests

from landsvc.core import clock
from landsvc.core.config import Settings
from landsvc.core.sending.letters import EMAIL, PAGE, SMS, Letter

DEADLINE_S = 10.0
PERMANENT = 500
"""From here on a mail server says that the same again will not do (RFC 5321 section 4.2.1)."""
HOPELESS = frozenset({400, 404, 409, 410, 413, 422})
"""What a messaging service answers where the same again will not do."""
OK, FIRST_OTHER = 200, 300


@dataclass(frozen=True)
class Outcome:
    """What came of sending once: `taken`, `refused` (answered otherwise) or `failed` (not answered at all)."""

    kind: str
    status: int | None = None
    reason: str | None = None
    is_final: bool = False
    """The same again will not do: the message is given up at once, others go on."""
    retry_after_s: float | None = None
    millis: int = 0


class Sender(Protocol):
    """Whoever carries messages of one channel."""

    def send(self, message: str, letter: Letter) -> Outcome:
        """Send a message of this id; every failure is an outcome."""


class Inbox:
    """The inbox on the page: a message that is kept has arrived."""

    def send(self, message: str, letter: Letter) -> Outcome:
        """Do nothing: the page reads what is kept."""
        return Outcome("taken")


class Mail:
    """A mail server (SMTP submission, RFC 6409)."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._own_name = urlsplit(settings.base_url).hostname or "localhost"

    def send(self, message: str, letter: Letter) -> Outcome:
        """Hand a message over in one conversation; encrypted unless the server is this machine itself."""
        began = time.monotonic()
        try:
            found = self._hand_over(self._written(message, letter))
        except smtplib.SMTPRecipientsRefused as error:
            found = _refused(min(status for status, _ in error.recipients.values()), is_final=True)
        except smtplib.SMTPDataError as error:
            found = _refused(error.smtp_code, is_final=True)
        except smtplib.SMTPResponseException as error:
            # Whom it does not let in, it lets in when its operator or ours has mended that.
            found = _refused(error.smtp_code, is_final=False)
        except smtplib.SMTPNotSupportedError:
            found = Outcome("failed", reason="not-offered")
        except ssl.SSLError:
            found = Outcome("failed", reason="tls")
        except TimeoutError:
            found = Outcome("failed", reason="timeout")
        except (OSError, smtplib.SMTPException, ValueError) as error:
            found = Outcome("failed", reason=type(error).__name__)
        return replace(found, millis=_since(began))

    def _hand_over(self, written: EmailMessage) -> Outcome:
        own = self._settings
        host, port = own.mail_server or ("", 0)
        line: smtplib.SMTP
        if own.mail_security == "tls":
            context = ssl.create_default_context()
            line = smtplib.SMTP_SSL(host, port, self._own_name, timeout=DEADLINE_S, context=context)
        else:
            line = smtplib.SMTP(host, port, self._own_name, timeout=DEADLINE_S)
        try:
            if own.mail_security == "starttls":
                line.starttls(context=ssl.create_default_context())
            if own.mail_user:
                line.login(own.mail_user, own.mail_password or "")
            line.send_message(written)
            with suppress(OSError, smtplib.SMTPException):  # it has the message, however it says good-bye
                line.quit()
        finally:
            line.close()
        return Outcome("taken")

    def _written(self, message: str, letter: Letter) -> EmailMessage:
        """Return a message as RFC 5322 has it; the same id however often it is sent."""
        found = EmailMessage()
        found["From"] = self._settings.mail_from
        found["To"] = letter.to
        found["Subject"] = letter.subject
        found["Date"] = format_datetime(clock.now())
        found["Message-ID"] = f"<{message}@{self._own_name}>"
        found["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers
        found["Content-Language"] = letter.language
        if letter.stop:
            found["List-Unsubscribe"] = f"<{letter.stop}>"
            found["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        found.set_content(letter.text)
        return found


class Gateway:
    """A service that passes short messages on (SMS or a messenger): one POST for each, under its id."""

    def __init__(self, settings: Settings) -> None:
        self._address, self._token = settings.messaging_url or "", settings.messaging_token
        self._http = requests.Session()
        self._http.trust_env = False

    def send(self, message: str, letter: Letter) -> Outcome:
        """Post a message; the id stands in `Idempotency-Key`, so that one that comes twice is passed on once."""
        began = time.monotonic()
        headers = {"Idempotency-Key": message}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        body = {"id": message, "to": letter.to, "text": letter.text}
        try:
            answer = self._http.post(
                self._address, json=body, headers=headers, timeout=DEADLINE_S, allow_redirects=False
            )
            found = _answered(answer.status_code, answer.headers.get("Retry-After"))
        except requests.Timeout:
            found = Outcome("failed", reason="timeout")
        except requests.RequestException as error:
            found = Outcome("failed", reason=type(error).__name__)
        return replace(found, millis=_since(began))


def senders_of(settings: Settings) -> Mapping[str, Sender]:
    """Return who carries the messages of each channel that is set up; the inbox always is."""
    found: dict[str, Sender] = {PAGE: Inbox()}
    if settings.mail_server:
        found[EMAIL] = Mail(settings)
    if settings.messaging_url:
        found[SMS] = Gateway(settings)
    return found


def _answered(status: int, retry_after: str | None) -> Outcome:
    if OK <= status < FIRST_OTHER:
        return Outcome("taken", status)
    asked = retry_after if retry_after and retry_after.isascii() and retry_after.isdigit() else ""
    seconds = float(asked[:6]) if asked else None
    return Outcome("refused", status, is_final=status in HOPELESS, retry_after_s=seconds)


def _refused(status: int, *, is_final: bool) -> Outcome:
    if status <= 0:
        return Outcome("failed", reason="SMTPServerDisconnected")
    return Outcome("refused", status, is_final=is_final and status >= PERMANENT)


def _since(began: float) -> int:
    return int((time.monotonic() - began) * 1000)
