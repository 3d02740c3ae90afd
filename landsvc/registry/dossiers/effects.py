"""Name what completing a dossier does: procedure data lists effects, a registry maps each to the function that does it.

Functions are registered by the packages that own the tables (`rights`, `certificates`), joined in `app.py`; completion
runs those of the procedure in the order of its list, in one transaction. An effect nobody registered is told as such
before anything is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel, ValidationError
from sqlalchemy.orm import Session

from landsvc.core.errors import InvalidInput, LandsvcError
from landsvc.core.secrets import Vault
from landsvc.identity.actors import Actor
from landsvc.registry.dossiers.completion_errors import EffectNotAvailable, FactsNotAsked, OneSetOnly
from landsvc.registry.dossiers.sealed_facts import blurred_facts, opened_facts, sealed_facts
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
    "hold.settle": ("Kết thúc tranh chấp đã được giải quyết", "Lift the dispute that is settled"),
    "certificate.issue": ("Cấp giấy chứng nhận mới", "Issue a certificate"),
    "certificate.update": ("Xác nhận thay đổi hoặc cấp giấy mới", "Annotate the certificate, or issue another"),
    "certificate.annotate": ("Xác nhận thay đổi trên giấy chứng nhận", "Annotate the certificate"),
    "certificate.correct": ("Đính chính giấy chứng nhận", "Correct the certificate"),
    "certificate.replace": ("Cấp đổi, cấp lại giấy chứng nhận", "Replace the certificate"),
    "certificate.withdraw": ("Thu hồi giấy chứng nhận", "Withdraw the certificate"),
    "address.change": ("Cập nhật địa chỉ, khóa địa chính", "Update addresses and keys"),
    "tax.case": ("Hợp đồng, miễn giảm, khấu trừ để tính thuế", "Contract, relief and deductions for the taxes"),
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
    trial: bool = False
    """Whether all of it will be undone: a preview, which takes no lock and no number out of a series for good."""
    done: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    """What effects before it in the same completion told, by their names."""


EffectFunction = Callable[[Session, Effect, Actor], Mapping[str, Any]]
"""Do it in the caller's transaction, under the effect's record; return what the dossier's history shall tell of it.

It tells codes, never names or numbers of people. `land` in it (ids of units) is what later effects get as `units`.
"""
LAND = "land"
Done = Mapping[str, Sequence[Mapping[str, Any]]]
"""What effects tell, by their names."""
Given = Mapping[str, Sequence[Mapping[str, Any]]]
"""What was entered, by the names of effects: for each any number of sets of facts, as JSON."""
Send = Callable[[Session, str, Actor], Mapping[str, Any]]
"""Issue the slip of a dossier (by its code) in the caller's transaction."""
Check = Callable[[Session, str, Given, Actor], None]
"""Hold what was entered for a dossier (its code; all of its facts) against its case; raise what stands against it."""
Refuse = Callable[[ValidationError], LandsvcError]
Attempt = Callable[[Callable[[], Mapping[str, Any]]], Mapping[str, Any]]


def at_once(work: Callable[[], Mapping[str, Any]]) -> Mapping[str, Any]:
    """Carry an effect out: what stands against it ends the completion."""
    return work()


@dataclass(frozen=True)
class Known:
    """How an effect is carried out, and what is entered for it (a pydantic model; None: nothing).

    With `facts` it runs once for each set that was entered, in order; at least one is needed unless `optional`: then
    it runs once with None where nothing was entered. Of what is asked `once` there is one set. `check` is asked when
    facts are entered; what only a rehearsal can tell is told there.
    """

    function: EffectFunction
    facts: type[BaseModel] | None = None
    optional: bool = False
    once: bool = False
    check: Check | None = None


