"""What changed since a sequence number: every version of an application that began, in a canonical order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, cast

from graphfraud import schema
from graphfraud.store.store import Row, Store

STRETCH = 16  # sequence numbers counted together: with batches of 1,000 at most 16,000 versions are in memory at once
PIECE = 8_000  # versions read in one go where stretches are that small
MASKS_AT_ONCE = 10_000

_NO_PLACE = len(schema.PLACE_OF_ROLE)


class HeldToken(NamedTuple):
    """An identifier that a version holds; position is the place in its block for kinds with positions, else None.

    A tuple, because a scan of a million applications makes some fifteen million of these.
    """

    kind: str
    role: str
    token: str
    position: int | None


@dataclass(frozen=True, slots=True)
class Change:
    """A version of an application: it held from sequence number since, until the next one of the application began.

    submitted_at is epoch milliseconds, None where the source has no time. identifiers are in the order of the schema's
    kinds and roles, then by token.
    """

    application_id: str
    since: int
    submitted_at: int | None
    dealer_id: str | None
    salesperson_id: str | None
    attributes: Mapping[str, float | int | str]
    identifiers: tuple[HeldToken, ...]


def sequence(store: Store) -> int:
    """Return the number of the last commit that changed something; 0 in a new store."""
    state = store.state()
    return state.sequence if state else 0


def changed_since(store: Store, after: int, up_to: int) -> Iterator[Change]:
    """Yield the versions that began in (after, up_to], by (since, application_id).

    The newest of each application put over the state as of after is the state as of up_to; with after = 0 they are the
    whole history. Holds some thousand versions in memory. Commits made while it reads, later than up_to, make no difference.
    """
    for low, high in _pieces(store.stream("read/change_counts", after=after, up_to=up_to, width=STRETCH), after, up_to):
        # An application that is replaced between the two statements comes in both, with the same content: keep one.
        begun = {
            (change.since, change.application_id): change
            for change in _changes(store.stream("read/changes_begun", low=low, high=high, up_to=up_to))
            if change.since <= high
        }
        for change in _changes(store.stream("read/changes_begun_and_replaced", low=low, high=high)):
            begun[change.since, change.application_id] = change
        yield from (begun[key] for key in sorted(begun))


def masks(store: Store, kind: str, tokens: Sequence[str]) -> dict[str, str]:
    """Return what people may see of identifiers of one kind, by token; tokens that are not there are left out."""
    found: dict[str, str] = {}
    for start in range(0, len(tokens), MASKS_AT_ONCE):
        for row in store.read(f"read/masks[{kind}]", tokens=list(tokens[start : start + MASKS_AT_ONCE])):
            found[cast(str, row["token"])] = cast("str | None", row["mask"]) or ""
    return found


def _pieces(counts: Iterable[Row], after: int, up_to: int) -> Iterator[tuple[int, int]]:
    """Cut (after, up_to] at the edges of stretches into pieces of about PIECE versions; return (low, high] of each."""
    versions: dict[int, int] = {}
    for row in counts:
        stretch = cast(int, row["stretch"])
        versions[stretch] = versions.get(stretch, 0) + cast(int, row["versions"])
    low, size = after, 0
    for stretch in sorted(versions):
        if size and size + versions[stretch] > PIECE:
            yield low, stretch * STRETCH
            low, size = stretch * STRETCH, 0
        size += versions[stretch]
    if size:
        yield low, up_to


def _changes(rows: Iterable[Row]) -> Iterator[Change]:
    for row in rows:
        version = cast("dict[str, object]", row["version"])
        yield Change(
            application_id=cast(str, version["application_id"]),
            since=cast(int, version["since"]),
            submitted_at=cast("int | None", version.get("submitted_at")),
            dealer_id=cast("str | None", version.get("dealer_id")),
            salesperson_id=cast("str | None", version.get("salesperson_id")),
            attributes={name: cast("float | int | str", value) for name, value in version.items() if name in schema.ATTRIBUTE},
            identifiers=_identifiers(cast("list[list[object]]", row["held"])),
        )


def _identifiers(held: list[list[object]]) -> tuple[HeldToken, ...]:
    links = cast("list[tuple[str, str, str, int | None]]", held)
    found = [HeldToken(schema.KIND_OF_RELATIONSHIP[link], role, token, position) for link, role, token, position in links]
    found.sort(key=_order)
    return tuple(found)


def _order(held: HeldToken) -> tuple[int, str]:
    return schema.PLACE_OF_ROLE.get(held[:2], _NO_PLACE), held[2]
