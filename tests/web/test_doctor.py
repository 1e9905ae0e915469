"""The doctor's pages: a look is shown step by step, what was found stays in scope, a bundle is previewed as it is saved."""

import io
import json
import zipfile

import pytest
from tests import factories as make

from licet.doctor.diagnosis import Diagnosis, Verdict
from licet.doctor.known import Known
from licet.doctor.look import Look
from licet.doctor.models import Run
from licet.doctor.record import keep
from licet.ledger.models import Entry
from licet.register.keys_record import set_pattern
from licet.simulator.devices import derive
from licet.simulator.play import run_in_process
from licet.sites.scope import SYSTEM


@pytest.fixture
def berlin(db, settings, tmp_path, monkeypatch):
    monkeypatch.setenv("LICET_DATA", str(tmp_path))
    return make.site("Berlin")


@pytest.fixture
def technician(berlin, signed_in):
    return signed_in(make.person("paula.gruber", "technician", berlin))


@pytest.fixture(scope="module")
def played():
    with run_in_process(derive("DS-2CD2146G2-ISU", 1, port=0, password="Correct-Horse-7")) as child:
        yield child


@pytest.fixture
def camera(berlin, played):
    return make.device(berlin, serial_number=None, name="Gate", address="127.0.1.1", port=played.port)


@pytest.fixture
def run(berlin):
    """A look that was made, without looking: the other tests look."""
    device = make.device(berlin, name="Gate")
    healthy = Diagnosis("Gate", "device", "here", make.NOW, (), Verdict("healthy", "high", "x", "", ""))
    return keep(SYSTEM, Look("Gate", "device", known=Known(device=device.pk, site=berlin.pk)), healthy)


def test_a_look_shows_each_step_and_ends_in_a_verdict(technician, camera):
    body = technician.post("/doctor/look/", {"target": "Gate"}).getvalue().decode()
    run = Run.objects.get()
    assert body.index("The connection (TCP)") < body.index("The web service (HTTP)") < body.index("Do this")
    assert (run.cause, run.kind, run.device) == ("healthy", "device", camera.pk)
    assert body.rstrip().endswith("</html>")
    assert f"/doctor/runs/{run.pk}/" in body
    page = technician.get(f"/doctor/runs/{run.pk}/").content.decode()
    assert "Nothing that was looked at is wrong." in page
    assert "Gate" in technician.get("/doctor/").content.decode()


def test_what_names_nothing_is_said_beside_the_field(technician):
    answer = technician.post("/doctor/look/", {"target": "no-such-thing"})
    assert answer.status_code == 422
    assert "Nothing that is known here is called" in answer.content.decode()


def test_a_password_in_an_address_is_not_taken(technician):
    answer = technician.post("/doctor/look/", {"target": "http://admin:Correct-Horse-7@127.0.0.1/"})
    assert answer.status_code == 422
    assert "Leave the user name and password out" in answer.content.decode()
    assert not Run.objects.exists()


@pytest.mark.parametrize(
    "target",
    ["192.0.2.77:22", "127.0.0.1:5432", "localhost:22", "127.1:22", "[::ffff:127.0.0.1]:22", "169.254.169.254"],
)
def test_a_technician_cannot_search_the_network_of_the_server(technician, target):
    answer = technician.post("/doctor/look/", {"target": target})
    assert answer.status_code == 422
    assert not Run.objects.exists()


def test_not_even_an_administrator_looks_at_the_server_itself(berlin, signed_in):
    client = signed_in(make.person("chief", "administrator", berlin))
    answer = client.post("/doctor/look/", {"target": "127.0.0.1:5432"})
    assert "an address of the machine Licet runs on" in answer.content.decode()


def test_where_a_cloud_tells_secrets_nobody_looks(berlin, signed_in):
    client = signed_in(make.person("chief", "administrator", berlin))
    for target in ("169.254.169.254", "100.100.100.200:80"):
        answer = client.post("/doctor/look/", {"target": target})
        assert "where a cloud tells a machine its secrets" in answer.content.decode()


