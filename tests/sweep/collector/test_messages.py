"""What collector and centre write and read: signed, sealed, bounded, and tolerant of what another version wrote."""

import json
import zlib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from licet.sweep.collector import report as reports
from licet.sweep.collector.code import new_code, read_code
from licet.sweep.collector.keys import SEALED, Keys, NotForUs
from licet.sweep.collector.message import Refused, head_of, pack, unpack
from licet.wire.facts import Asked, DeviceInfo, Disk, Fact, Outcome, Reach, Report, Storage, Topic

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
OURS, OTHERS = Keys(bytes(32)), Keys(bytes(31) + b"1")
ABOUT = reports.About(run="r1", made_at=NOW, version="0.1")
ANSWERED = Report(
    "192.0.2.7", 80, "http", NOW, 0.5, Reach.ANSWERED,
    facts=(
        Fact(Topic.DEVICE_INFO, DeviceInfo(name="Gate", firmware_build=NOW.date()), "isapi:/ISAPI/System/deviceInfo", NOW),
        Fact(Topic.STORAGE, Storage((Disk("1", "hdd", "ok", 10, 5),)), "isapi:/ISAPI/ContentMgmt/Storage", NOW, ("x",)),
    ),
    asked=(Asked(Topic.APPS, "/ISAPI/Custom/OpenPlatform/App", Outcome.NOT_OFFERED, NOW, 404, "no"),),
    requests=9, credential_tries=1, credentials_accepted=True, fingerprint="ab" * 32,
)  # fmt: skip


def packed(body=b"{}", keys=OURS, kind="report"):
    return pack(keys, kind, "one", 7, NOW, body)


def refused(data, kind="report", **values):
    with pytest.raises(Refused) as error:
        unpack(data, OURS.public, kind, **values)
    return error.value.code


def written(**changes):
    """A report of one answer, with some of the answer's parts replaced."""
    plain = json.loads(reports.write_answer(5, ANSWERED))
    plain["report"] |= changes
    return reports.write(ABOUT, [json.dumps(plain).encode()])


def test_a_message_comes_back_as_it_was_signed():
    head, body = unpack(packed(b"hello"), OURS.public, "report")
    assert (head.sender, head.number, head.at, body) == ("one", 7, NOW, b"hello")


def test_another_key_another_kind_and_changed_contents_are_refused():
    assert refused(packed(keys=OTHERS)) == "forged"
    assert refused(packed(kind="devices")) == "wrong_kind"
    whole = packed(b"hello")
    assert refused(whole[:-1] + bytes([whole[-1] ^ 1])) == "forged"
    assert refused(whole.replace(b'"number":7', b'"number":8')) == "forged"
    assert refused(whole + b"more") == "forged"
    assert refused(whole.replace(b'"format":1', b'"format":2')) == "forged"


def test_a_bomb_is_not_unpacked_beyond_the_bound():
    bomb = packed(bytes(5 << 20))
    assert len(bomb) < 10_000
    assert refused(bomb, most_plain=1 << 20) == "too_large"


@given(st.binary(max_size=300))
def test_any_bytes_are_refused_in_one_sentence(data):
    for tried in (data, packed()[:150] + data, packed() + data + b"x"):
        with pytest.raises(Refused):
            unpack(tried, OURS.public, "report")


def test_a_sealed_file_opens_for_its_receiver_alone():
    sealed = OURS.public.seal(b"a secret of the site")
    assert OURS.open(sealed) == b"a secret of the site"
    assert b"secret" not in sealed
    assert sealed != OURS.public.seal(b"a secret of the site")
    for keys, tried in [
        (OTHERS, sealed),
        (OURS, sealed[:-1]),
        (OURS, sealed[:60] + b"x" + sealed[61:]),
        (OURS, SEALED),
    ]:
        with pytest.raises(NotForUs):
            keys.open(tried)


def test_a_code_carries_the_centres_keys_and_hides_itself():
    code = new_code(OURS.public)
    assert read_code(f" {code.text()}\n") == code
    assert code.text() not in repr(code)
    assert code.secret.hex() not in repr(code)
    with pytest.raises(Refused, match="copy it whole"):
        read_code(code.text()[:-1])


def test_a_report_comes_back_as_it_was_written():
    found = reports.read(reports.write(ABOUT, [reports.write_answer(5, ANSWERED)]))
    assert found.reports == {5: ANSWERED}
    assert (found.about, found.unknown, found.unreadable) == (ABOUT, 0, 0)


def test_what_a_newer_licet_added_is_left_out_and_counted():
    fact = {"topic": "teapot", "value": {}, "source": "isapi:/x", "observed_at": NOW.isoformat()}
    plain = json.loads(reports.write_answer(5, ANSWERED))["report"]
    plain["facts"][0]["value"]["colour"] = "red"
    found = reports.read(written(facts=[*plain["facts"], fact], mood="good"))
    assert found.reports == {5: ANSWERED}
    assert found.unknown == 1


@pytest.mark.parametrize(
    "change",
    [
        {"reach": "elsewhere"},
        {"started_at": "2026-11-26T12:00:00"},
        {"started_at": "0001-01-01T00:00:00Z"},
        {"seconds": -1},
        {"seconds": 1e300},
        {"fingerprint": "x"},
        {"port": 10**30},
        {"detail": "x" * 2000},
        {"facts": [{}] * 65},
        {"asked": "no"},
    ],
)
def test_an_answer_that_does_not_fit_is_left_out_alone(change):
    good = reports.write_answer(6, ANSWERED)
    bad = json.loads(written(**change))["answers"][0]
    found = reports.read(reports.write(ABOUT, [json.dumps(bad).encode(), good]))
    assert set(found.reports) == {6}
    assert found.unreadable == 1


@pytest.mark.parametrize(
    "change",
    [
        {"topic": "sadp"},
        {"source": "hikcentral:/x"},
        {"value": {"disks": 5}},
        {"observed_at": (NOW + timedelta(days=2)).isoformat()},
        {"notes": ["x"] * 65},
    ],
)
def test_a_fact_that_no_device_is_asked_for_is_left_out(change):
    fact = json.loads(reports.write_answer(5, ANSWERED))["report"]["facts"][1] | change
    found = reports.read(written(facts=[fact]))
    assert found.reports[5].facts == ()
    assert found.unknown == 1


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"\xff", b"[" * 100_000, b'{"answers":[' + b"1," * 1001 + b"1]}"])
def test_what_is_no_report_is_refused(body):
    with pytest.raises(Refused):
        reports.read(body)


def test_reports_are_small_on_the_line():
    body = reports.write(ABOUT, [reports.write_answer(number, ANSWERED) for number in range(1, 251)])
    assert len(zlib.compress(body)) < len(body) / 10
    assert head_of(packed(body)).digest
