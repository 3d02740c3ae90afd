"""Name what the pages ask of the rooms below; `app.py` gives them the one that answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from landsvc.portal.answers import LandUse

Tree = Mapping[str, Any]


class Register(Protocol):
    """The questions of the pages, answered as the trees of the public API."""

    def look_up(self, place: Mapping[str, str]) -> Tree:
        """Return the record tree of a look-up (`GET /api/v1/lookup`); raises its domain errors."""

    def search(self, text: str, limit: int) -> Sequence[Tree]:
        """Return search results (`GET /api/v1/search`)."""

    def land_uses(self) -> Sequence[LandUse]:
        """Return the land-use types with their map colours."""

    def tile_layers(self) -> Mapping[str, Tree]:
        """Return the TileJSON of each layer by its name."""

    def plans(self) -> Sequence[Tree]:
        """Return the plans (`GET /api/v1/plans`), newest first."""
