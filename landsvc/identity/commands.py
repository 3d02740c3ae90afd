"""Offer `landsvc user …` and `landsvc client …`: people and machines that may ask."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, TextIO

import click

from landsvc.core.commandline import answer, data_option, json_option, say, settings_from
from landsvc.identity import offices, oidc, people
from landsvc.identity.console import changing, reading, show
from landsvc.identity.errors import IssuerNeeded
from landsvc.identity.people import AccountLine, ClientLine

password_option = click.option(
    "--password-file",
    type=click.File(encoding="utf-8"),
    help="Read the password from the first line of this file, or of standard input (-). Asked for without it.",
)

branch_option = click.option(
    "--branch",
    "branches",
    multiple=True,
    help="Code of a branch they work in; CODE:ROLE,ROLE limits what they are there. Repeat it for more.",
)


@click.group("user")
def user() -> None:
    """Make, list and disable accounts of people."""


@user.command("create")
@click.argument("login")
@click.option("--name", default="", help="The name colleagues see; the login without it.")
@click.option("--role", "roles", multiple=True, required=True, help="What the person may be; repeat it for more.")
@branch_option
@password_option
@data_option
def create_user(
    login: str,
    name: str,
    roles: tuple[str, ...],
    branches: tuple[str, ...],
    password_file: TextIO | None,
    data: Path | None,
) -> None:
    """Make an account for a person; where there is one branch only, they work in it."""
    password = read_password(password_file)
    with changing(data) as session:
        people.create_account(session, login, name, roles, password=password, branches=branches or None)
    say(f"Made the account {login} ({', '.join(roles)})")


@user.command("password")
@click.argument("login")
@password_option
@data_option
def change_password(login: str, password_file: TextIO | None, data: Path | None) -> None:
    """Give an account another password; it may sign in again if it was disabled."""
    password = read_password(password_file)
    with changing(data) as session:
        people.set_password(session, login, password)
    say(f"{login} has another password; its sessions are ended")


@user.command("disable")
@click.argument("login")
@data_option
def disable_user(login: str, data: Path | None) -> None:
    """Let an account in no more, and end its sessions."""
    with changing(data) as session:
        people.disable_account(session, login)
    say(f"{login} is disabled")


@user.command("branches")
@click.argument("login")
@branch_option
@data_option
def place_user(login: str, branches: tuple[str, ...], data: Path | None) -> None:
    """Say in which branches a person works, and in no others (without --branch: in none)."""
    with changing(data) as session:
        offices.work_in(session, login, branches)
    say(f"{login} works in {', '.join(branches) or 'no branch'}")


@user.command("signs")
@click.argument("login")
@click.option(
    "--for",
    "authorities",
    multiple=True,
    help="branch:CODE, department or commune-chairman:COMMUNE; repeat it for more.",
)
@data_option
def let_sign(login: str, authorities: tuple[str, ...], data: Path | None) -> None:
    """Say for whom a person signs, and for nobody else (without --for: for nobody)."""
    with changing(data) as session:
        offices.sign_for(session, login, authorities)
    say(f"{login} signs for {', '.join(authorities) or 'nobody'}")


@user.command("oidc")
@click.argument("login")
@click.option("--issuer", help="The provider, as its discovery document writes it (LANDSVC_OIDC_ISSUER).")
@click.option("--subject", help="What the provider calls the person; the page that refuses them shows it.")
@click.option("--remove", is_flag=True, help="Let nobody sign in as this account through a provider.")
@data_option
def link_user(login: str, issuer: str | None, subject: str | None, remove: bool, data: Path | None) -> None:
    """Let a person sign in to an account with an OpenID provider, or no more."""
    if (subject is None) != remove:
        raise click.UsageError("Give either --subject or --remove.")
    with changing(data) as session:
        if subject is None:
            dropped = oidc.unlink(session, login, issuer)
            said = f"{login} is no more linked to {', '.join(dropped)}" if dropped else f"{login} was not linked"
        else:
            provider = issuer or settings_from(data).oidc_issuer
            if provider is None:
                raise IssuerNeeded(field="issuer")
            oidc.link(session, login, provider, subject)
            said = f"Whom {provider} calls {subject} signs in as {login}"
    say(said)


@user.command("list")
@data_option
@json_option
def list_users(data: Path | None, as_json: bool) -> None:
    """Show every account."""
    with reading(data) as session:
        lines = people.list_accounts(session)
    show("accounts", lines, as_json=as_json, tree=_account_tree, text=_account_text)


def _account_tree(line: AccountLine) -> dict[str, Any]:
    return {
        "login": line.login,
        "name": line.name,
        "roles": line.roles,
        "madeAt": line.made_at,
        "disabledAt": line.disabled_at,
        "seenAt": line.seen_at,
        "branches": line.branches,
        "signsFor": line.authorities,
        "oidc": [{"issuer": issuer, "subject": subject} for issuer, subject in line.links],
    }


def _account_text(line: AccountLine) -> str:
    state = "disabled" if line.disabled_at else ", ".join(line.roles)
    return f"{line.login:<24}{line.name:<32}{state:<40}{' '.join(line.branches)}".rstrip()


@click.group("client")
def client() -> None:
    """Make, list and revoke API clients of machines."""


@client.command("create")
@click.argument("client_id")
@click.option("--name", default="", help="Whose machine it is.")
@click.option("--scope", "scopes", multiple=True, required=True, help="What it may do; repeat it for more.")
@data_option
@json_option
def create_client(client_id: str, name: str, scopes: tuple[str, ...], data: Path | None, as_json: bool) -> None:
    """Make an API client and print its secret, once: it is kept nowhere."""
    with changing(data) as session:
        secret = people.create_client(session, client_id, name, scopes)
    answer({"clientId": client_id, "clientSecret": secret}, as_json=as_json)


@client.command("secret")
@click.argument("client_id")
@data_option
@json_option
def renew_secret(client_id: str, data: Path | None, as_json: bool) -> None:
    """Give a client another secret, printed once; its tokens end, and it may ask again if it was revoked."""
    with changing(data) as session:
        secret = people.renew_secret(session, client_id)
    answer({"clientId": client_id, "clientSecret": secret}, as_json=as_json)


@client.command("rotate")
@click.argument("client_id")
@click.option(
    "--overlap",
    "hours",
    type=click.IntRange(1, people.MOST_OVERLAP_HOURS),
    default=people.OVERLAP_HOURS,
    show_default=True,
    help="Hours the old secret still holds.",
)
@click.option("--end", is_flag=True, help="Change nothing but end the old secret now.")
@data_option
@json_option
def rotate_secret(client_id: str, hours: int, end: bool, data: Path | None, as_json: bool) -> None:
    """Give a client another secret, printed once, beside the one it has; its tokens stay until they expire."""
    if end:
        with changing(data) as session:
            ended = people.end_previous_secret(session, client_id)
        answer({"clientId": client_id, "ended": ended}, as_json=as_json)
        return
    with changing(data) as session:
        secret, until = people.rotate_secret(session, client_id, hours=hours)
    facts = {"clientId": client_id, "clientSecret": secret, "oldSecretUntil": until.isoformat(timespec="seconds")}
    answer(facts, as_json=as_json)


@client.command("revoke")
@click.argument("client_id")
@data_option
def revoke_client(client_id: str, data: Path | None) -> None:
    """Let a client and its tokens in no more."""
    with changing(data) as session:
        people.revoke_client(session, client_id)
    say(f"{client_id} is revoked")


@client.command("list")
@data_option
@json_option
def list_clients(data: Path | None, as_json: bool) -> None:
    """Show every API client."""
    with reading(data) as session:
        lines = people.list_clients(session)
    show("clients", lines, as_json=as_json, tree=_client_tree, text=_client_text)


def _client_tree(line: ClientLine) -> dict[str, Any]:
    return {
        "clientId": line.client_id,
        "name": line.name,
        "scopes": line.scopes,
        "madeAt": line.made_at,
        "revokedAt": line.revoked_at,
        "oldSecretUntil": line.previous_until,
    }


def _client_text(line: ClientLine) -> str:
    state = "revoked" if line.revoked_at else " ".join(line.scopes)
    return f"{line.client_id:<24}{line.name:<32}{state}"


def read_password(file: TextIO | None) -> str:
    """Return the password from a file's first line, or ask for it twice; never from the command line itself."""
    if file is not None:
        try:
            return file.readline().rstrip("\r\n")
        except UnicodeDecodeError:
            raise click.UsageError("The password file is not UTF-8.") from None
    if not sys.stdin.isatty():
        raise click.UsageError(
            "There is no terminal to ask for a password; give --password-file (- reads stdin)."
        )
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
