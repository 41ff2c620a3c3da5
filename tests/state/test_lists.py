"""Lists and policies: normalised like applications, idempotent, never overwritten, known in every process."""

from __future__ import annotations

import time
from zoneinfo import ZoneInfo

import pytest
from records import application, listed

from api.cli.lists import ListType
from graphfraud.check.answer import LIST_TYPES
from graphfraud.errors import NotFound, RowRejected, SettingError
from graphfraud.state import State, versions
from graphfraud.state.clock import DAY
from graphfraud.state.list_snapshot import read_snapshot
from graphfraud.state.lists import ListLoad


def load(state, *rows, name="bad", type="special", **options):
    return state.lists.load(name, type, [entry for row in rows for entry in listed(**row)], actor="me", **options)


def names(hits):
    return [(hit.list, hit.kind, hit.role) for hit in hits]


def test_the_command_line_offers_every_type_of_list():
    assert tuple(ListType) == LIST_TYPES


def test_an_application_is_found_however_the_number_was_written(state):
    load(state, {"kind": "phone", "value": "+86 171-9327-5473", "reason": "fraud in May", "source": "police"})
    state.lists.refresh()

    ((hit,), other) = state.lists.hits([application(), application("AP2", phone="13912345678")])

    assert (hit.list, hit.type, hit.kind, hit.role, hit.reason, hit.source) == (
        *("bad", "special", "phone", "own", "fraud in May", "police"),
    )
    assert "17193275473" not in repr(hit)
    assert other == ()


@pytest.mark.parametrize(
    ("row", "kind", "role"),
    [
        ({"person": "420102200012159004"}, "person", "applicant"),
        ({"applicant_id": "420102200012159004"}, "person", "applicant"),
        ({"phone": "13186596894"}, "phone", "contact_1"),
        ({"device": "29C5C21F-A103-B12F"}, "device", "used"),
        ({"account": "6293 9103 2422 6789"}, "account", "repaying"),
        ({"dealer": "D00081"}, "dealer", "sold_by"),
        ({"kind": "Dealer", "value": "D00081"}, "dealer", "sold_by"),
        ({"address": "天津市2094号小区25栋18室"}, "address", "home"),
    ],
)
def test_every_kind_can_be_listed(state, row, kind, role):
    load(state, row)
    state.lists.refresh()

    assert names(state.lists.hits([application()])[0]) == [("bad", kind, role)]


def test_a_row_may_list_several_identifiers_of_one_person(state):
    assert load(state, {"person": "420102200012159004", "phone": "17193275473"}).added == 2


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ({"reason": "no one"}, ""),
        ({"phone": "13800138000"}, ""),
        ({"kind": "planet", "value": "Mars"}, "kind"),
        ({"kind": "phone"}, "value"),
        ({"phone": "17193275473", "reason": "420102200012159004"}, "reason"),
        ({"phone": "17193275473", "valid_from": "soon"}, "valid_from"),
        ({"phone": "17193275473", "valid_from": "2025-02-01", "valid_to": "2025-01-01"}, "valid_to"),
        ({"phone": "1" * 600}, "phone"),
    ],
)
def test_a_row_that_lists_nobody_is_refused_with_its_column(row, column):
    with pytest.raises(RowRejected) as refused:
        listed(**row)

    assert refused.value.column == column
    assert "420102200012159004" not in str(refused.value) + refused.value.masked


def test_loading_the_same_again_changes_nothing(state):
    rows = [{"phone": "17193275473", "reason": "a"}, {"phone": "17193275473", "reason": "b"}, {"dealer": "D1"}]

    assert load(state, *rows) == ListLoad(added=3)
    assert load(state, *rows) == ListLoad(unchanged=3)


def test_a_changed_validity_closes_the_old_entry_and_keeps_it(state, clock):
    load(state, {"phone": "17193275473"})
    clock.goes(DAY)
    assert load(state, {"phone": "17193275473", "valid_to": "2025-12-31"}) == ListLoad(changed=1)

    old, new = state.lists.entries("bad", closed=True)

    assert (old.valid_to, old.closed_at, old.closed_by) == (None, clock(), "me")
    assert new.closed_at is None
    assert state.lists.entries("bad") == [new]


def test_replacing_closes_what_is_no_longer_listed(state):
    load(state, {"dealer": "D1"}, {"dealer": "D2"}, {"dealer": "D3"})

    assert load(state, {"dealer": "D2"}, {"dealer": "D4"}, replace=True) == ListLoad(added=1, unchanged=1, closed=2)
    assert [entry.mask for entry in state.lists.entries("bad")] == ["D2", "D4"]
    assert len(state.lists.entries("bad", closed=True)) == 4