def test_whoever_may_only_see_cannot_look(berlin, signed_in, camera):
    client = signed_in(make.person("reader", "viewer", berlin))
    assert client.post("/doctor/look/", {"target": "Gate"}).status_code == 403
    assert client.get("/doctor/").status_code == 200


def test_a_look_of_another_site_is_not_found(technician, run, signed_in):
    other = signed_in(make.person("neighbour", "technician", make.site("Rome")))
    assert other.get(f"/doctor/runs/{run.pk}/").status_code == 404
    assert other.get(f"/doctor/runs/{run.pk}/bundle/").status_code == 404


def test_the_bundle_is_saved_as_it_was_shown(technician, run):
    shown = technician.get(f"/doctor/runs/{run.pk}/bundle/").content.decode()
    assert "What we found" in shown
    assert "manifest.json" in shown
    saved = technician.post(f"/doctor/runs/{run.pk}/bundle/", {"save": "1"})
    with zipfile.ZipFile(io.BytesIO(saved.content)) as archive:
        names = archive.namelist()
        told = json.loads(archive.read("diagnosis.json"))
    assert {"diagnosis.json", "device.json", "support-request.txt", "manifest.json"} <= set(names)
    assert told[0]["verdict"]["cause"] == "healthy"
    assert Entry.objects.filter(action="doctor:bundle:made").count() == 1


def test_a_second_place_is_taken_into_the_bundle(technician, run):
    second = io.BytesIO(json.dumps(run.result | {"vantage": "branch office"}).encode())
    second.name = "second.json"
    page = technician.post(f"/doctor/runs/{run.pk}/bundle/", {"other": second}).content.decode()
    assert "With 1 look from another place." in page
    assert "Looked at from place 2" in page
    broken = io.BytesIO(b"no json")
    broken.name = "second.json"
    answer = technician.post(f"/doctor/runs/{run.pk}/bundle/", {"other": broken})
    assert (answer.status_code, "is no JSON" in answer.content.decode()) == (422, True)


def test_known_cases_are_found_by_words(technician):
    assert "TS-12" in technician.get("/doctor/knowledge/?q=20013").content.decode()
    page = technician.get("/doctor/knowledge/TS-12/").content.decode()
    assert "cloud.bound_to_other" in page
    assert technician.get("/doctor/knowledge/TS-99/").status_code == 404


def test_own_hosts_are_kept_and_removed_by_administrators_only(berlin, technician, signed_in):
    entry = {"host": "relay.example.org", "port": 443, "use": "relay", "confidence": "medium", "source": "our firewall"}
    assert technician.post("/doctor/hosts/", entry).status_code == 403
    boss = signed_in(make.person("boss", "administrator"), proved=True)
    assert boss.post("/doctor/hosts/", entry).status_code == 302
    assert "relay.example.org" in boss.get("/doctor/hosts/").content.decode()
    assert boss.post("/doctor/hosts/", entry | {"host": "no host"}).status_code == 422
    boss.post("/doctor/hosts/", {"remove": "relay.example.org:443"})
    assert "relay.example.org" not in boss.get("/doctor/hosts/").content.decode()


def test_a_key_is_looked_at_and_nothing_of_it_is_kept(berlin, signed_in):
    client = signed_in(make.person("buyer", "licence_manager", berlin))
    key = "LICT-PPPP-0000-EXO1-99"
    body = client.post("/doctor/key/", {"key": key}).getvalue().decode()
    assert "Do this" in body
    assert key not in body
    make.product()
    set_pattern(SYSTEM, "hikcentral-professional", "[A-Z]{8}")
    body = client.post("/doctor/key/", {"key": key, "product": "hikcentral-professional"}).getvalue().decode()
    assert "not the shape that is set for this product" in body
    assert not Run.objects.exists()
