"""What is asked for at each dealer together, for policies that limit it; asked of the store now and then, not by each check."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import cast

from graphfraud.intake.records import ApplicationRecord
from graphfraud.store import Store

LOOK_AGAIN = 60.0  # seconds: a dealer's sum grows slowly beside its limit, and adding up a busy dealer takes a while


class DealerExposure:
    """The sums by dealer as they were at most a minute ago; for one thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._known: dict[str, tuple[float, float]] = {}  # by dealer: when it was read, the sum

    def before(self, store: Store, records: Sequence[ApplicationRecord]) -> dict[str, float]:
        """Return, by application id, what other applications ask for at its dealer; raise StoreError.

        Those asked for are not in sums that are read for them; one that is checked again within a minute may be.
        """
        now = self._clock()
        dealers = {record.dealer_id for record in records if record.dealer_id is not None}
        old = sorted(dealer for dealer in dealers if now - self._known.get(dealer, (-LOOK_AGAIN, 0.0))[0] >= LOOK_AGAIN)
        if old:
            ids = [record.application_id for record in records]
            rows = store.read("read/dealer_exposure", dealer_ids=old, application_ids=ids)
            sums = {cast(str, row["dealer_id"]): cast("float | None", row["loan_amount"]) or 0.0 for row in rows}
            self._known |= {dealer: (now, float(sums.get(dealer, 0.0))) for dealer in old}
        return {record.application_id: self._known[record.dealer_id][1] for record in records if record.dealer_id is not None}
