"""Let strangers at home bring canaries: lodge an application, report, follow land and ask for an account.

Everything goes through the pages, as from a browser. The names of files are names of people, as they are at home.
"""

from __future__ import annotations

import io
import re
from typing import Any

from tests.factories import hostile

DRAFT, DOSSIER = re.compile(r"\bDN-\d{4}-\d{6}-\d{2}\b"), re.compile(r"\bHS-\d{4}-\d{6}-\d{2}\b")
REPORT = re.compile(r"\bPA-\d{4}-\d{6}-\d{2}\b")
FORM_KEY, KEY = re.compile(r'name="formKey" value="([^"]+)"'), re.compile(r'name="key" value="([^"]+)"')


def _one(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    assert found, text
    return found[found.lastindex or 0]


def applied(home: Any, said: dict[str, str]) -> tuple[str, str]:
    """Write an application, which only its secret opens; return code and secret."""
    form_key = _one(FORM_KEY, home.get("/services/CN/apply").text)
    page = home.post("/services/CN/apply", data={"formKey": form_key}).text
    code, key = _one(DRAFT, page), _one(KEY, page)
    kept = home.post(f"/applications/{code}/details", data=said | {"key": key})
    assert (kept.status_code, said["applicant"] in kept.text) == (200, True)
    return code, key


def lodged(home: Any, said: dict[str, str]) -> str:
    """Lodge an application whose files are called after people; return the code of the dossier."""
    code, key = applied(home, said)
    for document in ("certificate", "deed-transfer"):
        file = io.BytesIO(hostile.with_place()), f"{said['applicant']} {document}.jpg"
        sent = home.post(
            f"/applications/{code}/papers",
            data={"key": key, "document": document, "file": file},
            content_type="multipart/form-data",
        )
        assert sent.status_code == 200, sent.text
    return _one(DOSSIER, home.post(f"/applications/{code}/lodge", data={"key": key}).text)


def reported(home: Any, parcel: str, words: str, contact: str) -> str:
    """Report something about a parcel, with a picture and a contact; return its code."""
    body = {
        "formKey": _one(FORM_KEY, home.get("/feedback").text),
        "category": "boundary",
        "place": parcel,
        "words": words,
        "contact": contact,
        "photo": (io.BytesIO(hostile.with_place()), f"{words}.jpg"),
    }
    answer = home.post("/feedback", data=body, content_type="multipart/form-data")
    assert answer.status_code == 200, answer.text
    return _one(REPORT, answer.text)


def asked_for_account(home: Any, name: str, contact: str) -> None:
    """Ask for the code that opens an account; the question waits, as the mail server does not answer."""
    asked = home.post("/account/register", data={"name": name, "contact": contact})
    assert asked.status_code == 303, asked.text
