"""What is said of checks by what is near them."""

from __future__ import annotations

from dossiers import INTAKE, ROW

from graphfraud.check.live import judge_checks
from graphfraud.check.neighbourhood import Neighbourhood
from graphfraud.check.rows import row_of
from graphfraud.check.scoring import Weights


def test_what_a_person_asks_for_is_summed_up_whatever_name_the_id_comes_with():
    same = INTAKE.application(ROW | {"application_id": "AP1"})
    other_name = INTAKE.application(ROW | {"application_id": "AP2", "applicant_name": "章兰玲", "loan_amount": 50_000})
    other_id = INTAKE.application(ROW | {"application_id": "AP3", "applicant_id": "11010519491231002X"})
    asked = INTAKE.application(ROW | {"application_id": "AP4"})
    records = [same, other_name, other_id, asked]

    (judged,) = judge_checks(["AP4"], Neighbourhood(tuple(map(row_of, records)), records, []), None, Weights())

    assert judged.exposure.person == 120_000
