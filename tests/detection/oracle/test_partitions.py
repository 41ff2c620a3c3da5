"""Communities are the best partition there is, where all can be tried, and no worse than plain recipes' above."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from plain_partitions import all_partitions, best_quality, plain_partitions, quality

from graphfraud.detection.communities import cut_component
from graphfraud.detection.parameters import CommunityParams

USUAL = CommunityParams()
RESOLUTIONS = (USUAL.resolution, 0.3, 1.0)


def graph_of(seed: int, least: int, most: int) -> tuple[int, np.ndarray, np.ndarray]:
    """A connected graph of units and runs, as detection has them: nodes, ends, weights up to the ceiling."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(least, most + 1))
    units = max(2, round(n * rng.uniform(0.4, 0.75)))
    graph = nx.Graph()
    for run in range(units, n):
        for unit in rng.choice(units, min(units, int(rng.integers(2, 5))), replace=False).tolist():
            graph.add_edge(unit, run)
    parts = [sorted(part) for part in nx.connected_components(graph)]
    largest = max(parts, key=len)
    number = {node: k for k, node in enumerate(largest)}
    ends = np.array(sorted(tuple(sorted((number[u], number[v]))) for u, v in graph.subgraph(largest).edges()))
    weight_of = dict(zip(largest, rng.uniform(0.01, USUAL.weight_ceiling, len(largest)), strict=True))
    return len(largest), ends, np.array([weight_of[largest[v]] for _, v in ends])


def test_bell_numbers_count_the_partitions() -> None:
    assert [len(all_partitions(n)) for n in range(1, 9)] == [1, 2, 5, 15, 52, 203, 877, 4140]


@pytest.mark.parametrize("resolution", RESOLUTIONS)
@pytest.mark.parametrize("seed", range(200))
def test_no_partition_is_better_in_a_graph_of_up_to_eight_nodes(seed: int, resolution: float) -> None:
    n, ends, weight = graph_of(seed, 4, 8)

    label = cut_component(n, ends, weight, CommunityParams(resolution=resolution))

    assert quality(ends, weight, label, resolution) == pytest.approx(best_quality(n, ends, weight, resolution))


@pytest.mark.parametrize("resolution", RESOLUTIONS)
@pytest.mark.parametrize("seed", range(60))
def test_no_plain_recipe_is_better_in_a_larger_graph(seed: int, resolution: float) -> None:
    n, ends, weight = graph_of(1_000 + seed, 12, 60)

    label = cut_component(n, ends, weight, CommunityParams(resolution=resolution))

    ours = quality(ends, weight, label, resolution)
    for name, other in plain_partitions(n, ends, weight, resolution).items():
        assert quality(ends, weight, other, resolution) <= ours + 1e-9, name


@pytest.mark.parametrize("seed", range(40))
def test_a_graph_of_heavy_edges_is_one_community_without_asking(seed: int) -> None:
    n, ends, weight = graph_of(seed, 4, 8)
    heavy = weight + USUAL.resolution * (len(ends) + 1) ** 2 / 4

    together = np.zeros(n, np.int64)

    assert quality(ends, heavy, together, USUAL.resolution) == pytest.approx(best_quality(n, ends, heavy, USUAL.resolution))
