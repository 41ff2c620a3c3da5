"""The page docs/cli.md, written from the commands themselves: `python -m api.cli.reference > docs/cli.md`."""

from __future__ import annotations

import inspect
import sys
from typing import Any

from typer.main import get_command
from typer.testing import CliRunner

from api.cli.main import app
from api.exit_codes import EXIT_CODES
from graphfraud.settings import SETTINGS

WIDTH = 110
INTRODUCTION = """\
# The command line

<!-- Written by `python -m api.cli.reference > docs/cli.md` from the commands' own help; a test compares the two. -->

```
graphfraud load applications.csv dealers.csv    # files in
graphfraud scan                                 # find the rings
graphfraud rings --top 20                       # look at them
graphfraud ring R-7F3A                          # one of them, by the beginning of its id
graphfraud report rings.html                    # a page to mail
graphfraud export results                       # tables to go on with
```

Documents and tables go to stdout, progress and talk to stderr. `--json` prints one JSON document on stdout instead of
tables. Times are on the clock of `GRAPHFRAUD_TIME_ZONE`, in JSON as ISO 8601 with the offset. An error is one line on stderr
that says what happened and what to do; `--debug`, anywhere on the line, adds the traceback. `graphfraud COMMAND --help` shows
the same as this page.
"""


def reference() -> str:
    """Return the page as Markdown."""
    parts = [INTRODUCTION, _exit_codes(), _settings(), "## Commands\n"]
    root: Any = get_command(app)
    parts.append("| command | what it does |\n|---|---|")
    commands = list(_commands(root, "graphfraud"))
    parts += [f"| [`{name}`](#{name.replace(' ', '-')}) | {_first(command)} |" for name, command in commands]
    parts.append("")
    parts += [_section(name) for name, _ in commands]
    return "\n".join(parts).rstrip() + "\n"


def _commands(group: Any, name: str) -> Any:
    for child, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, f"{name} {child}")
        else:
            yield f"{name} {child}", command


def _exit_codes() -> str:
    rows = "\n".join(f"| {code} | {_escape(says)} |" for code, says in EXIT_CODES.items())
    return f"## Exit codes\n\n| code | meaning |\n|---|---|\n{rows}\n"


def _settings() -> str:
    rows = "\n".join(f"| `{one.name}` | {f'`{one.default}`' if one.default else ''} | {one.says} |" for one in SETTINGS)
    return f"## Settings\n\n| variable | default | meaning |\n|---|---|---|\n{rows}\n"


def _section(name: str) -> str:
    shown = CliRunner().invoke(app, [*name.split()[1:], "--help"], prog_name="graphfraud", terminal_width=WIDTH)
    return f"### {name}\n\n```text\n{shown.output.rstrip()}\n```\n"


def _first(command: Any) -> str:
    return _escape(inspect.cleandoc(command.help or "").partition("\n\n")[0].replace("\n", " "))


def _escape(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    sys.stdout.write(reference())
