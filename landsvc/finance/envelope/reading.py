"""Read an envelope from XML or JSON, and write one; nothing outside the message is ever fetched or expanded."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from xml.parsers import expat
from xml.sax.saxutils import escape

from landsvc.finance.envelope.errors import MessageMalformed
from landsvc.finance.envelope.fields import HEADER

MOST_BYTES = 1_000_000
MOST_ROWS = 500
MOST_TEXT = 2_000
DATA, HEAD, BODY, ROW = "DATA", "HEADER", "BODY", "ROW"


@dataclass(frozen=True)
class Envelope:
    """A message: its header, and rows of fields."""

    header: Mapping[str, str]
    rows: Sequence[Mapping[str, str]]

    def head(self, name: str) -> str:
        """Return a field of the header, empty where it lacks."""
        return self.header.get(name, "")


@dataclass
class _Reader:
    """Follows the tags of a message: DATA > HEADER > field, DATA > BODY > ROW > field."""

    path: list[str] = field(default_factory=list)
    header: dict[str, str] = field(default_factory=dict)
    rows: list[dict[str, str]] = field(default_factory=list)
    text: list[str] = field(default_factory=list)

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """Take an opening tag."""
        if attributes:
            raise MessageMalformed(why="attributes")
        self.path.append(name)
        known = [DATA, HEAD, BODY, ROW]
        if self.path == [DATA, BODY, ROW]:
            self.rows.append({})
            if len(self.rows) > MOST_ROWS:
                raise MessageMalformed(why=f"more than {MOST_ROWS} rows")
        elif self.path[-1] not in known and self._place() is None:
            raise MessageMalformed(why=f"{name[:40]} in an unexpected place")
        self.text = []

    def end(self, name: str) -> None:
        """Take a closing tag."""
        place = self._place()
        if place is not None:
            if name in place:
                raise MessageMalformed(why=f"{name[:40]} twice")
            place[name] = _sound("".join(self.text))
        elif "".join(self.text).strip():
            raise MessageMalformed(why="text between fields")
        self.path.pop()
        self.text = []

    def add(self, text: str) -> None:
        """Take some text."""
        self.text.append(text)

    def _place(self) -> dict[str, str] | None:
        """Return where the field that is open belongs."""
        if len(self.path) == 3 and self.path[:2] == [DATA, HEAD]:
            return self.header
        if len(self.path) == 4 and self.path[:3] == [DATA, BODY, ROW]:
            return self.rows[-1]
        return None


def read_xml(sent: bytes) -> Envelope:
    """Return the envelope that XML holds; raise `MessageMalformed`. Document types and entities are refused."""
    reader, parser = _Reader(), expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = reader.start, reader.end
    parser.CharacterDataHandler = reader.add
    parser.StartDoctypeDeclHandler = _no_doctype
    try:
        parser.Parse(sent, True)
    except (expat.ExpatError, ValueError, LookupError):
        raise MessageMalformed(why="no XML") from None
    return _checked(reader.header, reader.rows)


def read_json(found: Mapping[str, object]) -> Envelope:
    """Return the envelope that JSON holds: {"HEADER": {…}, "BODY": {"ROW": [{…}]}}; raise `MessageMalformed`."""
    body = found.get(BODY)
    header, rows = found.get(HEAD), body.get(ROW) if isinstance(body, dict) else None
    rows = [rows] if isinstance(rows, dict) else rows
    if set(found) - {HEAD, BODY} or not isinstance(header, dict) or not isinstance(rows, list):
        raise MessageMalformed(why="no HEADER and BODY")
    if len(rows) > MOST_ROWS or not all(isinstance(each, dict) for each in rows):
        raise MessageMalformed(why=f"rows that are no fields, or more than {MOST_ROWS}")
    return _checked(_texts(header), [_texts(each) for each in rows])


def write_xml(answer: Envelope) -> bytes:
    """Return an envelope as XML."""
    rows = "".join(f"<{ROW}>{_tags(each)}</{ROW}>" for each in answer.rows)
    text = f"<{DATA}><{HEAD}>{_tags(answer.header)}</{HEAD}><{BODY}>{rows}</{BODY}></{DATA}>"
    return b'<?xml version="1.0" encoding="UTF-8"?>' + text.encode()


def write_json(answer: Envelope) -> bytes:
    """Return an envelope as JSON."""
    return json.dumps({HEAD: answer.header, BODY: {ROW: answer.rows}}, ensure_ascii=False).encode()


def _no_doctype(*_: object) -> None:
    raise MessageMalformed(why="a document type")


def _checked(header: Mapping[str, str], rows: Sequence[Mapping[str, str]]) -> Envelope:
    if unknown := sorted(set(header) - set(HEADER)):
        raise MessageMalformed(why=f"{unknown[0][:40]} in HEADER")
    for name in ("TRAN_CODE", "MSG_ID"):
        if not 0 < len(header.get(name, "")) <= 100 or not header[name].isascii():
            raise MessageMalformed(why=f"HEADER without {name} of 1 to 100 plain characters")
    if not rows:
        raise MessageMalformed(why="BODY without ROW")
    return Envelope(header, rows)


def _texts(found: Mapping[str, object]) -> dict[str, str]:
    return {str(name): _sound(_text(value)) for name, value in found.items()}


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise MessageMalformed(why="a field that is neither text nor a whole number")
    return str(value) if isinstance(value, str) or abs(value) < 10**18 else "9" * 40


def _sound(text: str) -> str:
    if len(text) > MOST_TEXT or not text.strip().isprintable():
        raise MessageMalformed(why=f"control characters, or more than {MOST_TEXT} in a field")
    return text.strip()


def _tags(fields: Mapping[str, str]) -> str:
    return "".join(f"<{name}>{escape(value)}</{name}>" for name, value in fields.items())
