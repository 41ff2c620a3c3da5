"""What stands in the graph for a value that identifies somebody: a keyed hash, the same for the same value."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable

TOKEN_DIGITS = 16
_BLOCK = 64
_FINGERPRINT_TEXT = b"graphfraud token key fingerprint"


class Tokeniser:
    """Makes tokens under one key: the first 64 bits of HMAC-SHA256(key, kind NUL value), in hexadecimal.

    The kind is part of the message, so that a number that is a phone here and an account there gives nothing away.
    64 bits keep the chance of one clash among ten million values of a kind below one in 300,000.
    """

    def __init__(self, key: bytes) -> None:
        if len(key) > _BLOCK:
            key = hashlib.sha256(key).digest()
        padded = key.ljust(_BLOCK, b"\0")
        # Both states of RFC 2104 are kept and copied for every value: a third of the time of `hmac.digest`.
        self._inner = hashlib.sha256(bytes(b ^ 0x36 for b in padded))
        self._outer = hashlib.sha256(bytes(b ^ 0x5C for b in padded))

    def of_kind(self, kind: str) -> Callable[[str], str]:
        """Return the function that makes tokens of canonical values of one kind."""
        begun = self._inner.copy()
        begun.update(f"{kind}\0".encode())
        copy_inner, copy_outer = begun.copy, self._outer.copy

        def token(value: str) -> str:
            inner = copy_inner()
            inner.update(value.encode())
            outer = copy_outer()
            outer.update(inner.digest())
            return outer.hexdigest()[:TOKEN_DIGITS]

        return token


def key_fingerprint(key: bytes) -> str:
    """Return 16 hexadecimal digits that tell two keys apart and say nothing about either."""
    return hmac.digest(key, _FINGERPRINT_TEXT, "sha256").hex()[:TOKEN_DIGITS]
