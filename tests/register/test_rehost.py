"""Activations bind a licence to a host; a move to another host is a list of steps, each with who and when."""

from datetime import date

import pytest
from tests import factories as make

from licet.ledger.models import Entry
from licet.register import rehost
from licet.register.rehost import Host
from licet.sites.record import NotPossible

pytestmark = pytest.mark.django_db

OLD = Host("vms-1", virtual=True, machine_id="4c4c4544", macs=("00:11:22:33:44:55",), mainboard="MB-1")


@pytest.fixture
def licence(server):
    return make.licence(
        server.pool, 64, activation="not_activated", product=make.product(transfer="free", needs_activation=True)
    )


def test_an_offline_activation_waits_for_its_answer(boss, licence):
    rehost.add_activation(boss, licence, "requested", way="offline", on=date(2026, 3, 1), host=OLD)
    licence.refresh_from_db()
    assert licence.activation == "pending"
    rehost.add_activation(boss, licence, "activated", way="offline", on=date(2026, 3, 2), host=OLD)
    licence.refresh_from_db()
    assert (licence.activation, licence.activated_on) == ("active", date(2026, 3, 2))
    assert rehost.bound_to(licence) == OLD
    assert Entry.objects.order_by("-seq")[0].action == "register:licence:activated"


def test_a_second_activation_without_a_deactivation_is_refused(boss, licence):
    rehost.add_activation(boss, licence, "activated", way="online", on=date(2026, 3, 2), host=OLD)
    with pytest.raises(NotPossible, match="Deactivate it first"):
        rehost.add_activation(boss, licence, "activated", way="online", on=date(2026, 4, 2), host=Host("vms-2"))
    rehost.add_activation(boss, licence, "deactivated", way="online", on=date(2026, 4, 1), host=OLD)
    rehost.add_activation(boss, licence, "activated", way="online", on=date(2026, 4, 2), host=Host("vms-2"))
    assert rehost.bound_to(licence).name == "vms-2"


def test_a_host_that_differs_is_told_only_where_both_are_known():
    assert OLD.differs(Host("vms-1", virtual=False, macs=("00:11:22:33:44:66",))) == ("virtual", "macs")
    assert OLD.differs(Host()) == ()


def test_a_move_is_ticked_step_by_step(boss, licence):
    move = rehost.start(boss, licence, "vms-2", reason="old server is worn")
    with pytest.raises(NotPossible, match="on its way"):
        rehost.start(boss, licence, "vms-3", reason="again")
    with pytest.raises(NotPossible, match="Deactivate it on the old host first"):
        rehost.tick(boss, move, "activated")
    for step in rehost.STEPS:
        rehost.tick(boss, move, step, "seen")
    move.refresh_from_db()
    assert (move.state, move.ticks.count()) == ("done", len(rehost.STEPS))
    with pytest.raises(NotPossible, match="ended"):
        rehost.tick(boss, move, "backup")


def test_a_move_ends_early_only_with_what_nobody_may_leave_out(boss, licence):
    move = rehost.start(boss, licence, "vms-2", reason="x")
    with pytest.raises(NotPossible, match="deactivated, new host, activated"):
        rehost.finish(boss, move, reason="done")
    for step in ("deactivated", "new_host", "activated"):
        rehost.tick(boss, move, step)
    rehost.finish(boss, move, reason="no backup needed")
    move.refresh_from_db()
    assert move.state == "done"
    again = rehost.start(boss, licence, "vms-3", reason="y")
    rehost.cancel(boss, again, reason="not now")
    assert again.state == "cancelled"


def test_a_product_of_unknown_rules_asks_for_the_vendors_word(boss, licence):
    licence.product.transfer = "limited"
    with pytest.raises(NotPossible, match="limited number"):
        rehost.start(boss, licence, "vms-2", reason="x")
    assert rehost.start(boss, licence, "vms-2", reason="x", agreed=True).state == "open"


def test_addresses_of_network_cards_in_any_spelling():
    assert rehost.macs_of("00-11-22-AA-BB-CC, 0011.22aa.bbcc 00:11:22:aa:bb:cd") == (
        "00:11:22:aa:bb:cc",
        "00:11:22:aa:bb:cd",
    )
    with pytest.raises(NotPossible, match="no MAC"):
        rehost.macs_of("00:11:22:aa:bb")
