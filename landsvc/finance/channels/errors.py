"""Say what can go wrong with what banks and portals send."""

from __future__ import annotations

from landsvc.core.errors import (
    Conflict,
    Forbidden,
    InvalidInput,
    NotFound,
    RuleViolation,
    Unauthenticated,
    UnsupportedMediaType,
)


class SignatureNeeded(Unauthenticated):
    """No signature, or headers that nothing can be made of; others say what else is wrong with a signature. 401."""

    slug = "signature-needed"
    title = "The message is not signed"
    detail = "The header {header} is missing, or cannot be read."
    remedy = "Sign the message as docs/channels.md describes (RFC 9421)."

    def __init__(self, **facts: object) -> None:
        super().__init__("Signature", **facts)


class ChannelKeyUnknown(SignatureNeeded):
    """No channel has such a key. 401."""

    slug = "channel-key-unknown"
    title = "The key is not known"
    detail = "This channel has no such key."
    remedy = "Name a key that the office has taken in for this channel."


class SignatureRefused(SignatureNeeded):
    """The signature does not fit the message. 401."""

    slug = "signature-refused"
    title = "The signature does not fit the message"
    detail = "The message, its digest or its signature was changed, or signed with another key."
    remedy = "Sign what is sent, byte by byte, with the key that is named."


class ChannelKeyEnded(SignatureNeeded):
    """The key is not good any more, or not yet. 401."""

    slug = "channel-key-ended"
    title = "The key does not hold now"
    detail = "The key {kid} has ended, or does not hold yet."
    remedy = "Sign with the key that follows it."


class SignatureStale(SignatureNeeded):
    """The message was signed too long ago, or in the future. 401."""

    slug = "signature-stale"
    title = "The signature is not of this moment"
    detail = "The message was signed {seconds} seconds from now; {most} are allowed."
    remedy = "Set the clock by a time server, and sign again with a new nonce."


class ChannelClosed(Forbidden):
    """The channel is not heard any more. 403."""

    slug = "channel-closed"
    title = "The channel is closed"
    detail = "Nothing is taken from this channel."


class NonceUsed(Conflict):
    """The nonce stands for another message. 409."""

    slug = "nonce-used"
    title = "The nonce was used for another message"
    detail = "A message with this nonce was taken before, with other content."
    remedy = "Give each message a nonce of its own; the same message may be sent again with a new one."


class ChannelPaymentDiffers(Conflict):
    """A payment with this reference was taken before, and says something else. 409."""

    slug = "channel-payment-differs"
    title = "This payment was told before, with other content"
    detail = "{reference_no} line {line_no} was told before and differs in: {names}."
    remedy = (
        "The first is kept. Give another payment its own reference; differences are settled in reconciliation."
    )


class UnknownChannel(NotFound):
    """No channel has this code. 404."""

    slug = "unknown-channel"
    title = "There is no such channel"
    detail = "There is no channel {code}."
    remedy = "Take the code from landsvc channel list."


class UnknownChannelKey(NotFound):
    """The channel has no key of this name. 404."""

    slug = "unknown-channel-key"
    title = "There is no such key"
    detail = "{code} has no key {kid}."
    remedy = "Take its name from landsvc channel key list."


class ChannelKeyThere(Conflict):
    """The channel has a key of this name. 409."""

    slug = "channel-key-there"
    title = "There is a key of this name"
    detail = "{code} has a key {kid}, which may have ended."
    remedy = "Give each key a name of its own: what it signed stays provable."


class ChannelKeyUnfit(InvalidInput):
    """A key that cannot be used. 400."""

    slug = "channel-key-unfit"
    title = "The key cannot be used"
    detail = "{reason}"
    remedy = "Give a public key in PEM, Ed25519 or RSA of 2048 bits or more, or have a shared secret made."


class PaidInFuture(RuleViolation):
    """Money cannot have been taken in the future. 422."""

    slug = "paid-in-future"
    title = "The moment of payment cannot be"
    detail = "{paid_at} is after now."
    remedy = "Give the moment the money was taken, with its zone."


class OtherPurpose(RuleViolation):
    """A payment to the budget names an order of the office, or a fee names an obligation. 422."""

    slug = "other-purpose"
    title = "The payment names what is not of its purpose"
    detail = "{name} does not go with {purpose}."
    remedy = "Give obligationId with tax, orderCode with fee."


class StatementKindUnknown(UnsupportedMediaType):
    """A list of a day that is neither JSON nor CSV. 415."""

    slug = "statement-kind-unknown"
    title = "The list is neither JSON nor CSV"
    detail = "It came as {found}."
    remedy = "Send application/json or text/csv, in UTF-8."


class StatementUnreadable(InvalidInput):
    """A list of a day that cannot be read. 400."""

    slug = "statement-unreadable"
    title = "The list cannot be read"
    detail = "Near line {line}."
    remedy = "Write the list as docs/channels.md describes, in UTF-8."


class StatementDoesNotSum(RuleViolation):
    """Count and sum of a list are not those of its lines. 422."""

    slug = "statement-does-not-sum"
    title = "Count and sum are not those of the lines"
    detail = "It says {count} lines and {sum_vnd} đồng; there are {lines} lines and {lines_vnd} đồng."
    remedy = "Send the list whole; nothing of it was taken."


class StatementLineTwice(RuleViolation):
    """A list names one payment twice. 422."""

    slug = "statement-line-twice"
    title = "One payment stands twice in the list"
    detail = "A reference and line number stands twice."
    remedy = "Name each payment once."


class StatementOfAnotherDay(RuleViolation):
    """A list has a payment of another day, or is of a day to come. 422."""

    slug = "statement-of-another-day"
    title = "The list is not of this day"
    detail = "{what} is not of {day}, in Vietnam."
    remedy = "Give each day's list its own payments, from midnight to midnight in Vietnam."


class StatementOutdated(Conflict):
    """A newer list of the day was taken before this older one came. 409."""

    slug = "statement-outdated"
    title = "A newer list of the day was taken before"
    detail = "Version {version} was signed later than this one."
    remedy = "Sign the list anew if it is to take the place of the newer one."