def test_a_killed_load_is_finished_by_loading_again(state, monkeypatch):
    monkeypatch.setattr("graphfraud.state.lists.BATCH", 2)
    rows = [{"dealer": f"D{i}"} for i in range(5)]
    whole = state.lists._add
    seen = []

    def dies(*arguments):
        seen.append(1)
        if len(seen) == 2:
            raise KeyboardInterrupt
        return whole(*arguments)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(state.lists, "_add", dies)
        load(state, *rows)

    assert load(state, *rows) == ListLoad(added=3, unchanged=2)


def test_an_entry_holds_from_its_first_to_its_last_day(state):
    load(state, {"dealer": "D00081", "valid_from": "2025-06-01", "valid_to": "2025-06-02"})
    state.lists.refresh()
    times = ("2025-05-31 23:59:59", "2025-06-01 00:00:00", "2025-06-02 23:59:59", "2025-06-03 00:00:00")

    hits = state.lists.hits([application(f"AP{i}", submitted_at=at) for i, at in enumerate(times)])

    assert [len(found) for found in hits] == [0, 1, 1, 0]
    assert (hits[1][0].valid_from, hits[1][0].valid_to) == ("2025-06-01", "2025-06-02")


def test_removed_entries_no_longer_hit_and_stay_in_the_history(state):
    load(state, {"dealer": "D00081"}, {"phone": "17193275473"})
    first, _ = state.lists.entries("bad")
    state.lists.remove("bad", actor="me", entry_id=first.entry_id)
    state.lists.refresh()

    assert names(state.lists.hits([application()])[0]) == [("bad", "phone", "own")]
    assert state.lists.remove("bad", actor="me") == 1
    state.lists.refresh()
    assert state.lists.hits([application()]) == [()]
    assert len(state.lists.entries("bad", closed=True)) == 2


def test_what_is_not_there_cannot_be_removed(state):
    load(state, {"dealer": "D00081"})

    with pytest.raises(NotFound, match="no list 'other'"):
        state.lists.remove("other", actor="me")
    with pytest.raises(NotFound, match="no such entry"):
        state.lists.remove("bad", actor="me", entry_id=999)


def test_a_list_keeps_its_type_and_its_name_is_checked(state):
    load(state, {"dealer": "D1"}, type="court")

    with pytest.raises(SettingError, match="is of type court"):
        load(state, {"dealer": "D1"}, type="special")
    with pytest.raises(SettingError, match="no name for a list"):
        load(state, {"dealer": "D1"}, name="a list; DROP TABLE")
    assert [(s.name, s.type, s.entries) for s in state.lists.summaries()] == [("bad", "court", 1)]


def test_another_process_knows_a_new_list_within_seconds(settings, state, clock, monkeypatch):
    monkeypatch.setattr(versions, "LOOK_AGAIN", 0.05)
    with State.open(settings, clock) as other:
        assert other.lists.hits([application()]) == [()]
        load(state, {"dealer": "D00081"})
        end = time.monotonic() + 10
        while other.lists.hits([application()]) == [()] and time.monotonic() < end:
            time.sleep(0.02)

        assert names(other.lists.hits([application()])[0]) == [("bad", "dealer", "sold_by")]


def test_the_first_check_after_a_quiet_time_knows_what_was_loaded_meanwhile(settings, state, clock, monkeypatch):
    monkeypatch.setattr(versions, "LOOK_AGAIN", 0.0)
    monkeypatch.setattr("graphfraud.state.lists.PATIENCE", 10.0)
    with State.open(settings, clock) as other:
        other.lists.refresh()
        load(state, {"dealer": "D00081"})

        assert names(other.lists.hits([application()])[0]) == [("bad", "dealer", "sold_by")]


def test_a_list_that_comes_while_all_are_read_hits_with_its_type(state, monkeypatch):
    load(state, {"dealer": "D00081"})
    read = state.database.read

    def read_and_load(*given):
        found = read(*given)
        monkeypatch.setattr(state.database, "read", read)
        load(state, {"dealer": "D00081"}, name="new", type="court")
        return found

    monkeypatch.setattr(state.database, "read", read_and_load)
    snapshot = read_snapshot(state.database, 1)

    (hits,) = snapshot.hits([application()], state.clock(), ZoneInfo("UTC"))
    assert {hit.list: hit.type for hit in hits} == {"bad": "special", "new": "court"}


