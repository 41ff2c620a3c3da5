"""The only room that knows Bolt: one store class for Neo4j and the embedded engine."""

from graphfraud.store import lean_driver  # noqa: F401 - before anything else imports the driver
from graphfraud.store.store import Row, Store, StoreState, Transaction

__all__ = ["Row", "Store", "StoreState", "Transaction"]
