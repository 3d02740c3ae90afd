"""Make ten dossiers for whoever writes a tax office's machine: each waits at the tax office with its slip.

Which answers lead through which case is told in docs/sandbox.md and docs/sandbox.json. Made again, they are ten others.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from landsvc.core.db import EDITOR_ROLE, IDENTITY_ROLE, Database
from landsvc.core.progress import Progress, silent
from landsvc.demo.accounts import TAX_SCOPES, WEST
from landsvc.demo.errors import NoSandboxLand
from landsvc.demo.office import (
    CLERK,
    GIFT,
    LED,
    OFFICER,
    PRICE_VND,
    SALE,
    Place,
    Story,
    Telling,
    communes_of,
    person,
)
from landsvc.demo.statements import Script
from landsvc.identity import people
from landsvc.registry.dossiers import service
from landsvc.registry.dossiers.effects import Effects
from landsvc.registry.dossiers.model import Move

FILE = "sandbox.sql"
HOLDERS, TWO = (1, 2, 3), 2


@dataclass(frozen=True)
class Case:
    """One of the ten: its name, its procedure, and whether exactly two sell (elsewhere as few as there are)."""

    name: str
    procedure: str = SALE
    of_two: bool = False
    priced: bool = True
    """Whether its contract tells the price from the beginning."""


CASES = (
    Case("plain-sale"),
    Case("gift-exempt", GIFT),
    Case("two-sellers", of_two=True),
    Case("returned", priced=False),
    Case("notice-replaced"),
    Case("notice-cancelled"),
    Case("partial-payment"),
    Case("overpayment"),
    Case("deferral"),
    Case("wrong-notice"),
)


@dataclass(frozen=True)
class Sandbox:
    """What was made: the machine, its secret where it is new, and the codes of the dossiers by their names."""

    client: str
    secret: str | None
    dossiers: dict[str, str]


def make(database: Database, effects: Effects, client: str, progress: Progress = silent) -> Sandbox:
    """Make the ten dossiers, and the machine where there is none of this name; raise `NoSandboxLand`.

    Needs the demo's office (`office.lay`) and the grounds of relief. A machine that is there keeps its secret.
    """
    staff = {login: person(database, login) for login in (CLERK, OFFICER)}
    places = _places(database)
    secret = _client(database, client)
    made = {}
    for number, case in enumerate(CASES, 1):
        telling = Telling(database, staff, effects, places[case.name], priced=case.priced)
        made[case.name] = telling.tell(Story(case.procedure, LED))
        progress("Handing in dossiers", number, len(CASES))
    return Sandbox(client, secret, made)


def send_again(database: Database, effects: Effects, code: str) -> None:
    """Enter the price of a dossier whose slip the tax office sent back, and send the next version, as the officer."""
    who = person(database, OFFICER)
    with database.unit_of_work(EDITOR_ROLE, who) as session:
        seen = service.read(session, code, actor=who).dossier.revision
        case = dict(service.entered_facts(session, code)["tax.case"][0])
        if not case.get("noPrice"):
            case["contract"] = {**case["contract"], "landVnd": PRICE_VND}
        for move in (Move("enter_facts", facts={"tax.case": [case]}), Move("send_slip")):
            seen = service.move(session, code, move, actor=who, seen=seen, effects=effects).dossier.revision


def _client(database: Database, client: str) -> str | None:
    with database.unit_of_work(IDENTITY_ROLE) as session:
        if client in {line.client_id for line in people.list_clients(session)}:
            return None
        return people.create_client(session, client, "Sandbox (demo)", TAX_SCOPES)


def _places(database: Database) -> dict[str, Place]:
    """Return free land for every case; raise `NoSandboxLand`."""
    communes = communes_of(database, WEST)
    with database.read_only(EDITOR_ROLE) as session:
        free = partial(Script(session, FILE).run, "free_places", communes=communes, wanted=len(CASES))
        found = {many: [Place("", *row) for row in free(holders=many).fetchall()] for many in HOLDERS}
    # Who needs two sellers chooses first; the others take one seller while there is one.
    chosen = {case.name: found[TWO].pop() for case in CASES if case.of_two and found[TWO]}
    others = iter([place for many in HOLDERS for place in found[many]])
    for case in CASES:
        if case.name not in chosen and (place := next(others, None)) is not None and not case.of_two:
            chosen[case.name] = place
    if len(chosen) < len(CASES):
        raise NoSandboxLand
    return chosen
