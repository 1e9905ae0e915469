"""Every recorded answer of a real device goes through its reader; counts as in surprises.md."""

import json

import pytest
from tests.wire.conftest import RECORDINGS

from licet.wire.facts import VALUE_TYPES, Kind, Outcome, Topic, as_json, from_json
from licet.wire.isapi.outcome import read
from licet.wire.isapi.topics import PATHS, QUESTIONS
from licet.wire.transport import Answer

KINDS = {
    "DS-2CD2146G2-ISU": Kind.CAMERA,
    "DS-2CD2346G2-ISU": Kind.CAMERA,
    "DS-2CD2386G2-IU": Kind.CAMERA,
    "DS-2CD2532F-IWS": Kind.CAMERA,
    "DS-2CD2T46G2-ISU": Kind.CAMERA,
    "DS-2CD2T86G2-ISU": Kind.CAMERA,
    "DS-7608NXI-I2": Kind.RECORDER,
    "DS-7616NI-K2": Kind.RECORDER,
    "DS-7732NI-M4": Kind.RECORDER,
    "DS-K1A340FWX": Kind.ACCESS,
    "iDS-7204HUHI-M1": Kind.RECORDER,
}


def value(answers: dict, topic: Topic):
    recorded = answers[QUESTIONS[topic].path]
    answered = read(QUESTIONS[topic], Answer(recorded["status"], recorded.get("xml", "").encode()))
    return answered.parsed.value if answered.parsed else answered.outcome


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem)
def test_every_recorded_answer_is_read_or_not_offered(path):
    seen = 0
    for asked, recorded in json.loads(path.read_text())["answers"].items():
        if asked not in PATHS:
            continue
        seen += 1
        answered = read(QUESTIONS[PATHS[asked]], Answer(recorded["status"], recorded.get("xml", "").encode()))
        if recorded["status"] == 200:
            assert (answered.outcome, answered.notes) == (Outcome.ANSWERED, ())
            kind = VALUE_TYPES[PATHS[asked]]
            assert isinstance(answered.parsed.value, kind)
            assert from_json(kind, as_json(answered.parsed.value)) == answered.parsed.value
        else:
            assert answered.outcome is Outcome.NOT_OFFERED
    assert seen >= 4


@pytest.mark.parametrize(("name", "kind"), KINDS.items())
def test_the_kind_of_every_recorded_device(recording, name, kind):
    info = value(recording(name), Topic.DEVICE_INFO)
    assert info.kind is kind
    assert info.model
    assert info.firmware_version
    assert info.firmware_build
    assert info.serial_number


@pytest.mark.parametrize(
    ("name", "count"), [("DS-7616NI-K2", 6), ("DS-7732NI-M4", 18), ("iDS-7204HUHI-M1", 0), ("DS-7608NXI-I2", 4)]
)
def test_channels_are_counted_not_believed(recording, name, count):
    assert len(value(recording(name), Topic.CHANNELS).channels) == count


def test_eight_onvif_channels_with_zeros_have_no_identity(recording):
    channels = value(recording("DS-7732NI-M4"), Topic.CHANNELS).channels
    nameless = [channel for channel in channels if channel.serial_number is None]
    assert len({channel.address for channel in nameless}) == len(nameless) >= 8


def test_a_listed_channel_without_model_is_kept(recording):
    channel = next(each for each in value(recording("DS-7608NXI-I2"), Topic.CHANNELS).channels if each.number == 4)
    assert (channel.model, channel.serial_number) == (None, None)


def test_cameras_have_no_camera_behind_them(recording):
    assert value(recording("DS-2CD2386G2-IU"), Topic.CHANNELS) is Outcome.NOT_OFFERED


def test_version_and_build_in_one_field_and_in_two_are_the_same(recording):
    channel = value(recording("DS-7616NI-K2"), Topic.CHANNELS).channels[0]
    assert (channel.firmware_version, str(channel.firmware_build)) == ("5.7.14", "2023-10-28")
    info = value(recording("DS-2CD2386G2-IU"), Topic.DEVICE_INFO)
    assert (info.firmware_version, str(info.firmware_build)) == ("5.7.15", "2024-02-01")


