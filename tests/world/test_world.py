"""The synthetic world: same seed same bytes, every function leaves its trace, identifiers are well formed."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from graphfraud.errors import DiskError, SettingError
from graphfraud.schema import DEALER_COLUMNS, OUTCOME_COLUMNS
from ingest.world.make import Plan, World, make_world, plan_world
from ingest.world.registry import FACTS, NAMES, TYPOLOGIES, UNSEEN
from ingest.world.table import NONE
from ingest.world.write import applications_table, dealers_table, outcomes_table, truth_table, write_world

SIZE = 20_000
CONTRACT = [
    *("application_id", "submitted_at", "applicant_id", "applicant_name", "age"),
    *("phone", "contact_phone_1", "contact_phone_2", "device_id", "ip", "account_no", "address"),
    *("employer", "employer_phone", "monthly_income", "dealer_id", "salesperson_id"),
    *("vin", "vehicle_model", "vehicle_price", "down_payment", "loan_amount", "term_months"),
]


@cache
def world(without: str = "", also: str = "", size: int = SIZE) -> World:
    """A world of seed 5; `without` and `also` name functions, parted by blanks."""
    return make_world(plan_world(size, 5, without=without.split(), also=also.split()))


@cache
def frame(without: str = "", also: str = "") -> pd.DataFrame:
    """Applications and truth of that world, one row an application."""
    made = world(without, also)
    both: pd.DataFrame = applications_table(made).to_pandas().merge(truth_table(made).to_pandas(), on="application_id")
    return both


# ---------------------------------------------------------------- bytes


def test_the_same_seed_gives_the_same_bytes_and_another_one_others(tmp_path: Path) -> None:
    first = write_world(make_world(Plan(3_000, 7)), tmp_path / "a")
    again = write_world(make_world(Plan(3_000, 7)), tmp_path / "b")
    other = write_world(make_world(Plan(3_000, 8)), tmp_path / "c")

    assert [p.name for p in first.files] == ["applications.csv.gz", "dealers.csv.gz", "outcomes.csv.gz", "truth.csv.gz"]
    assert [p.read_bytes() for p in first.files] == [p.read_bytes() for p in again.files]
    assert first.files[0].read_bytes() != other.files[0].read_bytes()


def test_the_files_have_the_contract_s_columns_in_its_order(tmp_path: Path) -> None:
    files = write_world(make_world(Plan(3_000, 7)), tmp_path).files

    read = [pd.read_csv(path, dtype=str) for path in files]

    assert list(read[0].columns) == CONTRACT
    assert tuple(read[1].columns) == DEALER_COLUMNS
    assert tuple(read[2].columns) == OUTCOME_COLUMNS
    assert list(read[3].columns) == ["application_id", "ring_id", "typology", "benign_group", "ring_person"]
    assert len(read[0]) == len(read[3]) == 3_000


def test_parquet_and_csv_say_the_same(tmp_path: Path) -> None:
    made = make_world(Plan(2_000, 3))
    csv = pd.read_csv(write_world(made, tmp_path, "csv").files[0], dtype=str)
    parquet = pd.read_parquet(write_world(made, tmp_path, "parquet").files[0])

    same = parquet.astype(object).where(parquet.notna(), None).map(lambda v: None if v is None else str(v))
    assert (same.fillna("") == csv.fillna("")).all().all()


def test_rendering_in_parts_gives_the_same_rows() -> None:
    made = world()

    whole, part = applications_table(made), applications_table(made, 7_000, 9_000)

    assert whole.slice(7_000, 2_000).equals(part)


def test_leaving_one_function_out_moves_nobody_else() -> None:
    whole, less = frame(), frame(without="household")

    touched = whole["benign_group"].eq("household") | less["phone"].ne(whole["phone"])
    same = (whole["applicant_id"].isin(less["applicant_id"])).mean()
    rings = set(whole.loc[whole["ring_id"] >= 0, "applicant_id"])

    assert same > 0.9
    assert rings == set(less.loc[less["ring_id"] >= 0, "applicant_id"])
    assert 0.05 < touched.mean() < 1


# ---------------------------------------------------------------- truth


def test_every_ring_has_four_to_thirty_applications_by_several_persons() -> None:
    rings = (
        frame()[frame()["ring_id"] >= 0]
        .groupby("ring_id")
        .agg(n=("application_id", "size"), persons=("applicant_id", "nunique"), kinds=("typology", "nunique"))
    )

    assert rings["n"].between(4, 30).all()
    assert (rings["persons"] >= 2).all()
    assert (rings["kinds"] == 1).all()
    assert list(rings.index) == list(range(len(rings)))
    assert 0.01 <= rings["n"].sum() / SIZE <= 0.015


def test_truth_is_consistent() -> None:
    truth = truth_table(world()).to_pandas()
    in_ring = truth["ring_id"] >= 0
    neutral = truth["ring_person"] == "True"

    assert truth["typology"].notna().eq(in_ring).all()
    assert truth.loc[in_ring, "benign_group"].isna().all()
    assert not (in_ring & neutral).any()
    assert set(truth["typology"].dropna()) == set(TYPOLOGIES)
    assert set(truth["benign_group"].dropna()) <= set(NAMES)
    persons_in_rings = set(frame().loc[frame()["ring_id"] >= 0, "applicant_id"])
    assert set(frame().loc[frame()["ring_person"] == "True", "applicant_id"]) <= persons_in_rings


def test_rings_hide_at_big_dealers_as_often_as_at_small_ones() -> None:
    made = make_world(Plan(60_000, 11))
    share = made.market.share[made.apps.dealer]
    rings = pd.DataFrame({"ring": made.apps.ring, "share": share}).query("ring >= 0").groupby("ring")["share"].max()
    middle = np.median(share)  # half of all customers buy at dealers as big as this

    assert 0.25 < (rings >= middle).mean() < 0.75


def test_a_hard_world_shares_less() -> None:
    def repeated(difficulty: str) -> float:
        made = make_world(plan_world(SIZE, 5, difficulty=difficulty))
        table = applications_table(made).to_pandas()
        members = table[made.apps.ring != NONE]
        return float(
            np.mean([members[c].duplicated(keep=False).mean() for c in ("device_id", "account_no", "contact_phone_1")])
        )

    assert repeated("hard") < repeated("normal")


def test_a_fraud_free_world_has_no_rings_and_no_ring_persons() -> None:
    made = make_world(plan_world(3_000, 5, fraud_free=True))

    assert (made.apps.ring == NONE).all()
    assert not made.apps.ring_person.any()


def test_outcomes_of_rings_are_worse_and_come_after_the_application() -> None:
    outcomes = outcomes_table(world()).to_pandas().merge(frame(), on="application_id")
    bad = outcomes["outcome"] != "good"

    assert 0.6 < len(outcomes) / SIZE < 0.8
    assert bad[outcomes["ring_id"] >= 0].mean() > 3 * bad[outcomes["ring_id"] < 0].mean()
    assert (pd.to_datetime(outcomes["observed_on"]) > pd.to_datetime(outcomes["submitted_at"].str[:10])).all()


# ---------------------------------------------------------------- identifiers


def test_resident_ids_have_check_characters_and_agree_with_the_age() -> None:
    ids = frame()["applicant_id"].drop_duplicates()
    weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
    year = frame()["applicant_id"].str[6:10].astype(int)
    submitted = frame()["submitted_at"].str[:4].astype(int)

    assert ids.str.fullmatch(r"\d{17}[\dX]").all()
    assert all("10X98765432"[sum(int(c) * w for c, w in zip(i, weights, strict=False)) % 11] == i[17] for i in ids)
    assert (submitted - year - frame()["age"]).isin([0, 1]).all()
    assert frame()["age"].min() >= 18


def test_vehicle_numbers_have_check_digits() -> None:
    value = dict(
        zip("ABCDEFGHJKLMNPRSTUVWXYZ", [1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 7, 9, 2, 3, 4, 5, 6, 7, 8, 9], strict=True)
    )
    weights = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2]
    vins = frame()["vin"].dropna().unique()

    for vin in vins:
        rest = sum((int(c) if c.isdigit() else value[c]) * w for c, w in zip(vin, weights, strict=True)) % 11
        assert vin[8] == ("X" if rest == 10 else str(rest))


def test_accounts_pass_the_luhn_check() -> None:
    for account in frame()["account_no"].unique():
        doubled = [int(c) * (1 + i % 2) for i, c in enumerate(reversed(account))]
        assert sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0
        assert 16 <= len(account) <= 19


def test_phones_devices_ips_and_work_phones_have_their_forms() -> None:
    digits = frame()["phone"].str.replace(r"^\+86|\D", "", regex=True)

    assert digits.str.fullmatch(r"1[3-9]\d{9}").all()
    assert frame()["device_id"].dropna().str.fullmatch(r"[0-9a-f]{16}|unknown|00000000").all()
    assert frame()["employer_phone"].dropna().str.fullmatch(r"0\d{2,3}-\d{8}|无|-").all()
    assert frame()["ip"].dropna().map(lambda ip: all(0 <= int(part) <= 255 for part in ip.split("."))).all()
    assert frame()["submitted_at"].is_monotonic_increasing
    assert frame()["submitted_at"].str.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+08:00").all()


def test_ordinary_customers_share_no_person_number_phone_or_account() -> None:
    alone = frame(without=" ".join(f.name for f in FACTS if f.kind in ("typology", "look_alike")))

    assert alone["applicant_id"].is_unique
    assert alone["account_no"].is_unique
    assert alone["phone"].str.replace(r"^\+86|\D", "", regex=True).is_unique


# ---------------------------------------------------------------- every function leaves its trace


def largest_share(data: pd.DataFrame, column: str) -> float:
    return float(data[column].value_counts(normalize=True).iloc[0])


def repeated(data: pd.DataFrame, column: str, least: int = 2) -> float:
    """Share of the rows whose value at least so many rows have."""
    counts = data[column].value_counts()
    return float(data[column].isin(counts.index[counts >= least]).mean())


def seller_away(data: pd.DataFrame) -> float:
    """Share of (seller, dealer) pairs of five and more applications at another dealer than the code says."""
    pairs = data.groupby(["salesperson_id", "dealer_id"]).size().rename("n").reset_index()
    away = pairs["salesperson_id"].str[1:6] != pairs["dealer_id"].str[1:6]
    return float((away & (pairs["n"] >= 5)).sum())


def seller_slips(data: pd.DataFrame) -> float:
    """Share of the applications that are the only one of a seller at another dealer than the code says."""
    away = data[data["salesperson_id"].str[1:6] != data["dealer_id"].str[1:6]]
    return float((away.groupby(["salesperson_id", "dealer_id"]).size() == 1).sum() / len(data))


def promoted(data: pd.DataFrame) -> float:
    """Most applications of one dealer, one model and one price within a week."""
    week = pd.to_datetime(data["submitted_at"].str[:10]).dt.to_period("W").astype(str)
    keys = [data["dealer_id"], data["vehicle_model"], data["vehicle_price"], week]
    return float(data[data["benign_group"].ne("small_fleet")].groupby(keys).size().nlargest(3).min())


def openings(data: pd.DataFrame) -> float:
    """Number of dealers with thirty and more applications that had none in the first tenth of the time."""
    day = pd.to_datetime(data["submitted_at"].str[:10])
    first = (day - day.min()).dt.days.groupby(data["dealer_id"]).min()
    many = data["dealer_id"].value_counts() >= 30
    return float((first[many[many].index] > 36).sum())


def wrong_phones(data: pd.DataFrame) -> float:
    """Share of the work phones of big employers that come with another employer's name."""
    name = data["employer"].str.replace(r"\s|[(（]集团[)）]|有限责任公司|有限公司|公司", "", regex=True)
    big = data["employer_phone"].map(data["employer_phone"].value_counts()).ge(50) & data["employer_phone"].str.len().gt(3)
    usual = name[big].groupby(data["employer_phone"]).agg(lambda v: v.value_counts().index[0])
    return float((data.loc[big, "employer_phone"].map(usual) != name[big]).mean())


