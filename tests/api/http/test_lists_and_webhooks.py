"""A served check meets lists that were loaded meanwhile, and tells of its decision."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping

from engines.webhook_receiver import Receiver
from serving import application, serve

from graphfraud.intake import Intake
from graphfraud.intake.listed import ListIntake
from graphfraud.state import State


def eventually(holds) -> bool:
    end = time.monotonic() + 20
    while not holds() and time.monotonic() < end:
        time.sleep(0.1)
    return bool(holds())


def test_a_check_meets_a_list_loaded_meanwhile_and_tells_its_webhook(home: Mapping[str, str]):
    running = serve({**home, "GRAPHFRAUD_WEBHOOK_PRIVATE": "yes"})
    receiver = Receiver()
    try:
        body = application("LISTED-1")
        settings = running.settings
        intake = ListIntake(Intake(settings.token_key(), settings.conventions))
        with State.open(settings) as state, running.client() as client:
            clean = client.post("/v1/checks", json=application("LISTED-0") | {"phone": body["phone"]}).json()
            listed = intake.listed({"phone": body["phone"], "reason": "fraud in May"})
            state.lists.load("bad-phones", "special", listed, actor="test")
            state.outbox.add_endpoint(receiver.url, ["check.decided"], actor="test")
            time.sleep(1.5)  # servers notice within about a second
            answer = client.post("/v1/checks", json=body).json()

            assert clean["list_hits"] == []
            assert [(hit["list"], hit["kind"], hit["reason"]) for hit in answer["list_hits"]] == [
                ("bad-phones", "phone", "fraud in May")
            ]
            assert answer["decision"] != "pass"
            assert eventually(lambda: receiver.got)
            told = json.loads(receiver.got[0][1])
            assert (told["type"], told["data"]["check_id"], told["data"]["decision"]) == (
                *("check.decided", answer["check_id"], answer["decision"]),
            )
            assert (told["data"]["observed"], told["data"]["would_be"]) == (False, None)
            metrics = client.get("/metrics").text
            assert eventually(lambda: state.outbox.counts()["delivered"] == 1)
            assert "graphfraud_webhooks_dead 0.0" in metrics
            state.lists.remove("bad-phones", actor="test")
            state.outbox.remove_endpoint(state.outbox.endpoints()[0].endpoint_id, actor="test")
    finally:
        receiver.close()
        assert running.stop() == 0
