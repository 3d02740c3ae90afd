"""Name what completing a dossier does: procedure data lists effects, a registry maps each to the function that does it.

Functions are registered by the packages that own the tables (`rights`, `certificates`), joined in `app.py`; completion
runs those of the procedure in the order of its list, in one transaction. An effect nobody registered is told as such
before anything is written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel
from sqlalchemy.orm import Session

from landsvc.core.errors import RuleViolation
from landsvc.identity.actors import Actor
from landsvc.registry.records import Record

NAMES: Mapping[str, tuple[str, str]] = {
    "parcel.draft": ("Thực hiện bản nháp trên bản đồ địa chính", "Carry out the draft on the parcels"),
    "right.begin": ("Ghi quyền mới", "Register a new right"),
    "right.end": ("Chấm dứt quyền", "End the right, in whole or in part"),
    "right.transfer": ("Chấm dứt quyền cũ, ghi quyền mới", "End the old right, register the new one"),
    "right.shares": ("Thay đổi phần quyền của các thành viên", "Change who holds which share"),
    "right.form": ("Thay đổi hình thức sử dụng đất", "Change the form of tenure"),
    "right.term": ("Thay đổi thời hạn sử dụng", "Change the term of the right"),
    "party.change": ("Cập nhật thông tin người sử dụng đất", "Update the party"),
    "asset.change": ("Cập nhật tài sản gắn liền với đất", "Update the assets on the land"),
    "encumbrance.begin": ("Ghi hạn chế, thế chấp, thuê", "Register an encumbrance"),
    "encumbrance.change": ("Thay đổi hạn chế quyền", "Change an encumbrance"),
    "encumbrance.end": ("Xóa hạn chế, thế chấp, thuê", "End an encumbrance"),
    "hold.begin": ("Ghi ngăn chặn, kê biên", "Register a hold"),
    "hold.end": ("Giải tỏa ngăn chặn, kê biên", "Lift a hold"),
    "certificate.issue": ("Cấp giấy chứng nhận mới", "Issue a certificate"),
    "certificate.update": ("Xác nhận thay đổi hoặc cấp giấy mới", "Annotate the certificate, or issue another"),
    "certificate.annotate": ("Xác nhận thay đổi trên giấy chứng nhận", "Annotate the certificate"),
    "certificate.correct": ("Đính chính giấy chứng nhận", "Correct the certificate"),
    "certificate.replace": ("Cấp đổi, cấp lại giấy chứng nhận", "Replace the certificate"),
    "certificate.withdraw": ("Thu hồi giấy chứng nhận", "Withdraw the certificate"),
    "address.change": ("Cập nhật địa chỉ, khóa địa chính", "Update addresses and keys"),
    "data.supply": ("Cung cấp dữ liệu", "Supply the data"),
}
"""Every effect procedure data may list, told in both languages."""


@dataclass(frozen=True)
class Effect:
    """What one effect is given: the dossier, its land and draft, the record of the whole completion, and its facts.

    `units` are the parcels of the dossier's land as they are when the effect runs: once the draft is carried out, those
    that came of it. Everything is written under `record`, so that one annulment takes the completion back as a whole.
    """

    dossier_id: int
    code: str
    procedure: str
    case: str
    units: tuple[int, ...]
    draft: str | None
    record: Record
    facts: Any = None
    """What was entered for it, read by the schema it was registered with; None where it has none."""
    done: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    """What effects before it in the same completion told, by their names."""


EffectFunction = Callable[[Session, Effect, Actor], Mapping[str, Any]]
"""Do it in the caller's transaction, under the effect's record; return what the dossier's history shall tell of it.

It tells codes, never names or numbers of people. `land` in it (ids of units) is what later effects get as `units`.
"""
LAND = "land"


@dataclass(frozen=True)
class Known:
    """How an effect is carried out, and what is entered for it (a pydantic model; None: nothing)."""

    function: EffectFunction
    facts: type[BaseModel] | None = None


class EffectNotAvailable(RuleViolation):
    """The procedure has an effect that this service cannot carry out yet. 422."""

    slug = "effect-not-available"
    title = "This effect cannot be carried out yet"
    detail = "Completing {code} needs {effects}, which is not available in this service."
    remedy = "Leave the dossier as it is; it can be completed when the service offers this."


class Effects:
    """The functions that carry out effects, by name."""

    def __init__(self) -> None:
        self._known: dict[str, Known] = {}

    def register(self, name: str, function: EffectFunction, facts: type[BaseModel] | None = None) -> None:
        """Say who carries out an effect, and what is entered for it; raise ValueError for a name unknown or taken.

        With `facts` the function runs once for each set of facts that was entered, in order.
        """
        if name not in NAMES or name in self._known:
            raise ValueError(f"{name} is no effect, or has its function already")
        self._known[name] = Known(function, facts)

    def missing(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Return the effects of a list that nobody carries out."""
        return tuple(name for name in names if name not in self._known)

    def carry_out(
        self,
        session: Session,
        names: tuple[str, ...],
        effect: Effect,
        actor: Actor,
        facts: Mapping[str, Sequence[Any]] = MappingProxyType({}),
    ) -> dict[str, list[Mapping[str, Any]]]:
        """Carry out effects in order; return what each tells. Raises `EffectNotAvailable` before the first."""
        if lacking := self.missing(names):
            raise EffectNotAvailable(code=effect.code, effects=", ".join(lacking))
        done: dict[str, list[Mapping[str, Any]]] = {}
        for name in names:
            known = self._known[name]
            done[name] = []
            for given in facts.get(name, ()) if known.facts else (None,):
                told = known.function(session, replace(effect, facts=given, done=done), actor)
                effect = replace(effect, units=tuple(told.get(LAND, effect.units)))
                done[name].append(told)
        return done
