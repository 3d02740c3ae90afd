"""Make forms from the schema of facts, and read them again: one way for every effect, none written by hand."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from landsvc.core.i18n import gettext
from landsvc.office.forms import clean
from landsvc.registry.marks import ASKS, SEALED, SEALED_TEXT, Schema, plain_member

SPARE_ROWS = 2
LEAST_ROWS = 3
MOST_ROWS = 500
YEAR_DIGITS = 4
"""A number of no more digits may be a year, and is written without points between thousands."""
MOST_POINTS = 40_000
"""Characters of a pasted table of points."""
KEPT = ".kept"
"""End of the name by which a form sends a sealed number back as it is kept."""
LAND, PARTY, POINTS = "land", "party", "points"
CHOSEN = ("right", "block", "certificate", "origin", "asker", "exemption")
"""What is chosen from a list that depends on the dossier."""


@dataclass(frozen=True)
class Control:
    """One thing a form asks for; a `group` and `rows` hold others."""

    kind: str
    name: str
    label: str
    hint: str = ""
    required: bool = False
    value: str = ""
    said: str = ""
    """Whom a code names, for whoever looks at the form."""
    options: Sequence[tuple[str, str]] = ()
    chosen: frozenset[str] = frozenset()
    parts: Sequence[Control] = ()
    rows: Sequence[Sequence[Control]] = ()

    @property
    def folded(self) -> bool:
        """Tell whether it is a group that may be left out and is empty: its form shows it closed."""
        return self.kind == "group" and not self.required and not any(part.filled for part in self.parts)

    @property
    def filled(self) -> bool:
        """Tell whether something stands in it."""
        inner = (*self.parts, *(part for row in self.rows for part in row))
        return bool(self.value or self.chosen or any(each.filled for each in inner))

    @property
    def id(self) -> str:
        """Return the name as an element can carry it."""
        return self.name.replace(".", "-")


@dataclass(frozen=True)
class Choices:
    """What officers choose from: names of land, codes of what stands, each with its words."""

    land: Sequence[tuple[str, str]] = ()
    rights: Sequence[tuple[str, str]] = ()
    blocks: Sequence[tuple[str, str]] = ()
    askers: Sequence[tuple[str, str]] = ()
    certificates: Sequence[tuple[str, str]] = ()
    exemptions: Sequence[tuple[str, str]] = ()
    origins: Sequence[tuple[str, str]] = ()
    parties: Sequence[tuple[str, str]] = ()
    words: Mapping[str, str] = field(default_factory=dict)
    """What values of lists are called."""

    def of(self, kind: str) -> Sequence[tuple[str, str]]:
        """Return what may be chosen for a control."""
        return {
            "right": self.rights,
            "block": self.blocks,
            "certificate": self.certificates,
            "origin": self.origins,
            "asker": self.askers,
            "exemption": self.exemptions,
        }[kind]


def controls(schema: Schema, given: Mapping[str, Any], choices: Choices, prefix: str = "") -> list[Control]:
    """Return what a form asks for, filled with what is given (JSON); `schema` is that of a pydantic model."""
    return _of_object(schema, schema.get("$defs", {}), given, choices, prefix)


def read(schema: Schema, sent: Mapping[str, Sequence[str]], prefix: str = "") -> dict[str, Any]:
    """Return what a form sent as JSON for the same schema: what is empty is left out."""
    return _read_object(schema, schema.get("$defs", {}), sent, prefix)


def _of_object(
    schema: Schema, defs: Schema, given: Mapping[str, Any], choices: Choices, prefix: str
) -> list[Control]:
    needed = set(schema.get("required", ()))
    return [
        _control(
            plain_member(part, defs), defs, given.get(name), choices, f"{prefix}{name}", required=name in needed
        )
        for name, part in schema["properties"].items()
    ]


def _control(part: Schema, defs: Schema, value: Any, choices: Choices, name: str, *, required: bool) -> Control:
    label, hint = gettext(part.get("title") or name), part.get("description") or ""
    kind = kind_of(part)
    start = Control(kind, name, label, gettext(hint) if hint else "", required)
    match kind:
        case "group":
            parts = _of_object(part, defs, value or {}, choices, f"{name}.")
            # What a group needs is needed only where somebody fills it in: its schema tells.
            return _with(start, parts=parts if required else [_with(each, required=False) for each in parts])
        case "rows":
            return _with(start, rows=_rows(plain_member(part["items"], defs), defs, value or [], choices, name))
        case "land":
            return _with(start, options=choices.land, chosen=frozenset(value or ()))
        case "right" | "block" | "certificate" | "origin" | "asker" | "exemption":
            return _with(start, options=_with_given(choices.of(kind), value), value=value or "")
        case "party":
            return _with(start, value=value or "", said=dict(choices.parties).get(value or "", ""))
        case "select":
            options = [(each, choices.words.get(each, each)) for each in part["enum"]]
            return _with(start, options=options, value=value or part.get("default") or "")
        case "box":
            return _with(start, value="true" if value else "")
        case "sealed":
            found = re.fullmatch(SEALED_TEXT, value or "")
            return _with(start, value=value if found else "", hint=_end(found["end"]) if found else start.hint)
    return _with(start, value="" if value is None else str(value))


def _with_given(options: Sequence[tuple[str, str]], value: str | None) -> Sequence[tuple[str, str]]:
    """Return what may be chosen, with what was entered though it is no choice any more; nothing where there is none."""
    return [*options, (value, value)] if options and value and value not in dict(options) else options


def _rows(item: Schema, defs: Schema, given: Sequence[Any], choices: Choices, name: str) -> list[list[Control]]:
    count = max(LEAST_ROWS, len(given) + SPARE_ROWS)
    filled = [*given, *({} for _ in range(count - len(given)))]
    # What a column means is told once, in the first row.
    return [
        [
            _with(each, required=False, hint=each.hint if at == 0 else "")
            for each in _of_object(item, defs, row, choices, f"{name}.{at}.")
        ]
        for at, row in enumerate(filled)
    ]


def said(filled: Sequence[Control], names: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return what was entered, label and words, without what is empty; `names` tells who has the code of a party."""
    lines: list[tuple[str, str]] = []
    for each in filled:
        if each.kind == "group":
            lines += said(each.parts, names)
        elif each.kind == "rows":
            rows = (", ".join(text for _, text in said(row, names)) for row in each.rows)
            lines += [(each.label, row) for row in rows if row]
        elif text := _words(each, names):
            lines.append((each.label, text))
    return lines


