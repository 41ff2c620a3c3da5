"""`graphfraud policy` through the command line, on a state database of its own."""

from __future__ import annotations

import json
from pathlib import Path

import orjson
import pytest
from dossiers import RING, dossier, hit, scored, with_score

from api.cli import main as front
from graphfraud.check.answer import to_document
from graphfraud.check.compose import answer_of, observed
from graphfraud.check.dossier import Dossier, Exposure
from graphfraud.check.in_force import PoliciesInForce
from graphfraud.check.policy import Policy
from graphfraud.check.policy_file import default_text, parse
from graphfraud.settings import Settings
from graphfraud.state.answers import Answer
from graphfraud.state.state import State

MINE = 'version = "mine-1"\n[cutoffs]\nreject_below = 620\nreview_below = 700\n'


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GRAPHFRAUD_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.toml").write_text(MINE)
    return tmp_path


@pytest.fixture
def say(home: Path, capsys: pytest.CaptureFixture[str]):
    """Run a command and return what it printed; a JSON document where it was asked for one."""

    def run(*arguments: str, expect: int = 0):
        code = front.run(["policy", *arguments])
        printed = capsys.readouterr()
        assert code == expect, printed.err
        return printed.err if expect else json.loads(printed.out) if "--json" in arguments else printed.out

    return run


def answered(state: State, number: int, one: Dossier, let_pass: bool = False, shadow: Policy | None = None) -> None:
    answer = answer_of(f"chk_{number}", one, Policy.default(), as_of=number, shadow=shadow)
    answer = observed(answer) if let_pass else answer
    body = orjson.dumps(to_document(answer))
    given = Answer(
        answer.check_id,
        f"AP{number}",
        "client",
        answer.decision,
        answer.score,
        "default-1",
        answer.degraded,
        number,
        body,
        one.to_bytes(),
    )
    state.answers.record([given])


def test_without_anything_the_shipped_policy_decides_and_is_shown(say):
    assert say("show") == say("show", "default") == default_text()
    assert say("show", "--json")["cutoffs"] == {"reject_below": 500, "review_below": 550}
    assert say("history", "--json") == {"turns": []}
    assert [row["role"] for row in say("list", "--json")["policies"]] == ["active"]


def test_a_policy_is_checked_activated_and_rolled_back_with_a_line_each(say, home):
    assert "mine-1" in say("check", "mine.toml")
    assert say("activate", "mine.toml", "--json") == {"active": "mine-1", "shadow_ended": False}
    assert say("show") == MINE
    (home / "mine.toml").write_text(MINE.replace("mine-1", "mine-2"))
    say("activate", "mine.toml")
    assert say("rollback", "--json") == {"active": "mine-1", "shadow_ended": False}
    say("activate", "default")

    turns = say("history", "--json")["turns"]

    assert [turn["version"] for turn in turns] == ["default-1", "mine-1", "mine-2", "mine-1"]
    with State.open(Settings.from_environment()) as state:
        actions = [line.action for line in state.audit.lines(limit=10)]
    assert actions.count("policy.activate") == 3 and "policy.rollback" in actions


def test_a_version_is_stored_once_and_the_shipped_one_is_taken(say, home):
    say("activate", "mine.toml")
    (home / "mine.toml").write_text(MINE.replace("620", "610"))
    assert "new version" in say("activate", "mine.toml", expect=2)
    (home / "mine.toml").write_text(MINE.replace("mine-1", "default-1"))
    assert "shipped" in say("activate", "mine.toml", expect=2)
    assert "no file other.toml" in say("activate", "other.toml", expect=6)
    assert "nobody" in say("show", "nobody", expect=6)


def test_a_policy_that_is_wrong_is_neither_stored_nor_activated(say, home):
    (home / "mine.toml").write_text(MINE.replace("620", '"low"'))

    said = say("activate", "mine.toml", expect=2)

    assert "mine.toml, table [cutoffs], key reject_below: 'low'" in said
    assert len(say("list", "--json")["policies"]) == 1


