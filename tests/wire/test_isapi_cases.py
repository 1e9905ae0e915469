"""The shared cases of the kind "device answer parsing", each with the outcome written in their index."""

import csv
from datetime import UTC, date, datetime

import pytest

from licet.wire.facts import Channels, Clock, Ezviz, Isup, Kind, LoginLock, Outcome, Storage, Topic
from licet.wire.isapi.apps import parse_apps
from licet.wire.isapi.capabilities import parse_capabilities
from licet.wire.isapi.channels import parse_channel_status, parse_channels, parse_inputs
from licet.wire.isapi.clock import parse_clock, utc_offset, with_drift
from licet.wire.isapi.device_info import parse_device_info
from licet.wire.isapi.ezviz import parse_ezviz
from licet.wire.isapi.isup import parse_isup
from licet.wire.isapi.kind import has_own_inputs, kind_of
from licet.wire.isapi.outcome import read
from licet.wire.isapi.security import parse_admin_accesses, parse_login_lock, parse_user_check, parse_users
from licet.wire.isapi.storage import parse_storage
from licet.wire.isapi.topics import QUESTIONS
from licet.wire.transport import Answer
from licet.wire.xml import parse


def reading(topic: Topic, body: bytes, status: int = 200):
    return read(QUESTIONS[topic], Answer(status, body))


def root(text: str):
    return parse(text.encode()).root


def test_case_c001_a_channel_without_identity_is_still_a_channel(case):
    first, second = reading(Topic.CHANNELS, case("C001")).parsed.value.channels
    assert (first.number, first.name, first.model, first.firmware_build) == (
        1,
        "NORTH",
        "DS-2CD2146G2-ISU",
        date(2024, 6, 6),
    )
    assert (second.number, second.name) == (2, "SOUTH")
    assert (second.model, second.serial_number, second.firmware, second.firmware_version) == (None, None, None, None)


def test_case_c002_one_channel_is_one_channel(case):
    (only,) = reading(Topic.CHANNELS, case("C002")).parsed.value.channels
    assert (only.number, only.name) == (1, "YARD")


def test_case_c004_the_model_decides_against_the_device_type(case):
    parsed = reading(Topic.DEVICE_INFO, case("C004")).parsed
    assert parsed.value.kind is Kind.RECORDER
    assert parsed.notes == ("deviceType says IPC, but the model DS-7216HUHI-K2 is a recorder",)


def test_more_than_one_channel_makes_an_unknown_model_a_recorder():
    assert kind_of("IPC", "XY-1", 4) == (
        Kind.RECORDER,
        ("deviceType says IPC, but the device has 4 channels: taken as a recorder",),
    )
    assert kind_of("IPC", "DS-2TD2617-6/PA", 2) == (Kind.CAMERA, ())


def test_case_c005_an_empty_disk_list_is_no_disk(case):
    parsed = reading(Topic.STORAGE, case("C005")).parsed
    assert (parsed.value, parsed.notes) == (Storage(()), ("no disk reported",))


@pytest.mark.parametrize(
    ("number", "name", "model"), [("C008", "PORCH", "CMIP3022W"), ("C009", "CAM-01", "DS-2CD2146G2-ISU")]
)
def test_cases_c008_and_c009_the_namespace_does_not_matter(case, number, name, model):
    value = reading(Topic.DEVICE_INFO, case(number)).parsed.value
    assert (value.name, value.model, value.mac) == (name, model, "02:00:5e:00:01:01")
    assert value.serial_number.startswith(model)
    assert (value.firmware_version, value.firmware_build) == {
        "C008": ("5.3.0", date(2015, 5, 13)),
        "C009": ("5.7.17", date(2024, 6, 6)),
    }[number]


def test_case_c010_a_name_outside_utf8_is_marked_and_kept_raw(case):
    answered = reading(Topic.DEVICE_INFO, case("C010"))
    assert answered.outcome is Outcome.ANSWERED
    assert answered.parsed.value.model == "DS-2CD2146G2-ISU"
    assert answered.parsed.value.name.endswith(" 11 yard")
    (note,) = answered.notes
    assert note.startswith("name not valid UTF-8 (bytes ")
    raw = case("C010").partition(b"<deviceName>")[2].partition(b"<")[0]
    assert raw.hex() in note


