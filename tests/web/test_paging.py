"""Pages of a list against the plain sorted list, in both directions, with equal values and values that are missing."""

import base64
import json
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests import factories as make

from licet.estate.models import Device
from licet.register.models import Licence
from licet.sites import paging
from licet.sites.paging import Counted, counted, page

DAY = date(2026, 11, 26)


def titles(rows):
    return [row.pk for row in rows]


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    ends=st.lists(st.none() | st.integers(0, 3), max_size=12),
    size=st.integers(1, 5),
    descending=st.booleans(),
)
def test_walking_forwards_and_back_gives_every_row_once_in_order(db, ends, size, descending):
    Licence.objects.all().delete()
    site = make.site()
    for end in ends:
        Licence.objects.create(site=site, title="x", expires_on=None if end is None else DAY + timedelta(days=end))
    rows = Licence.objects.all()
    dated = sorted(
        (row for row in rows if row.expires_on), key=lambda row: (row.expires_on, row.pk), reverse=descending
    )
    undated = sorted((row for row in rows if not row.expires_on), key=lambda row: row.pk, reverse=descending)
    expected = titles([*dated, *undated])

    seen, cursor, pages = [], "", []
    while True:
        found = page(rows, "expires_on", descending=descending, cursor=cursor, size=size)
        pages.append(titles(found.rows))
        seen += pages[-1]
        if not found.after:
            break
        cursor = found.after
    assert seen == expected

    for earlier in reversed(pages[:-1]):
        found = page(rows, "expires_on", descending=descending, cursor=found.before, size=size)
        assert titles(found.rows) == earlier
    assert found.before == ""


@pytest.mark.parametrize("cursor", ["x", "W10", "bnVsbA", "eyJhIjoxfQ", "WzEsMiwzXQ==", "é", "A" * 3000])
def test_a_cursor_that_cannot_be_read_gives_the_first_page(db, cursor):
    site = make.site()
    rows = [Licence.objects.create(site=site, title=f"{n}", expires_on=DAY) for n in range(3)]
    found = page(Licence.objects.all(), "expires_on", descending=False, cursor=cursor, size=2)
    assert titles(found.rows) == titles(rows[:2])


def written(plain):
    return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "plain",
    [
        "[" * 1400,
        r'[false,"\ud800",1]',
        r'[false,"\u0000",1]',
        "[false,[],1]",
        "[false,null,1]",
        '[false,"Gate",1e400]',
        '[false,"Gate",9223372036854775808]',
        '[false,"Gate",-1]',
        '[false,"Gate",true]',
        '[false,"Gate","1"]',
    ],
)
def test_a_cursor_that_no_page_wrote_gives_the_first_page(db, plain):
    rows = [make.device(make.site(), serial_number=f"S{n}", name=f"{n}") for n in range(3)]
    found = page(Device.objects.all(), "name", descending=False, cursor=written(plain), size=2)
    assert titles(found.rows) == titles(rows[:2])


@pytest.mark.parametrize(
    "value",
    [
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "2026-11-26T12:00:00",
        "2026-11-26",
        "noon",
        "10000-01-01T00:00:00+00:00",
        7,
    ],
)
def test_a_cursor_with_an_instant_that_is_none_gives_the_first_page(db, value):
    noon = datetime(2026, 11, 26, 12, tzinfo=UTC)
    rows = [make.device(make.site(), serial_number=f"S{n}", last_answered_at=noon) for n in range(3)]
    cursor = written(json.dumps([False, value, 1]))
    found = page(Device.objects.all(), "last_answered_at", descending=False, cursor=cursor, size=2)
    assert titles(found.rows) == titles(rows[:2])


def test_counting_stops_at_the_cap(db, monkeypatch):
    monkeypatch.setattr(paging, "COUNT_CAP", 3)
    site = make.site()
    for number in range(3):
        Licence.objects.create(site=site, title=f"{number}")
    assert counted(Licence.objects.all()) == Counted(3)
    Licence.objects.create(site=site, title="one more")
    assert counted(Licence.objects.all()) == Counted(3, capped=True)
