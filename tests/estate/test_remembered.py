"""A place remembers what it refused, whoever is entered there next."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from tests import factories as make

from licet.estate.models import Device
from licet.estate.record import add_devices
from licet.estate.remembered import take_over
from licet.sites.scope import SYSTEM

pytestmark = pytest.mark.django_db
LATER = datetime(2026, 11, 27, tzinfo=UTC)


def added(site, address, port=80):
    add_devices(SYSTEM, site, [address], now=timezone.now(), port=port)
    return Device.objects.order_by("-id").first()


def test_what_was_retired_and_added_anew_knows_the_refusals_and_the_lock(django_assert_num_queries):
    berlin = make.site("Berlin")
    for number, until in enumerate((LATER, LATER + timedelta(minutes=5))):
        make.device(
            berlin, address="192.0.2.7", port=80, refused_marks=[f"mark {number}"], locked_until=until, last_asked_at=LATER,
            retired_at=LATER,
        )  # fmt: skip
    new = added(berlin, "192.0.2.7")
    take_over([new])
    kept = Device.objects.get(pk=new.pk)
    assert (kept.refused_marks, kept.locked_until) == (["mark 0", "mark 1"], LATER + timedelta(minutes=5))
    assert (new.refused_marks, new.locked_until) == (kept.refused_marks, kept.locked_until)
    kept.last_asked_at = LATER
    with django_assert_num_queries(0):
        take_over([kept])


def test_another_site_and_another_port_are_other_places():
    berlin = make.site("Berlin")
    make.device(berlin, address="192.0.2.7", port=80, refused_marks=["mark"], last_asked_at=LATER)
    others = [
        added(make.site("Hamburg"), "192.0.2.7"),
        added(berlin, "192.0.2.7", port=8080),
        added(berlin, "192.0.2.8"),
    ]
    take_over(others)
    assert {tuple(row.refused_marks) for row in Device.objects.filter(pk__in=[row.pk for row in others])} == {()}
