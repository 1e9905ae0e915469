"""What ends when is counted in days of the licence's site."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from tests import factories as make

from licet.register.read import expiries
from licet.sites.scope import SYSTEM

pytestmark = pytest.mark.django_db


@time_machine.travel(datetime(2026, 11, 26, 23, 30, tzinfo=UTC), tick=False)
def test_after_midnight_at_the_site_a_day_less_is_left():
    for zone in ("Europe/Berlin", "UTC"):
        make.licence(make.installation(make.site(zone, time_zone=zone)).pool, 1, expires_on=date(2026, 12, 6))
    today = datetime.now(UTC).date()
    found = expiries(SYSTEM, today + timedelta(days=30))
    assert sorted(one.days for one in found) == [9, 10]
