"""Know the operations a draft may hold, and read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from landsvc.cadastre.drafts.ops.base import EDIT, MERGE, SPLIT, Frame, Operation
from landsvc.cadastre.drafts.ops.split_by_line import SplitByLine

OPERATIONS: Mapping[str, type[Operation]] = {each.op: each for each in (SplitByLine,)}
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
