"""A file's bytes in blocks, checked while they are read a second time against what the first pass saw."""

from __future__ import annotations

import hashlib
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from graphfraud.errors import FileError

BLOCK = 1 << 20


@dataclass(frozen=True)
class Fingerprint:
    """What identifies a file's content: SHA-256 of its bytes, and of its first 1, 2, 3 … blocks.

    The partial digests let a second reading notice a changed block before a row of it is used.
    """

    content: str
    partial: tuple[bytes, ...]
    stamp: tuple[int, int, int]


def stamp(path: Path) -> tuple[int, int, int]:
    """Return inode, size and modification time: cheap to compare before each batch."""
    try:
        status = path.stat()
    except OSError as error:
        raise FileError(f"{path}: is gone while it was read ({error.strerror}); load it again when it is back") from error
    return status.st_ino, status.st_size, status.st_mtime_ns


def check_unchanged(path: Path, seen: Fingerprint) -> None:
    """Raise FileError when the file is not the one that the first pass read."""
    if stamp(path) != seen.stamp:
        raise changed(path)


def changed(path: Path) -> FileError:
    """Return the error for a file that changes while it is read."""
    return FileError(
        f"{path}: changed while it was read; what was loaded of it stays. Load it again when nothing writes to it any more"
    )


class FirstReading:
    """Reads a file's blocks for the first time and fingerprints them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._digest = hashlib.sha256()
        self._partial: list[bytes] = []
        self._stamp = stamp(path)

    def __iter__(self) -> Iterator[bytes]:
        for block in _blocks(self.path):
            self._digest.update(block)
            self._partial.append(self._digest.digest())
            yield block

    def fingerprint(self) -> Fingerprint:
        """Return the fingerprint, once every block was read; FileError when the file changed meanwhile."""
        if stamp(self.path) != self._stamp:
            raise changed(self.path)
        return Fingerprint(self._digest.hexdigest(), tuple(self._partial), self._stamp)


def verified_blocks(path: Path, seen: Fingerprint) -> Iterator[bytes]:
    """Yield the file's blocks again; raise FileError before a block that is not what the first pass read."""
    digest = hashlib.sha256()
    number = -1
    for number, block in enumerate(_blocks(path)):
        digest.update(block)
        if number >= len(seen.partial) or digest.digest() != seen.partial[number]:
            raise changed(path)
        yield block
    if number + 1 != len(seen.partial):
        raise changed(path)


def unzipped(path: Path, blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Inflate gzip blocks (several members one after another, too) without ever holding more than a few blocks."""
    inflate = zlib.decompressobj(wbits=31)
    started = False
    for block in blocks:
        rest = block
        while rest:
            try:
                out = inflate.decompress(rest, BLOCK)
            except zlib.error as error:
                raise FileError(f"{path}: is no intact gzip file ({_reason(error)}); get a fresh copy of it") from error
            started = True
            if out:
                yield out
            if inflate.eof:
                rest = inflate.unused_data.lstrip(b"\0")  # tape blocks pad members with zeros
                inflate = zlib.decompressobj(wbits=31)
                started = bool(rest)
            else:
                rest = inflate.unconsumed_tail
    if started:
        raise FileError(f"{path}: the gzip file is cut off; get a whole copy of it")


def _reason(error: zlib.error) -> str:
    text = str(error)
    return "its checksum is wrong" if "incorrect data check" in text or "length check" in text else "its data is damaged"


def _blocks(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb", buffering=0) as file:
            while block := file.read(BLOCK):
                # a short read would shift every later block, and with it every partial digest
                while len(block) < BLOCK and (more := file.read(BLOCK - len(block))):
                    block += more
                yield block
    except OSError as error:
        raise FileError(f"{path}: cannot be read ({os.strerror(error.errno or 0)})") from error
