"""Draw how shares go over days: an SVG of our own, lines told apart by colour, dash and a label at their end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

WIDTH, HEIGHT = 640.0, 240.0
LEFT, RIGHT, TOP, BOTTOM = 72.0, 16.0, 16.0, 32.0
STEPS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
"""What the uppermost line of the drawing may stand for: the least that no share exceeds."""


@dataclass(frozen=True)
class Line:
    """The way of one kind: an SVG path, and its points for whoever has one day only."""

    kind: str
    path: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Chart:
    """All lines in one box; `top` is the share at the upper edge, `days` the first and the last day."""

    lines: tuple[Line, ...]
    top: float
    days: tuple[date, date]
    box: str = f"0 0 {WIDTH:.0f} {HEIGHT:.0f}"
    frame: tuple[float, float, float, float] = (LEFT, TOP, WIDTH - RIGHT, HEIGHT - BOTTOM)


def draw(series: Sequence[tuple[str, Sequence[tuple[date, float]]]]) -> Chart | None:
    """Return the chart of shares (0 to 1) by day, each series in order of days; None with less than two days."""
    days = sorted({on for _, points in series for on, _ in points})
    if len(days) < 2:
        return None
    most = max((share for _, points in series for _, share in points), default=0.0)
    top = next((step for step in STEPS if step >= most), 1.0)
    span = (days[-1] - days[0]).days
    lines = []
    for kind, points in series:
        placed = tuple(
            (
                round(LEFT + (WIDTH - LEFT - RIGHT) * (on - days[0]).days / span, 1),
                round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * min(share / top, 1.0), 1),
            )
            for on, share in points
        )
        path = "M" + "L".join(f"{x} {y}" for x, y in placed) if placed else ""
        lines.append(Line(kind, path, placed))
    return Chart(tuple(lines), top, (days[0], days[-1]))
