"""Statements that only tests have, put where the store finds them by name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from graphfraud.store import statements

TEXTS = {
    "test/add": "// Make a node, or count one up.\n// needs: token\n// gives: seen\n"
    "MERGE (p:Phone {token: $token}) ON CREATE SET p.seen = 1 ON MATCH SET p.seen = p.seen + 1 RETURN p.seen AS seen",
    "test/add_many": "// Make many nodes.\n// needs: tokens\n// gives: added\n"
    "UNWIND $tokens AS token MERGE (p:Phone {token: token}) RETURN count(p) AS added",
    "test/tokens": "// All of them, in order.\n// gives: token\nMATCH (p:Phone) RETURN p.token AS token ORDER BY token",
    "test/count": "// How many.\n// gives: phones, tokens\n"
    "MATCH (p:Phone) RETURN count(p) AS phones, count(DISTINCT p.token) AS tokens",
    "test/next": "// Take the next sequence number.\n// gives: sequence\n"
    "MATCH (s:Store {name: 'store'}) SET s.sequence = s.sequence + 1 RETURN s.sequence AS sequence",
    "test/link": "// Link an application to a phone that many share.\n// needs: application_id, token\n"
    "MERGE (a:Application {application_id: $application_id}) MERGE (p:Phone {token: $token}) "
    "ON CREATE SET p.holders = 0 SET p.holders = p.holders + 1 MERGE (a)-[:HAS_PHONE {role: 'own'}]->(p)",
    "test/holders": "// How many holders a phone counted and has.\n// needs: token\n// gives: counted, there\n"
    "MATCH (p:Phone {token: $token}) RETURN p.holders AS counted, COUNT { (p)<-[:HAS_PHONE]-() } AS there",
    "test/broken": "// A statement with a slip of the pen.\n// gives: x\nMATCH (n:Phone RETURN n.token AS x",
    "test/divide": "// Divide by nothing.\n// needs: by\n// gives: x\nUNWIND [1, 2] AS n RETURN n / $by AS x",
    "test/unversion": "// Make the store look as of another version.\n// needs: version\n"
    "MATCH (s:Store {name: 'store'}) SET s.schema_version = $version, s.shape = 'old'",
    "test/foreign": "// A Store node that another program made.\nMATCH (s:Store {name: 'store'}) REMOVE s.schema_version",
    "test/rename": "// An upgrade: a property gets another name.\n"
    "MATCH (p:Phone) WHERE p.old IS NOT NULL SET p.token = p.old REMOVE p.old",
    "test/old": "// A node as an older version wrote it.\n// needs: value\nCREATE (:Phone {old: $value})",
}


@contextmanager
def known(texts: dict[str, str] = TEXTS) -> Iterator[None]:
    """Let the store find these statements by name for a while."""
    load = statements.load
    statements.statement.cache_clear()
    statements.load = lambda path: statements.parse(path, texts[path]) if path in texts else load(path)  # type: ignore[assignment]
    try:
        yield
    finally:
        statements.load = load
        statements.statement.cache_clear()
