"""What a worker does beside answering: it sends webhooks, notices lists that changed, and deletes what was kept long enough."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import asdict

from api.http import logs
from graphfraud.errors import StateError
from graphfraud.settings import Settings
from graphfraud.state import State
from graphfraud.webhooks import Sender

LOOK_SECONDS, SWEEP_SECONDS = 1.0, 3600.0

_log = logging.getLogger(__name__)


class Background:
    """Two threads of one worker; those of other workers share the work with them."""

    def __init__(self, settings: Settings, state: State) -> None:
        self._state = state
        self._sender = Sender(state, settings.webhook_private)
        self._ends = threading.Event()
        self._keeper = threading.Thread(target=self._keep, name="keep", daemon=True)
        self._sender.start()
        self._keeper.start()

    def close(self) -> None:
        """End after the message that is being sent; what waits is sent by others, or by the next server."""
        self._ends.set()
        self._sender.close()
        self._keeper.join(5.0)

    def _keep(self) -> None:
        due = time.monotonic() + SWEEP_SECONDS
        while not self._ends.wait(LOOK_SECONDS):
            try:
                self._state.lists.notice()
                if time.monotonic() >= due:
                    due = time.monotonic() + SWEEP_SECONDS
                    swept = self._state.sweep()
                    logs.event("swept", **asdict(swept))
            except StateError as error:
                _log.warning("nothing was swept: %s", error)
