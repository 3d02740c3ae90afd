"""Let administrators look after people, branches and the trail under /api/v1, and everybody after their own account."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import Response, request

from landsvc.core.api import JSON, Api, ApiModel, content, problems
from landsvc.core.db import IDENTITY_ROLE
from landsvc.core.paging import read_cursor, write_cursor
from landsvc.core.times import check_day
from landsvc.core.web import database, public_address, settings
from landsvc.identity import admin_schemas as shapes
from landsvc.identity import offices, oidc, passwords, people, trail_reading, web
from landsvc.identity.actors import Actor
from landsvc.identity.errors import IssuerNeeded
from landsvc.identity.people import AccountSearch
from landsvc.identity.routes import OFFICER_READS, OFFICER_WRITES, Security, without_tag
from landsvc.identity.trail_reading import TrailSearch
from landsvc.identity.web import for_officers, for_people, officer, person

ADMINISTRATORS = ("admin",)
"""Who looks after people, branches and what the province sets."""
TRAIL_READERS = ("auditor", "admin")
NEW_PASSWORD = "/office/new-password"  # noqa: S105 - the address of a page
HISTORY = 20
SIGNED = {"http_401": "Nobody is signed in."}
REFUSED = {**SIGNED, "http_403": "Your roles do not reach this, or it is your own account."}
NO_ACCOUNT = "There is no such account."
NO_BRANCH = "There is no such branch."


def make_apis() -> tuple[Api, ...]:
    """Return the endpoints of accounts, branches, the trail and one's own account."""
    accounts = Api(
        "accounts",
        tag="Administration",
        description="Accounts, branches and the audit trail.",
        schemas=(shapes.AccountOut, shapes.AccountList, shapes.PasswordLinkOut, shapes.OwnAccountOut),
    )
    _add_accounts(accounts)
    _add_doors(accounts)
    _add_own(accounts)
    branches = Api(
        "branches",
        tag="Administration",
        description="Accounts, branches and the audit trail.",
        schemas=(
            shapes.BranchOut,
            shapes.BranchDetail,
            shapes.BranchList,
            shapes.TrailList,
            shapes.TrailStateOut,
        ),
    )
    _add_branches(branches)
    _add_trail(branches)
    return accounts, branches


def _told(model: type[ApiModel], *, security: Security, status: int = 200, **more: str) -> dict[str, Any]:
    """Return the keyword arguments by which an endpoint of administrators is described."""
    return {
        "responses": {status: without_tag(content(model)), **problems(**REFUSED, **more)},
        "security": security,
    }


def _add_accounts(api: Api) -> None:
    @api.get("/accounts", **_told(shapes.AccountList, security=OFFICER_READS))
    @for_officers(*ADMINISTRATORS)
    def accounts(query: shapes.AccountsQuery) -> Response:
        """List accounts, by login or name, role, branch, and whether they are blocked."""
        asked = AccountSearch(query.q, query.role, query.branch, query.blocked)
        with database().read_only(IDENTITY_ROLE) as session:
            found, more = people.find_accounts(session, asked, after=read_cursor(query.cursor), page=query.limit)
        listed = [shapes.AccountOut.of(line) for line in found]
        following = _following(found[-1].id) if more else None
        return answer(shapes.AccountList(accounts=listed, number_returned=len(listed), next=following))

    @api.post(
        "/accounts",
        **_told(
            shapes.AccountOut,
            security=OFFICER_WRITES,
            status=201,
            http_404="There is no such branch.",
            http_409="The login is taken.",
            http_415="The body is not JSON.",
        ),
    )
    @for_officers(*ADMINISTRATORS)
    def make_account(body: shapes.AccountBody) -> Response:
        """Make an account; nobody signs in with it before a password was chosen by a link."""
        actor = officer(*ADMINISTRATORS)
        with database().unit_of_work(IDENTITY_ROLE) as session:
            people.create_account(
                session, body.login, body.name, body.roles, password=None, branches=body.branches, actor=actor
            )
            made = people.get_account(session, body.login)
        return answer(shapes.AccountOut.of(made), 201)

    @api.get("/accounts/<login>", **_told(shapes.AccountOut, security=OFFICER_READS, http_404=NO_ACCOUNT))
    @for_officers(*ADMINISTRATORS)
    def account(path: shapes.AccountPath) -> Response:
        """Read one account."""
        with database().read_only(IDENTITY_ROLE) as session:
            return answer(shapes.AccountOut.of(people.get_account(session, path.login)))

    @api.patch("/accounts/<login>", **_changes(http_415="The body is not JSON."))
    @for_officers(*ADMINISTRATORS)
    def change_account(path: shapes.AccountPath, body: shapes.AccountChange) -> Response:
        """Say anew who somebody is: name, roles, branches, for whom they sign."""
        actor = officer(*ADMINISTRATORS)
        with database().unit_of_work(IDENTITY_ROLE) as session:
            people.change_account(
                session,
                path.login,
                name=body.name,
                roles=body.roles,
                branches=body.branches,
                authorities=body.signs_for,
                actor=actor,
            )
            return answer(shapes.AccountOut.of(people.get_account(session, path.login)))


