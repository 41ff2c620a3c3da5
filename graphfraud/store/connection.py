"""One driver to one engine: where it is, who we are, and the embedded engine started on demand."""

from __future__ import annotations

import logging
import ssl
import threading
import time
from functools import partial
from pathlib import Path
from typing import Literal

import neo4j

from graphfraud.errors import SettingError
from graphfraud.settings import Settings
from graphfraud.store import embedded
from graphfraud.store.translation import CONNECT_ERRORS, Place, is_lost_connection, translate

Access = Literal["READ", "WRITE"]
EMBEDDED_DATABASE = "neo4j"
DYING_SECONDS = 10.0

# The driver logs what it then raises; said once, in our words, is enough for a terminal.
logging.getLogger("neo4j").setLevel(logging.CRITICAL)


class Connection:
    """A driver that can be opened again when the embedded engine went away. Safe to share between threads."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._client: embedded.Client | None = None
        folder = settings.embedded_folder
        database = settings.store_database if folder is None else EMBEDDED_DATABASE
        self.place = Place(settings.store if folder is None else str(folder), database, folder is not None)
        self.generation = 0
        self._open, self._closed = False, False
        self._bookmarks: neo4j.api.BookmarkManager | None = None
        self._driver = self._connect()
        self._open = True

    def session(self, access: Access, fetch_size: int) -> neo4j.Session:
        """Open a session; it sees what this process has written, on every member of a cluster."""
        if self._bookmarks is None:
            return self._driver.session(database=self.place.database, default_access_mode=access, fetch_size=fetch_size)
        return self._driver.session(
            database=self.place.database,
            default_access_mode=access,
            fetch_size=fetch_size,
            bookmark_manager=self._bookmarks,
        )

    def agent(self) -> str:
        """Return what the engine calls itself, such as ``Neo4j/5.26.30``."""
        return self._driver.get_server_info().agent

    def reopen(self, generation: int) -> None:
        """Connect anew unless another thread has since the given generation, starting the embedded engine again."""
        with self._lock:
            if self._closed or (self._open and self.generation != generation):
                return
            self._disconnect()
            self._driver = self._connect()
            self._open = True

    def left(self, generation: int) -> bool:
        """Say whether another thread closed the driver of that generation: what fails on it then is not the work's fault."""
        return not self._open or self.generation != generation

    @property
    def closed(self) -> bool:
        """Say whether it was closed for good."""
        return self._closed

    def close(self) -> None:
        """Close the driver, and let the embedded engine know that this client is gone."""
        with self._lock:
            self._closed = True
            self._disconnect()

    def _disconnect(self) -> None:
        self._open = False
        self.generation += 1
        self._driver.close()
        if self._client is not None:
            self._client.close()
            self._client = None

    def _connect(self) -> neo4j.Driver:
        try:
            return self._neo4j() if self._settings.embedded_folder is None else self._embedded(self._settings.embedded_folder)
        except CONNECT_ERRORS as error:
            raise translate(error, self.place, "the first connection") from error

    def _embedded(self, folder: Path) -> neo4j.Driver:
        end = time.monotonic() + DYING_SECONDS
        while True:
            client = embedded.connect(folder, self._settings.store_memory, self._settings.store_idle)
            try:
                driver = _verified(_driver(f"bolt://127.0.0.1:{client.port}", "root", client.password))
            except BaseException as error:
                client.close()
                # An engine that was killed may hold its locks for a moment yet while the system takes it apart.
                if isinstance(error, CONNECT_ERRORS) and is_lost_connection(error) and time.monotonic() < end:
                    time.sleep(0.1)
                    continue
                raise
            self._client = client
            return driver

    def _neo4j(self) -> neo4j.Driver:
        url, settings = self._settings.store, self._settings
        if url.startswith("neo4j"):
            self._bookmarks = neo4j.GraphDatabase.bookmark_manager()
        if settings.store_ca is None:
            return _verified(_driver(url, settings.store_user, settings.store_password))
        # The driver takes a certificate authority only with the plain schemes, and encryption as an argument.
        scheme, _, rest = url.partition("://")
        try:
            context = ssl.create_default_context(cafile=str(settings.store_ca))
        except OSError as error:  # ssl.SSLError is one
            raise SettingError(
                f"GRAPHFRAUD_STORE_CA names {settings.store_ca}, which holds no certificate; give the authority's PEM file"
            ) from error
        plain = f"{scheme.partition('+')[0]}://{rest}"
        return _verified(_driver(plain, settings.store_user, settings.store_password, context))


def _verified(driver: neo4j.Driver) -> neo4j.Driver:
    try:
        driver.verify_connectivity()
    except BaseException:
        driver.close()
        raise
    return driver


def _driver(url: str, user: str, password: str, context: ssl.SSLContext | None = None) -> neo4j.Driver:
    # The driver refuses the very mention of a context beside a scheme that says what to encrypt, None included.
    make = neo4j.GraphDatabase.driver if context is None else partial(neo4j.GraphDatabase.driver, ssl_context=context)
    return make(
        url,
        auth=(user, password),
        notifications_min_severity="OFF",
        connection_timeout=10.0,
        connection_acquisition_timeout=60.0,
        max_connection_pool_size=64,
        liveness_check_timeout=30.0,
        user_agent="graphfraud",
    )
