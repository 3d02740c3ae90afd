"""Say what can go wrong with what is an account's own."""

from __future__ import annotations

from landsvc.core.db import on_violation
from landsvc.core.errors import Forbidden, RuleViolation


class NotKnownInRegister(RuleViolation):
    """The account is nobody of the register. 422."""

    slug = "not-known-in-register"
    title = "The register does not know whose account this is"
    detail = (
        "Who looked at somebody's data is told to that person alone, and this account has not shown who it is."
    )
    remedy = "Sign in with the national identity, or bring your identity card to any reception counter."


class ApplicationOfAccount(Forbidden):
    """The application was begun by somebody who signed in, and is lodged by them alone. 403."""

    slug = "application-of-account"
    title = "Sign in to lodge this"
    detail = "This application was begun by somebody who signed in, and only they can lodge it."
    remedy = "Sign in on /account/sign-in as when you began, and open it there."


class SignInTooWeak(RuleViolation):
    """The service asks for more than the application was begun with. 422."""

    slug = "sign-in-too-weak"
    title = "This service asks for a stronger sign-in"
    detail = "The service asks for a stronger sign-in than this application was begun with."
    remedy = "Sign in as the page of the service says, and begin again."


class AccountUnknown(RuleViolation):
    """Nobody opened an account with this contact. 422."""

    slug = "account-unknown"
    title = "No account has this contact"
    detail = "Nobody opened an account with this telephone number or e-mail address."
    remedy = "Let the person open one on /account/register first, and write what they typed there."


on_violation("sign-in-too-weak", lambda _facts: SignInTooWeak(field="procedure"))
