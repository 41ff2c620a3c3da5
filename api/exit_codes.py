"""How a command or a server ends: one table from error to exit code, and the one line for people."""

from __future__ import annotations

import errno

from graphfraud import errors

EXIT_OK, EXIT_BUG, EXIT_INPUT, EXIT_REJECTS, EXIT_STORE, EXIT_BUSY, EXIT_NOT_FOUND = 0, 1, 2, 3, 4, 5, 6
EXIT_INTERRUPTED, EXIT_NOBODY_READS = 130, 141

# What each exit code means, for --help and the documentation.
EXIT_CODES: dict[int, str] = {
    EXIT_OK: "done",
    EXIT_BUG: "something unexpected (--debug shows the traceback), or a test or verification that failed",
    EXIT_INPUT: "usage, a setting, an input file, or a folder that cannot be written",
    EXIT_REJECTS: "more rows rejected than --max-rejects allows (the good rows are loaded); of check: a row was refused",
    EXIT_STORE: "the store or the state database: not reachable, access denied, another schema version or token key",
    EXIT_BUSY: "another process does the same work right now",
    EXIT_NOT_FOUND: "no such ring, application, scan, key, list, policy or webhook; no data in the folder",
    EXIT_INTERRUPTED: "interrupted (Ctrl-C)",
    EXIT_NOBODY_READS: "whoever read the output has gone (as in `graphfraud rings | head -1`)",
}

# The most special class first: the first that matches decides.
EXIT_OF_ERROR: tuple[tuple[type[errors.GraphfraudError], int], ...] = (
    (errors.Busy, EXIT_BUSY),
    (errors.NotFound, EXIT_NOT_FOUND),
    (errors.StoreError, EXIT_STORE),
    (errors.StateError, EXIT_STORE),
    (errors.KeyMismatch, EXIT_STORE),
    (errors.OperatorError, EXIT_INPUT),
    (errors.DataError, EXIT_INPUT),
    (errors.GraphfraudError, EXIT_BUG),
)

# What the operator can do about an error of the operating system.
ADVICE: dict[int, str] = {
    errno.ENOSPC: "free some space, or set GRAPHFRAUD_HOME to another disk",
    errno.EDQUOT: "free some space, or set GRAPHFRAUD_HOME to another disk",
    errno.EROFS: "choose a folder you can write, or set GRAPHFRAUD_HOME",
    errno.EACCES: "choose a path you may read and write, or set GRAPHFRAUD_HOME",
    errno.EPERM: "choose a path you may read and write, or set GRAPHFRAUD_HOME",
    errno.ENOENT: "check the path",
    errno.ENOTDIR: "a part of the path is a file; give a folder",
    errno.EISDIR: "give a file, not a folder",
    errno.EMFILE: "raise the limit of open files (ulimit -n)",
}


def explain(error: Exception) -> tuple[str, int]:
    """Return the one line for people and the exit code of an error."""
    if isinstance(error, errors.GraphfraudError):
        return _one_line(str(error)), next(code for kind, code in EXIT_OF_ERROR if isinstance(error, kind))
    if hasattr(error, "format_message"):  # a usage error of typer
        context = getattr(error, "ctx", None)
        command = context.command_path if context is not None else "graphfraud"
        message = _one_line(error.format_message())
        return f"{message} See {command} --help.", EXIT_INPUT
    if isinstance(error, OSError) and error.errno is not None:
        where = f" {error.filename}" if error.filename else ""
        advice = ADVICE.get(error.errno)
        line = f"{(error.strerror or 'operating system error').lower()}:{where or ' (no path given)'}"
        return (f"{line}; {advice}", EXIT_INPUT) if advice else (f"{line} (errno {error.errno})", EXIT_BUG)
    if isinstance(error, MemoryError):
        return "out of memory; load or scan less at a time (--since, --until), or use a bigger machine", EXIT_BUG
    said = _one_line(str(error))
    return f"unexpected {type(error).__name__}{': ' + said if said else ''}; run again with --debug for the traceback", EXIT_BUG


def _one_line(text: str) -> str:
    return " ".join(text.split())
