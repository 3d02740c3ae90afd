"""Every text a reader can meet exists in Vietnamese and English, and every script text is known."""

from __future__ import annotations

import re
import string
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[2]
CATALOGUES = sorted((ROOT / "web/i18n").glob("*/LC_MESSAGES/messages.po"))
PLACES = re.compile(r"%\((\w+)\)s")


def test_catalogues_are_complete():
    done = subprocess.run(
        [sys.executable, ROOT / "script/messages", "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-3])
def test_translations_keep_the_places_of_their_message(path: Path):
    with path.open("rb") as file:
        catalogue = read_po(file)
    for message in catalogue:
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        texts = message.string if isinstance(message.string, tuple) else (message.string,)
        wanted = set().union(*map(places, ids))
        for text in texts if message.id else ():
            assert places(text) <= wanted, (message.id, text)
            # A lone percent sign would break the page where the facts are filled in.
            assert not PLACES.search(str(message.id)) or text % dict.fromkeys(wanted, 1), (message.id, text)


def places(text: str) -> set[str]:
    braces = {name.split("!")[0] for _, name, _, _ in string.Formatter().parse(text) if name}
    return braces | set(PLACES.findall(text))


SHARED = ("address", "labels", "layers", "page", "recovery", "search", "styles")
"""Scripts of the public map that the workspace loads too."""


def said_by(scripts: Iterable[Path]) -> set[str]:
    said = set()
    for path in scripts:
        said |= set(re.findall(r"""\bt\(\s*["']([\w.]+)["']""", path.read_text()))
        for chosen in re.findall(r"\bt\(([^)]*\?[^)]*)\)", path.read_text()):
            said |= set(re.findall(r"""["']([a-z]\w+)["']""", chosen))
    return said


@pytest.mark.parametrize("room", ["portal", "office"])
def test_scripts_and_page_agree_on_their_messages(room):
    office = set((ROOT / "web/src/office").rglob("*.js"))
    shared = {ROOT / f"web/src/portal/{name}.js" for name in SHARED}
    scripts = office | shared if room == "office" else set((ROOT / "web/src").rglob("*.js")) - office
    source = "".join(path.read_text() for path in (ROOT / f"landsvc/{room}").glob("*messages.py"))
    given = set(re.findall(r'^\s+"([\w.-]+)": gettext', source, re.MULTILINE))
    said = said_by(scripts)
    assert said <= given
    assert {key for key in given if "." not in key} <= said
