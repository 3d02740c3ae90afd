"""Join the parts into one application. The only place where rooms meet."""

from __future__ import annotations

from functools import partial

from flask import Flask, Response, request
from flask_openapi3.models.info import Info
from flask_openapi3.openapi import OpenAPI
from pydantic import ValidationError

import landsvc
from landsvc.cadastre import link_routes, raster_office_routes, raster_routes, search_routes, tile_routes
from landsvc.cadastre import routes as cadastre_routes
from landsvc.cadastre import tiles as cadastre_tiles
from landsvc.cadastre.defects import routes as defect_routes
from landsvc.cadastre.drafts import approval_routes, holding, rule_routes, settings_routes
from landsvc.cadastre.drafts import routes as draft_routes
from landsvc.cadastre.drafts.ops.base import Frame
from landsvc.cadastre.houses.service import house_finder
from landsvc.cadastre.search import SearchBox
from landsvc.cadastre.survey import routes as survey_routes
from landsvc.core import gauges, health_api, i18n, problem, web
from landsvc.core.access import public_dsn
from landsvc.core.config import Settings
from landsvc.core.db import Database
from landsvc.core.errors import InvalidSetting
from landsvc.core.faults import invalid_input
from landsvc.core.filestore import FileStore
from landsvc.core.printing import Printer, printer_of
from landsvc.core.proxies import Proxies
from landsvc.core.secrets import Vault
from landsvc.core.sending import gauges as message_gauges
from landsvc.core.signing import Signer
from landsvc.core.throttle import Throttle
from landsvc.finance import routes as finance_routes
from landsvc.finance.catalogues import routes as catalogue_routes
from landsvc.finance.channels import routes as channel_routes
from landsvc.finance.envelope import routes as envelope_routes
from landsvc.finance.feed import routes as feed_routes
from landsvc.finance.files import routes as file_routes
from landsvc.finance.hooks import gauges as push_gauges
from landsvc.finance.mirror import routes as notice_routes
from landsvc.finance.obligations import routes as obligation_routes
from landsvc.finance.prices import routes as price_routes
from landsvc.finance.reconciliation import routes as reconciliation_routes
from landsvc.finance.slips import routes as slip_routes
from landsvc.geo.raster.folder import RasterFolder
from landsvc.geo.raster.tiles import RasterTiles
from landsvc.geo.tiles import TileService
from landsvc.identity import admin_routes, oauth_routes, refusals
from landsvc.identity import routes as identity_routes
from landsvc.office import drawing_routes, extract_routes
from landsvc.office import routes as office_routes
from landsvc.office.certificates import book_routes, entry_routes, sheet_routes
from landsvc.office.dossiers import book_routes as dossier_book_routes
from landsvc.office.dossiers import many_pages, paper_routes, reply_sheet, slip_print, unit_routes
from landsvc.planning import routes as planning_routes
from landsvc.planning import tiles as planning_tiles
from landsvc.planning.activities import routes as activity_routes
from landsvc.planning.search import plan_finder
from landsvc.planning.taking import routes as taking_routes
from landsvc.portal import address_routes
from landsvc.portal import extract_routes as planning_paper
from landsvc.portal import routes as portal_routes
from landsvc.portal.api_docs import make_docs
from landsvc.registry import routes as registry_routes
from landsvc.registry import service as registry_service
from landsvc.registry.blocks import effects as block_effects
from landsvc.registry.blocks import routes as block_routes
from landsvc.registry.certificates import batch_routes, blank_routes
from landsvc.registry.certificates import effects as certificate_effects
from landsvc.registry.certificates import routes as certificate_routes
from landsvc.registry.dossiers import (
    chain_routes,
    parcel_effects,
    procedure_routes,
    receiving_routes,
    slip_facts,
)
from landsvc.registry.dossiers import routes as dossier_routes
from landsvc.registry.dossiers.effects import Effects
from landsvc.registry.owed import routes as owed_routes
from landsvc.registry.parties import effects as party_effects
from landsvc.registry.parties import routes as party_routes
from landsvc.registry.rights import effects as right_effects
from landsvc.registry.rights import routes as right_routes
from landsvc.registry.rights.checks import CHECKS
from landsvc.registry.rights.service import same_right
from landsvc.registry.supply import effects as supply_effects
from landsvc.registry.supply import routes as supply_routes
from landsvc.registry.supply.answering import Sources
from landsvc.registry.taxed import routes as taxed_routes

