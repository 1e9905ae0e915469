"""Reconciliation over a real database: what is stored is what the rules say, and only differences are written."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests import factories as make

from licet.authorization import coverage, load, reconcile
from licet.authorization.models import Authorization, Demand, Position
from licet.dates import day_in
from licet.estate.models import Device, Subject
from licet.ledger.models import Entry
from licet.ledger.read import verify
from licet.register.models import Allocation, Pool

pytestmark = pytest.mark.django_db


def statuses(metric="camera", pool=None):
    """The open statuses of a metric in the pool's order."""
    demands = Demand.objects.filter(metric=metric).order_by("unreported", "first_seen_at", "serial_number", "id")
    if pool is not None:
        demands = demands.filter(pool=pool)
    held = {row.demand_id: row.status for row in Authorization.objects.filter(valid_to=None, demand_id__isnull=False)}
    return [held[demand.pk] for demand in demands]


@pytest.fixture
def server():
    return make.installation(make.site("Berlin"))


def cameras(server, number):
    return [make.member(server, make.device(server.site), "camera").device for _ in range(number)]


def test_members_beyond_the_capacity_are_over_and_the_first_stay_covered(server, now):
    make.licence(server.pool, 3)
    cameras(server, 4)
    reconcile.everything(now)
    assert statuses() == ["authorized"] * 3 + ["over_capacity"]
    position = Position.objects.get(metric="camera")
    assert (position.purchased, position.activated, position.demanded, position.free, position.over) == (3, 3, 4, 0, 1)
    assert position.usage == "over_deployed"


def test_a_later_member_never_changes_an_earlier_one(server, now):
    make.licence(server.pool, 3)
    first = cameras(server, 3)
    reconcile.everything(now)
    before = set(Authorization.objects.filter(demand_id__isnull=False).values_list("subject_id", "status"))
    make.member(server, make.device(server.site, serial_number="AAA"), "camera", since=now + timedelta(hours=1))
    reconcile.changed(now + timedelta(hours=1), installations=[server.pk])
    after = Authorization.objects.filter(valid_to=None, demand_id__isnull=False, subject_id__in=[d.pk for d in first])
    assert set(after.values_list("subject_id", "status")) == before
    assert statuses()[-1] == "over_capacity"


def test_what_the_software_reports_as_licensed_comes_first(server, now):
    make.licence(server.pool, 1)
    cameras(server, 1)
    reported = make.device(server.site)
    make.member(server, reported, "camera", reported=True, since=now + timedelta(days=1))
    reconcile.everything(now)
    row = Authorization.objects.get(subject_id=reported.pk, right="software.camera", valid_to=None)
    assert row.status == "authorized"


def test_an_anpr_camera_makes_two_demands(server, now):
    make.licence(server.pool, 1)
    make.member(server, make.device(server.site), "camera", "anpr_camera")
    reconcile.everything(now)
    found = dict(Authorization.objects.filter(valid_to=None, pool=server.pool).values_list("right", "status"))
    assert found == {"software.camera": "authorized", "feature.anpr": "unlicensed"}


def test_a_camera_seen_directly_and_behind_a_recorder_is_one_demand(server, now):
    camera = make.device(server.site)
    recorder = make.device(server.site, kind="recorder")
    make.channel(recorder, 1, camera=camera, serial_number=camera.serial_number)
    make.channel(recorder, 2)
    make.member(server, camera, "camera")
    make.member(server, recorder, "camera")
    reconcile.everything(now)
    assert sorted(Demand.objects.values_list("subject_type", flat=True)) == [Subject.DEVICE, Subject.CHANNEL]


def test_a_channel_no_longer_listed_still_counts_until_it_is_retired(server, now):
    recorder = make.device(server.site, kind="recorder")
    make.channel(recorder, 1, not_listed_since=now)
    gone = make.channel(recorder, 2)
    make.member(server, recorder, "camera")
    reconcile.everything(now)
    assert Demand.objects.count() == 2
    gone.retired_at = now
    gone.save()
    reconcile.changed(now, installations=[server.pk])
    assert Demand.objects.count() == 1


def test_a_device_that_nothing_manages_needs_no_software_right(now):
    camera = make.device(make.site())
    reconcile.everything(now)
    row = Authorization.objects.get(subject_id=camera.pk, right="software.camera", valid_to=None)
    assert (row.status, row.reason) == ("not_required", "no_installation")


def test_a_second_run_writes_nothing(server, now):
    make.licence(server.pool, 3)
    cameras(server, 5)
    reconcile.everything(now)
    periods, entries = Authorization.objects.count(), Entry.objects.count()
    outcome = reconcile.everything(now)
    assert (Authorization.objects.count(), Entry.objects.count()) == (periods, entries)
    assert not outcome.changed


def test_a_change_closes_the_old_period_and_opens_a_new_one(server, now):
    first = make.licence(server.pool, 2, expires_on=date(2026, 11, 26))
    cameras(server, 2)
    reconcile.everything(now)
    assert statuses() == ["expiring"] * 2
    tomorrow = datetime(2026, 11, 26, 23, 0, tzinfo=UTC)
    reconcile.due(tomorrow - timedelta(seconds=1))
    assert statuses() == ["expiring"] * 2
    reconcile.due(tomorrow)
    assert statuses() == ["expired"] * 2
    closed = Authorization.objects.filter(valid_to=tomorrow, demand_id__isnull=False)
    assert [row.status for row in closed] == ["expiring"] * 2
    assert closed[0].evidence[0]["source"] == f"licence {first.pk}"
    assert verify().ok


