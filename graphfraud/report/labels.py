"""Where the names of identifiers go: beside their diamond, on the side where they cover least."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

# Size of the 10 px type of the picture, a little generous: what a reader's system font measures is not known here.
LINE = 12.0
NARROW, WIDE = 5.9, 10.2

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Label:
    """A placed text: anchor is SVG's text-anchor, x and y the start of the baseline."""

    x: float
    y: float
    anchor: str
    box: Box


def width_of(text: str) -> float:
    """Estimate the width of a text in the picture's type."""
    return sum(WIDE if ord(character) > 0x2E80 else NARROW for character in text)


def place_labels(
    texts: Sequence[str], spots: Sequence[tuple[float, float, float]], circles: Sequence[tuple[float, float, float]]
) -> list[Label]:
    """Place one text for each spot (x, y, radius), in order, away from the spots, the circles and earlier labels."""
    taken: list[Box] = [(x - r, y - r, x + r, y + r) for x, y, r in [*spots, *circles]]
    placed = []
    for text, (x, y, radius) in zip(texts, spots, strict=True):
        wide, near = width_of(text), radius + 3.0
        sides = [
            _label(x, y + near + LINE - 3, "middle", wide),
            _label(x, y - near - 1, "middle", wide),
            _label(x + near, y + 4, "start", wide),
            _label(x - near, y + 4, "end", wide),
        ]
        best = min(sides, key=lambda label: sum(_overlap(label.box, box) for box in taken))
        taken.append(best.box)
        placed.append(best)
    return placed


def _label(x: float, y: float, anchor: str, wide: float) -> Label:
    left = x - wide / 2 if anchor == "middle" else x if anchor == "start" else x - wide
    return Label(round(x, 1), round(y, 1), anchor, (left, y - LINE + 3, left + wide, y + 3))


def _overlap(a: Box, b: Box) -> float:
    return max(0.0, min(a[2], b[2]) - max(a[0], b[0])) * max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
