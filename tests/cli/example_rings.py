"""Rings as a scan leaves them, made by hand: what the pages and tables of these tests show."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from graphfraud.results import Reason, Ring, RingDetail, RingMember, Scan, SharedIdentifier

DAY = 86_400_000
MARCH = int(datetime(2025, 3, 3, 6, 0, tzinfo=UTC).timestamp() * 1000)
SCAN = Scan(
    "20250312-01", 4711, MARCH + 9 * DAY, MARCH + 9 * DAY + 61_000, "", "", "default", "9f2c", {"applications": 60000}, {}
)


def token(number: int) -> str:
    return f"{number:016x}"


def members(
    count: int, persons: int, dealers: int, *, start: int = MARCH, every: int = DAY // 2, timed: bool = True
) -> tuple[RingMember, ...]:
    return tuple(
        RingMember(
            application_id=f"AP{20250000 + 17 * number:08d}",
            strength=round(1.0 - 0.04 * (number % 9), 3),
            submitted_at=start + number * every + (number % 3) * 3_600_000 if timed else None,
            dealer_id=f"D{21 + number % dealers:05d}",
            salesperson_id=f"S{100 + number % (dealers + 1):05d}",
            person=token(1000 + number % persons),
            name_mask="张*" if number % 2 else "李*",
            loan_amount=128_000.0 + 1500 * number,
        )
        for number in range(count)
    )


def sharing(kind: str, number: int, mask: str, holders: Sequence[RingMember], role: str = "used") -> SharedIdentifier:
    return SharedIdentifier(kind, token(number), mask, tuple((member.application_id, role) for member in holders))


def ring_of(
    ring_id: str,
    risk: float,
    found: Sequence[RingMember],
    shared: Sequence[SharedIdentifier],
    reasons: Sequence[Reason],
    look_alike: str = "",
) -> RingDetail:
    times = [member.submitted_at for member in found if member.submitted_at is not None]
    ring = Ring(
        ring_id=ring_id,
        risk=risk,
        members=tuple((member.application_id, member.strength) for member in found),
        persons=len({member.person for member in found}),
        dealers=len({member.dealer_id for member in found} - {None}),
        first_seen=min(times, default=None),
        last_seen=max(times, default=None),
        exposure=sum(member.loan_amount or 0.0 for member in found),
        look_alike=look_alike,
        reasons=tuple(reasons),
    )
    return RingDetail(ring, tuple(found), tuple(shared))


def gang() -> RingDetail:
    """14 applications by 11 persons at 3 dealers share two devices and one account."""
    found = members(14, 11, 3)
    device, second = sharing("device", 1, "9c…e1", found[:8]), sharing("device", 2, "4d…77", found[7:12])
    account = sharing("account", 3, "…5578", (*found[2:5], *found[9:12]), "repaying")
    home = sharing("address", 4, "浦东新区…302", found[5:7], "home")
    city = sharing("ip_range", 5, "10.1.2.*", found[:6], "sent_from")
    reasons = (
        Reason("shared", 0.41, "device", (token(1),), ("9c…e1",), {"persons": 8, "days": 9, "dealers": 3}),
        Reason("shared", 0.28, "account", (token(3),), ("…5578",), {"persons": 5, "applications": 6, "days": 5, "dealers": 2}),
        Reason("burst", 0.15, "device", (token(2),), ("4d…77",), {"persons": 5, "days": 3, "dealers": 2}),
        Reason("dealers", 0.08, facts={"applications": 14, "persons": 11, "dealers": 3, "days": 7}),
        Reason("remainder", 0.05),
    )
    return ring_of("7f3a91c04be2d815", 0.97, found, (device, second, account, home, city), reasons)


def factory() -> RingDetail:
    """22 persons name one contact phone; a small fleet comes closest."""
    found = members(22, 22, 4, every=DAY * 7 // 5)
    contact = sharing("phone", 11, "138****0042", found, "contact_1")
    work = sharing("work_phone", 12, "021-****77", found[3:12], "work")
    reasons = (
        Reason("shared", 0.52, "phone", (token(11),), ("138****0042",), {"persons": 22, "days": 31, "dealers": 4}),
        Reason("work_phone_mismatch", 0.30, "work_phone", (token(12),), ("021-****77",), {"persons": 9}),
        Reason("dealers", 0.12, facts={"applications": 22, "persons": 22, "dealers": 4, "days": 31}),
    )
    return ring_of("a1b2c3d4e5f60718", 0.94, found, (contact, work), reasons, "fleet")


def crowd(size: int = 240) -> RingDetail:
    """A ring so big that its picture is folded."""
    found = members(size, size, 9, every=DAY // 8)
    shared = [sharing("account", 100 + n, f"…{1000 + n}", found[n * 20 : n * 20 + 25], "repaying") for n in range(size // 20)]
    cited = tuple(s.token for s in shared[:5])
    reasons = (
        Reason("shared", 0.5, "account", cited, tuple(s.mask for s in shared[:5]), {"persons": 110, "days": 20, "dealers": 9}),
        Reason("several_kinds", 0.2, facts={"persons": 30, "kinds": "device,account,address"}),
    )
    return ring_of("c0ffee0000000001", 0.88, found, shared, reasons)


def timeless() -> RingDetail:
    """Four applications of a source without times, dealers or amounts."""
    found = tuple(RingMember(f"C-{n}", 0.9, None, person=token(50 + n)) for n in range(4))
    phone = sharing("phone", 21, "+1 *** **07", found, "own")
    reasons = (Reason("shared", 0.55, "phone", (token(21),), ("+1 *** **07",), {"persons": 4}),)
    return ring_of("0123456789abcdef", 0.55, found, (phone,), reasons)


def all_rings() -> list[RingDetail]:
    return [gang(), factory(), crowd(), timeless()]
