"""Start the simulators of other offices from the command line: `landsvc sim tax|bank|messages|national-id`."""

from __future__ import annotations

import click

from landsvc.sim.bank_command import bank
from landsvc.sim.messages_command import messages
from landsvc.sim.national_id_command import national_id
from landsvc.sim.tax_command import tax


@click.group()
def sim() -> None:
    """Play the other offices, for trials: they know nothing but the public API."""


sim.add_command(bank)
sim.add_command(messages)
sim.add_command(national_id)
sim.add_command(tax)
