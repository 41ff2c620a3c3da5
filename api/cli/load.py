"""`graphfraud load`: files of applications, dealers and outcomes into the store."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.context import (
    JsonOption,
    MappingOption,
    MaxRejectsOption,
    RejectsOption,
    err,
    load_settings,
    out,
    print_fitting,
    print_json,
    say,
    table,
    write_waiting,
)

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from ingest.load import Watcher
    from ingest.plan import PlannedFile
    from ingest.summary import FileSummary, LoadSummary

SECONDS_BETWEEN_LINES = 5.0
MOST_ERRORS = 5


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("load")(load)


def load(
    paths: Annotated[list[str], typer.Argument(metavar="PATH...", help="Files, folders and globs; CSV, Parquet, JSON Lines.")],
    mapping: MappingOption = "default",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read and validate everything, write nothing.")] = False,
    rejects: RejectsOption = None,
    max_rejects: MaxRejectsOption = 0.05,
    as_json: JsonOption = False,
) -> None:
    """Load applications, dealers and outcomes; what was loaded before is skipped, what was killed goes on.

    Of a folder, its own files with known endings are read. Rows that are refused are listed in the rejects file, the
    others load.

    \b
    Example:
      graphfraud load applications.csv.gz dealers.csv outcomes.csv
      graphfraud load reviews/ --mapping yelpchi_reviews --dry-run
    """
    from importlib.resources import files

    from graphfraud.intake import mapping_file
    from ingest.load import LoadRequest
    from ingest.load import load as load_files

    settings = load_settings()
    chosen = mapping_file.find(mapping, files("ingest.mappings"))
    request = LoadRequest(tuple(paths), chosen, dry_run, rejects.expanduser().absolute() if rejects else None, max_rejects)
    if not dry_run:
        write_waiting(settings)
    with _watcher(as_json) as watcher:
        summary = load_files(settings, request, watcher)
    if as_json:
        print_json(document(summary))
    else:
        _print(summary)
        if chosen.is_default:  # a mapping leaves columns out on purpose
            _print_unused(summary)
    errors = [file.error for file in summary.files if file.error]
    for error in errors[:MOST_ERRORS]:
        say(f"graphfraud: {error}")
    if len(errors) > MOST_ERRORS:
        say(f"graphfraud: {len(errors) - MOST_ERRORS:,} more could not be loaded; --json has the error of each")
    if summary.failed:
        raise typer.Exit(2)
    if summary.too_many_rejects:
        say(
            f"graphfraud: {summary.rejected_share:.1%} of the rows were rejected, more than --max-rejects {max_rejects:.1%}; "
            + ("nothing was written" if dry_run else "the others are loaded")
        )
        raise typer.Exit(3)


def document(summary: LoadSummary) -> dict[str, object]:
    """Return the summary as the JSON document of `--json`."""
    return {
        "load_id": summary.load_id,
        "dry_run": summary.dry_run,
        "read": summary.total("read"),
        "added": summary.total("added"),
        "changed": summary.total("changed"),
        "unchanged": summary.total("unchanged"),
        "superseded": summary.total("superseded"),
        "rejected": summary.rejected().total(),
        "rejected_by_code": _by_code(summary.rejected()),
        "notes": _by_code(summary.notes()),
        "rejected_share": round(summary.rejected_share, 6),
        "max_rejects": summary.max_rejects,
        "rejects": str(summary.rejects) if summary.rejects else None,
        "seconds": round(summary.seconds, 3),
        "rows_a_second": round(summary.rows_a_second, 1),
        "files": [_file(file) for file in summary.files],
        "passed_over": [{"path": str(path), "why": why} for path, why in summary.passed_over],
    }


def _file(file: FileSummary) -> dict[str, object]:
    return {
        "path": str(file.path),
        "holds": file.holds,
        "status": file.status,
        "read": file.read,
        "added": file.added,
        "changed": file.changed,
        "unchanged": file.unchanged,
        "superseded": file.superseded,
        "rejected": file.rejected.total(),
        "resumed_at": file.resumed_at,
        "seconds": round(file.seconds, 3),
        "error": file.error or None,
        "unused_columns": list(file.unused),
    }


def _by_code(counts: Counter[str]) -> dict[str, int]:
    return dict(sorted(counts.items()))


def _print_unused(summary: LoadSummary) -> None:
    """Name the columns that nothing was made of, and what a misspelt one may have meant."""
    from difflib import get_close_matches

    from graphfraud.intake.mapping import CONTRACTS

    for file in summary.files:
        known = CONTRACTS.get(file.holds, ())
        meant = {name: get_close_matches(name.strip(), known, 1, 0.8) for name in file.unused}
        words = [f"{name} (did you mean {close[0]}?)" if close else name for name, close in meant.items()]
        if words:
            out().print(f"not used in {file.path.name}: {', '.join(words)}")


def _print(summary: LoadSummary) -> None:
    console = out()
    numbers = ("read", "added", "changed", "unchanged", "superseded", "rejected", "seconds", "rows/s")
    shown = table("file", "holds", "status", *numbers, right=numbers)
    for file in summary.files:
        rate = (file.read - file.resumed_at) / file.seconds if file.seconds else 0.0
        status = f"resumed at row {file.resumed_at + 1:,}" if file.resumed_at else file.status
        stored = (file.added, file.changed, file.unchanged, file.superseded)
        known = ["–"] * len(stored) if summary.dry_run else [f"{n:,}" for n in stored]  # a dry run asks no store
        shown.add_row(
            file.path.name,
            file.holds,
            status,
            f"{file.read:,}",
            *known,
            f"{file.rejected.total():,}",
            f"{file.seconds:.1f}",
            f"{rate:,.0f}" if rate else "",
        )
    if any(file.status != "failed" for file in summary.files):
        print_fitting(console, shown, ("rows/s", "seconds", "holds", "superseded", "unchanged"))
    _print_codes("rejected", summary.rejected())
    _print_codes("noted", summary.notes())
    reasons: dict[str, list[str]] = {}
    for path, why in summary.passed_over:
        reasons.setdefault(why, []).append(path.name)
    for why, names in reasons.items():
        console.print(f"passed over, {why}: {', '.join(names)}")
    if summary.rejects and (summary.rejected() or summary.total("superseded")):
        console.print(f"rejected rows, and versions that a later one replaced, are listed in {summary.rejects}")
    rows = sum(file.read - file.resumed_at for file in summary.files)
    said = "dry run, nothing was written: " if summary.dry_run else ""
    said += "1 row" if rows == 1 else f"{rows:,} rows"
    console.print(f"{said} in {summary.seconds:.1f} s, {summary.rows_a_second:,.0f} rows/s")


def _print_codes(title: str, counts: Counter[str]) -> None:
    from graphfraud.intake import codes

    if not counts:
        return
    shown = table(title, "rows", "what", right=("rows",))
    for code, number in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        shown.add_row(code, f"{number:,}", codes.REJECTS.get(code) or codes.NOTES.get(code, ""))
    out().print(shown)


class _Lines:
    """Tells of the progress in plain lines, one every few seconds: for logs, pipes and --json."""

    def __enter__(self) -> Watcher:
        self._rows = self._done = 0
        self._name = ""
        self._told = self._began = time.monotonic()
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to put away."""

    def begins(self, file: PlannedFile, done: int) -> None:
        self._name, self._rows, self._done, self._start = file.path.name, file.inspected.rows, done, done
        self._told = self._began = time.monotonic()

    def advances(self, rows: int) -> None:
        self._done += rows
        now = time.monotonic()
        if now - self._told >= SECONDS_BETWEEN_LINES:
            self._told = now
            rate = (self._done - self._start) / (now - self._began)
            say(f"{self._name}: {self._done:,} of about {self._rows:,} rows, {rate:,.0f} rows/s")

    def ends(self) -> None:
        """A file that ends is told of in the summary."""


class _Bars:
    """Draws a bar a file, with its rate."""

    _bar: Progress
    _task: TaskID

    def __enter__(self) -> Watcher:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        self._bar = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}", markup=False),
            TimeRemainingColumn(),
            console=err(),
            transient=True,
        )
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def begins(self, file: PlannedFile, done: int) -> None:
        self._task = self._bar.add_task(file.path.name, total=max(file.inspected.rows, done), completed=done, rate="")
        self._began, self._start = time.monotonic(), done

    def advances(self, rows: int) -> None:
        self._bar.advance(self._task, rows)
        task = next(task for task in self._bar.tasks if task.id == self._task)
        rate = (task.completed - self._start) / max(time.monotonic() - self._began, 0.001)
        self._bar.update(self._task, rate=f"{rate:,.0f} rows/s")

    def ends(self) -> None:
        self._bar.update(self._task, total=next(t.completed for t in self._bar.tasks if t.id == self._task))


def _watcher(as_json: bool) -> _Lines | _Bars:
    return _Lines() if as_json or not err().is_terminal else _Bars()
