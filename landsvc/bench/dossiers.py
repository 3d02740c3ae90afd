"""Measure the register and its dossiers at size: an imported register, thousands of dossiers, and officers over HTTP.

All of it happens on a copy of the database, which is dropped afterwards. A fifth of the parcels bear a right.
"""

from __future__ import annotations

import csv
import json
import resource
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from importlib.resources import as_file, files
from itertools import cycle, islice
from pathlib import Path

import psycopg

from landsvc.bench.batch import Batch, run_landsvc
from landsvc.bench.editing import Edited, Officer, at_once, copied, parcels_of, rate_of, rows_of
from landsvc.bench.ground import SAMPLES, Ground
from landsvc.bench.load import Rate, Tools
from landsvc.bench.runner import Say, serving
from landsvc.cadastre.reference import ensure_reference
from landsvc.core import serve
from landsvc.core.cluster import Cluster
from landsvc.core.config import Settings
from landsvc.core.db import IDENTITY_ROLE, Database
from landsvc.core.signing import make_trial_key
from landsvc.core.sql import statements
from landsvc.identity import offices, people, service
from landsvc.registry.dossiers.reference import ensure_procedures

FILE = "office.sql"
RIGHTS_SHARE, DOSSIERS_SHARE = 5, 200
"""A right for so many parcels, and an open dossier."""
OFFICERS = 8
PER_SECOND = 10
"""Answers asked for each second of a run, and dossiers of each kind made ready to be completed."""
PAGE, SAID, TASKS, PREVIEW = (
    *("page of a dossier", "dossier as data", "list of an officer's dossiers"),
    "preview of a dossier's completion",
)
TRANSFER, MORTGAGE, SPLIT = (
    *("completion of a transfer dossier", "completion of a mortgage dossier"),
    "commit of a split of registered land, no dossier",
)
READS = {PAGE: "/office/dossiers/{}", SAID: "/api/v1/dossiers/{}"}
TARGET_P95_MS = dict.fromkeys((PAGE, SAID, TASKS, PREVIEW, TRANSFER, MORTGAGE), 150.0) | {SPLIT: 100.0}
HEAD = (
    *("right", "commune", "sheetNo", "parcelNo", "area", "holder", "born", "cccd", "share", "serial", "bookNo"),
    *("issuedOn", "mortgagee", "mortgagedOn", "amountVnd"),
)
WAY = ("take", "enter_facts", "send_slip", "tax_exempt", "draft", "sign")
PAPERS = {
    "CN": ("form-18", "certificate", "deed-transfer"),
    "TC": ("form-mortgage", "certificate", "deed-mortgage"),
}


@dataclass
class Ready:
    """A dossier that was signed: its code, revision and whose turn it is."""

    code: str
    revision: int
    officer: Officer


