"""Take in the keys of channels, end them, and list them. Several hold at once while a channel changes over."""

from __future__ import annotations

import re
import secrets
from datetime import datetime

from sqlalchemy.orm import Session

from landsvc.core import clock
from landsvc.core.errors import N_, Phrase
from landsvc.core.secrets import Vault
from landsvc.finance.channels import queries
from landsvc.finance.channels.entries import Key
from landsvc.finance.channels.errors import (
    ChannelKeyThere,
    ChannelKeyUnfit,
    UnknownChannel,
    UnknownChannelKey,
)
from landsvc.finance.channels.sealing import sealed
from landsvc.finance.channels.signing import HMAC, LEAST_SECRET_BYTES, kind_of
from landsvc.identity.service import trace

KID = re.compile(r"[A-Za-z0-9._-]{1,64}")


def add_secret(session: Session, vault: Vault, channel: str, kid: str, *, until: datetime | None = None) -> bytes:
    """Make a secret to share with a channel and return it; it is kept sealed.

    Raises `UnknownChannel`, `ChannelKeyThere` or `ChannelKeyUnfit`.
    """
    secret = secrets.token_bytes(LEAST_SECRET_BYTES)
    kept = sealed(vault, channel, kid, secret)
    _add(session, channel, kid, HMAC, None, kept, until)
    return secret


def add_public(session: Session, channel: str, kid: str, pem: bytes, *, until: datetime | None = None) -> str:
    """Take in a public key of a channel; return what it signs by.

    Raises `UnknownChannel`, `ChannelKeyThere` or `ChannelKeyUnfit`.
    """
    algorithm = kind_of(pem)
    if algorithm is None:
        raise ChannelKeyUnfit(
            field="public", reason=Phrase(N_("It is no public key in PEM, Ed25519 or RSA of 2048 bits or more."))
        )
    _add(session, channel, kid, algorithm, pem.decode(), None, until)
    return algorithm


def end(session: Session, channel: str, kid: str, *, at: datetime | None = None) -> None:
    """Let a key end, now or at an instant; raise `UnknownChannelKey`."""
    if not queries.end_key(session, channel, kid, at or clock.now()):
        raise UnknownChannelKey(field="kid", code=channel, kid=kid)
    trace(session, "channel.key.ended", on=f"channel:{channel}", details={"kid": kid})


def listed(session: Session, channel: str | None = None) -> list[Key]:
    """Return the keys of a channel, of all without one."""
    return queries.keys_of(session, channel)


def channels(session: Session) -> list[tuple[str, str, str, str, bool]]:
    """Return every channel: code, Vietnamese and English name, kind, whether it is heard."""
    return queries.channels(session)


def _add(
    session: Session,
    channel: str,
    kid: str,
    algorithm: str,
    public_key: str | None,
    kept: bytes | None,
    until: datetime | None,
) -> None:
    since = clock.now()
    if not KID.fullmatch(kid):
        raise ChannelKeyUnfit(
            field="kid", reason=Phrase(N_("Its name has other characters than A-Z a-z 0-9 . _ -"))
        )
    if until is not None and until <= since:
        raise ChannelKeyUnfit(field="until", reason=Phrase(N_("It would have ended before it began.")))
    if not any(channel == row[0] for row in queries.channels(session)):
        raise UnknownChannel(field="code", code=channel)
    told = {"public_key": public_key, "sealed": kept, "since": since, "until": until}
    if not queries.add_key(session, channel=channel, kid=kid, algorithm=algorithm, **told):
        raise ChannelKeyThere(field="kid", code=channel, kid=kid)
    trace(
        session,
        "channel.key.added",
        on=f"channel:{channel}",
        details={"kid": kid, "algorithm": algorithm, "until": until and until.isoformat()},
    )
