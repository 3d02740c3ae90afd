"""Find a draft, keep everybody else from changing it, and tell whether it may be changed."""

from __future__ import annotations

from sqlalchemy.orm import Session

from landsvc.cadastre.drafts import queries
from landsvc.cadastre.drafts.errors import DraftClosed, DraftNotFound, DraftOfAnother, StaleDraft
from landsvc.cadastre.drafts.model import OPEN, Draft
from landsvc.identity.actors import Actor


def get_draft(session: Session, code: str) -> Draft:
    """Return a draft with its operations; raise `DraftNotFound`."""
    found = queries.find_draft(session, code=code)
    if found is None:
        raise DraftNotFound(field="draft", draft=code)
    return found


def draft_to_change(session: Session, code: str) -> Draft:
    """Return a draft that nobody else changes until this transaction ends; raise `DraftNotFound`."""
    found = queries.find_draft(session, code=code, to_change=True)
    if found is None:
        raise DraftNotFound(field="draft", draft=code)
    return found


def own_draft(session: Session, code: str, actor: Actor) -> Draft:
    """Return a draft of an officer, as `draft_to_change`; raise `DraftOfAnother`."""
    found = draft_to_change(session, code)
    if found.owner_id != actor.account_id:
        raise DraftOfAnother(draft=code, owner=found.owner_name)
    return found


def check_open(draft: Draft, seen: int | None) -> None:
    """Raise `DraftClosed` unless a draft is open, `StaleDraft` when it changed since somebody saw it."""
    if draft.state != OPEN:
        raise DraftClosed(draft=draft.code, state=draft.state)
    check_seen(draft, seen)


def check_seen(draft: Draft, seen: int | None) -> None:
    """Raise `StaleDraft` when a draft changed since the revision somebody saw."""
    if seen is not None and seen != draft.revision:
        raise StaleDraft(draft=draft.code)


def own_open_draft(session: Session, code: str, actor: Actor, seen: int | None) -> Draft:
    """Return an officer's draft that may be changed; raise as `own_draft` and `check_open`."""
    draft = own_draft(session, code, actor)
    check_open(draft, seen)
    return draft


def touched(session: Session, draft: Draft) -> Draft:
    """Count a change of a draft, and return it as it is now."""
    queries.run(session, "touch_draft", draft_id=draft.id)
    return get_draft(session, draft.code)