def desk(data: pd.DataFrame) -> float:
    """Numbers named as second contact by three and more customers of one seller, outside of groups."""
    plain = data[(data["ring_id"] < 0) & data["benign_group"].isna()]
    plain = plain[plain["contact_phone_2"].astype(str).str.fullmatch(r"1\d{10}") & plain["contact_phone_2"].ne("13800138000")]
    uses = plain.groupby("contact_phone_2").agg(n=("phone", "size"), sellers=("salesperson_id", "nunique"))
    return float(((uses["n"] >= 3) & (uses["sellers"] <= 2)).sum())


def tablets(data: pd.DataFrame) -> float:
    return repeated(data[data["device_id"].astype(str).str.len() == 16], "device_id", least=15)


def half_year_tablets(data: pd.DataFrame) -> float:
    """Devices of twenty and more uses that were silent for a third of the year at its beginning or end."""
    day = pd.to_datetime(data["submitted_at"].str[:10])
    real = data["device_id"].astype(str).str.len() == 16
    uses = (day - day.min()).dt.days[real].groupby(data["device_id"]).agg(["size", "min", "max"])
    return float(((uses["size"] >= 20) & ((uses["min"] > 100) | (uses["max"] < 265))).sum())


def members_from_elsewhere(data: pd.DataFrame) -> float:
    """Share of ring members who do not live where most customers of their dealer do."""
    city = data["address"].str.extract("^(.+?市)", expand=False)
    most = city.groupby(data["dealer_id"]).transform(lambda here: here.mode().iloc[0])
    return float((city != most)[data["ring_id"] >= 0].mean())


