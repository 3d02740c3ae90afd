"""Answer a write of an officer once: the same Idempotency-Key gets the same answer, whatever died meanwhile."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from flask import request
from sqlalchemy.orm import Session

from landsvc.cadastre.drafts import schemas
from landsvc.cadastre.drafts.model import Draft
from landsvc.core.idempotency import Answer, once
from landsvc.core.web import vault
from landsvc.identity.actors import Actor


def draft_once(
    session: Session,
    actor: Actor,
    header: schemas.KeyGiven,
    work: Callable[[], Draft],
    *,
    status: int = 200,
    given: Mapping[str, Any] | None = None,
) -> Answer:
    """Return how a draft stands after `work`, or what was answered to this key; `given` is the body.

    Raises `IdempotencyKeyReused` where the key came with another request, and what `work` raises.
    """

    def answer() -> Answer:
        shown = schemas.DraftOut.of(work(), actor.account_id)
        return Answer(status, shown.model_dump_json(by_alias=True))

    return _once(session, actor, header, given, answer)


def outcome_once(
    session: Session,
    actor: Actor,
    header: schemas.KeyGiven,
    work: Callable[[], Mapping[str, Any]],
    *,
    given: Mapping[str, Any],
) -> dict[str, Any]:
    """Return the outcome of `work`, or what was answered to this key, as `draft_once`; geometry as stored."""
    if header.idempotency_key is None:
        return dict(work())

    def answer() -> Answer:
        return Answer(200, json.dumps(work(), ensure_ascii=False))

    found: dict[str, Any] = json.loads(_once(session, actor, header, given, answer).body)
    return found


def _once(
    session: Session,
    actor: Actor,
    header: schemas.KeyGiven,
    given: Mapping[str, Any] | None,
    answer: Callable[[], Answer],
) -> Answer:
    if header.idempotency_key is None:
        return answer()
    said = json.dumps(given, sort_keys=True, ensure_ascii=False)
    return once(
        session,
        vault(),
        owner=f"account:{actor.account_id}",
        key=header.idempotency_key,
        request=f"{request.method} {request.path} {said}",
        work=answer,
    )
