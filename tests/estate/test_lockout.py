"""A refused password is not tried again until a person replaces it (cases C020, C022)."""

from datetime import timedelta

from tests.conftest import NOW

from licet.estate.lockout import MARKS_KEPT, SignIn, lock_end, may_try, remembered


def test_a_fresh_credential_may_be_tried():
    assert may_try(SignIn("a"), NOW).allowed


def test_without_a_credential_nothing_is_tried():
    assert may_try(SignIn(), NOW).why == "no credential is stored for it"


def test_a_refused_password_is_not_tried_again_however_it_is_stored():
    assert not may_try(SignIn("a", ["a"]), NOW).allowed
    assert may_try(SignIn("b", ["a"]), NOW).allowed
    assert not may_try(SignIn("a", remembered(["a"], "b")), NOW).allowed


def test_a_locked_device_is_left_alone_until_the_time_is_over():
    locked = SignIn("a", (), NOW + timedelta(seconds=1795))
    assert may_try(locked, NOW).why == "locked by the device, 1795 s left"
    assert may_try(locked, NOW + timedelta(seconds=1795)).allowed


def test_a_lock_ends_when_the_device_said_within_reason():
    assert lock_end(1800, NOW) == NOW + timedelta(seconds=1800)
    assert lock_end(None, NOW) == NOW + timedelta(seconds=1800)
    assert lock_end(10**17, NOW) == NOW + timedelta(hours=24)
    assert lock_end(-5, NOW) == NOW


def test_only_so_many_refusals_are_remembered():
    marks = []
    for number in range(30):
        marks = remembered(marks, str(number))
    assert len(marks) == MARKS_KEPT
    assert marks[-1] == "29"
