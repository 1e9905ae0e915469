"""A file that tells no device apart is not read as a list of devices."""

from datetime import date

import pytest

from licet.register.intake import Context, NotReadable, read

SAID = (
    "file.csv: It has no column for a serial number, address or MAC, so it is no list of devices; "
    "name the columns by a mapping."
)


def reading(text, as_="devices", **context):
    return read(text.encode(), "file.csv", as_, Context(date(2026, 11, 26), str.casefold, **context))


@pytest.mark.parametrize("as_", ["devices", "auto"])
@pytest.mark.parametrize(
    "text",
    [
        "Name,Model\nGate,DS-2CD2146G2-I\n",
        "Device name;Status;Area\nGate;online;Yard\n",
        "User name,Password\nanna,Example-Pass-1\n",
        "Name,Adding mode\nGate,0\n",
    ],
)
def test_a_list_without_anything_that_tells_a_device_is_refused(text, as_):
    with pytest.raises(NotReadable) as refused:
        reading(text, as_)
    assert str(refused.value) == SAID


def test_a_register_of_licences_does_not_become_devices():
    text = "Product,Quantity,Order\nHikCentral-P-VSS-1Ch,64,PO-1\n"
    with pytest.raises(NotReadable) as refused:
        reading(text, "devices")
    assert str(refused.value) == SAID
    assert reading(text, "auto").as_ == "licences"


@pytest.mark.parametrize(
    ("heading", "value", "identity"),
    [
        ("Serial number", "DS-2CD2146G2-ISU20230415AAWRZ00003001", ("serial", "Z00003001")),
        ("IP address", "192.0.2.7", ("address", "", "192.0.2.7", "")),
        ("MAC", "00-00-5E-00-53-01", ("mac", "00:00:5e:00:53:01")),
    ],
)
def test_one_column_that_tells_a_device_is_enough(heading, value, identity):
    (record,) = reading(f"Name,{heading}\nGate,{value}\n", "auto").records
    assert record.identity == identity


def test_a_mapping_names_the_column_that_was_not_known():
    (record,) = reading("Name,Where it is\nGate,192.0.2.7\n", mapping={"Where it is": "address"}).records
    assert record.address == "192.0.2.7"


def test_a_mapping_that_leaves_out_the_last_such_column_is_refused():
    with pytest.raises(NotReadable, match="no column for a serial number"):
        reading("Name,IP address\nGate,192.0.2.7\n", mapping={"IP address": ""})


def test_a_client_list_tells_devices_by_its_adding_mode():
    (record,) = reading("Nickname,Adding mode,Device information\nGate,4,dev-7\n", "auto").records
    assert (record.adding_mode, record.account) == ("ehome", "dev-7")