class Effects:
    """The functions that carry out effects, by name; `refuse` says what is wrong with malformed facts.

    The `vault` seals the personal numbers among them; without one no effect may ask for any. `send` issues the slip to
    the tax office.
    """

    def __init__(
        self, refuse: Refuse | None = None, vault: Vault | None = None, send: Send | None = None
    ) -> None:
        self._known: dict[str, Known] = {}
        self._send = send
        self._refuse = refuse or _plainly
        self._vault = vault

    def register(self, name: str, known: Known) -> None:
        """Say who carries out an effect, and what is entered for it; raise ValueError for a name unknown or taken."""
        if name not in NAMES or name in self._known:
            raise ValueError(f"{name} is no effect, or has its function already")
        self._known[name] = known

    def send_slip(self, session: Session, dossier: str, actor: Actor) -> Mapping[str, Any]:
        """Issue the slip of a dossier; return what its history tells of it. Raises `EffectNotAvailable` without one."""
        if self._send is None:
            raise EffectNotAvailable(code=dossier, effects="send_slip")
        return self._send(session, dossier, actor)

    def missing(self, names: Sequence[str]) -> tuple[str, ...]:
        """Return the effects of a list that nobody carries out."""
        return tuple(name for name in names if name not in self._known)

    def asked(self, names: Sequence[str]) -> dict[str, type[BaseModel]]:
        """Return what is entered for the effects of a list, by name."""
        known = {name: self._known[name].facts for name in names if name in self._known}
        return {name: model for name, model in known.items() if model is not None}

    def unstated(self, names: Sequence[str], given: Mapping[str, Sequence[Any]]) -> tuple[str, ...]:
        """Return the effects of a list for which something must be entered and is not."""
        return tuple(name for name in self.asked(names) if not given.get(name) and not self._known[name].optional)

    def asked_again(self, name: str, entered: Sequence[Any]) -> bool:
        """Tell whether one more set may be entered for an effect."""
        return not (entered and name in self._known and self._known[name].once)

    def check(self, session: Session, dossier: str, now: Given, before: Given, actor: Actor) -> None:
        """Hold what is entered for a dossier now, beside what was before, against its case.

        Raises `OneSetOnly`, and as the checks of the effects, naming the facts at fault.
        """
        for name, entries in now.items():
            known = self._known[name]
            if known.once and len(entries) > 1:
                raise OneSetOnly(field=f"facts.{name}.1", effect=name)
            if known.check and entries:
                with _named(f"facts.{name}.0"):
                    known.check(session, dossier, {**before, **now}, actor)

    def read(self, names: Sequence[str], given: Given, dossier: str = "") -> dict[str, list[BaseModel]]:
        """Return facts of a dossier as the schemas of the effects read them, with sealed numbers opened.

        Raises `FactsNotAsked`, `SealedElsewhere`, or as `refuse`.
        """
        asked = self.asked(names)
        if foreign := next((name for name in given if name not in asked), None):
            raise FactsNotAsked(field=f"facts.{foreign}", effect=foreign, asked=", ".join(asked) or "–")
        return {
            name: [
                self._one(asked[name], self._opened(asked[name], each, dossier, name), f"facts.{name}.{at}")
                for at, each in enumerate(entries)
            ]
            for name, entries in given.items()
        }

    def kept(self, read: Mapping[str, Sequence[BaseModel]], dossier: str) -> dict[str, list[Mapping[str, Any]]]:
        """Return facts that were read as the history of a dossier keeps them: as JSON, personal numbers sealed."""
        return {name: [self._kept(each, dossier, name) for each in facts] for name, facts in read.items()}

    def blurred(self, given: Given) -> Given:
        """Return facts with the digests of personal numbers in their place, as two requests are compared."""
        vault, asked = self._vault, self.asked(list(given))
        if vault is None:
            return given
        return {
            name: [blurred_facts(vault, asked[name], each) for each in entries] if name in asked else entries
            for name, entries in given.items()
        }

    def _opened(
        self, model: type[BaseModel], given: Mapping[str, Any], dossier: str, name: str
    ) -> Mapping[str, Any]:
        if self._vault is None:
            return given
        return opened_facts(self._vault, model, given, dossier=dossier, effect=name)

    def _kept(self, facts: BaseModel, dossier: str, name: str) -> Mapping[str, Any]:
        told = facts.model_dump(mode="json", by_alias=True, exclude_unset=True)
        if self._vault is None:
            return told
        return sealed_facts(self._vault, type(facts), told, dossier=dossier, effect=name)

    def _one(self, model: type[BaseModel], given: Mapping[str, Any], field_name: str) -> BaseModel:
        try:
            return model.model_validate(given)
        except ValidationError as error:
            refused = self._refuse(error)
            refused.field = f"{field_name}.{refused.field}" if refused.field else field_name
            raise refused from error

    def carry_out(
        self,
        session: Session,
        names: Sequence[str],
        effect: Effect,
        actor: Actor,
        facts: Mapping[str, Sequence[Any]] = MappingProxyType({}),
        attempt: Attempt = at_once,
    ) -> tuple[Done, Effect]:
        """Carry out effects in order; return what each tells, and what one after the last would be given.

        What stands against one names the facts at fault, as `facts.right.transfer.0.holders`. `attempt` runs each.
        Raises `EffectNotAvailable` before the first.
        """
        if lacking := self.missing(names):
            raise EffectNotAvailable(code=effect.code, effects=", ".join(lacking))
        done: dict[str, list[Mapping[str, Any]]] = {}
        for name in names:
            known = self._known[name]
            done[name] = []
            entered = facts.get(name) or ((None,) if known.optional else ())
            for at, given in enumerate(entered if known.facts else (None,)):
                now = replace(effect, facts=given, done=done)
                place = f"facts.{name}.{at}" if known.facts else ""
                told = attempt(partial(_placed, known.function, session, now, actor, place))
                effect = replace(effect, units=tuple(told.get(LAND, effect.units)))
                done[name].append(told)
        return done, effect


def _placed(
    function: EffectFunction, session: Session, effect: Effect, actor: Actor, place: str
) -> Mapping[str, Any]:
    """Carry one effect out; what stands against it says where in the facts."""
    with _named(place):
        return function(session, effect, actor)


@contextmanager
def _named(place: str) -> Iterator[None]:
    """Let what is raised say where in the facts."""
    try:
        yield
    except LandsvcError as error:
        if place and error.field:
            error.field = f"{place}.{error.field}"
        raise


def _plainly(error: ValidationError) -> InvalidInput:
    first = error.errors(include_url=False, include_input=False)[0]
    return InvalidInput(field=".".join(map(str, first["loc"])), reason=first["msg"])
