"""A ring as the template shows it: every number already written, every mark already placed.

The template only repeats what is here. Marks that belong together carry the same indices: `m` the members, `s` the shared
identifiers, `d` the dealers, `r` the reasons that light them; the page's script needs nothing else.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from graphfraud import wording
from graphfraud.report import words
from graphfraud.report.figure import Circle, Figure, Path, Square, draw, paths
from graphfraud.report.labels import Label, Segment, Spot, place_labels, width_of
from graphfraud.report.timeline import bin_times
from graphfraud.results import RingDetail
from graphfraud.schema import KIND_CODE
from graphfraud.settings import Conventions
from graphfraud.wording import Lang

# Okabe–Ito has eight colours; the eighth, grey, is for all dealers beyond.
DEALER_COLOURS = 7
# Area of others that a name of an identifier may cover before all names are written short, without their kind; a name that
# no reason cites and that covers anything is shown only while its diamond is lit.
COVERED = 12.0
STRIP_WIDTH, STRIP_HEIGHT = 520.0, 64.0
DAY = 86_400_000


@dataclass(frozen=True)
class Tone:
    """What is alike for all rings of a page: the language, how times and money are written, and now (the scan's end)."""

    lang: Lang
    conventions: Conventions
    now: datetime

    @property
    def zone(self) -> ZoneInfo:
        """Time zone of the page."""
        return self.conventions.zone


@dataclass(frozen=True)
class Marks:
    """The indices by which a mark is lit, each as a space-separated list."""

    m: str = ""
    s: str = ""
    d: str = ""
    r: str = ""


@dataclass(frozen=True)
class Shape:
    """One mark of the picture or the strip; colour is a dealer's colour number, other that of a second dealer (-1: none).

    sign is what stands inside; lit_only says that the label is shown only while the mark is lit.
    """

    x: float
    y: float
    size: float
    marks: Marks
    title: str
    colour: int = -1
    other: int = -1
    label: str = ""
    label_at: Label | None = None
    height: float = 0.0
    cited: bool = False
    sign: str = ""
    lit_only: bool = False


@dataclass(frozen=True)
class Line:
    """One edge of the picture."""

    x1: float
    y1: float
    x2: float
    y2: float
    marks: Marks


@dataclass(frozen=True)
class ReasonView:
    """One reason: its sentence, its share of the risk as written, the width of its bar in percent."""

    number: int
    text: str
    share: str
    width: float
    lights: bool


@dataclass(frozen=True)
class DealerView:
    """One dealer of the ring with its colour number and its count of applications."""

    name: str
    colour: int
    count: int
    marks: Marks


@dataclass(frozen=True)
class KindView:
    """One kind of identifier in the picture: the sign in its diamonds, and how many there are."""

    name: str
    sign: str
    count: int
    marks: Marks


@dataclass(frozen=True)
class MemberView:
    """One row of the members table."""

    application_id: str
    short_id: str
    submitted: str
    submitted_exact: str
    order: int
    dealer: str
    colour: int
    salesperson: str
    name: str
    amount: str
    amount_order: float
    strength: float
    shares: str
    marks: Marks


@dataclass(frozen=True)
class SharedView:
    """One row of the shared identifiers table."""

    kind: str
    mask: str
    persons: int
    applications: int
    holders: str
    marks: Marks


@dataclass(frozen=True)
class StripView:
    """The timeline: one block per application, in bins from left to right."""

    title: str
    unit: str
    blocks: tuple[Shape, ...]
    ticks: tuple[tuple[float, str, str], ...]
    height: float


@dataclass(frozen=True)
class RingView:
    """Everything the page says about one ring."""

    ring_id: str
    short_id: str
    risk: float
    risk_text: str
    risk_exact: str
    risk_word: str
    summary: str
    exposure: str
    exposure_exact: str
    exposure_line: str
    exposure_once: str
    exposure_order: float
    applications: int
    persons: int
    dealers_count: int
    last_seen: str
    last_ago: str
    last_order: int
    look_alike: str
    is_look_alike: bool
    q: str
    trust: str
    reasons: tuple[ReasonView, ...]
    dealers: tuple[DealerView, ...]
    kinds: tuple[KindView, ...]
    folded: bool
    loose: str
    view_box: tuple[int, int, int, int]
    circles: tuple[Shape, ...]
    diamonds: tuple[Shape, ...]
    squares: tuple[Shape, ...]
    lines: tuple[Line, ...]
    spokes: tuple[Line, ...]
    strip: StripView | None
    members: tuple[MemberView, ...]
    shared: tuple[SharedView, ...]


def view(detail: RingDetail, tone: Tone) -> RingView:
    """Write out one ring in the page's language."""
    ring, lang, currency = detail.ring, tone.lang, tone.conventions.currency
    exposure = wording.money(ring.exposure, currency, lang) if ring.exposure else ""
    once = wording.money(_counted_once(detail), currency, lang)
    lit = _Lit(detail)
    figure = draw(detail)
    names = _names(figure, lit)
    squares, diamonds = _squares(figure, lit), _diamonds(figure, lit, names, tone)
    return RingView(
        ring_id=ring.ring_id,
        short_id=short(ring.ring_id),
        risk=ring.risk,
        risk_text=words.risk(ring.risk),
        risk_exact=f"{ring.risk:.6f}",
        risk_word=wording.risk_word(ring.risk, lang),
        summary=wording.summary(ring, lang),
        exposure=exposure or "–",
        exposure_line=words.exposure_line(exposure, lang) if exposure else "",
        exposure_once=words.exposure_once(once, lang) if exposure and once != exposure else "",
        exposure_exact=wording.money_exact(ring.exposure, currency),
        exposure_order=ring.exposure,
        applications=ring.applications,
        persons=ring.persons,
        dealers_count=ring.dealers,
        last_seen=words.moment(ring.last_seen, tone.zone, lang),
        last_ago=words.ago(ring.last_seen, tone.zone, lang, tone.now),
        last_order=ring.last_seen or 0,
        look_alike=words.look_alike_line(wording.look_alike(ring.look_alike, lang) if ring.look_alike else "", lang),
        is_look_alike=bool(ring.look_alike),
        q="" if ring.q is None else wording.percent(ring.q),
        trust=wording.trust(ring, lang),
        reasons=_reasons(detail, lit.paths, lang),
        dealers=_dealers(lit, tone),
        kinds=_kinds(figure, lit, tone),
        folded=figure.folded,
        loose=_loose(figure, lit, lang),
        view_box=_view_box(figure, (*diamonds, *squares)),
        circles=tuple(_circle(circle, lit, tone) for circle in figure.circles),
        diamonds=diamonds,
        squares=squares,
        lines=_lines(figure, lit),
        spokes=_spokes(figure, lit),
        strip=_strip(lit, tone),
        members=tuple(_member(number, lit, tone) for number in range(len(detail.members))),
        shared=tuple(_shared(number, lit, names, tone) for number in lit.listed()),
    )


def short(identifier: str) -> str:
    """Shorten a long id to its ends."""
    return identifier if len(identifier) <= 14 else f"{identifier[:4]}…{identifier[-4:]}"


class _Lit:
    """Which members, identifiers, dealers and reasons belong together in one ring."""

    def __init__(self, detail: RingDetail) -> None:
        self.detail = detail
        self.paths = paths(detail)
        at = {member.application_id: number for number, member in enumerate(detail.members)}
        self.holders = [[at[app] for app, _ in s.holders if app in at] for s in detail.shared]
        self.shared_of: list[list[int]] = [[] for _ in detail.members]
        for number, holders in enumerate(self.holders):
            for member in dict.fromkeys(holders):
                self.shared_of[member].append(number)
        counts = Counter(member.dealer_id or "" for member in detail.members)
        self.dealers = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        self.dealer_number = {name: number for number, (name, _) in enumerate(self.dealers)}
        self.cited = {number for path in self.paths for number in path.shared}

    def listed(self) -> list[int]:
        """Return the shared identifiers without those that look like an earlier one (a block of numbers, and its shift)."""
        seen: dict[tuple[object, ...], int] = {}
        for number, one in enumerate(self.detail.shared):
            looks = (one.kind, wording.short_mask(one.mask), tuple(self.holders[number]))
            if number in self.cited:
                seen[looks] = number
            else:
                seen.setdefault(looks, number)
        return sorted(seen.values())

    def colour(self, member: int) -> int:
        return min(self.dealer_number[self.detail.members[member].dealer_id or ""], DEALER_COLOURS)

    def of_members(self, members: Sequence[int]) -> Marks:
        shared = sorted({s for m in members for s in self.shared_of[m]})
        dealers = sorted({self.dealer_number[self.detail.members[m].dealer_id or ""] for m in members})
        reasons = [n for n, path in enumerate(self.paths) if not path.whole and path.members.intersection(members)]
        return Marks(_list(members), _list(shared), _list(dealers), _list(reasons))

    def of_shared(self, shared: int) -> Marks:
        holders = sorted(set(self.holders[shared]))
        dealers = sorted({self.dealer_number[self.detail.members[m].dealer_id or ""] for m in holders})
        return Marks(
            _list(holders), str(shared), _list(dealers), _list(n for n, p in enumerate(self.paths) if shared in p.shared)
        )


def _list(numbers: Iterable[int]) -> str:
    return " ".join(str(number) for number in numbers)


def _reasons(detail: RingDetail, found: Sequence[Path], lang: Lang) -> tuple[ReasonView, ...]:
    told = wording.by_share(detail.ring.reasons)
    top = max(map(wording.weight, told), default=0.0) or 1.0
    views = {
        id(reason): ReasonView(
            number,
            wording.sentence(reason, lang),
            wording.share(reason),
            round(100 * wording.weight(reason) / top, 1),
            not path.whole and bool(path.members or path.shared),
        )
        for number, (reason, path) in enumerate(zip(detail.ring.reasons, found, strict=True))
    }
    return tuple(views[id(reason)] for reason in told)


def _dealers(lit: _Lit, tone: Tone) -> tuple[DealerView, ...]:
    named = words.labels(tone.lang)
    shown = lit.dealers[:DEALER_COLOURS] if len(lit.dealers) > DEALER_COLOURS + 1 else lit.dealers
    made = [DealerView(name or named["no_dealer"], n, count, Marks(d=str(n))) for n, (name, count) in enumerate(shown)]
    if rest := lit.dealers[len(shown) :]:
        numbers = _list(range(len(shown), len(lit.dealers)))
        made.append(DealerView(named["others"], DEALER_COLOURS, sum(count for _, count in rest), Marks(d=numbers)))
    return tuple(made)


def _circle(circle: Circle, lit: _Lit, tone: Tone) -> Shape:
    colours = list(dict.fromkeys(lit.colour(m) for m in circle.members))
    lines = []
    for m in circle.members[:12]:
        member = lit.detail.members[m]
        parts = [member.application_id, words.moment(member.submitted_at, tone.zone, tone.lang)]
        parts += [part for part in (member.name_mask, member.dealer_id, member.salesperson_id) if part]
        lines.append(" · ".join(parts))
    if len(circle.members) > 12:
        lines.append(f"+{len(circle.members) - 12}")
    return Shape(
        circle.x,
        circle.y,
        round(circle.radius, 1),
        lit.of_members(circle.members),
        "\n".join(lines),
        colour=colours[0],
        other=colours[1] if len(colours) > 1 else -1,
        label=str(len(circle.members)) if len(circle.members) > 1 else "",
    )


def _names(figure: Figure, lit: _Lit) -> dict[int, str]:
    """Write the masks of the identifiers that the page shows; those of one kind that look the same are numbered."""
    alike: dict[tuple[str, str], list[int]] = {}
    for number in sorted({*lit.listed(), *(diamond.shared for diamond in figure.diamonds)}):
        one = lit.detail.shared[number]
        alike.setdefault((one.kind, wording.short_mask(one.mask)), []).append(number)
    return {
        number: f"{mask} #{place}" if len(numbers) > 1 else mask
        for (_, mask), numbers in alike.items()
        for place, number in enumerate(numbers, start=1)
    }


def _diamonds(figure: Figure, lit: _Lit, names: dict[int, str], tone: Tone) -> tuple[Shape, ...]:
    shorts = [names[diamond.shared] for diamond in figure.diamonds]
    kinds = [lit.detail.shared[diamond.shared].kind for diamond in figure.diamonds]
    longs = [f"{wording.kind_name(kind, tone.lang)} {name}" for kind, name in zip(kinds, shorts, strict=True)]
    # What reasons cite chooses its place first.
    order = sorted(range(len(longs)), key=lambda at: (figure.diamonds[at].shared not in lit.cited, at))
    labels, placed = longs, _placed(longs, order, figure)
    if sum(label.covers for label in placed) > COVERED:
        labels, placed = shorts, _placed(shorts, order, figure)
    return tuple(
        Shape(
            diamond.x,
            diamond.y,
            round(diamond.radius, 1),
            lit.of_shared(diamond.shared),
            f"{long}\n{_sharers(diamond.persons, len(set(lit.holders[diamond.shared])), tone.lang)}",
            label=label,
            label_at=at,
            cited=diamond.shared in lit.cited,
            sign=words.sign(kind, tone.lang),
            lit_only=diamond.shared not in lit.cited and at.covers > 0,
        )
        for diamond, kind, long, label, at in zip(figure.diamonds, kinds, longs, labels, placed, strict=True)
    )


def _placed(texts: Sequence[str], order: Sequence[int], figure: Figure) -> list[Label]:
    """Place the names of the diamonds, those that come first in the order first."""
    spots: list[Spot] = [(diamond.x, diamond.y, diamond.radius) for diamond in figure.diamonds]
    others: list[Spot] = [(circle.x, circle.y, circle.radius) for circle in figure.circles]
    others += [(square.x, square.y, square.radius) for square in figure.squares]
    # A square's own name stands above it.
    others += [(square.x, square.y - 2 * square.radius, square.radius) for square in figure.squares]
    ends = [(figure.circles[circle], figure.diamonds[diamond]) for circle, diamond in figure.edges]
    edges: list[Segment] = [(circle.x, circle.y, diamond.x, diamond.y) for circle, diamond in ends]
    found = place_labels([texts[at] for at in order], [spots[at] for at in order], others, edges, figure.width)
    return [found[order.index(at)] for at in range(len(texts))]


def _squares(figure: Figure, lit: _Lit) -> tuple[Shape, ...]:
    return tuple(_square(number, square, figure, lit) for number, square in enumerate(figure.squares))


def _square(number: int, square: Square, figure: Figure, lit: _Lit) -> Shape:
    dealer = lit.dealer_number[square.dealer]
    circles = [figure.circles[c] for c, s in figure.spokes if s == number]
    members = [m for circle in circles for m in circle.members if lit.detail.members[m].dealer_id == square.dealer]
    wide, top = width_of(square.dealer) / 2, square.y - square.radius - 3
    box = (square.x - wide, top - 9, square.x + wide, top + 3)
    return Shape(
        square.x,
        square.y,
        square.radius,
        Marks(_list(members), "", str(dealer), ""),
        square.dealer,
        colour=min(dealer, DEALER_COLOURS),
        label=square.dealer,
        label_at=Label(square.x, round(top, 1), "middle", box),
    )


def _kinds(figure: Figure, lit: _Lit, tone: Tone) -> tuple[KindView, ...]:
    held: dict[str, list[int]] = {}
    for diamond in figure.diamonds:
        held.setdefault(lit.detail.shared[diamond.shared].kind, []).append(diamond.shared)
    return tuple(
        KindView(wording.kind_name(kind, tone.lang), words.sign(kind, tone.lang), len(numbers), Marks(s=_list(numbers)))
        for kind, numbers in sorted(held.items(), key=lambda item: (-len(item[1]), KIND_CODE[item[0]]))
    )


def _loose(figure: Figure, lit: _Lit, lang: Lang) -> str:
    """Say why those are here whom nothing drawn ties: what they have in common with those that something ties."""
    members = lit.detail.members
    loose = [members[m] for circle in figure.loose for m in figure.circles[circle].members]
    if not loose:
        return ""
    names = {member.application_id for member in loose}
    tied = [member for member in members if member.application_id not in names]
    sellers = {member.salesperson_id for member in tied if member.salesperson_id}
    days, sold = 0, 0
    for member in loose:
        here = [other.submitted_at for other in tied if member.dealer_id and other.dealer_id == member.dealer_id]
        sold += bool(here)
        gaps = [abs(member.submitted_at - at) for at in here if at is not None and member.submitted_at is not None]
        days = max(days, math.ceil(min(gaps) / DAY) if gaps else 0)
    return words.loose(len(loose), sold, days, sum(member.salesperson_id in sellers for member in loose), lang)


def _counted_once(detail: RingDetail) -> float:
    """Return the exposure with one loan, the largest, for all applications of one person for one vehicle."""
    members = {member.application_id: member for member in detail.members}
    exposure = detail.ring.exposure
    for shared in detail.shared:
        loans: dict[str, list[float]] = {}
        for application in dict.fromkeys(application for application, _ in shared.holders if application in members):
            member = members[application]
            if shared.kind == "vehicle" and member.person:
                loans.setdefault(member.person, []).append(member.loan_amount or 0.0)
        exposure -= sum(sum(asked) - max(asked) for asked in loans.values())
    return exposure


def _view_box(figure: Figure, named: Sequence[Shape]) -> tuple[int, int, int, int]:
    """Make room for labels that stand out of the picture."""
    boxes = [shape.label_at.box for shape in named if shape.label_at]
    left, top = min([0.0, *(box[0] - 4 for box in boxes)]), min([0.0, *(box[1] - 4 for box in boxes)])
    right, bottom = max([figure.width, *(box[2] + 4 for box in boxes)]), max([figure.height, *(box[3] + 4 for box in boxes)])
    return math.floor(left), math.floor(top), math.ceil(right - left), math.ceil(bottom - top)


def _sharers(persons: int, applications: int, lang: Lang) -> str:
    if lang == "zh":
        return f"{persons} 人 · {applications} 笔申请"
    return f"{persons} person{'' if persons == 1 else 's'} · {applications} application{'' if applications == 1 else 's'}"


def _lines(figure: Figure, lit: _Lit) -> tuple[Line, ...]:
    made = []
    for c, d in figure.edges:
        circle, diamond = figure.circles[c], figure.diamonds[d]
        held = [m for m in circle.members if m in set(lit.holders[diamond.shared])]
        reasons = _list(n for n, path in enumerate(lit.paths) if diamond.shared in path.shared)
        marks = Marks(_list(held), str(diamond.shared), lit.of_members(held).d, reasons)
        made.append(Line(circle.x, circle.y, diamond.x, diamond.y, marks))
    return tuple(made)


def _spokes(figure: Figure, lit: _Lit) -> tuple[Line, ...]:
    made = []
    for c, s in figure.spokes:
        circle, square = figure.circles[c], figure.squares[s]
        members = [m for m in circle.members if lit.detail.members[m].dealer_id == square.dealer]
        marks = Marks(_list(members), "", str(lit.dealer_number[square.dealer]), "")
        made.append(Line(circle.x, circle.y, square.x, square.y, marks))
    return tuple(made)


def _strip(lit: _Lit, tone: Tone) -> StripView | None:
    members = lit.detail.members
    timeline = bin_times([member.submitted_at for member in members], tone.zone)
    if timeline is None:
        return None
    top = max(timeline.counts)
    step = STRIP_WIDTH / len(timeline.counts)
    width = min(step, 26.0)
    height = min(STRIP_HEIGHT / top, 16.0)
    filled: Counter[int] = Counter()
    blocks = []
    for number, at in enumerate(timeline.bin_of):
        if at is None:
            continue
        x = at * step + (step - width) / 2
        y = (top - filled[at] - 1) * height
        filled[at] += 1
        title = f"{members[number].application_id} · {words.moment(members[number].submitted_at, tone.zone, tone.lang)}"
        marks = lit.of_members([number])
        blocks.append(
            Shape(round(x, 1), round(y, 1), round(width, 1), marks, title, colour=lit.colour(number), height=round(height, 2))
        )
    last = len(timeline.starts) - 1
    places = sorted({0, last // 2, last} if last > 6 else {0, last})
    hour = timeline.unit == "hour"
    ticks = tuple(
        (
            round((at + 0.5) * step, 1),
            words.day(timeline.starts[at], tone.lang) + (f" {timeline.starts[at]:%H}:00" if hour else ""),
            "start" if at == 0 and last else "end" if at == last and last else "middle",
        )
        for at in places
    )
    title = words.timeline_title(timeline, tone.lang)
    return StripView(title, words.unit_label(timeline.unit, tone.lang), tuple(blocks), ticks, round(top * height, 1))


def _member(number: int, lit: _Lit, tone: Tone) -> MemberView:
    member = lit.detail.members[number]
    shares = [
        f"{wording.kind_name(lit.detail.shared[s].kind, tone.lang)} {lit.detail.shared[s].mask}" for s in lit.shared_of[number]
    ]
    amount = member.loan_amount
    exact = "" if member.submitted_at is None else datetime.fromtimestamp(member.submitted_at / 1000, tone.zone).isoformat()
    return MemberView(
        application_id=member.application_id,
        short_id=short(member.application_id),
        submitted=words.moment(member.submitted_at, tone.zone, tone.lang),
        submitted_exact=exact,
        order=number,
        dealer=member.dealer_id or "–",
        colour=lit.colour(number),
        salesperson=member.salesperson_id or "–",
        name=member.name_mask or "–",
        amount="–" if amount is None else wording.money_exact(amount, tone.conventions.currency),
        amount_order=amount or 0.0,
        strength=member.strength,
        shares=" · ".join(shares),
        marks=lit.of_members([number]),
    )


def _shared(number: int, lit: _Lit, names: dict[int, str], tone: Tone) -> SharedView:
    shared, members = lit.detail.shared[number], lit.detail.members
    holders = sorted(set(lit.holders[number]))
    persons = len({members[m].person or members[m].application_id for m in holders})
    roles = Counter(wording.role_name(shared.kind, role, tone.lang) for _, role in shared.holders)
    kind = wording.kind_name(shared.kind, tone.lang)
    as_roles = ", ".join(f"{role} ×{count}" for role, count in roles.items())
    ids = ", ".join(members[m].application_id for m in holders)
    return SharedView(
        kind=kind if set(roles) == {kind} else f"{kind} ({as_roles})" if tone.lang == "en" else f"{kind}（{as_roles}）",
        mask=names[number],
        persons=persons,
        applications=len(holders),
        holders=ids,
        marks=lit.of_shared(number),
    )