@dataclass
class Clerk:
    """An officer who leads dossiers from the counter to the signature, which is another's."""

    officer: Officer
    signer: Officer
    todo: list[tuple[str, str, str, str]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def submit(self, procedure: str, ref: str) -> dict[str, object]:
        """Hand an application in; raise RuntimeError where it is refused."""
        body = {
            "procedure": procedure,
            "parcels": [ref],
            "applicants": [{"name": "Người nộp"}],
            "documents": [{"document": name} for name in PAPERS[procedure]],
        }
        return _made(self.officer.ask("POST", "/api/v1/dossiers", body))

    def signed(self, procedure: str, place: tuple[str, str, str, str]) -> Ready:
        """Lead a dossier to its signature."""
        ref, right, buyer, bank = place
        facts: Mapping[str, object] = {
            "CN": {"right.transfer": [{"right": right, "mode": "sole", "holders": [{"party": buyer}]}]},
            "TC": {"encumbrance.begin": [{"kind": "mortgage", "holders": [{"party": bank}]}]},
        }[procedure]
        bodies: dict[str, Mapping[str, object]] = {
            "enter_facts": {"facts": facts},
            "tax_exempt": {"documentNo": "1/TB"},
        }
        told = self.submit(procedure, ref)
        for action in WAY:
            if action in _may(told):
                who = self.signer if action == "sign" else self.officer
                told = self.move(who, told, action, bodies.get(action, {}))
        return Ready(str(told["dossier"]), int(str(told["revision"])), self.officer)

    def move(
        self, who: Officer, told: Mapping[str, object], action: str, body: Mapping[str, object]
    ) -> dict[str, object]:
        """Do one thing with a dossier."""
        path = f"/api/v1/dossiers/{told['dossier']}/transitions"
        return _made(who.ask("POST", path, {"action": action, **body}, seen=int(str(told["revision"]))))

    def make_ready(self, procedure: str) -> list[Ready]:
        """Lead dossiers of all its parcels to their signature."""
        return [self.signed(procedure, place) for place in self.todo]


def wanted(only: str) -> bool:
    """Tell whether a choice of questions names one of these."""
    return any(only in name for name in TARGET_P95_MS)


def measure(
    cluster: Cluster, ground: Ground, settings: Settings, tools: Tools, *, seconds: float, say: Say
) -> tuple[list[Edited], Batch]:
    """Import a register into a copy of one database, lay dossiers into it, and measure what officers do there."""
    with copied(cluster, ground, "office") as copy:
        given = copy.settings(settings)
        imported = _import(copy, given, say)
        clerks = _clerks(given)
        with serving(given, settings.data_dir / "bench" / "service.log", say):
            _lay_dossiers(copy, clerks, say)
            found = _Office(copy, clerks, tools, seconds).measure()
    for one in found:
        say(f"  {one.name:<50} p50 {one.http.p50_ms:.0f} p95 {one.http.p95_ms:.0f} ms {one.missing or ''}")
    return found, imported


def _import(copy: Ground, settings: Settings, say: Say) -> Batch:
    """Write a register of the land as a file, and time `landsvc import register`."""
    rights = copy.parcels // RIGHTS_SHARE
    say(f"Importing a register of {rights:,} rights ...")
    run_landsvc(settings, "secrets", "make")
    with tempfile.TemporaryDirectory(prefix="landsvc-bench-") as folder:
        path, report = Path(folder, "register.csv"), Path(folder, "report.json")
        rows = _write_register(copy.dsn, path, rights)
        given = ("--source", "bench", "--report", str(report))
        seconds, error = run_landsvc(settings, "import", "register", str(path), *given)
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        if error is None:
            told = json.loads(report.read_text("utf-8"))
            say(f"  {told['rights']}, {told['certificates']:,} certificates; our process at most {peak:.0f} MB")
    return Batch(f"register of {rights:,} rights", rows, seconds, error=error)


def _write_register(dsn: str, path: Path, rights: int) -> int:
    rows = 0
    with psycopg.connect(dsn) as conn, conn.cursor("register") as cursor, path.open("w", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(HEAD)
        cursor.itersize = 10_000
        for row in cursor.execute(statements("bench", FILE)["register_rows"].text, {"rights": rights}):
            writer.writerow(row)
            rows += 1
    return rows


def _clerks(settings: Settings) -> list[Clerk]:
    """Make those who receive and process, each with one who signs; the rules and procedures they go by."""
    make_trial_key(settings)
    database = Database(str(settings.database_url), str(settings.public_database_url))
    database.open()
    try:
        ensure_reference(settings, database)
        ensure_procedures(settings, database)
        with database.unit_of_work(IDENTITY_ROLE) as session:

            def officer(name: str, *roles: str) -> Officer:
                made = people.create_account(session, name, name, roles, password=None, branches=[offices.HEAD])
                return Officer(serve.address(settings), service.open_session(session, made, None).token, ())

            return [
                Clerk(officer(f"office-{seat}", "counter", "processor"), officer(f"sign-{seat}", "signer"))
                for seat in range(OFFICERS)
            ]
    finally:
        database.close()


def _lay_dossiers(copy: Ground, clerks: Sequence[Clerk], say: Say) -> None:
    """Hand in one application at each clerk's counter, take it up, and copy it for other land that bears rights."""
    many = copy.parcels // DOSSIERS_SHARE
    say(f"Laying {many:,} dossiers ...")
    places = rows_of(copy.dsn, "rights_to_change", FILE, wanted=len(clerks))
    for clerk, place in zip(clerks, places, strict=True):
        told = clerk.move(clerk.officer, clerk.submit("CN", place[0]), "take", {})
        _copy_dossier(copy.dsn, str(told["dossier"]), many // len(clerks))
    with psycopg.connect(copy.dsn, autocommit=True) as conn:
        conn.execute("VACUUM (ANALYZE)")


def _copy_dossier(dsn: str, code: str, many: int) -> None:
    named = statements("bench", FILE)
    with psycopg.connect(dsn) as conn:
        ((account,),) = conn.execute(
            "SELECT DISTINCT e.account_id FROM registry.dossier_event e"
            " JOIN registry.dossier d ON d.id = e.dossier_id WHERE d.code = %s",
            (code,),
        ).fetchall()
        conn.execute(named["act_as"].text, {"account": account})
        conn.execute(
            psycopg.ClientCursor(conn).mogrify(named["copies_of_dossier"].text, {"code": code, "many": many})
        )
        for name in ("dossiers", "land", "applicants", "papers", "events"):
            conn.execute(named[f"copy_{name}"].text)


class _Office:
    """The office at work."""

    def __init__(self, copy: Ground, clerks: Sequence[Clerk], tools: Tools, seconds: float) -> None:
        self.copy, self.clerks, self.tools, self.seconds = copy, clerks, tools, seconds
        self.times = max(len(clerks), round(PER_SECOND * seconds))

    def measure(self) -> list[Edited]:
        """Read, look ahead, complete; then divide land that bears rights."""
        one = self.clerks[0].officer
        read, write = self._limits()
        codes = [code for (code,) in rows_of(self.copy.dsn, "dossiers_of", FILE, wanted=self.times)]
        found = [
            self._asked(name, read, [partial(one.ask, "GET", path.format(code)) for code in codes])
            for name, path in READS.items()
        ]
        lists = islice(cycle(self.clerks), self.times)
        found.append(
            self._asked(TASKS, read, [partial(each.officer.ask, "GET", "/office/dossiers") for each in lists])
        )
        places = rows_of(self.copy.dsn, "rights_to_change", FILE, wanted=len(self.clerks) + 2 * self.times)
        places = places[len(self.clerks) :]
        half = len(places) // 2
        for name, procedure, mine in ((TRANSFER, "CN", places[:half]), (MORTGAGE, "TC", places[half:])):
            found += self._completed(name, procedure, mine, read if procedure == "CN" else None, write)
        return [*found, self._split(write)]

    def _limits(self) -> tuple[Rate, Rate]:
        with psycopg.connect(self.copy.dsn, autocommit=True) as conn:
            conn.execute(statements("bench", FILE)["sale_log"].text)
        with as_file(files("landsvc.bench") / "reference") as folder:
            read = self.tools.sql(self.copy.dsn, folder / "search_ref.sql", self.seconds, k=SAMPLES)
            return read, self.tools.sql(self.copy.dsn, folder / "transfer.sql", self.seconds, k=SAMPLES)

    def _completed(
        self,
        name: str,
        procedure: str,
        places: Sequence[tuple[str, str, str, str]],
        preview: Rate | None,
        limit: Rate,
    ) -> list[Edited]:
        for at, clerk in enumerate(self.clerks):
            clerk.todo = list(places[at :: len(self.clerks)])
        made = at_once([partial(clerk.make_ready, procedure) for clerk in self.clerks])
        ready = [each for one in made for each in one]
        found = []
        if preview:
            path = "/api/v1/dossiers/{}/completion"
            asked = [partial(each.officer.ask, "GET", path.format(each.code)) for each in ready]
            found.append(self._asked(PREVIEW, preview, asked))
        path, body = "/api/v1/dossiers/{}/transitions", {"action": "record"}
        asked = [
            partial(each.officer.ask, "POST", path.format(each.code), body, seen=each.revision) for each in ready
        ]
        return [*found, self._asked(name, limit, asked)]

    def _split(self, limit: Rate) -> Edited:
        """Commit splits of sampled parcels, which bear rights: one after the other, one officer."""
        clerk = self.clerks[0].officer
        taken = {ref for (ref, *_) in rows_of(self.copy.dsn, "rights_to_change", FILE, wanted=SAMPLES)}
        clerk.todo = [each for one in parcels_of(self.copy.dsn) for each in one if each[0] in taken]
        clerk.make_ready(self.times)
        if not clerk.drafts:
            return self._asked(SPLIT, limit, [])
        body = {"reason": "Benchmark"}
        return self._asked(
            SPLIT,
            limit,
            [partial(clerk.ask, "POST", f"/api/v1/drafts/{code}/commit", body) for code in clerk.drafts],
        )

    def _asked(
        self, name: str, limit: Rate, requests: Sequence[Callable[[], tuple[int, bytes, float]]]
    ) -> Edited:
        """Send requests one after the other, as one officer waits for them."""
        target = TARGET_P95_MS[name]
        if not requests:
            return Edited(name, self.copy.parcels, 1, limit, Rate(0, 0, 0), "nothing to ask", target)
        told = [ask() for ask in requests]
        rate = rate_of(told, sum(ms for _, _, ms in told) / 1000)
        why = next((body.decode()[:300] for status, body, _ in told if status != HTTPStatus.OK), None)
        return Edited(
            name, self.copy.parcels, 1, limit, rate, why if why and rate.errors == len(told) else None, target
        )


def _made(answer: tuple[int, bytes, float]) -> dict[str, object]:
    status, body, _ = answer
    if status not in {HTTPStatus.OK, HTTPStatus.CREATED}:
        raise RuntimeError(f"HTTP {status}: {body.decode()[:500]}")
    told: dict[str, object] = json.loads(body)
    return told


def _may(told: Mapping[str, object]) -> set[str]:
    found = told["may"]
    return {each["action"] for each in found} if isinstance(found, list) else set()
