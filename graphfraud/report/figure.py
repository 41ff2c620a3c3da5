"""What the picture of a ring shows: persons with their applications, and the identifiers that tie them.

A person and all applications of that person are one circle; an identifier is one diamond, drawn only if it ties two
circles or a reason cites it. Broad identifiers (an employer, an IP range) tie half a town: they are drawn only when a
reason cites them, and the table below the picture lists them all. Whom nothing drawn ties stands in the ring by
circumstance: a square for the dealer says where.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from graphfraud.report.layout import lay_out
from graphfraud.results import Reason, RingDetail, RingMember, SharedIdentifier
from graphfraud.schema import KIND, KINDS

# Above this many nodes circles with the same ties are folded into one: a picture nobody can read explains nothing.
MOST_NODES = 150
MOST_IDENTIFIERS = 60
# What fits beside the two other panes without its type becoming too small to read.
WIDTH = 560.0
_BROAD = frozenset(kind.name for kind in KINDS if kind.reach in ("broad", "range"))


@dataclass(frozen=True)
class Circle:
    """One person, or several with the same ties; members are indices into the ring's members."""

    members: tuple[int, ...]
    persons: int
    radius: float
    x: float = 0.0
    y: float = 0.0


@dataclass(frozen=True)
class Diamond:
    """One identifier; shared is its index in the ring's shared identifiers, persons the circles' persons that hold it."""

    shared: int
    persons: int
    radius: float
    x: float = 0.0
    y: float = 0.0


@dataclass(frozen=True)
class Square:
    """A dealer at whom circles bought that no drawn identifier ties."""

    dealer: str
    radius: float = 9.0
    x: float = 0.0
    y: float = 0.0


@dataclass(frozen=True)
class Figure:
    """The picture: edges join circles and diamonds by index, spokes circles and squares; loose are circles without edges.

    What a reason points at, `paths` says.
    """

    circles: tuple[Circle, ...]
    diamonds: tuple[Diamond, ...]
    squares: tuple[Square, ...]
    edges: tuple[tuple[int, int], ...]
    spokes: tuple[tuple[int, int], ...]
    loose: tuple[int, ...]
    width: float
    height: float
    folded: bool


@dataclass(frozen=True)
class Path:
    """What a reason points at: indices of members and of shared identifiers; whole says that it is about all of the ring."""

    members: frozenset[int]
    shared: frozenset[int]
    whole: bool


def paths(detail: RingDetail) -> tuple[Path, ...]:
    """Return for each reason of the ring what it points at."""
    return tuple(_path(reason, detail) for reason in detail.ring.reasons)


def draw(detail: RingDetail) -> Figure:
    """Lay out a ring."""
    cited = {token for reason in detail.ring.reasons for token in reason.tokens}
    circles = _circles(detail.members)
    holders = _holders(circles, detail)
    chosen = _choose(detail.shared, holders, cited)
    folded = len(circles) + len(chosen) > MOST_NODES
    if folded:
        circles, chosen = _fold_until_readable(circles, chosen, holders, detail.members)
        holders = _holders(circles, detail)
    diamonds = [Diamond(at, sum(circles[c].persons for c in holders[at]), 0.0) for at in chosen]
    diamonds = [replace(diamond, radius=min(17.0, 8.0 + 1.3 * diamond.persons**0.7)) for diamond in diamonds]
    edges = tuple((c, d) for d, diamond in enumerate(diamonds) for c in sorted(holders[diamond.shared]))
    loose = tuple(sorted(set(range(len(circles))) - {c for c, _ in edges}))
    squares, spokes = _dealers_of_loose(loose, circles, detail.members)
    # Diamonds and squares reach further than circles of their size.
    radii = [circle.radius for circle in circles] + [diamond.radius + 4.0 for diamond in diamonds]
    radii += [square.radius + 4.0 for square in squares]
    joined = [(c, len(circles) + d) for c, d in edges] + [(c, len(circles) + len(diamonds) + s) for c, s in spokes]
    positions, width, height = lay_out(radii, joined, WIDTH)
    placed = [(float(x), float(y)) for x, y in positions]
    first, second = len(circles), len(circles) + len(diamonds)
    return Figure(
        tuple(replace(circle, x=x, y=y) for circle, (x, y) in zip(circles, placed[:first], strict=True)),
        tuple(replace(diamond, x=x, y=y) for diamond, (x, y) in zip(diamonds, placed[first:second], strict=True)),
        tuple(replace(square, x=x, y=y) for square, (x, y) in zip(squares, placed[second:], strict=True)),
        edges,
        spokes,
        loose,
        width,
        height,
        folded,
    )


