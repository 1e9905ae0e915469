"""What a person says anew of a device, and taking back that it was retired."""

import pytest
from django.utils import timezone
from tests import factories as make

from licet.estate.credential_record import add_credential
from licet.estate.device_change import change_device
from licet.estate.models import Device
from licet.estate.record import add_devices, ids_at, restore_device, retire_device
from licet.ledger import read as ledger
from licet.sites.record import NotPossible
from licet.sites.scope import SYSTEM

pytestmark = pytest.mark.django_db


def newest(device):
    return list(ledger.entries(object_type="device", object_id=device.pk))[-1]


@pytest.fixture
def berlin():
    return make.site("Berlin")


@pytest.fixture
def device(berlin):
    return make.device(
        berlin, address="192.0.2.10", name="Gate", fingerprint="ab" * 32, allow_basic=True, legacy_tls=True,
        accepted_mark="m", refused_marks=["old"],
    )  # fmt: skip


def test_only_what_differs_is_written_down(device):
    wanted = {"name": " Gate 1 ", "address": "192.0.2.10", "port": 80}
    assert change_device(SYSTEM, device, wanted) == ("name",)
    entry = newest(device)
    assert (entry["action"], entry["before"], entry["after"]) == (
        "estate:device:changed", {"name": "Gate"}, {"name": "Gate 1"},
    )  # fmt: skip
    device.refresh_from_db()
    assert (device.allow_basic, device.fingerprint) == (True, "ab" * 32)
    assert change_device(SYSTEM, device, wanted) == ()
    assert newest(device)["seq"] == entry["seq"]


@pytest.mark.parametrize("wanted", [{"address": "CAM.example.org."}, {"port": 8000}, {"scheme": "https"}])
def test_another_place_has_no_exceptions_and_no_certificate_but_what_was_refused_stays(device, wanted):
    assert len(change_device(SYSTEM, device, wanted)) == 1
    row = Device.objects.get(pk=device.pk)
    assert (row.allow_basic, row.legacy_tls, row.fingerprint, row.accepted_mark) == (False, False, "", None)
    assert row.refused_marks == ["old"]
    assert row.address in {"192.0.2.10", "cam.example.org"}


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        ({"address": "10.0.0.0/30"}, "is a range"), ({"address": ""}, "no address"), ({"port": 0}, "no port"),
        ({"port": 70000}, "no port"), ({"scheme": "ftp"}, "over http or https"), ({"name": "x" * 201}, "at most 200"),
        ({"address": "192.0.2.11"}, "Another device of Berlin is at 192.0.2.11, port 80"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_why(device, berlin, wanted, why):
    make.device(berlin, address="192.0.2.11")
    with pytest.raises(NotPossible, match=why):
        change_device(SYSTEM, device, {"name": "Other", **wanted})
    assert Device.objects.get(pk=device.pk).name == "Gate"


def test_a_device_has_a_credential_of_its_site_or_of_one_above(device, berlin):
    mine, other = (add_credential(SYSTEM, site, "x", "x", "Example-Pass-1") for site in (berlin, make.site("Leeds")))
    with pytest.raises(NotPossible, match="of another site"):
        change_device(SYSTEM, device, {"credential": other})
    assert change_device(SYSTEM, device, {"credential": mine}) == ("credential",)
    assert newest(device)["after"] == {"credential": f"credential:{mine.pk}"}
    assert change_device(SYSTEM, device, {"credential": None}) == ("credential",)


def test_a_retired_device_comes_back_unless_its_address_is_taken(device, berlin):
    now = timezone.now()
    with pytest.raises(NotPossible, match="not retired"):
        restore_device(SYSTEM, device, "back")
    with pytest.raises(NotPossible, match="Say why"):
        retire_device(SYSTEM, device, " ", now=now)
    retire_device(SYSTEM, device, "replaced", now=now)
    device.refresh_from_db()
    with pytest.raises(NotPossible, match="bring it back first"):
        change_device(SYSTEM, device, {"name": "x"})
    other = make.device(berlin, address="192.0.2.10")
    with pytest.raises(NotPossible, match="Another device"):
        restore_device(SYSTEM, device, "back")
    retire_device(SYSTEM, other, "gone", now=now)
    restore_device(SYSTEM, device, "back")
    assert Device.objects.get(pk=device.pk).retired_at is None


def test_whoever_may_not_edit_there_changes_nothing(device):
    reader = make.person("reader", "viewer").actor()
    with pytest.raises(NotPossible, match="may not"):
        change_device(reader, device, {"name": "x"})
    Device.objects.filter(pk=device.pk).update(retired_at=timezone.now())
    device.refresh_from_db()
    with pytest.raises(NotPossible, match="may not"):
        restore_device(reader, device, "x")


def test_as_many_addresses_as_a_range_may_hold_are_added_at_once(berlin):
    hosts = [f"10.7.{n >> 8}.{n & 255}" for n in range(40_000)]  # more than SQLite takes variables in one statement
    assert add_devices(SYSTEM, berlin, hosts, now=timezone.now()) == (40_000, 0)
    assert add_devices(SYSTEM, berlin, hosts[:3], now=timezone.now()) == (0, 3)
    assert len(ids_at(berlin, hosts, 80)) == 40_000
