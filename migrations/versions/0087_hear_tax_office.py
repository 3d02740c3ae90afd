"""Let the tax office's word move a dossier: transitions that no person may take, only the service itself."""

from __future__ import annotations

from alembic import op

revision = "0087_hear_tax_office"
down_revision = "0086_share_corners_back"


def upgrade() -> None:
    """Apply."""
    op.execute(
        """
        INSERT INTO registry.dossier_transition (action, from_state, to_state, roles, area, processes, holder, pauses,
          resumes, needs, sort) VALUES
          ('notice_arrived', 'TAX_SENT', 'TAX_NOTICED', '{service}', 'province', false, 'keep', 'payment', 'tax',
           '', 160),
          ('payment_confirmed', 'TAX_NOTICED', 'TAX_PAID', '{service}', 'province', false, 'keep', '', 'payment',
           '', 161),
          ('deferral_arrived', 'TAX_NOTICED', 'TAX_DEFERRED', '{service}', 'province', false, 'keep', '', 'payment', '',
           162),
          ('exemption_arrived', 'TAX_SENT', 'TAX_EXEMPT', '{service}', 'province', false, 'keep', '', 'tax', '', 163),
          ('exemption_arrived', 'TAX_NOTICED', 'TAX_EXEMPT', '{service}', 'province', false, 'keep', '', 'payment', '',
           164)
        """
    )


def downgrade() -> None:
    """Take back; what the service wrote in dossiers stays told."""
    op.execute("DELETE FROM registry.dossier_transition WHERE roles = '{service}'")
