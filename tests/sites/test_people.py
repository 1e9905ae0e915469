"""The rules about people, tokens and roles, asked directly."""

from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from tests import factories as make

from licet.ledger.read import entries, latest, verify
from licet.sites import people
from licet.sites.access_models import FailedSignIns, Token
from licet.sites.custom_roles import add_role, change_role, effects, remove_role
from licet.sites.people import deactivate, give_role, invite, invite_again, take_role
from licet.sites.policy import needs_second_factor, set_policy
from licet.sites.record import NotPossible
from licet.sites.roles import PERMISSIONS, ROLES
from licet.sites.scope import SYSTEM, Actor, administrator
from licet.sites.session import end_sessions
from licet.sites.sign_in import close_windows, failed
from licet.sites.token import (
    SCOPES,
    NotFromHere,
    actor_of,
    add_token,
    find_token,
    is_token,
    revoke_token,
    tokens,
)

PATHS = some.sampled_from(["", "/1/", "/1/2/", "/1/2/3/", "/1/4/", "/5/", "/12/"])
WORDS = sorted(PERMISSIONS)
SETS = some.integers(0, 2 ** len(WORDS) - 1).map(
    lambda mask: frozenset(word for place, word in enumerate(WORDS) if mask >> place & 1)
)
ACTORS = some.lists(some.tuples(PATHS, SETS), max_size=4).map(lambda grants: Actor("x", tuple(grants), 1))


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # on a busy machine drawing is slow
@given(ACTORS, SETS, PATHS, PATHS, some.sampled_from(sorted(PERMISSIONS)))
def test_a_narrowed_actor_may_exactly_what_both_allow(actor, permissions, limit, path, permission):
    narrow = actor.narrowed(permissions, limit, token=7)
    both = actor.may(permission, path) and permission in permissions and path.startswith(limit)
    assert narrow.may(permission, path) == both


def test_an_administrator_has_every_permission_and_no_scope_has_more():
    assert administrator("x").may_all(PERMISSIONS, "")
    assert frozenset().union(*SCOPES.values()) <= PERMISSIONS
    assert SCOPES["read"] & {"edit_estate", "edit_register", "sweep", "reveal", "approve_reveal", "administer"} == set()


@pytest.fixture
def berlin(db):
    make.person("boss", "administrator")
    return make.site("Berlin")


def test_a_token_has_never_more_than_its_person_now(berlin):
    anna = make.person("anna", "technician", berlin)
    _row, text = add_token(anna.actor(), anna, "x", list(SCOPES), days=1)
    actor = actor_of(text)
    assert {word for word in PERMISSIONS if actor.may(word, berlin.path)} == ROLES["technician"].permissions
    assert not actor.may_anywhere("reveal")
    anna.memberships.update(role="viewer")
    assert not actor_of(text).may_anywhere("edit_estate")
    anna.memberships.all().delete()
    assert actor_of(text).grants == ()


def test_a_token_has_its_prefix_and_256_random_bits_and_only_its_digest_is_kept(berlin):
    anna = make.person("anna", "viewer", berlin)
    row, text = add_token(anna.actor(), anna, "x", ["read"], days=1)
    assert text.startswith("lct_")
    assert is_token(text)
    assert len(text) == 4 + 43
    assert (row.hint, len(row.digest)) == (text[:8], 64)
    assert actor_of(text[:-1] + ("A" if text[-1] != "A" else "B")) is None
    assert actor_of(row.digest) is None


