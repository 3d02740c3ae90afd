"""Say what an operation is: read from what an officer asked for, carried out on a picture of the land."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Self

from shapely.geometry.base import BaseGeometry

from landsvc.cadastre.drafts.holding import UNTOLD, Rights
from landsvc.geo.crs import Variant

if TYPE_CHECKING:
    from landsvc.cadastre.drafts.ground import Ground
    from landsvc.cadastre.drafts.model import Unit

SPLIT, MERGE, BOUNDARY, EDIT = "split", "merge", "boundary", "edit"
BOUNDARY_TITLE = "Chỉnh lý ranh giới thửa đất"


@dataclass(frozen=True)
class Frame:
    """What operations stand in: the working system, its shift to WGS 84, and who can tell of rights."""

    srid: int
    variant: Variant
    rights: Rights = field(default=UNTOLD, compare=False)


class Operation(ABC):
    """One operation of a draft.

    A subclass is a frozen dataclass in its own module, listed in `ops.OPERATIONS`; its body is described in
    `schemas_operations`. It changes the land through the verbs of `Ground` only (`divide`, `unite`, `reshape`,
    `revise`, `add`, `end`), so that preview and commit write what it did without knowing it.
    """

    op: ClassVar[str]
    kind: ClassVar[str] = EDIT
    """The kind of record a draft has that consists of such operations only."""
    title: ClassVar[str] = "Chỉnh lý bản đồ địa chính"
    """What that record is called."""
    alone: ClassVar[bool] = False
    """Whether a draft may hold nothing beside it."""
    spreads: ClassVar[bool] = False
    """Whether what it nodes is known only once it is carried out: a commit locks around that too, then."""

    @classmethod
    @abstractmethod
    def read(cls, body: Mapping[str, Any], frame: Frame) -> Self:
        """Return the operation a body asks for, its coordinates on the grid of the working system."""

    @property
    def refs(self) -> Sequence[str]:
        """Return the references of the parcels it names, in their order; none when it names a place only."""
        return ()

    @property
    def places(self) -> Sequence[BaseGeometry]:
        """Return where it draws (working system): what lies there is locked before a commit reads anything."""
        return ()

    @abstractmethod
    def carry_out(self, ground: Ground, units: Sequence[Unit], seq: int, frame: Frame) -> None:
        """Change the ground; `units` are those of `refs` as they are now. Raise what stands against it."""
