"""Know every kind of error a client can meet, before it first happens."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pkgutil import walk_packages

import landsvc
from landsvc.core.errors import LandsvcError
from landsvc.core.i18n import gettext

PLACE = re.compile(r"\{(\w+)[^}]*\}")
ERROR_MODULES = re.compile(r"\.(errors|service|routes|tiles|db|web|api|assets|crs|idempotency)$")


def error_classes() -> Iterator[type[LandsvcError]]:
    """Yield every class of errors of ours."""
    load_error_classes()
    yield from _below(LandsvcError)


def general(text: str) -> str:
    """Return a text in the reader's language with its places shown as places: "parcel {ref}" reads "parcel ‹ref›"."""
    if not text or PLACE.sub("", text).strip() == "":
        return ""
    return PLACE.sub(lambda place: f"‹{place.group(1)}›", gettext(text))


@cache
def load_error_classes() -> None:
    """Import the modules that define errors."""
    for module in walk_packages(landsvc.__path__, "landsvc."):
        if ERROR_MODULES.search(module.name) and not module.name.startswith("landsvc.bench"):
            import_module(module.name)


def _below(base: type[LandsvcError]) -> Iterator[type[LandsvcError]]:
    for error in base.__subclasses__():
        yield error
        yield from _below(error)
