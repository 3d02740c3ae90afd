"""Errors are named once: a slug is the stable code of one kind, and of one page that explains it."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pkgutil import walk_packages

import landsvc
from landsvc.core.errors import LandsvcError

SERVED = {"landsvc.wsgi"}  # makes the application when imported


def kinds(base: type[LandsvcError]) -> Iterator[type[LandsvcError]]:
    for kind in base.__subclasses__():
        yield kind
        yield from kinds(kind)


def test_a_slug_names_one_kind_of_error():
    for module in walk_packages(landsvc.__path__, "landsvc."):
        if module.name not in SERVED:
            import_module(module.name)
    named: dict[str, set[str]] = {}
    for kind in kinds(LandsvcError):
        if kind.__module__.startswith("landsvc."):
            named.setdefault(kind.slug, set()).add(f"{kind.__module__}.{kind.__name__}")
    assert {slug: sorted(names) for slug, names in named.items() if len(names) > 1} == {}
