"""Lists of other programs, in their own words: GLPI, Snipe-IT assets, HikCentral licences."""

from datetime import date
from hashlib import sha256

import pytest

from licet.register.intake import Context, read

GLPI_LICENCES = """\ufeff"Name";"Entity";"Software";"Serial number";"Number";"Type";"Expiration";"Valid";"Comments"
"HikCentral-P-VSS-1Ch";"Root entity > Alpha";"HikCentral Professional";"LICT-G100-0001-EX01";"64";"";"2027-03-31";"Yes";"yearly"
"Order of 2024";"Root entity";"Health Monitoring Service";"";"25";"Subscription";"";"Yes";""
"HikCentral-P-ANPR-1Camera";"Root entity > Beta > Leeds";"HikCentral Professional";"";"Unlimited";"";"";"Yes";""
"""
GLPI_DEVICES = """"Name";"Entity";"Status";"Manufacturer";"Serial number";"Type";"Model";"Location";"Firmware";"Inventory number"
"CAM Gate";"Root entity > Alpha";"In use";"Hikvision";"DS-2CD2146G2-ISU20230415AAWRZ00003001";"Camera";"DS-2CD2146G2-ISU";"Berlin > Yard";"V5.7.17build 240606";"A-1"
"Switch 1";"Root entity > Alpha";"In use";"Cisco";"FOC1234X0AB";"Switch";"C9300";"Berlin";"";"A-2"
"""
SNIPE_ASSETS = """Company,Asset Name,Asset Tag,Model,Model No.,Category,Manufacturer,Serial,Purchase Date,Cost,Location,Status
Alpha Ltd,NVR 1,LCT-0001,Recorder,DS-7616NI-K2,Video,HIKVISION,DS-7616NI-K21620220310CCRRZ00003003WCVU,2022-04-01,410.00,Berlin,Ready to Deploy
Alpha Ltd,Laptop 4,LCT-0002,Latitude,5440,Laptop,Dell,7XK2LM3,2023-01-01,900.00,Berlin,Deployed
"""
SNIPE_SAMPLE = (
    "Company,Name,Asset Tag,Category,Supplier,Manufacturer,Location,Order Number,Model,Model Notes,Model Number,Asset Notes,Purchase Date,"
    "Purchase Cost,Checkout Type,Checked Out To: Username,Checked Out To: First Name,Checked Out To: Last Name,Checked Out To: Email,"
    "Checked Out To: Location,Serial\n"
    "Alpha Ltd,CAM 1,LCT-0003,Video,,Hikvision,Leeds,PO-1,Turret,,DS-2CD2385G1-I,,2020-05-01,120.00,,,,,,,DS-2CD2385G1-I20200414AAWRZ00003102\n"
)
HIKCENTRAL = """License Name,Activation Code,Quantity,Expiry Time,SSP Expiry
HikCentral-P-VSS-1Ch,LICT-H100-0001-EX01,64,,2026-12-31
HikCentral-P-ACS-16Door/Base,LICT-H100-0002-EX01,1,,
"""


def reading(text, **other):
    context = Context(
        today=date(2026, 11, 26), fingerprint=lambda key: sha256(f"test:{key}".encode()).hexdigest(), **other
    )
    return read(text.encode(), "file.csv", "auto", context)


def test_a_glpi_licence_list_is_known():
    result = reading(GLPI_LICENCES)
    first, second = result.records
    assert (result.detected, result.delimiter, result.as_) == ("GLPI licence list", ";", "licences")
    assert (first.product, first.quantity, first.granted, first.customer) == ("HikCentral-P-VSS-1Ch", 64, 64, "Alpha")
    assert (first.expires_on, len(first.keys), first.note) == (date(2027, 3, 31), 1, "yearly")
    assert (second.product, second.quantity, second.kind, second.customer) == (
        "Health Monitoring Service",
        25,
        "subscription",
        "",
    )
    assert [(item.row, item.column) for item in result.asked] == [(4, "Number")]


def test_a_glpi_device_list_gives_the_devices_of_this_maker():
    result = reading(GLPI_DEVICES)
    (device,) = result.records
    assert result.detected == "GLPI device list"
    assert (device.name, device.customer, device.site) == ("CAM Gate", "Alpha", "Berlin")
    assert (device.serial, device.firmware) == ("DS-2CD2146G2-ISU20230415AAWRZ00003001", "5.7.17")
    assert [(item.row, item.reason.split(",")[0]) for item in result.ignored] == [(3, "the manufacturer is “Cisco”")]


def test_all_makers_are_taken_where_the_column_is_mapped_to_nothing():
    assert len(reading(GLPI_DEVICES, mapping={"Manufacturer": ""}).records) == 2


@pytest.mark.parametrize(
    ("text", "model"), [(SNIPE_ASSETS, "DS-7616NI-K2"), (SNIPE_SAMPLE, "DS-2CD2385G1-I")], ids=["report", "sample"]
)
def test_snipe_it_assets_are_devices(text, model):
    result = reading(text)
    device = result.records[0]
    assert (result.detected, result.as_, len(result.records)) == ("Snipe-IT asset list", "devices", 1)
    assert (device.model, device.customer, device.activated) == (model, "Alpha Ltd", None)


def test_a_hikcentral_licence_list_is_known():
    result = reading(HIKCENTRAL)
    assert (result.detected, result.as_) == ("HikCentral licence list", "licences")
    assert [(record.quantity, record.metric, record.granted) for record in result.records] == [
        (64, "camera", 64),
        (1, "door", 16),
    ]
    assert result.records[0].maintenance_until == date(2026, 12, 31)
    assert result.records[0].expires_on is None