def test_the_shadow_runs_beside_and_ends(say):
    assert say("shadow", "mine.toml", "--json") == {"shadow": "mine-1"}
    with State.open(Settings.from_environment()) as state:
        force = PoliciesInForce(state.policies)
        assert force.now().shadow.version == "mine-1" and force.now() is force.now()
        assert force.now().active == Policy.default()
        state.policies.shadow(None, actor="test")
        assert force.now().shadow is None
    say("shadow", "default")
    assert say("list", "--json")["policies"][0]["role"] == "active, shadow"
    assert say("shadow", "off", "--json") == {"shadow": None}


def test_a_shadow_that_decides_is_a_shadow_no_longer_and_the_command_says_so(say):
    say("shadow", "mine.toml")

    assert say("activate", "mine.toml").strip() == "policy mine-1 decides from now on; it runs in shadow no longer"
    assert {policy["role"] for policy in say("list", "--json")["policies"]} == {"", "active"}
    say("shadow", "default")
    assert say("rollback", "--json") == {"active": "default-1", "shadow_ended": True}
    assert say("activate", "mine.toml", "--json") == {"active": "mine-1", "shadow_ended": False}


def test_a_policy_that_cannot_be_read_leaves_the_one_before_in_force(say, caplog):
    with State.open(Settings.from_environment()) as state:
        force = PoliciesInForce(state.policies)
        before = force.now()
        state.policies.add("newer", 'version = "newer"\n[sorcery]\n', actor="test")
        state.policies.activate("newer", actor="test")

        assert force.now() is before
    assert "sorcery" in caplog.text


def test_a_backtest_replays_the_last_answers_as_they_were_judged(say):
    with State.open(Settings.from_environment()) as state:
        answered(state, 1, dossier())
        answered(state, 2, dossier(with_score(600)))
        answered(state, 3, dossier(with_score(520), without=("phone",)))
        answered(state, 4, dossier(scored(0.3, ring=RING), hits=(hit(),)))
        answered(state, 5, dossier(degraded=True))
        answered(state, 6, dossier(with_score(480)), let_pass=True)

    found = say("backtest", "mine.toml", "--against", "10", "--json")

    assert (found["source"], found["applications"], found["degraded"], found["changed"]) == ("answers", 5, 1, 2)
    assert found["matrix"]["pass"] == {"pass": 1, "resubmit": 0, "review": 0, "reject": 1}
    assert found["matrix"]["review"] == {"pass": 0, "resubmit": 0, "review": 0, "reject": 1}
    assert found["matrix"]["reject"]["reject"] == 2
    first = found["examples"][0]
    assert (first["check_id"], first["decided"], first["would_be"], first["gate"]) == ("chk_2", "pass", "reject", "fraud")
    assert say("backtest", "mine.toml", "--against", "2", "--json")["applications"] == 1
    assert "5 answered checks: 2 would be decided otherwise; 1 degraded, left out" in say(
        "backtest", "mine.toml", "--lang", "zh"
    )


def test_a_backtest_leaves_out_the_limits_whose_sums_were_not_recorded(say, home):
    (home / "mine.toml").write_text(
        'version = "mine-1"\n[exposure]\nper_person = 150000\nper_dealer = 160000\nper_ring = 1000000'
    )
    with State.open(Settings.from_environment()) as state:
        answered(state, 1, dossier(exposure=Exposure(0.0)))
        answered(state, 2, dossier(exposure=Exposure(90_000.0)))
        answered(state, 3, dossier(exposure=Exposure(0.0, 95_000.0)))
        answered(state, 4, dossier(exposure=Exposure(0.0), without=("dealer_id",)))

    found = say("backtest", "mine.toml", "--json")

    assert [(one["application_id"], one["code"]) for one in found["examples"]] == [
        ("AP1", "exposure_of_dealer"),
        ("AP1", "exposure_of_person"),
    ]
    assert (found["applications"], found["changed"], found["limits_left_out"]) == (4, 2, {"per_dealer": 2})
    assert "per_dealer is left out for 2 of them" in say("backtest", "mine.toml")


def test_a_backtest_of_what_decided_changes_nothing(say):
    with State.open(Settings.from_environment()) as state:
        for number, score in enumerate(range(300, 1001, 50)):
            answered(state, number, dossier(with_score(score)))

    assert say("backtest", "default", "--json")["changed"] == 0


