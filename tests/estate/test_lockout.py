"""A refused password is not tried again until a person replaces it (cases C020, C022)."""

from datetime import timedelta

from tests.conftest import NOW

from licet.estate.lockout import SignIn, may_try


def test_a_fresh_credential_may_be_tried():
    assert may_try(SignIn(credential=1, version=1), NOW).allowed


def test_without_a_credential_nothing_is_tried():
    assert may_try(SignIn(), NOW).why == "no credential is stored for it"


def test_a_refused_password_is_not_tried_again_until_it_is_replaced():
    refused = SignIn(credential=1, version=1, refused_credential=1, refused_version=1)
    assert not may_try(refused, NOW).allowed
    assert may_try(SignIn(credential=1, version=2, refused_credential=1, refused_version=1), NOW).allowed
    assert may_try(SignIn(credential=2, version=1, refused_credential=1, refused_version=1), NOW).allowed


def test_a_locked_device_is_left_alone_until_the_time_is_over():
    locked = SignIn(credential=1, version=1, locked_until=NOW + timedelta(seconds=1795))
    assert may_try(locked, NOW).why == "locked by the device, 1795 s left"
    assert may_try(locked, NOW + timedelta(seconds=1795)).allowed
