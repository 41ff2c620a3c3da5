"""`graphfraud doctor`: what is configured and reachable, and what to do about each problem."""

from __future__ import annotations

import typer

from api.cli.context import JsonOption, out, print_json, table

STYLES = {"ok": "green", "warning": "yellow", "problem": "red"}


def doctor(as_json: JsonOption = False) -> None:
    """Say what is configured, reachable and in which version, and what to do about each problem.

    The exit code is 0 only when there is no problem: 2 where a setting, the key or a folder is wrong, 4 for the store.

    \b
    Example:
      graphfraud doctor
    """
    from rich.text import Text

    from api.exit_codes import EXIT_INPUT, EXIT_STORE
    from graphfraud.doctor import examine

    diagnoses = examine()
    problems = [diagnosis for diagnosis in diagnoses if diagnosis.state == "problem"]
    if as_json:
        checks = [{"name": one.name, "state": one.state, "found": one.found, "do": one.do} for one in diagnoses]
        print_json({"well": not problems, "checks": checks})
    else:
        made = table("check", "state", "found", "what to do")
        for diagnosis in diagnoses:
            made.add_row(diagnosis.name, Text(diagnosis.state, STYLES[diagnosis.state]), diagnosis.found, diagnosis.do)
        out().print(made)
    if problems:
        raise typer.Exit(EXIT_STORE if all(diagnosis.of_store for diagnosis in problems) else EXIT_INPUT)


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command("doctor")(doctor)
