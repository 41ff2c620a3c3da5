"""A market with a gang for each kind of reason that rings and applications are given."""

from __future__ import annotations

from factories import App, applying, buying, gang, living, made_up, ordinary


def own_number(app: App, number: int) -> App:
    """Let an application have a number, with its blocks."""
    app.holds |= {
        "phone": str(number),
        "phone_block.whole": f"w{number // 100}",
        "phone_block.shifted": f"s{(number + 50) // 100}",
    }
    app.positions |= {"phone_block.whole": number % 100, "phone_block.shifted": (number + 50) % 100}
    return app


def at(name: str, i: int, start: float, dealer: str, **holds: str) -> App:
    return App(f"{name}{i}", start + 1.3 * i, dealer, f"S{dealer[1:]}-{i % 2}", holds={"phone": f"{name}p{i}", **holds})


def world() -> list[App]:
    """A market, and a gang for each kind of reason."""
    apps = [own_number(app, 13_000_000_000 + 4_919 * i) for i, app in enumerate(buying(ordinary(1_500, seed=11)))]
    rotators = gang(9)
    contact = [at("C", i, 40, f"D{i % 3}") for i in range(7)]
    for app in contact:
        app.holds["phone.contact_1"] = "the gang's own"
    row = [own_number(at("R", i, 150, "D7", account=f"row{i // 4}"), 18_000_000_000 + i) for i in range(12)]
    honest = [App(f"H{i}", 20.0 * i, f"D{i % 4}", holds={"work_phone": "w", "employer": "owner of w"}) for i in range(16)]
    wrong = [at("W", i, 200, "D9", work_phone="w", employer=f"shell{i % 3}") for i in range(7)]
    kinds = ("device", "account", "address", "email", "ip", "work_phone")
    mixed = [at("M", i, 250, f"D{10 + i % 2}", **{kind: f"{kind}{i // 2}" for kind in kinds[i % 2 :]}) for i in range(10)]
    for i, app in enumerate(mixed[1:]):
        app.holds["device"] = f"mixed{i // 3}"
        app.holds["account"] = f"mixed{i // 4}"
    fleet = [App(f"F{i}", 300 + i / 24, "D12", "S12-0", holds={"account": "firm", "employer": "firm"}) for i in range(4)]
    crowd = [at("F", 10 + i, 298, "D12", account="firm", device=f"crowd{i // 2}") for i in range(6)]
    for app in fleet:
        app.holds["phone.contact_2"] = "the firm's line"
    vouched = [at("V", i, 330, f"D{20 + i % 2}") for i in range(9)]
    for i, app in enumerate(vouched):
        app.holds |= {"phone.contact_1": f"Vp{(i + 1) % 9}", "phone.contact_2": "vouched"}
    for one_tie, other_kind in ((row[-1], "account"), (wrong[-1], "employer"), (vouched[-1], "phone.contact_2")):
        one_tie.holds[other_kind] = "its own"
    busy = [App(f"Y{i}", day, f"D{i}", holds={"device": "fair"}) for i, day in enumerate((5.0, 55, 105, 155, 280, 340))]
    burst = [at("B", i, 220 - 1.2 * i, f"D{i % 5}", device="fair") for i in range(12)]
    pairs = [App(f"P{i}", 4 * i + 0.5 * k, f"D{i % 30}", holds={"email": f"pair{i}"}) for i in range(40) for k in range(2)]
    for app, k in zip(pairs, "ab" * 40, strict=True):
        app.id += k
    one_hand = made_up([at("L", i, 20, f"D{24 + i % 2}", employer=f"firm of L{i}") for i in range(8)])
    for app in one_hand:
        app.income = round(app.income / 500) * 500.0
        app.holds["phone.contact_1"] = "who fills in the forms"
    several = [at("K", i, 120, f"D{28 + i % 2}") for i in range(12)]
    for i, app in enumerate(several):
        app.holds |= {kind: f"{kind}-K{(i + step) // 3}" for step, kind in enumerate(("device", "account", "email", "vehicle"))}
        app.holds |= {"phone.contact_1": f"contact-K{i % 4}", "address": f"room-K{i % 5}"}
    gangs = (rotators, contact, row, wrong, mixed, fleet, crowd, vouched, one_hand, several)
    customers = applying(living([*busy, *pairs, *apps, *honest], 0.1, 1), True, 2)
    strangers = [*burst, *(app for members in gangs for app in members)]
    return [*customers, *applying(living(strangers, 1.0, 3), False, 4)]
