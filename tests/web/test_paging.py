"""Pages of a list against the plain sorted list, in both directions, with equal values and values that are missing."""

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests import factories as make

from licet.register.models import Licence
from licet.sites import paging
from licet.sites.paging import Counted, counted, page

DAY = date(2026, 11, 26)


def titles(rows):
    return [row.pk for row in rows]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
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


def test_counting_stops_at_the_cap(db, monkeypatch):
    monkeypatch.setattr(paging, "COUNT_CAP", 3)
    site = make.site()
    for number in range(3):
        Licence.objects.create(site=site, title=f"{number}")
    assert counted(Licence.objects.all()) == Counted(3)
    Licence.objects.create(site=site, title="one more")
    assert counted(Licence.objects.all()) == Counted(3, capped=True)