def _changes(**more: str) -> dict[str, Any]:
    """Return how an endpoint is described that changes an account and answers with it."""
    described = _told(
        shapes.AccountOut,
        security=OFFICER_WRITES,
        http_404=NO_ACCOUNT,
        http_409="It is the last administrator, or somebody else has it.",
    )
    described["responses"] |= problems(**more)
    return described


def _add_doors(api: Api) -> None:
    """Add what lets people in or not: blocking, sessions, links to passwords and providers."""

    @api.post("/accounts/<login>/block", **_changes(http_415="The body is not JSON."))
    @for_officers(*ADMINISTRATORS)
    def block(path: shapes.AccountPath, body: shapes.BlockBody) -> Response:
        """Let an account in no more, and end its sessions."""
        actor = officer(*ADMINISTRATORS)
        with database().unit_of_work(IDENTITY_ROLE) as session:
            people.disable_account(session, path.login, reason=body.reason or None, actor=actor)
            return answer(shapes.AccountOut.of(people.get_account(session, path.login)))

    @api.post("/accounts/<login>/unblock", **_changes())
    @for_officers(*ADMINISTRATORS)
    def unblock(path: shapes.AccountPath) -> Response:
        """Let an account in again, with the password it had."""
        actor = officer(*ADMINISTRATORS)
        with database().unit_of_work(IDENTITY_ROLE) as session:
            people.enable_account(session, path.login, actor=actor)
            return answer(shapes.AccountOut.of(people.get_account(session, path.login)))

    @api.post("/accounts/<login>/sign-out", **_changes())
    @for_officers(*ADMINISTRATORS)
    def sign_out_everywhere(path: shapes.AccountPath) -> Response:
        """End all sessions of an account."""
        actor = officer(*ADMINISTRATORS)
        with database().unit_of_work(IDENTITY_ROLE) as session:
            people.sign_out_everywhere(session, path.login, actor=actor)
            return answer(shapes.AccountOut.of(people.get_account(session, path.login)))

    @api.post(
        "/accounts/<login>/password-link",
        **_told(shapes.PasswordLinkOut, security=OFFICER_WRITES, status=201, http_404=NO_ACCOUNT),
    )
    @for_officers(*ADMINISTRATORS)
    def link_password(path: shapes.AccountPath) -> Response:
        """Make the link by which somebody chooses a password: shown once, good once, for a day."""
        actor = officer(*ADMINISTRATORS)
        with database().unit_of_work(IDENTITY_ROLE) as session:
            made = passwords.make_link(session, path.login, actor=actor)
        return answer(shapes.PasswordLinkOut.of(made, f"{public_address()}{NEW_PASSWORD}"), 201)

    @api.put("/accounts/<login>/oidc", **_changes(http_415="The body is not JSON."))
    @for_officers(*ADMINISTRATORS)
    def link_provider(path: shapes.AccountPath, body: shapes.LinkBody) -> Response:
        """Let whom a provider names sign in as this account; 409 where they sign in as another."""
        actor, issuer = officer(*ADMINISTRATORS), body.issuer or settings().oidc_issuer
        if issuer is None:
            raise IssuerNeeded(field="issuer")
        with database().unit_of_work(IDENTITY_ROLE) as session:
            oidc.link(session, path.login, issuer, body.subject, actor=actor)
            return answer(shapes.AccountOut.of(people.get_account(session, path.login)))

    @api.delete("/accounts/<login>/oidc", **_changes())
    @for_officers(*ADMINISTRATORS)
    def unlink_provider(path: shapes.AccountPath, query: shapes.UnlinkQuery) -> Response:
        """Let nobody sign in as this account through a provider, or through any."""
        actor = officer(*ADMINISTRATORS)
        with database().unit_of_work(IDENTITY_ROLE) as session:
            oidc.unlink(session, path.login, query.issuer, actor=actor)
            return answer(shapes.AccountOut.of(people.get_account(session, path.login)))


