"""Precision against recall as an SVG, drawn by hand: no plotting library for one picture."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

WIDTH, HEIGHT, MARGIN = 640, 420, 56
COLOURS = {"normal": "#1f6f8b", "hard": "#c8553d"}
POINTS = 200

Curve = tuple[str, NDArray[np.bool_], NDArray[np.float64]]


def precision_recall_picture(curves: Sequence[Curve]) -> str:
    """Draw one line a world (name, truth, score), normal and hard in their colours."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        *_axes(),
    ]
    for name, true, score in curves:
        if true.any():
            precision, recall = _curve(true, score)
            line = " ".join(f"{_x(r):.1f},{_y(p):.1f}" for r, p in zip(recall, precision, strict=True))
            colour = COLOURS["hard" if name.startswith("hard") else "normal"]
            parts.append(
                f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="1.6" opacity="0.8">'
                f"<title>{name}</title></polyline>"
            )
    for i, (name, colour) in enumerate(COLOURS.items()):
        y = HEIGHT - MARGIN - 34 + 18 * i
        parts.append(f'<rect x="{MARGIN + 14}" y="{y - 9}" width="18" height="4" fill="{colour}"/>')
        parts.append(f'<text x="{MARGIN + 40}" y="{y - 3}">{name}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def _curve(true: NDArray[np.bool_], score: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    order = np.argsort(-score, kind="stable")
    hits = np.cumsum(true[order])
    last = np.flatnonzero(np.r_[np.diff(score[order]) != 0, True])
    precision, recall = hits[last] / (last + 1), hits[last] / hits[-1]
    chosen = np.unique(np.searchsorted(recall, np.linspace(0, 1, POINTS)).clip(0, len(recall) - 1))
    return precision[chosen], recall[chosen]


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
