"""Ask the statements of dossiers, in the transaction of a session."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from landsvc.core.db import rows_of
from landsvc.core.sql import statements
from landsvc.registry.dossiers.model import (
    Applicant,
    Dossier,
    Event,
    Paper,
    PaperLine,
    ParcelLine,
    PauseLine,
    State,
    Transition,
    Undone,
)

SQL = statements("registry", "queries_dossiers.sql")


def states(session: Session) -> dict[str, State]:
    """Return every state by its code, in order."""
    return {row[0]: State(*row) for row in _rows(session, "dossier_states")}


def transitions(session: Session, *, state: str | None) -> list[Transition]:
    """Return what may be done in a state, or every transition."""
    return [Transition(*_frozen(row)) for row in _rows(session, "transitions_from", state=state)]


def add_dossier(session: Session, **values: Any) -> tuple[int, str]:
    """Open a dossier; return its id and code."""
    made_id, code = _rows(session, "add_dossier", **values)[0]
    return made_id, code


def add_parcels(session: Session, *, dossier_id: int, units: Sequence[int]) -> None:
    """Say which parcels it is about."""
    _rows(session, "add_dossier_parcels", dossier_id=dossier_id, units=list(units))


def add_applicants(session: Session, *, dossier_id: int, applicants: Sequence[Applicant]) -> None:
    """Say who applies."""
    rows = json.dumps([asdict(each) | {"seq": seq} for seq, each in enumerate(applicants, 1)])
    _rows(session, "add_dossier_applicants", dossier_id=dossier_id, rows=rows)


def add_documents(session: Session, *, dossier_id: int, account_id: int, papers: Sequence[Paper]) -> None:
    """Take papers in."""
    if papers:
        rows = json.dumps([asdict(each) for each in papers])
        _rows(session, "add_dossier_documents", dossier_id=dossier_id, account_id=account_id, rows=rows)


def add_event(session: Session, **values: Any) -> None:
    """Let a dossier go on."""
    _rows(session, "add_dossier_event", **values | {"details": json.dumps(values["details"], default=str)})


def hold_dossier(session: Session, *, code: str) -> None:
    """Let nobody else move a dossier in this transaction."""
    _rows(session, "hold_dossier", code=code)


def dossier_by_code(session: Session, *, code: str) -> Dossier | None:
    """Return a dossier, None when there is none."""
    found = _rows(session, "dossier_by_code", code=code)
    return _dossier(found[0]) if found else None


def list_dossiers(session: Session, **asked: Any) -> list[Dossier]:
    """Return one page of dossiers and, where others follow, one more."""
    return [_dossier(row) for row in _rows(session, "list_dossiers", **asked)]


def running(session: Session, *, after: int, before: datetime | None, page: int) -> list[Dossier]:
    """Return some dossiers whose clock runs, after an id; with `before` those due by then, with nothing proposed."""
    return [_dossier(row) for row in _rows(session, "running_dossiers", after=after, before=before, page=page)]


def events(session: Session, *, dossier_id: int) -> list[Event]:
    """Return what happened, in order."""
    rows = _rows(session, "dossier_events", dossier_id=dossier_id)
    return [Event(*_frozen(row)) for row in rows]


def pauses(session: Session, *, dossier_id: int) -> list[PauseLine]:
    """Return the pauses, in order."""
    return [PauseLine(*row) for row in _rows(session, "dossier_pauses", dossier_id=dossier_id)]


def parcels(session: Session, *, dossier_id: int) -> list[ParcelLine]:
    """Return the parcels."""
    return [ParcelLine(*row) for row in _rows(session, "dossier_parcels", dossier_id=dossier_id)]


def applicants(session: Session, *, dossier_id: int) -> list[Applicant]:
    """Return who applies."""
    return [Applicant(*row) for row in _rows(session, "dossier_applicants", dossier_id=dossier_id)]


def papers(session: Session, *, dossier_id: int) -> list[PaperLine]:
    """Return what was handed in."""
    return [PaperLine(*row) for row in _rows(session, "dossier_documents", dossier_id=dossier_id)]


def earlier(session: Session, *, dossier_id: int) -> list[tuple[str, str]]:
    """Return code and procedure of the pending dossiers it waits for."""
    return [(code, procedure) for code, procedure in _rows(session, "dossier_earlier", dossier_id=dossier_id)]


def holds(session: Session, *, dossier_id: int) -> list[tuple[int, str, str, str]]:
    """Return unit, kind, issuer and document of the holds that stop it."""
    return [tuple(row) for row in _rows(session, "dossier_holds", dossier_id=dossier_id)]


def colleague(session: Session, *, login: str, role: str, commune: str) -> tuple[int, str] | None:
    """Return id and name of whoever has a role where a commune is covered."""
    found = _rows(session, "colleague", login=login, role=role, commune=commune)
    return tuple(found[0]) if found else None


def communes_of(session: Session, *, units: Sequence[int]) -> list[str]:
    """Return the communes some units lie in."""
    return [code for (code,) in _rows(session, "commune_of_units", units=list(units)) if code]


def branch_of(session: Session, *, commune: str) -> tuple[str, str, str] | None:
    """Return code and both names of the branch that processes a commune."""
    found = _rows(session, "branch_of_commune", commune=commune)
    return tuple(found[0]) if found else None


def branch_communes(session: Session, *, branches: Sequence[str]) -> list[str] | None:
    """Return the communes that branches cover, None when all."""
    found: list[str] | None = _rows(session, "branch_communes", branches=list(branches))[0][0]
    return found


def draft_id(session: Session, *, code: str) -> int | None:
    """Return the id of a draft."""
    found = _rows(session, "draft_id_of", code=code)
    return int(found[0][0]) if found else None


def draft_code(session: Session, *, draft_id: int) -> str:
    """Return the code of a draft that exists."""
    return str(_rows(session, "draft_code_of", id=draft_id)[0][0])


def record_undone(session: Session, *, code: str) -> Undone | None:
    """Return what undid a record, None while it stands."""
    found = _rows(session, "record_undone", code=code)
    return Undone(*found[0]) if found else None


def identify_applicant(session: Session, *, dossier_id: int, seq: int, party_id: int) -> None:
    """Say which party an applicant is."""
    _rows(session, "identify_applicant", dossier_id=dossier_id, seq=seq, party_id=party_id)


def land(session: Session, *, dossier_id: int) -> list[int]:
    """Return the units of a dossier's land as it is now."""
    return [unit for (unit,) in _rows(session, "dossier_land", dossier_id=dossier_id)]


