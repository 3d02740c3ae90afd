"""Seal every personal number of the service under the newest key: of payments, slips, parties, notices and dossiers."""

from __future__ import annotations

from landsvc.core.secrets import Vault
from landsvc.finance import sealing as payments
from landsvc.finance.mirror import sealing as notices
from landsvc.finance.slips import sealing as slips
from landsvc.registry.blocks import sealing as blocks
from landsvc.registry.dossiers import sealed_facts as dossiers
from landsvc.registry.parties import sealing as parties


def seal_everything(dsn: str, vault: Vault) -> int:
    """Seal what lies in the clear or under an older key; return how many. As the owner; safe to repeat."""
    return sum(each.seal_stored(dsn, vault) for each in (payments, notices, slips, parties, blocks, dossiers))
