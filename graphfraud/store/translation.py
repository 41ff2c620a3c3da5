"""The border where the driver's errors become ours.

`MEANING` has an entry for every class of the driver's error tree, and a test walks that tree: a class that a new driver
brings cannot slip by. Where a class says too little, the engine's own code decides.
"""

from __future__ import annotations

import errno
import shutil
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from neo4j import exceptions as driver

from graphfraud.errors import (
    DiskError,
    GraphfraudError,
    SettingError,
    StoreConflict,
    StoreDenied,
    StoreRejected,
    StoreUnreachable,
)

MEANING: Mapping[type[Exception], type[GraphfraudError]] = {
    driver.GqlError: StoreRejected,
    driver.Neo4jError: StoreRejected,
    driver.ClientError: StoreRejected,
    driver.CypherSyntaxError: StoreRejected,
    driver.CypherTypeError: StoreRejected,
    driver.ConstraintError: StoreRejected,
    driver.AuthError: StoreDenied,
    driver.TokenExpired: StoreDenied,
    driver.Forbidden: StoreDenied,
    driver.DatabaseError: StoreRejected,
    driver.TransientError: StoreConflict,
    driver.DatabaseUnavailable: StoreUnreachable,
    driver.NotALeader: StoreUnreachable,
    driver.ForbiddenOnReadOnlyDatabase: StoreRejected,
    driver.DriverError: StoreRejected,
    driver.SessionError: StoreRejected,
    driver.TransactionError: StoreRejected,
    driver.TransactionNestingError: StoreRejected,
    driver.ResultError: StoreRejected,
    driver.ResultFailedError: StoreRejected,
    driver.ResultConsumedError: StoreRejected,
    driver.ResultNotSingleError: StoreRejected,
    driver.BrokenRecordError: StoreRejected,
    driver.SessionExpired: StoreUnreachable,
    driver.ServiceUnavailable: StoreUnreachable,
    driver.RoutingServiceUnavailable: StoreUnreachable,
    driver.WriteServiceUnavailable: StoreUnreachable,
    driver.ReadServiceUnavailable: StoreUnreachable,
    driver.IncompleteCommit: StoreUnreachable,
    driver.ConfigurationError: SettingError,
    driver.AuthConfigurationError: SettingError,
    driver.CertificateConfigurationError: SettingError,
    driver.UnsupportedServerProduct: StoreRejected,
    driver.ConnectionPoolError: StoreUnreachable,
    driver.ConnectionAcquisitionTimeoutError: StoreUnreachable,
}

DRIVER_ERRORS: tuple[type[Exception], ...] = (driver.GqlError, driver.DriverError)
# While connecting, the driver also lets through what the system says of addresses, sockets and certificates.
CONNECT_ERRORS: tuple[type[Exception], ...] = (*DRIVER_ERRORS, OSError, ValueError)

_FULL_DISK = ("no space left", "disk quota exceeded", "not enough space")
_LEAST_SPACE = 16 * 2**20  # bytes; the engine's files grow by less at a time
_CONSTRAINT = "Neo.ClientError.Schema.ConstraintValidationFailed"


@dataclass(frozen=True, slots=True)
class Place:
    """Where it happened, for the sentence: the store's address, its database, and whether it is the embedded engine."""

    url: str
    database: str
    embedded: bool


def root_of(error: Exception) -> Exception:
    """Return the error that made a result or a transaction fail, where the driver only says that it failed."""
    while isinstance(error, driver.ResultFailedError | driver.TransactionError) and isinstance(
        error.__cause__, driver.GqlError
    ):
        error = error.__cause__
    return error


def is_transient(error: Exception, place: Place) -> bool:
    """Say whether the same work may succeed when it is tried again.

    A lost commit is not transient: nobody knows whether it happened. On the embedded engine MERGE is not atomic between
    concurrent transactions, and the one that loses is told of a violated constraint: tried again, it finds the node.
    """
    if isinstance(error, driver.IncompleteCommit):
        return False
    if isinstance(error, driver.TransientError) and "OutOfMemory" in (error.code or ""):
        return False
    if place.embedded and isinstance(error, driver.Neo4jError) and error.code == _CONSTRAINT:
        return True
    return isinstance(error, driver.Neo4jError | driver.DriverError) and error.is_retryable()


def is_lost_connection(error: Exception) -> bool:
    """Say whether the engine went away before anything was committed."""
    lost = isinstance(error, driver.ServiceUnavailable | driver.SessionExpired | driver.ConnectionPoolError)
    return lost and not isinstance(error, driver.IncompleteCommit)


