"""A sweep over real HTTP against simulated devices: what is asked, what is folded, and what is never done."""

from contextlib import contextmanager

import pytest
from tests import factories as make

from licet.authorization.models import Authorization, Demand
from licet.authorization.reconcile import changed
from licet.estate.models import Asking, Channel, Device, Fact
from licet.estate.record import add_credential, replace_credential
from licet.ledger.read import entries
from licet.simulator.devices import Death, derive
from licet.simulator.play import run_in_process
from licet.sites.scope import SYSTEM
from licet.sweep.run import sweep

pytestmark = pytest.mark.django_db
PASSWORD = "Example-Pass-1"


@contextmanager
def playing(devices, password=PASSWORD):
    """The devices played in a child process, each known by its address at one site."""
    site = make.site("Berlin")
    credential = add_credential(SYSTEM, site, "cameras", "admin", password)
    with run_in_process(devices) as child:
        for device in devices:
            make.device(
                site,
                serial_number=None,
                name="",
                kind="unknown",
                address=device.address,
                port=child.port,
                credential=credential,
            )
        yield child, credential
        assert child.forbidden() == []


def cameras(number, recording="DS-2CD2146G2-ISU", **values):
    return derive(recording, number, port=0, password=PASSWORD, **values)


def statuses(device, *rights):
    rows = dict(
        Authorization.objects.filter(subject_type=1, subject_id=device.pk, valid_to=None).values_list("right", "status")
    )
    return [rows[right] for right in rights]


def test_a_camera_becomes_known_by_what_it_says():
    devices = cameras(1)
    with playing(devices):
        result = sweep(SYSTEM)
    row = Device.objects.get()
    assert (result.asked, result.answered) == (1, 1)
    assert (row.serial_number, row.model, row.kind, row.activated) == (
        devices[0].serial,
        "DS-2CD2146G2-ISU",
        "camera",
        True,
    )
    assert row.firmware_build.isoformat() == "2024-06-06"
    assert statuses(row, "device.activation", "device.management", "cloud.registration") == [
        "authorized",
        "authorized",
        "not_required",
    ]
    assert {"device_info", "users", "storage"} <= set(Fact.objects.values_list("topic", flat=True))
    assert Asking.objects.get(topic="apps").outcome == "not_offered"
    assert [entry["action"] for entry in entries()][-1] == "sweep:run:finished"


def test_a_second_sweep_of_the_same_devices_changes_nothing():
    with playing(cameras(3)):
        sweep(SYSTEM)
        facts, periods = Fact.objects.count(), Authorization.objects.count()
        again = sweep(SYSTEM)
    assert again.changes == []
    assert (Fact.objects.count(), Authorization.objects.count()) == (facts, periods)


def test_a_refused_password_is_tried_once_until_a_person_replaces_it():
    devices = cameras(1)
    serial = devices[0].serial
    with playing(devices, password="Wrong-Pass-1") as (child, credential):
        counts = []
        for _ in range(2):
            assert sweep(SYSTEM).refused == 1
            counts.append(child.stats()[serial].wrong_passwords)
        assert counts == [1, 1]
        row = Device.objects.get()
        assert statuses(row, "device.management") == ["suspended"]
        replace_credential(SYSTEM, credential, PASSWORD)
        assert sweep(SYSTEM).answered == 1
        assert child.stats()[serial].wrong_passwords == 1
    row.refresh_from_db()
    assert statuses(row, "device.management") == ["authorized"]
    assert row.refused_version is None


def test_a_locked_device_is_left_alone():
    from dataclasses import replace

    devices = [replace(cameras(1)[0], locked=True)]
    with playing(devices) as (child, _):
        result = sweep(SYSTEM)
        tries = child.stats()[devices[0].serial].credentialed
        again = sweep(SYSTEM)
        assert child.stats()[devices[0].serial].credentialed == tries
    assert (result.locked_out, again.locked_out) == (1, 1)
    row = Authorization.objects.get(right="device.management", valid_to=None)
    assert (row.status, row.reason) == ("unknown", "locked_by_device")


def test_a_dead_device_is_unreachable_and_its_rights_are_unknown():
    from dataclasses import replace

    devices = [replace(cameras(1)[0], death=Death.REFUSES)]
    with playing(devices):
        result = sweep(SYSTEM)
    assert result.unreachable == 1
    row = Authorization.objects.get(right="device.activation", valid_to=None)
    assert (row.status, row.reason) == ("unknown", "unreachable")


def test_a_factory_reset_changes_the_status_and_keeps_both_facts():
    devices = cameras(1)
    with playing(devices) as (child, _):
        sweep(SYSTEM)
        child.reset(devices[0].serial)
        result = sweep(SYSTEM)
    assert result.not_activated == 1
    assert ("activation", "activated", True, False) in {(c.topic, c.field, c.before, c.after) for c in result.changes}
    assert statuses(Device.objects.get(), "device.activation", "device.management") == [
        "not_activated",
        "not_activated",
    ]
    kept = Fact.objects.filter(topic="activation").order_by("id").values_list("value__activated", flat=True)
    assert list(kept) == [True, False]


def test_another_device_at_the_same_address_leaves_the_old_ones_history():
    first = cameras(1)
    other = cameras(1, start=77)
    assert first[0].address == other[0].address
    with playing(first):
        sweep(SYSTEM)
    old = Device.objects.get()
    with run_in_process(other) as child:
        Device.objects.update(port=child.port)
        sweep(SYSTEM)
    old.refresh_from_db()
    new = Device.objects.get(serial_number=other[0].serial)
    assert old.retired_at is not None
    assert new.address == first[0].address
    assert not Authorization.objects.filter(subject_id=old.pk, valid_to=None).exists()
    assert Authorization.objects.filter(subject_id=old.pk).exists()


def test_a_recorder_lists_its_channels_and_they_are_demands(now):
    recorder = cameras(1, "DS-7732NI-M4")
    with playing(recorder):
        site = Device.objects.get().site
        server = make.installation(site)
        make.member(server, Device.objects.get(), "camera")
        sweep(SYSTEM)
        changed(now, installations=[server.pk])
    assert Device.objects.get().kind == "recorder"
    assert Channel.objects.count() == 18
    assert Demand.objects.filter(metric="camera").count() == 18


def test_only_devices_in_scope_are_asked():
    with playing(cameras(1)):
        bob = make.person("bob", "technician", make.site("Elsewhere")).actor()
        assert sweep(bob).asked == 0


def test_a_cancelled_sweep_keeps_what_it_learnt():
    with playing(cameras(5)):
        result = sweep(SYSTEM, concurrency=1, cancelled=lambda: True)
    assert result.cancelled
    assert result.asked < 5
