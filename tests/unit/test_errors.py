"""Errors are named once: a slug is the stable code of one kind, and of one page that explains it."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import landsvc
import pytest
from babel.messages.pofile import read_po
from landsvc.cadastre.importing.whereabouts import OutsideProvince
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


@pytest.mark.parametrize(
    ("error", "named"),
    [
        (OutsideProvince(0.1, (106.0, 11.5)), "--srid"),
        (OutsideProvince(0.1, (106.0, 11.5), option="--no-swap-axes"), "--no-swap-axes"),
        (OutsideProvince(0.1, (106.0, 11.5), zones=[9210, 9211]), "9210, 9211"),
    ],
)
def test_each_way_out_of_a_file_outside_the_province_is_said_in_both_languages(
    error: OutsideProvince, named: str
):
    assert named in error.way_out()
    with Path("web/i18n/vi/LC_MESSAGES/messages.po").open("rb") as file:
        message = read_po(file, locale="vi")[error.remedy]
    assert named in str(message.string).format(**error.facts)
    assert message.string != message.id
