"""What channels tell, and how it was kept. Money in whole đồng."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True)
class Key:
    """What a channel signs with: a public key, or a shared secret, sealed; it ends at `until` where that is told."""

    id: int
    channel: str
    kid: str
    algorithm: str
    public_key: str | None
    sealed: bytes | None
    since: datetime
    until: datetime | None
    is_active: bool
    """Whether the channel is heard at all."""


@dataclass(frozen=True)
class Message:
    """A message whose signature was proved; of its body so far only the digest is known."""

    channel: str
    key_id: int
    kid: str
    nonce: str
    signed_at: datetime
    path: str
    sha256: bytes
    signature: bytes
    address: str | None


@dataclass(frozen=True)
class StatedPayment:
    """Money a channel says it took."""

    reference_no: str
    line_no: int
    purpose: str
    obligation_id: str | None
    dossier_code: str | None
    order_code: str | None
    account_no: str
    amount_vnd: int
    paid_at: datetime


@dataclass(frozen=True)
class TakenPayment:
    """A payment as it was kept; `standing` is how it stood against what is owed when it came."""

    id: int
    seq: int
    channel: str
    stated: StatedPayment
    standing: str
    received_at: datetime


@dataclass(frozen=True)
class StatedLine:
    """One payment as a channel lists it; of purpose `refund` one that was paid back, by the number of the office."""

    reference_no: str
    line_no: int
    purpose: str
    order_code: str | None
    obligation_id: str | None
    amount_vnd: int
    paid_at: datetime
    refund_no: str | None = None


@dataclass(frozen=True)
class Declared:
    """How many lines a list has and what they come to, as the channel says."""

    count: int
    sum_vnd: int


@dataclass(frozen=True)
class Version:
    """A version of a list of a day as it was kept; `sha256` is of what it says, whatever it was written in."""

    version: int
    line_count: int
    sum_vnd: int
    sha256: bytes
    received_at: datetime
    signed_at: datetime | None


@dataclass(frozen=True)
class TakenStatement:
    """A channel's list of a day."""

    channel: str
    day: date
    version: Version


@dataclass(frozen=True)
class ListedPayment:
    """A payment as officers see it: `standing` is how it stands now."""

    seq: int
    name_vi: str
    name_en: str
    reference_no: str
    purpose: str
    named: str | None
    """The obligation or the order that it names."""
    dossier_code: str | None
    is_dossier: bool
    amount_vnd: int
    paid_at: datetime
    standing: str
    confirmed: bool
