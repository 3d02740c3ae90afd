"""Say which pages a phone may keep for when there is no network, and send pages small.

Only what is named here is ever kept: public pages, asked with parameters that say where and when, never who. An answer
to somebody who brings any cookie but the language is not marked, so that no page of a signed-in person is kept.
"""

from __future__ import annotations

import gzip

from flask import Blueprint, Response, request

from landsvc.core import i18n

HEADER = "Landsvc-Keep"
"""What says to the worker (web/src/app/worker.js) that it may keep an answer."""
WHERE = frozenset({"parcel", "lon", "lat", "x", "y", "srid", "plusCode", "oldUnit", "sheet", "number"})
WHEN = frozenset({"validAt", "knownAt"})
LANGUAGE = frozenset({"lang"})
KEPT = {
    "portal.home": WHERE | WHEN | LANGUAGE,
    "portal.answer": WHERE | WHEN | {"accuracyM"},
    "activity_pages.activities": LANGUAGE | {"parcel"},
    "taking_pages.taking": LANGUAGE | {"parcel", "validAt"},
    "services_pages.services": LANGUAGE,
    "services_pages.service": LANGUAGE,
    "app_pages.saved": LANGUAGE,
    "privacy_pages.privacy": LANGUAGE,
}
"""Endpoint -> the parameters it may be kept with. What a calculator is told is kept nowhere, so it stands not here."""
LEAST_ZIPPED_BYTES = 1000
LEVEL = 6


def install(blueprint: Blueprint) -> None:
    """Mark and compress the answers of a room of public pages."""
    blueprint.after_request(finish)


def finish(response: Response) -> Response:
    """Compress a page for somebody we do not know, and mark one that may be kept.

    A page with a secret in it is never compressed: its length would tell of the secret (the attack called BREACH).
    Without a session there is none.
    """
    if not is_stranger():
        return response
    if may_be_kept(response):
        response.headers[HEADER] = "yes"
    return zipped(response) if response.mimetype == "text/html" else response


def is_stranger() -> bool:
    """Tell whether the request carries no cookie but the language."""
    return {i18n.COOKIE}.issuperset(request.cookies)


def may_be_kept(response: Response) -> bool:
    """Tell whether this answer to this request may lie on the reader's device."""
    allowed = KEPT.get(request.endpoint or "")
    return (
        allowed is not None
        and request.method == "GET"
        and response.status_code == 200
        and allowed.issuperset(request.args)
        and is_stranger()
    )


def zipped(response: Response) -> Response:
    """Compress an answer for a reader who takes gzip: on a slow network that is most of the wait."""
    response.vary.add("Accept-Encoding")
    body = response.get_data()
    if request.accept_encodings["gzip"] and len(body) >= LEAST_ZIPPED_BYTES:
        response.set_data(gzip.compress(body, LEVEL, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
    return response
