import errno
import json
import os
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

import pytest
from typer.main import get_command

from api import exit_codes
from api.cli import main as front
from api.cli.reference import reference
from graphfraud import errors

CHECKOUT = Path(__file__).parents[2]
COMMANDS = get_command(front.app).commands  # type: ignore[attr-defined]
ALL = [
    (name, sub) for name, command in COMMANDS.items() for sub in (getattr(command, "commands", None) or {"": command}).values()
]


def graphfraud(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "api.cli.main", *arguments]
    return subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, timeout=120, **options)


def classes(kind: type[BaseException]) -> list[type[BaseException]]:
    return [kind, *(below for one in kind.__subclasses__() for below in classes(one))]


def test_the_version_is_the_packages(capsys):
    assert front.run(["--version"]) == 0
    assert capsys.readouterr().out == f"graphfraud {version('graphfraud')}\n"


def test_help_lists_every_command_and_every_exit_code(capsys):
    assert front.run([]) == 0
    said = capsys.readouterr().out
    assert all(f"\n  {name} " in said for name in COMMANDS)
    assert all(says in said for says in exit_codes.EXIT_CODES.values())


@pytest.mark.parametrize(("noun", "command"), ALL, ids=[f"{noun} {command.name}" for noun, command in ALL])
def test_every_command_has_an_example_and_prints_json(noun, command):
    assert f"graphfraud {noun}" in (command.help or "").partition("Example")[2]
    if noun not in ("generate",):
        assert "--json" in [option for parameter in command.params for option in parameter.opts]


@pytest.mark.parametrize("kind", classes(errors.GraphfraudError), ids=lambda kind: kind.__name__)
def test_every_error_class_has_one_line_and_an_exit_code(kind):
    said = "what\nto do"
    made = {
        errors.RowRejected: lambda: errors.RowRejected("code", "column", "1**", said),
        errors.FieldsRejected: lambda: errors.FieldsRejected([errors.FieldError("column", "code", said)]),
    }
    error = made.get(kind, lambda: kind(said))()

    line, code = exit_codes.explain(error)

    assert line == "what to do"
    assert code in exit_codes.EXIT_CODES and (code != exit_codes.EXIT_BUG or kind is errors.GraphfraudError)


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (errors.SettingError, 2),
        (errors.FileError, 2),
        (errors.MappingError, 2),
        (errors.DiskError, 2),
        (errors.StoreUnreachable, 4),
        (errors.StoreVersion, 4),
        (errors.Busy, 5),
        (errors.NotFound, 6),
    ],
)
def test_exit_codes_are_stable(kind, code):
    assert exit_codes.explain(kind("so"))[1] == code


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOSPC, "no space left on device: results/rings.csv; free some space, or set GRAPHFRAUD_HOME to another disk"),
        (errno.EROFS, "read-only file system: results/rings.csv; choose a folder you can write, or set GRAPHFRAUD_HOME"),
        (errno.EACCES, "permission denied: results/rings.csv; choose a path you may read and write, or set GRAPHFRAUD_HOME"),
    ],
)
def test_errors_of_the_disk_say_what_to_do(number, said):
    assert exit_codes.explain(OSError(number, os.strerror(number), "results/rings.csv")) == (said, 2)


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["rimgs"], "graphfraud: No such command 'rimgs'. Did you mean 'rings', 'ring'? See graphfraud --help."),
        (["ring"], "graphfraud: Missing argument 'ID'. See graphfraud ring --help."),
        (["rings", "--topp", "3"], "graphfraud: No such option: --topp Did you mean --top? See graphfraud rings --help."),
    ],
)
def test_a_wrong_command_line_is_answered_in_one_line(arguments, line, capsys):
    assert front.run(arguments) == 2
    heard = capsys.readouterr()
    assert heard.out == "" and heard.err.count("\n") == 1
    assert heard.err.replace("(Possible options: --top)", "Did you mean --top?").strip() == line


def test_a_wrong_setting_is_one_line_and_its_traceback_comes_with_debug(monkeypatch, capsys):
    monkeypatch.setenv("GRAPHFRAUD_TIME_ZONE", "Mars/Olympus")

    assert front.run(["rings"]) == 2
    quiet = capsys.readouterr().err
    assert front.run(["rings", "--debug"]) == 2
    loud = capsys.readouterr().err

    line = "graphfraud: GRAPHFRAUD_TIME_ZONE is 'Mars/Olympus', which is no time zone; write one like Asia/Shanghai\n"
    assert quiet == line
    assert loud.startswith("Traceback") and loud.endswith(line)


def test_a_bug_is_one_line_without_debug(monkeypatch, capsys):
    def broken(*_: object) -> None:
        raise RuntimeError("no such\nthing")

    monkeypatch.setattr("graphfraud.settings.Settings.from_environment", broken)

    assert front.run(["rings"]) == 1
    said = "graphfraud: unexpected RuntimeError: no such thing; run again with --debug for the traceback\n"
    assert capsys.readouterr().err == said


def test_an_interrupt_is_quiet(monkeypatch, capsys):
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("graphfraud.settings.Settings.from_environment", interrupted)

    assert front.run(["rings"]) == 130
    assert capsys.readouterr().err == "graphfraud: interrupted\n"


def test_nobody_reading_the_output_is_no_error():
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "api.cli.main", "--help"], cwd=CHECKOUT, stdout=write, stderr=subprocess.PIPE, timeout=60
    )
    os.close(write)
    assert done.returncode == exit_codes.EXIT_NOBODY_READS
    assert done.stderr == b""


def test_help_answers_at_once_and_loads_nothing_heavy():
    graphfraud("--help")
    began = time.perf_counter()
    assert graphfraud("--help").returncode == 0
    taken = time.perf_counter() - began
    code = (
        "import sys, json; import api.cli.main; "
        "print(json.dumps([m for m in ('pandas', 'numpy', 'sklearn', 'neo4j', 'networkx', 'pyarrow') if m in sys.modules]))"
    )
    loaded = subprocess.run([sys.executable, "-c", code], cwd=CHECKOUT, capture_output=True, text=True, timeout=60)

    assert json.loads(loaded.stdout) == []
    assert taken < 3.0, f"--help took {taken:.2f} s; 0.2 is usual, the rest is left for a busy machine"


def test_the_documentation_of_the_commands_is_what_they_say_themselves():
    page = (CHECKOUT / "docs" / "cli.md").read_text(encoding="utf-8")

    assert page == reference(), "write it again: python -m api.cli.reference > docs/cli.md"
    assert all(
        f"### graphfraud {noun if command.name == noun else f'{noun} {command.name}'}\n" in page for noun, command in ALL
    )


def test_the_documentation_of_the_export_names_every_column():
    from graphfraud.export import APPLICATION_COLUMNS, DEALER_COLUMNS, MEMBER_COLUMNS, REASON_COLUMNS, RING_COLUMNS

    page = (CHECKOUT / "docs" / "export.md").read_text(encoding="utf-8")
    columns = (*RING_COLUMNS, *MEMBER_COLUMNS, *APPLICATION_COLUMNS, *DEALER_COLUMNS, *REASON_COLUMNS)
    assert [name for name in columns if f"`{name}`" not in page] == []
