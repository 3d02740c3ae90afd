"""Load named SQL statements from each room's `queries.sql`, and from `queries_<what>.sql` beside it.

A statement begins at `-- name: NAME`; the comment lines below it say what it answers, its parameters
(`-- params: a, b`) and the index it must use (`-- index: ix_name`). Parameters are written `:name`. What several
statements share stands once, in a block that begins at `-- part: NAME`, and is called for by `{NAME}`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files

_PARAMETER = re.compile(r"(?<![:\w]):([a-z_][a-z0-9_]*)")
_PART = re.compile(r"^\{(\w+)\}", re.MULTILINE)
_WRITES = re.compile(r"\b(?:INSERT|UPDATE|DELETE|FOR SHARE|nextval|set_config|pg_advisory\w*)\b", re.IGNORECASE)
_QUOTED = re.compile(r"'(?:[^']|'')*'|--[^\n]*")


@dataclass(frozen=True, eq=False)
class Statement:
    """One named statement, ready for the driver (`%(name)s` places) and for libpq (`$1` places)."""

    room: str
    name: str
    doc: str
    params: tuple[str, ...]
    index: tuple[str, ...]
    source: str
    text: str
    numbered: str
    """The statement with `$1`, `$2` ... in the order of `params`."""

    @property
    def has_plan(self) -> bool:
        """Tell whether PostgreSQL plans it; a command such as SET CONSTRAINTS is carried out without one."""
        return not self.source.startswith(("SET ", "LOCK ", "ALTER ", "VACUUM "))

    def __reduce__(self) -> tuple[Callable[[str, str], Statement], tuple[str, str]]:
        """Let another process find its own statement of this name: there is one of each."""
        return named, (self.room, self.name)

    @cached_property
    def only_reads(self) -> bool:
        """Tell whether it is a query that writes, locks and counts nothing by itself (functions it calls may)."""
        return self.source.startswith(("SELECT", "WITH")) and not _WRITES.search(_QUOTED.sub("", self.source))


def named(room: str, name: str) -> Statement:
    """Return a statement of a room by name; raise `KeyError` where it has none."""
    return room_statements(room)[name]


@cache
def statements(room: str, file: str = "queries.sql") -> dict[str, Statement]:
    """Return the statements of one room (`landsvc.<room>/<file>`) by name; raise on a malformed file."""
    raw = files(f"landsvc.{room}").joinpath(file).read_text("utf-8")
    found: dict[str, Statement] = {}
    parts: dict[str, str] = {}
    for kind, block in re.findall(
        r"^-- (name|part): *(.*?)(?=^-- (?:name|part):|\Z)", raw, re.MULTILINE | re.DOTALL
    ):
        if kind == "part":
            parts |= [_part(block)]
            continue
        try:
            statement = parse(room, _with_parts(block, parts))
        except KeyError as missing:
            raise ValueError(f"{room}.{block.split()[0]}: no part {missing} stands above it") from None
        if statement.name in found:
            raise ValueError(f"{room}: two statements are named {statement.name}")
        found[statement.name] = statement
    return found


@cache
def room_statements(room: str) -> dict[str, Statement]:
    """Return the statements of every `queries*.sql` of a room by name; raise when two files use one name."""
    found: dict[str, Statement] = {}
    for file in sorted(path.name for path in files(f"landsvc.{room}").iterdir()):
        if not re.fullmatch(r"queries\w*\.sql", file):
            continue
        more = statements(room, file)
        if twice := found.keys() & more.keys():
            raise ValueError(f"{room}: two statements are named {', '.join(sorted(twice))}")
        found |= more
    return found


def _with_parts(block: str, parts: Mapping[str, str]) -> str:
    return _PART.sub(lambda called: parts[called.group(1)], block)


def _part(block: str) -> tuple[str, str]:
    name, _, text = block.partition("\n")
    return name.strip(), re.sub(r"\A(?:--[^\n]*\n)*", "", text).strip().rstrip(";")


def parse(room: str, block: str) -> Statement:
    """Read one statement, its name on the first line; raise ValueError when it uses what it does not declare."""
    head, _, rest = block.partition("\n")
    comments: list[str] = []
    lines = rest.splitlines()
    while lines and lines[0].startswith("--"):
        comments.append(lines.pop(0)[2:].strip())
    source = "\n".join(lines).strip().rstrip(";")
    header = "\n".join(comments)
    declared = _listed(header, "params")
    index = _listed(header, "index")
    used = set(_PARAMETER.findall(_QUOTED.sub("", source)))
    if used != set(declared):
        raise ValueError(f"{room}.{head.strip()}: declares {sorted(declared)} but uses {sorted(used)}")
    doc = "\n".join(line for line in comments if not re.match(r"(params|index):", line))
    numbers = {name: f"${number}" for number, name in enumerate(declared, start=1)}
    return Statement(
        room,
        head.strip(),
        doc,
        declared,
        index,
        source,
        _with_places(source.replace("%", "%%"), r"%(\1)s"),
        _with_places(source, lambda found: numbers[found.group(1)]),
    )


def _listed(header: str, key: str) -> tuple[str, ...]:
    match = re.search(rf"\b{key}: *([^\n]*?)(?:\s{{2,}}|\n|$)", header)
    return tuple(word.strip() for word in match.group(1).split(",") if word.strip()) if match else ()


def _with_places(source: str, place: str | Callable[[re.Match[str]], str]) -> str:
    """Write each parameter outside text constants and comments as `place` says."""
    parts: list[str] = []
    last = 0
    for quoted in _QUOTED.finditer(source):
        parts += [_PARAMETER.sub(place, source[last : quoted.start()]), quoted.group()]
        last = quoted.end()
    return "".join([*parts, _PARAMETER.sub(place, source[last:])])
