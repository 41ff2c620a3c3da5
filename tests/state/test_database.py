"""Opening, migrating, binding to a key, and what is said when that fails."""

from __future__ import annotations

import stat
import subprocess
import sys
from dataclasses import replace

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from engines import postgresql_server
from records import KEY, answer, request

from graphfraud.errors import KeyMismatch, SettingError, StateUnreachable, StateVersion
from graphfraud.settings import Settings
from graphfraud.state import State, migrate
from graphfraud.state.database import Database
from graphfraud.state.tables import metadata

OPEN = """
import sys
from pathlib import Path
from graphfraud.settings import Settings
from graphfraud.state import State
home, url, key = sys.argv[1:]
print("ready", flush=True)
sys.stdin.readline()
State.open(Settings(Path(home), "embedded:/nowhere", state=url, token_key_setting=key)).close()
"""


def test_migrations_make_the_tables_that_the_program_declares(state):
    with state.database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})

        assert compare_metadata(context, metadata) == []


def test_the_newest_migration_is_the_one_that_the_program_asks_for():
    config = Config()
    config.set_main_option("script_location", "graphfraud.state:migrations")

    assert ScriptDirectory.from_config(config).get_heads() == [migrate.HEAD]


def test_a_database_is_migrated_once(new_settings):
    database = Database(new_settings.state_url)

    assert [migrate.upgrade(database), migrate.upgrade(database)] == [True, False]
    database.close()


def test_workers_that_start_together_migrate_once_and_all_open(new_settings):
    command = [sys.executable, "-c", OPEN, str(new_settings.home), new_settings.state, new_settings.token_key_setting]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    workers = [subprocess.Popen(command, text=True, **pipes) for _ in range(3)]
    ready = [worker.stdout.readline() for worker in workers]
    for worker in workers:
        worker.stdin.write("go\n")
        worker.stdin.flush()

    said = [worker.communicate(timeout=60)[1] for worker in workers]

    assert ready == ["ready\n"] * 3
    assert [worker.returncode for worker in workers] == [0] * 3, said
    with State.open(new_settings) as state:
        assert state.keys.list() == []


def test_a_database_of_a_newer_program_is_refused(settings):
    with State.open(settings) as state:
        state.database.write(lambda c: c.execute(sa.text("UPDATE alembic_version SET version_num = '9999'")))

    with pytest.raises(StateVersion, match="install a newer graphfraud"):
        State.open(settings)


def test_a_database_of_another_token_key_is_refused(settings):
    State.open(settings).close()

    with pytest.raises(KeyMismatch, match="GRAPHFRAUD_TOKEN_KEY"):
        State.open(replace(settings, token_key_setting="ab" * 32))


def test_only_the_owner_can_read_the_file(tmp_path):
    State.open(Settings(tmp_path, "embedded:/nowhere")).close()

    assert stat.S_IMODE((tmp_path / "state.db").stat().st_mode) == 0o600


def test_a_server_that_is_not_there_is_named_without_its_password(tmp_path):
    settings = Settings(tmp_path, "embedded:/nowhere", state="postgresql://who:hidden@127.0.0.1:1/none")

    with pytest.raises(StateUnreachable) as said:
        State.open(settings)

    assert "127.0.0.1:1" in str(said.value)
    assert "hidden" not in str(said.value)


@pytest.mark.parametrize("value", ["mysql://root:hidden@host/db", "sqlite:", "/a/file", "postgresql://"])
def test_an_address_that_is_none_is_refused_without_repeating_it(value):
    with pytest.raises(SettingError, match="GRAPHFRAUD_STATE") as said:
        Settings.from_environment({"GRAPHFRAUD_STATE": value})

    assert "hidden" not in str(said.value)


def test_the_address_may_stand_in_a_file(tmp_path):
    (tmp_path / "address").write_text("postgresql://who:hidden@host/db\n")

    settings = Settings.from_environment({"GRAPHFRAUD_STATE_FILE": str(tmp_path / "address")})

    assert settings.state_url == "postgresql://who:hidden@host/db"


def test_what_a_transaction_wrote_goes_when_it_fails(state):
    def work(connection):
        connection.execute(sa.text("INSERT INTO facts (name, value) VALUES ('half', 'done')"))
        raise RuntimeError("half way")

    with pytest.raises(RuntimeError):
        state.database.write(work)

    assert state.database.read(lambda c: c.execute(sa.text("SELECT value FROM facts WHERE name = 'half'")).all()) == []


def test_what_was_acknowledged_outlives_a_killed_server_and_work_goes_on_after_it(postgresql, tmp_path):
    server = postgresql_server.start(durable=True)
    settings = Settings(tmp_path, "embedded:/nowhere", state=server.url(), token_key_setting=KEY)
    with State.open(settings) as state:
        state.answers.record([answer("before", claim=request("k"))])
        text, _ = state.keys.create("flow", ["checks"], actor="me")
        state.keys.verify(text)

        server.kill()
        with pytest.raises(StateUnreachable, match=str(server.port)):
            state.answers.record([answer("meanwhile")])
        assert state.keys.verify(text) is not None
        server = postgresql_server.restart(server.folder, durable=True, port=server.port)

        assert state.answers.record([answer("after"), answer("late", claim=request("k"))])[1] == answer("before").body
        assert [state.answers.body(name) is not None for name in ("before", "meanwhile", "after")] == [True, False, True]
    server.stop()
