"""Say what can go wrong with shared code lists."""

from __future__ import annotations

from landsvc.core.errors import NotFound


class CatalogueUnknown(NotFound):
    """No code list has this name. 404."""

    slug = "catalogue-unknown"
    title = "There is no such code list"
    detail = "There is no code list {name}."
    remedy = "GET /api/v1/tax/catalogues names them all."
