"""Start the simulators of other offices from the command line: `landsvc sim tax|bank|messages`."""

from __future__ import annotations

import click

from landsvc.sim.bank_command import bank
from landsvc.sim.messages_command import messages
from landsvc.sim.tax_command import tax


@click.group()
def sim() -> None:
    """Play the other offices, for trials: they know nothing but the public API."""


sim.add_command(bank)
sim.add_command(messages)
sim.add_command(tax)