def test_case_c012_a_broken_answer_is_one_sentence_with_path_and_line(case):
    answered = reading(Topic.CHANNELS, case("C012"))
    assert answered.outcome is Outcome.UNREADABLE
    assert answered.detail == "/ISAPI/ContentMgmt/InputProxy/channels: answer is not well-formed XML at line 3"
    assert answered.parsed is None


def test_case_c013_an_html_404_is_not_offered(case):
    body = case("C013").replace(b"\r\n", b"\n").partition(b"\n\n")[2]
    answered = reading(Topic.STORAGE, body, 404)
    assert (answered.outcome, answered.detail) == (Outcome.NOT_OFFERED, "not offered by this device (404)")


def test_case_c015_a_flag_is_true_if_either_says_so(case):
    flags = reading(Topic.CAPABILITIES, case("C015")).parsed.value.flags
    assert flags == {"isSupportDst": True, "isSupportEZVIZ": True}


def test_case_c017_four_channels_stay_four_and_zeros_are_no_identity(case):
    parsed = reading(Topic.CHANNELS, case("C017")).parsed
    serial = "DS-2CD2346G2-I20230415AAWRZ00000501"
    assert [each.serial_number for each in parsed.value.channels] == [serial, serial, None, None]
    assert parsed.notes == (f"serial reported on channels 1 and 2: {serial}",)


def test_case_c114_a_403_that_is_no_right_is_not_offered(case):
    answered = reading(Topic.INPUTS, case("C114"), 403)
    assert (answered.outcome, answered.detail) == (
        Outcome.NOT_OFFERED,
        "not offered by this device (403, invalidOperation)",
    )


@pytest.mark.parametrize("status", [400, 403, 404, 405, 500])
def test_every_family_says_not_here_in_its_own_way(status):
    assert reading(Topic.CHANNELS, b"", status).outcome is Outcome.NOT_OFFERED


STATUS = "<ResponseStatus><statusCode>4</statusCode><statusString>x</statusString><subStatusCode>%s</subStatusCode></ResponseStatus>"


@pytest.mark.parametrize("status", [200, 401, 403])
@pytest.mark.parametrize(
    ("word", "outcome"),
    [
        ("lowPrivilege", Outcome.NO_PRIVILEGE),
        ("notActivated", Outcome.NOT_ACTIVATED),
        ("badAuthorization", Outcome.REFUSED),
        ("incorrentUserNameOrPassword", Outcome.REFUSED),
        ("deviceBusy", Outcome.UNREADABLE),
        ("upgrading", Outcome.UNREADABLE),
        ("deviceError", Outcome.UNREADABLE),
        ("passError", Outcome.REFUSED),
    ],
)
def test_the_words_of_the_body_decide_before_the_status(word, outcome, status):
    assert reading(Topic.STORAGE, (STATUS % word).encode(), status).outcome is outcome


def test_every_word_about_sign_in_or_load_in_the_vendors_table_is_never_not_offered(shared):
    rows = csv.DictReader((shared / "protocol" / "response-codes.csv").read_text().splitlines())
    words = [row["sub_status_code"] for row in rows if row["concern"] in ("sign-in", "sessions", "busy")]
    missed = {
        word for word in words if reading(Topic.STORAGE, (STATUS % word).encode(), 403).outcome is Outcome.NOT_OFFERED
    }
    answers_to_other_things_than_a_get = {
        "SessionExpired",
        "deployExceedMax",
        "needReAuthentication",
        "needDoubleVerification",
    }
    assert len(words) > len(missed)
    assert missed == answers_to_other_things_than_a_get


def test_not_supported_with_status_200_is_not_offered():
    answered = reading(Topic.APPS, (STATUS % "notSupport").encode())
    assert (answered.outcome, answered.detail) == (Outcome.NOT_OFFERED, "not offered by this device (200, notSupport)")


def test_an_empty_200_is_not_reported_and_no_error():
    answered = reading(Topic.STORAGE, b"")
    assert (answered.outcome, answered.parsed, answered.detail) == (
        Outcome.ANSWERED,
        None,
        "empty answer: not reported",
    )


