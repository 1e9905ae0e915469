"""A part of a name: the same devices are found for long and short parts, and on PostgreSQL by an index where it can have one."""

import pytest
from django.db import connection
from tests import factories as make

from licet.estate import inside
from licet.estate.models import Device
from licet.estate.read import matches

NAMES = {"10.0.0.1": "Yard 100% west", "10.0.0.2": "yard_zz", "10.0.0.3": "Pizzeria", "10.0.0.4": "Ünal 4"}


@pytest.fixture
def named(db):
    berlin = make.site("Berlin")
    for address, name in NAMES.items():
        make.device(berlin, address=address, name=name)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("yard", {"10.0.0.1", "10.0.0.2"}),
        ("YA", {"10.0.0.1", "10.0.0.2"}),
        ("zz", {"10.0.0.2", "10.0.0.3"}),
        ("Zze", {"10.0.0.3"}),
        ("0%", {"10.0.0.1"}),
        ("100%", {"10.0.0.1"}),
        ("d_", {"10.0.0.2"}),
        ("rd_zz", {"10.0.0.2"}),
        ("nal 4", {"10.0.0.4"}),
        ("Ü", {"10.0.0.4"}),
        ("q", set()),
    ],
)
def test_a_part_is_found_whatever_its_length_and_signs(named, text, found):
    assert set(Device.objects.filter(matches(text)).values_list("address", flat=True)) == found


def test_postgresql_finds_a_part_by_its_index_and_makes_it_anew_when_it_is_gone(named):
    if not inside.put_up(connection):
        pytest.skip("this database has no pg_trgm: a part is read from every name")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        plan = Device.objects.filter(inside.inside("zzeria")[0]).order_by().explain()
        assert "device_name_inside" in plan
        assert "device_name_inside" not in Device.objects.filter(inside.inside("zz")[0]).order_by().explain()
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("DROP INDEX device_name_inside")
        assert inside.put_up(connection)
        cursor.execute("SELECT to_regclass('device_name_inside') IS NOT NULL")
        assert cursor.fetchone() == (True,)
