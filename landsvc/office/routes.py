"""Answer the officers' pages: sign-in, the workspace, the panel of a parcel, the map extract to print."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlencode

from flask import Blueprint, Flask, Response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from pydantic import ValidationError

from landsvc.cadastre.drafts.approval import APPROVERS
from landsvc.cadastre.drafts.ops import OFFERED
from landsvc.cadastre.drafts.routes import EDITORS
from landsvc.cadastre.raster_office_routes import PUBLISHERS
from landsvc.cadastre.raster_words import raster_facts
from landsvc.cadastre.rules import parse_ref
from landsvc.core import clock, i18n
from landsvc.core.config import Settings
from landsvc.core.db import EDITOR_ROLE, Database
from landsvc.core.errors import InvalidInput, LandsvcError
from landsvc.core.faults import invalid_input
from landsvc.core.i18n import gettext
from landsvc.core.printing import Printer
from landsvc.core.problem import later, problem_body, status_of
from landsvc.core.web import vault
from landsvc.finance.routes import PAYER_READERS
from landsvc.geo import crs
from landsvc.geo.raster import register
from landsvc.geo.raster import tiles as raster_tiles
from landsvc.geo.tiles import TileService, tile_json
from landsvc.identity import web as identity
from landsvc.identity.actors import Actor
from landsvc.identity.errors import SignInNeeded
from landsvc.identity.oidc_provider import provider_of
from landsvc.office import (
    activity_pages,
    address_pages,
    block_pages,
    channel_pages,
    delivery_pages,
    display_pages,
    fee_day_pages,
    fee_order_pages,
    fee_pages,
    feedback_pages,
    health_pages,
    known_pages,
    link_pages,
    oidc_pages,
    party_pages,
    payment_pages,
    price_pages,
    procedure_pages,
    rating_pages,
    reading_pages,
    reconciliation_pages,
    register_pages,
    transaction_page,
)
from landsvc.office.admin import (
    account_pages,
    branch_pages,
    client_pages,
    message_pages,
    own_page,
    settings_pages,
    trail_pages,
)
from landsvc.office.certificates import pages as certificate_pages
from landsvc.office.dossiers import pages as dossier_pages
from landsvc.office.extract_routes import MapExtractQuery, sheet_of
from landsvc.office.forms import again, clean, given
from landsvc.office.inspector import inspect
from landsvc.office.messages import script_messages
from landsvc.registry import service as registry
from landsvc.registry.dossiers.effects import Effects
from landsvc.registry.routes import UNDOERS

HOME = "/office"
SIGN_IN = "/office/sign-in"
ARREARS = "/maps/arrears"
"""The one page for officers outside of /office."""
WITHIN = (
    *("?", "/parcels/", "/links", "/health", "/defects/", "/admin", "/account"),
    *("/procedures", "/calendar", "/dossiers", "/unit", "/register-rows", "/survey-rights", "/certificates"),
    *("/blanks", "/books", "/parties", "/blocks", "/deliveries", "/reconciliation", "/channel-payments"),
    *("/payments", "/feedback", "/displays", "/addresses", "/activities", "/ratings"),
)
"""How the pages go on after `HOME` that signing in leads back to."""
LAYERS = ("units", "parcels")
SHARPEST_TILE = 18
MOST_PATH = 400
"""Characters a part of an address may have: more than any reference of a parcel."""
Box = tuple[float, float, float, float]


class Office:
    """The pages for officers, over the services of the rooms below."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        tiles: TileService,
        start_box: Callable[[], Box | None],
        printer: Printer,
    ) -> None:
        self.database = database
        self.settings = settings
        self.tiles = tiles
        self.start_box = start_box
        self.printer = printer
        self.provider = provider_of(settings)

    def panel(self, ref: str, actor: Actor) -> tuple[Markup, str, int]:
        """Return the panel of one parcel: HTML, its title, and the status."""
        try:
            found = inspect(self.database, vault(), parse_ref(ref), actor)
        except LandsvcError as error:
            problem = problem_body(error, instance=request.path)
            html = render_template("components/office_problem.html", problem=problem)
            return Markup(html), str(problem["title"]), status_of(error)  # noqa: S704 - an escaping template
        html = render_template(
            "components/inspector.html",
            parcel=found,
            may_edit=may_edit(actor),
            may_read_payers=may_read_payers(actor),
        )
        return Markup(html), found.title, 200  # noqa: S704 - an escaping template

    def rasters(self) -> list[dict[str, Any]]:
        """Return the TileJSON of every raster, hidden ones too, with what it is in the reader's words."""
        language = i18n.current_language()
        with self.database.read_only(EDITOR_ROLE) as session:
            found = register.all_rasters(session)
        return [
            {
                **raster_tiles.tile_json(each, "", language, at=raster_tiles.OFFICE),
                "facts": raster_facts(each),
                "public": each.public,
            }
            for each in found
        ]

    def config(self, actor: Actor) -> dict[str, Any]:
        """Return what the script of the workspace needs to know before it asks anything."""
        srid = self.settings.srid
        layers = {name: tile_json(self.tiles.layers[name], "") for name in LAYERS}
        return {
            "language": i18n.current_language(),
            "csrf": identity.csrf_token(),
            "officer": {
                "login": actor.login,
                "name": actor.name,
                "edits": may_edit(actor),
                "approves": bool(actor.roles & set(APPROVERS)),
            },
            "operations": OFFERED,
            "working": {
                "code": f"EPSG:{srid}",
                "proj4": crs.proj4text(srid, self.settings.datum_shift),
                "name": crs.system_name(srid),
            },
            "start": self.start_box(),
            "tiles": {
                name: {**tree, "maxzoom": min(tree["maxzoom"], SHARPEST_TILE)} for name, tree in layers.items()
            },
            "rasters": self.rasters(),
            "publishes": bool(actor.roles & set(PUBLISHERS)),
            "uses": {},
            "today": clock.today().isoformat(),
            "messages": script_messages(),
        }


