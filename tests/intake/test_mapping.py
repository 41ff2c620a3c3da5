"""Mappings: what a file holds, where its columns go, and what is said about a wrong one."""

from __future__ import annotations

import math
from importlib.resources import files
from pathlib import Path

import pandas as pd
import pytest

from graphfraud import schema
from graphfraud.errors import MappingError
from graphfraud.intake.mapping import DEFAULT, Source, classify
from graphfraud.intake.mapping_file import find, names, parse
from graphfraud.settings import Conventions

SHIPPED = files("ingest.mappings")
TRUTH_COLUMNS = ("application_id", "ring_id", "typology", "benign_group", "ring_person")
OWN = """
says = "an own table"
[conventions]
time_zone = "UTC"
phone_region = "us"

[[file]]
match = "loans*.csv"
holds = "applications"
time_formats = ["%d/%m/%Y"]
[file.columns]
application_id = ["user", "item"]
submitted_at = "when"
phone = "tel"
address = { join = ["street", "town"], with = " / " }
product = { constant = "used" }
dealer_id = { join = ["shop"], prefix = "S-" }

[[file]]
match = "mails.csv"
holds = "links"
application = "loan"
identifier = "mail"
kind = "email"

[[file]]
match = "mailboxes.csv"
holds = "attributes"
of = "email"
key = "id"
value = "address"

[[file]]
match = "more.csv"
holds = "attributes"
of = "application"
key = "loan"
[file.columns]
loan_amount = "amount"
"""


@pytest.mark.parametrize(
    ("columns", "holds"),
    [
        (schema.APPLICATION_COLUMNS, "applications"),
        (schema.DEALER_COLUMNS, "dealers"),
        (schema.OUTCOME_COLUMNS, "outcomes"),
        (TRUTH_COLUMNS, "truth"),
        ((" application_id", "submitted_at ", "phone"), "applications"),
        (("start", "end"), None),
    ],
)
def test_a_file_of_the_contract_is_known_by_its_columns(columns, holds):
    assert classify(columns) == holds


def test_the_default_contract_takes_its_own_columns_and_leaves_the_others():
    rule = DEFAULT.rule("loans.csv", ["application_id", "submitted_at", "phone", "colour"])

    record = rule.record({"application_id": "1", "submitted_at": "t", "phone": "p", "colour": "red"})
    assert {name: record[name] for name in rule.columns} == {"application_id": "1", "submitted_at": "t", "phone": "p"}
    assert DEFAULT.rule("what.csv", ["start", "end"]) is None
    assert DEFAULT.rule("truth.csv", TRUTH_COLUMNS).holds == "truth"


@pytest.mark.parametrize(
    ("header", "said"),
    [
        (["application_id", "submited_at", "phone"], "'submitted_at'.*Did you mean 'submited_at'"),
        (["aplication_id", "submitted_at", "phone"], "'application_id'.*Did you mean 'aplication_id'"),
        (["application_id", "submitted_at", "colour"], "no column with an identifier"),
        (["application_id", "outcome"], "'observed_on'"),
    ],
)
def test_a_missing_required_column_is_refused_with_the_nearest_name(header, said):
    with pytest.raises(MappingError, match=said):
        DEFAULT.rule("loans.csv", header)


def test_a_row_comes_under_its_contract_columns():
    rule = parse(OWN, "own").rule("folder/loans_2025.csv.gz", ["user", "item", "when", " tel", "street", "town", "shop"])

    record = rule.record({"user": 7, "item": "b", "when": "1/6/2025", " tel": "p", "street": "s", "town": "t", "shop": "3"})

    assert record == {
        "application_id": "7-b",
        "submitted_at": "1/6/2025",
        "phone": "p",
        "address": "s / t",
        "product": "used",
        "dealer_id": "S-3",
    }


def test_an_id_with_a_missing_part_is_missing_and_an_address_is_not():
    whole, joined = Source(("a", "b"), whole=True), Source(("a", "b"))

    for missing in (None, "", " ", math.nan, pd.NA, pd.NaT):
        assert whole.value({"a": "x", "b": missing}) is None
        assert joined.value({"a": "x", "b": missing}) == "x"
        assert joined.value({"a": missing, "b": missing}) is None


def test_links_and_attributes_say_where_they_belong():
    mapping = parse(OWN, "own")

    links = mapping.rule("mails.csv", ["loan", "mail"])
    boxes = mapping.rule("mailboxes.csv", ["id", "address"])
    more = mapping.rule("more.csv", ["loan", "amount"])

    assert (links.kind, links.role, links.contract_column) == ("email", "own", "email")
    assert (boxes.of, boxes.value.columns) == ("email", ("address",))
    assert more.record({"loan": "1", "amount": "5"}) == {"loan_amount": "5"}
    assert mapping.rule("other.csv", ["a"]) is None


