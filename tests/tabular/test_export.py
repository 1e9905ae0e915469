"""Cases C124 and C125."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from licet.tabular.export import csv_bytes, neutral, restore, xlsx_bytes
from licet.tabular.reading import open_table

HEADINGS = ("device", "name")


def read_back(data):
    return [tuple(row.cells) for row in open_table(data, HEADINGS.__contains__).rows()]


def test_a_csv_begins_with_the_mark_and_reads_back():
    data = csv_bytes(HEADINGS, [("CAM-01", "Genève"), ("CAM-02", "Zürich")])
    assert data.startswith(b"\xef\xbb\xbfdevice,name\r\n")
    assert read_back(data) == [("CAM-01", "Genève"), ("CAM-02", "Zürich")]


@pytest.mark.parametrize(
    "typed", ["=1+1", "+41 example", "@here", " =1+1", "\t=1", "-1+cmd", "＝1+1", "'=1+1", "''=1+1"]
)
def test_a_text_that_could_run_is_written_as_text_and_reads_back(typed):
    data = csv_bytes(HEADINGS, [("CAM-01", typed)])
    assert f",'{typed}" in data.decode("utf-8-sig") or f",\"'{typed}" in data.decode("utf-8-sig")
    assert read_back(data) == [("CAM-01", typed)]


def test_a_hyphen_alone_and_negative_numbers_stay():
    assert csv_bytes(HEADINGS, [("-", -3), ("O'Neill", Decimal("-1.50"))]).decode("utf-8-sig").splitlines()[1:] == [
        "-,-3",
        "O'Neill,-1.50",
    ]


def test_dates_are_iso_and_instants_utc():
    data = csv_bytes(HEADINGS, [(date(2026, 11, 26), datetime(2026, 11, 26, 12, tzinfo=UTC)), (None, True)])
    assert data.decode("utf-8-sig").splitlines()[1:] == ["2026-11-26,2026-11-26T12:00:00+00:00", ",true"]


@given(st.text(max_size=30))
def test_neutralising_never_loses_or_adds(text):
    assert restore(neutral(text)) == text
    assert restore(neutral(neutral(text))) == neutral(text)


@given(st.text(alphabet="=+-@'\t a1", max_size=8))
def test_what_is_neutral_runs_nowhere(text):
    safe = neutral(text)
    assert safe.strip("-") == "" or safe.lstrip(" \t")[:1] not in ("=", "+", "-", "@")


def test_a_workbook_keeps_texts_as_texts():
    data = xlsx_bytes("Devices: all", HEADINGS, [("CAM-01", "=1+1"), ("CAM-02", "-"), ("CAM-03", -3)])
    assert read_back(data) == [("CAM-01", "=1+1"), ("CAM-02", "-"), ("CAM-03", -3)]
