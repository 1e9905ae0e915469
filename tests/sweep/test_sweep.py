"""A sweep over real HTTP against simulated devices: what is asked, what is folded, and what is never done."""

import subprocess
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner
from tests import factories as make

from licet.authorization.models import Authorization, Demand
from licet.authorization.reconcile import changed
from licet.cli.main import cli
from licet.estate.credential_record import add_credential, replace_credential
from licet.estate.device_change import change_device
from licet.estate.device_move import Place
from licet.estate.dossier import dossier
from licet.estate.models import Asking, Channel, Device, Fact
from licet.ledger.read import entries
from licet.simulator.devices import Death, derive
from licet.simulator.play import run_in_process
from licet.sites.scope import SYSTEM
from licet.sweep import run
from licet.sweep.device_move import move
from licet.sweep.holder import me
from licet.sweep.models import Asked
from licet.sweep.one_at_a_time import HELD, Busy, alone
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
    assert row.locked_until is None


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


def report(serial, *facts, reach="answered", **values):
    """What a device that says this serial number reported."""
    from tests.conftest import NOW

    from licet.wire.facts import DeviceInfo, Fact, Reach, Report, Topic

    told = (
        [Fact(Topic.DEVICE_INFO, DeviceInfo(serial_number=serial), "isapi:/ISAPI/System/deviceInfo", NOW)]
        if serial
        else []
    )
    told += [Fact(topic, value, "isapi:test", NOW) for topic, value in facts]
    return Report("127.0.0.1", 80, "http", NOW, 0.1, Reach(reach), facts=tuple(told), **values)


def folded(reports, now):
    from licet.sweep.run import Result, Tried, take_in

    result = Result()
    take_in(reports, now, result, Tried())
    return result


def test_two_devices_that_swapped_addresses_are_still_two(now):
    site = make.site()
    first, second = make.device(site, address="127.0.0.1"), make.device(site, address="127.0.0.2")
    folded({first.pk: report(second.serial_number), second.pk: report(first.serial_number)}, now)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.address, second.address) == ("127.0.0.2", "127.0.0.1")
    assert (first.retired_at, second.retired_at) == (None, None)


def test_a_device_that_answers_as_before_cannot_be_claimed_by_another(now):
    site = make.site()
    real, rogue = make.device(site, address="127.0.0.1"), make.device(site, serial_number=None, address="127.0.0.9")
    folded({rogue.pk: report(real.serial_number), real.pk: report(real.serial_number)}, now)
    real.refresh_from_db()
    rogue.refresh_from_db()
    assert (real.address, rogue.address, rogue.reach_reason) == ("127.0.0.1", "127.0.0.9", "identity_disputed")


def test_a_retired_device_that_answers_at_another_site_is_not_moved_but_told_to_who_may_see_both(now):
    there, here = make.site("Old"), make.site("New")
    real = make.device(there, address="127.0.0.1", retired_at=now, name="Gate of old", reach="unreachable")
    place = make.device(here, serial_number=None, address="127.0.0.9", name="")
    folded({place.pk: report(real.serial_number)}, now)
    real.refresh_from_db()
    place.refresh_from_db()
    assert (real.site, real.retired_at, place.serial_number) == (there, now, None)
    assert (place.reach_reason, place.claims) == ("identity_retired", real.pk)
    (told,) = Authorization.objects.filter(subject_id=place.pk, right="device.management", valid_to=None)
    assert told.reason == "identity_retired"
    found = dossier(SYSTEM, place.pk).claims
    assert (found.device_id, found.device, found.site) == (real.pk, "Gate of old", "Old")
    shown = CliRunner().invoke(cli, ["device", "show", f"device:{place.pk}"]).output
    assert f"licet device move device:{real.pk} 'New' --no-address" in shown
    assert dossier(make.person("one", "technician", here).actor(), place.pk).claims is None
    move(SYSTEM, real, here, reason="brought here", now=now, place=Place(address=""))
    folded({place.pk: report(real.serial_number)}, now)
    real.refresh_from_db()
    place.refresh_from_db()
    assert (real.site, real.address, real.reach, real.retired_at) == (here, "127.0.0.9", "answered", None)
    assert place.retired_at == now
    assert dossier(SYSTEM, place.pk).claims is None


def test_a_device_in_use_at_another_site_is_not_named(now):
    real = make.device(make.site(), reach="unreachable")
    place = make.device(make.site(), serial_number=None, address="127.0.0.9")
    folded({place.pk: report(real.serial_number)}, now)
    place.refresh_from_db()
    assert (place.reach_reason, place.claims) == ("identity_disputed", None)