def by_group(name: str) -> Callable[[pd.DataFrame], float]:
    return lambda data: float((data["benign_group"] == name).sum())


TRACES: dict[str, tuple[Callable[[pd.DataFrame], float], float]] = {
    "big_employer": (lambda d: repeated(d, "employer_phone", least=100), 0.1),
    "desk_number": (desk, 3),
    "promotion": (promoted, 6),
    "recruited_afar": (members_from_elsewhere, 0.6),
    "dealer_opens": (openings, 1),
    "seller_moves": (seller_away, 5),
    "store_tablet": (tablets, 0.15),
    "tablet_replaced": (half_year_tablets, 3),
    "store_ip": (lambda d: repeated(d[~d["ip"].astype(str).str.startswith("117.136.")], "ip", least=10), 0.1),
    "carrier_nat": (lambda d: float(d["ip"].astype(str).str.startswith("117.136.").mean()), 0.1),
    "wrong_seller_code": (seller_slips, 0.005),
    "wrong_work_phone": (wrong_phones, 0.004),
    "employer_spellings": (lambda d: float((~d["employer"].str.fullmatch(r"\w+(?<!责任)有限公司")).mean()), 0.05),
    "seasons": (lambda d: d["submitted_at"].str[5:7].value_counts().pipe(lambda n: n["01"] / n["03"]), 1.6),
    "formatted_phones": (lambda d: float((~d["phone"].str.fullmatch(r"\d{11}")).mean()), 0.03),
    "missing_fields": (
        lambda d: float(d[["contact_phone_2", "device_id", "ip", "employer_phone", "vin"]].isna().mean().min()),
        0.01,
    ),
    "placeholders": (lambda d: float(d["contact_phone_2"].isin(["13800138000", "无", "0"]).mean()), 0.003),
    "place_only_addresses": (lambda d: float((d["address"].str.endswith("小区") & (d["ring_id"] < 0)).mean()), 0.05),
    "address_spellings": (lambda d: float(d["address"].str.contains("号楼").mean()), 0.005),
    **{f.name: (by_group(f.name), 10) for f in FACTS if f.kind == "look_alike"},
    **{
        f.name: ((lambda name: lambda d: float((d["typology"] == name).sum()))(f.name), 4)
        for f in FACTS
        if f.kind == "typology"
    },
}