def land_names(
    session: Session, *, dossier_id: int, units: Sequence[int]
) -> list[tuple[int, str | None, str | None, bool, Decimal | None]]:
    """Return units by reference and code, whether they came of the dossier's land since, and their area (m²)."""
    return [tuple(row) for row in _rows(session, "land_names", dossier_id=dossier_id, units=list(units))]


def expired_terms(session: Session, *, units: Sequence[int], on_day: date) -> list[tuple[str, date]]:
    """Return rights on units whose term was over before a day, with its last day."""
    return [(code, last) for code, last in _rows(session, "expired_terms", units=list(units), on_day=on_day)]


def standing(session: Session, *, units: Sequence[int]) -> tuple[int, int, list[str]]:
    """Return how many rights stand on units, how many of them have a certificate in force, and the mortgages."""
    rights, certified, mortgages = _rows(session, "dossier_standing", units=list(units))[0]
    return rights, certified, mortgages


def rules(session: Session, *, on_day: date) -> list[tuple[str, dict[str, str], str | None, dict[str, str]]]:
    """Return code, titles, law and severities of the rules of dossiers in force."""
    return [
        (code, {"vi": vi, "en": en}, law, dict(zip(("preview", "submit", "commit"), severities, strict=True)))
        for code, vi, en, law, *severities in _rows(session, "dossier_rules", on_day=on_day)
    ]


def prove_completion(session: Session) -> None:
    """Prove now whatever would be proved at the end of the transaction."""
    _rows(session, "prove_completion")


def keep_file(session: Session, *, sha256: str, size_bytes: int, media_type: str, scanned: str) -> None:
    """Know a file; one known already stays as it is."""
    _rows(session, "keep_file", sha256=sha256, size_bytes=size_bytes, media_type=media_type, scanned=scanned)


def file_of(session: Session, *, dossier_id: int, document_id: int) -> tuple[str, str, int] | None:
    """Return digest, media type and size of the file of a paper."""
    found = _rows(session, "file_of_document", dossier_id=dossier_id, id=document_id)
    return tuple(found[0]) if found else None


def _dossier(row: Sequence[Any]) -> Dossier:
    return Dossier(*_frozen(row))


def _frozen(row: Sequence[Any]) -> Any:
    """Return a row with its lists as tuples."""
    return [tuple(cell) if isinstance(cell, list) else cell for cell in row]


def _rows(session: Session, name: str, /, **params: Any) -> list[Any]:
    return rows_of(session, SQL[name], **params)