def test_a_tokens_use_is_noted_at_most_once_a_minute_and_new_addresses_are_told(berlin, django_assert_num_queries):
    anna = make.person("anna", "viewer", berlin)
    row, text = add_token(anna.actor(), anna, "x", ["read"], days=1)
    actor_of(text, address="192.0.2.1")
    row.refresh_from_db()
    assert (row.last_used_from, row.seen_from) == ("192.0.2.1", ["192.0.2.1"])
    entry = latest(size=1)[0]
    assert (entry["action"], entry["after"]["address"]) == ("sites:token:used_from_new_address", "192.0.2.1")
    first = row.last_used_at
    with django_assert_num_queries(1):  # the token with its person and his roles
        actor_of(text, address="192.0.2.1")
    row.refresh_from_db()
    assert row.last_used_at == first
    Token.objects.update(last_used_at=timezone.now() - timedelta(minutes=2))
    actor_of(text, address="192.0.2.1")
    row.refresh_from_db()
    assert row.last_used_at > first
    assert latest(size=1)[0]["seq"] == entry["seq"]


def test_a_token_bound_to_networks_is_refused_elsewhere_and_that_is_told_once(berlin):
    anna = make.person("anna", "viewer", berlin)
    row, text = add_token(anna.actor(), anna, "x", ["read"], days=1, networks=["192.0.2.7/24", "2001:db8::1"])
    assert row.networks == ["192.0.2.0/24", "2001:db8::1/128"]
    for inside in ("192.0.2.200", "::ffff:192.0.2.1", "2001:db8::1"):
        assert actor_of(text, address=inside).person == anna.pk
    for outside in ("198.51.100.1", "198.51.100.1", "not an address", ""):
        with pytest.raises(NotFromHere):
            actor_of(text, address=outside)
    told = [one["after"]["address"] for one in entries() if one["action"] == "sites:token:refused_from_address"]
    assert told == ["198.51.100.1", "not an address", "127.0.0.1"]
    with pytest.raises(NotPossible, match="no network"):
        add_token(anna.actor(), anna, "x", ["read"], days=1, networks=["192.0.2.0/33"])


def test_nobody_makes_a_token_for_somebody_else(berlin):
    anna, carl = make.person("anna", "administrator"), make.person("carl", "viewer", berlin)
    _row, text = add_token(anna.actor(), anna, "x", list(SCOPES), days=1)
    for actor in (anna.actor(), actor_of(text)):
        with pytest.raises(NotPossible, match="signed in"):
            add_token(actor, carl, "y", ["read"], days=1)
    _row, text = add_token(SYSTEM, carl, "y", ["read"], days=1)
    assert actor_of(text).person == carl.pk
    with pytest.raises(NotPossible, match="more than read"):
        add_token(actor_of(text), carl, "z", ["read"], days=1)


def test_a_token_makes_no_more_than_a_part_of_itself_which_ends_with_it(berlin):
    anna, hall, leeds = make.person("anna", "administrator"), make.site("Hall", berlin), make.site("Leeds")
    maker, text = add_token(
        anna.actor(), anna, "x", ["read", "write"], days=2, site=berlin, networks=["192.0.2.0/24", "2001:db8::/32"]
    )
    actor = actor_of(text, address="192.0.2.1")
    for refused in (
        {"scopes": ["read", "sweep"]}, {"site": leeds}, {"networks": ["192.0.2.0/23"]}, {"networks": ["192.0.2.7", "::/0"]},
    ):  # fmt: skip
        with pytest.raises(NotPossible, match="The token that makes it"):
            add_token(actor, anna, "y", **{"scopes": ["read"], "days": 1, **refused})
    row, part = add_token(actor, anna, "y", ["write"], days=30, site=hall, networks=["192.0.2.7"])
    assert (row.expires_at, row.networks) == (maker.expires_at, ["192.0.2.7/32"])
    inner = actor_of(part, address="192.0.2.7")
    assert {path for path, _held in inner.grants} == {hall.path}
    with pytest.raises(NotPossible, match="makes none"):
        add_token(inner, anna, "z", ["write"], days=1)
    same, _text = add_token(actor, anna, "y", ["read"], days=1)
    assert (same.site, same.networks) == (berlin, maker.networks)
    revoke_token(actor, maker)
    assert actor_of(part, address="192.0.2.7") is None
    assert {one.state for one in tokens(anna.actor(), anna)} == {"revoked"}


