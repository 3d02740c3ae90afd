"""Take in a register of an older system: rows go by COPY into tables of their own, the rest is done set by set.

All of it is one transaction. Identity numbers are sealed before they leave this process, and sealed again for the party
they belong to; what a second run is compared by is a digest that no number goes into.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy.orm import Session

from landsvc.cadastre.importing.mapping import FieldMapping, choose
from landsvc.core import clock
from landsvc.core.db import IMPORT_ROLE, Database, driver_connection
from landsvc.core.errors import InvalidInput
from landsvc.core.progress import Progress, silent
from landsvc.core.secrets import IDENTITY_NUMBER, Vault
from landsvc.geo.formats.row_stream import RowStream, open_rows
from landsvc.registry.legacy.columns import (
    TARGETS,
    Fault,
    Line,
    Person,
    Place,
    key_of,
    read_line,
    read_place,
)
from landsvc.registry.legacy.queries import SQL, ask
from landsvc.registry.legacy.report import MOST_ROWS, Report, Unmatched
from landsvc.registry.parties.sealing import sealed_number

HEAD_ROWS = 40
"""The row that names the columns is looked for in the first so many."""
HEAD_LEAST = 3
BATCH = 10_000
MOST_UNMATCHED = 100_000
"""Rows told one by one; beyond it their counts are told."""
MATCHES = (
    *("legacy_groups", "legacy_count", "legacy_before", "legacy_places", "legacy_holders", "legacy_mortgages"),
    *("legacy_count", "legacy_by_code", "legacy_by_number", "legacy_by_old_number", "legacy_known_persons"),
    *("legacy_reasons", "legacy_twice", "legacy_early", "legacy_used_persons", "legacy_count"),
)
WRITES = (
    *("legacy_take", "legacy_take_mortgages", "legacy_count", "legacy_add_holdings", "legacy_add_holders"),
    *("legacy_add_wholes", "legacy_add_rights", "legacy_add_land", "legacy_add_terms", "legacy_keep"),
    *("legacy_find_serials", "legacy_tell_serials", "legacy_count", "legacy_add_certificates"),
    *("legacy_say_certificates",),
)
LINE_COLUMNS = (
    *("row_no", "key", "digest", "fault", "code", "commune", "sheet", "number", "old_sheet", "old_number"),
    *("area_m2", "serial", "book_no", "issued_on", "since", "origin", "form", "term_until", "purpose", "person"),
    *("num", "den", "mortgagee", "mortgaged_at", "amount_vnd", "mortgage_no"),
)
PERSON_COLUMNS = (
    *("person", "kind", "name", "born_on", "born_year", "sex", "address", "doc_kind", "sealed", "indexes"),
)
DOCUMENT_COLUMNS = ("party_id", "record_id", "valid", "kind", "number_sealed", "number_index")
ON_THE_WAY = "registry.legacy_person on its way"


class HeadNotFound(InvalidInput):
    """No row of a table names the columns of a register. 400."""

    slug = "register-head-not-found"
    title = "The row that names the columns was not found"
    detail = "{path}: in the first {rows} rows none names three columns of a register."
    remedy = "Name the columns in the first row, such as `Mã xã; Số tờ; Số thửa; Tên chủ`, or save another sheet."


class RegisterIncomplete(InvalidInput):
    """A register lacks columns without which no right can be read. 400."""

    slug = "register-incomplete"
    title = "Columns are missing"
    detail = "Nothing tells {lacking}; the columns are {columns}."
    remedy = "Name them with --map OURS=THEIRS, such as --map holder='Họ tên'; a commune for all rows: --commune."


@dataclass(frozen=True)
class Options:
    """What a person asks for. `source` names the system the register comes from: a second run is known by it."""

    path: Path
    source: str = "legacy"
    layer: str | None = None
    encoding: str | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)
    commune: str | None = None
    dry_run: bool = False


@dataclass
class Plan:
    """How a register will be read: once, from the row after its head on."""

    options: Options
    stream: RowStream
    columns: Sequence[str]
    fields: FieldMapping

    def lines(self) -> list[str]:
        """Say the plan to a person, one decision a line."""
        guess = {True: " (guessed)", False: ""}
        said = [
            f"file               {self.options.path.name}, {self.stream.layer} ({self.stream.kind})",
            f"encoding           {self.stream.encoding}{guess[self.stream.encoding_guessed]}",
            f"source             {self.options.source}",
        ]
        for target, column in self.fields.fields.items():
            said.append(f"{target:<18} <- {column}{guess[target in self.fields.guessed]}")
        return said

    def rows(self) -> Iterator[tuple[int, dict[str, str]]]:
        """Yield each row by our names, with its number in the file."""
        where = {target: self.columns.index(column) for target, column in self.fields.fields.items()}
        for number, row in self.stream.rows:
            yield number, {target: row[at] for target, at in where.items() if at < len(row) and row[at]}


class _DryRun(Exception):
    """Leave the transaction without committing."""


def make_plan(options: Options) -> Plan:
    """Open a register and find its columns.

    Raises as `open_rows`, `UnknownTarget`, `UnknownField`, `HeadNotFound` or `RegisterIncomplete`.
    """
    stream = open_rows(options.path, layer=options.layer, encoding=options.encoding)
    first = stream.peek(HEAD_ROWS)
    best = max(first, key=lambda row: len(choose(row[1], {}, TARGETS).fields), default=(0, []))
    columns = best[1]
    fields = choose([each for each in columns if each], options.mapping, TARGETS)
    if len(fields.fields) < HEAD_LEAST:
        raise HeadNotFound(field="file", path=str(options.path), rows=HEAD_ROWS)
    _require_enough(fields, columns, options)
    while next(stream.rows)[0] != best[0]:
        pass
    return Plan(options, stream, columns, fields)


def _require_enough(fields: FieldMapping, columns: Sequence[str], options: Options) -> None:
    has = set(fields.fields) | ({"commune"} if options.commune else set())
    lacking = [] if "holder" in has else ["holder"]
    ways = ({"code"}, {"commune", "sheet_no", "parcel_no"}, {"commune", "old_sheet_no", "old_parcel_no"})
    if not any(way <= has for way in ways):
        lacking += ["code, or commune with sheet_no and parcel_no"]
    if lacking:
        raise RegisterIncomplete(field="map", lacking="; ".join(lacking), columns=", ".join(columns))


def import_register(database: Database, vault: Vault, plan: Plan, on_step: Progress = silent) -> Report:
    """Take in a register as its plan says: all of it in one transaction, or nothing.

    Rights whose parcel, holder or shares are not sure wait in `legacy_right`. Raises `SecretKeysMissing`.
    """
    options = plan.options
    report = Report(
        options.path.name,
        options.source,
        plan.fields.fields,
        plan.fields.guessed,
        plan.stream.encoding,
        options.dry_run,
    )
    try:
        with database.unit_of_work(IMPORT_ROLE) as session:
            _Importer(session, vault, plan, report, on_step).run()
            if options.dry_run:
                raise _DryRun
            on_step("Committing", 0, 0)
    except _DryRun:
        report.record = None
        return report
    on_step("Tidying", 0, 0)
    # Without it the next question would be planned as if the register were empty.
    with psycopg.connect(database.dsn, autocommit=True) as conn:
        conn.execute(SQL["legacy_settle"].text)
    return report


class _Importer:
    """One register being taken in."""

    def __init__(self, session: Session, vault: Vault, plan: Plan, report: Report, on_step: Progress) -> None:
        self.session, self.vault, self.plan, self.report, self.on_step = session, vault, plan, report, on_step
        self.conn: psycopg.Connection[Any] = driver_connection(session)
        self.today = clock.today()
        self.names: dict[bytes, bytes] = {}
        """Persons that were sent: a digest of the person, a digest of the name."""

    def run(self) -> None:
        """Send the rows, match them, write what is sure, and keep what waits."""
        ask(self.session, "legacy_begin")
        name = self.plan.options.path.name
        found = ask(
            self.session,
            "legacy_record",
            title=f"Nhập sổ đăng ký từ tệp {name}",
            reason=f"Import of {name} from {self.plan.options.source}",
            made_by="operator",
        )
        record_id, self.report.record = found[0]
        ask(self.session, "legacy_prove_together", record_id=record_id)
        self._send_rows()
        self._ask_all("Matching", MATCHES, record_id)
        self._register_parties(record_id)
        self._ask_all("Writing", WRITES, record_id)
        self._count()
        ask(self.session, "legacy_clear")
        ask(self.session, "legacy_count")
        self.on_step("Proving", 0, 0)
        self.conn.execute("SET CONSTRAINTS ALL IMMEDIATE")

    def _ask_all(self, step: str, names: Sequence[str], record_id: int) -> None:
        given = {"source": self.plan.options.source, "record_id": record_id, "today": self.today}
        for name in names:
            self.on_step(f"{step} ({name.removeprefix('legacy_').replace('_', ' ')})", 0, 0)
            if name in {"legacy_by_number", "legacy_by_old_number"}:
                ask(self.session, "legacy_by_number", old=name == "legacy_by_old_number")
                continue
            ask(self.session, name, **given)

    def _send_rows(self) -> None:
        origins = frozenset(row[0] for row in ask(self.session, "legacy_origins"))
        rows = self.plan.rows()
        while batch := list(islice(rows, BATCH)):
            persons: list[tuple[Any, ...]] = []
            lines = [self._line(number, told, origins, persons) for number, told in batch]
            self._copy("registry.legacy_person", PERSON_COLUMNS, persons)
            self._copy("registry.legacy_line", LINE_COLUMNS, lines)
            self.report.rows += len(batch)
            self.on_step("Reading", self.report.rows, 0)

    def _line(
        self, number: int, told: Mapping[str, str], origins: frozenset[str], persons: list[tuple[Any, ...]]
    ) -> tuple[Any, ...]:
        place = read_place(told, self.plan.options.commune)
        digest = _digest(*(f"{name}={told[name]}" for name in sorted(told) if not name.endswith("number")))
        key = key_of(told, place)
        try:
            line = read_line(told, place, key=key, today=self.today, origins=origins)
            return _line_row(number, digest, line, self._persons_of(line, persons))
        except Fault as fault:
            return (number, key, digest, fault.slug, *_place_row(place), *[None] * (len(LINE_COLUMNS) - 11))

    def _persons_of(self, line: Line, persons: list[tuple[Any, ...]]) -> tuple[bytes, bytes | None]:
        holder = self._person(line.person, persons)
        return holder, self._person(line.mortgage.person, persons) if line.mortgage else None

    def _person(self, person: Person, persons: list[tuple[Any, ...]]) -> bytes:
        """Return the digest of a person, who is sent once; raise `Fault` where a number has two names."""
        indexes: list[bytes] = []
        if person.number and person.number_kind:
            indexes = self.vault.indexes(person.number, IDENTITY_NUMBER)
            key = _digest(person.number_kind, indexes[-1].hex())
        else:
            key = _digest(person.kind, person.name, str(person.born_on or person.born_year), person.address or "")
        name = _digest(person.name.casefold())[:8]
        if self.names.setdefault(key, name) != name:
            raise Fault("holder-of-another-name")
        if self.names[key] is name:
            sealed = self.vault.seal(person.number, ON_THE_WAY) if person.number else None
            persons.append(
                (
                    *(
                        key,
                        person.kind,
                        person.name,
                        person.born_on,
                        person.born_year,
                        person.sex,
                        person.address,
                    ),
                    *(person.number_kind, sealed, indexes or None),
                )
            )
        return key

    def _register_parties(self, record_id: int) -> None:
        """Register who is new, each number sealed for the party it belongs to."""
        self._ask_all("Writing", ("legacy_add_parties", "legacy_add_names"), record_id)
        after, valid = 0, f"[{self.today},)"
        while page := ask(self.session, "legacy_numbers", after=after, page=BATCH):
            rows = []
            for party_id, code, kind, _person, sealed in page:
                number = self.vault.open(bytes(sealed), ON_THE_WAY)
                kept = sealed_number(self.vault, number, party=code, kind=kind)
                rows.append((party_id, record_id, valid, kind, kept["number_sealed"], kept["number_index"]))
            self._copy("registry.party_document", DOCUMENT_COLUMNS, rows)
            after = page[-1][0]
            self.on_step("Sealing numbers", 0, 0)

    def _count(self) -> None:
        report = self.report
        for name, rights, rows in ask(self.session, "legacy_counts"):
            report.rights[name], report.rows_by_reason[name] = rights, int(rows)
        report.matched = dict(ask(self.session, "legacy_matched"))
        totals = ask(self.session, "legacy_totals")[0]
        report.parties_new, used, report.mortgages, report.certificates, report.areas_differ = totals
        left = ask(self.session, "legacy_serials", most=MOST_ROWS)
        report.serials_left = {reason: (many, rows) for reason, many, rows in left}
        report.parties_known = used - report.parties_new
        after = 0
        while len(report.unmatched) < MOST_UNMATCHED and (
            page := ask(self.session, "legacy_unmatched", after=after, page=BATCH)
        ):
            report.unmatched += [Unmatched(row, reason, key, _named(*place)) for row, reason, key, *place in page]
            after = page[-1][0]

    def _copy(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        if not rows:
            return
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
            sql.Identifier(*table.split(".")), sql.SQL(", ").join(map(sql.Identifier, columns))
        )
        with self.conn.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)


def _place_row(place: Place) -> tuple[Any, ...]:
    return (
        *(place.code, place.commune, place.sheet, place.number, place.old_sheet, place.old_number),
        place.area_m2,
    )


def _line_row(number: int, digest: bytes, line: Line, persons: tuple[bytes, bytes | None]) -> tuple[Any, ...]:
    holder, mortgagee = persons
    share, mortgage = line.share, line.mortgage
    return (
        *(number, line.key, digest, None, *_place_row(line.place), line.serial, line.book_no, line.issued_on),
        *(line.since, line.origin, line.form, line.term_until, line.purpose, holder),
        *(share.numerator if share else None, share.denominator if share else None, mortgagee),
        *((mortgage.at, mortgage.amount_vnd, mortgage.number) if mortgage else (None, None, None)),
    )


def _digest(*parts: str) -> bytes:
    return sha256("\x1f".join(parts).encode()).digest()[:20]


def _named(
    code: str | None,
    commune: str | None,
    sheet: str | None,
    number: str | None,
    old_sheet: str | None,
    old_number: str | None,
) -> str:
    if code:
        return code
    now = "-".join(each or "?" for each in (commune, sheet, number))
    return f"{now} (cũ {old_sheet or '?'}-{old_number or '?'})" if old_sheet or old_number else now