@pytest.mark.parametrize("body", [b"<html></html>", b'{"a":1}', b"<other><x>1</x></other>"])
@pytest.mark.parametrize("topic", list(QUESTIONS))
def test_an_answer_of_another_kind_is_unreadable_for_every_topic(topic, body):
    assert reading(topic, body).outcome is Outcome.UNREADABLE


def test_user_check_that_says_401_under_status_200_is_a_refused_log_in():
    answered = reading(Topic.USER_CHECK, b"<userCheck><statusValue>401</statusValue></userCheck>")
    assert answered.refusal.credential


def test_the_verification_code_and_the_key_are_left_behind():
    ezviz = parse_ezviz(
        root(
            "<EZVIZ><enabled>true</enabled><registerStatus>true</registerStatus><serverAddress><hostName>api.example.org"
            "</hostName></serverAddress><verificationCode>SECRET</verificationCode><bindStatus>bind</bindStatus></EZVIZ>"
        )
    )
    isup = parse_isup(
        root(
            "<Ehome><enabled>true</enabled><ipAddress>192.0.2.5</ipAddress><portNo>7660</portNo><key>SECRET</key></Ehome>"
        )
    )
    assert ezviz.value == Ezviz(enabled=True, registered=True, bound=True, server="api.example.org")
    assert isup.value == Isup(enabled=True, server="192.0.2.5", port=7660)
    assert "SECRET" not in repr(ezviz) + repr(isup)


@pytest.mark.parametrize(
    ("zone", "minutes"),
    [
        ("CST-8:00:00", 480),
        ("CST+4", -240),
        ("CST-1:00:00DST01:00:00,M3.5.0/02:00:00,M10.5.0/02:00:00", 60),
        ("CST-5:30:00", 330),
        ("CST+3:30:00", -210),
        ("GMT+0", 0),
        ("nonsense", None),
        (None, None),
    ],
)
def test_the_sign_of_the_zone_is_turned_round(zone, minutes):
    assert utc_offset(zone) == minutes


@pytest.mark.parametrize(
    ("local", "zone", "drift"),
    [
        ("2026-11-26T14:30:05+01:00", "CST-1:00:00", 5),
        ("2026-11-26T21:29:00", "CST-8:00:00", -60),
        ("2026-11-26 13:30:00", "GMT+0", 0),
        ("2026-11-26T14:30:00", "CST-1:00:00DST01:00:00,M3.5.0/02:00:00,M10.5.0/02:00:00", None),
        ("yesterday", "CST-1:00:00", None),
    ],
)
def test_drift_is_known_where_the_answer_allows_it(local, zone, drift):
    text = f"<Time><timeMode>NTP</timeMode><localTime>{local}</localTime><timeZone>{zone}</timeZone></Time>"
    clock = parse_clock(root(text)).value
    assert isinstance(clock, Clock)
    assert with_drift(clock, datetime(2026, 11, 26, 13, 30, tzinfo=UTC)).drift_seconds == drift


@pytest.mark.parametrize(
    ("time", "seconds", "unit"),
    [("1800", 1800, "seconds"), ("30", 1800, "minutes"), ("120", 7200, "minutes"), ("", None, None)],
)
def test_the_lock_time_says_which_unit_was_assumed(time, seconds, unit):
    text = f"<IllegalLoginLock><enabled>true</enabled><maxIllegalLoginTimes>5</maxIllegalLoginTimes><maxIllegalLoginLockTime>{time}</maxIllegalLoginLockTime></IllegalLoginLock>"
    assert parse_login_lock(root(text)).value == LoginLock(True, 5, seconds, unit)


def test_users_and_password_state_are_read():
    users = parse_users(
        root(
            "<UserList><User><id>1</id><userName>admin</userName><userLevel>Administrator</userLevel></User></UserList>"
        )
    )
    check = parse_user_check(
        root(
            "<userCheck><statusValue>200</statusValue><isDefaultPassword>false</isDefaultPassword><isRiskPassword>true</isRiskPassword><residualValidity>-3</residualValidity></userCheck>"
        )
    )
    assert [(user.name, user.level) for user in users.value.users] == [("admin", "Administrator")]
    assert (check.value.default_password, check.value.risk_password, check.value.residual_days) == (False, True, -3)


