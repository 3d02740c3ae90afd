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
