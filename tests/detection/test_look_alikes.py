"""Look-alikes: each benign class is named on its own evidence, and each fold can be revoked."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from factories import App, columns_of, gang, ordinary

from graphfraud.detection.clocks import learn_all_clocks
from graphfraud.detection.judge import calibrate_and_judge
from graphfraud.detection.links import EVIDENCE_CODE, learn_row_reach, tie_applications
from graphfraud.detection.look_alikes import LOOK_ALIKES as DETECTED
from graphfraud.detection.not_raised import CLASSES, _class_of
from graphfraud.detection.parameters import LookAlikeParams, Parameters, UnitParams
from graphfraud.detection.runs import cut_runs
from graphfraud.detection.units import fold_units
from graphfraud.errors import SettingError
from graphfraud.results import LookAlike
from graphfraud.revocations import read_revocations
from graphfraud.schema import KINDS, RANGES
from graphfraud.wording import LANGUAGES, LOOK_ALIKES, why_not
from graphfraud.wording.look_alikes import EXPLAINED


def family(name: str, size: int = 3, **holds: str) -> list[App]:
    home = {"address": f"{name} home", **holds}
    return [App(f"{name}{i}", 30 + 20 * i, f"D{i}", surname=f"{name} wang", holds=home) for i in range(size)]


def everyday() -> list[App]:
    """One group of each benign class, in a market."""
    tablet = [App(f"T{i}", 12.0 * i, "D5", f"S5-{i % 4}", holds={"device": "tablet"}) for i in range(28)]
    carrier = [App(f"K{i}", 23.0 * i, f"D{i}", holds={"ip": "carrier"}) for i in range(15)]
    firm = [App(f"E{i}", 9.0 * i, f"D{i % 25}", holds={"employer": "works", "work_phone": "switch"}) for i in range(40)]
    broker = [App(f"B{i}", 24.0 * i, f"D{i % 6}", holds={"phone.contact_1": "broker", "phone": f"b{i}"}) for i in range(14)]
    again = [App(f"A{i}", 60 + 90 * i, f"D{i}", holds={"person": "one", "phone": "hers"}) for i in range(2)]
    car = [App(f"V{i}", 20 + 250 * i, f"D{i}", holds={"vehicle": "sold again"}) for i in range(2)]
    number = [App(f"N-{i}", 20 + 250 * i, f"D{i}", holds={"phone": "recycled"}) for i in range(2)]
    named = [App("X0", 50, "D1", holds={"phone": "x"}), App("X1", 220, "D2", holds={"phone.contact_1": "x", "phone": "y"})]
    room = {"address": "dormitory", "employer": "plant"}
    dormitory = [App(f"O{i}", 40.0 * i, f"D{i}", surname=f"o{i}", holds=room) for i in range(7)]
    fleet = [App(f"F{i}", 80 + i / 24, "D9", holds={"account": "firm's", "employer": "small firm"}) for i in range(4)]
    groups = (tablet, carrier, firm, broker, again, car, number, named, dormitory, fleet)
    return [*ordinary(1_500, seed=7), *family("L"), *(app for group in groups for app in group)]


@pytest.fixture(scope="module")
def found():
    judged = calibrate_and_judge(columns_of(everyday()), Parameters())[1]
    assert judged is not None
    return judged


def of(found, application: str) -> list[LookAlike]:
    rows = found.look_alikes.of(found.application_id.index(application)).tolist()
    return [found.look_alikes.look_alike(row, found.application_id) for row in rows]


@pytest.mark.parametrize(
    ("application", "name"),
    [
        ("L0", "household"),
        ("A0", "reapply"),
        ("O0", "dormitory"),
        ("F0", "fleet"),
        ("T0", "store_tablet"),
        ("K0", "carrier_ip"),
        ("E0", "big_employer"),
        ("B0", "broker"),
        ("V0", "resold_car"),
        ("N-0", "recycled_number"),
        ("X0", "friends"),
    ],
)
def test_each_benign_class_is_named_on_its_own_evidence(found, application, name):
    named = [one for one in of(found, application) if one.name == name]

    assert found.ring_id[found.application_id.index(application)] == ""
    assert len(named) >= 1
    assert application in named[0].members
    assert 0.3 < named[0].confidence <= 1
    assert all(tie.identifiers >= 1 for tie in named[0].ties)


def test_who_names_one_work_phone_and_several_employers_are_no_colleagues():
    firm = [App(f"C{i}", 20 + 90 * i, f"D{i}", holds={"work_phone": "desk", "employer": "ours"}) for i in range(4)]
    mixed = [App(f"M{i}", 20 + 90 * i, f"D{i}", holds={"work_phone": "hall", "employer": f"m{i}"}) for i in range(4)]
    judged = calibrate_and_judge(columns_of([*ordinary(1_500, seed=7), *firm, *mixed]), Parameters())[1]

    def named(application: str) -> set[str]:
        return {one.name for one in of(judged, application) if {tie.kind for tie in one.ties} == {"work_phone"}}

    assert named("C0") == {"colleagues"}
    assert named("M0") == {"coincidence"}


def test_a_work_phone_of_another_employer_makes_no_colleagues():
    honest = [App(f"H{i}", i, "D9", holds={"work_phone": "w", "employer": "owner of w"}) for i in range(8)]
    wrong = [App(f"W{i}", 3 + i, "D1", holds={"work_phone": "w", "employer": "shell"}) for i in range(4)]
    a, params = columns_of([*honest, *wrong]), Parameters()
    units = fold_units(a, params.units)
    links = tie_applications(a, units, learn_row_reach(a, params.evidence), params.evidence)
    runs = cut_runs(a, units, links, learn_all_clocks(a, params.runs), params.runs)
    head = np.flatnonzero(runs.kind == EVIDENCE_CODE["work_phone_mismatch"])[:1]

    name, _ = _class_of(a, units, runs, head, np.zeros(1), np.ones(1, np.int64), params.look_alikes)

    assert [CLASSES[k] for k in name.tolist()] == ["coincidence"]


def test_no_explanation_says_that_nothing_else_is_shared():
    texts = [text for both in EXPLAINED.values() for text in both]

    assert not [text for text in texts if "nothing else" in text or "此外" in text]


def test_a_household_is_folded_and_says_by_what(found):
    household = of(found, "L0")[0]

    assert (household.name, household.folded, household.persons, household.surname) == ("household", True, 3, True)
    assert [(tie.kind, tie.identifiers) for tie in household.ties] == [("address", 1)]
    assert household.members == ("L0", "L1", "L2")
    assert why_not(household).startswith("Household: 3 persons share one home address within 41 days, most of one surname. ")


def test_two_of_different_surnames_are_not_called_one_surname() -> None:
    pair = [App(f"P{i}", 20 + 250 * i, f"D{i}", surname=f"p{i}", holds={"vehicle": "theirs"}) for i in range(2)]
    judged = calibrate_and_judge(columns_of([*ordinary(1_500, seed=7), *pair]), Parameters())[1]

    ours = of(judged, "P0")

    assert ours and not any(one.surname for one in ours)


def test_a_sentence_that_counts_more_than_it_lists_says_how_many_more(found):
    household = of(found, "L0")[0]
    phones = replace(household.ties[0], kind="phone", identifiers=7, masks=("133****23", "138****68", "139****01"))
    several = replace(household, ties=(phones,))

    assert "share 7 phone numbers (133…23, 138…68 +5)" in why_not(several)
    assert "共用 7 个电话号码（133…23、138…68 +5）" in why_not(several, "zh")


def test_a_shell_firm_s_people_without_times_are_a_ring_and_no_fleet():
    firm = [App(f"G{i}", None, f"D{3 + i}", holds={"account": "firm's", "employer": "shell"}) for i in range(8)]
    judged = calibrate_and_judge(columns_of([*ordinary(1_500, seed=11), *firm]), Parameters())[1]
    assert judged is not None

    assert [(len(ring.members), ring.look_alike) for ring in judged.rings] == [(8, "")]
    assert "fleet" not in [one.name for i in range(8) for one in of(judged, f"G{i}")]


def test_the_days_of_a_look_alike_are_those_of_its_applications_with_a_time():
    family_of_three = family("L")
    family_of_three[0].day = None
    judged = calibrate_and_judge(columns_of([*ordinary(500), *family_of_three]), Parameters())[1]
    assert judged is not None

    assert [(one.name, one.persons, one.days) for one in of(judged, "L1")] == [("household", 3, 21)]


def test_more_ties_make_a_fold_surer_and_more_people_than_usual_less_sure():
    apps = [*family("one"), *family("more", account="theirs", device="theirs"), *family("many", size=6)]
    found = calibrate_and_judge(columns_of([*ordinary(500), *apps]), Parameters())[1]

    one, more, many = (of(found, f"{name}0")[0].confidence for name in ("one", "more", "many"))

    assert one < more < 1
    assert many <= one


def test_every_kind_that_is_no_range_says_how_sure_it_makes_a_fold():
    assert {kind.name for kind in KINDS} - {*RANGES} == {*LookAlikeParams().says} - {"surname", "same_day"}


def test_every_class_has_names_and_an_explanation_in_both_languages(found):
    assert set(CLASSES) == set(LOOK_ALIKES) == set(EXPLAINED)
    for row in found.look_alikes.top(2).tolist():
        one = found.look_alikes.look_alike(row, found.application_id)
        for lang in LANGUAGES:
            assert f"{one.confidence:.2f}" in why_not(one, lang)


def test_whatever_explains_a_community_is_a_class():
    assert {look_alike.__name__ for look_alike in DETECTED} <= set(CLASSES)


def test_the_top_are_bounded_by_class_and_hold_no_ring(found):
    top = found.look_alikes.top(2)

    assert np.bincount(found.look_alikes.name[top]).max() <= 2
    assert len(found.look_alikes.top(1)) == len(set(found.look_alikes.name.tolist()))


def test_members_of_a_ring_are_in_no_look_alike_that_the_ring_is_made_of():
    judged = calibrate_and_judge(columns_of([*ordinary(1_500, seed=11), *gang(9)]), Parameters())[1]
    assert judged is not None

    kinds = {tie.kind for i in range(9) for one in of(judged, f"G{i:03d}") for tie in one.ties}

    assert len(judged.rings) == 1
    assert not kinds & {"account", "device"}


def test_a_revoked_household_are_strangers():
    a = columns_of([*family("L"), *family("M")])

    units = fold_units(a, UnitParams(revoked=(("L0", "L1"),)))

    unit = dict(zip(a.application_id.tolist(), units.unit.tolist(), strict=True))
    assert len({unit["L0"], unit["L1"], unit["L2"]}) == 3  # a third joined them still: both stand alone
    assert len({unit["M0"], unit["M1"], unit["M2"]}) == 1


def test_revoking_one_fold_leaves_what_does_not_join_the_two():
    chain = [
        App("A", 1, holds={"phone.own": "a", "device": "d1"}),
        App("B", 2, holds={"phone.own": "b", "phone.contact_1": "a", "device": "d1", "account": "k"}),
        App("C", 3, holds={"phone.own": "c", "phone.contact_1": "b", "account": "k"}),
    ]
    a = columns_of(chain)

    units = fold_units(a, UnitParams(revoked=(("A", "B"),)))

    assert len(set(fold_units(a, UnitParams()).unit.tolist())) == 1
    assert units.unit[1] == units.unit[2] != units.unit[0]


def test_a_family_whose_folds_are_revoked_is_judged_like_strangers():
    names = [f"L{i}" for i in range(6)]
    shared = {"account": "one purse", "device": "one device", "email": "one"}
    apps = [
        App(name, 100 + 2 * i, f"D{3 + i % 2}", surname="li", holds={"address": "home", **shared})
        for i, name in enumerate(names)
    ]
    a = columns_of([*ordinary(1_500, seed=11), *apps])

    folded = calibrate_and_judge(a, Parameters())[1]
    revoked = calibrate_and_judge(a, Parameters(units=UnitParams(revoked=(tuple(names),))))[1]

    assert folded is not None and revoked is not None
    assert folded.rings == ()
    assert [{member for member, _ in ring.members} >= set(names) for ring in revoked.rings] == [True]


def test_revoking_what_is_not_there_changes_nothing(found):
    again = calibrate_and_judge(columns_of(everyday()), Parameters(units=UnitParams(revoked=(("nobody", "else"),))))[1]

    assert again is not None
    assert again.risk.tolist() == found.risk.tolist()


def test_a_file_of_revocations_has_a_group_a_line(tmp_path):
    path = tmp_path / "not-one.txt"
    path.write_text("# seen by Wang\nA1, A2\nB1 B2\tB3  # three sisters\n\n")

    assert read_revocations(path) == (("A1", "A2"), ("B1", "B2", "B3"))


def test_a_line_with_one_application_is_refused_by_its_number(tmp_path):
    path = tmp_path / "not-one.txt"
    path.write_text("A1, A2\nB1\n")

    with pytest.raises(SettingError, match="line 2: B1 alone"):
        read_revocations(path)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(SettingError, match="cannot read the revocations"):
        read_revocations(tmp_path / "missing.txt")
