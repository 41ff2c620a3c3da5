"""Every code that a rejects file, a summary or an answer can carry, each with its sentence.

`REJECTS` are reasons to refuse a row. `NOTES` are counted in the summary: `placeholder:` codes say that a value was not
taken for an identifier, `flag:` codes stand beside a value that was.
"""

from __future__ import annotations

MISSING_ID = "missing_id"
MISSING_TIME = "missing_time"
MISSING_VALUE = "missing_value"
MISSING_IDENTIFIER = "missing_identifier"
UNREADABLE_ID = "unreadable_id"
UNREADABLE_TIME = "unreadable_time"
UNREADABLE_NUMBER = "unreadable_number"
NEGATIVE_NUMBER = "negative_number"
NUMBER_TOO_LARGE = "number_too_large"
FIELD_TOO_LONG = "field_too_long"
CONTROL_CHARACTERS = "control_characters"
NOT_A_VALUE = "not_a_value"
SWAPPED_COLUMNS = "swapped_columns"
WRONG_NUMBER_OF_COLUMNS = "wrong_number_of_columns"
UNREADABLE_LINE = "unreadable_line"
UNKNOWN_APPLICATION = "unknown_application"
UNKNOWN_KIND = "unknown_kind"

REJECTS: dict[str, str] = {
    MISSING_ID: "the id is missing, or a placeholder such as x, - or 000",
    MISSING_TIME: "there is no submission time",
    MISSING_VALUE: "a required column has no value",
    MISSING_IDENTIFIER: "the row has no identifier at all: nothing could tie it to another",
    UNREADABLE_ID: "the id was written as a rounded number (1.23E+15), so that its last digits are lost",
    UNREADABLE_TIME: "the time is not one, or its year is outside 1990 to 2100",
    UNREADABLE_NUMBER: "the value is not a number",
    NEGATIVE_NUMBER: "the number is below zero",
    NUMBER_TOO_LARGE: "the number is larger than any amount (10^15)",
    FIELD_TOO_LONG: "the value is too long (texts have 10,000 characters at most, identifiers 500, ids 200, times, numbers 64)",
    CONTROL_CHARACTERS: "the value holds NUL bytes, control characters or broken text",
    NOT_A_VALUE: "the value is a structure where a single value belongs",
    SWAPPED_COLUMNS: "an identifier stands in a column that is kept in the clear, as where columns are swapped",
    WRONG_NUMBER_OF_COLUMNS: "the row has another number of columns than the header",
    UNREADABLE_LINE: "the line is not a row of this format",
    UNKNOWN_APPLICATION: "the row names an application that is not there",
    UNKNOWN_KIND: "there is no kind of identifier of that name",
}

PLACEHOLDERS: dict[str, str] = {
    "placeholder:person": "ids of nobody (zeros, one digit all over, sequences and samples such as 123-45-6789, 'unknown')",
    "placeholder:phone": "numbers of nobody (13800138000, zeros, too short, 'none')",
    "placeholder:device": "device ids of no device (zeros, 'unknown', ids that whole models share)",
    "placeholder:account": "account numbers of nobody (zeros, too short, rounded by a spreadsheet)",
    "placeholder:address": "addresses that name no place beyond a town",
    "placeholder:vehicle": "vehicle numbers of no vehicle",
    "placeholder:work_phone": "work phones of nobody",
    "placeholder:ip": "addresses that name no line (private, loopback, unspecified) or are none",
    "placeholder:employer": "employers that name no firm (self-employed, retired, 'none')",
    "placeholder:email": "mail addresses without an @, or of nobody",
    "placeholder:name": "names that name nobody (one character, 'test')",
    "placeholder:number": "numbers written as 'none' or 'unknown'; ages beyond 150 years",
    "placeholder:text": "texts written as 'none' or 'unknown'",
}
FLAGS: dict[str, str] = {
    "flag:resident_id_shape": "resident ids of a length that none has",
    "flag:resident_id_checksum": "resident ids whose check digit fails",
    "flag:resident_id_area": "resident ids of an area that does not exist",
    "flag:resident_id_birth_date": "resident ids whose birth date does not exist",
    "flag:account_check_digit": "card numbers whose check digit fails",
    "flag:email_shape": "mail addresses that no mail could reach",
    "flag:vin_shape": "vehicle numbers that are not 17 characters, or hold I, O or Q",
    "flag:vin_check_digit": "vehicle numbers whose check digit fails",
}
NOTES: dict[str, str] = {**PLACEHOLDERS, **FLAGS}