def test_a_serial_number_of_another_site_is_not_believed(now):
    real = make.device(make.site(), address="127.0.0.1", allow_basic=True)
    rogue = make.device(make.site(), serial_number=None, address="127.0.0.9")
    folded({rogue.pk: report(real.serial_number)}, now)
    real.refresh_from_db()
    assert (real.address, real.allow_basic, real.retired_at) == ("127.0.0.1", True, None)


def test_a_move_takes_no_exception_along(now):
    site = make.site()
    moved = make.device(site, address="127.0.0.1", allow_basic=True, fingerprint="ab", scheme="https")
    place = make.device(site, serial_number=None, address="127.0.0.9")
    folded({place.pk: report(moved.serial_number)}, now)
    moved.refresh_from_db()
    assert (moved.address, moved.scheme, moved.allow_basic, moved.fingerprint) == ("127.0.0.9", "http", False, "")


def test_one_report_that_cannot_be_stored_does_not_cost_the_others(now, monkeypatch):
    from licet.estate import folding

    site = make.site()
    good, bad = make.device(site), make.device(site)
    known = folding.fold_channels

    def picky(reports, at):
        if any(item.detail == "poison" for item in reports.values()):
            raise OverflowError("too large")
        return known(reports, at)

    monkeypatch.setattr(folding, "fold_channels", picky)
    result = folded({good.pk: report(good.serial_number), bad.pk: report(bad.serial_number, detail="poison")}, now)
    good.refresh_from_db()
    bad.refresh_from_db()
    assert result.unstorable == 1
    assert (good.reach, bad.reach, bad.reach_reason) == ("answered", "answered", "unstorable_answer")


def test_hostile_sizes_are_cut_and_strange_channels_left_out(now):
    from licet.wire.facts import App, Apps, Channels, Isup, Kind, ProxyChannel, Topic

    row = make.device(make.site(), kind="recorder")
    numbers = (-5, 1, 2**40)
    channels = Channels(
        tuple(ProxyChannel(n, name="x" * 5000, model="m" * 5000, serial_number="s" * 5000) for n in numbers)
    )
    apps = Apps((App("1", "A" * 60, True), App("2", "A" * 60, True)))
    result = folded(
        {
            row.pk: report(
                row.serial_number,
                (Topic.CHANNELS, channels),
                (Topic.APPS, apps),
                (Topic.ISUP, Isup(True, server="h" * 900)),
            )
        },
        now,
    )
    assert result.unstorable == 0
    assert list(Channel.objects.values_list("number", flat=True)) == [1]
    row.refresh_from_db()
    assert len(row.isup_server) == 253
    assert Kind.RECORDER


def test_what_becomes_late_is_judged_by_the_next_sweep_of_anything(now):
    from datetime import timedelta

    from licet.authorization.reconcile import due, everything

    row = make.device(make.site(), activated=True, activated_seen_at=now)
    everything(now)
    assert statuses(row, "device.activation") == ["authorized"]
    due(now + timedelta(hours=73))
    assert statuses(row, "device.activation") == ["unknown"]


def test_discovery_does_not_move_a_device_of_another_site(now):
    from licet.estate.record import add_discovered
    from licet.wire.facts import Fact, SadpAnswer, Topic

    real = make.device(make.site(), address="127.0.0.1", activated=True)
    answer = SadpAnswer(serial_number=real.serial_number, address="127.0.0.66", activated=False)
    added = add_discovered(SYSTEM, make.site(), [Fact(Topic.SADP, answer, "sadp:127.0.0.66", now)], now=now)
    real.refresh_from_db()
    assert (added.new, added.known, added.elsewhere) == ([], [], [real.serial_number])
    assert (real.address, real.activated) == ("127.0.0.1", True)


def test_discovery_meets_a_device_that_was_added_by_its_address(now):
    from licet.estate.record import add_discovered
    from licet.wire.facts import Fact, SadpAnswer, Topic

    row = make.device(make.site(), serial_number=None, address="127.0.0.1", port=80, refused_marks=["m"])
    answer = SadpAnswer(serial_number="DS-2CD2146G2-ISU20230415AAWRZ00003001", address="127.0.0.1", http_port=80)
    for _ in range(2):
        add_discovered(SYSTEM, row.site, [Fact(Topic.SADP, answer, "sadp:127.0.0.1", now)], now=now)
    row.refresh_from_db()
    assert Device.objects.count() == 1
    assert (row.serial_number, row.refused_marks) == (answer.serial_number, ["m"])


