"""A hostile collector, or somebody between it and the centre: he can lie about his own site, and about nothing else."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from tests import factories as make
from tests.sweep.collector.conftest import URL

from licet.alerts.watch import told_by_record
from licet.estate.models import Device
from licet.ledger.read import entries
from licet.sites.record import NotPossible
from licet.sites.scope import SYSTEM, Actor
from licet.sweep.centre import intake, record, requests, words
from licet.sweep.centre.answer import answer
from licet.sweep.centre.devices import device_list
from licet.sweep.centre.files import accept
from licet.sweep.centre.intake import take_report
from licet.sweep.centre.keys import centre_keys
from licet.sweep.centre.read import last_refusals
from licet.sweep.collector import centre as talk
from licet.sweep.collector import message
from licet.sweep.collector import report as reports
from licet.sweep.collector.code import read_code
from licet.sweep.collector.folder import Folder, NotSet
from licet.sweep.collector.keys import Keys
from licet.sweep.collector.line import LineDown
from licet.sweep.collector.message import Refused, pack, unpack
from licet.sweep.collector_models import Collector
from licet.wire.facts import DeviceInfo, Fact, Reach, Report, Topic

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
EVIL = Keys(b"\x07" * 32)


@pytest.fixture
def rogue(site):
    """A collector of the site whose keys the attacker holds."""
    row, _ = record.add_collector(SYSTEM, site, "Rogue", NOW)
    row.sign, row.box, row.enrolled_at = EVIL.public.sign.hex(), EVIL.public.box.hex(), NOW
    row.save()
    return row


def said(device, *, at=NOW, serial="DS-2CD2146G2-ISU20230415AAWRZ00000001", observed=None):
    fact = Fact(
        Topic.DEVICE_INFO,
        DeviceInfo(name="Owned", serial_number=serial),
        "isapi:/ISAPI/System/deviceInfo",
        observed or at,
    )
    return reports.write_answer(device, Report("192.0.2.7", 80, "http", at, 0.1, Reach.ANSWERED, facts=(fact,)))


def written(row, *answers, number=1, keys=EVIL, at=NOW):
    body = reports.write(reports.About(run="r", made_at=at), answers)
    return pack(keys, "report", row.uid, number, at, body)


# Every refusal says what to do.
REMEDY = re.compile(r"[.;:] .*\b(set|bring|enrol|send|stop|make)\b", re.IGNORECASE)


def delivered(row, body, *, kind="deliver", number=1, keys=EVIL, at=NOW, now=NOW):
    """What the centre says to a request: the code of the refusal, or "" where it was done."""
    request = pack(keys, kind, row.uid, number, at, body, level=0)
    said = answer(kind, request, now)
    try:
        _, told = unpack(said, centre_keys().public, "no")
    except Refused:
        return ""
    no = talk.understood(told, talk.No)
    assert REMEDY.search(no.sentence), no
    return no.code


def test_devices_of_other_sites_are_left_out_and_counted(rogue, site):
    own, foreign, retired = make.device(site), make.device(make.site()), make.device(site, retired_at=NOW)
    before = Device.objects.filter(pk__in=[foreign.pk, retired.pk]).values_list("name", "last_asked_at")
    before = list(before)
    told = [said(row.pk, serial=row.serial_number) for row in (own, foreign, retired)]
    receipt, _ = take_report(rogue, written(rogue, *told, said(10**15)), NOW)
    assert (receipt.taken, receipt.left_out) == (1, 3)
    assert "3 of devices that are not (or no longer) at the collector's site" in receipt.why
    assert list(Device.objects.filter(pk__in=[foreign.pk, retired.pk]).values_list("name", "last_asked_at")) == before
    own.refresh_from_db()
    assert own.name == "Owned"
    assert list(entries())[-1]["after"]["left_out"] == {"foreign": 3}


def test_it_cannot_take_the_identity_of_a_device_elsewhere(rogue, site):
    own, foreign = make.device(site, serial_number=None), make.device(make.site(), address="", reach="unreachable")
    take_report(rogue, written(rogue, said(own.pk, serial=foreign.serial_number)), NOW)
    own.refresh_from_db()
    foreign.refresh_from_db()
    assert (own.serial_number, own.reach_reason) == (None, "identity_disputed")
    assert foreign.address == ""


def test_its_list_has_the_devices_of_its_own_site_and_no_secret(rogue, site):
    own, _ = make.device(site), make.device(make.site())
    nearer = make.site("Annex", site)
    make.device(nearer)
    other, _ = record.add_collector(SYSTEM, nearer, "Annex", NOW)
    Collector.objects.filter(pk=other.pk).update(sign="ab" * 32)
    _, body = unpack(device_list(rogue, NOW)[0], centre_keys().public, "devices")
    assert [one["id"] for one in msgspec.json.decode(body)["devices"]] == [own.pk]
    assert b"password" not in body


def test_forged_replayed_late_and_foreign_requests_are_refused(rogue):
    assert delivered(rogue, b"", kind="ask-devices", keys=Keys(bytes(32))) == "forged"
    assert delivered(rogue, b"", kind="ask-devices", at=NOW - timedelta(minutes=6)) == "clock"
    assert delivered(rogue, b"", kind="ask-devices", at=NOW + timedelta(minutes=6)) == "clock"
    assert delivered(rogue, b"", kind="ask-devices", number=5) == ""
    assert delivered(rogue, b"", kind="ask-devices", number=5) == "replayed"
    assert delivered(rogue, b"", kind="ask-devices", number=4) == "replayed"
    other, _ = record.add_collector(SYSTEM, make.site(), "Other", NOW)
    assert delivered(other, b"", kind="ask-devices") == "unknown"
    assert delivered(rogue, b"", kind="teapot", number=6) == "wrong_kind"
    assert [entry["after"]["why"] for entry in entries() if entry["action"] == "sweep:collector:refused"] == [
        "forged", "replayed",
    ]  # fmt: skip
    assert {event.code for event in told_by_record(0)[0]} == {"collector.refused"}


def test_what_was_signed_for_one_thing_serves_for_no_other(rogue, site):
    request = pack(EVIL, "ask-devices", rogue.uid, 1, NOW, b"")
    no = answer("deliver", request, NOW)
    assert b'"kind":"no"' in no[:200]
    with pytest.raises(Refused, match="is 'ask-devices', not 'report'"):
        take_report(rogue, request, NOW)
    other = Collector(site=site, uid="x", sign=rogue.sign, box=rogue.box)
    with pytest.raises(Refused, match="of another collector"):
        take_report(other, written(rogue), NOW)


def test_bombs_and_what_is_too_large_or_no_report_are_refused(rogue):
    bomb = pack(EVIL, "report", rogue.uid, 1, NOW, bytes(49 << 20))
    assert len(bomb) < 100_000
    assert delivered(rogue, bomb) == "too_large"
    assert delivered(rogue, b"x" * (9 << 20), number=2) == "too_large"
    assert delivered(rogue, pack(EVIL, "report", rogue.uid, 1, NOW, b"[[["), number=3) == "unreadable"
    assert delivered(rogue, b"nothing", number=4) == "unreadable"


def test_a_request_that_is_too_large_is_told_what_is_taken(rogue):
    request = pack(EVIL, "ask-devices", rogue.uid, 1, NOW, b"x" * 1025)
    _, told = unpack(answer("ask-devices", request, NOW), centre_keys().public, "no")
    assert talk.understood(told, talk.No).sentence.startswith("Unpacked it has more than 1,024 bytes.")


def test_a_request_beyond_the_size_is_not_read(client):
    answered = client.post("/collector/v1/deliver/", b"x" * (9 << 20), content_type="application/octet-stream")
    assert answered.status_code == 413


def test_times_in_the_future_and_older_answers_are_left_out(rogue, site):
    known, ahead, fact = (make.device(site, last_asked_at=NOW) for _ in range(3))
    late = NOW + timedelta(minutes=10)
    told = [said(known.pk), said(ahead.pk, at=late), said(fact.pk, at=NOW + timedelta(seconds=1), observed=late)]
    receipt, _ = take_report(rogue, written(rogue, *told), NOW)
    assert (receipt.taken, receipt.left_out) == (0, 3)
    assert receipt.why == "2 dated in the future: the collector's clock is wrong; 1 older than what is known"


def test_a_report_is_taken_once_and_its_number_serves_for_no_other(rogue, site):
    device = make.device(site)
    message = written(rogue, said(device.pk))
    first, again = take_report(rogue, message, NOW), take_report(rogue, message, NOW)
    assert (first[0], first[1], again[1]) == (again[0], False, True)
    other = written(rogue, said(device.pk, at=NOW + timedelta(hours=1)))
    with pytest.raises(Refused, match="Another report of this number"):
        take_report(rogue, other, NOW)
    assert delivered(rogue, other, number=2) == "used"
    assert [one.why for one in last_refusals(rogue, NOW)] == ["used"]


def test_every_refusal_that_is_kept_has_its_words():
    sources = [Path(module.__file__) for module in (requests, intake, message, reports)]
    used = {code for path in sources for code in re.findall(r'Refused\(\s*"(\w+)"', path.read_text(encoding="utf-8"))}
    assert used - {"clock", "unknown"} <= set(words.REFUSALS)


def test_killed_before_it_was_judged_a_report_is_judged_when_it_comes_again(rogue, site, monkeypatch):
    device, calls = make.device(site), []

    def judged(_clock, began, asked, tried):
        calls.append((began, list(asked)))
        if len(calls) == 1:
            raise KeyboardInterrupt
        raise ValueError("a fault of ours")

    monkeypatch.setattr(intake, "follow_up", judged)
    message = written(rogue, said(device.pk, serial=device.serial_number))
    with pytest.raises(KeyboardInterrupt):
        take_report(rogue, message, NOW)
    assert take_report(rogue, message, NOW + timedelta(hours=1))[0].taken == 1
    assert calls == [(NOW, [device.pk])] * 2


def test_a_text_that_no_database_takes_costs_only_its_own_device(rogue, site):
    one, two = make.device(site), make.device(site)
    told = [said(one.pk, serial="x" * 200), said(two.pk, serial=two.serial_number)]
    receipt, _ = take_report(rogue, written(rogue, told[0].replace(b"Owned", b"a\\u0000b"), told[1]), NOW)
    assert receipt.taken == 2
    two.refresh_from_db()
    assert two.name == "Owned"


def test_after_revoking_neither_line_nor_file_is_taken(rogue, site):
    device = make.device(site)
    record.revoke_collector(SYSTEM, rogue, NOW)
    message = written(rogue, said(device.pk))
    assert delivered(rogue, message) == "revoked"
    frame = len(message).to_bytes(4, "big") + message
    file = centre_keys().public.seal(pack(EVIL, "parcel", rogue.uid, 2, NOW, frame))
    with pytest.raises(Refused, match="was revoked on 2026-11-26"):
        accept(SYSTEM, file, NOW)


def test_a_file_that_is_cut_off_or_of_a_site_out_of_reach_is_refused(rogue, site):
    message = written(rogue, said(make.device(site).pk))
    frame = len(message).to_bytes(4, "big") + message

    def file(body):
        return centre_keys().public.seal(pack(EVIL, "parcel", rogue.uid, 2, NOW, body))

    for body, why in [(frame[:-1], "cut off"), (b"", "no report"), (b"\xff" * 3, "cut off")]:
        with pytest.raises(Refused, match=why):
            accept(SYSTEM, file(body), NOW)
    stranger = Actor("eve", ((make.site().path, frozenset({"sweep"})),))
    with pytest.raises(NotPossible):
        accept(stranger, file(frame), NOW)


def test_a_code_serves_once_and_for_a_short_time_and_nobody_between_learns_it(site, line, tmp_path):
    now = datetime.now(UTC)
    row, text = record.add_collector(SYSTEM, site, "North", now)
    secret = read_code(text).secret
    wish = talk.enrol_by_file(Folder(tmp_path / "one"), text, "0.1")
    assert secret.hex().encode() not in wish
    assert secret not in wish
    with pytest.raises(Refused, match="has run out"):
        record.enrol(wish, "line", now + timedelta(hours=2))
    good = {"secret": secret.hex(), "sign": EVIL.public.sign.hex(), "box": EVIL.public.box.hex(), "proof": "00" * 64}
    for change, why in [({}, "not that of the key"), ({"box": "00" * 32}, "no wish"), ({"sign": "ab"}, "no wish")]:
        wish = msgspec.json.encode(talk.Wish(**good | change))
        with pytest.raises(Refused, match=why):
            record.enrol(centre_keys().public.seal(wish), "line", now)
    talk.enrol(Folder(tmp_path / "two"), URL, text, "0.1")
    with pytest.raises(Refused, match="was used"):
        talk.enrol(Folder(tmp_path / "three"), URL, text, "0.1")
    row.refresh_from_db()
    assert (row.code, row.revoked_at) == ("", None)


def test_an_answer_to_another_request_counts_for_nothing(enrolled, line, monkeypatch):
    folder, _ = enrolled
    talk.fetch_devices(folder, folder.enrolment())
    _, request = line.sent[-1]
    old = answer("ask-devices", request, datetime.now(UTC))
    monkeypatch.setattr(talk, "post", lambda *_, **__: old)
    with pytest.raises(LineDown, match="repeats an old answer"):
        talk.fetch_devices(folder, folder.enrolment())


def test_an_older_or_a_foreign_device_list_is_not_taken(enrolled, site):
    folder, row = enrolled
    now = datetime.now(UTC)
    folder.keep_devices(device_list(row, now)[0])
    with pytest.raises(Refused, match="older than the one"):
        folder.keep_devices(device_list(row, now - timedelta(days=1))[0])
    row.uid = "another"
    with pytest.raises(Refused, match="for another collector"):
        folder.keep_devices(device_list(row, now)[0])


def test_a_damaged_device_list_is_told_by_its_place_and_replaced_by_the_next(enrolled, site):
    folder, row = enrolled
    (folder.path / "devices.message").write_bytes(b"cut off")
    with pytest.raises(NotSet, match=r"devices\.message is damaged.*licet collect devices FILE"):
        folder.devices()
    folder.keep_devices(device_list(row, datetime.now(UTC))[0])
    assert folder.devices()[1].name == row.name


def test_a_collector_that_falls_silent_is_told_of_once_each_time(enrolled):
    _, row = enrolled
    seen = row.seen_at
    for now in (seen + timedelta(hours=23), seen + timedelta(hours=25), seen + timedelta(hours=26)):
        record.note_silent(now)
    Collector.objects.update(seen_at=seen + timedelta(days=2))
    record.note_silent(seen + timedelta(days=4))
    said = [event.code for event in told_by_record(0)[0]]
    assert said == ["collector.silent", "collector.silent"]


def test_who_may_set_up_collectors(site):
    nobody = Actor("eve", ((site.path, frozenset({"view", "sweep"})),))
    with pytest.raises(NotPossible, match="may not set up"):
        record.add_collector(nobody, site, "x", NOW)
    row, _ = record.add_collector(SYSTEM, site, "x", NOW)
    for act in (record.revoke_collector, record.new_code):
        with pytest.raises(NotPossible, match="may not set up"):
            act(nobody, row, NOW)
    with pytest.raises(NotPossible, match="already"):
        record.add_collector(SYSTEM, site, "y", NOW)
    record.revoke_collector(SYSTEM, row, NOW)
    record.add_collector(SYSTEM, site, "y", NOW)
    with pytest.raises(NotPossible, match="Revoke that one first"):
        record.new_code(SYSTEM, row, NOW)


def test_a_form_is_no_message(client):
    answered = client.post("/collector/v1/deliver/", {"a": "b"})
    assert (answered.status_code, answered.content) == (415, b"A message is sent as it is, not in a form.\n")