def test_a_protocol_without_enabled_is_unknown():
    value = parse_admin_accesses(
        root(
            "<AdminAccessProtocolList><AdminAccessProtocol><id>1</id><enabled>true</enabled><protocol>HTTP</protocol><portNo>80</portNo>"
            "<redirectToHttps>true</redirectToHttps></AdminAccessProtocol><AdminAccessProtocol><id>4</id><protocol>DEV_MANAGE</protocol>"
            "<portNo>8000</portNo></AdminAccessProtocol></AdminAccessProtocolList>"
        )
    ).value
    assert [(each.protocol, each.enabled, each.port) for each in value.protocols] == [
        ("HTTP", True, 80),
        ("DEV_MANAGE", None, 8000),
    ]
    assert value.redirect_to_https is True


def test_channel_state_is_found_inside_the_descriptor_too():
    states = parse_channel_status(
        root(
            "<InputProxyChannelStatusList><InputProxyChannelStatus><id>1</id><online>true</online></InputProxyChannelStatus>"
            "<InputProxyChannelStatus><id>2</id><sourceInputPortDescriptor><online>false</online></sourceInputPortDescriptor>"
            "<chanDetectResult>netUnreachable</chanDetectResult></InputProxyChannelStatus>"
            "<InputProxyChannelStatus><id>3</id></InputProxyChannelStatus></InputProxyChannelStatusList>"
        )
    ).value.channels
    assert [(each.number, each.online, each.detail) for each in states] == [
        (1, True, None),
        (2, False, "netUnreachable"),
        (3, None, None),
    ]


def test_one_app_may_come_without_a_list():
    (app,) = parse_apps(
        root("<App><id>1</id><packageName>Face Capture</packageName><runStatus>false</runStatus></App>")
    ).value.apps
    assert (app.package, app.running) == ("Face Capture", False)
    assert parse_apps(root("<AppList/>")).value.apps == ()


def test_an_input_without_video_is_marked():
    inputs = parse_inputs(
        root(
            "<VideoInputChannelList><VideoInputChannel><id>2</id><resDesc>NO VIDEO</resDesc></VideoInputChannel></VideoInputChannelList>"
        )
    ).value.inputs
    assert (inputs[0].number, inputs[0].no_video, inputs[0].enabled) == (2, True, None)


def test_a_flag_named_isSupport_is_kept_with_its_parent():  # noqa: N802
    value = parse_capabilities(
        root("<DeviceCap><SnmpCap><isSupport>false</isSupport></SnmpCap><salt>ab</salt></DeviceCap>")
    ).value
    assert value.flags == {"SnmpCap/isSupport": False}


def test_channels_of_a_lone_root_are_a_list():
    assert isinstance(parse_channels(root("<InputProxyChannelList size='2'></InputProxyChannelList>")).value, Channels)
    assert parse_channels(root("<InputProxyChannelList/>")).value.channels == ()


@pytest.mark.parametrize(
    ("device_type", "model", "kind"),
    [
        ("IPCamera", "DS-2CD2146G2-ISU", Kind.CAMERA),
        ("NVR", "DS-7616NI-K2", Kind.RECORDER),
        ("DVR", "iDS-7204HUHI-M1/E", Kind.RECORDER),
        ("ACS", "DS-K1A340FWX", Kind.ACCESS),
        ("VIS", "DS-KV6113-WPE1(C)", Kind.INTERCOM),
        ("IPCamera", "CMIP3022W", Kind.CAMERA),
        ("DVS", "DS-6704HUHI", Kind.ENCODER),
        ("NVR", "HWN-4108MH", Kind.RECORDER),
        ("Toaster", None, Kind.OTHER),
        (None, None, Kind.UNKNOWN),
    ],
)
def test_the_kind_is_known_for_the_usual_families(device_type, model, kind):
    assert kind_of(device_type, model)[0] is kind


