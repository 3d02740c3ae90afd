"""Say what can go wrong with accounts of citizens."""

from __future__ import annotations

from landsvc.core.db import on_violation
from landsvc.core.errors import Forbidden, InvalidInput, RuleViolation, TooManyRequests, Unauthenticated
from landsvc.identity.errors import COOKIE_SCHEME


class OwnSignInNeeded(Unauthenticated):
    """This is somebody's own page, and nobody is signed in as a citizen. 401."""

    slug = "own-sign-in-needed"
    title = "Sign in first"
    detail = "This page is for people who signed in with an account of their own."
    remedy = "Sign in on /account/sign-in."

    def __init__(self) -> None:
        super().__init__(COOKIE_SCHEME)


class LevelNeeded(Forbidden):
    """The service asks for the national identity, and somebody signed in with an account of ours. 403."""

    slug = "level-needed"
    title = "Sign in with the national identity"
    detail = "This service asks for a sign-in of level {level}; this one has level {reached}."
    remedy = "Sign in with the national identity, or bring your papers to any reception counter."


class ContactUnfit(InvalidInput):
    """No code can be sent to this. 400."""

    slug = "contact-unfit"
    title = "No code can be sent to this"
    detail = "It is not an e-mail address, and not a mobile telephone number of Vietnam."
    remedy = "Write a number such as 0912 345 678, or an address such as an@example.org."


class ContactWayMissing(InvalidInput):
    """Codes are not sent this way here. 400."""

    slug = "contact-way-missing"
    title = "No code can be sent this way here"
    detail = "This service sends no messages by {channel}."
    remedy = "Use another way to say who you are."


class NameMissing(InvalidInput):
    """An account needs a name. 400."""

    slug = "account-name-missing"
    title = "Write your name"
    detail = "An account needs the name of the person it is for."
    remedy = "Write it as on your identity card."


class TooManyCodes(TooManyRequests):
    """Too many codes were sent to a contact, or asked for from one address. 429."""

    slug = "too-many-codes"
    title = "Too many codes were asked for"
    detail = "Only a few codes are sent within an hour."
    remedy = "Use the last code that came, or wait an hour."

    def __init__(self) -> None:
        super().__init__()
        self.headers["Retry-After"] = "3600"


class CodeWrong(RuleViolation):
    """The code does not fit, is older than half an hour, was used, or was tried too often. 422."""

    slug = "code-wrong"
    title = "This code is not right"
    detail = "A code is good for 30 minutes, once, and for five tries."
    remedy = "Look at the last message again, or ask for a new code."


class AccountBlocked(Forbidden):
    """The account was blocked by the office. 403."""

    slug = "account-blocked"
    title = "This account is blocked"
    detail = "The office blocked this account; no code opens it."
    remedy = "Ask at any reception counter."


class NotOwnAccount(Forbidden):
    """Whom the provider names has an account of the office. 403."""

    slug = "not-own-account"
    title = "This is an account of the office"
    detail = "Whom {name} names signs in for work. What is one's own needs another account."
    remedy = "Sign in with a telephone number or an e-mail address."


on_violation("uq_citizen_contact_index", lambda _facts: CodeWrong(field="code"))
