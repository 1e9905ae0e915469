"""The host of an installation: what the reader tells, what changed, and that only a person accepts it."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests import factories as make

import licet
from licet.estate import hosts
from licet.estate.models import Fact
from licet.sites.record import NotPossible
from licet.sites.scope import SYSTEM

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
HOST = {
    "licet": "host", "name": "hcp-berlin", "os": "Windows Server 2022", "vm": True, "vm_kind": "VMware",
    "machine_id": "4C4C4544-0031", "board_serial": "MB-1", "macs": ["02-00-5E-10-00-01", "00:00:00:00:00:00", "x"],
    "addresses": ["192.0.2.9", "nonsense"], "read_at": "2026-11-26T10:00:00Z",
}  # fmt: skip


def told(**changes):
    return hosts.read_host_file(json.dumps(HOST | changes).encode(), NOW)


def test_the_file_is_read_and_cleaned():
    found = told()
    assert (found.machine_id, found.macs, found.addresses) == ("4c4c4544-0031", ("02:00:5e:10:00:01",), ("192.0.2.9",))
    assert found.read_at == "2026-11-26T10:00:00+00:00"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"{", "no JSON"), (b"[" * 100_000, "no JSON"), (b"[]", "missing"), (b'{"licet":"host"}', "names no host"),
        (b"\xff\xfe", "no JSON"), (b"x" * 100_001, "larger than 100 kB"),
        (b'{"licet":"host","name":"a","read_at":"2027-01-01T00:00:00Z"}', "still to come"),
    ],
)  # fmt: skip
def test_anything_else_is_refused_with_the_reason(content, sentence):
    with pytest.raises(NotPossible, match=sentence):
        hosts.read_host_file(content, NOW)


def test_fields_of_other_types_are_left_empty():
    found = told(vm="yes", machine_id=7, macs="x", board_serial=None, read_at="soon")
    assert (found.vm, found.machine_id, found.macs, found.board_serial, found.read_at) == (None, "", (), "", "")
    assert told(read_at="0001-01-01T00:00:00+14:00").read_at == ""


def test_what_one_side_could_not_read_says_nothing_and_one_card_left_is_the_same_machine():
    before = told(macs=["02:00:5e:10:00:01", "02:00:5e:10:00:02"]).plain()
    assert hosts.differences(before, told(board_serial="", macs=["02:00:5e:10:00:02"]).plain()) == []
    assert hosts.differences(before, told(macs=["02:00:5e:10:00:03"], vm=False).plain()) == [
        "network cards", "virtual or not",
    ]  # fmt: skip


@pytest.mark.django_db
def test_a_changed_host_is_a_risk_until_a_person_accepts_it():
    hcp = make.installation(make.site("Berlin"))

    def read(at=NOW, **changes):
        hcp.refresh_from_db()
        return hosts.take_in(SYSTEM, hcp, told(**changes), now=at, source="reader command")

    assert read() == []
    assert read(NOW + timedelta(hours=1), read_at="2026-11-26T11:00:00Z") == []
    assert Fact.objects.filter(topic="host").count() == 1
    assert read(machine_id="another") == ["machine id"]
    assert read(machine_id="another") == ["machine id"]
    hcp.refresh_from_db()
    assert hcp.host_changed == ["machine id"]
    assert hcp.host_changed_at is not None
    with pytest.raises(NotPossible, match="Say why"):
        hosts.accept(SYSTEM, hcp, " ")
    hosts.accept(SYSTEM, hcp, "moved, ticket 4711")
    assert read(machine_id="another") == []
    assert read() == ["machine id"]
    assert Fact.objects.filter(topic="host", superseded_at=None).count() == 1


@pytest.mark.django_db
def test_moving_back_to_the_accepted_host_ends_the_risk():
    hcp = make.installation(make.site("Berlin"))
    for changes in ({}, {"machine_id": "another"}, {}):
        hcp.refresh_from_db()
        changed = hosts.take_in(SYSTEM, hcp, told(**changes), now=NOW, source="reader command")
    assert changed == []
    hcp.refresh_from_db()
    assert hcp.host_changed == []
    assert hcp.host_changed_at is None


def test_the_reader_command_runs_alone_and_prints_what_is_taken_in():
    reader = Path(licet.__file__).parent / "hostreader.py"
    done = subprocess.run([sys.executable, "-I", "-S", reader], capture_output=True, check=True, timeout=60)
    found = hosts.read_host_file(done.stdout, datetime.now(UTC))
    assert found.name
    assert found.os
    assert b"import socket" in reader.read_bytes()
    assert b".connect(" not in reader.read_bytes()
