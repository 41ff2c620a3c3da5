"""Documents as clients get them: an application is known by its id, an identifier by its mask; tokens stay inside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphfraud.schema import ATTRIBUTE

_TOKEN_ATTRIBUTES = frozenset(name for name, attribute in ATTRIBUTE.items() if attribute.type == "token")


def without_tokens(document: Any) -> Any:
    """Return a document of `api.cli.documents` without the tokens in it."""
    if isinstance(document, list):
        return [without_tokens(value) for value in document]
    if not isinstance(document, dict):
        return document
    return {
        name: _shown(value) if name == "attributes" else without_tokens(value)
        for name, value in document.items()
        if name not in ("token", "tokens")
    }


def _shown(attributes: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in attributes.items() if name not in _TOKEN_ATTRIBUTES}
