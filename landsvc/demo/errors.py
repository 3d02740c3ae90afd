"""Say what can go wrong when the demo is laid."""

from __future__ import annotations

from landsvc.core.errors import Conflict, RuleViolation, Unavailable


class NoCommunes(Unavailable):
    """The reference data the demo stands on is not in this database."""

    slug = "demo-no-communes"
    title = "The communes the demo is built on are not in this database"
    remedy = "Load the administrative units first: landsvc import units."


class LandNotEmpty(Conflict):
    """There is other land in the register; a demo among it would look real."""

    slug = "demo-land-not-empty"
    title = "This database already holds parcels"
    detail = "A demo is laid into an empty register only, so that nobody takes it for real land."
    remedy = "Use another data folder (--data) or database for the demo."


class OtherDemo(Conflict):
    """Another demo is loaded."""

    slug = "demo-other"
    title = "Another demo is loaded"
    detail = "This database holds the demo of {parcels} parcels with seed {seed}."
    remedy = "Use another data folder (--data) or database for a demo of another size or seed."


class TooManyParcels(RuleViolation):
    """The communes cannot hold so many parcels."""

    slug = "demo-too-many-parcels"
    title = "So many demo parcels do not fit"
    detail = "{asked} parcels were asked for; {room} fit into the communes with this seed."
    remedy = "Ask for fewer parcels."


class NoSandboxLand(Conflict):
    """No land of the demo is left for ten more dossiers, or there is no demo. 409."""

    slug = "no-sandbox-land"
    title = "There is no land for the sandbox"
    detail = "The demo lacks free land with a right and a certificate for ten dossiers."
    remedy = "Start with `landsvc up --demo`, with more parcels if there is a demo already."