def test_a_token_learns_of_and_ends_no_other_of_its_person(berlin):
    anna, carl = make.person("anna", "administrator"), make.person("carl", "viewer", berlin)
    other, _text = add_token(anna.actor(), anna, "other", ["read"], days=1)
    his, _text = add_token(carl.actor(), carl, "his", ["read"], days=1)
    mine, text = add_token(anna.actor(), anna, "x", ["write", "administer"], days=1)
    actor = actor_of(text)
    assert [row.id for row in tokens(actor)] == [mine.pk]
    assert find_token(actor, other.pk) is None
    for row in (other, his):
        with pytest.raises(NotPossible, match="end this token"):
            revoke_token(actor, row)
    _row, text = add_token(anna.actor(), anna, "x", ["read", "people"], days=1)
    assert {row.id for row in tokens(actor_of(text))} >= {other.pk, his.pk}
    revoke_token(actor_of(text), his)


def test_a_token_changes_no_people_without_its_scope_and_gives_nothing_that_it_lacks(berlin):
    anna, carl = make.person("anna", "administrator"), make.person("carl", "viewer", berlin)
    without = actor_of(add_token(anna.actor(), anna, "x", [one for one in SCOPES if one != "people"], days=1)[1])
    for work in (
        lambda: invite(without, "eve", role="viewer"), lambda: give_role(without, carl, "viewer", None),
        lambda: take_role(without, carl, "viewer", berlin), lambda: deactivate(without, carl),
        lambda: add_role(without, "nights", ["view"]), lambda: set_policy(without, second_factor_for=(), token_days=9),
        lambda: end_sessions(without, carl), lambda: invite_again(without, carl),
    ):  # fmt: skip
        with pytest.raises(NotPossible):
            work()
    part = actor_of(add_token(anna.actor(), anna, "x", ["people", "sweep"], days=1)[1])
    with pytest.raises(NotPossible, match="permissions you hold"):
        give_role(part, carl, "technician", None)
    give_role(part, carl, "viewer", None)


def test_a_role_is_changed_by_nobody_who_lacks_what_changes(berlin):
    anna, carl = make.person("anna", "administrator"), make.person("carl")
    add_role(anna.actor(), "office", ["view", "administer"])
    add_role(anna.actor(), "keys", ["view", "reveal"])
    give_role(anna.actor(), carl, "office", None)
    for work in (
        lambda: change_role(carl.actor(), "office", ["view", "administer", "reveal"]),
        lambda: change_role(carl.actor(), "keys", ["view"]), lambda: remove_role(carl.actor(), "keys"),
    ):  # fmt: skip
        with pytest.raises(NotPossible, match="reveal"):
            work()
    change_role(carl.actor(), "office", ["administer"])
    assert not carl.actor().may_anywhere("view")


def test_failed_sign_ins_of_an_account_are_one_entry_in_ten_minutes(berlin):
    anna = make.person("anna", "viewer", berlin)
    before = len(latest(size=100))
    for number in range(30):
        failed("anna", "wrong" if number else "held", f"192.0.2.{number}")
    for number in range(100):
        failed(f"guess{number}", "wrong", "192.0.2.1")
    assert len(latest(size=100)) == before
    assert FailedSignIns.objects.count() in {2, 3}  # the clock's ten minutes may just have turned
    assert close_windows() == 0
    assert close_windows(timezone.now() + timedelta(minutes=11)) in {2, 3}
    written = [entry for entry in latest(size=100) if entry["action"] == "sites:session:refused"]
    mine = next(entry for entry in written if entry["object_id"] == str(anna.pk))
    assert (mine["after"]["tries"], mine["after"]["reasons"]) == (30, {"held": 1, "wrong": 29})
    assert len(mine["after"]["addresses"]) == 20
    assert sum(entry["after"]["tries"] for entry in written if entry["object_id"] == "unknown") == 100
    assert "guess" not in str(written)
    assert FailedSignIns.objects.count() == 0
    assert verify().ok


