"""The only room that knows Bolt: one store class for Neo4j and the embedded engine."""