def _add_own(api: Api) -> None:
    @api.get(
        "/account",
        responses={200: without_tag(content(shapes.OwnAccountOut)), **problems(**SIGNED)},
        security=OFFICER_READS,
    )
    @for_people()
    def own_account() -> Response:
        """Read one's own account, where one is signed in, and what was done with it."""
        return answer(own(person()))

    @api.put(
        "/account/password",
        responses={
            204: {"description": "All sessions ended; the answer's cookie is of a new one."},
            **problems(
                **SIGNED,
                http_403="The CSRF token is missing.",
                http_415="The body is not JSON.",
                http_429="Too many failures.",
            ),
        },
        security=OFFICER_WRITES,
    )
    @for_people()
    def change_password(body: shapes.PasswordBody) -> Response:
        """Choose another password, knowing the one there is."""
        opened = passwords.change_own(database(), person(), body.current, body.password)
        return web.keep(Response(status=204), opened)

    @api.post(
        "/account/sign-out",
        responses={
            204: {"description": "Nobody is signed in with this account any more."},
            **problems(**SIGNED, http_403="The CSRF token is missing."),
        },
        security=OFFICER_WRITES,
    )
    @for_people()
    def leave_everywhere() -> Response:
        """End all one's sessions, on every device."""
        actor = person()
        with database().unit_of_work(IDENTITY_ROLE) as session:
            people.sign_out_everywhere(session, actor.login, actor=actor)
        return Response(status=204)


def own(actor: Actor) -> shapes.OwnAccountOut:
    """Return what somebody may see of their own account."""
    with database().read_only(IDENTITY_ROLE) as session:
        line = people.get_account(session, actor.login)
        sessions = passwords.own_sessions(session, actor)
        history = trail_reading.about_account(session, actor.account_id, most=HISTORY)
    return shapes.OwnAccountOut(
        account=shapes.AccountOut.of(line),
        sessions=[shapes.SessionPlace.of(each) for each in sessions],
        history=[shapes.TrailEntry.of(each) for each in history],
    )


