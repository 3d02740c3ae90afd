"""Know the operations a draft may hold, and read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from landsvc.cadastre.drafts.ops.base import EDIT, MERGE, SPLIT, Frame, Operation
from landsvc.cadastre.drafts.ops.merge import Merge
from landsvc.cadastre.drafts.ops.move_points import MovePoints
from landsvc.cadastre.drafts.ops.new_parcel import NewParcel
from landsvc.cadastre.drafts.ops.numbers import Renumber
from landsvc.cadastre.drafts.ops.points import InsertPoint, RemovePoint
from landsvc.cadastre.drafts.ops.reinstate import Reinstate
from landsvc.cadastre.drafts.ops.replace_geometry import ReplaceGeometry
from landsvc.cadastre.drafts.ops.retire import Retire
from landsvc.cadastre.drafts.ops.split_by_area import SplitByArea
from landsvc.cadastre.drafts.ops.split_by_line import SplitByLine
from landsvc.cadastre.drafts.ops.split_corridor import SplitCorridor
from landsvc.cadastre.drafts.ops.uses import SetUses

OPERATIONS: Mapping[str, type[Operation]] = {
    each.op: each
    for each in (
        SplitByLine,
        SplitByArea,
        SplitCorridor,
        Merge,
        MovePoints,
        InsertPoint,
        RemovePoint,
        NewParcel,
        ReplaceGeometry,
        SetUses,
        Renumber,
        Retire,
        Reinstate,
    )
}
"""Every operation that is offered, by its name, in the order they are told."""
OFFERED = tuple(OPERATIONS)
SPLIT_AND_MERGE = "Tách, hợp thửa đất"


def read_operation(body: Mapping[str, Any], frame: Frame) -> Operation:
    """Return an operation from its JSON body, which the API has checked; raise what is wrong with its coordinates."""
    return OPERATIONS[body["op"]].read(body, frame)


def record_of(bodies: Sequence[Mapping[str, Any]]) -> tuple[str, str]:
    """Return the kind and the title of the record for a draft that holds these operations."""
    kinds = {OPERATIONS[body["op"]].kind for body in bodies}
    titles = list(dict.fromkeys(OPERATIONS[body["op"]].title for body in bodies))
    if len(kinds) == 1:
        return kinds.pop(), titles[0] if len(titles) == 1 else Operation.title
    return (SPLIT, SPLIT_AND_MERGE) if kinds == {SPLIT, MERGE} else (EDIT, Operation.title)


def is_split(bodies: Sequence[Mapping[str, Any]]) -> bool:
    """Tell whether a draft that holds these operations is a split, which may be confirmed before it is carried out."""
    return bool(bodies) and record_of(bodies)[0] == SPLIT
