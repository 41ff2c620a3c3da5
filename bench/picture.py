"""Precision against recall as an SVG, drawn by hand: no plotting library for one picture."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

WIDTH, HEIGHT, MARGIN = 640, 420, 56
COLOURS = {"normal": "#1f6f8b", "hard": "#c8553d", "unseen": "#7a9e3f", "textbook recipes": "#a9a9a9"}
POINTS = 100

Curve = list[tuple[float, float]]  # (recall, precision), by rising recall


def precision_recall_picture(curves: Sequence[tuple[str, str, Curve]]) -> str:
    """Draw one line a run (name, what it belongs to, curve), each sort in its colour."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        *_axes(),
    ]
    for name, sort, curve in curves:
        line = " ".join(f"{_x(recall):.1f},{_y(precision):.1f}" for recall, precision in curve)
        parts.append(
            f'<polyline points="{line}" fill="none" stroke="{COLOURS[sort]}" stroke-width="1.6" opacity="0.8">'
            f"<title>{name}</title></polyline>"
        )
    there = [sort for sort in COLOURS if any(sort == drawn for _, drawn, _ in curves)]
    for i, sort in enumerate(there):
        y = HEIGHT - MARGIN - 16 - 18 * (len(there) - 1 - i)
        parts.append(f'<rect x="{MARGIN + 14}" y="{y - 9}" width="18" height="4" fill="{COLOURS[sort]}"/>')
        parts.append(f'<text x="{MARGIN + 40}" y="{y - 3}">{sort}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def curve_of(true: NDArray[np.bool_], score: NDArray[np.float64]) -> Curve:
    """Return precision against recall at a hundred places, applications of equal score together."""
    order = np.argsort(-score, kind="stable")
    hits = np.cumsum(true[order])
    last = np.flatnonzero(np.r_[np.diff(score[order]) != 0, True])
    precision, recall = hits[last] / (last + 1), hits[last] / hits[-1]
    chosen = np.unique(np.searchsorted(recall, np.linspace(0, 1, POINTS)).clip(0, len(recall) - 1))
    return [(round(float(r), 4), round(float(p), 4)) for r, p in zip(recall[chosen], precision[chosen], strict=True)]


def _axes() -> list[str]:
    parts = []
    for tick in np.linspace(0, 1, 6):
        x, y = _x(tick), _y(tick)
        parts.append(f'<line x1="{x}" y1="{_y(0)}" x2="{x}" y2="{_y(1)}" stroke="#e4e4e4"/>')
        parts.append(f'<line x1="{_x(0)}" y1="{y}" x2="{_x(1)}" y2="{y}" stroke="#e4e4e4"/>')
        parts.append(f'<text x="{x}" y="{HEIGHT - MARGIN + 18}" text-anchor="middle">{tick:.1f}</text>')
        parts.append(f'<text x="{MARGIN - 10}" y="{y + 4}" text-anchor="end">{tick:.1f}</text>')
    parts.append(f'<text x="{WIDTH / 2}" y="{HEIGHT - 12}" text-anchor="middle">recall (applications in planted rings)</text>')
    parts.append(f'<text x="16" y="{HEIGHT / 2}" text-anchor="middle" transform="rotate(-90 16 {HEIGHT / 2})">precision</text>')
    return parts


def _x(recall: float) -> float:
    return float(MARGIN + recall * (WIDTH - 1.5 * MARGIN))


def _y(precision: float) -> float:
    return float(HEIGHT - MARGIN - precision * (HEIGHT - 1.5 * MARGIN))
