"""Where the nodes of a small graph go: the same graph always gets the same picture.

Each connected component is laid out by itself (Kamada–Kawai from a circle, or Fruchterman–Reingold with a fixed seed when
it is large), turned so that its long side lies flat, freed of overlaps and set into rows, the largest first.
"""

from __future__ import annotations

from collections.abc import Sequence

import networkx as nx
import numpy as np
from numpy.typing import NDArray

SEED = 20
# Kamada–Kawai draws the best small graphs but its cost grows with the square of the nodes.
MOST_FOR_KAMADA_KAWAI = 80
GAP = 9.0
PADDING = 26.0

Positions = NDArray[np.float64]


def lay_out(radii: Sequence[float], edges: Sequence[tuple[int, int]], width: float = 760.0) -> tuple[Positions, float, float]:
    """Place nodes with the given radii, joined by edges between their indices, in rows of about `width`.

    Returns positions of shape (n, 2) and the width and height of the picture, all in the unit of the radii.
    """
    count = len(radii)
    positions = np.zeros((count, 2))
    if not count:
        return positions, width, 2 * PADDING
    graph = nx.Graph()
    graph.add_nodes_from(range(count))
    graph.add_edges_from(sorted((min(a, b), max(a, b)) for a, b in edges if a != b))
    components = sorted((sorted(part) for part in nx.connected_components(graph)), key=lambda part: (-len(part), part[0]))
    sizes = np.asarray(radii, dtype=np.float64)
    x, y, row_height, widest = PADDING, PADDING, 0.0, 0.0
    for part in components:
        placed = _place(graph.subgraph(part), part, sizes[part])
        reach = sizes[part][:, None]
        low, high = (placed - reach).min(axis=0), (placed + reach).max(axis=0)
        wide, tall = high - low
        if x > PADDING and x + wide > width - PADDING:
            x, y, row_height = PADDING, y + row_height + PADDING, 0.0
        positions[part] = placed - low + (x, y)
        x += wide + PADDING
        row_height = max(row_height, tall)
        widest = max(widest, x)
    return np.round(positions, 1), float(np.ceil(max(widest, 320.0))), float(np.ceil(y + row_height + PADDING))


def _place(graph: nx.Graph, part: list[int], radii: Positions) -> Positions:
    """Lay out one component; graph's own order of nodes must not matter, so it is rebuilt in sorted order."""
    if len(part) == 1:
        return np.zeros((1, 2))
    ordered = nx.Graph()
    ordered.add_nodes_from(part)
    ordered.add_edges_from(sorted((min(a, b), max(a, b)) for a, b in graph.edges))
    if len(part) <= MOST_FOR_KAMADA_KAWAI:
        found = nx.kamada_kawai_layout(ordered)
    else:
        found = nx.spring_layout(ordered, seed=SEED, iterations=200)
    scale = 30.0 * np.sqrt(len(part)) + 12.0
    placed = np.asarray([found[node] for node in part], dtype=np.float64)
    placed = _lie_flat(placed - placed.mean(axis=0))
    span = np.abs(placed).max() or 1.0
    return _part_overlaps(placed * (scale / span), radii)


def _lie_flat(points: Positions) -> Positions:
    """Turn points so that they spread most along x; the first point that is off an axis settles the sign."""
    _, _, axes = np.linalg.svd(points, full_matrices=False)
    turned = points @ axes.T
    for axis in range(turned.shape[1]):
        off = turned[np.abs(turned[:, axis]) > 1e-6, axis]
        if off.size and off[0] > 0:
            turned[:, axis] *= -1
    return turned if turned.shape[1] == 2 else np.column_stack([turned, np.zeros(len(turned))])


def _part_overlaps(points: Positions, radii: Positions, rounds: int = 120) -> Positions:
    """Push apart what lies closer than its radii and a gap allow."""
    wanted = radii[:, None] + radii[None, :] + GAP
    np.fill_diagonal(wanted, 0.0)
    # Two nodes on one spot part in a direction that their order gives.
    points = points + np.arange(len(points))[:, None] * (0.013, 0.007)
    for _ in range(rounds):
        apart = points[:, None, :] - points[None, :, :]
        distance = np.sqrt((apart**2).sum(axis=2))
        lack = np.clip(wanted - distance, 0.0, None)
        if lack.max() < 0.05:
            break
        push = apart / np.maximum(distance, 1e-9)[:, :, None] * (lack / 2)[:, :, None]
        points = points + 0.6 * push.sum(axis=1)
    return points
