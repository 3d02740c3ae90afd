"""Say of any paper of ours, by the code in its QR, what anybody may know: a certificate, a reply, an extract."""

from __future__ import annotations

import json
from dataclasses import asdict

from landsvc.core import clock
from landsvc.core.clock import OFFICE_ZONE
from landsvc.core.db import TRACKER_ROLE
from landsvc.core.times import times_of
from landsvc.core.web import database
from landsvc.planning.extracts import service as extracts
from landsvc.planning.extracts import verifying as extract_verifying
from landsvc.planning.extracts.errors import ExtractNotFound
from landsvc.planning.extracts.queries import Issued
from landsvc.planning.extracts.verifying import Place
from landsvc.registry.certificates import schemas, service, verifying
from landsvc.registry.certificates.errors import VerifyNotFound
from landsvc.registry.supply import service as supply

REPLY = ("Phiếu cung cấp thông tin, dữ liệu đất đai", "Reply with land data")
EXTRACT = ("Trích lục thông tin quy hoạch", "Extract of planning information")
NUMBERED = "QH-"
"""How numbers of extracts begin; codes of other papers never do."""


def verified(verify_id: str, mark: str | None, file: str | None) -> schemas.VerifyOut:
    """Return what anybody may know of a paper; raise `VerifyNotFound`."""
    if verify_id.startswith(NUMBERED):
        return _verified_extract(_extract(verify_id), mark, file)
    with database().read_only(TRACKER_ROLE) as session:
        reply = supply.find_proof(session, verify_id)
        if reply is not None:
            return _verified_reply(verify_id, reply, mark, file)
        found = service.get_proof(session, verify_id)
    verdict = verifying.judge(found, mark=mark, file=file)
    return schemas.VerifyOut.model_validate(
        {
            "id": verify_id,
            "verdict": verdict.verdict,
            "reasons": verdict.reasons,
            "kind": "certificate",
            "form": found.name_vi,
            "form_en": found.name_en,
            "serial_end": found.serial_end,
            "issued_on": found.issued_on,
            "authority": found.authority,
            "parcels": found.parcels,
            "annotations": found.entries,
            "state": found.state,
            "since": found.since,
            "printed_at": found.printed_at,
        }
    )


def _verified_reply(
    verify_id: str, found: supply.ReplyProof, mark: str | None, file: str | None
) -> schemas.VerifyOut:
    verdict = verifying.judge_reply(
        found.answer_sha256, found.file_sha256, unchanged=found.unchanged, mark=mark, file=file
    )
    return schemas.VerifyOut.model_validate(
        {
            "id": verify_id,
            "verdict": verdict.verdict,
            "reasons": verdict.reasons,
            "kind": "data-supply",
            "form": REPLY[0],
            "form_en": REPLY[1],
            "serial_end": None,
            "dossier_end": found.dossier_end,
            "known_at": found.known_at,
            "issued_on": found.at.astimezone(OFFICE_ZONE).date(),
            "authority": found.authority,
            "parcels": found.parcels,
            "annotations": 0,
            "state": None,
            "since": None,
            "printed_at": found.at,
        }
    )


def altered_places(verify_id: str, content: bytes) -> list[Place] | None:
    """Return where a JSON file says otherwise than the extract of a number; None for what is neither."""
    if not verify_id.startswith(NUMBERED):
        return None
    return extract_verifying.altered_places(_extract(verify_id), content)


def _extract(number: str) -> Issued:
    try:
        return extracts.get(database(), number)
    except ExtractNotFound:
        raise VerifyNotFound(field="id", id=number) from None


def _verified_extract(found: Issued, mark: str | None, file: str | None) -> schemas.VerifyOut:
    now = clock.now()
    times = times_of(None, None, now=now, today=clock.today())
    verdict = extract_verifying.judge(database(), found, mark=mark, file=file, now=times)
    tree = json.loads(found.tree)
    return schemas.VerifyOut.model_validate(
        {
            "id": found.id,
            "verdict": verdict.verdict,
            "reasons": verdict.reasons,
            "kind": "planning-extract",
            "form": EXTRACT[0],
            "form_en": EXTRACT[1],
            "serial_end": None,
            "known_at": found.known_at,
            "issued_on": found.issued_at.astimezone(OFFICE_ZONE).date(),
            "authority": tree["issuer"]["name"],
            "parcels": [tree["parcel"]["ref"]],
            "annotations": 0,
            "state": None,
            "since": verdict.standing.since,
            "printed_at": None,
            "told_from": found.since or found.valid_at,
            "told_to": found.until or found.valid_at,
            "changes": [asdict(each) for each in verdict.standing.changes],
        }
    )
