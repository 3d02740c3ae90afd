"""Register parties, change what is known of them, find them, and tell who read it.

Parties are known in the whole province: any office registers them. Whatever gives personal data leaves a trace in the
transaction that reads it; the trail names parties by code, never by name or number.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy.orm import Session

from landsvc.core.db import Database
from landsvc.core.secrets import IDENTITY_NUMBER, Vault
from landsvc.core.times import Times
from landsvc.identity import about
from landsvc.identity.about import Reading as Reading
from landsvc.identity.actors import Actor
from landsvc.identity.service import trace
from landsvc.registry.parties import queries, rules, sealing
from landsvc.registry.parties.errors import (
    DocumentKnown,
    DocumentNotFound,
    MemberUnknown,
    PartyNotFound,
    SearchEmpty,
)
from landsvc.registry.parties.queries import PartyFacts as PartyFacts
from landsvc.registry.parties.queries import PartyLine as PartyLine
from landsvc.registry.records import Record, now

MOST_FOUND = 50


@dataclass(frozen=True)
class DocumentGiven:
    """A document somebody showed."""

    kind: str
    number: str
    issued_on: date | None = None
    issued_by: str | None = None


@dataclass(frozen=True)
class DocumentShown:
    """A document of a party with all but the end of its number hidden."""

    id: int
    kind: str
    number: str
    issued_on: date | None
    issued_by: str | None


@dataclass(frozen=True)
class Party:
    """A party at two times, with its documents and members."""

    line: PartyLine
    documents: Sequence[DocumentShown] = ()
    members: Sequence[PartyLine] = field(default_factory=tuple)

    @property
    def code(self) -> str:
        """Return what the party is called in the register."""
        return self.line.code


def add_party(
    session: Session,
    vault: Vault,
    kind: str,
    facts: PartyFacts,
    *,
    since: date,
    record: Record,
    actor: Actor,
    documents: Sequence[DocumentGiven] = (),
    members: Sequence[str] = (),
) -> str:
    """Register a party from a day on; return its code.

    Raises `MemberUnknown`, `MembersNotFit`, `NumberImplausible`, or `DocumentKnown` when somebody else has the number.
    """
    found = ids_of(session, members, "members")
    rules.check_members(kind, [each_kind for _, each_kind in found.values()])
    party_id, code = queries.add_party(session, kind=kind, facts=facts, since=since, record_id=record.id)
    if members:
        ids = [each for each, _ in found.values()]
        queries.add_members(session, party_id=party_id, members=ids, since=since, record_id=record.id)
    for at, given in enumerate(documents):
        _add_document(session, vault, party_id, code, given, since, record, f"documents.{at}.number")
    trace(session, "party.added", who=actor, on=f"party:{code}", details={"record": record.code})
    return code


def change_party(
    session: Session, code: str, facts: PartyFacts, *, since: date, record: Record, actor: Actor
) -> None:
    """Say something else of a party from a day on; what held before stays known. Raises `PartyNotFound`."""
    party_id = _id_of(session, code)
    queries.change_party(session, party_id=party_id, facts=facts, since=since, record_id=record.id)
    trace(session, "party.changed", who=actor, on=f"party:{code}", details={"record": record.code})


def facts_now(session: Session, code: str) -> PartyFacts:
    """Return what is said of a party now; raise `PartyNotFound`. The caller traces what it does with that."""
    found = queries.told(session, [_id_of(session, code)], now())
    if not found:
        raise PartyNotFound(field="party", party=code)
    return found[0].facts


def add_document(
    session: Session, vault: Vault, code: str, given: DocumentGiven, *, since: date, record: Record, actor: Actor
) -> None:
    """Keep another document of a party. Raises as `add_party`, and `PartyNotFound`."""
    party_id = _id_of(session, code)
    _add_document(session, vault, party_id, code, given, since, record, "number")
    trace(session, "party.changed", who=actor, on=f"party:{code}", details={"record": record.code})


def get_party(session: Session, vault: Vault, code: str, times: Times, *, actor: Actor) -> Party:
    """Return a party as it is known to be at two times; raise `PartyNotFound`. The reading is traced."""
    found = told(session, vault, [_id_of(session, code)], times)
    if not found:
        raise PartyNotFound(field="party", party=code)
    party = found[0]
    trace(session, "party.read", who=actor, on=f"party:{code}", details=about_parties(party.members))
    return party


def find_parties(
    session: Session,
    vault: Vault,
    *,
    number: str | None = None,
    name: str | None = None,
    born_year: int | None = None,
    actor: Actor,
) -> list[Party]:
    """Return who has a document with exactly this number, else who is called exactly so; raise `SearchEmpty`.

    The trail says that somebody was looked for and who was found, not what was asked.
    """
    if not (number or name):
        raise SearchEmpty(field="number")
    ids = ids_by_number(session, vault, number) if number else []
    if not number and name:
        ids = queries.by_name(session, name, born_year, MOST_FOUND)
    found = told(session, vault, ids, now())
    trace(session, "party.searched", who=actor, details=about_parties([each.line for each in found]))
    return found


def number_of(session: Session, vault: Vault, code: str, document_id: int, *, actor: Actor) -> str:
    """Return the whole number of a document; each reading is traced. Raises `DocumentNotFound`."""
    found = queries.document(session, document_id)
    if found is None or found.party != code:
        raise DocumentNotFound(field="document", party=code, document=document_id)
    details = {"document": document_id}
    trace(session, "party.number-read", who=actor, on=f"party:{code}", details=details)
    return sealing.opened(vault, found)


def readings_of(
    database: Database, code: str, *, actor: Actor, before: int, page: int
) -> tuple[list[Reading], bool]:
    """Return who read or changed what is known of a party, the last first, and whether more follow."""
    return about.readings(database, f"party:{code}", who=actor, before=before, page=page)


def told(session: Session, vault: Vault, ids: Iterable[int], times: Times) -> list[Party]:
    """Return parties at two times with documents and members. The caller traces the reading."""
    wanted = list(ids)
    lines = queries.told(session, wanted, times)
    pairs = queries.members(session, wanted, times)
    by_id = {line.id: line for line in queries.told(session, {member for _, member in pairs}, times)}
    documents = queries.documents(session, wanted, times)
    return [
        Party(
            line,
            [
                DocumentShown(each.id, each.kind, sealing.hidden(vault, each), each.issued_on, each.issued_by)
                for each in documents
                if each.party_id == line.id
            ],
            [by_id[member] for whole, member in pairs if whole == line.id and member in by_id],
        )
        for line in lines
    ]


def numbers(session: Session, vault: Vault, ids: Iterable[int], times: Times) -> dict[int, list[tuple[str, str]]]:
    """Return kinds and whole numbers of the documents of parties, for a paper that bears them. The caller traces it."""
    found: dict[int, list[tuple[str, str]]] = {}
    for each in queries.documents(session, ids, times):
        found.setdefault(each.party_id, []).append((each.kind, sealing.opened(vault, each)))
    return found


def lines(session: Session, ids: Iterable[int], times: Times) -> dict[int, PartyLine]:
    """Return parties at two times by id, without documents. The caller traces the reading."""
    return {line.id: line for line in queries.told(session, ids, times)}


def lines_at(session: Session, codes: Sequence[str], times: Times) -> list[PartyLine]:
    """Return parties by code at two times, without documents. The caller traces the reading."""
    return queries.told(session, [party_id for party_id, _ in queries.named(session, codes).values()], times)


def names_of(session: Session, codes: Sequence[str], times: Times) -> dict[str, str]:
    """Return the names of parties by code; a code that nobody has is left out. The caller traces the reading."""
    ids = [party_id for party_id, _ in queries.named(session, codes).values()]
    return {line.code: line.facts.name for line in queries.told(session, ids, times)}


def lines_named(session: Session, codes: Sequence[str], *, actor: Actor) -> list[PartyLine]:
    """Return parties by code as they are now, without documents; unknown codes name nobody. The reading is traced."""
    found = queries.told(session, [party_id for party_id, _ in queries.named(session, codes).values()], now())
    if found:
        trace(session, "party.read", who=actor, details=about_parties(found))
    return found


def ids_of(session: Session, codes: Sequence[str], field_name: str) -> dict[str, tuple[int, str]]:
    """Return id and kind of parties by code, in the order given; raise `MemberUnknown` naming the first unknown."""
    found = queries.named(session, codes)
    for at, code in enumerate(codes):
        if code not in found:
            raise MemberUnknown(field=f"{field_name}.{at}", party=code)
    return {code: found[code] for code in codes}


def ids_by_number(session: Session, vault: Vault, number: str) -> list[int]:
    """Return who has a document with exactly this number. The caller traces the search."""
    return queries.by_number(session, vault.indexes(number, IDENTITY_NUMBER))


def about_parties(lines: Iterable[PartyLine]) -> dict[str, list[str]]:
    """Return what the trail keeps of parties that were read: their codes."""
    return {"about": [f"party:{line.code}" for line in lines]}


def _id_of(session: Session, code: str) -> int:
    found = queries.named(session, [code])
    if code not in found:
        raise PartyNotFound(field="party", party=code)
    return found[code][0]


def _add_document(
    session: Session,
    vault: Vault,
    party_id: int,
    code: str,
    given: DocumentGiven,
    since: date,
    record: Record,
    field_name: str,
) -> None:
    number = rules.check_number(given.kind, given.number, field_name)
    _refuse_known(session, vault, number, given.kind, field_name)
    queries.add_document(
        session,
        party_id=party_id,
        record_id=record.id,
        since=since,
        kind=given.kind,
        issued_on=given.issued_on,
        issued_by=given.issued_by,
        **sealing.sealed_number(vault, number, party=code, kind=given.kind),
    )


def _refuse_known(session: Session, vault: Vault, number: str, kind: str, field_name: str) -> None:
    """Raise `DocumentKnown` naming who has the number: the index under each key, which no constraint compares."""
    owners = ids_by_number(session, vault, number)
    for each in queries.documents(session, owners, now()):
        if each.kind == kind and sealing.opened(vault, each) == number:
            raise DocumentKnown(field=field_name, members={"party": each.party}, party=each.party)
