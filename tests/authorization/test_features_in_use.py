"""On-camera apps that were bought, features that run without a licence, licences drawn and not used."""

from datetime import UTC, date, datetime, timedelta

import pytest

from licet.authorization.device import (
    BoughtApp,
    DeviceState,
    Party,
    Slots,
    apps,
    binding,
    engines,
    features_in_use,
    third_party,
)
from licet.authorization.words import WORDS

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
TODAY = NOW.date()


def state(*running, **values):
    return DeviceState(apps_running=running, apps_seen_at=NOW, **{"managed": True, "zone": "UTC"} | values)


def told(verdicts):
    return [(one.right, str(one.status), one.reason) for one in verdicts]


def test_a_bought_app_that_runs_is_authorized_through_its_last_day():
    found = state("Queue counter", bought_apps=(BoughtApp("queue COUNTER", TODAY),))
    [one] = apps(found, NOW)
    assert told([one]) == [("feature.app:Queue counter", "authorized", "app_bought")]
    assert one.valid_until == datetime(2026, 11, 27, tzinfo=UTC)
    over = datetime(2026, 11, 27, tzinfo=UTC)
    assert told(apps(found, over)) == [("feature.app:Queue counter", "expired", "app_licence_over")]


def test_a_bought_app_that_does_not_run_is_paid_for_and_unused():
    found = state("Smart Event", bought_apps=(BoughtApp("Queue counter"),))
    assert told(apps(found, NOW)) == [
        ("feature.app:Smart Event", "authorized", "included_with_hardware"),
        ("feature.app:Queue counter", "authorized", "app_bought_not_running"),
    ]


def test_an_app_of_others_that_nobody_bought_stays_unknown():
    assert told(apps(state("Queue counter"), NOW)) == [
        ("feature.app:Queue counter", "unknown", "app_licence_not_readable")
    ]


def test_plates_are_read_without_a_licence_drawn():
    assert told(features_in_use(state("ROAD traffic"), NOW)) == [
        ("feature.in_use:anpr_camera", "unknown", "feature_runs_undrawn")
    ]
    assert told(features_in_use(state("人脸抓拍"), NOW)) == [
        ("feature.in_use:facial_recognition_camera", "unknown", "feature_runs_undrawn")
    ]


def test_a_licence_that_is_drawn_and_not_used_is_said():
    found = state("Smart Event", drawn=frozenset({"camera", "anpr_camera"}))
    assert told(features_in_use(found, NOW)) == [("feature.in_use:anpr_camera", "authorized", "feature_drawn_unused")]


@pytest.mark.parametrize(
    "found",
    [
        state("Road Traffic", drawn=frozenset({"anpr_camera"})),
        state("Road Traffic", managed=False),
        state("Smart Event"),
        state(drawn=frozenset({"anpr_camera"})),
        DeviceState(managed=True, drawn=frozenset({"anpr_camera"})),
    ],
)
def test_where_use_and_licence_agree_or_nothing_is_known_nothing_is_said(found):
    assert told(features_in_use(found, NOW)) == []


def test_stale_apps_say_nothing_of_use():
    assert told(features_in_use(state("Road Traffic"), NOW + timedelta(hours=73))) == []


@pytest.mark.parametrize(
    ("party", "status", "reason"),
    [
        (Party("installer", "A", TODAY), "authorized", "third_party_in_order"),
        (Party("installer", "A", TODAY - timedelta(days=1)), "expired", "third_party_over"),
        (Party("installer", "A", document=4), "authorized", "third_party_in_order"),
        (Party("installer", "A"), "unknown", "third_party_open_ended"),
        (Party("rental_site", "A", learnt=True), "unknown", "third_party_not_reviewed"),
        (Party("rental_site", "A", date(2027, 1, 1), learnt=True), "unknown", "third_party_not_reviewed"),
    ],
)
def test_each_third_party_has_its_reason(party, status, reason):
    found = DeviceState(isup_enabled=False, isup_seen_at=NOW, parties=(party,))
    one = third_party(found, NOW)
    assert (str(one.status), one.reason) == (status, reason)


def test_the_worst_of_several_counts_and_an_uplink_needs_its_own():
    good, bad = Party("installer", "A", document=1), Party("shared_user", "B", TODAY - timedelta(days=9))
    uplink = {"isup_enabled": True, "isup_server": "vms.example.org", "isup_seen_at": NOW}
    assert third_party(DeviceState(**uplink, parties=(good, bad)), NOW).reason == "third_party_over"
    assert third_party(DeviceState(**uplink, parties=(good,)), NOW).reason == "uplink_not_reviewed"
    named = Party("isup_uplink", "Watch Ltd", document=2)
    assert third_party(DeviceState(**uplink, parties=(good, named)), NOW).reason == "third_party_in_order"
    assert third_party(DeviceState(**uplink), NOW).reason == "uplink_not_reviewed"


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"ezviz_enabled": False, "ezviz_seen_at": NOW, "ours": True}, "off_but_listed"),
        ({"ezviz_enabled": False, "ezviz_seen_at": NOW}, "hik_connect_off"),
        ({"ours": True, "listed_online": True, "listed_at": NOW}, "bound_by_account"),
        ({"ours": True, "shared": True, "listed_online": True, "listed_at": NOW}, "shared_to_us"),
        ({"ours": True, "listed_online": False, "listed_at": NOW}, "no_address"),
        ({"ours": True, "listed_online": True, "listed_at": NOW - timedelta(hours=73)}, "no_address"),
    ],
)
def test_who_holds_it_is_decided_from_both_sides(values, reason):
    assert binding(DeviceState(lists_read=True, has_address=False, **values), NOW).reason == reason
    assert reason in WORDS


@pytest.mark.parametrize(
    ("total", "used", "status", "reason"),
    [
        (4, 6, "over_capacity", "engines_over"),
        (4, 1, "authorized", "engines_free"),
        (4, 4, "authorized", "engines_used"),
    ],
)
def test_engines_are_held_against_the_slots_that_were_stated(total, used, status, reason):
    [one] = engines(DeviceState(slots=Slots(total, used, "menu", NOW)))
    assert (one.right, str(one.status), one.reason) == ("feature.engine", status, reason)
    assert str(total) in WORDS[reason].detail.format(**one.params)
    assert list(engines(DeviceState())) == []
