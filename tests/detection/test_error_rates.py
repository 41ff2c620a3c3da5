"""Decoys, the two error rates, stability and what verdicts prove."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from factories import App, columns_of, facts_from, gang, ordinary, rows_of
from scipy.stats import binom

from graphfraud.detection.columns import shared_columns
from graphfraud.detection.decoys import Decoys, deal_out, judge_decoys, lowest_below, months, pool_strata, shuffle_within
from graphfraud.detection.detect import detect
from graphfraud.detection.error_rates import combine, evidence_of
from graphfraud.detection.judge import calibrate_and_judge, judge_relinked
from graphfraud.detection.parameters import DecoyParams, ErrorParams, Parameters, RiskParams, StabilityParams
from graphfraud.detection.risk import risk_of
from graphfraud.detection.stability import found_again, judge_stability
from graphfraud.detection.texts import Texts
from graphfraud.errors import FileError, SettingError
from graphfraud.results import LeftOut, Limit, Ring, cut_at_q
from graphfraud.verdicts import audited_bound, audited_rate, read_verdicts
from graphfraud.wording import left_out, trust

PARAMETERS = Parameters()
ASKED = Parameters(stability=StabilityParams(runs=5))


@pytest.fixture(scope="module")
def apps() -> list[App]:
    return ordinary(1_500, seed=11) + gang(9) + gang(7, 3, "H", start=220, dealers=("D8", "D9"))


@pytest.fixture(scope="module")
def columns(apps):
    return columns_of(apps)


@pytest.fixture(scope="module")
def found(columns):
    return detect(columns, ASKED)[1]


@pytest.fixture(scope="module")
def dealt(columns):
    """The ties, what was judged, and three draws in which nothing is left out."""
    usual, findings = calibrate_and_judge(columns, PARAMETERS)
    none = dataclasses.replace(findings, rings=(), ring_id=Texts([""] * len(columns)))
    seen = []

    def keep(ties, _departing=None):
        seen.append(ties)
        return deal_out(columns, ties, none, DecoyParams())

    draws = []
    for _ in judge_relinked(columns, usual, PARAMETERS, lambda ties, _: (draws.append(links) or links for links in keep(ties))):
        pass
    return seen[0], draws


def test_a_decoy_keeps_how_often_each_identifier_is_used(dealt):
    ties, draws = dealt
    uses = np.bincount(ties.runs.identifier[ties.runs.run], minlength=len(ties.links.kind))

    assert len(draws) == 3
    for links in draws:
        assert np.array_equal(np.bincount(links.identifier, minlength=len(links.kind)), uses)


def test_a_decoy_keeps_the_dealer_and_month_of_uses_where_enough_meet(columns, dealt):
    _, draws = dealt
    month = months(columns)
    busy = pool_strata(columns.dealer, month, 1, 1)  # nothing is pooled: every dealer and month has one
    shuffled = shuffle_within(busy, np.random.default_rng(0))

    assert np.array_equal(columns.dealer[shuffled], columns.dealer)
    assert np.array_equal(month[shuffled], month)
    assert sorted(shuffled) == list(range(len(columns)))
    assert not np.array_equal(draws[0].application, draws[1].application)


def test_thin_strata_are_pooled_by_time_first_and_then_over_dealers():
    dealer = np.array([0] * 8 + [1] * 6 + [2] * 2 + [3] * 2)
    month = np.array([0] * 4 + [1] * 4 + [0, 1, 2, 3, 4, 5] + [0, 9] + [0, 9])

    stratum = pool_strata(dealer, month, enough=4, few=5)

    assert len(set(stratum[:4])) == len(set(stratum[4:8])) == 1 and stratum[0] != stratum[4]  # a dealer's month
    assert len(set(stratum[8:14])) == 1  # a dealer's whole time
    assert stratum[14] == stratum[16] and stratum[15] == stratum[17] and stratum[14] != stratum[15]  # all of the month


def test_a_number_that_follows_one_salesperson_stays_with_that_salesperson():
    clerk = [
        App(f"C{i}", float(i * 6), "D3", "S3-1", holds={"phone": f"own{i}", "phone.contact_1": "clerk"}) for i in range(40)
    ]
    a = columns_of(ordinary(900, seed=4) + clerk)
    usual, findings = calibrate_and_judge(a, PARAMETERS)
    links = []

    def keep(ties, _departing=None):
        for drawn in deal_out(a, ties, findings, DecoyParams(rounds=2)):
            links.append((ties, drawn))
            yield drawn

    list(judge_relinked(a, usual, PARAMETERS, keep))

    for ties, drawn in links:
        counts = np.bincount(ties.runs.identifier[ties.runs.run])
        followed = [i for i in np.flatnonzero(counts == 40) if ties.runs.clerk[ties.runs.identifier == i].all()]
        assert len(followed) == 1
        names = a.salesperson_ids[a.salesperson[drawn.application[drawn.identifier == followed[0]]]]
        assert set(names) == {"S3-1"}


def test_chance_alone_makes_no_gang(columns):
    usual, findings = calibrate_and_judge(columns, PARAMETERS)

    decoys = judge_decoys(columns, usual, findings, PARAMETERS)

    assert decoys.rounds == 3
    assert len(decoys.risk) <= 1
    assert np.array_equal(decoys.risk, judge_decoys(columns, usual, findings, PARAMETERS).risk)


def test_q_chance_is_decoys_over_rings_with_one_added_and_never_rises_with_risk():
    decoys = Decoys(np.array([0.6, 0.6, 0.7, 0.95]), 2)

    share = decoys.share_by_chance(np.array([0.99, 0.9, 0.8, 0.55, 0.8]))

    # at .99: 1 / 2 / 1, at .9: 2 / 2 / 2, at .8: 2 / 2 / 4, at .55: 5 / 2 / 5
    assert share.tolist() == pytest.approx([0.25, 0.25, 0.25, 0.5, 0.25])
    assert decoys.share_by_chance(np.array([])).tolist() == []
    assert Decoys(np.array([0.9] * 50), 1).share_by_chance(np.array([0.8])).tolist() == [1.0]


def test_rings_of_equal_rank_share_one_rate():
    assert lowest_below(np.array([0.5, 0.5, 0.9]), np.array([0.4, 0.2, 0.3])).tolist() == [0.2, 0.2, 0.2]
    assert lowest_below(np.array([0.9, 0.5]), np.array([0.1, 0.3])).tolist() == [0.1, 0.3]


def test_the_risk_scale_is_read_backwards():
    evidence = np.array([0.5, 3.5, 6.0, 12.0, 80.0])

    assert evidence_of(risk_of(evidence, RiskParams()), RiskParams()) == pytest.approx(evidence, rel=0.01)


def test_q_is_high_where_few_rings_are_found_and_never_below_chance():
    risk = risk_of(np.array([4.0, 5.0, 9.0, 20.0]), RiskParams())
    plain, errors, scale = np.zeros(4, bool), ErrorParams(), RiskParams()

    few = combine(np.full(4, 0.01), risk, plain, 60_000, errors, scale)
    many = combine(np.full(400, 0.01), np.repeat(risk, 100), np.zeros(400, bool), 60_000, errors, scale)
    chance = combine(np.full(4, 0.9), risk, plain, 60_000, errors, scale)

    assert few.min() > 0.3
    assert many[-1] < 0.02 and many[0] < 0.05
    assert (np.diff(few) <= 0).all()
    assert chance.min() >= 0.9


def test_a_ring_that_everyday_life_explains_has_the_higher_q():
    risk = risk_of(np.array([5.0, 5.0, *np.linspace(5, 30, 60)]), RiskParams())
    explained = np.zeros(62, bool)
    explained[0] = True

    q = combine(np.zeros(62), risk, explained, 60_000, ErrorParams(), RiskParams())

    assert q[0] > q[1]


def test_error_rates_change_neither_rings_nor_risks(columns, found):
    plain = calibrate_and_judge(columns, PARAMETERS)[1]

    assert plain is not None
    assert [(r.ring_id, r.risk, r.members, r.reasons) for r in found.rings] == [
        (r.ring_id, r.risk, r.members, r.reasons) for r in plain.rings
    ]
    assert np.array_equal(found.risk, plain.risk)
    assert all(ring.q_chance is None and ring.q is None and ring.stability is None for ring in plain.rings)


def test_every_ring_says_how_far_it_can_be_trusted(found):
    assert len(found.rings) == 2
    for ring in found.rings:
        assert ring.q_chance is not None and ring.q is not None and ring.stability is not None
        assert 0 < ring.q_chance <= ring.q <= 1
        assert ring.stability == 1.0


def test_without_decoys_no_ring_has_an_error_rate(columns):
    _, found = detect(columns, Parameters(decoys=DecoyParams(rounds=0)))

    assert [(ring.q_chance, ring.q, ring.stability) for ring in found.rings] == [(None, None, None)] * 2


def test_order_of_rows_and_token_key_change_no_error_rate(apps, found):
    order = np.random.default_rng(5).permutation(len(apps)).tolist()

    other = detect(shared_columns(facts_from(rows_of(apps, order), "another key")), ASKED)[1]

    def rates(findings):
        return {r.ring_id: (r.q_chance, r.q, r.stability) for r in findings.rings}

    assert rates(other) == rates(found)


def test_a_file_without_anything_has_no_rates_to_tell():
    assert detect(columns_of([]), ASKED)[1].rings == ()


def test_a_ring_is_found_again_if_half_of_both_together_is_common():
    rings = np.array([0, 0, 0, 0, 1, 1, 1, -1])
    others = np.array([2, 2, 2, -1, 0, 0, 1, 1])

    assert found_again(rings, others, 2, 0.5).tolist() == [True, True]
    assert found_again(rings, others, 2, 0.7).tolist() == [True, False]
    assert found_again(rings, np.full(8, -1), 2, 0.5).tolist() == [False, False]


def test_a_ring_that_hangs_on_few_ties_is_less_stable_than_one_of_many():
    thin = [App(f"T{i}", 60 + i, "D5", "S5-0", holds={"account": f"thin{i // 3}", "device": f"thin-d{i}"}) for i in range(3)]
    a = columns_of(ordinary(1_500, seed=11) + gang(9) + thin)
    params = Parameters(stability=StabilityParams(runs=20, missing=0.3))
    usual, findings = calibrate_and_judge(a, params)

    stability = judge_stability(a, usual, findings, params)

    of = {ring.members[0][0][0]: share for ring, share in zip(findings.rings, stability.tolist(), strict=True)}
    assert of["G"] > 0.9
    assert "T" not in of or of["T"] < of["G"]


@pytest.mark.parametrize(("confirmed", "cleared"), [(0, 0), (10, 0), (57, 3), (1, 40)])
def test_the_audited_bound_is_the_exact_binomial_one(confirmed, cleared):
    bound = audited_bound(confirmed, cleared)

    assert cleared / max(confirmed + cleared, 1) <= bound <= 1
    if confirmed:  # as few false ones or fewer would be seen in 5 % of samples if the share were the bound
        assert binom.cdf(cleared, confirmed + cleared, bound) == pytest.approx(0.05)


def test_an_audit_counts_rings_without_a_verdict_as_false_only_in_a_list_worked_from_the_top():
    rings = [_ring(f"R{i}", 0.99 - i / 100, q=0.03) for i in range(40)]
    verdicts = {f"R{i}": i != 7 for i in range(0, 40, 2)} | {"elsewhere": True}

    sampled, worked = audited_rate(rings, verdicts, 0.8), audited_rate(rings, verdicts, 0.8, "top")

    assert (sampled.rings, sampled.confirmed, sampled.cleared, sampled.stated) == (20, 10, 0, 0.03)
    assert sampled.bound == pytest.approx(1 - 0.05 ** (1 / 10))
    assert worked.bound == pytest.approx(audited_bound(10, 10))
    assert audited_rate(rings, {}, 0.8).bound == 1.0
    with pytest.raises(SettingError, match="confidence"):
        audited_rate(rings, verdicts, 0.8, confidence=1.0)


def test_verdicts_are_read_and_what_is_wrong_is_named(tmp_path):
    def read(text: str) -> dict[str, bool]:
        path = tmp_path / "verdicts.csv"
        path.write_text(text, encoding="utf-8")
        return read_verdicts(path)

    assert read("note,ring_id,verdict\nx,R-1,Confirmed\n,R-2,cleared\n,R-3,\n") == {"R-1": True, "R-2": False}
    with pytest.raises(FileError, match="line 2: verdict 'maybe' of ring R-1"):
        read("ring_id,verdict\nR-1,maybe\n")
    with pytest.raises(FileError, match="R-1 is both"):
        read("ring_id,verdict\nR-1,cleared\nR-1,confirmed\n")
    with pytest.raises(FileError, match="no column verdict"):
        read("ring_id\nR-1\n")
    with pytest.raises(FileError, match="no file"):
        read_verdicts(tmp_path / "none.csv")


def test_a_list_is_cut_at_q_and_says_so_where_there_is_none():
    rings = [_ring("A", 0.9, q=0.01), _ring("B", 0.8, q=0.2)]

    assert cut_at_q(rings, 0.05) == (rings[:1], LeftOut(1, (Limit("q", 0.05, 0.01),)))
    assert cut_at_q(rings, 0.5) == cut_at_q(rings, None) == (rings, None)
    with pytest.raises(SettingError, match=r"--max-q: .* --decoys 1 or more"):
        cut_at_q([_ring("A", 0.9)], 0.05)


def test_a_list_is_cut_at_what_chance_alone_makes_too():
    rates = (("A", 0.2, 0.15), ("B", 0.2, 0.03), ("C", 0.3, 0.1))
    rings = [dataclasses.replace(_ring(name, 0.9, q=q), q_chance=chance) for name, q, chance in rates]

    assert cut_at_q(rings, None, 0.1) == (rings[1:], LeftOut(1, (Limit("q_chance", 0.1, 0.03),)))
    kept, cut = cut_at_q(rings, 0.25, 0.1)
    assert kept == rings[1:2] and cut == LeftOut(2, (Limit("q", 0.25, 0.2), Limit("q_chance", 0.1, 0.03)))
    assert left_out(cut) == (
        "2 rings with a larger q than 0.25 or a larger q_chance than 0.1 are left out; "
        "the lowest q of all is 0.2, the lowest q_chance of all is 0.03."
    )
    assert left_out(cut, "zh") == (
        "另有 2 个团伙的 q 高于 0.25 或 q_chance 高于 0.1，未列出；全部团伙中最低的 q 为 0.2、q_chance 为 0.03。"
    )
    with pytest.raises(SettingError, match="--max-q-chance: "):
        cut_at_q([_ring("A", 0.9)], None, 0.05)


def test_what_is_known_of_the_trust_is_said_in_both_languages():
    ring = dataclasses.replace(_ring("A", 0.9, q=0.123), q_chance=0.004, stability=0.95)

    assert trust(ring) == (
        "Cut the list here, and 12 % of it is expected to be false (by chance alone 0.4 %); "
        "found again in 95 % of perturbed runs."
    )
    assert trust(ring, "zh") == "名单截至此处，预计误报占 12 %（其中单凭巧合 0.4 %）；95 % 的扰动重跑再次发现了它。"
    assert trust(_ring("A", 0.9)) == ""
    assert trust(dataclasses.replace(_ring("A", 0.9), stability=1.0)) == "Found again in 100 % of perturbed runs."


def _ring(ring_id: str, risk: float, q: float | None = None) -> Ring:
    return Ring(ring_id, risk, (("1", 1.0), ("2", 1.0), ("3", 1.0)), 3, 1, None, None, 0.0, "", (), q_chance=q, q=q)
