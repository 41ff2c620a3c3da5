"""Lines of the log: one a request, as text or JSON; never a body, an identifier or the message of a foreign error."""

from __future__ import annotations

import logging
import re
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from typing import Literal

import orjson

Format = Literal["text", "json"]
INFO, WARNING, ERROR = "info", "warning", "error"
_PLAIN = re.compile(r"[^\s\"=]+")


def configure(format: Format) -> None:
    """Send every log line of this process to stderr in one form; other libraries say warnings and errors only."""
    global _write
    _write = _write_json if format == "json" else _write_text
    root = logging.getLogger()
    root.handlers[:] = [_Foreign()]
    root.setLevel(logging.WARNING)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).handlers[:] = []
        logging.getLogger(name).setLevel(logging.WARNING)


def event(name: str, level: str = INFO, /, **fields: object) -> None:
    """Log an event with its fields; those that are None are left out.

    Written straight to stderr: the logging module takes 60 µs for a line, a tenth of what a request may cost.
    """
    _write(name, level, {key: value for key, value in fields.items() if value is not None})


def failure(request_id: str, error: BaseException) -> None:
    """Log an unexpected error: its class and where it came from, not its message, which may repeat what was sent."""
    event("failure", ERROR, request_id=request_id, error=type(error).__name__, where=_where(error))


def _where(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)[-12:]
    return " < ".join(f"{frame.filename.rsplit('/site-packages/')[-1]}:{frame.lineno} {frame.name}" for frame in frames[::-1])


def _now() -> str:
    """Return the time in UTC to the millisecond; the part down to the second is made once a second."""
    global _second, _second_text
    second, rest = divmod(time.time_ns() // 1_000_000, 1000)
    if second != _second:
        _second, _second_text = second, time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
    return f"{_second_text}.{rest:03d}Z"


_second, _second_text = 0, ""


def _write_json(name: str, level: str, fields: Mapping[str, object]) -> None:
    line = orjson.dumps({"time": _now(), "level": level, "event": name, **fields}, default=str)
    sys.stderr.write(line.decode() + "\n")


def _write_text(name: str, level: str, fields: Mapping[str, object]) -> None:
    words = "".join([f" {key}={_word(value)}" for key, value in fields.items()])
    sys.stderr.write(f"{_now()} {level:<7} {name}{words}\n")


def _word(value: object) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text if _PLAIN.fullmatch(text) else orjson.dumps(text).decode()


_write: Callable[[str, str, Mapping[str, object]], None] = _write_text


class _Foreign(logging.Handler):
    """What other libraries log, in the same form; of an exception its class and place."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        said = {"logger": record.name, "message": record.getMessage()}
        if error is not None:
            said |= {"error": type(error).__name__, "where": _where(error)}
        event("log", record.levelname.lower(), **said)
