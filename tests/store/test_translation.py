"""Each error of the driver has a meaning of ours, and the sentence says what to do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from neo4j import exceptions as driver

from graphfraud import errors
from graphfraud.store.retries import Retries
from graphfraud.store.translation import MEANING, Place, is_lost_connection, is_transient, root_of, translate

NEO4J = Place("bolt://db.example:7687", "neo4j", embedded=False)
EMBEDDED = Place("/data/store", "neo4j", embedded=True)


def tree(kind: type[Exception]) -> Iterator[type[Exception]]:
    yield kind
    for child in kind.__subclasses__():
        yield from tree(child)


def server_error(code: str, message: str = "said the server") -> driver.Neo4jError:
    return driver.Neo4jError._hydrate_neo4j(code=code, message=message)


def test_every_class_of_the_drivers_tree_has_a_meaning() -> None:
    public = {kind for root in (driver.GqlError, driver.DriverError) for kind in tree(root)}
    assert public - MEANING.keys() == set()


@pytest.mark.parametrize("kind", sorted(MEANING, key=lambda kind: kind.__name__))
def test_each_class_becomes_one_line_of_ours(kind: type[Exception]) -> None:
    error = translate(kind("it went wrong"), NEO4J, "statement read/ring")
    assert isinstance(error, errors.GraphfraudError)
    assert "\n" not in str(error)
    assert "bolt://db.example:7687" in str(error) or isinstance(error, errors.StoreConflict)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("Neo.ClientError.Security.Unauthorized", errors.StoreDenied),
        ("Neo.ClientError.Security.AuthenticationRateLimit", errors.StoreDenied),
        ("Neo.ClientError.Security.Forbidden", errors.StoreDenied),
        ("Neo.ClientError.Database.DatabaseNotFound", errors.SettingError),
        ("Neo.ClientError.Statement.SyntaxError", errors.StoreRejected),
        ("Neo.ClientError.Schema.ConstraintValidationFailed", errors.StoreRejected),
        ("Neo.TransientError.Transaction.DeadlockDetected", errors.StoreConflict),
        ("Neo.TransientError.General.DatabaseUnavailable", errors.StoreUnreachable),
        ("Neo.TransientError.General.MemoryPoolOutOfMemoryError", errors.StoreRejected),
        ("Neo.DatabaseError.General.UnknownError", errors.StoreRejected),
    ],
)
def test_the_engines_code_decides(code: str, expected: type[errors.GraphfraudError]) -> None:
    assert type(translate(server_error(code), NEO4J, "statement read/ring")) is expected


def test_a_full_disk_is_the_operators_to_free() -> None:
    error = translate(
        server_error("Neo.DatabaseError.General.UnknownError", "java.io.IOException: No space left on device"), EMBEDDED, "x"
    )
    assert isinstance(error, errors.DiskError)


def test_a_lost_commit_is_not_tried_again() -> None:
    lost = driver.IncompleteCommit("connection broke")
    assert not is_transient(lost, EMBEDDED)
    assert not is_lost_connection(lost)
    assert "run the command again" in str(translate(lost, EMBEDDED, "the commit"))


def test_a_violated_constraint_is_transient_on_the_embedded_engine_alone() -> None:
    violated = server_error("Neo.ClientError.Schema.ConstraintValidationFailed")
    assert is_transient(violated, EMBEDDED)
    assert not is_transient(violated, NEO4J)


def test_a_failed_result_means_what_made_it_fail() -> None:
    lost = driver.SessionExpired("defunct connection")
    failed = driver.ResultFailedError(None, "the result has failed")
    failed.__cause__ = lost
    assert root_of(failed) is lost
    assert isinstance(translate(failed, NEO4J, "statement read/ring"), errors.StoreUnreachable)


def test_a_second_attempt_is_made_however_long_the_first_took() -> None:
    assert len(list(Retries(total=0.0).waits())) == 1


def test_memory_does_not_come_back_by_trying_again() -> None:
    assert not is_transient(server_error("Neo.TransientError.General.MemoryPoolOutOfMemoryError"), NEO4J)


def test_what_the_engine_says_is_cut_to_one_readable_line() -> None:
    error = translate(server_error("Neo.ClientError.Statement.SyntaxError", "a\n" * 1000), NEO4J, "statement read/ring")
    assert len(str(error)) < 500
    assert "\n" not in str(error)