def _add_branches(api: Api) -> None:
    @api.get("/branches", **_told(shapes.BranchList, security=OFFICER_READS))
    @for_officers(*ADMINISTRATORS)
    def branches() -> Response:
        """List every branch with what it covers today."""
        with database().read_only(IDENTITY_ROLE) as session:
            found = offices.list_branches(session)
        return answer(shapes.BranchList(branches=[shapes.BranchOut.of(line) for line in found]))

    @api.post(
        "/branches",
        **_told(
            shapes.BranchDetail,
            security=OFFICER_WRITES,
            status=201,
            http_409="There is such a branch.",
            http_415="The body is not JSON.",
        ),
    )
    @for_officers(*ADMINISTRATORS)
    def make_branch(body: shapes.BranchBody) -> Response:
        """Make a branch that covers some communes, or all."""
        actor = officer(*ADMINISTRATORS)
        with database().unit_of_work(IDENTITY_ROLE) as session:
            offices.create_branch(
                session,
                body.code,
                body.name,
                body.name_en,
                body.communes,
                everything=body.covers_all,
                actor=actor,
            )
        return answer(branch_detail(body.code), 201)

    @api.get("/branches/<code>", **_told(shapes.BranchDetail, security=OFFICER_READS, http_404=NO_BRANCH))
    @for_officers(*ADMINISTRATORS)
    def branch(path: shapes.BranchPath) -> Response:
        """Read a branch with its area over time."""
        return answer(branch_detail(path.code))

    @api.put(
        "/branches/<code>",
        **_told(
            shapes.BranchDetail,
            security=OFFICER_WRITES,
            http_404=NO_BRANCH,
            http_415="The body is not JSON.",
        ),
    )
    @for_officers(*ADMINISTRATORS)
    def change_branch(path: shapes.BranchPath, body: shapes.BranchChange) -> Response:
        """Say what a branch covers from a day on; a closed one is open again."""
        actor = officer(*ADMINISTRATORS)
        with database().unit_of_work(IDENTITY_ROLE) as session:
            offices.cover(
                session,
                path.code,
                body.communes,
                everything=body.covers_all,
                from_day=body.from_day,
                name_vi=body.name,
                name_en=body.name_en,
                actor=actor,
            )
        return answer(branch_detail(path.code))

    @api.post(
        "/branches/<code>/close",
        **_told(shapes.BranchDetail, security=OFFICER_WRITES, http_404=NO_BRANCH),
    )
    @for_officers(*ADMINISTRATORS)
    def close_branch(path: shapes.BranchPath) -> Response:
        """Close a branch: who works only there writes nowhere."""
        actor = officer(*ADMINISTRATORS)
        with database().unit_of_work(IDENTITY_ROLE) as session:
            offices.close_branch(session, path.code, actor=actor)
        return answer(branch_detail(path.code))


def branch_detail(code: str) -> shapes.BranchDetail:
    """Return a branch with its area over time; raise `NoSuchBranch`."""
    with database().read_only(IDENTITY_ROLE) as session:
        line = offices.get_branch(session, code)
        areas = offices.list_areas(session, line)
    return shapes.BranchDetail(**shapes.branch_facts(line), areas=[shapes.AreaOut.of(each) for each in areas])


def _add_trail(api: Api) -> None:
    @api.get("/trail", **_told(shapes.TrailList, security=OFFICER_READS))
    @for_officers(*TRAIL_READERS)
    def trail(query: shapes.TrailQuery) -> Response:
        """Read the audit trail, the newest first, by who, what and when. That it was read stands in it too."""
        for name, day in (("since", query.since), ("until", query.until)):
            if day is not None:
                check_day(name, day)
        asked = TrailSearch(query.who, query.action, query.on, query.since, query.until)
        before = read_cursor(query.cursor) or trail_reading.LAST
        with database().unit_of_work(IDENTITY_ROLE) as session:
            found, more = trail_reading.search(
                session, asked, before=before, page=query.limit, actor=officer(*TRAIL_READERS)
            )
        listed = [shapes.TrailEntry.of(entry) for entry in found]
        following = _following(found[-1].id) if more else None
        return answer(shapes.TrailList(entries=listed, number_returned=len(listed), next=following))

    @api.get("/trail/state", **_told(shapes.TrailStateOut, security=OFFICER_READS))
    @for_officers(*TRAIL_READERS)
    def trail_state() -> Response:
        """Say how far the trail is sealed, and prove the newest seals; `landsvc check audit` proves all."""
        with database().read_only(IDENTITY_ROLE) as session:
            return answer(shapes.TrailStateOut.of(trail_reading.state(session)))


def _following(last: int) -> str:
    """Return the address of the page after a number: the same question with another cursor."""
    asked = {**request.args.to_dict(), "cursor": write_cursor(last)}
    return f"{public_address()}{request.path}?{urlencode(asked)}"


def answer(model: ApiModel, status: int = 200) -> Response:
    """Answer with what nobody else may keep: it is about people."""
    body = model.model_dump_json(by_alias=True)
    return Response(body, status, {"Cache-Control": "no-store"}, content_type=JSON)
