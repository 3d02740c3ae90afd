"""Offer `landsvc channel …`: who may tell of money, and the keys they sign with."""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import click

from landsvc.core.commandline import answer, data_option, json_option, say, settings_from
from landsvc.core.secrets import Vault
from landsvc.finance.channels import keys
from landsvc.finance.channels.entries import Key
from landsvc.identity.console import changing, reading, show

until_option = click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]),
    help="When it ends by itself, UTC; never without it.",
)


@click.group("channel")
def channel() -> None:
    """List payment channels, and look after the keys they sign with."""


@channel.command("list")
@data_option
@json_option
def list_channels(data: Path | None, as_json: bool) -> None:
    """Show every channel."""
    with reading(data) as session:
        lines = keys.channels(session)
    show("channels", lines, as_json=as_json, tree=_channel_tree, text=_channel_text)


@channel.group("key")
def key() -> None:
    """Take in, list and end the keys of channels; several hold at once while a channel changes over."""


@key.command("add")
@click.argument("code")
@click.argument("kid")
@click.option(
    "--public", type=click.File("rb"), help="Its public key (PEM, Ed25519 or RSA); a secret is made without."
)
@until_option
@data_option
@json_option
def add_key(
    code: str, kid: str, public: IO[bytes] | None, until: datetime | None, data: Path | None, as_json: bool
) -> None:
    """Take in the public key KID of the channel CODE, or make a secret to share with it and print it, once."""
    ends = until and until.replace(tzinfo=UTC)
    with changing(data) as session:
        if public is not None:
            told = {"algorithm": keys.add_public(session, code, kid, public.read(), until=ends)}
        else:
            secret = keys.add_secret(session, Vault(settings_from(data)), code, kid, until=ends)
            told = {"algorithm": "hmac-sha256", "secret": b64encode(secret).decode()}
    answer({"channel": code, "kid": kid, **told}, as_json=as_json)


@key.command("list")
@click.argument("code", required=False)
@data_option
@json_option
def list_keys(code: str | None, data: Path | None, as_json: bool) -> None:
    """Show the keys of a channel, of all without CODE; never their secrets."""
    with reading(data) as session:
        lines = keys.listed(session, code)
    show("keys", lines, as_json=as_json, tree=_key_tree, text=_key_text)


@key.command("end")
@click.argument("code")
@click.argument("kid")
@click.option("--at", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]), help="When, UTC; now without it.")
@data_option
def end_key(code: str, kid: str, at: datetime | None, data: Path | None) -> None:
    """Let a key end. What it signed before stays taken."""
    with changing(data) as session:
        keys.end(session, code, kid, at=at and at.replace(tzinfo=UTC))
    say(f"{code} {kid} ends")


def _channel_tree(line: tuple[str, str, str, str, bool]) -> dict[str, Any]:
    return dict(zip(("code", "nameVi", "nameEn", "kind", "isActive"), line, strict=True))


def _channel_text(line: tuple[str, str, str, str, bool]) -> str:
    return f"{line[0]:<16}{line[3]:<10}{'' if line[4] else 'closed':<8}{line[1]}"


def _key_tree(line: Key) -> dict[str, Any]:
    told = {"channel": line.channel, "kid": line.kid, "algorithm": line.algorithm}
    return {**told, "since": line.since, "until": line.until, "publicKey": line.public_key}


def _key_text(line: Key) -> str:
    until = line.until.isoformat(timespec="seconds") if line.until else ""
    since = line.since.isoformat(timespec="seconds")
    return f"{line.channel:<16}{line.kid:<24}{line.algorithm:<18}{since:<28}{until}"