def make_office(office: Office, effects: Effects) -> Blueprint:
    """Return the routes of the officers' pages."""
    blueprint = Blueprint("office", __name__, url_prefix=HOME)
    _add_sign_in(blueprint, office)
    if office.provider is not None:
        oidc_pages.add_oidc(blueprint, office.provider, wanted)
    _add_workspace(blueprint, office)
    _add_transactions(blueprint, office)
    link_pages.add_links(blueprint, office.database)
    price_pages.add_prices(blueprint, office.database)
    reconciliation_pages.add_reconciliation(blueprint, office.database)
    channel_pages.add_channel_payments(blueprint, office.database)
    payment_pages.add_payments(blueprint, office.database)
    register_pages.add_register_rows(blueprint, office.database)
    register_pages.add_survey_rights(blueprint, office.database)
    health_pages.add_health(blueprint, office.database)
    procedure_pages.add_procedures(blueprint, office.database)
    dossier_pages.add_dossiers(blueprint, office.database, effects, office.printer)
    party_pages.add_parties(blueprint, office.database)
    reading_pages.add_readings(blueprint, office.database)
    known_pages.add_known(blueprint, office.database)
    address_pages.add_addresses(blueprint, office.database)
    activity_pages.add_activities(blueprint, office.database)
    feedback_pages.add_feedback(blueprint, office.database)
    display_pages.add_displays(blueprint, office.database)
    rating_pages.add_ratings(blueprint, office.database)
    certificate_pages.add_certificates(blueprint, office.database, office.printer)
    block_pages.add_blocks(blueprint, office.database)
    account_pages.add_accounts(blueprint, office.database, office.settings)
    branch_pages.add_branches(blueprint, office.database)
    client_pages.add_clients(blueprint, office.database)
    delivery_pages.add_deliveries(blueprint, office.database)
    message_pages.add_messages(blueprint, office.database)
    fee_pages.add_fees(blueprint, office.database)
    fee_day_pages.add_fee_days(blueprint, office.database)
    fee_order_pages.add_fee_orders(blueprint, office.database)
    settings_pages.add_settings(blueprint, office.database)
    trail_pages.add_trail(blueprint, office.database)
    own_page.add_own_account(blueprint, office.database)
    own_page.add_new_password(blueprint, office.database)
    blueprint.url_value_preprocessor(clean_path)
    blueprint.register_error_handler(LandsvcError, office_problem)
    blueprint.after_request(i18n.remember_language)
    blueprint.after_request(never_stored)
    return blueprint


def _add_sign_in(blueprint: Blueprint, office: Office) -> None:
    @blueprint.get("/sign-in")
    def sign_in() -> ResponseReturnValue:
        if identity.signed_in():
            return redirect(wanted())
        return oidc_pages.sign_in_page(office.provider, wanted(), login=given("login", 64))

    @blueprint.post("/sign-in")
    def enter() -> ResponseReturnValue:
        login = request.form.get("login", "")
        try:
            opened = identity.sign_in(login, request.form.get("password", ""))
        except LandsvcError as error:
            return again(
                error,
                lambda problem: oidc_pages.sign_in_page(
                    office.provider, wanted(), login=login[:64], problem=problem
                ),
            )
        answer = redirect(wanted(), 303)
        return identity.keep(Response(answer.data, answer.status_code, answer.headers), opened)

    @blueprint.post("/sign-out")
    def leave() -> ResponseReturnValue:
        answer = redirect(SIGN_IN, 303)
        return identity.sign_out(Response(answer.data, answer.status_code, answer.headers))