def test_conventions_of_a_mapping_go_over_those_of_the_settings():
    mapping = parse(OWN, "own")

    assert mapping.conventions(Conventions()) == Conventions("UTC", "US", "CNY")
    assert mapping.has_time
    assert mapping.time_formats == ("%d/%m/%Y",)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('phone = "tel"', 'fone = "tel"', "key fone.*Did you mean 'phone'"),
        ('kind = "email"', 'kind = "emial"', "'emial'.*Did you mean 'email'"),
        ('kind = "email"', 'kind = "phone_block"', "'phone_block'"),
        ('kind = "email"', 'kind = "phone"\nrole = "contact"', "'contact'.*Did you mean 'contact_[12]'"),
        ('holds = "links"', 'holds = "link"', "'link'.*Did you mean 'links'"),
        ('of = "email"', 'of = "aplication"', "'aplication'.*Did you mean 'application'"),
        ('match = "mails.csv"', 'math = "mails.csv"', "key math.*Did you mean 'match'"),
        ('submitted_at = "when"', "", "key submitted_at.*time = 'none'"),
        ('time_formats = ["%d/%m/%Y"]', 'time = "no"', "'no'"),
        ('time_formats = ["%d/%m/%Y"]', "time_formats = [3]", "no list"),
        ('application = "loan"', "", "key application: it needs"),
        ('key = "id"', "key = 3", "key key: it needs"),
        ('time_zone = "UTC"', 'time_zone = "Mars"', "'Mars'"),
        ('says = "an own table"', "says = 3", "says: 3 is no text"),
        ('says = "an own table"', 'sayz = "x"', "sayz: .*Did you mean 'says'"),
        ('says = "an own table"', "says = ", "no TOML"),
        ("[conventions]", "[[conventions]]", "write a table"),
    ],
)
def test_a_wrong_mapping_is_refused_in_one_line_that_names_what_is_wrong(old, new, said):
    assert old in OWN
    with pytest.raises(MappingError, match=said) as caught:
        parse(OWN.replace(old, new, 1), "own")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["", 'file = "x"', "file = []", "[[file]]\nmatch='a'\nholds='nothing'"])
def test_a_mapping_that_loads_nothing_is_refused(text):
    with pytest.raises(MappingError):
        parse(text, "own")


def test_a_column_that_the_file_lacks_is_refused_with_the_nearest_one():
    with pytest.raises(MappingError, match=r"no column 'when'.*Did you mean 'wen'"):
        parse(OWN, "own").rule("loans.csv", ["user", "item", "wen", "tel", "street", "town", "shop"])


def test_every_shipped_mapping_is_found_by_name_and_says_what_it_reads():
    assert {"yelpchi_reviews", "neo4j_demo_fraud", "entity_resolution"} <= set(names(SHIPPED))
    for name in names(SHIPPED):
        mapping = find(name, SHIPPED)
        assert mapping.says
        assert not mapping.has_time


def test_a_mapping_is_found_by_path(tmp_path: Path):
    path = tmp_path / "own.toml"
    path.write_text(OWN, encoding="utf-8")

    assert find(str(path), SHIPPED).name == "own"
    assert find("default") is DEFAULT


def test_an_unknown_mapping_is_answered_with_the_nearest_name(tmp_path: Path):
    binary = tmp_path / "own.toml"
    binary.write_bytes(b"\xff\xfe\x00")

    with pytest.raises(MappingError, match="Did you mean 'yelpchi_reviews'"):
        find("yelpchi", SHIPPED)
    with pytest.raises(MappingError, match="no UTF-8"):
        find(str(binary), SHIPPED)


def test_links_of_the_fraud_demo_give_the_pairs_that_share_an_identifier(tmp_path: Path):
    """The shape of Neo4j's demo: nodes, links and attributes in files of their own, ids instead of values."""
    from ingest.preview import preview

    tables = {
        "Customer.csv": "customerID,name\nc1,Laurie Hoffman\nc2,Michael Poole\n",
        "PhoneNumber.csv": "number,phoneNumberID\n+1-555-6768,p1\n",
        "Customer_USES_PHONE_PhoneNumber.csv": "start_Customer_customerID,end_PhoneNumber_phoneNumberID\nc1,p1\nc2,p1\n",
        "Email.csv": "emailAddress,emailID\na@mail.example,e1\nb@mail.example,e2\n",
        "Customer_USES_EMAIL_Email.csv": "start_Customer_customerID,end_Email_emailID\nc1,e1\nc2,e2\n",
        "Address.csv": "country,city,street,state,addressID\nUSA,Rosebank,997 Beacon Street,New York,a1\n",
        "Customer_RESIDES_AT_Address.csv": "start_Customer_customerID,end_Address_addressID\nc1,a1\nc2,a1\n",
        "Account_with_labels.csv": "accountID,accountNumber\nk1,5808953690\nk2,2019206932\n",
        "Customer_HAS_ACCOUNT_Account.csv": "start_Customer_customerID,end_Account_accountID\nc1,k1\nc1,k2\n",
    }
    for name, text in tables.items():
        (tmp_path / name).write_text(text, encoding="utf-8")

    (seen,) = preview(tmp_path / "Customer.csv", find("neo4j_demo_fraud", SHIPPED), Conventions())

    first, second = ({(i.kind, i.token) for i in record.identifiers} for _, record in seen.records)
    assert sorted(kind for kind, _ in first & second) == ["address", "phone", "phone_block", "phone_block"]
    assert sum(kind == "account" for kind, _ in first) == 2
    assert not seen.rejects
