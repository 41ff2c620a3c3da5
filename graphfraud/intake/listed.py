"""Intake of one row of a list: who or what is listed, why, by whom, from when to when; tokens and masks like everywhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b

from graphfraud import schema
from graphfraud.errors import RowRejected
from graphfraud.intake import codes
from graphfraud.intake.intake import Intake
from graphfraud.intake.phones import known_region
from graphfraud.intake.swapped import advice, looks_like
from graphfraud.intake.text import as_text, check_text, fold, is_nothing, reject
from graphfraud.intake.times import moment
from graphfraud.intake.tokens import TOKEN_DIGITS

DEALER = "dealer"
# kinds that can be listed: whatever has a column of its own, and dealers
LISTED_KINDS: tuple[str, ...] = (*(kind.name for kind in schema.KINDS if kind.derived_from is None), DEALER)
# column -> kind: by the kind's name, by the names of the contract
LISTED_COLUMNS: dict[str, str] = {
    **{kind: kind for kind in LISTED_KINDS},
    **{role.column: kind.name for kind in schema.KINDS for role in kind.roles if role.column},
    "dealer_id": DEALER,
}
LONGEST_WORDS = 500


@dataclass(frozen=True, slots=True)
class Listed:
    """One identifier on a list. token is 16 hexadecimal digits, valid_from and valid_to epoch milliseconds, both included."""

    kind: str
    token: str
    mask: str
    reason: str
    source: str
    valid_from: int | None
    valid_to: int | None


class ListIntake:
    """Takes in rows of lists under the same key and conventions as applications.

    A row has columns `kind` and `value`, or columns named by kinds (`person`, `phone`, `dealer`, …) or by the contract's
    columns (`applicant_id`, `account_no`, …); and `reason`, `source`, `valid_from`, `valid_to`, all optional.
    """

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._zone = intake.conventions.zone
        self._region = known_region(intake.conventions.phone_region)

    def listed(self, row: Mapping[str, object]) -> list[Listed]:
        """Return what a row lists; raise RowRejected, also for a row that lists nobody."""
        record = {str(column).strip(): value for column, value in row.items()}
        reason, source = self._words(record, "reason"), self._words(record, "source")
        valid_from = self._moment(record, "valid_from", end_of_day=False)
        valid_to = self._moment(record, "valid_to", end_of_day=True)
        if valid_from is not None and valid_to is not None and valid_to < valid_from:
            reject(codes.UNREADABLE_TIME, "valid_to", "", "it ends before it begins")
        held = [
            Listed(kind, token, mask, reason, source, valid_from, valid_to)
            for kind, column, text in self._values(record)
            for token, mask in self._held(kind, column, text)
        ]
        if not held:
            reject(codes.MISSING_IDENTIFIER, "", "", f"a row lists a {', '.join(LISTED_KINDS[:4])} or the like")
        return list(dict.fromkeys(held))

    def _values(self, record: Mapping[str, object]) -> list[tuple[str, str, str]]:
        found = []
        kind = as_text(record.get("kind"), "kind")
        if kind is not None:
            name = LISTED_COLUMNS.get(fold(kind).casefold())
            if name is None:
                reject(codes.UNKNOWN_KIND, "kind", kind, f"kinds are {', '.join(LISTED_KINDS)}")
            text = as_text(record.get("value"), "value")
            if text is None:
                reject(codes.MISSING_VALUE, "value")
            found.append((name, "value", text))
        for column, name in LISTED_COLUMNS.items():
            value = as_text(record.get(column), column)
            if value is not None:
                found.append((name, column, value))
        return found

    def _held(self, kind: str, column: str, text: str) -> list[tuple[str, str]]:
        if kind == DEALER:
            dealer_id = self._intake.dealer({"dealer_id": text}).dealer_id
            return [(dealer_token(dealer_id), dealer_id)]
        try:
            identifier = self._intake.identifier(kind, text)
        except RowRejected as error:  # it names the contract's column, the file has another
            raise RowRejected(error.code, column, error.masked, str(error)) from error
        return [] if identifier is None else [(identifier.token, identifier.mask)]

    def _words(self, record: Mapping[str, object], column: str) -> str:
        text = as_text(record.get(column), column)
        if text is None or is_nothing(fold(text)):
            return ""
        text = check_text(text, column)
        if len(text) > LONGEST_WORDS:
            reject(codes.FIELD_TOO_LONG, column, text)
        kind = looks_like(text, self._region)
        if kind is not None:
            reject(codes.SWAPPED_COLUMNS, column, text, advice(kind, is_id=False))
        return text

    def _moment(self, record: Mapping[str, object], column: str, end_of_day: bool) -> int | None:
        found = None if record.get(column) is None else moment(record[column], column, self._zone)
        if found is None or found.local_hour is not None or not end_of_day:
            return None if found is None else found.epoch_ms
        midnight = datetime.fromtimestamp(found.epoch_ms / 1000, self._zone) + timedelta(days=1)
        return round(midnight.timestamp() * 1000) - 1


def dealer_token(dealer_id: str) -> str:
    """Return what stands for a dealer's id among tokens; the id itself is no secret."""
    return blake2b(f"{DEALER}\0{dealer_id}".encode(), digest_size=TOKEN_DIGITS // 2).hexdigest()
