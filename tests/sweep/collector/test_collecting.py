"""A collector near simulated devices, from its enrolment to the facts at the centre."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner
from tests import factories as make
from tests.secrets import assert_nowhere
from tests.sweep.collector.conftest import URL

from licet.cli.main import cli
from licet.estate.models import Device, Fact
from licet.ledger.read import entries
from licet.simulator.devices import Challenge, derive
from licet.simulator.play import run_in_process
from licet.sites.record import NotPossible
from licet.sites.scope import SYSTEM
from licet.sweep.centre.files import accept, devices_file
from licet.sweep.centre.record import add_collector, revoke_collector
from licet.sweep.collector import centre as talk
from licet.sweep.collector.folder import Folder, NotSet
from licet.sweep.collector.line import LineDown
from licet.sweep.collector.message import Refused
from licet.sweep.collector.run import run_once, send_once
from licet.sweep.run import sweep

PASSWORD = "Depot-Example-Pass-7"
pytestmark = pytest.mark.django_db


@pytest.fixture
def cameras(site):
    """Two cameras at the site, played; the centre knows where they are, and no password of them."""
    devices = derive("DS-2CD2146G2-ISU", 2, port=0, password=PASSWORD)
    with run_in_process(devices) as child:
        for one in devices:
            make.device(site, serial_number=None, name="", kind="unknown", address=one.address, port=child.port)
        yield child, devices
        assert child.forbidden() == []


def known():
    return sorted(Device.objects.exclude(serial_number=None).values_list("serial_number", flat=True))


def test_facts_come_by_the_collector_and_no_password_leaves_it(enrolled, cameras, line, tmp_path, capsys):
    folder, row = enrolled
    _, devices = cameras
    folder.set_credential("cameras", "admin", PASSWORD)
    done = run_once(folder, "0.1")
    assert (done.asked, done.answered, done.written, done.sent, done.kept, done.said) == (2, 2, 1, 1, 0, [])
    assert known() == sorted(one.serial for one in devices)
    fact = Fact.objects.filter(topic="device_info").first()
    assert fact.notes == ["asked by the collector Depot collector"]
    row.refresh_from_db()
    assert (row.devices, row.sequence, row.version, row.waiting) == (2, 1, "0.1", 0)
    assert [entry["action"] for entry in entries(object_type="collector")] == [
        "sweep:collector:added", "sweep:collector:enrolled", "sweep:report:taken",
    ]  # fmt: skip
    (tmp_path / "sent").write_bytes(b"\n".join(body for _, body in line.sent))
    assert_nowhere(PASSWORD, tmp_path)


def test_the_centre_does_not_ask_what_a_collector_asks(enrolled, cameras):
    child, _ = cameras
    assert sweep(SYSTEM).asked == 0
    assert all(one.requests == 0 for one in child.stats().values())


def test_while_the_line_is_down_reports_wait_and_go_when_it_is_up(enrolled, cameras, line):
    folder, _ = enrolled
    folder.set_credential("cameras", "admin", PASSWORD)
    talk.fetch_devices(folder, folder.enrolment())
    line.down = True
    done = run_once(folder, "0.1")
    assert (done.asked, done.sent, done.kept, done.line) == (2, 0, 1, False)
    assert "waits on the disk" in done.said[0]
    assert known() == []
    line.down = False
    assert send_once(folder, "0.1").sent == 1
    assert len(known()) == 2


def test_killed_between_sending_and_receipt_a_report_counts_once(enrolled, cameras, line):
    folder, row = enrolled
    folder.set_credential("cameras", "admin", PASSWORD)
    talk.fetch_devices(folder, folder.enrolment())
    line.lost = True
    assert run_once(folder, "0.1").kept == 1
    facts = Fact.objects.count()
    assert facts > 0
    line.lost = False
    done = send_once(folder, "0.1")
    assert (done.sent, done.kept, done.said) == (1, 0, [])
    assert Fact.objects.count() == facts
    assert row.reports.count() == 1


def test_a_refused_password_is_tried_once_by_the_collector_too(enrolled, cameras):
    folder, _ = enrolled
    child, devices = cameras
    folder.set_credential("cameras", "admin", "Wrong-Example-Pass-1")
    for _ in range(2):
        run_once(folder, "0.1")
    assert [child.stats()[one.serial].wrong_passwords for one in devices] == [1, 1]
    assert set(Device.objects.values_list("reach", flat=True)) == {"refused"}
    folder.set_credential("cameras", "admin", PASSWORD)
    assert run_once(folder, "0.1").answered == 2


def test_a_run_that_was_killed_at_a_try_does_not_repeat_it(enrolled, cameras, monkeypatch):
    folder, _ = enrolled
    child, devices = cameras
    folder.set_credential("cameras", "admin", "Wrong-Example-Pass-1")
    monkeypatch.setattr(folder.memory, "remember", killed_at_the_second(folder.memory.remember))
    with pytest.raises(KeyboardInterrupt):
        run_once(folder, "0.1")
    done = run_once(Folder(folder.path), "0.1")
    assert (done.asked, done.waiting) == (0, 2)
    assert [child.stats()[one.serial].wrong_passwords for one in devices] == [1, 1]


def killed_at_the_second(remember):
    calls = []

    def once(states):
        calls.append(states)
        if len(calls) > 1:
            raise KeyboardInterrupt
        remember(states)

    return once


def test_without_a_line_everything_goes_by_file_and_is_taken_once(cameras, site, tmp_path):
    now = datetime.now(UTC)
    row, code = add_collector(SYSTEM, site, "Vault", now)
    folder, out = Folder(tmp_path / "air"), tmp_path / "report.licet"
    wish = talk.enrol_by_file(folder, code, "0.1")
    with pytest.raises(NotSet, match="no device list yet"):
        run_once(folder, "0.1", out=out)
    with pytest.raises(NotPossible, match="not enrolled yet"):
        devices_file(SYSTEM, row, now)
    assert "Carry its device list back" in accept(SYSTEM, wish, now).sentence
    with pytest.raises(Refused, match="unknown, was used"):
        accept(SYSTEM, wish, now)
    row.refresh_from_db()
    sealed, number = devices_file(SYSTEM, row, now)
    assert number == 2
    assert talk.take_devices(folder, sealed).name == "Vault"
    folder.set_credential("cameras", "admin", PASSWORD)
    done = run_once(folder, "0.1", out=out)
    assert (done.asked, done.written, done.kept) == (2, 1, 0)
    assert b"192.0.2" not in out.read_bytes()
    with pytest.raises(Refused, match="not sealed for this"):
        accept(SYSTEM, out.read_bytes()[:-1], now)
    taken = accept(SYSTEM, out.read_bytes(), datetime.now(UTC))
    assert (taken.sentence, len(known())) == ("Taken from Vault: 2 answers in 1 reports.", 2)
    last = list(entries())[-1]
    assert (last["action"], last["actor"]) == ("sweep:report:taken", "system")
    again = accept(SYSTEM, out.read_bytes(), datetime.now(UTC))
    assert again.sentence == "Everything in this file of Vault was taken before; nothing was changed."
    assert_nowhere(PASSWORD, tmp_path)


def test_a_clock_that_is_wrong_is_put_right_and_said(enrolled, cameras):
    folder, row = enrolled
    folder.set_credential("cameras", "admin", PASSWORD)
    hours = timedelta(hours=3)
    done = run_with_clock(folder, hours)
    assert done.answered == 2
    assert "clock is 10800 s ahead" in done.said[-1]
    asked = Device.objects.first().last_asked_at
    assert abs(asked - datetime.now(UTC)) < timedelta(minutes=1)
    row.refresh_from_db()
    assert abs(row.clock_seconds - 10_800) < 5


def run_with_clock(folder, ahead):
    from unittest.mock import patch

    def clock():
        return datetime.now(UTC) + ahead

    with patch.object(talk, "utc_now", clock):
        return run_once(folder, "0.1")


def test_after_revoking_nothing_is_taken_and_the_collector_says_so(enrolled, cameras):
    folder, row = enrolled
    folder.set_credential("cameras", "admin", PASSWORD)
    revoke_collector(SYSTEM, row, datetime.now(UTC))
    with pytest.raises(Refused, match="was revoked on"):
        run_once(folder, "0.1")
    assert known() == []
    assert all(one.requests == 0 for one in cameras[0].stats().values())
    with pytest.raises(Refused, match=r"was revoked on .* enrol it with a new code"):
        _status(folder)


def _status(folder):
    done = CliRunner().invoke(cli, ["collect", "--folder", str(folder.path), "status"], standalone_mode=False)
    if done.exception is not None:
        raise done.exception
    return done.output


def test_the_status_says_whether_the_centre_answers(enrolled, line):
    folder, _ = enrolled
    assert "The centre answers and lists 0 devices." in _status(folder)
    with folder.alone():
        assert "Another run of this collector is at work" in _status(folder)
    line.down = True
    assert "Whether the centre answers is not known: The centre cannot be reached" in _status(folder)


def test_another_centre_is_not_spoken_to(enrolled, site, line, monkeypatch, tmp_path):
    from licet.sweep.centre import answer as centre_answer
    from licet.sweep.collector.keys import Keys

    folder, _ = enrolled
    monkeypatch.setattr(centre_answer, "centre_keys", lambda: Keys(bytes(32)))
    with pytest.raises(LineDown, match="not the centre that this collector was enrolled with"):
        talk.fetch_devices(folder, folder.enrolment())
    _, code = add_collector(SYSTEM, make.site(), "x", datetime.now(UTC))
    with pytest.raises(LineDown, match="not the centre"):
        talk.enrol(Folder(tmp_path / "other"), URL, code, "0.1")


def test_when_the_disk_space_is_used_up_the_oldest_go_and_it_is_said(enrolled, cameras, line):
    folder, row = enrolled
    folder.set_credential("cameras", "admin", PASSWORD)
    talk.fetch_devices(folder, folder.enrolment())
    line.down = True
    first = run_once(folder, "0.1")
    room = folder.store().size() * 3 // 2
    second = run_once(folder, "0.1", most_bytes=room)
    assert (first.kept, second.kept) == (1, 1)
    assert "1 reports in all were deleted unsent" in second.said[-1]
    line.down = False
    run_once(folder, "0.1")
    row.refresh_from_db()
    assert (row.dropped, row.sequence, len(known())) == (1, 3, 2)


def test_the_centre_alone_cannot_have_a_password_sent_readable(enrolled, site):
    folder, _ = enrolled
    device = replace(derive("DS-2CD2146G2-ISU", 1, port=0, password=PASSWORD)[0], challenge=Challenge.BASIC)
    with run_in_process([device]) as child:
        make.device(site, serial_number=None, address=device.address, port=child.port, allow_basic=True)
        folder.set_credential("cameras", "admin", PASSWORD)
        run_once(folder, "0.1")
        row = Device.objects.get()
        assert (row.reach, row.reach_reason) == ("policy", "basic_only")
        folder.set_credential("cameras", "admin", PASSWORD, allow_basic=True)
        assert run_once(folder, "0.1").answered == 1
    row.refresh_from_db()
    assert row.reach == "answered"