def test_what_a_role_change_means_does_not_count_what_another_role_gives(berlin):
    add_role(SYSTEM, "night", ["view", "sweep"])
    anna, carl = make.person("anna", "night", berlin), make.person("carl", "night", berlin)
    carl.memberships.create(role="technician", site=None)
    found = effects("night", ["view", "ledger"])
    assert [(one.person, one.gains, one.loses) for one in found] == [
        ("anna", ("ledger",), ("sweep",)),
        ("carl", ("ledger",), ()),
    ]
    assert [(one.person, one.loses) for one in effects("night", None)] == [("anna", ("sweep", "view"))]
    change_role(SYSTEM, "night", ["view", "ledger"])
    assert anna.actor().may("ledger", berlin.path)
    set_policy(SYSTEM, second_factor_for=["night", "auditor"], token_days=10)
    assert needs_second_factor(anna)
    assert remove_role(SYSTEM, "night") == 2
    assert not needs_second_factor(anna)


def test_a_word_that_is_no_permission_any_more_gives_nothing(berlin):
    row = add_role(SYSTEM, "night", ["view"])
    row.permissions = ["view", "everything"]
    row.save()
    assert make.person("anna", "night", berlin).actor().grants == ((berlin.path, frozenset({"view"})),)
    assert make.person("carl", "no_such_role", berlin).actor().grants == ((berlin.path, frozenset()),)


@pytest.mark.parametrize(
    ("write", "said"),
    [
        (lambda actor, anna, site: people.invite(actor, "x", role="viewer", site=site), "may not give roles here"),
        (lambda actor, anna, site: people.give_role(actor, anna, "viewer", site), "may not give roles here"),
        (lambda actor, anna, site: people.take_role(actor, anna, "viewer", site), "may only take roles away"),
        (lambda actor, anna, site: people.deactivate(actor, anna), "may not switch this person off"),
        (lambda actor, anna, site: people.activate(actor, anna), "may not switch this person on"),
        (lambda actor, anna, site: people.invite_again(actor, anna), "may not hand out a link"),
        (lambda actor, anna, site: add_role(actor, "x", ["view"]), "Only an administrator of all sites"),
        (lambda actor, anna, site: set_policy(actor, second_factor_for=[], token_days=1), "Only an administrator"),
    ],
)
@pytest.mark.parametrize("role", [None, "viewer", "auditor", "elsewhere"])
def test_writes_about_people_need_the_right_role_there(berlin, write, said, role):
    anna = make.person("anna", "viewer", berlin)
    if role == "elsewhere":
        actor = make.person("other", "administrator", make.site("Leeds")).actor()
    else:
        actor = make.person("other", role, berlin).actor() if role else Actor("nobody")
    before = latest(size=1)
    with pytest.raises(NotPossible, match=said):
        write(actor, anna, berlin)
    assert latest(size=1) == before


def test_names_differ_by_more_than_case(berlin):
    people.invite(SYSTEM, "Anna", role="viewer", site=berlin)
    with pytest.raises(NotPossible, match="already"):
        people.invite(SYSTEM, "anna", role="viewer", site=berlin)


def test_before_there_is_any_administrator_people_can_be_switched_off(db):
    anna = make.person("anna", "viewer", make.site("Berlin"))
    people.deactivate(SYSTEM, anna)
    assert not anna.is_active
    people.activate(SYSTEM, anna)
    people.take_role(SYSTEM, anna, "viewer", anna.memberships.get().site)
    assert not anna.memberships.exists()


def test_the_last_administrator_keeps_his_role_and_his_account(berlin):
    boss = people.manageable(SYSTEM).get(username="boss")
    for write in (
        lambda: people.deactivate(SYSTEM, boss),
        lambda: people.take_role(SYSTEM, boss, "administrator", None),
    ):
        with pytest.raises(NotPossible, match="last administrator"):
            write()
    boss.refresh_from_db()
    assert boss.is_active
    assert boss.actor().may("administer", "")
