"""Causes of a device, with the simulator's devices: at most one try, never a second, and the rest of what an installer asks."""

from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from tests import factories as make
from tests.doctor.world import QUICK, free_port

from licet.doctor.diagnosis import Diagnosis, Outcome
from licet.doctor.look import Place
from licet.doctor.record import diagnosed
from licet.doctor.targets import Wish, look_at
from licet.estate.credential_record import add_credential
from licet.estate.models import Device
from licet.simulator.devices import Cloud, Death, Uplink, derive
from licet.simulator.play import run_in_process
from licet.sites.record import NotPossible
from licet.sites.scope import SYSTEM, Actor

pytestmark = pytest.mark.django_db
PASSWORD = "Correct-Horse-7"
WISH = Wish(patience=replace(QUICK, connect=2.0, answer=3.0, dns=0.3))


@contextmanager
def camera(password=PASSWORD, wish=WISH, **values):
    """One simulated camera in the estate, and a way to look at it."""
    played = [replace(one, **values) for one in derive("DS-2CD2146G2-ISU", 1, port=0, password=PASSWORD)]
    site = make.site("Berlin")
    credential = add_credential(SYSTEM, site, "cameras", "admin", password)
    with run_in_process(played) as child:
        row = make.device(
            site, serial_number=None, name="Gate", address=played[0].address, port=child.port, credential=credential
        )

        def look(**changes):
            asked = look_at(SYSTEM, f"{row.address}:{row.port}", replace(wish, **changes), make.NOW)
            asked.other_ports = ()
            return asked

        yield look, row, child


def verdict(look):
    return next(one for one in diagnosed(SYSTEM, look) if isinstance(one, Diagnosis))


def cause(look):
    return verdict(look).verdict.cause


class Nothing(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_error(404)

    def log_message(self, *_):
        pass


def test_a_web_server_at_the_address_of_a_device_is_no_healthy_device():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Nothing)
    Thread(target=server.serve_forever, daemon=True).start()
    site = make.site("Berlin")
    credential = add_credential(SYSTEM, site, "cameras", "admin", PASSWORD)
    row = make.device(site, serial_number=None, address="127.0.0.1", port=server.server_address[1])
    try:
        for stored, sure in ((None, "low"), (credential, "medium")):
            Device.objects.filter(pk=row.pk).update(credential=stored)
            asked = look_at(SYSTEM, f"{row.address}:{row.port}", WISH, make.NOW)
            asked.other_ports = ()
            found = verdict(asked)
            assert (found.verdict.cause, found.verdict.confidence) == ("device_unreadable", sure), found.steps
    finally:
        server.shutdown()
        server.server_close()


def test_a_device_in_order_is_healthy_and_signed_in_once():
    with camera() as (look, row, _child):
        found = verdict(look())
    assert found.verdict.cause == "healthy", found.steps
    assert found.verdict.confidence == "high"
    step = next(one for one in found.steps if one.step == "sign_in")
    assert (step.outcome, step.detail) == (Outcome.OK, "activated; the one sign-in was accepted")
    row.refresh_from_db()
    assert row.model == "DS-2CD2146G2-ISU"  # what the look learnt is kept


def test_a_wrong_password_is_tried_once_and_never_again():
    with camera("Wrong-Horse-8") as (look, row, _child):
        assert cause(look()) == "password_refused"
        row.refresh_from_db()
        assert len(row.refused_marks) == 1
        again = look()
        assert again.login is None
        assert cause(again) == "password_refused_before"
        assert again.report.credential_tries == 0


def test_a_locked_device_is_left_alone_until_the_lock_ends():
    with camera(locked=True) as (look, row, _child):
        assert cause(look()) == "device_locked"
        row.refresh_from_db()
        assert row.locked_until is not None
        again = look()
        assert again.login is None


