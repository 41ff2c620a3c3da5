"""What exists in the graph, declared once.

Labels, relationship types, identifier kinds with their roles, the properties of an application, the columns of the
default contract. Constraints, loaders, the vocabulary of the statements, detection's kinds and the table in the docs
all derive from here: a new identifier kind is one entry in `KINDS`, and what CONTRIBUTING.md lists.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

SCHEMA_VERSION = 1


@dataclass(frozen=True)
class Role:
    """One way in which an application can hold an identifier of a kind; `column` is its contract column."""

    name: str
    column: str


# Who has one in common. own: people have it for themselves, and a gang's members meet through it; office: colleagues;
# broad: half a town; range: more strangers than could be named, so that it says nothing by itself.
Reach = Literal["own", "office", "broad", "range"]


@dataclass(frozen=True)
class IdentifierKind:
    """A kind of identifier: one label, one relationship type, one value space.

    A derived kind has no column of its own: intake derives it from `derived_from` before the token hides the value, and
    its roles name what it was derived from. Values of a kind with `positions` carry a place inside their block (0–99)
    on the relationship, so that numbers in a row can be told from numbers that merely share a block. `asked`: checks ask
    the store who holds the same; of what is not asked, they know only what the applications that they meet hold.
    """

    name: str
    label: str
    relationship: str
    roles: tuple[Role, ...]
    says: str
    reach: Reach
    asked: bool = True
    derived_from: str | None = None
    positions: bool = False

    @property
    def role_names(self) -> tuple[str, ...]:
        """Names of the roles, in order."""
        return tuple(role.name for role in self.roles)


KINDS: tuple[IdentifierKind, ...] = (
    IdentifierKind(
        "person", "Person", "SUBMITTED_BY", (Role("applicant", "applicant_id"),), "resident id of the applicant", "own"
    ),
    IdentifierKind(
        "phone",
        "Phone",
        "HAS_PHONE",
        (Role("own", "phone"), Role("contact_1", "contact_phone_1"), Role("contact_2", "contact_phone_2")),
        "the applicant's own number and the numbers of two contacts, one value space",
        "own",
    ),
    IdentifierKind("device", "Device", "USED_DEVICE", (Role("used", "device_id"),), "device that sent the application", "own"),
    IdentifierKind("account", "Account", "REPAYS_FROM", (Role("repaying", "account_no"),), "bank account that repays", "own"),
    IdentifierKind("address", "Address", "LIVES_AT", (Role("home", "address"),), "address that names a room", "own"),
    IdentifierKind("vehicle", "Vehicle", "FINANCES", (Role("financed", "vin"),), "vehicle identification number", "own"),
    IdentifierKind(
        "work_phone", "WorkPhone", "REACHED_AT", (Role("work", "employer_phone"),), "the employer's number", "office"
    ),
    IdentifierKind("ip", "Ip", "FROM_IP", (Role("sent_from", "ip"),), "IP address that sent the application", "broad"),
    IdentifierKind(
        "employer",
        "Employer",
        "WORKS_FOR",
        (Role("employed", "employer"),),
        "employer in canonical spelling",
        "broad",
        asked=False,
    ),
    IdentifierKind("email", "Email", "HAS_EMAIL", (Role("own", "email"),), "e-mail address", "own"),
    IdentifierKind(
        "compound",
        "Compound",
        "LIVES_IN",
        (Role("with_room", ""), Role("only", "")),
        "residential compound of the address; role `only` where the address names no room: a place, not a home",
        "broad",
        asked=False,
        derived_from="address",
    ),
    IdentifierKind(
        "phone_block",
        "PhoneBlock",
        "IN_PHONE_BLOCK",
        (Role("whole", ""), Role("shifted", "")),
        "block of a hundred numbers of the own phone, and the block shifted by fifty: numbers bought in a row share one",
        "range",
        derived_from="phone",
        positions=True,
    ),
    IdentifierKind(
        "account_block",
        "AccountBlock",
        "IN_ACCOUNT_BLOCK",
        (Role("whole", ""), Role("shifted", "")),
        "block of a hundred account numbers (check digit aside): accounts opened in a row share one",
        "range",
        derived_from="account",
        positions=True,
    ),
    IdentifierKind(
        "ip_range",
        "IpRange",
        "FROM_IP_RANGE",
        (Role("sent_from", ""),),
        "the /24 (IPv6: /48) of the IP",
        "range",
        asked=False,
        derived_from="ip",
    ),
)
KIND = {kind.name: kind for kind in KINDS}
KIND_CODE = {kind.name: code for code, kind in enumerate(KINDS)}
OWN_KINDS = tuple(kind.name for kind in KINDS if kind.reach == "own")
RANGES = tuple(kind.name for kind in KINDS if kind.reach == "range")
KIND_OF_RELATIONSHIP = {kind.relationship: kind.name for kind in KINDS}
# (kind, role) -> its place in the order of kinds and their roles
PLACE_OF_ROLE = {key: place for place, key in enumerate((kind.name, role) for kind in KINDS for role in kind.role_names)}
COLUMN_OF_ROLE = {(kind.name, role.name): role.column for kind in KINDS for role in kind.roles if role.column}


@dataclass(frozen=True)
class DerivedEvidence:
    """A kind of evidence that detection derives from several identifiers: the kind it cites, and the kind it is rare among."""

    name: str
    cites: str
    among: str


DERIVED_EVIDENCE: tuple[DerivedEvidence, ...] = (
    DerivedEvidence("phones_in_row", "phone_block", "phone"),
    DerivedEvidence("accounts_in_row", "account_block", "account"),
    DerivedEvidence("work_phone_mismatch", "work_phone", "work_phone"),
    DerivedEvidence("vouching", "phone", "phone"),
)
_CITES = {derived.name: derived.cites for derived in DERIVED_EVIDENCE}


def cited_kind(evidence: str) -> str:
    """Return the kind of the identifiers that a kind of evidence cites: its own, unless detection derives it."""
    return _CITES.get(evidence, evidence)


ValueType = Literal["number", "integer", "text", "token"]


@dataclass(frozen=True)
class Attribute:
    """A property of an application that describes rather than identifies; `token`s hide a value that would identify."""

    name: str
    type: ValueType
    column: str
    says: str


ATTRIBUTES: tuple[Attribute, ...] = (
    Attribute("age", "number", "age", "years; from the resident id where the file has none"),
    Attribute("monthly_income", "number", "monthly_income", "in the file's currency"),
    Attribute("vehicle_model", "text", "vehicle_model", "as written"),
    Attribute("vehicle_price", "number", "vehicle_price", "in the file's currency"),
    Attribute("down_payment", "number", "down_payment", "in the file's currency"),
    Attribute("loan_amount", "number", "loan_amount", "in the file's currency"),
    Attribute("term_months", "number", "term_months", "months"),
    Attribute(
        "product", "text", "product", "passenger, used, commercial, owner credit, lease, online cash, or the lender's own"
    ),
    Attribute("birth_year", "integer", "", "from the resident id"),
    Attribute("sex", "text", "", "f or m, from the resident id"),
    Attribute("local_hour", "integer", "", "hour of submission on the lender's clock, 0–23"),
    Attribute("name", "token", "applicant_name", "the whole name"),
    Attribute("surname", "token", "applicant_name", "the surname"),
    Attribute("name_mask", "text", "applicant_name", "the name as people may see it"),
    Attribute("building", "token", "address", "building of the address"),
    Attribute("home_region", "token", "address", "prefecture or city of the address (American: three digits of the ZIP code)"),
    Attribute("phone_segment", "token", "phone", "first seven digits of the own mobile number: carrier and city"),
    Attribute("bank", "text", "account_no", "issuer (first six digits of the account)"),
    Attribute("vehicle_maker", "text", "vin", "manufacturer code (first three characters of the VIN)"),
    Attribute("vehicle_year", "text", "vin", "model year code (tenth character of the VIN)"),
)
ATTRIBUTE = {attribute.name: attribute for attribute in ATTRIBUTES}

REQUIRED_COLUMNS = ("application_id", "submitted_at")
APPLICATION_COLUMNS: tuple[str, ...] = (
    "application_id",
    "submitted_at",
    "updated_at",
    "dealer_id",
    "salesperson_id",
    *dict.fromkeys(
        [*(role.column for kind in KINDS for role in kind.roles if role.column), *(a.column for a in ATTRIBUTES if a.column)]
    ),
)
DEALER_COLUMNS: tuple[str, ...] = (
    "dealer_id",
    "dealer_name",
    "region",
    "registered_capital",
    "registered_on",
    "floor_area_m2",
    "staff_count",
    "chain_id",
    "legal_representative_id",
    "phone",
    "account_no",
)
OUTCOME_COLUMNS: tuple[str, ...] = ("application_id", "outcome", "observed_on")

DEALER_KINDS: tuple[tuple[str, str, str], ...] = (
    # (contract column, identifier kind, relationship of the dealer)
    ("legal_representative_id", "person", "REPRESENTED_BY"),
    ("phone", "phone", "DEALER_PHONE"),
    ("account_no", "account", "DEALER_ACCOUNT"),
)

# label -> the property that is unique in it
KEYS: dict[str, str] = {
    "Application": "application_id",
    "ApplicationVersion": "version_id",
    "Dealer": "dealer_id",
    "DealerVersion": "version_id",
    "Salesperson": "salesperson_id",
    "Outcome": "outcome_id",
    "Ring": "ring_key",
    "Scan": "scan_id",
    "Store": "name",
    "LoadedFile": "content",
    "Lease": "name",
    **{kind.label: "token" for kind in KINDS},
}
# (label, property) with a range index besides the keys
INDEXES: tuple[tuple[str, str], ...] = (
    ("Application", "since"),
    ("ApplicationVersion", "since"),
    ("ApplicationVersion", "application_id"),
    ("Ring", "scan_id"),
)
