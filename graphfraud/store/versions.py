"""Versions of the store's schema, how an older one becomes the current one, and the constraints it is made of."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from graphfraud import schema
from graphfraud.errors import StoreVersion

if TYPE_CHECKING:
    from graphfraud.store.store import Store

CURRENT = schema.SCHEMA_VERSION


@dataclass(frozen=True, slots=True)
class Upgrade:
    """One step from version `to - 1` to version `to`.

    run may be killed half way and run again, so it says what to be rather than what to change. New constraints and
    indexes need no step: they follow from the schema.
    """

    to: int
    says: str
    run: Callable[[Store], None]


UPGRADES: tuple[Upgrade, ...] = ()


def steps_from(version: int) -> Iterator[Upgrade]:
    """Yield the steps that lead from a version to the current one; raise StoreVersion if the way is not known."""
    for wanted in range(version + 1, CURRENT + 1):
        step = next((upgrade for upgrade in UPGRADES if upgrade.to == wanted), None)
        if step is None:
            raise StoreVersion(
                f"this program cannot bring a store from schema version {wanted - 1} to {wanted}; "
                "upgrade it with an earlier release first, or load the files into a new store"
            )
        yield step


def refuse_newer(version: int, url: str) -> None:
    """Raise StoreVersion if a newer program has been at work there."""
    if version > CURRENT:
        raise StoreVersion(
            f"the store at {url} has schema version {version}, this program knows {CURRENT}; install a newer graphfraud"
        )


def refuse_other(version: int, url: str) -> None:
    """Raise StoreVersion unless the version is this program's."""
    refuse_newer(version, url)
    if version < CURRENT:
        raise StoreVersion(
            f"the store at {url} has schema version {version}, this program needs {CURRENT}; run `graphfraud store upgrade`"
        )


def shape_statements() -> tuple[str, ...]:
    """Return the names of the statements that make every constraint and index of the schema; all are idempotent."""
    keys = tuple(f"schema/unique[{label}]" for label in schema.KEYS)
    return keys + tuple(f"schema/index[{label}.{name}]" for label, name in schema.INDEXES)


# Which constraints and indexes a store has; another value means that some are missing.
SHAPE = hashlib.sha256("\n".join(shape_statements() + tuple(schema.KEYS.values())).encode()).hexdigest()[:16]
