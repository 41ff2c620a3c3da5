"""Tables of a TOML file, read key by key: every error names the file, the table, the key, the value and what would do."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from graphfraud.errors import DataError
from graphfraud.nearest import nearest

T = TypeVar("T")
_KINDS = {str: "a text", bool: "true or false", int: "a whole number", float: "a number", list: "a list", dict: "a table"}


@dataclass(frozen=True)
class Table:
    """One table of a file: `of` names the file, `name` the table ("" the top of the file); `error` is what is raised."""

    of: str
    name: str
    values: Mapping[str, Any]
    error: type[DataError]

    @classmethod
    def parse(cls, text: str, of: str, error: type[DataError]) -> Table:
        """Return the top of a TOML text; raise the error where it is none."""
        try:
            return cls(of, "", tomllib.loads(text), error)
        except tomllib.TOMLDecodeError as wrong:
            raise error(f"{of} is no TOML: {wrong}") from wrong

    def __contains__(self, key: str) -> bool:
        return key in self.values

    def wrong(self, key: str, says: str) -> DataError:
        """Return the error for a key."""
        return self.error(f"{self.of}, {self._place(key)}: {says}")

    def only(self, known: Sequence[str]) -> None:
        """Refuse keys that are not known, with the nearest that is."""
        for key in self.values:
            if key not in known:
                raise self.wrong(key, f"there is no such {'key' if self.name else 'table or key'}. {nearest(key, known)}")

    @property
    def names(self) -> tuple[str, ...]:
        """The keys, in the file's order."""
        return tuple(self.values)

    def text(self, key: str, default: str | None = None, longest: int = 500) -> str:
        """Return a text that is not empty; without a default it has to be there."""
        value = self._value(key, default, "write a text in quotes")
        if not isinstance(value, str) or (not value.strip() and value != default):
            raise self.wrong(key, f"{_shown(value)} is no text; write one in quotes")
        if len(value) > longest:
            raise self.wrong(key, f"it has {len(value)} characters; write at most {longest}")
        return value.strip()

    def number(self, key: str, least: float, most: float, default: float | None = None, below_most: bool = False) -> float:
        """Return a number in [least, most], or in [least, most) with below_most."""
        bounds = f"from {least:g} to {'less than ' if below_most else ''}{most:g}" if most < math.inf else f"from {least:g}"
        value = self._value(key, default, f"write a number {bounds}")
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.wrong(key, f"{_shown(value)} is {_kind(value)}; write a number {bounds}")
        if not (least <= value <= most) or math.isinf(value) or (below_most and value == most):
            raise self.wrong(key, f"{_shown(value)} is out of range; write a number {bounds}")
        return float(value)

    def whole(self, key: str, least: int, most: int, default: int | None = None) -> int:
        """Return a whole number in [least, most]."""
        value = self._value(key, default, f"write a whole number from {least} to {most}")
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.wrong(key, f"{_shown(value)} is {_kind(value)}; write a whole number from {least} to {most}")
        if not least <= value <= most:
            raise self.wrong(key, f"{value} is out of range; write a whole number from {least} to {most}")
        return value

    def choice(self, key: str, choices: Sequence[T], default: T | None = None) -> T:
        """Return one of some texts."""
        value = self._value(key, default, f"write one of {_listed(choices)}")
        if not isinstance(value, str) or value not in choices:
            raise self.wrong(key, f"{_shown(value)} is unknown; write one of {_listed(choices)}")
        return value  # type: ignore[return-value]  # it is in choices

    def texts(self, key: str, choices: Sequence[str] | None = None) -> tuple[str, ...]:
        """Return a list of texts (each of the choices, if given), () where it is left out; one text is a list of one."""
        value = self.values.get(key, [])
        items = [value] if isinstance(value, str) else value
        if not isinstance(items, list) or not all(isinstance(item, str) and item.strip() for item in items):
            raise self.wrong(key, f"{_shown(value)} is no list of texts; write one like [{_listed((choices or ['used'])[:2])}]")
        if key in self.values and not items:
            raise self.wrong(key, "the list is empty; name at least one, or leave the key out")
        for item in items:
            if choices is not None and item not in choices:
                raise self.wrong(key, f"{_shown(item)} is unknown. {nearest(item, choices)}")
        return tuple(dict.fromkeys(items))

    def table(self, key: str) -> Table:
        """Return a table inside this one, empty where it is left out."""
        value = self.values.get(key, {})
        if not isinstance(value, dict):
            raise self.wrong(key, f"{_shown(value)} is {_kind(value)}; write a table [{self._inner(key)}]")
        return replace(self, name=self._inner(key), values=value)

    def tables(self, key: str) -> Iterator[Table]:
        """Yield the tables of a list, numbered from 1."""
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self.wrong(key, f"write each as [[{self._inner(key)}]] with two brackets")
        for number, item in enumerate(value, 1):
            yield replace(self, name=f"{self._inner(key)} {number}", values=item)

    def each(self, known: Sequence[str], read: Callable[[str], T]) -> dict[str, T]:
        """Return what `read` makes of each key; refuse those that are not known."""
        self.only(known)
        return {key: read(key) for key in self.values}

    def _value(self, key: str, default: Any, advice: str) -> Any:
        value = self.values.get(key, default)
        if value is None:
            raise self.wrong(key, f"it is missing; {advice}")
        return value

    def _inner(self, key: str) -> str:
        return f"{self.name}.{key}" if self.name else key

    def _place(self, key: str) -> str:
        return f"table [{self.name}], key {key}" if self.name else key


def _kind(value: object) -> str:
    return _KINDS.get(type(value), "something else")


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"


def _listed(choices: Sequence[Any]) -> str:
    return ", ".join(f'"{choice}"' for choice in choices)