@pytest.mark.parametrize("name", NAMES)
def test_a_function_leaves_its_trace_and_none_when_it_is_left_out(name: str) -> None:
    fact = next(f for f in FACTS if f.name == name)
    trace, least = TRACES[name]

    there = trace(frame() if fact.usual else frame(also=name))
    gone = trace(frame(without=name) if fact.usual else frame())

    assert there > least
    assert gone < there / 2


def test_every_function_says_in_one_line_what_it_is() -> None:
    assert all(re.fullmatch(r".{20,130}\.", fact.says) for fact in FACTS)
    assert len(set(NAMES)) == len(NAMES)
    assert len(TYPOLOGIES) >= 8


# ---------------------------------------------------------------- which gangs there are


def typologies_in(wish: str) -> dict[str, int]:
    """Applications in rings of each typology, in a world of seed 5."""
    truth = truth_table(make_world(plan_world(SIZE, 5, typologies=wish))).to_pandas()
    return {str(name): int(count) for name, count in truth["typology"].value_counts().items()}


def test_unseen_gangs_come_alone_and_are_about_as_many() -> None:
    usual, unseen = typologies_in("usual"), typologies_in("unseen")

    assert set(usual) == set(TYPOLOGIES)
    assert set(unseen) == set(UNSEEN)
    assert abs(sum(usual.values()) - sum(unseen.values())) <= 0.1 * sum(usual.values())


