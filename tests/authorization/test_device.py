"""What a device's own facts decide, right by right."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.conftest import NOW

from licet.authorization import device
from licet.authorization.device import DeviceState, verdicts

SEEN = NOW - timedelta(hours=1)
GOOD = DeviceState(
    country="DE",
    activated=True,
    activated_seen_at=SEEN,
    region="WR",
    serial_number="DS-2CD2146G2-ISU20230415AAWRZ00003001",
    has_credential=True,
    reach="answered",
    last_asked_at=SEEN,
    signed_in_at=SEEN,
    ezviz_enabled=True,
    ezviz_registered=True,
    ezviz_bound=True,
    ezviz_seen_at=SEEN,
    ours=True,
    lists_read=True,
    isup_enabled=False,
    isup_seen_at=SEEN,
)


def said(right, **values):
    found = {verdict.right: verdict for verdict in verdicts(replace(GOOD, **values), NOW)}
    return found[right].status, found[right].reason


def test_a_device_in_order_is_authorized():
    assert {(v.right, str(v.status)) for v in verdicts(GOOD, NOW)} == {
        ("device.activation", "authorized"), ("device.management", "authorized"), ("device.region", "authorized"),
        ("cloud.registration", "authorized"), ("cloud.binding", "authorized"), ("cloud.third_party", "not_required"),
        ("software.camera", "not_required"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("right", "values", "expected"),
    [
        ("device.activation", {"activated": False}, ("not_activated", "not_activated")),
        ("device.activation", {"activated": None}, ("unknown", "activation_not_said")),
        ("device.activation", {"activated": None, "reach": "unreachable"}, ("unknown", "unreachable")),
        ("device.activation", {"activated": None, "last_asked_at": None}, ("unknown", "never_asked")),
        ("device.activation", {"activated_seen_at": NOW - timedelta(hours=73)}, ("unknown", "stale")),
        ("device.management", {"activated": False}, ("not_activated", "not_activated")),
        ("device.management", {"refused": True, "refused_at": SEEN}, ("suspended", "credential_refused")),
        ("device.management", {"locked_until": NOW + timedelta(seconds=1795)}, ("unknown", "locked_by_device")),
        ("device.management", {"reach": "policy", "reach_reason": "basic_only"}, ("unknown", "basic_only")),
        ("device.management", {"signed_in_at": None, "has_credential": False}, ("unknown", "no_credential")),
        ("device.management", {"signed_in_at": NOW - timedelta(days=4)}, ("unknown", "stale")),
        ("device.region", {"region": "CH"}, ("unlicensed", "region_mismatch")),
        ("device.region", {"region": "CH", "country": "CN"}, ("authorized", "region_fits")),
        ("device.region", {"region": "CH", "country": ""}, ("unknown", "country_missing")),
        ("device.region", {"region": "RR"}, ("authorized", "region_fits")),
        ("device.region", {"region": ""}, ("unknown", "region_not_readable")),
        ("cloud.registration", {"ezviz_enabled": False}, ("not_required", "hik_connect_off")),
        ("cloud.registration", {"ezviz_enabled": None}, ("unknown", "cloud_not_said")),
        ("cloud.registration", {"ezviz_registered": False}, ("not_registered", "enabled_offline")),
        ("cloud.registration", {"ezviz_registered": None}, ("unknown", "cloud_not_said")),
        ("cloud.registration", {"ezviz_seen_at": NOW - timedelta(days=4)}, ("unknown", "stale")),
        ("cloud.binding", {"ours": False}, ("suspended", "bound_to_other")),
        ("cloud.binding", {"ours": False, "lists_read": False}, ("unknown", "no_account_list")),
        ("cloud.binding", {"ezviz_bound": False}, ("not_registered", "listed_but_not_bound")),
        ("cloud.binding", {"ezviz_bound": False, "ours": False}, ("not_registered", "online_unbound")),
        ("cloud.third_party", {"isup_enabled": True, "isup_server": "192.0.2.9"}, ("unknown", "uplink_not_reviewed")),
        ("cloud.third_party", {"isup_enabled": None}, ("unknown", "isup_not_said")),
    ],
)
def test_each_right_follows_its_facts(right, values, expected):
    assert said(right, **values) == expected


def test_a_locked_device_says_the_seconds_left_for_every_right_that_needs_a_sign_in():
    locked = replace(GOOD, ezviz_enabled=None, locked_until=NOW + timedelta(seconds=1795))
    verdict = device.registration(locked, NOW)
    assert (verdict.reason, verdict.params["seconds"]) == ("locked_by_device", 1795)


def test_an_app_of_the_maker_is_included_and_a_strangers_app_is_unknown():
    state = replace(GOOD, apps_running=("Road Traffic", "Heat Map by Others"), apps_seen_at=SEEN)
    found = {verdict.right: verdict.reason for verdict in device.apps(state, NOW)}
    assert found == {
        "feature.app:Road Traffic": "included_with_hardware",
        "feature.app:Heat Map by Others": "app_licence_not_readable",
    }


def test_a_managed_device_has_no_verdict_on_its_software_right_here():
    assert "software.camera" not in {verdict.right for verdict in verdicts(replace(GOOD, managed=True), NOW)}


def test_no_fact_that_is_still_fresh_goes_stale_before_valid_until():
    for verdict in verdicts(GOOD, NOW):
        if verdict.valid_until is None:
            continue
        just_before = {v.right: v.status for v in verdicts(GOOD, verdict.valid_until - timedelta(seconds=1))}
        at = {v.right: v.status for v in verdicts(GOOD, verdict.valid_until)}
        assert just_before[verdict.right] == verdict.status
        assert at[verdict.right] == "unknown"


def test_every_reason_of_every_rule_has_words():
    import inspect
    import re

    from licet.authorization import coverage, installation
    from licet.authorization.words import WORDS

    source = "".join(inspect.getsource(module) for module in (device, coverage, installation))
    used = set(re.findall(r'Status\.[A-Z_]+, "([a-z_]+)"', source)) | set(re.findall(r'now, "([a-z_]+)"\)', source))
    assert len(used) > 40
    assert used - set(WORDS) == set()
