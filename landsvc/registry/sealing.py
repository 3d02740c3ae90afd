"""Seal every personal number and shared secret of the service under the newest key, in whatever room it lies."""

from __future__ import annotations

from landsvc.core.secrets import Vault
from landsvc.core.sending import sealing as messages
from landsvc.finance import sealing as payments
from landsvc.finance.channels import sealing as channels
from landsvc.finance.hooks import sealing as hooks
from landsvc.finance.mirror import sealing as notices
from landsvc.finance.slips import sealing as slips
from landsvc.identity.citizens import sealing as citizens
from landsvc.registry.alerts import sealing as alerts
from landsvc.registry.blocks import sealing as blocks
from landsvc.registry.dossiers import sealed_facts as dossiers
from landsvc.registry.feedback import sealing as feedback
from landsvc.registry.parties import sealing as parties


def seal_everything(dsn: str, vault: Vault) -> int:
    """Seal what lies in the clear or under an older key; return how many. As the owner; safe to repeat."""
    rooms = (
        messages,
        alerts,
        payments,
        notices,
        slips,
        channels,
        hooks,
        parties,
        blocks,
        dossiers,
        citizens,
        feedback,
    )
    return sum(each.seal_stored(dsn, vault) for each in rooms)
