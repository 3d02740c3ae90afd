"""Seal personal numbers among the facts of a dossier before they are kept, and open them for its completion.

A member whose schema bears the mark `SEALED` is kept as one text: `sealed:KEY:BYTES:DIGEST:END`, the version of the
key, the sealed number (AES-256-GCM, base64), the keyed digest it is compared by, and the end that may be shown. The
text opens in its own dossier and effect alone. Whoever sends it back as it was told means the number that is kept.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from typing import Any

import psycopg
from psycopg.types.json import Jsonb
from pydantic import BaseModel

from landsvc.core.errors import InvalidInput
from landsvc.core.secrets import IDENTITY_NUMBER, SealBroken, Vault
from landsvc.core.sql import statements
from landsvc.finance.rules import masked
from landsvc.registry.marks import SEALED, SEALED_TEXT, Schema, plain_member

SQL = statements("registry", "queries_dossiers.sql")
LOCK_LIMIT = "SET lock_timeout = '10s'"
PAGE = 1000
Facts = Mapping[str, Any]
Change = Callable[[str], str]


class SealedElsewhere(InvalidInput):
    """A sealed number of another dossier was sent. 400."""

    slug = "sealed-elsewhere"
    title = "This number was sealed elsewhere"
    detail = "A sealed number that was sent is not one of this dossier and effect."
    remedy = "Write the number itself."


def sealed_facts(vault: Vault, model: type[BaseModel], given: Facts, *, dossier: str, effect: str) -> Facts:
    """Return facts as they are kept: with their marked members sealed."""
    context = _context(dossier, effect)
    return _changed(model, given, lambda number: _sealed(vault, number, context))


def opened_facts(vault: Vault, model: type[BaseModel], kept: Facts, *, dossier: str, effect: str) -> Facts:
    """Return facts with their marked members in the clear; raise `SealedElsewhere` for those of another dossier."""
    context = _context(dossier, effect)
    return _changed(model, kept, lambda text: _opened(vault, text, context))


def blurred_facts(vault: Vault, model: type[BaseModel], given: Facts) -> Facts:
    """Return facts with the digest of each marked member in its place: what two requests are compared by."""
    return _changed(model, given, lambda text: _digest(vault, text))


def seal_stored(dsn: str, vault: Vault) -> int:
    """Seal the numbers among facts that lie under an older key; return of how many events. As the owner."""
    done = 0
    with psycopg.connect(dsn) as conn:
        conn.execute(LOCK_LIMIT)
        older = {"older": f'"sealed:(?!{vault.newest}:)[0-9]+:', "page": PAGE}
        rows = conn.execute(SQL["sealed_events_under_older_keys"].text, older).fetchall()
        if not rows:
            return 0
        conn.execute(SQL["let_events_change"].text)
        while rows:
            for dossier_id, seq, dossier, facts in rows:
                again = {
                    name: _resealed(vault, entries, _context(dossier, name)) for name, entries in facts.items()
                }
                params = {"dossier_id": dossier_id, "seq": seq, "facts": Jsonb(again)}
                conn.execute(SQL["seal_event_facts"].text, params)
            done += len(rows)
            rows = conn.execute(SQL["sealed_events_under_older_keys"].text, older).fetchall()
        conn.execute(SQL["let_events_be"].text)
    return done


def _resealed(vault: Vault, value: Any, context: str) -> Any:
    """Return a value of JSON with every sealed number in it under the newest key."""
    match value:
        case dict():
            return {name: _resealed(vault, each, context) for name, each in value.items()}
        case list():
            return [_resealed(vault, each, context) for each in value]
        case str() if re.fullmatch(SEALED_TEXT, value):
            return _sealed(vault, _opened(vault, value, context), context)
    return value


def _sealed(vault: Vault, number: str, context: str) -> str:
    kept = urlsafe_b64encode(vault.seal(number, context)).decode()
    return f"sealed:{vault.newest}:{kept}:{vault.index(number, IDENTITY_NUMBER).hex()}:{masked(number)}"


def _opened(vault: Vault, text: str, context: str) -> str:
    """Return the number of a sealed text; what is none is a number that was just written."""
    found = re.fullmatch(SEALED_TEXT, text)
    if found is None:
        return text
    try:
        return vault.open(urlsafe_b64decode(found["kept"]), context)
    except (SealBroken, ValueError):
        raise SealedElsewhere from None


def _digest(vault: Vault, text: str) -> str:
    found = re.fullmatch(SEALED_TEXT, text)
    return found["digest"] if found else vault.index(text, IDENTITY_NUMBER).hex()


def _changed(model: type[BaseModel], given: Facts, change: Change) -> Facts:
    schema = model.model_json_schema()
    if SEALED not in str(schema):
        return given
    found: Facts = _walk(schema, schema.get("$defs", {}), given, change)
    return found


def _walk(part: Schema, defs: Schema, value: Any, change: Change) -> Any:
    """Return a value with its marked texts changed; what has another shape than its schema says stays as it is."""
    part = plain_member(part, defs)
    if part.get(SEALED) and isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping) and "properties" in part:
        members = part["properties"]
        return {
            name: _walk(members[name], defs, each, change) if name in members else each
            for name, each in value.items()
        }
    if isinstance(value, list) and "items" in part:
        return [_walk(part["items"], defs, each, change) for each in value]
    return value


def _context(dossier: str, effect: str) -> str:
    return f"registry.dossier_event {dossier} {effect}"