def _add_workspace(blueprint: Blueprint, office: Office) -> None:
    @blueprint.get("")
    def workspace() -> ResponseReturnValue:
        actor = identity.officer()
        ref = given("parcel")
        panel, title, status = office.panel(ref, actor) if ref else (Markup(), "", 200)
        page = render_template(
            "pages/office/workspace.html",
            panel=panel,
            panel_open=bool(ref),
            answer_title=title,
            config=office.config(actor),
            officer=actor,
            csrf=identity.csrf_token(),
        )
        return page, status

    @blueprint.get("/inspector")
    def inspector() -> ResponseReturnValue:
        panel, _title, status = office.panel(given("parcel"), identity.officer())
        return panel, status

    @blueprint.get("/parcels/<path:ref>/map-extract")
    def map_extract(ref: str) -> ResponseReturnValue:
        actor = identity.officer()
        try:
            query = MapExtractQuery.model_validate(request.args.to_dict())
        except ValidationError as error:
            raise invalid_input(error) from None
        sheet, extract = sheet_of(ref, query)
        link = str(extract.parcel["code"] or ref)
        pdf = f"/api/v1/parcels/{quote(link)}/map-extract.pdf"
        asked = request.query_string.decode("ascii", "ignore")
        return render_template(
            "pages/office/map_extract.html",
            sheet=sheet,
            pdf=f"{pdf}?{asked}" if asked else pdf,
            back=f"{HOME}?{urlencode({'parcel': link})}",
            officer=actor,
            csrf=identity.csrf_token(),
        )

    @blueprint.get("/parcels/<path:ref>")
    def parcel(ref: str) -> ResponseReturnValue:
        return redirect(f"{HOME}?{urlencode({'parcel': ref})}")


def _add_transactions(blueprint: Blueprint, office: Office) -> None:
    @blueprint.get("/transactions/<code>")
    def transaction(code: str) -> ResponseReturnValue:
        actor = identity.officer()
        with office.database.read_only(EDITOR_ROLE) as session:
            found = registry.get_transaction(session, clean(code, 40))
        return render_template(
            "pages/office/transaction.html",
            transaction=transaction_page.present(found),
            may_edit=bool(actor.roles & set(UNDOERS)),
            officer=actor,
            csrf=identity.csrf_token(),
        )

    @blueprint.post("/transactions/<code>/undo")
    def undo(code: str) -> ResponseReturnValue:
        actor = identity.officer(*UNDOERS)
        reason = clean(request.form.get("reason", ""), 300)
        if not reason:
            raise InvalidInput(field="reason", reason=gettext("Say why the transaction is undone."))
        with office.database.unit_of_work(EDITOR_ROLE, actor) as session:
            done = registry.undo_transaction(session, clean(code, 40), reason, actor=actor)
        return redirect(f"{HOME}/transactions/{quote(done.code)}", 303)


def may_edit(actor: Actor) -> bool:
    """Tell whether an officer may change the fabric."""
    return bool(actor.roles & set(EDITORS))


def may_read_payers(actor: Actor) -> bool:
    """Tell whether an officer may read the whole number of a payer."""
    return bool(actor.roles & set(PAYER_READERS))


def office_problem(error: LandsvcError) -> ResponseReturnValue:
    """Answer an error as a page; who is not signed in is led to the page for it and back."""
    if isinstance(error, SignInNeeded) and request.method == "GET":
        if request.headers.get("Sec-Fetch-Mode") in {
            "cors",
            "same-origin",
        }:  # a script asks: it leads there itself
            return problem_body(error, instance=request.path), status_of(error)
        here = request.full_path.removesuffix("?")
        return redirect(f"{SIGN_IN}?{urlencode({'next': here})}", 303)
    status = status_of(error)
    problem = problem_body(error, instance=request.path)
    page = render_template("pages/office/problem.html", problem=problem, officer=None, csrf=identity.csrf_token())
    return page, status, later(status)


def wanted() -> str:
    """Return the page of ours that was asked for before signing in; the workspace without one."""
    asked = request.values.get("next", "")
    within = (f"{ARREARS}?", *(f"{HOME}{rest}" for rest in WITHIN))
    inside = asked in (HOME, ARREARS) or asked.startswith(within)
    return asked if inside and asked.isprintable() and "\\" not in asked else HOME


def clean_path(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Let no page meet a name in its address that the database cannot hold."""
    for name, value in (values or {}).items():
        if values is not None and isinstance(value, str):
            values[name] = clean(value, MOST_PATH)


def never_stored(response: Response) -> Response:
    """Keep officers' pages out of caches: the next person at this machine shall not find them."""
    response.headers["Cache-Control"] = "no-store"
    return response


def install(
    app: Flask,
    settings: Settings,
    database: Database,
    tiles: TileService,
    start_box: Callable[[], Box | None],
    effects: Effects,
    printer: Printer,
) -> None:
    """Add the officers' pages to `app`; `start_box` says where land is registered, in degrees."""
    app.jinja_env.filters.update(share=link_pages.percent)
    app.register_blueprint(make_office(Office(database, settings, tiles, start_box, printer), effects))
