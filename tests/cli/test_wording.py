import re

import pytest
from example_rings import all_rings, gang, token

from graphfraud.check.policy_file import WANTABLE
from graphfraud.detection import departures
from graphfraud.detection.application_features import APPLICATION_FEATURES
from graphfraud.detection.application_reasons import LIKENED
from graphfraud.detection.dealer_features import DEALER_FEATURES
from graphfraud.detection.features import FEATURES as MEASURED
from graphfraud.detection.links import EVIDENCE_KINDS
from graphfraud.detection.look_alikes import LOOK_ALIKES as DETECTED
from graphfraud.detection.units import FOLDS
from graphfraud.results import Reason
from graphfraud.wording import (
    KINDS,
    LANGUAGES,
    LOOK_ALIKES,
    SENTENCES,
    by_share,
    money,
    risk_word,
    sentence,
    sentences,
    summary,
)
from graphfraud.wording.approval import COLUMNS
from graphfraud.wording.names import FEATURES, UNITS
from graphfraud.wording.names import LIKENED as TOLD

FACTS = {
    "persons": 7,
    "applications": 9,
    "dealers": 3,
    "days": 8.2,
    "kinds": "device,account",
    "features": "cohesion,mean_tempo",
    "away": 6,
    "hours": 5,
}
CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.mark.parametrize("code", SENTENCES)
@pytest.mark.parametrize("facts", [FACTS, {}, {"persons": 1}, {"applications": 4}, {"persons": "?", "days": float("nan")}])
@pytest.mark.parametrize("cited", [0, 1, 5])
def test_every_reason_is_a_whole_sentence_in_both_languages_whatever_facts_are_missing(code, facts, cited):
    tokens = tuple(token(n) for n in range(cited))
    reason = Reason(code, 0.2, "device", tokens, tuple(f"9c…e{n}" for n in range(cited)), facts)

    english, chinese = sentence(reason, "en"), sentence(reason, "zh")

    assert english.endswith(".") and not english[0].islower() and "  " not in english and "None" not in english
    assert chinese.endswith("。") and CHINESE.search(chinese) and "None" not in chinese and " ，" not in chinese
    assert "nan" not in english + chinese


def test_a_reason_that_the_catalogue_does_not_know_gets_a_general_sentence():
    reason = Reason("hour_of_night", 0.2, facts={"persons": 4})

    assert sentence(reason, "en") == "Evidence “hour of night”: 4 persons."
    assert sentence(reason, "zh") == "证据“hour of night”：4 人。"


def test_sentences_say_who_what_when_and_where():
    reason = Reason("shared", 0.4, "device", (token(1),), ("9c…e1",), {"persons": 7, "days": 8.2, "dealers": 3})

    assert sentence(reason, "en") == "7 persons applied from the same device 9c…e1 within 9 days at 3 dealers."
    assert sentence(reason, "zh") == "7 人在 9 天内于 3 家经销商使用同一设备（9c…e1）提交。"


def test_a_reason_names_three_identifiers_and_counts_the_others():
    reason = Reason(
        "shared", 0.4, "account", tuple(map(token, range(5))), ("…5", "…2", "…3", "…1", "…4"), {"persons": 9, "identifiers": 14}
    )

    assert sentence(reason, "en") == "9 persons share 14 repaying accounts (…1, …2, …3 +11)."


def test_the_sentence_of_a_ring_counts_what_its_reasons_cite():
    assert (
        summary(gang().ring) == "14 applications by 11 persons at 3 dealers in 7 days share 2 devices and one repaying account."
    )
    assert summary(gang().ring, "zh") == "11 人在 7 天内于 3 家经销商提交 14 笔申请，共用 2 台设备和 1 个还款账户。"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_example_ring_can_be_summed_up(lang):
    for detail in all_rings():
        assert summary(detail.ring, lang).strip(" .。")


def test_everything_that_detection_names_has_words():
    assert {*EVIDENCE_KINDS, "salesperson", "dealer"} == set(KINDS)
    assert {*WANTABLE} <= set(COLUMNS)
    assert {look_alike.__name__ for look_alike in DETECTED} <= set(LOOK_ALIKES)
    assert {*LIKENED} == set(TOLD)
    assert sentences.DEPARTURES == departures.DEPARTURES
    assert {*FOLDS, "same_person", "unit"} == set(UNITS)
    assert {feature.__name__ for feature in (*MEASURED, *APPLICATION_FEATURES, *DEALER_FEATURES)} <= set(FEATURES)


@pytest.mark.parametrize(
    ("amount", "english", "chinese"),
    [
        (0, "¥0", "¥0"),
        (950, "¥950", "¥950"),
        (128_000, "¥128 k", "¥12.8 万"),
        (1_930_500, "¥1.9 M", "¥193 万"),
        (999_999, "¥1.0 M", "¥100 万"),
        (2.5e9, "¥2.5 B", "¥25.0 亿"),
    ],
)
def test_money_is_short(amount, english, chinese):
    assert (money(amount, "CNY"), money(amount, "CNY", "zh")) == (english, chinese)


@pytest.mark.parametrize(
    ("risk", "word"), [(1.0, "very high"), (0.9, "very high"), (0.89, "high"), (0.5, "elevated"), (0.0, "low")]
)
def test_a_risk_has_a_word(risk, word):
    assert risk_word(risk) == word


def test_people_are_told_the_heaviest_reason_first_and_not_the_remainder():
    shares = {"numbers_in_row": 0.2, "unusual": 0.7, "shared": 0.1}
    reasons = [Reason(code, 0.0, facts={"evidence_share": share}) for code, share in shares.items()]

    assert [reason.code for reason in by_share([*reasons, Reason("remainder", 0.9)])] == ["unusual", "numbers_in_row", "shared"]
