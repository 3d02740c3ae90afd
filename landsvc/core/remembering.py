"""Take over what was worked out before, as long as all that was read for it still reads the same.

What officers try is committed a moment later, and working it out anew costs more than reading its grounds again. So the
result is kept with every statement that was asked for it and its rows; asked again in the new transaction, under its
locks, equal rows prove that the result is the same. Nothing depends on it: whoever finds nothing here works it out.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from threading import Lock
from typing import Generic, TypeVar

from sqlalchemy.orm import Session

from landsvc.core.db import READINGS, Reading, read_again

T = TypeVar("T")


@dataclass(frozen=True)
class Kept(Generic[T]):
    """A result, the very object it was made of, and all that was read for it."""

    result: T
    given: object
    readings: tuple[Reading, ...]


class Memory(Generic[T]):
    """The newest results of one process, each with its grounds. Safe for threads; results must not be changed."""

    def __init__(self, most: int) -> None:
        """Keep so many; the one that served longest ago goes first."""
        self._most = most
        self._known: OrderedDict[Hashable, Kept[T]] = OrderedDict()
        self._lock = Lock()

    def recall(self, session: Session, key: Hashable, work: Callable[[], T], given: object = None) -> T:
        """Return what `work` returns in this transaction, carried out only where something reads otherwise than before.

        `work` must depend on nothing but the key, the very object `given`, and what it reads through `core.db.asked`
        or `rows_of`. Where it writes, its result is not kept.
        """
        known = self.known(key)
        if known is not None and known.given is given and read_again(session, known.readings):
            self._keep(key, known)
            return known.result
        readings: list[Reading] = []
        session.info[READINGS] = readings
        try:
            result = work()
        finally:
            del session.info[READINGS]
        if all(one.statement.only_reads for one in readings):
            self._keep(key, Kept(result, given, tuple(readings)))
        return result

    def known(self, key: Hashable) -> Kept[T] | None:
        """Return what is kept under a key, whether it still holds or not."""
        with self._lock:
            return self._known.get(key)

    def take_over(self, key: Hashable, known: Kept[T]) -> None:
        """Keep what another process of this service found; `recall` proves it before it is used."""
        self._keep(key, known)

    def _keep(self, key: Hashable, known: Kept[T]) -> None:
        with self._lock:
            self._known[key] = known
            self._known.move_to_end(key)
            while len(self._known) > self._most:
                self._known.popitem(last=False)


class MadeOf(Generic[T]):
    """What was last made of an object, given again for the very same object. Neither may be changed afterwards."""

    def __init__(self, most: int) -> None:
        """Keep so many; the one that served longest ago goes first."""
        self._most = most
        # The object is kept beside what was made of it, so that its identity is nobody else's meanwhile.
        self._known: OrderedDict[Hashable, tuple[object, T]] = OrderedDict()
        self._lock = Lock()

    def get(self, source: object, make: Callable[[], T], *how: Hashable) -> T:
        """Return what `make` makes of an object in a way, made once."""
        key = (id(source), *how)
        with self._lock:
            known = self._known.pop(key, None)
        found = (source, make()) if known is None else known
        with self._lock:
            self._known[key] = found
            while len(self._known) > self._most:
                self._known.popitem(last=False)
        return found[1]