@pytest.mark.parametrize(
    ("name", "platform"),
    [
        ("DS-2CD2386G2-IU", "B-R-G5-0"),
        ("DS-7616NI-K2", "B-R-K51-00"),
        ("DS-7732NI-M4", "B-R-K21B1-00"),
        ("DS-7608NXI-I2", None),
        ("iDS-7204HUHI-M1", None),
        ("DS-2CD2532F-IWS", None),
        ("DS-K1A340FWX", None),
    ],
)
def test_the_platform_word_is_taken_only_where_there_is_one(recording, name, platform):
    assert value(recording(name), Topic.DEVICE_INFO).platform == platform


def test_dev_manage_without_enabled_is_unknown(recording):
    protocols = {
        each.protocol: each.enabled for each in value(recording("DS-7616NI-K2"), Topic.ADMIN_ACCESSES).protocols
    }
    assert protocols["DEV_MANAGE"] is None
    assert protocols["HTTP"] is True


def test_a_full_disk_is_a_healthy_disk(recording):
    (disk,) = value(recording("DS-7616NI-K2"), Topic.STORAGE).disks
    assert (disk.status, disk.capacity_mib, disk.free_mib) == ("ok", 7630885, 0)


def test_analogue_inputs_of_the_dvr_are_read(recording):
    inputs = value(recording("iDS-7204HUHI-M1"), Topic.INPUTS).inputs
    assert [(each.number, each.no_video) for each in inputs] == [(1, False), (2, True), (3, False), (4, True)]


def test_the_terminal_tells_cloud_lock_and_accounts(recording):
    answers = recording("DS-K1A340FWX")
    ezviz, isup = value(answers, Topic.EZVIZ), value(answers, Topic.ISUP)
    lock, clock = value(answers, Topic.LOGIN_LOCK), value(answers, Topic.TIME)
    assert (ezviz.enabled, ezviz.registered, ezviz.bound, ezviz.server) == (
        False,
        False,
        False,
        "litedev.hik-connect.com",
    )
    assert (isup.enabled, isup.port, isup.server) == (False, None, None)
    assert (lock.max_attempts, lock.lock_seconds, lock.assumed_unit) == (5, 1800, "seconds")
    assert (clock.mode, clock.utc_offset_minutes) == ("NTP", 180)
    assert value(answers, Topic.USERS).users[0].name == "admin"
    assert value(answers, Topic.USER_CHECK).activated is True


def test_capabilities_tell_log_in_kinds_and_flags_at_either_place(recording):
    camera = value(recording("DS-2CD2386G2-IU"), Topic.CAPABILITIES)
    recorder = value(recording("DS-7616NI-K2"), Topic.CAPABILITIES)
    old = value(recording("DS-2CD2532F-IWS"), Topic.CAPABILITIES)
    assert (camera.security_algorithms, camera.basic_allowed) == (("MD5", "SHA256", "MD5/SHA256"), True)
    assert camera.flags["isSupportEhome"] == recorder.flags["isSupportEhome"]
    assert camera.flags["issupIllegalLoginLock"] is True
    assert (recorder.security_algorithms, recorder.basic_allowed) == ((), True)
    assert old.basic_allowed is None
    assert value(recording("iDS-7204HUHI-M1"), Topic.CAPABILITIES).video_inputs == 4


def test_a_camera_after_its_update_is_the_same_device(shared, recording):
    before = value(recording("DS-2CD2386G2-IU"), Topic.DEVICE_INFO)
    after = value(
        json.loads((shared / "recordings/partial/DS-2CD2386G2-IU.after-update.json").read_text())["answers"],
        Topic.DEVICE_INFO,
    )
    assert (before.serial_number, before.mac, before.platform) == (after.serial_number, after.mac, after.platform)
    assert (before.firmware_version, after.firmware_version) == ("5.7.15", "5.7.18")


def test_no_salt_is_kept(recording):
    assert "e161ab2e468794e5" not in repr(value(recording("DS-2CD2386G2-IU"), Topic.CAPABILITIES))
