"""What faces are told: scope, days in each site's zone, and figures of now."""

from datetime import UTC, date, datetime, timedelta

import pytest
from tests import factories as make

from licet.authorization import read, reconcile
from licet.authorization.read import AuthorizationFilter
from licet.sites.scope import SYSTEM

pytestmark = pytest.mark.django_db


def test_a_past_day_is_judged_at_its_end_where_the_site_is():
    tonga = make.installation(make.site(time_zone="Pacific/Tongatapu"))
    make.licence(tonga.pool, 1, expires_on=date(2026, 11, 26))
    make.member(tonga, make.device(tonga.site), "camera")
    for hour in range(48):
        reconcile.due(datetime(2026, 11, 25, tzinfo=UTC) + timedelta(hours=hour)) if hour else reconcile.everything(
            datetime(2026, 11, 25, tzinfo=UTC)
        )
    chosen = AuthorizationFilter(on=date(2026, 11, 25), rights=("software.camera",))
    assert [row.status for row in read.all_authorizations(SYSTEM, chosen)] == ["expiring"]
    rows = read.all_authorizations(SYSTEM, AuthorizationFilter(rights=("software.camera",)))
    assert [row.status for row in rows] == ["expired"]


def test_members_of_a_site_out_of_scope_are_not_named(now):
    top = make.site()
    mine, other = make.site(parent=top), make.site(parent=top)
    server = make.installation(mine)
    make.licence(server.pool, 5)
    make.member(server, make.device(mine, name="Mine"), "camera")
    make.member(server, make.device(other, name="Theirs"), "camera")
    reconcile.everything(now)
    bob = make.person("bob", "viewer", mine).actor()
    assert [row.subject for _, row in read.members(bob, server.pool.pk, "camera")] == ["Mine"]
    assert {row.subject for _, row in read.members(SYSTEM, server.pool.pk, "camera")} == {"Mine", "Theirs"}
    assert all(row.subject != "Theirs" for row in read.all_authorizations(bob, AuthorizationFilter()))


def test_the_sentence_of_an_open_period_has_the_figures_of_now(now):
    server = make.installation(make.site())
    make.licence(server.pool, 1)
    for _ in range(2):
        make.member(server, make.device(server.site), "camera")
    reconcile.everything(now)
    make.member(server, make.device(server.site), "camera")
    reconcile.changed(now, installations=[server.pk])
    over = list(read.all_authorizations(SYSTEM, AuthorizationFilter(statuses=("over_capacity",))))
    assert {row.detail for row in over} == {"3 are needed and the pool may use 1."}


def test_a_coming_day_writes_nothing(now):
    from licet.authorization.models import Authorization

    server = make.installation(make.site())
    make.licence(server.pool, 1, expires_on=date(2035, 1, 1))
    make.member(server, make.device(server.site), "camera")
    reconcile.everything(now)
    before = list(Authorization.objects.order_by("id").values())
    chosen = AuthorizationFilter(on=date(2036, 1, 1), rights=("software.camera",))
    assert [row.status for row in read.all_authorizations(SYSTEM, chosen)] == ["expired"]
    assert list(Authorization.objects.order_by("id").values()) == before
    assert [row.usage for row in read.positions(SYSTEM, on=date(2036, 1, 1))] == ["unlicensed"]


def test_explain_of_a_subject_out_of_scope_is_empty(now):
    row = make.device(make.site())
    reconcile.everything(now)
    assert read.explain(make.person("eve", "viewer", make.site()).actor(), 1, row.pk) == []
    assert read.explain(SYSTEM, 1, row.pk)


def test_the_worst_pools_are_the_first_of_all(now):
    top = make.site()
    for name, bought, used in (("none", 0, 1), ("over", 1, 3), ("half", 4, 2), ("empty", 5, 0), ("full", 2, 2)):
        server = make.installation(make.site(parent=top), name)
        if bought:
            make.licence(server.pool, bought)
        for _ in range(used):
            make.member(server, make.device(server.site), "camera")
    far = make.installation(make.site(), "elsewhere")
    make.member(far, make.device(far.site), "camera")
    reconcile.everything(now)
    every = read.positions(SYSTEM)
    assert [row.over for row in every][:3] == [2, 1, 1]
    for size in (1, 3, 10):
        assert read.worst_positions(SYSTEM, None, size) == (every[:size], len(every))
    assert read.worst_positions(SYSTEM, top, 10) == (read.positions(SYSTEM, top), len(every) - 1)
    bob = make.person("bob", "viewer", far.site).actor()
    assert read.worst_positions(bob, None, 10) == (read.positions_of(bob, far.pool.pk), 1)
    assert read.positions_of(bob, every[0].pool_id) == []
