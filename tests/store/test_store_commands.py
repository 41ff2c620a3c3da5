"""`graphfraud store` and `graphfraud doctor`, as an operator types them."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from cypher_files import known

from api.cli.main import run
from graphfraud.settings import Settings
from graphfraud.store import Store, embedded, versions


@pytest.fixture
def configured(store_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The command line finds the store of the test."""
    for name, value in store_environment.items():
        monkeypatch.setenv(name, value)
    return store_environment


def document(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, Any]:
    code = run([*words, "--json"])
    return code, json.loads(capsys.readouterr().out)


def check(report: Any, name: str) -> Any:
    return next(check for check in report["checks"] if check["name"] == name)


def test_doctor_finds_a_healthy_store_well(configured: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    code, report = document(capsys, "doctor")
    assert (code, report["well"]) == (0, True)
    assert "answers" in check(report, "store")["found"]
    assert f"version {versions.CURRENT} in the store" in check(report, "schema")["found"]


def test_doctor_names_a_foreign_key(configured: dict[str, str], store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    Settings.from_environment().token_key()
    store.claim_key("0123456789abcdef")
    code, report = document(capsys, "doctor")
    assert (code, report["well"]) == (4, False)
    assert "GRAPHFRAUD_TOKEN_KEY" in check(report, "store's key")["do"]
    assert "0123456789abcdef" in check(report, "store's key")["found"]


def test_doctor_sends_an_older_store_to_the_upgrade(
    configured: dict[str, str], store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    with known():
        store.write(lambda transaction: transaction.run("test/unversion", version=versions.CURRENT - 1))
    code, report = document(capsys, "doctor")
    assert code == 4
    assert "graphfraud store upgrade" in check(report, "schema")["do"]


def test_status_says_what_the_store_holds(configured: dict[str, str], store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    code, report = document(capsys, "store", "status")
    state = store.state()
    assert state is not None
    assert code == 0
    assert (report["store_id"], report["sequence"], report["running"]) == (state.store_id, 0, True)


def test_upgrade_of_a_current_store_changes_nothing(
    configured: dict[str, str], store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    before = store.state()
    code, report = document(capsys, "store", "upgrade")
    assert (code, report["from"], report["to"]) == (0, versions.CURRENT, versions.CURRENT)
    assert store.state() == before


def test_the_embedded_engine_is_started_seen_and_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GRAPHFRAUD_HOME", str(tmp_path))
    monkeypatch.setenv("GRAPHFRAUD_STORE_MEMORY", "300m")
    assert document(capsys, "store", "status")[1]["running"] is False
    assert document(capsys, "store", "start") == (0, {"folder": str(tmp_path / "store"), "started": True})
    try:
        assert document(capsys, "store", "start")[1]["started"] is False
        assert document(capsys, "store", "status")[1]["pid"] == embedded.running(tmp_path / "store").pid  # type: ignore[union-attr]
    finally:
        assert document(capsys, "store", "stop") == (0, {"folder": str(tmp_path / "store"), "stopped": True})
    assert document(capsys, "store", "stop")[1]["stopped"] is False


def test_doctor_goes_on_after_a_store_that_does_not_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GRAPHFRAUD_HOME", str(tmp_path))
    monkeypatch.setenv("GRAPHFRAUD_STORE", "bolt://127.0.0.1:1")
    code, report = document(capsys, "doctor")
    assert code == 4
    assert check(report, "data folder")["state"] == "ok"
    assert check(report, "store")["do"] == "start it, or correct GRAPHFRAUD_STORE"


def test_doctor_explains_a_setting_that_does_not_exist(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GRAPHFRAUD_HOEM", "x")
    code, report = document(capsys, "doctor")
    assert code == 2
    assert "GRAPHFRAUD_HOME" in check(report, "settings")["found"]


def test_doctor_warns_of_a_key_that_others_can_read(
    configured: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Settings.from_environment().token_key()
    (tmp_path / "token.key").chmod(0o644)
    code, report = document(capsys, "doctor")
    assert (code, check(report, "token key")["state"]) == (0, "warning")
    assert "chmod 600" in check(report, "token key")["do"]


def test_doctor_writes_no_key_and_no_secret(
    configured: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(["doctor"])
    assert not (tmp_path / "token.key").exists()
    monkeypatch.setenv("GRAPHFRAUD_TOKEN_KEY", "ab" * 32)
    run(["doctor"])
    said = capsys.readouterr()
    assert "ab" * 32 not in said.out + said.err
    assert os.environ.get("GRAPHFRAUD_STORE_PASSWORD", "no password at all") not in said.out + said.err


def test_a_neo4j_server_is_not_ours_to_stop(
    neo4j_settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GRAPHFRAUD_STORE", neo4j_settings.store)
    assert run(["store", "stop"]) == 2
    assert "stop it where it runs" in capsys.readouterr().err
