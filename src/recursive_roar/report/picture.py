"""A score, its interval and the score of every seed as a picture of one line."""

from collections.abc import Iterable, Mapping
from typing import Any

from markupsafe import Markup

WIDTH, HEIGHT, MARGIN = 150, 22, 6


def scale_of(rows: Iterable[Mapping[str, Any]], *columns: str) -> tuple[float, float]:
    """The least and the largest value of `columns`, with zero; limits of few seeds are cut at twice what can be."""
    values = [row[column] for row in rows for column in columns if row.get(column) is not None]
    return max(-2.0, min([0.0, *values])), min(2.0, max([0.01, *values]))


def picture(
    mean: float | None,
    low: float | None,
    high: float | None,
    scale: tuple[float, float],
    seeds: Mapping[str, float | None] | None = None,
) -> Markup:
    """Inline SVG: a line at zero, the interval, a tick at the mean, a dot a seed (named in its tooltip).

    Without `seeds` it is drawn for the eye alone, as the numbers that it shows stand beside it.
    """
    scores = {name: value for name, value in (seeds or {}).items() if value is not None}
    middle = HEIGHT / 2
    zero = _x(0, scale)
    parts = [Markup('<line class="zero" x1="{0}" x2="{0}" y1="0" y2="{1}"/>').format(zero, HEIGHT)]
    if low is not None and high is not None:
        ends = _x(low, scale), _x(high, scale), middle
        parts.append(Markup('<line class="interval" x1="{0}" x2="{1}" y1="{2}" y2="{2}"/>').format(*ends))
    for name, value in scores.items():
        dot = Markup('<circle cx="{}" cy="{}" r="3.2"><title>{}: {:.1f} %</title></circle>')
        parts.append(dot.format(_x(value, scale), middle, name, 100 * value))
    if mean is not None:
        tick = Markup('<line class="mean" x1="{0}" x2="{0}" y1="{1}" y2="{2}"/>')
        parts.append(tick.format(_x(mean, scale), middle - 7, middle + 7))
    opening = Markup('<svg class="picture" {} width="{}" height="{}" viewBox="0 0 {} {}">')
    role = Markup('aria-hidden="true"') if seeds is None else _spoken(scores)
    return opening.format(role, WIDTH, HEIGHT, WIDTH, HEIGHT) + Markup("").join(parts) + Markup("</svg>")


def _spoken(scores: Mapping[str, float]) -> Markup:
    words = ", ".join(f"{name}: {100 * value:.1f}" for name, value in scores.items()) or "no seed has a score"
    return Markup('role="img" aria-label="{}"').format(words)


def _x(value: float, scale: tuple[float, float]) -> str:
    low, high = scale
    share = min(1.0, max(0.0, (value - low) / (high - low)))
    return f"{MARGIN + share * (WIDTH - 2 * MARGIN):.1f}"
