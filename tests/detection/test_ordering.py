from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphfraud.detection.ordering import (
    FEW,
    FEW_ROWS,
    cells,
    connected,
    counted,
    distinct_in,
    first_appearance,
    firsts,
    order_by,
    order_of_tokens,
    placed,
    spread,
)
from graphfraud.detection.texts import Texts


@pytest.mark.parametrize(("seed", "rows"), [*((seed, 60) for seed in range(20)), (20, FEW_ROWS + 1)])
def test_cells_are_the_distinct_pairs_with_their_first_row(seed, rows):
    rng = np.random.default_rng(seed)
    group, value = np.sort(rng.integers(0, 12, rows)), rng.integers(-1, 7, rows)

    found = cells(group, value)

    pairs = list(zip(group.tolist(), value.tolist(), strict=True))
    distinct = sorted(set(pairs))
    assert list(zip(found.group.tolist(), found.value.tolist(), strict=True)) == distinct
    assert found.count.tolist() == [pairs.count(pair) for pair in distinct]
    assert found.first.tolist() == [pairs.index(pair) for pair in distinct]
    assert distinct_in(group, value).tolist() == [len({v for g, v in pairs if g == k}) for k in range(group.max() + 1)]


@pytest.mark.parametrize(("nodes", "edges"), [(1, 0), (40, 0), (40, 25), (400, FEW), (400, FEW + 1), (FEW_ROWS + 1, 50)])
def test_components_are_numbered_by_their_first_node(nodes, edges):
    one, other = np.random.default_rng(edges).integers(0, nodes, (2, edges))
    graph = nx.Graph()
    graph.add_nodes_from(range(nodes))
    graph.add_edges_from(zip(one.tolist(), other.tolist(), strict=True))

    label = connected(nodes, one, other)

    components = sorted(nx.connected_components(graph), key=min)
    assert [sorted(np.flatnonzero(label == number).tolist()) for number in range(len(components))] == [
        sorted(component) for component in components
    ]


def test_of_no_rows_there_are_no_cells():
    nothing = np.empty(0, np.int64)

    assert len(cells(nothing, nothing).first) == len(distinct_in(nothing, nothing)) == 0


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3))), st.integers(0, 63))
def test_tokens_that_differ_only_in_their_last_bits_are_told_apart(parts, shift):
    token = np.array([(high << 62 | low << shift) % 2**64 for high, low in parts], dtype=np.uint64)

    assert order_of_tokens(token).tolist() == np.argsort(token, kind="stable").tolist()


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(-1, 2**61)))
def test_rows_in_order_of_a_code_keep_the_order_of_equals(codes):
    code = np.array(codes, dtype=np.int64)

    assert order_by(code).tolist() == np.argsort(code, kind="stable").tolist()


@settings(max_examples=50, deadline=None)
@given(st.lists(st.one_of(st.integers(-1, 5), st.integers(0, 2**60))), st.sampled_from([1, FEW]))
def test_groups_are_numbered_by_their_first_row_however_sparse_or_many_they_are(groups, times):
    seen = list(dict.fromkeys(group for group in groups if group >= 0))

    expected = [seen.index(group) if group >= 0 else -1 for group in groups] * times
    assert first_appearance(np.array(groups * times, dtype=np.int64)).tolist() == expected


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(-1, 5)))
def test_distinct_values_are_counted_found_and_placed(values):
    rows = np.array(values, dtype=np.int64)
    distinct = sorted(set(values))

    assert [found.tolist() for found in counted(rows)] == [distinct, [values.count(value) for value in distinct]]
    assert [found.tolist() for found in firsts(rows)] == [distinct, [values.index(value) for value in distinct]]
    assert [found.tolist() for found in placed(rows)] == [distinct, [distinct.index(value) for value in values]]


def test_stretches_are_rows_one_after_another():
    assert spread(np.array([5, 0, 9]), np.array([2, 0, 3])).tolist() == [5, 6, 9, 10, 11]


@pytest.mark.parametrize("repeating", [False, True])
def test_texts_are_taken_compared_and_numbered_like_a_list(repeating):
    texts = Texts(["b", "", "a", "b"], repeating)

    number, names = texts.numbered()

    assert (texts[0], texts[-1], texts[1:3].tolist(), list(texts)) == ("b", "b", ["", "a"], ["b", "", "a", "b"])
    assert texts[np.array([2, 0])] == Texts(["a", "b"])
    assert texts[np.array([True, False, False, True])].tolist() == ["b", "b"]
    assert [names[n] if n >= 0 else "" for n in number.tolist()] == texts.tolist()
    assert texts.order().tolist() == [1, 2, 0, 3]
    assert texts.among(["a", "z"]).tolist() == [False, False, True, False]
    assert Texts.join([texts, Texts(["c", "a"], repeating)]).tolist() == ["b", "", "a", "b", "c", "a"]


def test_texts_stand_in_the_order_of_code_points():
    words = ["é", "z", "￿", "𐀀", "Z", "京"]

    assert Texts(words)[Texts(words).order()].tolist() == sorted(words)
