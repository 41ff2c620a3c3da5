"""What every command shares: the settings, the two consoles, `--json`, progress and the store.

Documents and tables go to stdout; progress and talk to people go to stderr, so that a pipe sees only data. Everything
heavy is imported inside the function that needs it: `graphfraud --help` has to answer at once. A noun module is

    def register(app: typer.Typer) -> None:
        app.command("status")(status)

with a docstring that ends in an example, and imports of the store, pandas or rich inside its functions.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from graphfraud.settings import Settings
    from graphfraud.state import State
    from graphfraud.store import Store

# Width of tables that go into a file or a pipe, where no terminal says how wide it is.
PIPE_WIDTH = 180
# What a column of sentences needs at least to be read beside others.
SENTENCE_WIDTH = 32


class Language(StrEnum):
    """Language of reasons and reports."""

    en = "en"
    zh = "zh"


JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout instead of tables.")]
MappingOption = Annotated[
    str, typer.Option("--mapping", metavar="NAME|FILE", help="A shipped mapping or a TOML file; see `graphfraud mapping`.")
]
RejectsOption = Annotated[
    Path | None,
    typer.Option("--rejects", metavar="FILE", help="Where refused rows are listed [default: rejects/ in the data folder]."),
]
MaxRejectsOption = Annotated[
    float, typer.Option("--max-rejects", min=0.0, max=1.0, help="Share of rejected rows above which the exit code is 3.")
]
LangOption = Annotated[Language, typer.Option("--lang", help="Language of reasons and reports.")]


def load_settings() -> Settings:
    """Read `GRAPHFRAUD_*` from the environment; raise SettingError."""
    from graphfraud.settings import Settings

    return Settings.from_environment()


@contextmanager
def open_store(settings: Settings | None = None, *, may_begin: bool = False) -> Iterator[Store]:
    """Open the configured store for one command and close it afterwards.

    Who only looks begins no store: where none was, in a folder that is not the one that was meant, raise NotFound.
    """
    from graphfraud.errors import NotFound
    from graphfraud.store import Store, embedded

    settings = settings or load_settings()
    folder = settings.embedded_folder
    if folder is not None and not may_begin and not embedded.has_begun(folder):
        raise NotFound(
            f"there is no graphfraud data in {folder}; load some (graphfraud load FILE…), "
            "or set GRAPHFRAUD_HOME to the folder that has it"
        )
    with Store.open(settings) as store:
        yield store


@contextmanager
def open_state(settings: Settings | None = None) -> Iterator[State]:
    """Open application state for one command and close it afterwards."""
    from graphfraud.state import State

    with State.open(settings or load_settings()) as state:
        yield state


def write_waiting(settings: Settings) -> None:
    """Write to the graph what a check service left waiting for it."""
    from graphfraud.check.backlog import write_what_waited

    written = write_what_waited(settings)
    if written:
        them, are = ("1 application", "is") if written == 1 else (f"{written:,} applications", "are")
        say(f"{them} that had waited for the store {are} in it now")


def actor() -> str:
    """Return who runs the command, for the log of application state."""
    import getpass
    import os

    try:
        return f"cli:{getpass.getuser()}"[:100]
    except (KeyError, OSError):  # a container's user may have no name
        return f"cli:uid {os.getuid()}"


def duration_ms(text: str, option: str) -> int:
    """Return the milliseconds of a text such as 90d, 12h or 30m."""
    unit = {"d": 86_400_000, "h": 3_600_000, "m": 60_000}.get(text[-1:])
    if unit is None or not text[:-1].isdecimal():
        raise typer.BadParameter(f"{option} is {text!r}; write days, hours or minutes, such as 90d, 12h or 30m")
    return int(text[:-1]) * unit


def out() -> Console:
    """Return the console of stdout, for tables and documents."""
    return _console(sys.stdout)


def err() -> Console:
    """Return the console of stderr, for progress and talk."""
    return _console(sys.stderr)


def say(text: str) -> None:
    """Print one line for people on stderr, as it is."""
    err().print(text, soft_wrap=True)


def print_json(document: object) -> None:
    """Print one JSON document on stdout: dataclasses as objects, paths and times as text, keys in their order."""
    sys.stdout.write(json.dumps(document, default=_plain, ensure_ascii=False, indent=2, allow_nan=False) + "\n")


def table(*columns: str, right: tuple[str, ...] = (), title: str | None = None) -> Table:
    """Start a table; the columns named in `right` hold numbers and are set flush right."""
    from rich import box
    from rich.table import Table

    made = Table(title=title, box=box.SIMPLE_HEAD, title_justify="left", pad_edge=False, header_style="bold")
    for column in columns:
        made.add_column(column, justify="right" if column in right else "left", overflow="fold")
    return made


def print_fitting(console: Console, made: Table, lesser: Collection[str] = (), below: str = "") -> None:
    """Print a table so that it can be read on a narrow console too: every row on one line, whatever its columns are.

    below is the title of a column of sentences: where it has no room beside the others, each stands below its row. Where that
    is not enough, columns whose titles are in lesser are left out, one after another.
    """
    titles = [str(column.header) for column in made.columns]
    for column, title in zip(made.columns, titles, strict=True):
        column.no_wrap = title != below
    beside = [title for title in titles if title != below]
    if below and _width(console, _part(made, beside)) + SENTENCE_WIDTH <= console.width:
        console.print(made)
        return
    for title in lesser:
        if _width(console, _part(made, beside)) <= console.width:
            break
        beside.remove(title)
    part = _part(made, beside)
    if not below or not made.row_count:
        console.print(part)
        return
    from rich.padding import Padding
    from rich.segment import Segment, Segments

    sentences = list(made.columns[titles.index(below)].cells)
    lines = console.render_lines(part, pad=False)
    heads = len(lines) - made.row_count - 1  # a blank line, the titles and a rule above; a blank line below
    for number, line in enumerate(lines):
        console.print(Segments([*line, Segment.line()]), end="")
        if 0 <= number - heads < made.row_count:
            console.print(Padding(sentences[number - heads], (0, 0, 0, 3), expand=False))


def _width(console: Console, made: Table) -> int:
    """Return how wide a table is where nothing of it is folded; a console's own measure ends at its width."""
    return made.__rich_measure__(console, console.options.update(max_width=10_000)).maximum


