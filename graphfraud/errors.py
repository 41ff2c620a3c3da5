"""Everything that can go wrong, sorted by whose fault it is.

    GraphfraudError
    ├── DataError            the data: a file or a row is not what it should be
    │   ├── FileError        a whole file cannot be read (truncated, empty, not what its name says)
    │   ├── RowRejected      one row is refused; it goes to the rejects file, the others load
    │   ├── FieldsRejected   an application or outcome that came to be answered holds what it may not; each field is named
    │   ├── MappingError     a mapping, a column or a kind that does not exist
    │   └── PolicyError      a policy file says something that cannot be
    ├── OperatorError        the operator: a setting, a key, a lock, a disk
    │   ├── SettingError     a setting has a value that cannot be used
    │   ├── KeyMismatch      the store was filled with another token key
    │   ├── Busy             another process does the same work right now
    │   └── DiskError        a folder cannot be written, a disk is full
    ├── NotFound             the caller: asked for something that is not there
    ├── StoreError           the world: the graph engine
    │   ├── StoreUnreachable no engine answers at that address, or it does not start
    │   ├── StoreDenied      wrong user or password
    │   ├── StoreVersion     the store's schema is older or newer than this program's
    │   ├── StoreConflict    a transient clash that went on longer than the retries
    │   └── StoreRejected    the engine refused a statement: a bug here, or an engine too old
    └── StateError           the world: the database of application state refused
        ├── StateUnreachable no database answers at that address, or it went away
        └── StateVersion     its tables are newer than this program

Each message says what happened, to which value (masked), and what to do about it. The core knows no exit codes and
no HTTP status; the front doors have one table each.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


class GraphfraudError(Exception):
    """Base of all errors that are explained rather than dumped; ``str(error)`` is one line for the user."""


class DataError(GraphfraudError):
    """The data is not what it should be."""


class FileError(DataError):
    """A file cannot be read as a whole; nothing of it was loaded."""


class RowRejected(DataError):
    """One row is refused.

    code is one of `graphfraud.intake.codes`, column the contract column ("" if the row as a whole), masked a value that
    is safe to print, and str(error) the sentence for the rejects file.
    """

    def __init__(self, code: str, column: str, masked: str, message: str) -> None:
        super().__init__(message)
        self.code, self.column, self.masked = code, column, masked


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field ("" for the whole); code is one of `graphfraud.intake.arrivals.ALL_CODES`."""

    field: str
    code: str
    message: str


class FieldsRejected(DataError):
    """An application or outcome is refused; errors name every field that is wrong, and no value."""

    def __init__(self, errors: Iterable[FieldError]) -> None:
        self.errors = tuple(errors)
        super().__init__("; ".join(error.message for error in self.errors))


class MappingError(DataError):
    """A mapping names a column, kind or setting that does not exist, or misses one that is required."""


class PolicyError(DataError):
    """A policy names a table, key or value that cannot be used; the message says which, and what would do."""


class OperatorError(GraphfraudError):
    """Something the operator can put right."""


class SettingError(OperatorError):
    """A setting has a value that cannot be used."""


class KeyMismatch(OperatorError):
    """The store was filled under another token key: tokens of this one would silently match nothing."""


class Busy(OperatorError):
    """Another process holds the lock for this work."""


class DiskError(OperatorError):
    """A folder cannot be written, or the disk is full."""


class NotFound(GraphfraudError):
    """The caller asked for a ring, application, scan or file that is not there."""


class StoreError(GraphfraudError):
    """The graph engine did not do what it was asked."""


class StoreUnreachable(StoreError):
    """No engine answers at the configured address, or the embedded one did not start."""


class StoreDenied(StoreError):
    """The engine refused the user or the password."""


class StoreVersion(StoreError):
    """The store's schema version is not this program's."""


class StoreConflict(StoreError):
    """Transient errors went on for longer than the retries."""


class StoreRejected(StoreError):
    """The engine refused a statement."""


class StateError(GraphfraudError):
    """The database of application state did not do what it was asked."""


class StateUnreachable(StateError):
    """No database of application state answers, or it went away."""


class StateVersion(StateError):
    """The tables of application state are newer than this program."""
