"""The policies in force: which one decides and which one runs in shadow, read once and again when they change."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass

from graphfraud.check.policy import Policy
from graphfraud.check.policy_file import parse
from graphfraud.errors import PolicyError
from graphfraud.settings import Settings
from graphfraud.state import State
from graphfraud.state.policies import InForce, Policies, StoredPolicy

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pair:
    """The policy that decides, and the one that runs beside it (None: none does)."""

    active: Policy
    shadow: Policy | None


class PoliciesInForce:
    """What decides now; safe between threads. Asking costs nothing while nothing changes."""

    def __init__(self, policies: Policies) -> None:
        self._policies = policies
        self._lock = threading.Lock()
        self._known: tuple[InForce, Pair] | None = None

    def now(self) -> Pair:
        """Return the policies in force; a change elsewhere shows within about a second.

        A stored policy that this program cannot read (one of a newer program) leaves those that were in force before; at
        the start there are none, and PolicyError is raised.
        """
        stored = self._policies.in_force()
        known = self._known
        if known is not None and known[0] is stored:
            return known[1]
        with self._lock:
            known = self._known
            if known is None or known[0] is not stored:
                self._known = known = (stored, _read(stored, known[1] if known else None))
            return known[1]


def active_policy(settings: Settings) -> Policy:
    """Return the policy that decides now; raise StateUnreachable, or PolicyError if this program cannot read it."""
    with State.open(settings) as state:
        return PoliciesInForce(state.policies).now().active


def stored_policy(stored: StoredPolicy) -> Policy:
    """Return a stored policy; raise PolicyError if this program cannot read it."""
    return parse(stored.text, f"policy {stored.version}")


def _read(stored: InForce, before: Pair | None) -> Pair:
    try:
        active = stored_policy(stored.active) if stored.active else Policy.default()
        return Pair(active, stored_policy(stored.shadow) if stored.shadow else None)
    except PolicyError as error:
        if before is None:
            raise
        _log.error("the policies in force stay as they were: %s", error)
        return before
