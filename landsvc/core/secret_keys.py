"""Keep the keys that seal personal numbers: in a file of the data folder, or in the environment; never in the database.

One key a line, `VERSION:BASE64` of 32 random bytes. The highest version seals, all of them open. The database holds a
proof of each key it was sealed under, so that a wrong or lost file is told, and no other key is made in its place.
"""

from __future__ import annotations

import base64
import binascii
import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from hmac import compare_digest, digest
from pathlib import Path

import psycopg

from landsvc.core.config import Settings
from landsvc.core.errors import InvalidSetting, LandsvcError, Unavailable
from landsvc.core.sql import statements

KEY_BYTES = 32
HIGHEST = 65535
FILE = "secret.keys"
SETTING = "LANDSVC_SECRET_KEYS"


class SecretKeysMissing(Unavailable):
    """The key that a protected number needs is not here. 503."""

    slug = "secret-keys-missing"
    title = "The keys of protected numbers are not here"
    detail = "Key {version} is needed and is not in {place}."
    remedy = (
        "Put the file back from where you keep its copy (docs/operations.md), or name it with LANDSVC_SECRET_FILE."
        " For a new register: landsvc secrets make"
    )


class SecretKeysWrong(LandsvcError):
    """The keys are not those this database was sealed under."""

    slug = "secret-keys-wrong"
    title = "These are not the keys of this database"
    detail = "Key {version} in {place} is another one than this database was sealed under."
    remedy = "Put back the file that belongs to this database; all servers of one database need the same."


class SecretKeysNotKept(LandsvcError):
    """The keys cannot be written where they should be."""

    slug = "secret-keys-not-kept"
    title = "The keys of protected numbers cannot be kept"
    detail = "{place}: {reason}"
    remedy = "Make the folder writable, or name another file with LANDSVC_SECRET_FILE."


def place_of(settings: Settings) -> str:
    """Return where the keys are looked for, in words."""
    return SETTING if settings.secret_keys else str(file_of(settings))


def file_of(settings: Settings) -> Path:
    """Return the file of the keys."""
    return settings.secret_file or settings.data_dir / FILE


def read_keys(settings: Settings) -> Mapping[int, bytes] | None:
    """Return the keys by version, None where there are none; raise `InvalidSetting` for what are none."""
    if settings.secret_keys:
        return _parsed(settings.secret_keys.replace(",", "\n"), SETTING)
    try:
        return _parsed(file_of(settings).read_text("ascii"), str(file_of(settings)))
    except FileNotFoundError:
        return None
    except UnicodeDecodeError:
        raise _unreadable(str(file_of(settings))) from None
    except OSError as error:
        raise SecretKeysNotKept(place=place_of(settings), reason=error.strerror) from None


def settle(dsn: str, settings: Settings) -> bool:
    """Make the first key where this database knows none, and prove the others; return whether one was made.

    Safe to repeat. Raises `SecretKeysMissing` and `SecretKeysWrong`: then nothing was made.
    """
    sql = statements("core")
    with psycopg.connect(dsn) as conn:
        # Two that start at once make one key between them.
        conn.execute(sql["lock_secret_keys"].text)
        known: dict[int, bytes] = dict(conn.execute(sql["secret_proofs"].text).fetchall())
        keys = read_keys(settings)
        if keys is None and known:
            raise SecretKeysMissing(version=max(known), place=place_of(settings))
        made = keys is None
        keys = keys or _make(settings)
        for version, proof in known.items():
            if version not in keys:
                raise SecretKeysMissing(version=version, place=place_of(settings))
            if not compare_digest(proof_of(keys[version]), bytes(proof)):
                raise SecretKeysWrong(version=version, place=place_of(settings))
        for version in keys.keys() - known.keys():
            conn.execute(sql["keep_secret_proof"].text, {"version": version, "proof": proof_of(keys[version])})
    return made


def add_key(settings: Settings) -> int:
    """Add a newer key to the file; return its version. Raises `SecretKeysNotKept` for keys of the environment."""
    if settings.secret_keys:
        reason = "the keys are in the environment; add VERSION:BASE64 of 32 random bytes there"
        raise SecretKeysNotKept(place=SETTING, reason=reason)
    keys = dict(read_keys(settings) or {})
    version = max(keys, default=0) + 1
    _write(settings, keys | {version: secrets.token_bytes(KEY_BYTES)}, replace=True)
    return version


def proof_of(key: bytes) -> bytes:
    """Return what the database keeps to know a key again; it tells nothing of the key."""
    return digest(key, b"landsvc proof", "sha256")


def _make(settings: Settings) -> Mapping[int, bytes]:
    _write(settings, {1: secrets.token_bytes(KEY_BYTES)}, replace=False)
    return read_keys(settings) or {}


def _write(settings: Settings, keys: Mapping[int, bytes], *, replace: bool) -> None:
    """Write the file whole, closed to others; another's file is never overwritten by a first key."""
    target = file_of(settings)
    text = "".join(f"{version}:{base64.b64encode(key).decode()}\n" for version, key in sorted(keys.items()))
    partial = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        partial.touch(0o600, exist_ok=False)
        with partial.open("w") as sink:
            sink.write(text)
            sink.flush()
            os.fsync(sink.fileno())
        if replace:
            partial.replace(target)
        else:
            with suppress(FileExistsError):
                os.link(partial, target)
        _sync(target.parent)
    except OSError as error:
        raise SecretKeysNotKept(place=target, reason=error.strerror) from None
    finally:
        partial.unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _parsed(text: str, place: str) -> Mapping[int, bytes] | None:
    keys: dict[int, bytes] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        version, _, key = line.partition(":")
        try:
            number, found = int(version), base64.b64decode(key, validate=True)
        except (ValueError, binascii.Error):
            raise _unreadable(place) from None
        if not 1 <= number <= HIGHEST or len(found) != KEY_BYTES or number in keys:
            raise _unreadable(place)
        keys[number] = found
    if not keys:
        raise _unreadable(place)
    return keys


def _unreadable(place: str) -> InvalidSetting:
    # What stands there is not repeated: it may be half a key.
    return InvalidSetting(place, "…", "lines such as 1:BASE64, each of 32 bytes")
