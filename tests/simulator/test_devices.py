import re

import pytest

from licet.simulator.answers import body_for
from licet.simulator.devices import SERIAL, Behind, addresses, derive, derived_mac, region_of, short_serial
from licet.simulator.recordings import names

INFO = "/ISAPI/System/deviceInfo"


def build(recording, n=1, **options):
    return derive(recording, n, port=80, password="Example-Pass-1", **options)


def test_ten_thousand_devices_share_nothing_that_names_one():
    devices = build("DS-2CD2146G2-ISU", 10_000)
    for seen in (
        {device.serial for device in devices},
        {device.short_serial for device in devices},
        {device.mac for device in devices},
        {device.name for device in devices},
        {device.address for device in devices},
    ):
        assert len(seen) == 10_000


def test_the_same_arguments_give_the_same_devices():
    assert build("DS-7732NI-M4", 50) == build("DS-7732NI-M4", 50)
    assert build("DS-7732NI-M4", 50) != build("DS-7732NI-M4", 50, seed=8)


@pytest.mark.parametrize("recording", [name for name in names() if name != "DS-K1A340FWX"])
def test_a_serial_has_the_shape_of_its_model(recording):
    device = build(recording, channels=16)[0]
    found = SERIAL.match(device.serial)
    assert found
    assert found["head"].startswith(device.model)
    assert len(found["short"]) == 9
    assert found["date"][:2] == "20"


def test_a_recorder_carries_its_channels_and_its_suffix():
    assert re.fullmatch(r"DS-7732NI-M4-3220\d{6}CCRRL\d{8}WCVU", build("DS-7732NI-M4", channels=32)[0].serial)
    assert re.fullmatch(r"DS-7608NXI-I2/8P/S0820\d{6}CCRRJ\d{8}WCVU", build("DS-7608NXI-I2", channels=8)[0].serial)


def test_a_terminal_has_a_version_inside_its_serial():
    device = build("DS-K1A340FWX")[0]
    assert re.fullmatch(r"DS-K1A340FWX20\d{6}V010207ENJ\d{8}", device.serial)
    assert device.short_serial == device.serial[-9:]


def test_the_region_can_be_chosen():
    assert region_of(build("DS-2CD2146G2-ISU")[0].serial) == "WR"
    assert region_of(build("DS-2CD2146G2-ISU", region="CH")[0].serial) == "CH"
    assert region_of("something else") == ""


def test_a_short_serial_is_the_nine_characters_before_the_suffix():
    assert short_serial("DS-7616NI-K21620240108CCRRG12345678WCVU") == "G12345678"
    assert short_serial("nothing of the kind") == ""


def test_macs_are_locally_administered():
    assert derived_mac(1) == "02:00:5e:00:00:01"
    assert derived_mac(0x123456) == "02:00:5e:12:34:56"


def test_addresses_avoid_the_ends_of_a_net():
    where = addresses("127.0.1.254")
    assert [next(where), next(where)] == ["127.0.1.254", "127.0.2.1"]


@pytest.mark.parametrize("first", ["192.0.2.1", "127.0.0.0", "128.0.0.1"])
def test_only_loopback_addresses_are_given(first):
    with pytest.raises(ValueError, match="not a loopback address"):
        next(addresses(first))


def test_a_device_says_who_it_is():
    device = build("DS-2CD2146G2-ISU", start=7)[0]
    text = body_for(device, INFO)[2].decode()
    assert f"<serialNumber>{device.serial}</serialNumber>" in text
    assert f"<subSerialNumber>{device.short_serial}</subSerialNumber>" in text
    assert "<macAddress>02:00:5e:00:00:07</macAddress>" in text
    assert "<deviceName>DS-2CD2146G2-ISU 00007</deviceName>" in text
    assert "<firmwareVersion>V5.7.17</firmwareVersion>" in text


def test_the_password_is_not_in_the_representation():
    assert "Example-Pass-1" not in repr(build("DS-2CD2146G2-ISU"))


def test_firmware_can_be_overridden(device):
    text = body_for(device(firmware="V5.7.18 build 240826"), INFO)[2].decode()
    assert "<firmwareVersion>V5.7.18</firmwareVersion>" in text
    assert "<firmwareReleasedDate>build 240826</firmwareReleasedDate>" in text


def test_a_name_cannot_break_the_answer(device):
    assert b"<deviceName>a &lt;b&gt; &amp; c</deviceName>" in body_for(device(name="a <b> & c"), INFO)[2]


def test_a_recorder_lists_the_cameras_it_is_given(device):
    cameras = (
        Behind(
            1,
            "Gate & yard",
            "DS-2CD2146G2-ISU20240101AAWRG00000001",
            "DS-2CD2146G2-ISU",
            "V5.7.17 build 240606",
            "127.0.1.9",
        ),
        Behind(
            2,
            "Dock",
            "DS-2CD2146G2-ISU20240101AAWRG00000002",
            "DS-2CD2146G2-ISU",
            "V5.7.17 build 240606",
            "127.0.1.10",
            online=False,
        ),
    )
    recorder = device("DS-7616NI-K2", cameras=cameras)
    listed = body_for(recorder, "/ISAPI/ContentMgmt/InputProxy/channels")[2].decode()
    assert listed.count("<InputProxyChannel ") == 2
    assert 'xmlns="http://www.hikvision.com/ver20/XMLSchema" size="2"' in listed
    assert "<name>Gate &amp; yard</name>" in listed
    assert "<serialNumber>DS-2CD2146G2-ISU20240101AAWRG00000002</serialNumber>" in listed
    status = body_for(recorder, "/ISAPI/ContentMgmt/InputProxy/channels/status")[2].decode()
    assert re.findall(r"<id>(\d)</id>.*?<online>(\w+)</online>", status) == [("1", "true"), ("2", "false")]


def test_a_recorder_without_orders_lists_what_was_recorded(device):
    recorder = device("DS-7732NI-M4")
    assert body_for(recorder, "/ISAPI/ContentMgmt/InputProxy/channels")[2].count(b"<InputProxyChannel>") == 18
    assert body_for(recorder, "/ISAPI/ContentMgmt/InputProxy/channels/status")[2].count(b"<online>true</online>") == 18


def test_the_clock_is_the_devices_own(device):
    text = body_for(device(utc_offset_minutes=-600), "/ISAPI/System/time")[2].decode()
    assert "<timeZone>CST+10:00:00</timeZone>" in text
    assert re.search(r"<localTime>[\dT:-]+-10:00</localTime>", text)
    assert "<timeMode>NTP</timeMode>" in text