def test_somebody_who_walks_away_does_not_make_us_forget_a_refusal():
    with camera("Wrong-Horse-8") as (look, row, _child):
        pieces = diagnosed(SYSTEM, look())
        for piece in pieces:
            if piece.step == "sign_in":
                break
        pieces.close()
        row.refresh_from_db()
        assert len(row.refused_marks) == 1


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"activated": False}, "not_activated"),
        ({"clock_drift": 86_400}, "device_clock_wrong"),
        ({"cloud": Cloud(enabled=True, registered=False)}, "cloud_enabled_but_offline"),
        ({"cloud": Cloud(enabled=True, registered=True, bound=True)}, "healthy"),
        ({"death": Death.SILENT}, "http_silent"),
    ],
    ids=lambda one: str(one)[:40],
)
def test_a_cause_in_the_device_is_found(values, expected):
    with camera(**values) as (look, _row, _child):
        assert cause(look()) == expected


def test_the_devices_word_is_held_against_what_is_seen_from_here():
    with camera(cloud=Cloud(enabled=True, registered=False)) as (look, row, child):
        reached = look()
        reached.cloud_hosts = (Place(row.address, child.port, "http"),)
        assert cause(reached) == "camera_network_filtered"
        closed = look()
        closed.cloud_hosts = (Place("127.0.0.1", free_port(), "http"),)
        assert cause(closed) == "site_network_filtered"


def test_a_call_home_is_told_and_is_no_explanation():
    with camera(uplink=Uplink("192.0.2.9", 7660)) as (look, _row, _child):
        found = verdict(look())
    assert found.verdict.cause == "healthy"
    assert "calls home to 192.0.2.9:7660" in found.verdict.detail
    assert found.verdict.knowledge == ("TS-25",)


def test_without_signing_in_no_password_is_sent():
    with camera("Wrong-Horse-8") as (look, row, _child):
        asked = look(sign_in=False)
        assert asked.login is None
        found = verdict(asked)
        assert (found.verdict.cause, found.verdict.confidence) == ("healthy", "medium")
        row.refresh_from_db()
        assert row.refused_marks == []


def test_a_whole_site_is_looked_at_by_what_is_common():
    site = make.site("Berlin")
    for number in range(6):
        make.device(site, address="127.0.0.9", port=free_port("127.0.0.9"), reach="unreachable", name=f"Cam {number}")
    make.device(site, address="127.0.0.9", port=free_port("127.0.0.9"), reach="refused", name="Door")
    found = verdict(look_at(SYSTEM, "Berlin", WISH, make.NOW))
    assert found.verdict.cause == "same_cause_at_many"
    step = next(one for one in found.steps if one.step == "site_devices")
    assert "6 not reached (Cam 0, Cam 1, Cam 2, Cam 3, Cam 4…)" in step.detail


def test_a_target_of_another_site_is_nobody_s_but_theirs():
    site = make.site("Berlin")
    make.device(site, name="Gate")
    nobody = Actor("somebody", grants=((f"/{site.pk}/", frozenset({"view"})),))
    with pytest.raises(NotPossible, match="may not ask anything there"):
        look_at(nobody, "Gate", WISH, make.NOW)
    elsewhere = Actor("somebody", grants=((make.site("Rome").path, frozenset({"view", "sweep"})),))
    with pytest.raises(NotPossible, match="Nothing that is known here"):
        look_at(elsewhere, "Gate", WISH, make.NOW)


@pytest.mark.parametrize(
    "text",
    ["", "http://user:pass@127.0.0.1/", "ftp://127.0.0.1/", "127.0.0.1:0", "a b", "x" * 400, "[::1", "host:99999"],
)
def test_what_is_no_target_is_refused_in_words(text):
    with pytest.raises(NotPossible):
        look_at(SYSTEM, text, WISH, make.NOW)


def test_an_outside_host_is_asked_only_when_it_was_named():
    with camera() as (look, _row, _child):
        assert look().cloud_hosts == ()
        assert {one.host for one in look(cloud=True).cloud_hosts} == {"dev.hik-connect.com", "litedev.hik-connect.com"}
    named = look_at(SYSTEM, "kms.hikvision.com", WISH, make.NOW)
    assert not named.place.vendor  # unverified: never an alarm
    assert look_at(SYSTEM, "api.hik-connect.com", WISH, make.NOW).place.vendor
    assert Device.objects.count() == 1