def _part(made: Table, titles: list[str]) -> Table:
    part = table()
    kept = [column for column in made.columns if column.header in titles]
    for column in kept:
        part.add_column(column.header, justify=column.justify, overflow=column.overflow, no_wrap=column.no_wrap)
    for row in zip(*(column.cells for column in kept), strict=True):
        part.add_row(*row)
    return part


@contextmanager
def progress(description: str, total: float | None = None) -> Iterator[Callable[[float, str], None]]:
    """Show a bar on stderr while a long work runs; yields ``report(done, description)``.

    done is in the unit of total; with a total of None the bar only shows that something moves. Without a terminal
    nothing is drawn, so that logs stay readable.
    """
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    console = err()
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(description, total=total)

        def report(done: float, text: str = "") -> None:
            bar.update(task, completed=done, description=text or description)

        yield report


def _console(stream: Any) -> Console:
    import os

    from rich.console import Console

    terminal = stream.isatty()
    width = None if terminal or os.environ.get("COLUMNS") else PIPE_WIDTH
    # Most of what is shown is what somebody wrote; what wants a style says so with Text.
    return Console(file=stream, width=width, highlight=False, markup=False, soft_wrap=False, emoji=False)


def _plain(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, Path | datetime):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    if hasattr(value, "item"):  # a NumPy scalar
        return value.item()
    raise TypeError(f"{type(value).__name__} has no JSON form")
