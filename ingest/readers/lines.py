"""Bytes in, physical lines of text out: numbered, decoded, with the lines that are no text told apart."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Literal

from graphfraud.intake import codes
from ingest.readers.problems import LONGEST_LINE, RowProblem

Encoding = Literal["utf-8", "gb18030"]
BOM = b"\xef\xbb\xbf"
Line = tuple[int, str | RowProblem]


def byte_lines(blocks: Iterator[bytes], newline: bytes = b"\n") -> Iterator[tuple[list[bytes], bool]]:
    """Yield lists of whole lines without their newline; the flag says that the list's only line was too long to keep.

    A line longer than LONGEST_LINE is thrown away while it passes; its place in the count stays.
    """
    tail = b""
    overlong = False
    for block in blocks:
        if overlong:
            cut = block.find(newline)
            if cut < 0:
                continue
            yield [b""], True
            overlong, tail, block = False, b"", block[cut + 1 :]
        lines = (tail + block).split(newline)
        tail = lines.pop()
        if lines:
            yield from _without_overlong(lines)
        if len(tail) > LONGEST_LINE:
            overlong, tail = True, b""
    if overlong:
        yield [b""], True
    elif tail:
        yield from _without_overlong([tail])


def _without_overlong(lines: list[bytes]) -> Iterator[tuple[list[bytes], bool]]:
    if max(map(len, lines)) <= LONGEST_LINE:
        yield lines, False
        return
    for line in lines:
        yield ([b""], True) if len(line) > LONGEST_LINE else ([line], False)


class Lines:
    """Numbered lines of text, with push-back: a record that turns out not to be one is read again from its second line.

    Iterating gives `(number, text)`, or `(number, RowProblem)` for a line that is no text. Blank lines are left out.
    """

    def __init__(self, blocks: Iterator[bytes], encoding: Encoding, newline: bytes = b"\n") -> None:
        self._pending: deque[Line] = deque()
        self._source = _decoded(blocks, encoding, newline)

    def __iter__(self) -> Iterator[Line]:
        return self

    def __next__(self) -> Line:
        if self._pending:
            return self._pending.popleft()
        return next(self._source)

    def push_back(self, lines: list[Line]) -> None:
        """Put lines back in front, in their order."""
        self._pending.extendleft(reversed(lines))


def _decoded(blocks: Iterator[bytes], encoding: Encoding, newline: bytes) -> Iterator[Line]:
    number = 0
    for lines, too_long in byte_lines(blocks, newline):
        if number == 0 and lines[0].startswith(BOM):
            lines[0] = lines[0][len(BOM) :]
        if too_long:
            number += 1
            yield number, RowProblem(number, codes.FIELD_TOO_LONG, "", f"the line is longer than {LONGEST_LINE:,} bytes")
            continue
        for text in _decode_all(lines, encoding):
            number += 1
            if text is None:
                yield (
                    number,
                    RowProblem(number, codes.UNREADABLE_LINE, "", f"the line holds bytes that are no {encoding.upper()} text"),
                )
            elif "\0" in text:
                yield number, RowProblem(number, codes.CONTROL_CHARACTERS, "", "the line holds NUL bytes")
            elif text and not text.isspace():
                yield number, text


def _decode_all(lines: list[bytes], encoding: Encoding) -> list[str | None]:
    try:
        # one call for the block: no text of either encoding has a newline byte inside a character
        return [*_strip(b"\n".join(lines).decode(encoding).split("\n"))]
    except UnicodeDecodeError:
        return [_decode(line, encoding) for line in lines]


def _strip(texts: list[str]) -> Iterator[str]:
    return (text[:-1] if text.endswith("\r") else text for text in texts)


def _decode(line: bytes, encoding: Encoding) -> str | None:
    try:
        return line.decode(encoding).removesuffix("\r")
    except UnicodeDecodeError:
        return None
