"""Name what completing a dossier does: procedure data lists effects, a registry maps each to the function that does it.

Functions are registered by the packages that own the tables (`rights`, `certificates`), joined in `app.py`; completion
runs those of the procedure in the order of its list, in one transaction. An effect nobody registered is told as such
before anything is written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from landsvc.core.errors import RuleViolation
from landsvc.identity.actors import Actor

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
    """What one effect is given: the dossier by its id and code, its parcels and draft, and what was entered for it."""

    dossier_id: int
    code: str
    procedure: str
    case: str
    units: tuple[int, ...]
    draft: str | None
    facts: Mapping[str, Any]


EffectFunction = Callable[[Session, Effect, Actor], Mapping[str, Any]]
"""Do it in the caller's transaction and return what the dossier's history shall tell of it."""


class EffectNotAvailable(RuleViolation):
    """The procedure has an effect that this service cannot carry out yet. 422."""

    slug = "effect-not-available"
    title = "This effect cannot be carried out yet"
    detail = "Completing {code} needs {effects}, which is not available in this service."
    remedy = "Leave the dossier as it is; it can be completed when the service offers this."


class Effects:
    """The functions that carry out effects, by name."""

    def __init__(self) -> None:
        self._functions: dict[str, EffectFunction] = {}

    def register(self, name: str, function: EffectFunction) -> None:
        """Say who carries out an effect; raise ValueError for a name unknown or taken."""
        if name not in NAMES or name in self._functions:
            raise ValueError(f"{name} is no effect, or has its function already")
        self._functions[name] = function

    def missing(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Return the effects of a list that nobody carries out."""
        return tuple(name for name in names if name not in self._functions)

    def carry_out(
        self, session: Session, names: tuple[str, ...], effect: Effect, actor: Actor
    ) -> dict[str, Mapping[str, Any]]:
        """Carry out effects in order; return what each tells. Raises `EffectNotAvailable` before the first."""
        if lacking := self.missing(names):
            raise EffectNotAvailable(code=effect.code, effects=", ".join(lacking))
        return {name: self._functions[name](session, effect, actor) for name in names}
