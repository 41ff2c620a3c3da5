"""Where the names of identifiers go: beside their diamond, on the side where they cover least."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

# Size of the 11 px type of the picture, a little generous: what a reader's system font measures is not known here.
LINE = 13.0
NARROW, WIDE = 7.0, 11.4
# How far beside its diamond a name may stand.
NEAR, FAR = 3.0, 13.0
# What a name costs beside the area it covers: to stand far, to lie on an edge, and, for each unit, to stand out of the picture.
AWAY, CROSSING, OUTSIDE = 20.0, 3.0, 4.0

Box = tuple[float, float, float, float]
Spot = tuple[float, float, float]
Segment = tuple[float, float, float, float]


@dataclass(frozen=True)
class Label:
    """A placed text: anchor is SVG's text-anchor, x and y the start of the baseline; covers is the area of others under it.

    leader is where a line from the spot should end that shows what a text that stands far from it names.
    """

    x: float
    y: float
    anchor: str
    box: Box
    covers: float = 0.0
    leader: tuple[float, float] | None = None


def width_of(text: str) -> float:
    """Estimate the width of a text in the picture's type."""
    return sum(WIDE if ord(character) > 0x2E80 else NARROW for character in text)


def place_labels(
    texts: Sequence[str],
    spots: Sequence[Spot],
    circles: Sequence[Spot],
    edges: Sequence[Segment] = (),
    width: float | None = None,
) -> list[Label]:
    """Place one text for each spot (x, y, radius), in order, away from the spots, the circles and earlier labels.

    Of places that cover as little, the one that lies on fewest edges (x1, y1, x2, y2) is taken, and within 0 and width.
    """
    taken: list[Box] = [(x - r, y - r, x + r, y + r) for x, y, r in [*spots, *circles]]
    placed = []
    for text, spot in zip(texts, spots, strict=True):
        sides = [(_at(spot, width_of(text), side, NEAR), 0.0) for side in range(8)]
        sides += [(_at(spot, width_of(text), side, FAR), AWAY) for side in range(8)]
        costs = [_covered(label.box, taken) for label, _ in sides]
        prices = [
            cost + away + CROSSING * sum(_crosses(edge, label.box) for edge in edges) + OUTSIDE * _outside(label.box, width)
            for cost, (label, away) in zip(costs, sides, strict=True)
        ]
        best = min(range(len(sides)), key=prices.__getitem__)
        label, away = sides[best]
        placed.append(replace(label, covers=costs[best], leader=_nearest(spot, label.box) if away else None))
        taken.append(label.box)
    return placed


def _at(spot: Spot, wide: float, side: int, gap: float) -> Label:
    """Put a text below, above, right, left, or to one of the corners."""
    x, y, radius = spot
    near, slant = radius + gap, 0.6 * radius + gap
    if side == 0:
        return _label(x, y + near + LINE - 3, "middle", wide)
    if side == 1:
        return _label(x, y - near - 1, "middle", wide)
    if side in (2, 3):
        return _label(x + near, y + 4, "start", wide) if side == 2 else _label(x - near, y + 4, "end", wide)
    height = y + slant + LINE - 4 if side in (4, 5) else y - slant
    return _label(x + slant, height, "start", wide) if side in (4, 6) else _label(x - slant, height, "end", wide)


def _label(x: float, y: float, anchor: str, wide: float) -> Label:
    left = x - wide / 2 if anchor == "middle" else x if anchor == "start" else x - wide
    return Label(round(x, 1), round(y, 1), anchor, (left, y - LINE + 3, left + wide, y + 3))


def _nearest(spot: Spot, box: Box) -> tuple[float, float]:
    return round(min(max(spot[0], box[0]), box[2]), 1), round(min(max(spot[1], box[1]), box[3]), 1)


def _covered(box: Box, taken: Sequence[Box]) -> float:
    return sum(_overlap(box, other) for other in taken)


def _overlap(a: Box, b: Box) -> float:
    return max(0.0, min(a[2], b[2]) - max(a[0], b[0])) * max(0.0, min(a[3], b[3]) - max(a[1], b[1]))


def _outside(box: Box, width: float | None) -> float:
    return 0.0 if width is None else max(0.0, -box[0]) + max(0.0, box[2] - width)


def _crosses(edge: Segment, box: Box) -> bool:
    """Clip the edge to the box (Liang–Barsky): something is left of it where they meet."""
    x1, y1, x2, y2 = edge
    low, high = 0.0, 1.0
    for start, step, least, most in ((x1, x2 - x1, box[0], box[2]), (y1, y2 - y1, box[1], box[3])):
        if step == 0:
            if not least <= start <= most:
                return False
            continue
        first, last = sorted(((least - start) / step, (most - start) / step))
        low, high = max(low, first), min(high, last)
    return low < high