def test_gangs_can_be_named() -> None:
    assert set(typologies_in("slow_chain,sim_box")) == {"slow_chain", "sim_box"}


def test_an_unseen_gang_put_in_moves_nobody_else() -> None:
    before, after = frame(), frame(also=UNSEEN[0])
    new = after.loc[after["typology"] == UNSEEN[0], "application_id"]
    same = (before["applicant_id"].value_counts() - after["applicant_id"].value_counts()).fillna(1).eq(0).mean()

    assert len(new) >= 4
    assert same > 0.95
    assert (before["typology"].dropna().value_counts() == after["typology"].value_counts().drop(UNSEEN[0])).all()


@pytest.mark.parametrize("size", [500, 2_900])
def test_a_small_world_has_few_unseen_gangs(size: int) -> None:
    made = make_world(plan_world(size, 5, typologies="unseen"))

    assert 0 < (made.apps.ring != NONE).mean() <= 0.03


# ---------------------------------------------------------------- what look-alikes look like


def test_households_share_a_flat_and_little_else() -> None:
    homes = frame(without="place_only_addresses address_spellings reapplication")
    members = homes[homes["benign_group"] == "household"]

    assert members["address"].str.replace("幢", "栋").duplicated(keep=False).mean() > 0.98
    assert 0.05 < members["account_no"].duplicated(keep=False).mean() < 0.5
    assert members["applicant_id"].is_unique


def test_a_fleet_is_one_firm_on_one_day_at_one_dealer() -> None:
    data = frame(without="employer_spellings wrong_work_phone seller_moves wrong_seller_code")
    fleets = data[data["benign_group"] == "small_fleet"].assign(day=lambda d: d["submitted_at"].str[:10])
    groups = fleets.groupby(["employer", "day", "dealer_id", "vehicle_model", "vehicle_price"]).size()

    assert groups.min() >= 2
    assert groups.sum() == len(fleets)


def test_dormitories_share_room_and_employer() -> None:
    data = frame(without="place_only_addresses address_spellings employer_spellings wrong_work_phone")
    rooms = data[data["benign_group"] == "dormitory"].groupby("address")

    assert (rooms["employer"].nunique() == 1).mean() > 0.9
    assert rooms.size().between(1, 8).all()


def test_a_recycled_number_comes_back_half_a_year_later() -> None:
    data = frame(without="seasons dealer_opens formatted_phones reapplication")
    again = data[data["benign_group"] == "recycled_number"].assign(day=lambda d: pd.to_datetime(d["submitted_at"].str[:10]))
    gap = again.groupby("phone")["day"].agg(lambda days: (days.max() - days.min()).days)

    assert (gap >= 178).all()


# ---------------------------------------------------------------- wishes that cannot be met


@pytest.mark.parametrize(
    ("wishes", "says"),
    [
        ({"applications": 10}, "needs 500"),
        ({"seed": -1}, "from 0 on"),
        ({"days": 3}, "30 to 1,200"),
        ({"difficulty": "easy"}, "normal or hard"),
        ({"without": ["sesons"]}, "did you mean seasons"),
        ({"also": ["tablet"]}, "--with tablet"),
        ({"typologies": "sim_boxes"}, "did you mean sim_box"),
        ({"typologies": "seasons"}, "no typology"),
    ],
)
def test_a_wish_that_cannot_be_met_is_refused_in_one_line(wishes: dict[str, object], says: str) -> None:
    with pytest.raises(SettingError, match=says):
        plan_world(**{"applications": 1_000, "seed": 1, **wishes})  # type: ignore[arg-type]


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(DiskError, match="cannot write the world"):
        write_world(make_world(Plan(500, 1)), tmp_path / "file")


@pytest.mark.parametrize(("size", "days"), [(500, 365), (1_500, 30), (3_000, 900)])
def test_small_short_and_long_worlds_work(size: int, days: int) -> None:
    made = make_world(Plan(size, 2, days=days))
    times = applications_table(made).to_pandas()["submitted_at"]

    assert len(times) == size
    assert (pd.to_datetime(times.iloc[-1][:10]) - pd.to_datetime(times.iloc[0][:10])).days < days
    assert dealers_table(made.market).num_rows == len(made.market)
    assert (made.apps.ring != NONE).mean() <= 0.03
