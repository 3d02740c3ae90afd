"""Say what can go wrong, in domain words, once; `core.problem` answers it over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar


def N_(text: str) -> str:  # noqa: N802 - the name by which texts for translators are found
    """Return a text that the edge translates."""
    return text


class Phrase:
    """A piece of a sentence that the edge translates before it stands in a text; English until then."""

    def __init__(self, text: str, **facts: object) -> None:
        self.text, self.facts = text, facts

    def __str__(self) -> str:
        """Return it in English."""
        return self.text.format(**self.facts)

    def __format__(self, spec: str) -> str:
        """Return it in English, so that `{wanted}` of a text takes it."""
        return format(str(self), spec)


class LandsvcError(Exception):
    """A failure we understand: a stable slug, a title to translate, facts, and the way out.

    `detail` and `remedy` are English gettext message ids with `{name}` places filled from `facts`,
    so the edge can translate them before it fills them.
    """

    slug: ClassVar[str] = "error"
    title: ClassVar[str] = "The request could not be carried out"
    detail: ClassVar[str] = ""
    remedy: ClassVar[str] = ""

    def __init__(
        self,
        *,
        field: str | None = None,
        geometry: Mapping[str, Any] | None = None,
        crs: str | None = None,
        members: Mapping[str, Any] | None = None,
        **facts: object,
    ) -> None:
        self.field = field
        self.geometry = geometry
        self.crs = crs
        self.members = dict(members or {})
        self.facts = facts
        self.headers: dict[str, str] = {}
        """What the answer carries beside the problem, such as how to sign in."""
        super().__init__(self.message())

    def message(self) -> str:
        """Return title and detail in English, for logs and the command line."""
        detail = self.detail.format(**self.facts) if self.detail else ""
        return f"{self.title}: {detail}" if detail else self.title

    def way_out(self) -> str:
        """Return the remedy in English."""
        return self.remedy.format(**self.facts) if self.remedy else ""


class NotFound(LandsvcError):
    """Nothing has the asked-for name. 404."""

    slug = "not-found"
    title = "Not found"


class Gone(LandsvcError):
    """It existed and was retired; the answer names its successors. 410."""

    slug = "gone"
    title = "No longer current"


class Ambiguous(LandsvcError):
    """Several things answer to that name; the answer lists them. 300."""

    slug = "ambiguous"
    title = "Several candidates"


class Conflict(LandsvcError):
    """Somebody else changed it meanwhile. 409."""

    slug = "conflict"
    title = "Conflict with the current state"


class RuleViolation(LandsvcError):
    """The request is well formed, but a rule of the register refuses it. 422."""

    slug = "rule-violation"
    title = "A rule of the register refuses this"


class Unauthenticated(LandsvcError):
    """Nobody knows who asks; `scheme` says how to show it (RFC 9110, WWW-Authenticate). 401."""

    slug = "unauthenticated"
    title = "Nobody knows who asks"

    def __init__(self, scheme: str, **facts: object) -> None:
        super().__init__(**facts)  # type: ignore[arg-type]
        self.headers["WWW-Authenticate"] = scheme


class Forbidden(LandsvcError):
    """The caller may not do this. 403."""

    slug = "forbidden"
    title = "Not allowed"


class InvalidInput(LandsvcError):
    """A value is malformed or out of range. 400."""

    slug = "invalid-input"
    title = "A value is not valid"
    detail = "{reason}"


class NotAcceptable(LandsvcError):
    """What was asked for exists, but not in the form asked for. 406."""

    slug = "not-acceptable"
    title = "Not in this form"


class UnsupportedMediaType(LandsvcError):
    """What was sent is of a kind the endpoint does not take. 415."""

    slug = "unsupported-media-type"
    title = "This kind of content is not taken here"


class PreconditionRequired(LandsvcError):
    """A change must say which state it was decided on. 428."""

    slug = "precondition-required"
    title = "Say which state you saw"


class TooManyRequests(LandsvcError):
    """One address asks too often. 429."""

    slug = "too-many-requests"
    title = "Too many requests"
    detail = "At most {limit} requests a minute are answered for one address."
    remedy = "Wait a minute and ask again."


class Unavailable(LandsvcError):
    """The database or a service we stand on does not answer. 503."""

    slug = "unavailable"
    title = "The service is not available right now"
    remedy = "Try again in a minute."


class InvalidSetting(LandsvcError):
    """A setting in the environment cannot be used."""

    slug = "invalid-setting"
    title = "A setting cannot be used"
    detail = "{name}={value!r} is not {expected}."
    remedy = "Set {name} to {expected}."

    def __init__(self, name: str, value: str, expected: str) -> None:
        super().__init__(field=name, name=name, value=value, expected=expected)
