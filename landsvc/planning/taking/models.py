"""Table of planned uses that land is recovered for."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from landsvc.core.db import Base


class TakingUse(Base):
    """A planned use that land is recovered for (loại đất quy hoạch có thể thu hồi đất)."""

    __tablename__ = "taking_use"
    __table_args__ = (
        CheckConstraint("certainty IN ('S', 'K', '?')", name="certainty"),
        {
            "schema": "planning",
            "comment": "Loại đất quy hoạch có thể thu hồi đất: planned uses (and those below them) that land is"
            " recovered for, by theme",
        },
    )
    theme: Mapped[str] = mapped_column(ForeignKey("planning.theme.code"), primary_key=True)
    use_code: Mapped[str] = mapped_column(ForeignKey("cadastre.land_use_type.code"), primary_key=True)
    source: Mapped[str] = mapped_column(Text)
    certainty: Mapped[str] = mapped_column(Text)
