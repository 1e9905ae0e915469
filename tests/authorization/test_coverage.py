"""The cases of authorization.md that coverage decides, each with its right outcome."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from licet.authorization import coverage
from licet.authorization.coverage import UNBOUNDED, Grant, Rules, band_at, stand
from licet.authorization.position import Reported, position
from licet.authorization.status import Status

TODAY = date(2026, 11, 26)
RULES = Rules(zone="Europe/Berlin", notice_days=90)


def grant(quantity, licence=1, *, metric="camera", **values):
    return Grant(licence=licence, grant=licence, metric=metric, quantity=quantity, title=f"licence {licence}", **values)


def bands(metric, grants, day, rules):
    return coverage.bands(metric, stand(grants, day, rules), rules)


def entitled(metric, grants, day, rules):
    return coverage.entitled([pair for pair in stand(grants, day, rules) if pair[0].metric == metric])


def at(place, grants, day=TODAY, rules=RULES, metric="camera"):
    return band_at(bands(metric, grants, day, rules), place)


def test_the_last_sixteen_of_eighty_expire_not_all():
    grants = [grant(64, 1), grant(36, 2, expires_on=date(2026, 12, 1))]
    assert [at(place, grants).status for place in (1, 64, 65, 80)] == [
        Status.AUTHORIZED, Status.AUTHORIZED, Status.EXPIRING, Status.EXPIRING,
    ]  # fmt: skip
    assert at(65, grants).valid_until == datetime(2026, 12, 1, 23, tzinfo=UTC)
    assert at(101, grants).status is Status.OVER_CAPACITY


def test_a_licence_is_valid_to_the_end_of_its_last_day_in_the_zone():
    ends_today = [grant(10, expires_on=TODAY)]
    assert at(1, ends_today).status is Status.EXPIRING
    assert at(1, ends_today, TODAY + timedelta(days=1)).status is Status.EXPIRED
    for zone, hour in (("Pacific/Tongatapu", datetime(2026, 11, 26, 11, tzinfo=UTC)), ("Pacific/Honolulu", datetime(2026, 11, 27, 10, tzinfo=UTC))):  # fmt: skip
        assert at(1, ends_today, rules=Rules(zone=zone)).valid_until == hour


def test_a_renewal_leaves_no_gap_and_is_not_counted_twice():
    old = grant(50, 1, expires_on=date(2026, 12, 31), superseded_by=(2,))
    new = grant(50, 2, starts_on=date(2026, 11, 1), expires_on=date(2027, 12, 31))
    assert entitled("camera", [old, new], TODAY, RULES) == 50
    assert at(50, [old, new]).status is Status.AUTHORIZED
    assert at(51, [old, new]).status is Status.OVER_CAPACITY
    later = grant(50, 2, starts_on=date(2027, 1, 1), expires_on=date(2027, 12, 31))
    for day in (TODAY, date(2026, 12, 31), date(2027, 1, 1)):
        assert entitled("camera", [old, later], day, RULES) == 50


def test_a_renewal_that_is_not_activated_does_not_replace_the_old_one():
    old = grant(50, 1, expires_on=date(2026, 12, 31), superseded_by=(2,))
    new = grant(50, 2, needs_activation=True, activation="not_activated")
    assert at(1, [old, new]).status is Status.EXPIRING
    assert at(1, [old, new], date(2027, 1, 1)).status is Status.EXPIRED


def test_an_expansion_on_the_overlap_counts_twice():
    grants = [grant(50, 1, expires_on=date(2026, 12, 31)), grant(50, 2)]
    assert entitled("camera", grants, TODAY, RULES) == 100


def test_beyond_what_is_stated_nothing_is_known_while_a_trial_of_unstated_size_runs():
    trial = grant(None, 1, metric="", kind="trial", expires_on=date(2026, 12, 10))
    pool = stand([grant(10, 2), trial], TODAY, RULES)
    found = position("camera", pool, 14, Reported(), TODAY)
    assert (found.over, found.usage, found.next_expiry) == (0, "unknown", date(2026, 12, 10))
    assert found.differences == ({"code": "trial_size_not_stated", "quantity": 4},)
    assert position("camera", pool, 10, Reported(), TODAY).usage == "in_balance"
    ended = stand([grant(10, 2), trial], date(2026, 12, 11), RULES)
    assert position("camera", ended, 14, Reported(), date(2026, 12, 11)).over == 4


def test_expansions_without_their_base_permit_nothing():
    base = grant(0, 1, kind="base", product="hcp", sku="BASE", expires_on=date(2026, 10, 1))
    more = grant(64, 2, product="hcp", base="BASE", base_metric="camera")
    band = at(1, [base, more])
    assert (band.status, band.reason) == (Status.UNLICENSED, "base_missing")
    assert band.params["base_missing"] == 64
    for demanded in (0, 3):
        assert position("camera", stand([base, more], TODAY, RULES), demanded, Reported(), TODAY).usage == "unlicensed"
    assert position("camera", stand([], TODAY, RULES), 0, Reported(), TODAY).usage == "in_balance"
    in_force = grant(0, 1, kind="base", product="hcp", sku="BASE")
    assert at(64, [in_force, more]).status is Status.AUTHORIZED


def test_an_expansion_ends_with_its_base():
    base = grant(0, 1, kind="base", product="hcp", sku="BASE", expires_on=date(2026, 12, 10))
    more = grant(64, 2, product="hcp", base="BASE", base_metric="camera")
    band = at(1, [base, more])
    assert (band.status, band.reason) == (Status.EXPIRING, "base_expiring")
    assert band.params["expires_on"] == "2026-12-10"
    assert at(1, [base, more], date(2026, 12, 11)).reason == "base_missing"


def test_a_perpetual_licence_covers_before_a_trial():
    trial = grant(10, 1, kind="trial", expires_on=date(2026, 12, 10))
    bought = grant(10, 2)
    assert at(1, [trial, bought]).licences == (2,)
    assert at(11, [trial, bought]).status is Status.EXPIRING


def test_bought_but_not_activated_is_not_coverage():
    idle = grant(64, 1, needs_activation=True, activation="not_activated")
    band = at(1, [idle])
    assert (band.status, band.reason, band.params["bought_not_activated"]) == (
        Status.UNLICENSED,
        "bought_not_activated",
        64,
    )
    band = at(11, [idle, grant(10, 2)])
    assert (band.status, band.params["bought_not_activated"]) == (Status.OVER_CAPACITY, 64)


def test_a_pool_without_grants_is_unlicensed():
    band = at(1, [])
    assert (band.status, band.reason) == (Status.UNLICENSED, "no_licence")


def test_a_pool_of_only_expired_licences_is_never_unlimited():
    grants = [grant(64, expires_on=date(2026, 3, 31))]
    assert entitled("camera", grants, TODAY, RULES) == 0
    assert entitled("camera", grants, date(2026, 3, 31), RULES) == 64
    assert at(1, grants).status is Status.EXPIRED
    assert at(65, grants).status is Status.OVER_CAPACITY


def test_a_credit_note_takes_places_away():
    grants = [grant(64, 1), grant(-20, 2, kind="correction")]
    assert entitled("camera", grants, TODAY, RULES) == 44
    assert at(44, grants).status is Status.AUTHORIZED
    assert at(45, grants).status is Status.OVER_CAPACITY


def test_an_unlimited_licence_covers_every_place():
    assert at(10**9, [grant(None)]).status is Status.AUTHORIZED
    assert entitled("camera", [grant(None)], TODAY, RULES) is None


def test_metrics_are_never_added_together():
    assert at(1, [grant(64, metric="door")]).reason == "no_licence"


def test_allocated_places_are_taken_out_of_the_pool():
    grants = [grant(3, allocated=2)]
    assert at(1, grants).status is Status.AUTHORIZED
    assert at(2, grants).status is Status.OVER_CAPACITY


def test_what_has_not_started_counts_from_its_first_day():
    grants = [grant(5, starts_on=date(2026, 12, 1))]
    band = at(1, grants)
    assert (band.status, band.reason) == (Status.UNLICENSED, "not_started")
    assert band.valid_until == datetime(2026, 11, 30, 23, tzinfo=UTC)
    assert at(1, grants, date(2026, 12, 1)).status is Status.AUTHORIZED


def test_grace_follows_the_last_day_where_the_product_has_one():
    grants = [grant(5, expires_on=date(2026, 11, 20), grace_days=10)]
    assert at(1, grants).status is Status.GRACE
    assert at(1, grants, date(2026, 12, 1)).status is Status.EXPIRED


def test_a_place_outside_all_bands_is_an_error():
    with pytest.raises(LookupError):
        band_at([], 1)


grants_of = st.lists(
    st.builds(
        grant,
        st.one_of(st.none(), st.integers(-20, 80)),
        st.integers(1, 30),
        expires_on=st.one_of(st.none(), st.dates(date(2026, 1, 1), date(2028, 1, 1))),
        starts_on=st.one_of(st.none(), st.dates(date(2025, 1, 1), date(2027, 6, 1))),
        kind=st.sampled_from(["expansion", "trial", "base"]),
        grace_days=st.integers(0, 30),
    ),
    max_size=8,
)


@given(grants_of, st.dates(date(2026, 1, 1), date(2028, 1, 1)))
def test_bands_are_contiguous_and_cover_exactly_what_the_pool_is_entitled_to(grants, day):
    found = bands("camera", grants, day, RULES)
    assert found[0].after == 0
    assert found[-1].upto == UNBOUNDED
    assert all(left.upto == right.after for left, right in pairwise(found))
    usable = sum(b.upto - b.after for b in found if b.status in {Status.AUTHORIZED, Status.EXPIRING, Status.GRACE})
    total = entitled("camera", grants, day, RULES)
    assert usable == (UNBOUNDED if total is None else total)


@given(grants_of, st.dates(date(2026, 1, 1), date(2027, 12, 1)))
def test_nothing_changes_before_valid_until(grants, day):
    for band in bands("camera", grants, day, RULES):
        place = band.after + 1
        until = band.valid_until
        last = (until - timedelta(seconds=1)).astimezone(ZoneInfo(RULES.zone)).date() if until else date(2030, 1, 1)
        assert band_at(bands("camera", grants, last, RULES), place).status is band.status


def test_a_chain_of_three_renewals_counts_once():
    first = grant(10, 1, expires_on=date(2027, 12, 31), superseded_by=(2, 3))
    second = grant(10, 2, starts_on=date(2025, 1, 1), expires_on=date(2025, 12, 31), superseded_by=(3,))
    third = grant(10, 3, starts_on=date(2026, 1, 1))
    assert entitled("camera", [first, second, third], TODAY, RULES) == 10


def test_a_perpetual_licence_does_not_come_back_when_its_renewal_has_ended():
    old = grant(10, 1, superseded_by=(2,))
    new = grant(10, 2, starts_on=date(2025, 1, 1), expires_on=date(2026, 1, 1))
    assert entitled("camera", [old, new], TODAY, RULES) == 0
    assert next(band.upto - band.after for band in bands("camera", [old, new], TODAY, RULES)) == 10


def test_an_expansion_in_grace_still_needs_its_base():
    more = grant(5, 2, product="hcp", base="BASE", base_metric="camera", expires_on=date(2026, 11, 20), grace_days=30)
    assert at(1, [more]).reason == "base_missing"
    base = grant(0, 1, kind="base", product="hcp", sku="BASE", expires_on=date(2026, 11, 20), grace_days=30)
    assert at(1, [base, more]).status is Status.GRACE


def test_an_unlimited_licence_that_is_not_activated_is_the_reason():
    assert at(1, [grant(None, needs_activation=True, activation="not_activated")]).reason == "bought_not_activated"


def test_before_it_was_bought_or_activated_a_licence_gives_nothing():
    bought = grant(
        5, starts_on=date(2026, 5, 1), needs_activation=True, activation="active", activated_on=date(2026, 6, 1)
    )
    assert at(1, [bought], date(2026, 4, 1)).reason == "not_started"
    assert at(1, [bought], date(2026, 5, 15)).reason == "bought_not_activated"
    assert at(1, [bought], date(2026, 6, 1)).status is Status.AUTHORIZED


def test_a_return_on_a_coming_day_ends_the_right_before_it():
    band = at(1, [grant(5, returned_on=date(2026, 12, 1))])
    assert band.valid_until == datetime(2026, 11, 30, 23, tzinfo=UTC)
    assert at(1, [grant(5, returned_on=date(2026, 12, 1))], date(2026, 12, 1)).status is Status.UNLICENSED