@pytest.mark.parametrize(
    ("kind", "device_type", "model", "own"),
    [
        (Kind.CAMERA, "IPCamera", "DS-2CD2146G2-ISU", True),
        (Kind.RECORDER, "NVR", "DS-7616NI-K2", False),
        (Kind.RECORDER, "IPC", "DS-7616NXI-K2 / 16P", False),
        (Kind.RECORDER, "DVR", "iDS-7204HUHI-M1/E", True),
        (Kind.RECORDER, "IPC", "DS-7216HUHI-K2", True),
        (Kind.ACCESS, "ACS", "DS-K1A340FWX", False),
    ],
)
def test_own_inputs_are_asked_where_there_can_be_any(kind, device_type, model, own):
    assert has_own_inputs(kind, device_type, model) is own


def test_device_info_without_any_field_is_not_taken():
    assert parse_device_info(root("<DeviceInfo/>")) is None


def test_storage_tells_network_volumes_apart():
    value = parse_storage(
        root(
            "<storage><hddList><hdd><id>1</id><status>ok</status><capacity>5723166</capacity><freeSpace>0</freeSpace></hdd></hddList>"
            "<nasList><nas><id>9</id><status>offline</status><capacity>0</capacity></nas></nasList></storage>"
        )
    ).value
    assert [(disk.kind, disk.status, disk.capacity_mib, disk.free_mib) for disk in value.disks] == [
        ("hdd", "ok", 5723166, 0),
        ("nas", "offline", 0, None),
    ]


def test_more_than_1024_channels_are_not_taken():
    body = b"<InputProxyChannelList>%s</InputProxyChannelList>" % (
        b"<InputProxyChannel><id>1</id></InputProxyChannel>" * 1025
    )
    answered = reading(Topic.CHANNELS, body)
    assert (answered.outcome, answered.parsed) == (Outcome.UNREADABLE, None)
    assert answered.detail.endswith("answer lists more than 1024 <InputProxyChannel>")


def test_more_than_4096_flags_are_not_taken():
    body = "<DeviceCap>" + "".join(f"<f{n}>true</f{n}>" for n in range(4097)) + "</DeviceCap>"
    assert reading(Topic.CAPABILITIES, body.encode()).outcome is Outcome.UNREADABLE


def test_a_text_without_end_is_cut():
    value = parse_device_info(root(f"<DeviceInfo><deviceName>{'x' * 5000}</deviceName></DeviceInfo>")).value
    assert value.name == "x" * 1024


def test_a_channel_listed_twice_is_one_channel_with_a_note():
    text = "<InputProxyChannel><id>1</id><name>A</name></InputProxyChannel><InputProxyChannel><id>1</id><name>B</name></InputProxyChannel>"
    parsed = parse_channels(root(f"<InputProxyChannelList>{text}</InputProxyChannelList>"))
    assert [channel.name for channel in parsed.value.channels] == ["A"]
    assert parsed.notes == ("channel 1 is listed more than once; the first is kept",)


def test_an_answer_seen_before_is_not_read_again_and_says_the_same():
    body = b"<DeviceCap><isSupportReboot>true</isSupportReboot><videoInputPortNums>4</videoInputPortNums></DeviceCap>"
    first = reading(Topic.CAPABILITIES, body)
    assert reading(Topic.CAPABILITIES, bytes(bytearray(body))).parsed is first.parsed
    other = reading(Topic.CAPABILITIES, body.replace(b">4<", b">8<"))
    assert (first.parsed.value.video_inputs, other.parsed.value.video_inputs) == (4, 8)


def test_the_same_bytes_under_another_question_are_read_for_that_question():
    body = b"<Time><timeMode>NTP</timeMode><localTime>2026-11-26T10:00:00+01:00</localTime></Time>"
    assert reading(Topic.TIME, body).outcome is Outcome.ANSWERED
    assert reading(Topic.EZVIZ, body).outcome is Outcome.UNREADABLE


def test_a_very_large_answer_is_read_but_not_kept():
    body = b"<DeviceCap><isSupportReboot>true</isSupportReboot>" + b" " * 70_000 + b"</DeviceCap>"
    first, second = reading(Topic.CAPABILITIES, body), reading(Topic.CAPABILITIES, body)
    assert first.parsed == second.parsed
    assert first.parsed is not second.parsed