def test_discovery_leads_to_no_place_that_is_not_asked(now, monkeypatch):
    from licet.estate.record import add_discovered
    from licet.wire.facts import Fact, SadpAnswer, Topic

    monkeypatch.delenv("LICET_ALSO_ASK")
    known = make.device(make.site(), address="10.1.0.7")
    new = SadpAnswer(serial_number="DS-2CD2146G2-ISU20230415AAWRZ00003002", address="169.254.169.254", http_port=80)
    again = SadpAnswer(serial_number=known.serial_number, address="127.0.0.1", http_port=80)
    facts = [Fact(Topic.SADP, value, "sadp:10.1.0.7", now) for value in (new, again)]
    added = add_discovered(SYSTEM, known.site, facts, now=now)
    known.refresh_from_db()
    assert (len(added.new), added.known, known.address) == (1, [known.pk], "10.1.0.7")
    assert Device.objects.get(serial_number=new.serial_number).address == ""


def test_a_device_last_heard_of_as_itself_cannot_be_claimed_in_another_batch(now):
    site = make.site()
    real = make.device(site, address="127.0.0.1", reach="answered")
    rogue = make.device(site, serial_number=None, address="127.0.0.9")
    folded({rogue.pk: report(real.serial_number)}, now)
    real.refresh_from_db()
    rogue.refresh_from_db()
    assert (real.address, rogue.reach_reason) == ("127.0.0.1", "identity_disputed")


def test_a_device_whose_old_address_is_silent_has_moved(now):
    site = make.site()
    moved = make.device(site, address="127.0.0.1", reach="unreachable")
    place = make.device(site, serial_number=None, address="127.0.0.9")
    folded({place.pk: report(moved.serial_number)}, now)
    moved.refresh_from_db()
    assert moved.address == "127.0.0.9"


def test_a_sweep_that_is_killed_does_not_make_a_risky_try_again(monkeypatch):
    with playing(cameras(2), password="Example-Wrong-1") as (child, credential):
        known = Device.objects.order_by("pk").first()
        Device.objects.filter(pk=known.pk).update(accepted_mark=credential.mark)
        # What a kill leaves: the devices were asked, and nothing that they answered is stored.
        with monkeypatch.context() as killed:
            killed.setattr("licet.sweep.run._fold_together", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
            with pytest.raises(KeyboardInterrupt):
                sweep(SYSTEM)
        tries = {serial: one.credentialed for serial, one in child.stats().items()}
        again = sweep(SYSTEM)
        assert (again.asked, again.waiting) == (1, 1)
        unproven = Device.objects.exclude(pk=known.pk).get()
        assert unproven.tried_at is not None
        assert sum(one.credentialed for one in child.stats().values()) == sum(tries.values()) + 1


def test_a_cancelled_sweep_takes_back_the_tries_that_it_never_made():
    with playing(cameras(3)):
        sweep(SYSTEM, cancelled=lambda: True)
        assert not Device.objects.exclude(tried_at=None).exists()


def test_the_password_that_a_device_accepted_is_remembered():
    with playing(cameras(1)) as (_, credential):
        sweep(SYSTEM)
    row = Device.objects.get()
    assert (row.accepted_mark, row.tried_at) == (credential.mark, None)


def test_what_a_device_said_at_the_place_that_it_has_left_is_not_taken_for_the_new_one(monkeypatch):
    fold = run._fold_together

    def later(*given):
        first = Device.objects.order_by("pk").first()
        change_device(SYSTEM, first, {"address": "198.51.100.66", "port": 8000})
        fold(*given)

    with playing(cameras(2)) as (_, credential):
        monkeypatch.setattr(run, "_fold_together", later)
        sweep(SYSTEM)
    moved, stayed = Device.objects.order_by("pk")
    assert (moved.address, moved.accepted_mark, moved.tried_at, moved.reach, moved.model) == (
        "198.51.100.66",
        None,
        None,
        "",
        "",
    )
    assert (stayed.accepted_mark, stayed.reach) == (credential.mark, "answered")


def test_a_site_that_is_being_asked_is_not_asked_by_another_sweep():
    other = make.site("Leeds")
    make.device(other, address="127.0.0.1", port=9)
    with playing(cameras(1)):
        berlin = Device.objects.exclude(site=other).get().site
        with alone([berlin.pk]):
            with pytest.raises(Busy, match="Another sweep asks the devices of Berlin"):
                sweep(SYSTEM)
            assert sweep(SYSTEM, site=other).asked == 1
        assert sweep(SYSTEM, site=berlin).answered == 1


def test_a_site_is_free_again_when_whoever_asked_it_is_gone():
    site = make.site("Berlin")
    now = datetime.now(UTC)
    ended = subprocess.Popen(["/bin/true"])
    ended.wait()
    dead = me().rpartition(":")[0] + f":{ended.pid}/1"
    for holder, until in ((dead, now + HELD), ("elsewhere:x:1/1", now - HELD)):
        Asked.objects.create(site=site, holder=holder, until=until)
        with alone([site.pk]):
            assert Asked.objects.get().holder.startswith(me())
    Asked.objects.create(site=site, holder="elsewhere:x:1/1", until=now + HELD)
    with pytest.raises(Busy), alone([site.pk]):
        pass
