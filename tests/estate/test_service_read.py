"""What pages and commands are told of servers, clouds and third parties: every row once, in the right cell, nothing out of scope."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests import factories as make

from licet.estate import cloud_read, service_read
from licet.estate.back_off import Standing, may_ask, pause_after
from licet.estate.models import CloudAccount, CloudListing
from licet.estate.service_models import ServerDevice, ThirdParty
from licet.estate.third_parties import add_third_party, confirm_third_party, end_third_party, set_count
from licet.sites.record import NotPossible
from licet.sites.scope import SYSTEM

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
TODAY = NOW.date()


def listed(hcp, code, device=None, **values):
    return ServerDevice.objects.create(
        installation=hcp, kind="encoding", code=code, name=f"Camera {code}", device=device, observed_at=NOW, **values
    )


@pytest.fixture
def hcp():
    return make.installation(make.site("Berlin"))


def test_every_listed_device_drifts_in_exactly_one_way(hcp):
    site = hcp.site
    listed(hcp, "a", make.device(site, last_answered_at=NOW, reach="answered"))
    listed(hcp, "b", make.device(site, last_answered_at=NOW, reach="unreachable"))
    listed(hcp, "c", make.device(site))
    listed(hcp, "d", make.device(site, retired_at=NOW))
    listed(hcp, "e")
    listed(hcp, "f", make.device(site, last_answered_at=NOW), disputed=True)
    found = {row.code: row.drift for row in service_read.every_listed(SYSTEM, service_read.DriftFilter())}
    assert found == {
        "a": "fits", "b": "gone", "c": "never_answered", "d": "retired", "e": "unknown", "f": "other_device",
    }  # fmt: skip
    total, drifts = service_read.listed_facets(SYSTEM, service_read.DriftFilter())
    assert total.number == 6
    assert {name: count.number for name, count in drifts.items()} == dict.fromkeys(service_read.DRIFTS, 1)
    for name in service_read.DRIFTS:
        [row] = service_read.listed_page(SYSTEM, service_read.DriftFilter(drifts=(name,))).rows
        assert row.drift == name


def test_what_answers_and_is_in_no_server_is_listed(hcp):
    inside = make.device(hcp.site, last_answered_at=NOW)
    make.member(hcp, inside, "camera")
    recorder = make.device(hcp.site, kind="recorder", last_answered_at=NOW)
    make.member(hcp, recorder, "camera")
    behind = make.device(hcp.site, last_answered_at=NOW)
    make.channel(recorder, 1, camera=behind)
    make.device(hcp.site)
    alone = make.device(hcp.site, last_answered_at=NOW)
    assert [row.id for row in service_read.unmanaged_page(SYSTEM, service_read.DriftFilter()).rows] == [alone.pk]


def test_pages_follow_one_another_without_gap(hcp):
    for number in range(60):
        listed(hcp, f"{number:03}")
    seen, cursor = [], ""
    while True:
        page = service_read.listed_page(SYSTEM, service_read.DriftFilter(cursor=cursor, size=25))
        seen += [row.code for row in page.rows]
        cursor = page.after
        if not cursor:
            break
    assert seen == [f"{number:03}" for number in range(60)]


def test_a_list_costs_the_same_number_of_queries_whatever_its_length(hcp):
    def queries(number):
        for code in range(number):
            listed(hcp, f"{number}-{code}", make.device(hcp.site))
        with CaptureQueriesContext(connection) as caught:
            service_read.listed_page(SYSTEM, service_read.DriftFilter(size=100))
            list(cloud_read.every_holding(SYSTEM, cloud_read.HoldingFilter()))
        return len(caught)

    assert queries(3) == queries(40)


def held(site, *, listing=None, **values):
    number = cloud_read.CloudListing.objects.count() + cloud_read.Device.objects.count() + 1
    row = make.device(site, short_serial=f"D{number:08}", **({"ezviz_seen_at": NOW} | values))
    if listing is not None:
        account = CloudAccount.objects.get_or_create(site=site, name="x", defaults={"first_seen_at": NOW})[0]
        CloudListing.objects.create(account=account, short_serial=row.short_serial, observed_at=NOW, **listing)
    return row


def test_the_matrix_counts_each_device_once_and_names_each_disagreement(hcp):
    site = hcp.site
    on = {"ezviz_enabled": True}
    rows = {
        "agree": held(site, listing={"online": True}, **on, ezviz_registered=True, ezviz_bound=True),
        "off_but_listed": held(site, listing={"online": False}, ezviz_enabled=False),
        "listed_not_bound": held(site, listing={"online": None}, **on, ezviz_bound=False),
        "bound_not_listed": held(site, **on, ezviz_registered=True, ezviz_bound=True),
        "account_offline": held(site, listing={"online": False}, **on, ezviz_registered=True, ezviz_bound=True),
        "device_offline": held(site, listing={"online": True}, **on, ezviz_registered=False, ezviz_bound=True),
        "shared": held(site, listing={"online": True, "shared": True}, ezviz_seen_at=None),
    }
    make.device(site)
    total, cells, differ = cloud_read.matrix(SYSTEM, cloud_read.HoldingFilter())
    assert total.number == sum(cells.values()) == 7
    assert differ == dict.fromkeys(cloud_read.DISAGREEMENTS, 1)
    assert cells[("online", "other")] == 2
    assert cells[("off", "us")] == 1
    found = {row.id: row.disagreements for row in cloud_read.every_holding(SYSTEM, cloud_read.HoldingFilter())}
    assert found == {row.pk: () if name == "agree" else (name,) for name, row in rows.items()}
    for chosen in (
        {"owners": ("us",)}, {"links": ("online", "off")}, {"owners": ("other",), "links": ("online",)}, {"disagreements": ("shared",)},
        {"disagreements": ("shared", "off_but_listed")}, {"disagreements": ("shared",), "owners": ("us",)}, {"text": "no such"},
    ):  # fmt: skip
        wanted = cloud_read.HoldingFilter(**chosen)
        assert cloud_read.matrix(SYSTEM, wanted)[0].number == len(list(cloud_read.every_holding(SYSTEM, wanted))), (
            chosen
        )


def test_third_parties_have_one_state_each(hcp):
    site = hcp.site
    old = add_third_party(SYSTEM, site, "installer", "A", now=NOW, until=TODAY - timedelta(days=1))
    add_third_party(SYSTEM, site, "installer", "B", now=NOW, until=TODAY)
    open_one = add_third_party(SYSTEM, site, "other", "C", now=NOW)
    ThirdParty.objects.create(site=site, kind="rental_site", who="D", learnt=True, observed_at=NOW)
    gone = add_third_party(SYSTEM, site, "other", "E", now=NOW, document=3)
    end_third_party(SYSTEM, gone, "contract over", now=NOW)
    wanted = cloud_read.PartyFilter(today=TODAY)
    states = {row.who: cloud_read.party_state(row, TODAY) for row in cloud_read.every_party(SYSTEM, wanted)}
    assert states == {"A": "over", "B": "in_order", "C": "open", "D": "learnt", "E": "ended"}
    assert cloud_read.party_facets(SYSTEM, wanted)[2] == dict.fromkeys(cloud_read.PARTY_STATES, 1)
    confirm_third_party(SYSTEM, open_one, until=None, document=9)
    assert cloud_read.party_state(ThirdParty.objects.get(pk=open_one.pk), TODAY) == "in_order"
    with pytest.raises(NotPossible, match="until when"):
        confirm_third_party(SYSTEM, old, until=None, document=None)
    with pytest.raises(NotPossible, match="ended already"):
        end_third_party(SYSTEM, gone, "again", now=NOW)


def test_names_of_third_parties_stay_out_of_the_record(hcp):
    add_third_party(SYSTEM, hcp.site, "shared_user", "Erika Mustermann", now=NOW)
    from licet.ledger.models import Entry

    assert "Mustermann" not in repr(list(Entry.objects.values()))


@pytest.mark.parametrize(
    ("metric", "total", "used"), [("camera", None, None), ("Camera!", 1, 1), ("camera", -1, 1), ("camera", 10**9, 1)]
)
def test_figures_that_cannot_be_are_refused(hcp, metric, total, used):
    with pytest.raises(NotPossible):
        set_count(SYSTEM, hcp, metric, total, used, source="page", now=NOW)


def test_nothing_of_another_site_is_told(hcp):
    listed(hcp, "a")
    other = make.person("other", "administrator", make.site("Elsewhere")).actor()
    assert list(service_read.every_listed(other, service_read.DriftFilter())) == []
    assert service_read.installation_page(other, hcp.pk) is None
    assert service_read.installations_page(other, service_read.InstallationFilter()).rows == ()


def test_pauses_double_up_to_a_day():
    assert [pause_after(n).total_seconds() / 60 for n in (1, 2, 3, 9, 50)] == [5, 10, 20, 1280, 1440]
    assert may_ask(Standing("m"), NOW).allowed
    assert not may_ask(Standing("m", "m"), NOW).allowed
    assert may_ask(Standing("n", "m"), NOW).allowed
    assert not may_ask(Standing("m", failures=1, not_before=NOW + timedelta(minutes=1)), NOW).allowed