RIGHTS = holding.Rights(same_right, CHECKS)
"""What the registry tells the cadastre, which knows nothing of rights."""


def create_app(settings: Settings) -> OpenAPI:
    """Make the application and open its pools: call it in the process that serves.

    Raises `InvalidSetting` when no database is named (the embedded one is named by `landsvc up`).
    """
    if not settings.database_url:
        raise InvalidSetting("LANDSVC_DATABASE_URL", "", "a PostgreSQL address; `landsvc up` sets it by itself")
    app = OpenAPI(
        "landsvc",
        info=Info(title="landsvc", version=landsvc.__version__),
        security_schemes=identity_routes.SECURITY_SCHEMES,
        doc_ui=False,
        validation_error_status=400,
        validation_error_callback=refuse_request,
        static_folder=None,
        template_folder=str(settings.web_dir / "templates"),
    )
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.config["MAX_CONTENT_LENGTH"] = 64 * 2**20
    database = Database(settings.database_url, public_dsn(settings), size=settings.threads + 1)
    app.extensions[holding.EXTENSION] = RIGHTS
    app.extensions[web.EXTENSION] = web.Parts(settings, database, Vault(settings))
    web.install(app)
    problem.install(app)
    i18n.install(app, settings.web_dir)
    join_rooms(app, settings)
    health_api.describe(app)
    oauth_routes.install(app)
    refusals.install(app)
    app.register_blueprint(make_docs())
    if settings.trusted_proxies:
        app.wsgi_app = Proxies(app.wsgi_app, settings.trusted_proxies)  # type: ignore[method-assign]
    database.open()
    return app


