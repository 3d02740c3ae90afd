"""Say what can go wrong when somebody shows who they are, and when accounts and branches are looked after."""

from __future__ import annotations

from shlex import quote

from landsvc.core.errors import (
    Conflict,
    Forbidden,
    InvalidInput,
    NotFound,
    TooManyRequests,
    Unauthenticated,
    Unavailable,
)

COOKIE_SCHEME = 'Cookie realm="landsvc"'
BEARER = 'Bearer realm="landsvc"'


class SignInNeeded(Unauthenticated):
    """The request carries no session that is still good. 401."""

    slug = "sign-in-needed"
    title = "Sign in first"
    detail = "This needs an officer's session; none came with the request, or it has ended."
    remedy = "Sign in with POST /api/v1/session, or on the page of the office, and try again."

    def __init__(self) -> None:
        super().__init__(COOKIE_SCHEME)


class WrongSignIn(Unauthenticated):
    """Login and password do not belong together. The same answer whether the login exists or not. 401."""

    slug = "wrong-sign-in"
    title = "Login or password is wrong"
    detail = "No account answers to this login and password."
    remedy = "Check both, and whether Caps Lock is on. An administrator can set a new password."

    def __init__(self) -> None:
        super().__init__(COOKIE_SCHEME)


class TooManySignIns(TooManyRequests):
    """A login or an address failed too often. 429."""

    slug = "too-many-sign-ins"
    title = "Too many failed attempts to sign in"
    detail = "After so many failures no password is looked at for {minutes} minutes."
    remedy = "Wait {minutes} minutes, or let an administrator set a new password."

    def __init__(self, minutes: int) -> None:
        super().__init__(minutes=minutes)
        self.headers["Retry-After"] = str(60 * minutes)


class CsrfRefused(Forbidden):
    """A write with a session's cookie came without the session's token, or from another site. 403."""

    slug = "csrf-refused"
    title = "It is not certain that this came from our own page"
    detail = "A change made with a session needs the session's CSRF token, and must come from our own pages."
    remedy = "Send what GET /api/v1/session gives as csrfToken in the header X-CSRF-Token; reload the page first."


class RoleNeeded(Forbidden):
    """The account has none of the roles this asks for. 403."""

    slug = "role-needed"
    title = "Your account may not do this"
    detail = "This needs one of the roles {roles}."
    remedy = "Ask a colleague who has the role, or an administrator to give it to your account."


class TokenNeeded(Unauthenticated):
    """The request carries no bearer token. 401."""

    slug = "token-needed"
    title = "A token is needed"
    detail = "This is for machines: it needs an access token with the scope {scope}."
    remedy = "Get one at POST /api/v1/oauth/token and send it as Authorization: Bearer."

    def __init__(self, scope: str) -> None:
        super().__init__(BEARER, scope=scope)


class TokenRefused(Unauthenticated):
    """The token is unknown, has expired, or was revoked (RFC 6750, invalid_token). 401."""

    slug = "token-refused"
    title = "The token is not good"
    detail = "The access token is unknown, has expired, or its client was revoked."
    remedy = "Get a new one at POST /api/v1/oauth/token."

    def __init__(self) -> None:
        super().__init__(f'{BEARER}, error="invalid_token"')


class ScopeNeeded(Forbidden):
    """The token does not reach so far (RFC 6750, insufficient_scope). 403."""

    slug = "scope-needed"
    title = "The token does not allow this"
    detail = "This needs a token with the scope {scope}."
    remedy = "Ask for that scope at POST /api/v1/oauth/token; an administrator gives scopes to clients."

    def __init__(self, scope: str) -> None:
        super().__init__(scope=scope)
        self.headers["WWW-Authenticate"] = f'{BEARER}, error="insufficient_scope", scope="{scope}"'


class UnfitLogin(InvalidInput):
    """A login or client id has letters it may not have. 400."""

    slug = "unfit-login"
    title = "This cannot be a login"
    detail = (
        "{login!r} is not 2 to 64 of the letters a-z, digits, dot, hyphen or underscore, a letter or digit first."
    )
    remedy = "Choose another one, such as nguyen.van.an."


class UnfitPassword(InvalidInput):
    """A password is too short or too long. 400."""

    slug = "unfit-password"
    title = "This cannot be a password"
    detail = "A password has {least} to {most} characters."
    remedy = "Choose a longer one: four or five words that do not belong together are good."


class UnknownRole(InvalidInput):
    """There is no such role. 400."""

    slug = "unknown-role"
    title = "There is no such role"
    detail = "{role!r} is none of {roles}."
    remedy = "Name one of them."


class UnknownScope(InvalidInput):
    """There is no such scope. 400."""

    slug = "unknown-scope"
    title = "There is no such scope"
    detail = "{scope!r} is none of {scopes}."
    remedy = "Name one of them."


class ClientRevoked(Conflict):
    """A machine that is let in no more has no secret to change. 409."""

    slug = "client-revoked"
    title = "The machine is let in no more"
    detail = "{client} is revoked; there is no secret of it to change."
    remedy = "Give it a new one with `landsvc client secret`, which lets it in again."


class SecretChanging(Conflict):
    """Two secrets of a machine hold already; a third would end one of them unannounced. 409."""

    slug = "secret-changing"
    title = "The secret is being changed already"
    detail = "{client} has two secrets that hold."
    remedy = "End the old one first (`landsvc client rotate --end`), or wait until its time is over."


class LoginTaken(Conflict):
    """Somebody has this login already. 409."""

    slug = "login-taken"
    title = "This login is taken"
    detail = "There is an account or a client named {login} already."
    remedy = "Choose another one."


class NoSuchAccount(NotFound):
    """No account or client has this name. 404."""

    slug = "no-such-account"
    title = "There is no such account"
    detail = "No account or client is named {login}."
    remedy = "`landsvc user list` and `landsvc client list` show them all."


