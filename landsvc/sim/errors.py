"""Say what can go wrong between a simulator and the service."""

from __future__ import annotations

from landsvc.core.errors import InvalidInput, Unavailable


class AddressUnsafe(InvalidInput):
    """The service would be asked in the clear over a network. 400."""

    slug = "sim-address-unsafe"
    title = "The address is neither https nor this machine"
    detail = "{address}: a secret is sent there."
    remedy = "Give an address that begins with https://, or with http://127.0.0.1."


class ServiceRefused(Unavailable):
    """The service did not answer as it should; the simulator stops. 503."""

    slug = "sim-refused"
    title = "The service answered otherwise than it should"
    detail = "{way}: {status} {text}"
    remedy = "See that the service runs, and that the client has the scopes tax:read and tax:write."


class KeyUnfit(InvalidInput):
    """What a simulator is to sign with cannot be used. 400."""

    slug = "sim-key-unfit"
    title = "The key cannot be used to sign"
    detail = "{reason}"
    remedy = "Give the secret as landsvc channel key add printed it, or a private key in PEM."


class CodeUnreadable(InvalidInput):
    """The text of a QR code that a bank's app would refuse. 400."""

    slug = "sim-code-unreadable"
    title = "The code cannot be read"
    detail = "{reason}"
    remedy = "Paste the whole text of a VietQR code."


class ScriptUnreadable(InvalidInput):
    """A script of a simulator that cannot be played. 400."""

    slug = "sim-script-unreadable"
    title = "The script cannot be played"
    detail = "Line {line}: {reason}"
    remedy = "One JSON object a line, as docs/channels.md lists them."


class StepUnfit(InvalidInput):
    """A step of a script cannot be read. 400."""

    slug = "sim-step-unfit"
    title = "The script cannot be played"
    detail = "Step {step}: {reason}."
    remedy = "docs/sandbox.md shows each step with an example."


class StepFailed(Unavailable):
    """A step was answered otherwise than the script expects. 503."""

    slug = "sim-step-failed"
    title = "The service answered otherwise than the script expects"
    detail = "Step {step}: expected {expected}, got {told}."
    remedy = "See that the script is played once, and for dossiers nobody else answered."