def join_rooms(app: OpenAPI, settings: Settings) -> None:
    """Register what each room answers over HTTP."""
    database = app.extensions[web.EXTENSION].database
    gauges.add(app, gauges.of_events(database), push_gauges.gauge(database), message_gauges.gauge(database))
    tiles = TileService.of(database, cadastre_tiles.layers() + planning_tiles.layers())
    box = SearchBox(
        database, settings.srid, settings.datum_shift, (plan_finder(database),), house_finder(database)
    )
    app.register_api(identity_routes.make_api())
    for api in admin_routes.make_apis():
        app.register_api(api)
    app.register_api(cadastre_routes.make_api())
    app.register_api(draft_routes.make_api(after_commit=(registry_service.register_draft,)))
    app.register_api(survey_routes.make_api())
    app.register_api(approval_routes.make_api(after_commit=(registry_service.register_draft,)))
    app.register_api(rule_routes.make_api())
    app.register_api(settings_routes.make_api())
    app.register_api(link_routes.make_api())
    app.register_api(defect_routes.make_api())
    app.register_api(registry_routes.make_api())
    app.register_api(procedure_routes.make_api())
    app.register_api(party_routes.make_api())
    app.register_api(right_routes.make_api())
    app.register_api(taxed_routes.make_api())
    app.register_api(owed_routes.make_api())
    app.register_api(block_routes.make_api())
    app.register_api(certificate_routes.make_api())
    app.register_api(blank_routes.make_api())
    app.register_api(batch_routes.make_api())
    printer = printer_of(settings.web_dir)
    effects = effects_of(app, settings, database, printer)
    app.register_api(dossier_routes.make_api(effects))
    app.register_api(chain_routes.make_api(effects))
    app.register_api(receiving_routes.make_api(effects))
    throttle = Throttle(settings.lookup_per_minute)
    prints = Throttle(extract_routes.prints_per_minute(settings.lookup_per_minute))
    app.register_api(search_routes.make_api(box, throttle))
    app.register_api(tile_routes.make_api(tiles))
    rasters = RasterTiles(database, RasterFolder(settings.data_dir), settings.datum_shift)
    for api in (*raster_routes.make_apis(rasters), raster_office_routes.make_api(rasters)):
        app.register_api(api)
    app.register_api(planning_routes.make_api(throttle))
    app.register_api(activity_routes.make_api(throttle))
    app.register_api(taking_routes.make_api(throttle))
    app.register_api(finance_routes.make_api())
    app.register_api(file_routes.make_api())
    app.register_api(notice_routes.make_api())
    app.register_api(feed_routes.make_api())
    app.register_api(catalogue_routes.make_api())
    app.register_api(envelope_routes.make_api())
    app.register_api(obligation_routes.make_api(throttle))
    app.register_api(price_routes.make_api())
    app.register_api(slip_routes.make_api())
    app.register_api(channel_routes.make_api())
    app.register_api(reconciliation_routes.make_api())
    app.register_api(supply_routes.make_api())
    app.register_api(extract_routes.make_api(printer, prints))
    app.register_api(planning_paper.make_api(printer, prints))
    app.register_api(address_routes.make_api(printer, throttle, prints))
    app.register_api(drawing_routes.make_api(printer))
    app.register_api(paper_routes.make_api(printer))
    app.register_api(sheet_routes.make_api(printer))
    app.register_api(entry_routes.make_api(printer))
    app.register_api(book_routes.make_api(printer))
    app.register_api(dossier_book_routes.make_api(printer))
    app.register_api(many_pages.make_api(printer))
    app.register_api(slip_print.make_api(printer))
    app.register_api(unit_routes.make_api(printer))
    search = partial(search_routes.results, box)
    register = portal_routes.install(app, settings, database, tiles, search, throttle)
    office_routes.install(app, settings, database, tiles, register.start_box, effects, printer)


def effects_of_rights(settings: Settings) -> Effects:
    """Return what completing a sale or a mortgage does, for who completes them without serving, such as the demo."""
    vault = Vault(settings)
    effects = Effects(
        partial(invalid_input, flat=False), vault, partial(slip_facts.send, vault=vault, signer=Signer(settings))
    )
    for known in (
        slip_facts.EFFECTS,
        right_effects.EFFECTS,
        certificate_effects.effects(settings.office_name or certificate_routes.OFFICE),
    ):
        for name, each in known.items():
            effects.register(name, each)
    return effects


def effects_of(app: OpenAPI, settings: Settings, database: Database, printer: Printer) -> Effects:
    """Return what completing a dossier does, from the packages that own the tables."""
    vault = app.extensions[web.EXTENSION].vault
    effects = Effects(
        partial(invalid_input, flat=False), vault, partial(slip_facts.send, vault=vault, signer=Signer(settings))
    )
    frame = Frame(settings.srid, settings.datum_shift, RIGHTS)
    authority = settings.office_name or certificate_routes.OFFICE
    for known in (
        parcel_effects.effects(frame),
        slip_facts.EFFECTS,
        right_effects.EFFECTS,
        party_effects.effects(vault),
        block_effects.effects(vault, frame),
        certificate_effects.effects(authority),
        supply_effects.effects(
            Sources(database, vault), FileStore(settings), reply_sheet.signing(printer, settings), authority
        ),
    ):
        for name, each in known.items():
            effects.register(name, each)
    return effects


def close_app(app: Flask) -> None:
    """Close the pools of an application made by `create_app`."""
    app.extensions[web.EXTENSION].database.close()


def refuse_request(error: ValidationError) -> Response:
    """Answer a malformed request: 400, naming the first field at fault and listing all."""
    return problem.problem_response(problem.problem_body(invalid_input(error, flat=False), instance=request.path))