class UnfitBranch(InvalidInput):
    """A branch has a code or communes that cannot be. 400."""

    slug = "unfit-branch"
    title = "This cannot be a branch"
    detail = "{given!r} is not {wanted}."
    remedy = "A branch has a code such as dong-xoai, names, and the five-digit codes of its communes, or --all."


class BranchTaken(Conflict):
    """There is a branch of this code. 409."""

    slug = "branch-taken"
    title = "There is such a branch already"
    detail = "A branch has the code {code}."
    remedy = "Choose another code, or change that branch with `landsvc branch cover`."


class NoSuchBranch(NotFound):
    """No open branch has this code. 404."""

    slug = "no-such-branch"
    title = "There is no such branch"
    detail = "No open branch has the code {code!r}; there are: {branches}."
    remedy = "`landsvc branch list` shows them all, `landsvc branch create` makes one."


class BranchNeeded(InvalidInput):
    """An account of the office was made without saying where the person works, and there are several branches. 400."""

    slug = "branch-needed"
    title = "Say where this person works"
    detail = "There are several branches: {branches}."
    remedy = "Name one with --branch; `province` covers everything."


class UnknownAuthority(InvalidInput):
    """An authority to sign for is none of those there are. 400."""

    slug = "unknown-authority"
    title = "There is no such authority"
    detail = "{authority!r} is none of branch:CODE, department, commune-chairman:COMMUNE."
    remedy = "Write it like one of these."


class UnreadableHead(InvalidInput):
    """A head of the audit chain is not written as it is printed. 400."""

    slug = "unreadable-head"
    title = "This is no head of the audit chain"
    detail = "{given!r} is not PLACE:CHAIN, a number and 64 hexadecimal digits."
    remedy = "Give it as `landsvc check audit` printed it."


class ProviderUnavailable(Unavailable):
    """The OpenID provider does not answer, or not as one. 503."""

    slug = "provider-unavailable"
    title = "The provider to sign in with does not answer"
    detail = "The server could not reach {name}, or got no answer it understands."
    remedy = (
        "Sign in with your password, or try again in a minute. Who runs the server finds the reason in its log."
    )


class ProviderRefuses(Forbidden):
    """The OpenID provider did not let somebody in, or does not take back its code. 403."""

    slug = "provider-refuses"
    title = "The provider did not sign you in"
    detail = "{name} answered: {error}."
    remedy = "Begin again, or sign in with your password."


class TokenUnfit(Forbidden):
    """What came from the provider is not signed by it, or not for us, this sign-in, or this time. 403."""

    slug = "identity-token-unfit"
    title = "What came from the provider cannot be trusted"
    detail = "The answer of {name} failed the check of: {check}."
    remedy = "Begin again. When it fails again, tell an administrator which check failed."


class SignInNotBegun(Forbidden):
    """A provider's answer came to a browser that did not ask, too late, or twice. 403."""

    slug = "sign-in-not-begun"
    title = "This sign-in was not begun here"
    detail = "It was begun in another browser, more than ten minutes ago, or it was used already."
    remedy = "Begin again."


class NoAccountLinked(Forbidden):
    """The provider says who it is, but that is no account that may sign in. 403."""

    slug = "no-account-linked"
    title = "No account here belongs to you"
    detail = "The provider {issuer} calls you {subject}."
    remedy = (
        "Send this page to an administrator, who links you to your account on the server:"
        " landsvc user oidc LOGIN --issuer {issuer} --subject {quoted}"
    )

    def __init__(self, *, issuer: str, subject: str) -> None:
        # An administrator pastes it into a shell, and some providers let people choose what they are called.
        super().__init__(issuer=issuer, subject=subject, quoted=quote(subject))


class UnfitSubject(InvalidInput):
    """No provider calls somebody this. 400."""

    slug = "unfit-subject"
    title = "This cannot be a subject"
    detail = "{subject!r} is not 1 to 255 visible ASCII characters."
    remedy = "Copy it from the page that refuses the person, with the issuer."


class SubjectTaken(Conflict):
    """The subject is linked to another account. 409."""

    slug = "subject-taken"
    title = "This subject signs in as another account"
    detail = "It is linked to the account {login}."
    remedy = "Take it from that account first: landsvc user oidc {login} --remove"


class IssuerNeeded(InvalidInput):
    """A subject came without the provider that says it. 400."""

    slug = "issuer-needed"
    title = "Say which provider"
    detail = "A subject means something with its issuer only, and LANDSVC_OIDC_ISSUER is not set."
    remedy = "Give --issuer, as the provider's discovery document writes it."


class OwnAccount(Forbidden):
    """An administrator is about to change what their own account may. 403."""

    slug = "own-account"
    title = "Nobody changes what their own account may"
    detail = "The account {login} is your own."
    remedy = "Ask another administrator; where there is none, `landsvc user create` on the server makes one."


class LastAdministrator(Conflict):
    """What is asked would leave nobody who may let others in. 409."""

    slug = "last-administrator"
    title = "This is the last administrator"
    detail = "Nobody would be left who may let others in."
    remedy = "Make another account an administrator first."


class PasswordLinkSpent(NotFound):
    """A link to choose a password was used, has run out, or was replaced by a newer one. 404."""

    slug = "password-link-spent"
    title = "This link is no longer good"
    detail = "It was used already, has run out, or a newer one was made."
    remedy = "Ask an administrator for a new link."


class WrongPassword(InvalidInput):
    """The password a person wants to change is another. 400."""

    slug = "wrong-password"
    title = "This is not your password"
    detail = "The password you have now was typed differently."
    remedy = "Check it, and whether Caps Lock is on; an administrator can make a link to choose a new one."
