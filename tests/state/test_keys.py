"""API keys: shown once, hashed, scoped, rotated, revoked; and the log of who did it."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from graphfraud.errors import Busy, NotFound, SettingError, StateError
from graphfraud.state import State
from graphfraud.state import keys as keys_module
from graphfraud.state.clock import DAY, HOUR
from graphfraud.state.tables import api_keys, audit


def test_a_key_is_verified_with_its_scopes(state):
    text, _ = state.keys.create("flow", ["checks"], actor="me")

    key = state.keys.verify(text)

    assert key is not None
    assert (key.name, key.may("checks"), key.may("admin")) == ("flow", True, False)


def test_an_admin_key_may_everything(state):
    text, _ = state.keys.create("root", ["admin"], actor="me")

    assert state.keys.verify(text).may("outcomes")


@pytest.mark.parametrize("change", [lambda t: t[:-1] + ("a" if t[-1] != "a" else "b"), lambda t: "", lambda t: t[3:]])
def test_a_wrong_key_is_no_key(state, change):
    text, _ = state.keys.create("flow", ["checks"], actor="me")

    assert state.keys.verify(change(text)) is None


def test_the_secret_of_one_key_does_not_open_another(state):
    first, _ = state.keys.create("first", ["checks"], actor="me")
    second, _ = state.keys.create("second", ["admin"], actor="me")

    assert state.keys.verify("_".join([*second.split("_", 2)[:2], first.split("_", 2)[2]])) is None


def test_the_text_of_a_key_stands_nowhere_in_the_database(state):
    text, _ = state.keys.create("flow", ["checks"], actor="me")

    rows = [state.database.read(lambda c, t=table: c.execute(sa.select(t)).all()) for table in (api_keys, audit)]

    assert text.split("_", 2)[2] not in repr(rows)


def test_two_keys_of_a_name_cannot_work_at_once(state):
    state.keys.create("flow", ["checks"], actor="me")

    with pytest.raises(Busy, match="rotate or revoke"):
        state.keys.create("flow", ["checks"], actor="me")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"scopes": ["cheks"]}, "'cheks' is no scope"),
        ({"scopes": []}, "needs a scope"),
        ({"rate_per_minute": 0}, "lets nothing through"),
        ({"expires_at": 5}, "expired already"),
        ({"name": " "}, "printable"),
    ],
)
def test_a_key_that_cannot_be_is_refused(state, values, said):
    with pytest.raises(SettingError, match=said):
        state.keys.create(**({"name": "flow", "scopes": ["checks"], "actor": "me"} | values))


def test_a_key_ends_when_it_expires(state, clock):
    text, _ = state.keys.create("flow", ["checks"], actor="me", expires_at=clock() + HOUR)

    before, _ = state.keys.verify(text), clock.goes(HOUR)

    assert before is not None
    assert state.keys.verify(text) is None


def test_a_rotated_key_works_for_the_time_of_grace_and_keeps_its_client(state, clock):
    old, made = state.keys.create("flow", ["checks", "read"], actor="me", rate_per_minute=60)
    new, rotated = state.keys.rotate("flow", actor="me", grace_ms=HOUR)

    assert (rotated.client_id, rotated.scopes, rotated.rate_per_minute) == (made.client_id, made.scopes, 60)
    assert state.keys.verify(old) is not None
    clock.goes(HOUR)
    assert state.keys.verify(old) is None
    assert state.keys.verify(new) is not None


def test_a_revoked_key_ends_at_once_where_it_was_revoked(state):
    text, _ = state.keys.create("flow", ["checks"], actor="me")
    state.keys.verify(text)

    assert state.keys.revoke("flow", actor="me") == 1
    assert state.keys.verify(text) is None


def test_a_revoked_key_ends_in_another_process_within_seconds(settings, state, clock, monkeypatch):
    text, _ = state.keys.create("flow", ["checks"], actor="me")
    with State.open(settings, clock) as other:
        other.keys.verify(text)
        state.keys.revoke("flow", actor="me")
        seconds = [0.0]
        monkeypatch.setattr(keys_module.time, "monotonic", lambda now=keys_module.time.monotonic: now() + seconds[0])
        seconds[0] = keys_module.REMEMBERED_SECONDS + 1

        assert other.keys.verify(text) is None


def test_a_name_can_be_used_again_after_its_key_was_revoked_and_is_another_client(state):
    _, first = state.keys.create("flow", ["checks"], actor="me")
    state.keys.revoke("flow", actor="me")
    _, second = state.keys.create("flow", ["checks"], actor="me")

    assert first.client_id != second.client_id


def test_what_is_not_there_is_not_found(state):
    for act in (state.keys.rotate, state.keys.revoke):
        with pytest.raises(NotFound, match="nobody"):
            act("nobody", actor="me")


def test_a_known_key_costs_no_query_and_works_while_the_database_is_gone(state, monkeypatch):
    text, _ = state.keys.create("flow", ["checks"], actor="me")
    other, _ = state.keys.create("other", ["checks"], actor="me")
    state.keys.verify(text)

    def gone(*_: object) -> None:
        raise StateError("gone")

    monkeypatch.setattr(state.database, "read", gone)
    now = keys_module.time.monotonic
    assert state.keys.verify(text) is not None
    monkeypatch.setattr(keys_module.time, "monotonic", lambda: now() + keys_module.REMEMBERED_SECONDS + 1)
    assert state.keys.verify(text) is not None
    with pytest.raises(StateError):
        state.keys.verify(other)


def test_the_last_use_is_kept_roughly(state, clock):
    text, _ = state.keys.create("flow", ["checks"], actor="me")
    state.keys.verify(text)
    clock.goes(DAY)
    state.keys.forget()
    state.keys.verify(text)

    assert [key.last_used_at for key in state.keys.list()] == [clock()]


REFUSES_USE = {
    "sqlite": "CREATE TRIGGER full_disk BEFORE UPDATE ON api_keys BEGIN SELECT RAISE(ABORT, 'disk is full'); END",
    "postgresql": "ALTER TABLE api_keys ADD CHECK (last_used_at IS NULL)",
}


def test_a_key_works_though_its_last_use_cannot_be_kept(state, caplog):
    text, _ = state.keys.create("flow", ["checks"], actor="me")
    state.database.write(lambda c: c.execute(sa.text(REFUSES_USE[c.dialect.name])))

    assert state.keys.verify(text) is not None
    assert [key.last_used_at for key in state.keys.list()] == [None]
    assert "last use of key" in caplog.text


def test_the_log_says_who_made_and_ended_keys(state):
    state.keys.create("flow", ["checks"], actor="anna")
    state.keys.rotate("flow", actor="ben")
    state.keys.revoke("flow", actor="cleo")

    assert [(line.actor, line.action, line.subject) for line in state.audit.lines()] == [
        ("cleo", "key.revoke", "flow"),
        ("ben", "key.rotate", "flow"),
        ("anna", "key.create", "flow"),
    ]
    assert state.audit.broken_at() is None


@pytest.mark.parametrize(
    "harm",
    [
        "DELETE FROM audit WHERE line = 2",
        "UPDATE audit SET actor = 'nobody' WHERE line = 2",
        "UPDATE audit SET detail = '{}' WHERE line = 2",
        "UPDATE audit SET at = at + 1 WHERE line = 2",
    ],
)
def test_a_line_that_was_changed_or_taken_out_shows(state, harm):
    for name in ("one", "two", "three"):
        state.keys.create(name, ["checks"], actor="me")

    state.database.write(lambda c: c.execute(sa.text(harm)))

    assert state.audit.broken_at() == 2
