from datetime import date, timedelta
from decimal import Decimal

import pytest
from tests import factories as make

from licet.alerts.dated import subjects
from licet.ledger.models import Entry
from licet.register.models import KeyMark, Licence, Pool
from licet.renewals import forecast, read, usage
from licet.renewals.models import UsageDay
from licet.renewals.record import Bought, Details, change, complete, move, start
from licet.sites.record import NotPossible
from licet.sites.scope import SYSTEM

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 26)


@pytest.fixture
def pool(db):
    return Pool.objects.create(site=make.site("Berlin"), name="HCP")


def ending(pool, left, **values):
    return make.licence(pool, 10, term="dated", expires_on=TODAY + timedelta(days=left), **values)


def begun(pool, now, *lefts, **details):
    rows = [ending(pool, left) for left in lefts]
    return rows, start(SYSTEM, [row.pk for row in rows], Details(**details), now, today=TODAY)


def test_a_renewal_goes_its_way_and_ends_in_the_register(pool, now):
    [row], renewal = begun(pool, now, 30, quote_number="Q-7")
    assert (renewal.title, renewal.due_on, renewal.state) == ("10 camera", date(2026, 12, 26), "planned")
    for state in ("quote_requested", "ordered", "received"):
        move(SYSTEM, renewal, state, now)
        renewal.refresh_from_db()
    change(SYSTEM, renewal, Details(order_number="PO-9"), now)
    renewal.refresh_from_db()
    made = complete(
        SYSTEM, renewal,
        Bought(expires_on=date(2027, 12, 26), prices={row.pk: Decimal("120.50")}, currency="EUR", units={row.pk: 12}), now,
        today=TODAY,
    )  # fmt: skip
    [new] = made
    assert (new.supersedes, new.units, new.price, new.currency, new.order.number) == (
        row,
        12,
        Decimal("120.50"),
        "EUR",
        "PO-9",
    )
    assert new.starts_on == date(2026, 12, 27)
    page = read.renewal(SYSTEM, renewal.pk)
    assert (page.row.state, page.row.left, page.items[0].renewed_by) == ("activated", None, new.pk)
    actions = list(Entry.objects.order_by("seq").values_list("action", flat=True))
    assert actions == [
        "renewals:renewal:started", *["renewals:renewal:moved"] * 3, "renewals:renewal:changed",
        "register:licence:renewed", "renewals:renewal:completed",
    ]  # fmt: skip


def test_all_licences_of_a_group_are_renewed_or_none(pool, now):
    rows, renewal = begun(pool, now, 10, 20)
    with pytest.raises(NotPossible, match=f"Licence {rows[1].pk}"):
        complete(SYSTEM, renewal, Bought(expires_on=TODAY + timedelta(days=15)), now, today=TODAY)
    assert Licence.objects.filter(supersedes__isnull=False).count() == 0
    assert read.find(SYSTEM, renewal.pk).state == "planned"
    complete(SYSTEM, renewal, Bought(expires_on=date(2028, 1, 1)), now, today=TODAY)
    assert Licence.objects.filter(supersedes__in=rows).count() == 2


def test_a_licence_is_in_one_open_renewal_at_most_and_free_again_when_it_is_declined(pool, now):
    [row], renewal = begun(pool, now, 30)
    with pytest.raises(NotPossible, match=f"in renewal {renewal.pk}"):
        start(SYSTEM, [row.pk], Details(), now, today=TODAY)
    with pytest.raises(NotPossible, match="why"):
        move(SYSTEM, renewal, "declined", now)
    move(SYSTEM, renewal, "declined", now, reason="no longer needed")
    again = start(SYSTEM, [row.pk], Details(), now, today=TODAY)
    assert read.open_for(SYSTEM, row.pk) == again.pk
    with pytest.raises(NotPossible, match="cannot become"):
        move(SYSTEM, renewal, "ordered", now)


@pytest.mark.parametrize("values", [{"term": "perpetual", "expires_on": None}, {"returned_on": TODAY}])
def test_what_has_no_end_or_was_returned_is_not_renewed(pool, now, values):
    row = make.licence(pool, 10, **values)
    with pytest.raises(NotPossible):
        start(SYSTEM, [row.pk], Details(), now, today=TODAY)


def test_a_viewer_changes_nothing_and_a_neighbour_sees_nothing(pool, now):
    [row], renewal = begun(pool, now, 30)
    viewer = make.person("vera", "viewer", pool.site).actor()
    stranger = make.person("nils", "administrator", make.site("Elsewhere")).actor()
    for actor in (viewer, stranger):
        with pytest.raises(NotPossible):
            move(actor, renewal, "ordered", now)
        with pytest.raises(NotPossible):
            start(actor, [row.pk], Details(), now, today=TODAY)
    assert read.renewal(viewer, renewal.pk) is not None
    assert read.renewal(stranger, renewal.pk) is None
    assert read.renewals(stranger, read.RenewalFilter())[1].number == 0


def test_its_owner_must_see_all_its_sites(pool, now):
    elsewhere = make.person("nils", "licence_manager", make.site("Elsewhere"))
    with pytest.raises(NotPossible, match="owner"):
        begun(pool, now, 30, owner=elsewhere)


