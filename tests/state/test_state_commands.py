"""The commands over application state, as an operator types them."""

from __future__ import annotations

import gzip
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from records import application

from api.cli import main as front
from graphfraud.state import State


@pytest.fixture
def environment(settings, monkeypatch):
    monkeypatch.setenv("GRAPHFRAUD_HOME", str(settings.home))
    monkeypatch.setenv("GRAPHFRAUD_TOKEN_KEY", settings.token_key_setting)
    if settings.state:
        monkeypatch.setenv("GRAPHFRAUD_STATE", settings.state)
    return settings


@pytest.fixture
def run(environment, capsys):
    def command(*words: str) -> tuple[int, str, str]:
        code = front.run(list(words))
        said = capsys.readouterr()
        return code, said.out, said.err

    return command


def test_a_made_key_is_all_that_stands_on_stdout_and_it_works(run, environment):
    code, out, err = run("keys", "create", "approval", "--scope", "checks")

    assert code == 0
    assert out == out.strip() + "\n" and " " not in out.strip()
    assert "shown this once" in err
    with State.open(environment) as state:
        assert state.keys.verify(out.strip()).name == "approval"


def test_keys_are_listed_rotated_and_revoked(run):
    run("keys", "create", "approval", "--scope", "checks", "--scope", "read", "--expires", "90d", "--rate", "600")
    code, rotated, _ = run("keys", "rotate", "approval", "--grace", "1h", "--json")
    keys = json.loads(run("keys", "list", "--json")[1])

    assert code == 0
    assert json.loads(rotated)["key"].startswith("gf_")
    assert [(key["state"], key["rate_per_minute"], key["scopes"]) for key in keys] == [("active", 600, ["checks", "read"])] * 2
    assert "secret" not in json.dumps(keys)
    assert run("keys", "revoke", "approval")[1] == "2 keys of approval ended\n"
    assert "revoked" in run("keys", "list")[1]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("keys", "create", "x", "--scope", "cheks"), 2, "no scope"),
        (("keys", "create", "x"), 2, "--scope"),
        (("keys", "create", "x", "--scope", "checks", "--expires", "soon"), 2, "90d, 12h or 30m"),
        (("keys", "rotate", "nobody"), 6, "no key 'nobody' works"),
        (("keys", "revoke", "nobody"), 6, "no key 'nobody'"),
        (("lists", "show", "none"), 6, "no list 'none'"),
        (("lists", "remove", "none"), 2, "say what to take off"),
        (("lists", "remove", "none", "--all"), 6, "no list 'none'"),
        (("lists", "load", "bad", "nowhere.csv"), 2, "no such file"),
        (("webhooks", "add", "http://example.com", "--event", "check.decided"), 2, "not https"),
        (("webhooks", "add", "https://example.com", "--event", "check.done"), 2, "no event"),
        (("webhooks", "remove", "wh_none"), 6, "no webhook"),
        (("webhooks", "test", "wh_none"), 6, "no webhook"),
        (("webhooks", "enable", "wh_none"), 6, "no webhook"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line_with_its_exit_code(run, words, code, said):
    ended, out, err = run(*words)

    assert (ended, out) == (code, "")
    assert said in err
    assert err.count("\n") == 1


def test_a_key_of_a_name_that_works_is_not_made_twice(run):
    run("keys", "create", "approval", "--scope", "checks")

    assert run("keys", "create", "approval", "--scope", "checks")[0] == 5


def rows(*lines: str) -> bytes:
    return ("kind,value,reason,source,valid_from,valid_to\n" + "\n".join(lines) + "\n").encode()


GOOD = "phone,+86 171-9327-5473,fraud,police,2025-01-01,"


def test_a_list_is_loaded_shown_and_hits(run, environment, tmp_path):
    file = tmp_path / "phones.csv"
    file.write_bytes(rows(GOOD, "dealer,D00081,closed shop,,,", "phone,13800138000,nobody,,,", "planet,Mars,,,,"))

    code, out, err = run("lists", "load", "bad", str(file), "--max-rejects", "0.5", "--json")

    assert (code, err) == (0, "")
    loaded = json.loads(out)
    assert (loaded["read"], loaded["rejected"], loaded["added"]) == (4, 2, 2)
    rejects = (environment.home / "rejects" / "list-bad.csv").read_text().splitlines()
    assert [line.split(",")[0] for line in rejects] == ["line", "4", "5"]
    shown = json.loads(run("lists", "show", "bad", "--json")[1])
    assert [(entry["kind"], entry["reason"]) for entry in shown] == [("phone", "fraud"), ("dealer", "closed shop")]
    assert "17193275473" not in json.dumps(shown) + "".join(rejects)
    assert "171" in run("lists", "show", "bad", "--kind", "phone", "--value", "17193275473")[1]
    with State.open(environment) as state:
        assert len(state.lists.hits([application()])[0]) == 2


def test_loading_a_list_again_changes_nothing_and_too_many_bad_rows_are_told(run, tmp_path):
    file = tmp_path / "phones.csv"
    file.write_bytes(rows(GOOD, "phone,none,,,,"))

    first, again = (run("lists", "load", "bad", str(file)) for _ in range(2))

    assert (first[0], again[0]) == (3, 3)
    assert "1 added, 0 changed, 0 unchanged" in first[1]
    assert "0 added, 0 changed, 1 unchanged" in again[1]
    assert "50.0% of the rows were rejected" in again[2]


def test_lists_come_from_every_format_and_under_every_column_name(run, tmp_path):
    pq.write_table(pa.table({"person": ["420102200012159004"], "phone": [17193275473]}), tmp_path / "a.parquet")
    (tmp_path / "b.jsonl").write_text('{"applicant_id": "420102200012159004", "reason": "b"}\n')
    with gzip.open(tmp_path / "c.csv.gz", "wt") as file:
        file.write("account_no;device\n6293910324226789;29c5c21fa103b12f\n")

    said = [run("lists", "load", "all", str(tmp_path / name), "--json") for name in ("a.parquet", "b.jsonl", "c.csv.gz")]

    assert [json.loads(out)["added"] for _, out, _ in said] == [2, 1, 2]


def test_a_file_that_names_nobody_is_refused_before_anything_is_stored(run, tmp_path):
    file = tmp_path / "names.csv"
    file.write_text("phon,reason\n17193275473,fraud\n")

    code, _, err = run("lists", "load", "bad", str(file))

    assert code == 2
    assert "Did you mean 'phone'" in err
    assert json.loads(run("lists", "show", "--json")[1]) == []


def test_replacing_a_list_with_rows_that_are_all_bad_closes_nothing(run, tmp_path):
    file = tmp_path / "phones.csv"
    file.write_bytes(rows(GOOD))
    run("lists", "load", "bad", str(file))
    file.write_bytes(rows("phone,none,,,,"))

    code, _, err = run("lists", "load", "bad", str(file), "--replace")

    assert code == 2
    assert "stays as it was" in err
    assert json.loads(run("lists", "show", "--json")[1])[0]["entries"] == 1


def test_a_validity_is_shown_as_the_days_of_its_file(run, tmp_path):
    file = tmp_path / "phones.csv"
    file.write_bytes(rows("phone,+86 171-9327-5473,fraud,police,2026-01-01,2026-12-31"))
    run("lists", "load", "bad", str(file))

    shown = run("lists", "show", "bad")[1]

    assert "2026-01-01" in shown and "2026-12-31" in shown


def test_what_was_taken_off_a_list_stands_in_its_history(run, tmp_path):
    file = tmp_path / "phones.csv"
    file.write_bytes(rows(GOOD, "dealer,D1,,,,"))
    run("lists", "load", "bad", str(file), "--type", "court")

    assert run("lists", "remove", "bad", "--kind", "phone", "--value", "171 9327 5473")[1] == "1 entry of bad closed\n"
    history = json.loads(run("lists", "history", "bad", "--json")[1])
    assert [entry["closed_at"] is None for entry in history] == [False, True]
    assert history[0]["closed_by"].startswith("cli:")


def test_a_webhook_s_secret_is_printed_once_and_listed_never(run):
    code, secret, err = run("webhooks", "add", "https://example.com/hook", "--event", "check.decided")

    assert code == 0
    assert secret.startswith("whsec_")
    assert "wh_" in err
    listed = run("webhooks", "list", "--json")[1]
    assert secret.strip() not in listed
    webhook = json.loads(listed)["webhooks"][0]["webhook"]
    assert "on" in run("webhooks", "list")[1].split()
    assert json.loads(listed)["webhooks"][0]["off_since"] is None
    assert json.loads(run("webhooks", "enable", webhook, "--json")[1]) == {"webhook": webhook, "enabled": True}
    assert run("webhooks", "remove", webhook)[0] == 0
    assert json.loads(run("webhooks", "list", "--json")[1])["webhooks"] == []


def test_a_webhook_that_nobody_answers_fails_its_test(run, monkeypatch):
    monkeypatch.setenv("GRAPHFRAUD_WEBHOOK_PRIVATE", "yes")
    run("webhooks", "add", "http://127.0.0.1:1/", "--event", "check.decided")
    webhook = json.loads(run("webhooks", "list", "--json")[1])["webhooks"][0]["webhook"]

    code, out, _ = run("webhooks", "test", webhook, "--json")

    assert (code, json.loads(out)["arrived"]) == (1, False)
    assert run("webhooks", "send")[1] == "0 arrived; 0 waiting, 0 dead\n"
    assert json.loads(run("webhooks", "retry", "--json")[1]) == {"retried": 0}
    assert json.loads(run("webhooks", "dead", "--json")[1]) == []


def test_the_state_tells_what_is_in_it_and_who_did_what(run):
    run("keys", "create", "approval", "--scope", "checks")

    status = json.loads(run("state", "status", "--json")[1])
    log = json.loads(run("state", "log", "--verify", "--json")[1])

    assert (status["keys"], status["answers"], status["queued"]) == (1, 0, 0)
    assert [line["action"] for line in log["lines"]] == ["key.create"]
    assert log["broken_at"] is None
    assert run("state", "upgrade")[1].endswith("as before\n")
    assert json.loads(run("state", "sweep", "--json")[1])["answers"] == 0


def test_times_are_on_the_lender_s_clock_whatever_the_machine_s(run, monkeypatch, tmp_path):
    monkeypatch.setenv("GRAPHFRAUD_TIME_ZONE", "Pacific/Kiritimati")  # a day ahead of everybody
    (tmp_path / "phones.csv").write_bytes(rows(GOOD))
    (tmp_path / "mine.toml").write_text('version = "mine"\n')
    run("keys", "create", "approval", "--scope", "checks")
    run("lists", "load", "bad", str(tmp_path / "phones.csv"))
    run("webhooks", "add", "https://example.com/hook", "--event", "check.decided")
    run("policy", "activate", str(tmp_path / "mine.toml"))

    told = (
        ("keys list", lambda said: said[0]["created_at"]),
        ("lists show", lambda said: said[0]["changed_at"]),
        ("lists show bad", lambda said: said[0]["added_at"]),
        ("webhooks list", lambda said: said["webhooks"][0]["created_at"]),
        ("policy history", lambda said: said["turns"][0]["since"]),
        ("policy list", lambda said: said["policies"][1]["stored_at"]),
        ("state log", lambda said: said["lines"][0]["at"]),
    )
    for command, time_in in told:
        time = time_in(json.loads(run(*command.split(), "--json")[1]))
        assert time.endswith("+14:00")
        assert time[:16].replace("T", " ") in run(*command.split())[1], command
    entry = json.loads(run("lists", "show", "bad", "--json")[1])[0]
    assert (entry["valid_from"], entry["valid_to"], entry["closed_at"]) == ("2025-01-01", None, None)


def test_a_sound_log_says_how_long_it_is_and_its_last_seal(run):
    assert "0 lines, unbroken" in run("state", "log", "--verify")[2]
    run("keys", "create", "a", "--scope", "checks")
    assert "1 line, unbroken" in run("state", "log", "--verify")[2]
    run("keys", "create", "b", "--scope", "checks")
    last = json.loads(run("state", "log", "--json")[1])["lines"][0]

    code, _, err = run("state", "log", "--verify", "--subject", "a")

    assert (code, err) == (0, f"2 lines, unbroken, last seal {last['hash']}\n")
    assert run("state", "log")[2] == ""


def test_keys_are_listed_with_the_zone_of_their_times(run, monkeypatch):
    run("keys", "create", "a", "--scope", "checks")

    assert "made (+08:00)" in run("keys", "list")[1]
    monkeypatch.setenv("COLUMNS", "80")
    assert max(map(len, run("keys", "list")[1].splitlines())) <= 80


def test_a_broken_log_is_told_and_fails(run, environment):
    import sqlalchemy as sa

    for name in ("a", "b"):
        run("keys", "create", name, "--scope", "checks")
    with State.open(environment) as state:
        state.database.write(lambda c: c.execute(sa.text("UPDATE audit SET actor = 'nobody' WHERE line = 1")))

    code, _, err = run("state", "log", "--verify")

    assert (code, "line 1 was changed" in err) == (1, True)


def test_a_state_database_that_is_not_there_is_told_in_one_line(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("GRAPHFRAUD_HOME", str(tmp_path))
    monkeypatch.setenv("GRAPHFRAUD_STATE", "postgresql://who:hidden@127.0.0.1:1/none")

    assert front.run(["keys", "list"]) == 4
    err = capsys.readouterr().err
    assert "127.0.0.1:1" in err and "hidden" not in err


def test_the_doctor_says_where_the_state_is_and_makes_none(new_settings):
    from graphfraud.doctor import _state
    from graphfraud.intake.tokens import key_fingerprint

    fingerprint = key_fingerprint(new_settings.token_key())
    before = _state(new_settings, fingerprint)
    assert (before.state, "made on first use" in before.found) == ("ok", True)
    assert not (new_settings.home / "state.db").exists()

    State.open(new_settings).close()

    assert _state(new_settings, fingerprint).state == "ok"
    assert _state(new_settings, "another").do.startswith("give that key")


def test_what_people_wrote_is_shown_as_they_wrote_it(run, tmp_path):
    file = tmp_path / "phones.csv"
    file.write_bytes(rows("phone,17193275473,[court] 2025,[/x],,"))
    run("lists", "load", "bad", str(file))
    run("keys", "create", "[bold]loan[/]", "--scope", "checks")
    run("webhooks", "add", "https://[2606:4700::1111]/", "--event", "check.decided")

    assert ("[court] 2025" in (shown := run("lists", "show", "bad")[1])) and "[/x]" in shown
    assert "[bold]loan[/]" in run("keys", "list")[1]
    assert "https://[2606:4700::1111]/" in run("webhooks", "list")[1]
