"""Print the next certificate that waits in a batch: what the worker does, one at a time, between its other duties."""

from __future__ import annotations

from flask import Flask

from landsvc.core import web
from landsvc.core.db import EDITOR_ROLE
from landsvc.core.errors import LandsvcError, Unavailable
from landsvc.core.printing import printer_of
from landsvc.identity.actors import Actor
from landsvc.office.certificates.sheet_routes import print_and_sign
from landsvc.registry.certificates import batches

HERE = "http://localhost"
"""What links on sheets begin with where nobody said by which address people reach the service."""


def print_next(app: Flask) -> int:
    """Print, sign and keep the next certificate that waits; return how many were done, 0 where none waits.

    What stands against a certificate is kept with it, and the next one goes on. While the key or the database is away
    nothing is kept, and the certificate waits: raises `Unavailable`.
    """
    parts = app.extensions[web.EXTENSION]
    with parts.database.unit_of_work(EDITOR_ROLE) as session:
        waiting = batches.next_waiting(session)
        if waiting is None:
            return 0
        # As who asked for it: their branches say where they may sign, and the trail says who did.
        actor = Actor(waiting.account_id, waiting.login, waiting.account_name, frozenset({"signer"}))
        # Printed already where the process ended between the print and this.
        print_id, problem = waiting.print_id, None
        try:
            if print_id is None:
                with app.test_request_context("/", base_url=parts.settings.base_url or HERE):
                    print_id = print_and_sign(printer_of(parts.settings.web_dir), waiting.serial, actor).id
        except Unavailable:
            raise
        except LandsvcError as error:
            problem = error.slug
        batches.end_item(session, waiting, print_id=print_id, problem=problem)
    return 1
