"""Every file of the import collection, line by line, against its expected.json."""

import json
from datetime import date
from decimal import Decimal
from functools import cache
from hashlib import sha256
from pathlib import Path

import pytest

from licet.register.intake import Context, read

IMPORTS = Path(__file__).resolve().parents[4] / "shared" / "imports"
EXPECTED = json.loads((IMPORTS / "expected.json").read_text("utf-8"))["files"] if IMPORTS.exists() else {}
TODAY = date(2026, 11, 26)

pytestmark = pytest.mark.skipif(not IMPORTS.exists(), reason="the collection of import files is not here")
each_file = pytest.mark.parametrize("name", sorted(EXPECTED))


def context(**other):
    return Context(today=TODAY, fingerprint=lambda text: sha256(f"test:{text}".encode()).hexdigest(), **other)


@cache
def result_of(name):
    return read((IMPORTS / name).read_bytes(), name, "auto", context())


@each_file
def test_the_form_of_the_file_is_found(name):
    expected, result = EXPECTED[name], result_of(name)
    assert result.as_ == expected["as"]
    assert result.heading_line == expected["heading_line"]
    encoding = expected.get("encoding")
    assert result.encoding in ({"ascii", "utf-8"} if encoding in {"ascii", "utf-8"} else {encoding})
    assert result.delimiter == expected.get("delimiter")
    assert result.sheet == expected.get("sheet")
    assert [item.row for item in result.above] == expected.get("skipped_above_heading", [])


@each_file
def test_every_line_has_exactly_one_outcome(name):
    expected, result = EXPECTED[name], result_of(name)
    assert sorted(record.line for record in result.records) == expected["imported"]
    assert {str(item.row): item.of for item in result.same_as} == expected["same_as"]
    assert sorted({item.row for item in result.ignored}) == [item["line"] for item in expected["skipped"]]
    assert sorted({item.row for item in result.asked}) == [item["line"] for item in expected["asked"]]
    assert sorted({item.row for item in result.rejected}) == sorted({item["line"] for item in expected["rejected"]})
    assert result.rows == expected["lines"]
    assert result.rows == sum(
        map(
            len,
            (
                result.records,
                result.same_as,
                result.ignored,
                {item.row for item in result.asked},
                {item.row for item in result.rejected},
            ),
        )
    )


@each_file
def test_questions_and_refusals_name_the_column_and_the_reason(name):
    expected, result = EXPECTED[name], result_of(name)
    for kind in ("asked", "rejected"):
        found = {(item.row, item.column) for item in getattr(result, kind)}
        for item in expected[kind]:
            wanted = (item["line"], item["column"])
            if item["why"].startswith("2 of 9"):
                assert item["line"] in {row for row, _ in found}
            else:
                assert wanted in found
    assert all(item.reason for item in (*result.asked, *result.rejected, *result.ignored))


@each_file
def test_the_records_hold_what_the_file_says(name):
    expected, result = EXPECTED[name], result_of(name)
    found = {record.line: record for record in result.records}
    for item in expected["records"]:
        record = found[item["line"]]
        (check_licence if expected["as"] == "licences" else check_device)(record, item)
        warned = [warning for warning in result.warnings if warning.row == item["line"]]
        assert len(warned) >= len(item.get("warnings", ()))


def check_licence(record, item):
    assert record.product == item["product"]
    assert (record.quantity, record.metric, record.granted) == (item["quantity"], item["metric"], item["granted"])
    for name in ("starts_on", "expires_on", "purchased_on", "terminates_on"):
        assert getattr(record, name) == (date.fromisoformat(item[name]) if item.get(name) else None), name
    assert record.term == item["term"]
    assert record.price == (Decimal(item["price"]) if item["price"] else None)
    assert record.currency == item["currency"]
    assert len(record.keys) == item["keys"]
    assert record.second_allocation_of == item.get("second_allocation_of")
    for name in ("customer", "site"):
        if name in item:
            assert getattr(record, name) == item[name]


def check_device(record, item):
    assert (record.serial, record.address) == (item["serial"], item["address"])
    if "mac" in item:
        assert record.mac == item["mac"]
    if "firmware" in item:
        assert record.firmware == item["firmware"]
        assert record.build == (date.fromisoformat(item["build"]) if item.get("build") else None)
    if "activated" in item:
        assert record.activated is item["activated"]
    if "name" in item:
        assert record.name == item["name"]
    if "service_ends_on" in item:
        ends_on = item["service_ends_on"]
        assert record.service_ends_on == (date.fromisoformat(ends_on) if ends_on else None)


@each_file
def test_what_would_be_created_is_counted_right(name):
    expected, result = EXPECTED[name]["created"], result_of(name)
    if "devices" in expected:
        assert len(result.records) == expected["devices"]
        return
    new = [record for record in result.records if record.second_allocation_of is None]
    assert len({record.identity for record in result.records}) == len(new) == expected["licences"]
    assert sum(bool(record.assignee) for record in result.records) == expected["allocations"]
    assert len({key.text for record in result.records for key in record.keys}) == expected["keys"]


@each_file
def test_the_secrets_of_device_lists_are_counted(name):
    assert result_of(name).secrets_in_file == EXPECTED[name].get("secrets_in_file", 0)


@each_file
def test_a_second_reading_says_the_same(name):
    again = read((IMPORTS / name).read_bytes(), name, "auto", context())
    assert [record.identity for record in again.records] == [record.identity for record in result_of(name).records]


SECRETS = (
    'Ex,ample;Pass"1',
    *(f"Example-Pass-{number}" for number in range(2, 10)),
    *("QWERTY", "ASDFGH", "ZXCVBN", "POIUYT", "LKJHGF"),
    *("LICT-", "lictreg"),
)


@each_file
def test_no_secret_of_the_file_is_said(name):
    result = result_of(name)
    said = repr(result)
    assert not [secret for secret in SECRETS if secret in said]
