"""Places given by hand: one rule for every way, and who did not get one is said (case C084)."""

import pytest
from tests import factories as make

from licet.ledger.models import Entry
from licet.register.allocation import Wanted, allocate, allocate_many, release
from licet.sites.record import NotPossible

pytestmark = pytest.mark.django_db


@pytest.fixture
def cameras(server):
    return [make.device(server.site, name=f"CAM-0{number}") for number in (1, 2, 3)]


def test_a_bulk_of_three_gives_two_and_lists_one_with_the_reason(boss, server, cameras):
    grant = make.licence(server.pool, 2).grants.get()
    done = allocate_many(boss, grant, [Wanted(row.name, (1, row.pk)) for row in cameras])
    assert [one.told for one in done.given] == ["CAM-01", "CAM-02"]
    assert [(one.told, why) for one, why in done.left] == [("CAM-03", "2 are granted and 2 already allocated.")]
    assert Entry.objects.order_by("-seq")[0].action == "register:licence:allocated"


def test_one_by_one_the_third_hears_the_same(boss, server, cameras):
    grant = make.licence(server.pool, 2).grants.get()
    for row in cameras[:2]:
        allocate(boss, grant, subject=(1, row.pk))
    with pytest.raises(NotPossible, match="2 are granted and 2 already allocated"):
        allocate(boss, grant, subject=(1, cameras[2].pk))


def test_nobody_gets_the_same_licence_twice(boss, server, cameras):
    grant = make.licence(server.pool, 9).grants.get()
    wanted = [
        Wanted("a", (1, cameras[0].pk)),
        Wanted("a", (1, cameras[0].pk)),
        Wanted("Gate", assignee="Gate"),
        Wanted("gate", assignee="gate"),
    ]
    done = allocate_many(boss, grant, wanted)
    assert len(done.given) == 2
    assert {why for _, why in done.left} == {"It has a place of this licence already."}


def test_a_product_that_allows_over_use_gives_on(boss, server, cameras):
    grant = make.licence(server.pool, 1, product=make.product(over_use="allowed")).grants.get()
    done = allocate_many(boss, grant, [Wanted(row.name, (1, row.pk)) for row in cameras])
    assert len(done.given) == 3


def test_a_whole_server_takes_72_at_once(boss, server):
    grant = make.licence(server.pool, 72, metric="core").grants.get()
    allocate(boss, grant, subject=(3, server.pk), quantity=72)
    with pytest.raises(NotPossible, match="already allocated"):
        allocate(boss, grant, assignee="another", quantity=1)


def test_places_are_taken_back(boss, server, cameras):
    licence = make.licence(server.pool, 1)
    row = allocate(boss, licence.grants.get(), subject=(1, cameras[0].pk))
    assert release(boss, licence, [row.pk]) == [(1, cameras[0].pk)]
    with pytest.raises(NotPossible, match="No such place"):
        release(boss, licence, [row.pk])
    other = make.licence(server.pool, 1)
    row = allocate(boss, licence.grants.get(), subject=(1, cameras[0].pk))
    with pytest.raises(NotPossible, match="No such place"):
        release(boss, other, [row.pk])
