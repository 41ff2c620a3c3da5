"""Bring the tables of application state to this program's version, once, however many workers start together."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

from graphfraud.errors import StateVersion
from graphfraud.state.database import Database, only_one

HEAD = "0003"  # newest revision in migrations/versions; a test compares


def current(database: Database) -> str | None:
    """Return the revision of the database, None for a new one."""
    return database.read(_revision)


def upgrade(database: Database) -> bool:
    """Run what is missing in one transaction and say whether there was something; raise StateVersion for a newer database.

    All or nothing: a process that is killed on the way leaves the database as it was.
    """
    if _known(database, current(database)):
        return False
    try:
        with only_one(database) as connection:
            if _known(database, _revision(connection)):
                return False  # another worker was faster
            _run(connection)
    except SQLAlchemyError as error:
        raise database.translated(error) from error
    return True


def _known(database: Database, revision: str | None) -> bool:
    if revision is not None and revision > HEAD:
        raise StateVersion(
            f"the state database {database.place} has version {revision}, this program knows up to {HEAD}; "
            "install a newer graphfraud"
        )
    return revision == HEAD


def _revision(connection: Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return None if found is None else str(found)


def _run(connection: Connection) -> None:
    # Only a database that is behind pays for the import.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "graphfraud.state:migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