def test_a_renewal_of_several_sites_lies_at_the_site_above_them(pool, now):
    top = make.site("Top")
    rows = [
        ending(Pool.objects.create(site=make.site(f"House {number}", top), name=f"P{number}"), 30)
        for number in range(2)
    ]
    renewal = start(SYSTEM, [row.pk for row in rows], Details(), now, today=TODAY)
    assert renewal.site == top


def test_an_overdue_renewal_is_something_to_be_told(pool, now):
    from licet.alerts.audience import audience

    begun(pool, now, 200, due_on=TODAY - timedelta(days=1), title="Big one")
    [found] = [one for one in subjects(audience(), now) if one.code == "renewal.overdue"]
    assert (found.title, found.left, found.key.split(":")[2:]) == ("Big one", -1, ["due", "2026-11-25"])
    assert [row.title for row in read.renewals(SYSTEM, read.RenewalFilter(overdue=True))[0].rows] == ["Big one"]


def test_the_forecast_adds_exactly_by_month_and_currency_and_counts_what_has_no_price(pool):
    ending(pool, 0, price=Decimal("0.10"), currency="EUR")
    ending(pool, 1, price=Decimal("0.20"), currency="EUR")
    ending(pool, 2, price=Decimal("99999999999.01"), currency="EUR")
    ending(pool, 3, price=Decimal(5), currency="USD")
    ending(pool, 4)
    ending(pool, 40, price=Decimal(7), currency="EUR", starts_on=TODAY - timedelta(days=325))
    ending(pool, -5, price=Decimal(9), currency="EUR")
    make.licence(pool, 5, term="perpetual", price=Decimal(99), currency="EUR")
    found = forecast.forecast(SYSTEM, TODAY)
    assert len(found.months) == 36
    november, january = found.months[0], found.months[2]
    assert (november.number, november.unknown) == (5, 1)
    assert november.amounts == (("EUR", Decimal("99999999999.31")), ("USD", Decimal("5.00")))
    assert january.amounts == (("EUR", Decimal("7.00")),)
    assert [month.again for month in found.months if month.again_number] == [(("EUR", Decimal("7.00")),)] * 2
    assert (found.overdue, found.unknown, found.currencies) == (1, 1, ("EUR", "USD"))


def test_co_terms_move_all_to_the_last_day_and_tell_what_it_costs(pool):
    product = make.product()
    one = ending(pool, 30, product=product, price=Decimal(365), currency="EUR", starts_on=TODAY - timedelta(days=334))
    ending(pool, 40, product=product)
    ending(pool, 60, product=product)
    ending(pool, 50)
    [found] = forecast.co_terms(SYSTEM, TODAY)
    assert (found.vendor, found.number, found.on) == ("Hikvision", 3, TODAY + timedelta(days=60))
    assert [(move.licence_id, move.days, move.cost) for move in found.moves[:1]] == [(one.pk, 30, Decimal("30.00"))]
    assert found.unknown == 1


def test_what_is_free_for_the_whole_window_is_told_with_what_it_costs(pool):
    make.licence(pool, 10, price=Decimal(1000), currency="EUR")
    for number in range(90):
        UsageDay.objects.create(
            pool=pool, site=pool.site, metric="camera", day=TODAY - timedelta(days=number), entitled=10, demanded=6,
            free=4 if number != 50 else 3,
        )  # fmt: skip
    [found] = usage.idle(SYSTEM, TODAY)
    assert (found.free, found.days, found.whole) == (3, 90, True)
    assert found.cost.amounts == (("EUR", Decimal("300.00")),)


def test_what_was_needed_on_one_day_is_not_idle(pool):
    for number in range(3):
        UsageDay.objects.create(
            pool=pool, site=pool.site, metric="camera", day=TODAY - timedelta(days=number), entitled=4, free=number % 2
        )
    assert usage.idle(SYSTEM, TODAY) == []


def test_a_days_positions_are_kept_once(pool, now):
    from licet.authorization.reconcile import judge_pools

    make.licence(pool, 10)
    judge_pools(None, now)
    assert usage.keep_day(TODAY) == 1
    assert usage.keep_day(TODAY) == 0
    assert UsageDay.objects.get().free == 10


def test_never_activated_and_twice_there_are_found(pool, now):
    never = make.licence(
        pool, 10, activation="not_activated", purchased_on=TODAY - timedelta(days=90), price=Decimal(50)
    )
    make.licence(pool, 10, activation="not_activated", purchased_on=TODAY - timedelta(days=89))
    assert list(usage.never_activated(SYSTEM, TODAY)) == [never]
    assert usage.money_of(usage.never_activated(SYSTEM, TODAY)).amounts == (("?", Decimal("50.00")),)
    one, two = make.licence(pool, 1), make.licence(pool, 2)
    for row in (one, two):
        KeyMark.objects.create(licence=row, fingerprint="f" * 64)
    [found] = usage.duplicates(SYSTEM, TODAY)
    assert (found.licence_id, found.twin) == (two.pk, one.pk)