def translate(error: Exception, place: Place, doing: str) -> GraphfraudError:
    """Return our error for one of the driver's; doing names the statement or the step in progress."""
    error = root_of(error)
    code = (error.code or "") if isinstance(error, driver.Neo4jError) else ""
    said = _said(error)
    if _is_full_disk(error, place, said):
        return DiskError(f"the disk of the store at {place.url} is full; free space there and run the command again")
    if "OutOfMemory" in code:
        return StoreRejected(
            f"the store at {place.url} ran out of memory at {doing}; give the engine more memory or load smaller batches"
        )
    if code == "Neo.ClientError.Database.DatabaseNotFound":
        return SettingError(f"the store at {place.url} has no database {place.database!r}; set GRAPHFRAUD_STORE_DATABASE")
    meaning = next((MEANING[kind] for kind in type(error).__mro__ if kind in MEANING), StoreRejected)
    if code.startswith("Neo.ClientError.Security."):
        meaning = StoreDenied
    if isinstance(error, OSError):
        meaning = StoreUnreachable
    if meaning is StoreRejected and isinstance(error, ValueError) and "resolve" in said.lower():
        meaning = StoreUnreachable
    return meaning(_sentence(meaning, error, place, doing, said, code))


def _sentence(meaning: type[GraphfraudError], error: Exception, place: Place, doing: str, said: str, code: str) -> str:
    if isinstance(error, driver.IncompleteCommit):
        return f"the connection to {place.url} broke during a commit ({doing}); run the command again, it goes on where it was"
    if meaning is StoreDenied:
        if place.embedded:
            return f"the embedded store at {place.url} refused its own password; run `graphfraud store stop` and try again"
        if isinstance(error, driver.Forbidden) or code.endswith(".Forbidden"):
            return (
                f"the store at {place.url} does not allow {doing} for this user; give GRAPHFRAUD_STORE_USER the right to write"
            )
        if code.endswith("AuthenticationRateLimit"):
            return (
                f"the store at {place.url} refuses logins after too many wrong passwords; wait a minute, correct the password"
            )
        return (
            f"the store at {place.url} refused the user or password; "
            "check GRAPHFRAUD_STORE_USER and GRAPHFRAUD_STORE_PASSWORD (or …_FILE)"
        )
    if meaning is StoreUnreachable:
        if place.embedded:
            return (
                f"the embedded store at {place.url} does not answer ({said}); "
                "run `graphfraud store stop --force`, then the command again: it starts the engine"
            )
        if _is_distrust(error):
            return f"the certificate of {place.url} is not trusted; give the PEM file of its authority in GRAPHFRAUD_STORE_CA"
        return f"no graph engine answers at {place.url} ({said}); start it, or correct GRAPHFRAUD_STORE"
    if meaning is StoreConflict:
        return f"other writers kept {doing} from finishing ({code or said}); run the command again when they are done"
    if meaning is SettingError:
        return f"the store settings for {place.url} cannot be used: {said}"
    if place.embedded and isinstance(error, driver.DatabaseError):
        said += f" ({place.url}/log/server.log)"
    return f"the store at {place.url} refused {doing}: {code + ': ' if code else ''}{said}"


def _is_distrust(error: Exception) -> bool:
    return any(isinstance(cause, ssl.SSLCertVerificationError) for cause in _causes(error))


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and all that led to it; a cluster's members each add one."""
    while error is not None:
        yield error
        if isinstance(error, BaseExceptionGroup):
            for member in error.exceptions:
                yield from _causes(member)
        error = error.__cause__ or error.__context__


def _is_full_disk(error: Exception, place: Place, said: str) -> bool:
    if any(words in said.lower() for words in _FULL_DISK) or getattr(error, "errno", None) == errno.ENOSPC:
        return True
    if not (place.embedded and isinstance(error, driver.Neo4jError)):
        return False
    try:  # the embedded engine keeps the cause to its log, and answers with whatever failed next
        return shutil.disk_usage(place.url).free < _LEAST_SPACE
    except OSError:
        return False


def _said(error: Exception) -> str:
    """Return the engine's words as one line of at most 300 characters."""
    words = (error.message if isinstance(error, driver.Neo4jError) else "") or (str(error.args[0]) if error.args else "")
    line = " ".join((words or type(error).__name__).split())
    # What the system said of a connection says more, and in fewer words, than the way to it.
    system = next((cause for cause in _causes(error) if isinstance(cause, OSError) and cause.strerror), None)
    if system is not None and isinstance(error, driver.DriverError):
        line = str(system.strerror)
    return line if len(line) <= 300 else line[:299] + "…"
