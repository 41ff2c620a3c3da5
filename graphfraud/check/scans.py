"""The scan that checks are judged by: the last one, read again when there is a newer."""

from __future__ import annotations

import json
import logging
from pathlib import Path

from graphfraud.check.known import Known, read_known
from graphfraud.detection.parameters import Parameters, UnitParams
from graphfraud.export import scan_folder
from graphfraud.store import Store
from graphfraud.store.results import current_scan

_log = logging.getLogger(__name__)


class CurrentScan:
    """Holds what the last scan left; `refresh` asks the store which that is. Reading `known` costs nothing."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self.known: Known | None = None
        self._missed = False

    def refresh(self, store: Store) -> None:
        """Look whether there is a newer scan, and read it; one that cannot be read leaves the last.

        Raise StoreError.
        """
        scan = current_scan(store)
        if scan is None:
            if not self._missed:
                _log.warning("there is no scan: checks find no ring until graphfraud scan has run on this data folder")
            self.known, self._missed = None, True
            return
        self._missed = False
        if self.known is not None and self.known.scan_id == scan.scan_id:
            return
        try:
            revoked = json.loads(scan.configuration)["units"]["revoked"]
            parameters = Parameters(units=UnitParams(revoked=tuple(map(tuple, revoked))))
            self.known = read_known(scan_folder(self._home, store.store_id(), scan.scan_id), parameters)
        except (OSError, ValueError, KeyError) as error:
            _log.error("scan %s cannot be used for checks (%s); scan again", scan.scan_id, error)
