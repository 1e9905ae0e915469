"""What is wrong with an account, rule by rule."""

from datetime import date

import pytest

from licet.access import flags

TODAY = date(2026, 11, 26)
FINE = flags.State(
    name="operator1", admin=False, approved=True, installer=False, ends_on=None, reviewed=True, due_on=date(2027, 3, 1),
    left=False, shares=0, admins=1, max_admins=2,
)  # fmt: skip


def told(**values):
    import dataclasses

    return set(flags.of(dataclasses.replace(FINE, **values), TODAY))


def test_an_approved_reviewed_account_has_nothing():
    assert told() == set()


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"left": True}, {"leaver"}),
        ({"approved": False}, {"not_approved"}),
        ({"approved": None}, {"undecided"}),
        ({"name": "admin", "admin": True, "shares": 12}, {"shared_admin", "product_admin"}),
        ({"name": "admin", "admin": True, "shares": 1}, {"product_admin"}),
        ({"name": "licet", "shares": 12}, set()),
        ({"name": "licet", "admin": True, "shares": 1}, {"product_admin"}),
        ({"admin": True, "admins": 3}, {"many_admins"}),
        ({"admin": True, "admins": 2}, set()),
        ({"admin": False, "admins": 3}, set()),
        ({"installer": True}, {"installer"}),
        ({"installer": True, "ends_on": date(2026, 12, 1)}, set()),
        ({"ends_on": TODAY}, set()),
        ({"ends_on": date(2026, 11, 25)}, {"ended"}),
        ({"reviewed": False}, {"never_reviewed"}),
        ({"due_on": TODAY}, set()),
        ({"due_on": date(2026, 11, 25)}, {"overdue"}),
    ],
)
def test_each_rule_holds_where_it_should_and_only_there(values, expected):
    assert told(**values) == expected


def test_flags_go_into_one_number_and_back_worst_first():
    found = frozenset({"overdue", "leaver", "installer"})
    assert flags.codes(flags.bits(found)) == ["leaver", "installer", "overdue"]
    bits = [bit for bit, _, _ in flags.FLAGS.values()]
    assert bits == [1 << n for n in range(len(bits))]


@pytest.mark.parametrize(
    ("level", "name", "expected"),
    [
        ("Administrator", "x", True), ("Operator", "admin", False), ("Viewer", "x", False), ("", "admin", True),
        ("", "anna", False), ("Super Admin", "x", True), ("Owner", "anna@example.org", True),
    ],
)  # fmt: skip
def test_who_is_an_administrator(level, name, expected):
    assert flags.is_admin(level, name) is expected
