"""Figures that no interface tells, read from files."""

import json
from datetime import date

import pytest
from tests import factories as make

from licet.estate.exported import Line, read, take_in
from licet.estate.models import CloudAccount, LicenceCount
from licet.estate.service_models import CloudService
from licet.ledger.models import Entry
from licet.sites.record import NotPossible
from licet.sites.scope import SYSTEM, Actor
from licet.tabular.errors import NotReadable


def test_a_table_and_a_json_list_say_the_same():
    table = b"Name,Total,In use\ncamera,213,200\nDoor,24,\n"
    plain = json.dumps([{"metric": "camera", "total": 213, "used": 200}, {"metric": "Door", "total": 24}]).encode()
    wanted = [("camera", 213, 200), ("door", 24, None)]
    assert [(one.name, one.total, one.used) for one in read(table, "licence")[0]] == wanted
    assert [(one.name, one.total, one.used) for one in read(plain, "licence")[0]] == wanted


def test_what_is_no_line_is_left_out_with_its_reason():
    data = b"name,ends,total\nhealth monitoring,2027-03-31,\n,2027-03-31,\nx,31/03/27,\ny,,many\n"
    found, refused = read(data, "service")
    assert found == [Line(2, "service", "health_monitoring", ends=date(2027, 3, 31))]
    assert [line for line, _why in refused] == [3, 4, 5]
    assert "write it like 2027-03-31" in refused[1][1]


@pytest.mark.parametrize("data", [b"a,b\n1,2\n", b"[1", b"[" * 100_000])
def test_another_file_is_refused_in_a_sentence(data):
    with pytest.raises((NotPossible, NotReadable)):
        read(data, "licence")


@pytest.mark.django_db
def test_totals_and_services_are_kept_with_source_and_time_under_one_entry():
    site = make.site()
    server = make.installation(site)
    kept, refused = take_in(
        SYSTEM, server, [Line(2, "licence", "camera", 213, 200), Line(3, "licence", "door"), Line(4, "service", "x")],
        source="file a.csv", now=make.NOW,
    )  # fmt: skip
    assert (kept, [line for line, _why in refused]) == (1, [3, 4])
    row = LicenceCount.objects.get(installation=server)
    assert (row.metric, row.total, row.used, row.source, row.observed_at) == (
        "camera",
        213,
        200,
        "file a.csv",
        make.NOW,
    )
    account = CloudAccount.objects.create(site=site, name="Office", first_seen_at=make.NOW)
    lines = [Line(2, "service", "cloud_storage", ends=date(2020, 1, 1), device="AB1234567", channel=2)]
    take_in(SYSTEM, account, lines, source="file b.csv", now=make.NOW)
    service = CloudService.objects.get(account=account)
    assert (service.state, service.short_serial, service.channel, service.stated) == ("expired", "AB1234567", 2, True)
    assert Entry.objects.filter(action="estate:figures:taken_in").count() == 2
    with pytest.raises(NotPossible):
        take_in(Actor(label="nobody"), account, lines, source="x", now=make.NOW)