def test_known_lists_go_on_hitting_while_the_database_is_gone(state, monkeypatch):
    monkeypatch.setattr(versions, "LOOK_AGAIN", 0.0)
    load(state, {"dealer": "D00081"})
    state.lists.refresh()

    def gone(*_: object) -> None:
        from graphfraud.errors import StateUnreachable

        raise StateUnreachable("gone")

    monkeypatch.setattr(state.database, "read", gone)

    assert len(state.lists.hits([application()])[0]) == 1


def test_the_log_says_what_was_loaded_and_removed(state):
    load(state, {"dealer": "D1"}, origin="dealers.csv")
    state.lists.remove("bad", actor="ben")

    actions = [(line.actor, line.action) for line in reversed(state.audit.lines())]

    assert actions == [("me", "list.load"), ("me", "list.loaded"), ("ben", "list.remove")]
    assert state.audit.lines()[-1].detail["origin"] == "dealers.csv"


def test_policies_take_turns_and_go_back(state, clock):
    for version in ("1", "2"):
        state.policies.add(version, f"version = '{version}'", actor="me")
    assert state.policies.in_force().active is None

    state.policies.activate("1", actor="me")
    state.policies.activate("2", actor="me")
    state.policies.shadow("1", actor="me")

    force = state.policies.in_force()
    assert (force.active.version, force.shadow.version) == ("2", "1")
    assert state.policies.in_force() is force
    assert state.policies.rollback(actor="me") == "1"
    assert state.policies.in_force().active.text == "version = '1'"
    assert [turn.version for turn in state.policies.turns("active")] == ["1", "2", "1"]
    assert [line.action for line in state.audit.lines(limit=3)] == ["policy.shadow", "policy.rollback", "policy.shadow"]


def test_a_policy_that_ran_in_shadow_and_decides_now_is_no_shadow_of_itself(state):
    for version in ("1", "2", "shipped-1"):
        state.policies.add(version, f"version = '{version}'", actor="me")
    state.policies.shadow("2", actor="me")

    state.policies.activate("1", actor="me")
    another = state.policies.in_force()
    state.policies.activate("2", actor="ben")
    same = state.policies.in_force()

    assert (another.active.version, another.shadow.version) == ("1", "2")
    assert (same.active.version, same.shadow) == ("2", None)
    ended, activated = state.audit.lines(limit=2)
    assert (activated.action, activated.subject) == ("policy.activate", "2")
    assert (ended.actor, ended.action, ended.detail["before"]) == ("ben", "policy.shadow", "2")
    state.policies.shadow("1", actor="me")
    assert state.policies.rollback(actor="me") == "1" and state.policies.in_force().shadow is None
    state.policies.shadow("shipped-1", actor="me")
    state.policies.activate(None, actor="me", shipped="shipped-1")
    assert state.policies.in_force().shadow is None


def test_rolling_back_twice_takes_two_activations_back(state):
    for version in ("1", "2", "3"):
        state.policies.add(version, f"version = '{version}'", actor="me")
        state.policies.activate(version, actor="me")

    assert [state.policies.rollback(actor="me") for _ in range(2)] == ["2", "1"]
    state.policies.activate("3", actor="me")
    assert [state.policies.rollback(actor="me") for _ in range(2)] == ["1", None]
    with pytest.raises(NotFound, match="nothing to take back"):
        state.policies.rollback(actor="me")


def test_rolling_back_the_first_policy_leads_to_the_one_that_ships(state):
    with pytest.raises(NotFound, match="nothing to take back"):
        state.policies.rollback(actor="me")
    state.policies.add("1", "a", actor="me")
    state.policies.activate("1", actor="me")

    assert state.policies.rollback(actor="me") is None
    assert state.policies.in_force().active is None


def test_a_version_stands_for_one_text(state):
    stored = state.policies.add("1", "a", actor="me")

    assert state.policies.add("1", "a", actor="you") == stored
    with pytest.raises(SettingError, match="new version"):
        state.policies.add("1", "b", actor="me")


@pytest.mark.parametrize("version", ["default", "off", " ", "x" * 101])
def test_a_version_that_means_none_or_is_none_is_refused(state, version):
    with pytest.raises(SettingError, match="policy's version"):
        state.policies.add(version, "a", actor="me")


def test_a_policy_that_is_not_stored_cannot_decide(state):
    with pytest.raises(NotFound, match="'9'"):
        state.policies.activate("9", actor="me")
