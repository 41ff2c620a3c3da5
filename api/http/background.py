"""What a worker does beside answering: it sends webhooks, and deletes what was kept long enough."""

from __future__ import annotations

import logging
import threading

from graphfraud.errors import StateError
from graphfraud.settings import Settings
from graphfraud.state import State
from graphfraud.webhooks import Sender

SWEEP_SECONDS = 3600.0

_log = logging.getLogger(__name__)


class Background:
    """Two threads of one worker; those of other workers share the work with them."""

    def __init__(self, settings: Settings, state: State) -> None:
        self._state = state
        self._sender = Sender(state, settings.webhook_private)
        self._ends = threading.Event()
        self._sweeper = threading.Thread(target=self._sweep, name="sweep", daemon=True)
        self._sender.start()
        self._sweeper.start()

    def close(self) -> None:
        """End after the message that is being sent; what waits is sent by others, or by the next server."""
        self._ends.set()
        self._sender.close()
        self._sweeper.join(5.0)

    def _sweep(self) -> None:
        while not self._ends.wait(SWEEP_SECONDS):
            try:
                swept = self._state.sweep()
            except StateError as error:
                _log.warning("nothing was swept: %s", error)
            else:
                _log.info("swept %d answers, %d keys, %d events", swept.answers, swept.idempotency_keys, swept.events)
