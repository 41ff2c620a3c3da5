"""Everything that is in a store, in canonical order, so that two stores can be compared."""

from __future__ import annotations

import json
from collections.abc import Collection

from graphfraud.store import Store

TIMES = frozenset({"arrived_at", "replaced_at", "started_at"})  # when rows arrived: never the same twice
PLACES = frozenset({"since", "until", "line", "source", "version_id", "content"})  # differ with the order of the rows
KEYS = ("application_id", "dealer_id", "salesperson_id", "token", "outcome_id", "version_id", "content", "name")


def dump(store: Store, without: Collection[str] = TIMES) -> list[str]:
    """Return one line of text for every node and relationship, sorted; properties in `without` are left out."""
    with store._connection.session("READ", -1) as session:  # no statement of the product reads everything
        nodes = session.run("MATCH (n) WHERE NOT n:Store AND NOT n:Lease RETURN labels(n) AS labels, properties(n) AS p").data()
        links = session.run(
            "MATCH (n)-[r]->(m) RETURN labels(n) AS a, properties(n) AS n, type(r) AS t, properties(r) AS p, labels(m) AS b, "
            "properties(m) AS m"
        ).data()
    lines = [json.dumps([node["labels"], _kept(node["p"], without)], sort_keys=True, ensure_ascii=False) for node in nodes]
    lines += [
        json.dumps(
            [_key(link["a"], link["n"]), link["t"], _kept(link["p"], without), _key(link["b"], link["m"])], sort_keys=True
        )
        for link in links
    ]
    return sorted(lines)


def everything(store: Store) -> str:
    """Return all text that the store holds, to search in."""
    return "\n".join(dump(store, ()))


def _kept(properties: dict[str, object], without: Collection[str]) -> dict[str, object]:
    return {name: value for name, value in properties.items() if name not in without}


def _key(labels: list[str], properties: dict[str, object]) -> list[object]:
    return [labels, *(properties[name] for name in KEYS[:6] if name in properties)]


def empty(store: Store) -> None:
    """Delete everything but the schema and make the store as new."""
    with store._connection.session("WRITE", -1) as session:  # no statement of the product empties a store
        session.run("MATCH (n) WHERE NOT n:Store CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 5000 ROWS").consume()
        session.run("MATCH (n:Store) DETACH DELETE n").consume()
    store._prepare()
