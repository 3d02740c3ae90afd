"""Read what the address of a page asks for."""

from __future__ import annotations

from flask import request


def asked(name: str, most: int = 200) -> str:
    """Return one parameter as the database can hold it: no NUL, no more than `most` characters; may be empty."""
    return request.args.get(name, "").replace("\x00", "").strip()[:most]
