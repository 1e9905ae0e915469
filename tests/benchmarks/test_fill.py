"""The benchmarks' estate is made by plain SQL; it must fit the tables as they are."""

import pytest
from benchmarks.database import fill
from django.db import connection

from licet.authorization import reconcile
from licet.authorization.models import Authorization, Demand
from licet.estate.models import Device

pytestmark = pytest.mark.django_db


def test_a_small_one_can_be_made_and_judged(now):
    if connection.vendor != "sqlite":
        pytest.skip("the benchmarks run on the embedded database")
    fill(devices=60, demands=90, grants=20, pools=5)
    assert (Device.objects.count(), Demand.objects.count()) == (60, 90)
    reconcile.judge_pools(None, now)
    assert Authorization.objects.filter(valid_to=None).count() == 90
