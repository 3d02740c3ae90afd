"""Answer officers who receive many releases at once, under /api/v1/release-receptions."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from flask import Response, request

from landsvc.cadastre.drafts.routes import officer_answer
from landsvc.core.api import PREFIX, Api, content, problems
from landsvc.core.problem import problem_body
from landsvc.core.web import database, public_address, vault
from landsvc.identity.routes import OFFICER_WRITES
from landsvc.identity.web import for_officers, officer
from landsvc.registry.dossiers import receiving, schemas
from landsvc.registry.dossiers.effects import Effects
from landsvc.registry.dossiers.receiving import Asked, Taken
from landsvc.registry.dossiers.routes import ANYBODY, RECEIVERS
from landsvc.registry.dossiers.schemas_shown import ReleaseLineOut, ReleasesOut

RECEIPTS = f"{PREFIX}/dossier-receipts.pdf"


def make_api(effects: Effects) -> Api:
    """Return the endpoint; `effects` read what is entered."""
    api = Api(
        "release-receptions",
        tag="Dossiers",
        description="Procedures of registration and the dossiers (hồ sơ) that follow them.",
        schemas=(ReleasesOut,),
    )

    @api.post(
        "/release-receptions",
        responses={200: content(ReleasesOut), **problems(**ANYBODY, http_415="The body is not JSON.")},
        security=OFFICER_WRITES,
    )
    @for_officers(*RECEIVERS)
    def receive_releases(header: schemas.KeyHeader, body: schemas.ReleasesIn) -> Response:
        """Receive many releases of one bank, at any office: each row becomes a dossier, or is told why it does not.

        What is released is entered with each, so that acts on many finish them. With an `Idempotency-Key` rows that
        were received are answered as they were.
        """
        actor = officer(*RECEIVERS)
        taken = receiving.receive_many(
            database(),
            vault(),
            body.rows,
            Asked(body.to_domain(), body.party),
            key=header.idempotency_key,
            actor=actor,
            effects=effects,
        )
        return officer_answer(shown(taken).model_dump_json(by_alias=True).encode())

    return api


def shown(taken: Sequence[Taken]) -> ReleasesOut:
    """Shape what became of the rows."""
    codes = [each.dossier for each in taken if each.dossier]
    return ReleasesOut(
        received=len(codes),
        refused=len(taken) - len(codes),
        receipts=f"{public_address()}{receipts_path(codes)}" if codes else None,
        results=[
            ReleaseLineOut(
                row=each.row,
                text=each.text,
                dossier=each.dossier,
                right=each.right,
                problem=problem_body(each.error, instance=request.path) if each.error else None,
            )
            for each in taken
        ],
    )


def receipts_path(codes: Sequence[str]) -> str:
    """Return where the combined receipt of dossiers is printed."""
    return f"{RECEIPTS}?{urlencode({'dossiers': ','.join(codes)}, safe=',')}"
