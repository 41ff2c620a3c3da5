"""A worker whose checks are not judged: what HTTP, keys, intake and JSON cost by themselves. Run by `bench/checks.py`."""

from __future__ import annotations

import json
import sys
import time
from concurrent.futures import Future
from unittest.mock import patch

import orjson

from api.http import worker
from api.http.options import Options
from api.http.supervisor import Supervisor
from graphfraud.check.answer import GATES, CheckAnswer, GateResult, SubScore, Text, to_document
from graphfraud.intake.records import ApplicationRecord


class Unjudged:
    """Answers pass to everybody at once, without graph or state."""

    scan_id = None

    def __init__(self, *_: object, **__: object) -> None:
        self._number = 0

    @classmethod
    def open(cls, *_: object, **__: object) -> Unjudged:
        return cls()

    def submit(self, record: ApplicationRecord, *_: object, **__: object) -> Future[tuple[CheckAnswer, bytes]]:
        self._number += 1
        said = Text("nothing", "无")
        answer = CheckAnswer(
            check_id=f"chk_{self._number:016x}",
            application_id=record.application_id,
            decision="pass",
            gate="",
            fields=(),
            score=1000,
            level="very_low",
            band="pass",
            sub_scores=tuple(SubScore(name, 1000, said) for name in ("ring", "association", "multi", "identity", "stability")),
            reasons=(),
            remainder=0,
            ring=None,
            list_hits=(),
            gates=tuple(GateResult(gate, "pass") for gate in GATES),
            terms=None,
            look_first=(),
            bring=(),
            policy_version="none",
            shadow=None,
            scan_id=None,
            as_of=time.time_ns() // 1_000_000,
            degraded=False,
        )
        done: Future[tuple[CheckAnswer, bytes]] = Future()
        done.set_result((answer, orjson.dumps(to_document(answer))))
        return done

    def close(self) -> None:
        """Nothing to let go of."""


def serve(workers: int) -> int:
    """Serve like `graphfraud serve --port 0 --json`, with workers that do not judge."""

    def say(event: str, **fields: object) -> None:
        if event == "ready":
            sys.stdout.write(json.dumps(fields, indent=2) + "\n")
            sys.stdout.flush()

    return Supervisor(Options(port=0, workers=workers), say, "bench.checks_skeleton").run()


if __name__ == "__main__":
    if len(sys.argv) == 2:
        sys.exit(serve(int(sys.argv[1])))
    with patch.object(worker, "Checker", Unjudged):
        sys.exit(worker.main(sys.argv[1:]))