def test_a_removed_member_frees_its_place(server, now):
    make.licence(server.pool, 1)
    first, second = cameras(server, 2)
    reconcile.everything(now)
    Device.objects.filter(pk=first.pk).update(retired_at=now)
    later = now + timedelta(hours=1)
    reconcile.changed(later, installations=[server.pk], devices=[first.pk])
    assert statuses() == ["authorized"]
    assert not Authorization.objects.filter(subject_id=first.pk, subject_type=Subject.DEVICE, valid_to=None).exists()
    assert Authorization.objects.filter(subject_id=first.pk, right="software.camera", valid_to=later).exists()
    assert Position.objects.get(metric="camera").demanded == 1
    assert second


def test_an_explicit_allocation_is_covered_before_the_order(server, now):
    bought = make.licence(server.pool, 1)
    first, second = cameras(server, 2)
    Allocation.objects.create(grant=bought.grants.get(), subject_type=Subject.DEVICE, subject_id=second.pk)
    reconcile.everything(now)
    found = dict(
        Authorization.objects.filter(right="software.camera", valid_to=None).values_list("subject_id", "status")
    )
    assert found == {second.pk: "authorized", first.pk: "over_capacity"}


def test_a_quantity_below_the_allocations_leaves_the_rest_over(server, now):
    bought = make.licence(server.pool, 2)
    rows = cameras(server, 2)
    for row in rows:
        Allocation.objects.create(grant=bought.grants.get(), subject_type=Subject.DEVICE, subject_id=row.pk)
    bought.grants.update(quantity=1)
    reconcile.everything(now)
    assert statuses() == ["authorized", "over_capacity"]


def test_pools_do_not_lend_to_each_other(server, now):
    other = make.installation(server.site, "Second")
    make.licence(other.pool, 100)
    cameras(server, 1)
    reconcile.everything(now)
    assert statuses(pool=server.pool) == ["unlicensed"]


def test_two_zones_judge_the_same_instant_by_their_own_day():
    ahead = make.installation(make.site(time_zone="Pacific/Tongatapu"), "Ahead")
    behind = make.installation(make.site(time_zone="Pacific/Honolulu"), "Behind")
    for server in (ahead, behind):
        make.licence(server.pool, 1, expires_on=date(2026, 11, 26))
        cameras(server, 1)
    reconcile.everything(datetime(2026, 11, 26, 12, tzinfo=UTC))
    assert (statuses(pool=ahead.pool), statuses(pool=behind.pool)) == (["expired"], ["expiring"])


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.integers(-5, 12), st.one_of(st.none(), st.dates(date(2026, 9, 1), date(2027, 6, 1)))), max_size=4
    ),
    st.integers(0, 25),
)
def test_every_member_is_placed_as_the_pure_rule_does(grants, members):
    now = make.NOW
    Demand.objects.all().delete()
    server = make.installation(make.site())
    for quantity, expires in grants:
        make.licence(server.pool, quantity, expires_on=expires)
    Demand.objects.bulk_create(
        Demand(
            subject_type=Subject.CHANNEL, subject_id=n, site=server.site, pool=server.pool, metric="camera",
            quantity=n % 3 + 1, unreported=n % 2 == 0, first_seen_at=now + timedelta(days=n % 5), serial_number=str(n * 7 % 11),
        )
        for n in range(members)
    )  # fmt: skip
    reconcile.judge_pools([server.pool.pk], now)
    data = load.pools([server.pool.pk])[server.pool.pk]
    found = coverage.bands("camera", data.stood(day_in(data.rules.zone, now)), data.rules)
    expected, place = [], 0
    for demand in Demand.objects.order_by("unreported", "first_seen_at", "serial_number", "id"):
        place += demand.quantity
        expected.append(coverage.band_at(found, place).status)
    assert statuses(pool=Pool.objects.get(pk=server.pool.pk)) == expected


def test_a_credit_note_takes_places_from_allocations_when_no_free_ones_are_left(server, now):
    bought = make.licence(server.pool, 3)
    for row in cameras(server, 3):
        Allocation.objects.create(grant=bought.grants.get(), subject_type=Subject.DEVICE, subject_id=row.pk)
    make.licence(server.pool, -2, kind="correction")
    reconcile.everything(now)
    assert statuses() == ["authorized", "over_capacity", "over_capacity"]
    position = Position.objects.get(metric="camera")
    assert (position.entitled, position.demanded, position.over) == (1, 3, 2)


def test_a_credit_note_takes_free_places_before_allocated_ones(server, now):
    bought = make.licence(server.pool, 3)
    first, _second, third = cameras(server, 3)
    Allocation.objects.create(grant=bought.grants.get(), subject_type=Subject.DEVICE, subject_id=third.pk)
    make.licence(server.pool, -1, kind="correction")
    reconcile.everything(now)
    assert statuses() == ["authorized", "over_capacity", "authorized"]
    assert first


def test_a_site_wide_licence_serves_every_installation_of_its_product_there_and_below(now):
    region = make.site("Nord")
    product = make.product()
    here, below = make.installation(region, "One"), make.installation(make.site("Kiel", region), "Two")
    elsewhere = make.installation(make.site("Bonn"), "Three")
    other = make.installation(region, "Client", product="ivms-4200")
    for server in (here, below, elsewhere, other):
        cameras(server, 2)
    row = make.Licence.objects.create(
        site=region, title="Site licence", units=None, site_wide=True, product=product, activation="active"
    )
    make.Grant.objects.create(licence=row, metric="camera", quantity=None)
    reconcile.everything(now)
    found = {pool.name: statuses(pool=pool) for pool in Pool.objects.all()}
    assert found == {
        "One": ["authorized"] * 2, "Two": ["authorized"] * 2, "Three": ["unlicensed"] * 2, "Client": ["unlicensed"] * 2,
    }  # fmt: skip
    assert Position.objects.get(pool__name="Two").purchased is None