def _words(control: Control, names: Mapping[str, str]) -> str:
    value = control.value
    match control.kind:
        case "land":
            return ", ".join(sorted(control.chosen))
        case "box":
            return gettext("yes") if value else ""
        case "party":
            return f"{value} {names.get(value, '')}".strip()
        case "date" if value:
            return f"{date.fromisoformat(value):%d/%m/%Y}"
        case "number" if len(value) > YEAR_DIGITS:
            return f"{int(value):,}".replace(",", ".")
        case "sealed" if found := re.fullmatch(SEALED_TEXT, value):
            return found["end"]
    return dict(control.options).get(value, value)


def _end(end: str) -> str:
    """Say that a number is kept, by its end."""
    return gettext("Kept: %(end)s. Write a number only to put another in its place.", end=end)


def kind_of(part: Schema) -> str:
    """Return which control a member of a schema is entered with."""
    asks = part.get(ASKS)
    if part.get(SEALED):
        return SEALED
    if asks in {LAND, PARTY, POINTS, *CHOSEN}:
        return str(asks)
    match part.get("type"):
        case "object":
            return "group"
        case "array":
            return "rows"
        case "boolean":
            return "box"
        case "integer":
            return "number"
    if "enum" in part:
        return "select"
    return "date" if part.get("format") == "date" else "text"


def _read_object(schema: Schema, defs: Schema, sent: Mapping[str, Sequence[str]], prefix: str) -> dict[str, Any]:
    found = {}
    for name, part in schema["properties"].items():
        value = _read(plain_member(part, defs), defs, sent, f"{prefix}{name}")
        if value not in (None, "", [], {}):
            found[name] = value
    return found


def _read(part: Schema, defs: Schema, sent: Mapping[str, Sequence[str]], name: str) -> Any:
    most = MOST_POINTS if part.get(ASKS) == POINTS else 300
    texts = [clean(text, most) for text in sent.get(name, ())]
    if part.get(SEALED):
        kept = [clean(text, 600) for text in sent.get(f"{name}{KEPT}", ())]
        return next(filter(None, [*texts, *kept]), None)
    match kind_of(part):
        case "group":
            return _read_object(part, defs, sent, f"{name}.")
        case "rows":
            item, rows = plain_member(part["items"], defs), []
            for at in range(MOST_ROWS):
                if not any(key.startswith(f"{name}.{at}.") for key in sent):
                    break
                rows.append(_read_object(item, defs, sent, f"{name}.{at}."))
            return [row for row in rows if row]
        case "land":
            return [text for text in texts if text]
        case "box":
            return True if "true" in texts else None
        case "number":
            return _number(texts[0]) if texts else None
    return texts[0] if texts else None


def _number(text: str) -> int | str:
    """Return a whole number written with or without points between thousands, else the text: its schema refuses it."""
    digits = text.replace(".", "").replace(" ", "")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 18 else text


def _with(control: Control, **changes: Any) -> Control:
    return Control(**{**vars(control), **changes})