def test_what_a_policy_in_shadow_would_have_decided_is_summed_up(say):
    mine, other = parse(MINE, "mine.toml"), parse(MINE.replace("mine-1", "mine-2"), "mine.toml")
    with State.open(Settings.from_environment()) as state:
        answered(state, 1, dossier(with_score(400)))
        answered(state, 2, dossier(with_score(600)), shadow=other)
        for number in range(3, 10):
            answered(state, number, dossier(with_score(600)), shadow=mine)
        answered(state, 10, dossier(with_score(520), without=("phone",)), shadow=mine)
        answered(state, 11, dossier(), shadow=mine)
        answered(state, 12, dossier(degraded=True), shadow=mine)

    found = say("compare", "--json")

    assert found["answers"] == 12
    first, second = found["comparisons"]
    assert (first["recorded"], first["decided_by"], first["would_be_by"]) == ("shadow", "default-1", "mine-1")
    assert (first["answers"], first["degraded"], first["differ"], first["share"]) == (9, 1, 8, 8 / 9)
    assert first["matrix"]["pass"] == {"pass": 1, "resubmit": 0, "review": 0, "reject": 7}
    assert first["matrix"]["review"] == {"pass": 0, "resubmit": 0, "review": 0, "reject": 1}
    assert [one["application_id"] for one in first["examples"]] == ["AP9", "AP8", "AP7", "AP6", "AP5", "AP10"]
    assert first["examples"][0] == {
        "application_id": "AP9",
        "check_id": "chk_9",
        "decided": "pass",
        "would_be": "reject",
        "decided_at_gate": "",
        "would_be_at_gate": "fraud",
        "score": 600,
    }
    assert (second["would_be_by"], second["answers"], second["degraded"]) == ("mine-2", 1, 0)
    assert "8 of 9 (88.9%) would be decided otherwise; 1 degraded, left out" in say("compare")


def test_what_observing_would_have_said_is_summed_up_beside_the_shadow(say):
    mine = parse(MINE, "mine.toml")
    with State.open(Settings.from_environment()) as state:
        answered(state, 1, dossier(with_score(480)), let_pass=True, shadow=mine)
        answered(state, 2, dossier(), let_pass=True, shadow=mine)
        answered(state, 3, dossier(with_score(600)), let_pass=True, shadow=mine)
        answered(state, 4, dossier(degraded=True), let_pass=True)

    observe, shadow = sorted(say("compare", "--json")["comparisons"], key=lambda one: one["recorded"])

    assert (observe["decided_by"], observe["would_be_by"]) == (None, "default-1")
    assert (observe["answers"], observe["degraded"], observe["differ"]) == (3, 1, 1)
    assert observe["matrix"]["pass"] == {"pass": 2, "resubmit": 0, "review": 0, "reject": 1}
    assert [(one["application_id"], one["would_be_at_gate"]) for one in observe["examples"]] == [("AP1", "fraud")]
    assert shadow["matrix"]["reject"]["reject"] == 1 and shadow["matrix"]["pass"]["reject"] == 1


def test_answers_are_compared_by_number_or_by_time(say):
    day = 86_400_000
    with State.open(Settings.from_environment()) as state:
        for number in range(1, 1_004):
            answered(state, number * day, dossier(), let_pass=True)

    assert say("compare", "--json")["answers"] == 1_000
    assert say("compare", "--last", "2", "--json")["answers"] == 2
    assert say("compare", "--since", "1970-01-02", "--json")["answers"] == 1_003
    january = say("compare", "--since", "1970-01-03T08:00", "--until", "1970-02-01", "--json")
    assert (january["answers"], january["first"]) == (29, "1970-01-03T08:00:00+08:00")
    assert "is no date" in say("compare", "--since", "yesterday", expect=2)


def test_where_nothing_was_recorded_it_says_how_to_begin(say, capsys):
    assert say("compare", "--json") == {"answers": 0, "first": None, "last": None, "comparisons": []}
    with State.open(Settings.from_environment()) as state:
        answered(state, 1, dossier())

    assert front.run(["policy", "compare"]) == 0
    assert "nothing is recorded beside the 1 answers" in capsys.readouterr().err