def _path(reason: Reason, detail: RingDetail) -> Path:
    at = {member.application_id: number for number, member in enumerate(detail.members)}
    tokens = set(reason.tokens)
    # A reason of a kind that detection derives cites the identifiers it was derived from.
    kinds = {reason.kind} if reason.kind in KIND else set(KIND)
    shared = frozenset(number for number, s in enumerate(detail.shared) if s.token in tokens and s.kind in kinds)
    members = frozenset(at[app] for number in shared for app, _ in detail.shared[number].holders if app in at)
    if tokens:
        return Path(members, shared, whole=False)
    return Path(frozenset(range(len(detail.members))), frozenset(), whole=True)


def _circles(members: Sequence[RingMember]) -> list[Circle]:
    by_person: dict[str, list[int]] = {}
    for number, member in enumerate(members):
        by_person.setdefault(member.person or f"application {member.application_id}", []).append(number)
    return [Circle(tuple(found), 1, _circle_radius(len(found))) for found in by_person.values()]


def _circle_radius(applications: int) -> float:
    return min(20.0, 7.0 + 2.0 * float((applications - 1) ** 0.6))


def _holders(circles: Sequence[Circle], detail: RingDetail) -> list[set[int]]:
    """For each shared identifier the circles that hold it."""
    circle_of = {detail.members[m].application_id: number for number, circle in enumerate(circles) for m in circle.members}
    return [{circle_of[app] for app, _ in s.holders if app in circle_of} for s in detail.shared]


def _choose(shared: Sequence[SharedIdentifier], holders: Sequence[set[int]], cited: set[str]) -> list[int]:
    def worth(number: int) -> tuple[bool, int, int]:
        return (shared[number].token not in cited, -len(holders[number]), number)

    drawn = [
        number
        for number, identifier in enumerate(shared)
        if identifier.kind != "person"
        and holders[number]
        and (identifier.token in cited or (len(holders[number]) > 1 and identifier.kind not in _BROAD))
    ]
    return sorted(sorted(drawn, key=worth)[:MOST_IDENTIFIERS])


def _dealers_of_loose(
    loose: Sequence[int], circles: Sequence[Circle], members: Sequence[RingMember]
) -> tuple[list[Square], tuple[tuple[int, int], ...]]:
    """Return one square for each dealer of loose circles, and which circle belongs to which."""
    bought: dict[str, list[int]] = {}
    for circle in loose:
        for dealer in dict.fromkeys(members[m].dealer_id for m in circles[circle].members):
            if dealer:
                bought.setdefault(dealer, []).append(circle)
    spokes = tuple((circle, number) for number, held in enumerate(bought.values()) for circle in held)
    return [Square(dealer) for dealer in bought], spokes


def _fold_until_readable(
    circles: Sequence[Circle], chosen: Sequence[int], holders: Sequence[set[int]], members: Sequence[RingMember]
) -> tuple[list[Circle], list[int]]:
    """Fold those with the same ties and dealer, then those with the same ties; then leave out the narrowest identifiers."""
    kept = list(chosen)
    folded = _fold(circles, kept, holders, members, by_dealer=True)
    while len(folded) + len(kept) > MOST_NODES and len(kept) > 1:
        folded = _fold(circles, kept, holders, members, by_dealer=False)
        if len(folded) + len(kept) > MOST_NODES:
            widest = sorted(kept, key=lambda at: (-len(holders[at]), at))
            kept = sorted(widest[: len(widest) * 2 // 3])
    return folded, kept


def _fold(
    circles: Sequence[Circle],
    chosen: Sequence[int],
    holders: Sequence[set[int]],
    members: Sequence[RingMember],
    *,
    by_dealer: bool,
) -> list[Circle]:
    groups: dict[tuple[object, ...], list[Circle]] = {}
    for number, circle in enumerate(circles):
        ties = tuple(at for at in chosen if number in holders[at])
        groups.setdefault((ties, members[circle.members[0]].dealer_id if by_dealer else ""), []).append(circle)
    folded = []
    for group in groups.values():
        inside = tuple(sorted(m for circle in group for m in circle.members))
        folded.append(Circle(inside, sum(circle.persons for circle in group), _circle_radius(len(inside))))
    return folded
