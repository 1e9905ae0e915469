"""The support bundle: nothing secret and nobody's name leaves the house, and the manifest says what was masked."""

import io
import json
import zipfile
from dataclasses import replace

import pytest
from tests.factories import NOW
from tests.secrets import assert_nowhere

from licet.doctor.bundle import Material, made
from licet.doctor.diagnosis import Diagnosis, Outcome, Result, Verdict
from licet.doctor.masking import Mask
from licet.doctor.plain import NotADiagnosis, as_plain, from_plain, read_file

SERIAL = "DS-2CD2146G2-ISU20230415AAWRZ12345678"
SECRETS = {
    "password": "Correct-Horse-7!x",
    "licence key": "LICT-PPPP-0000-EX01-9999",
    "person": "paula.gruber",
    "full name": "Paula Gruber",
    "mail": "paula.gruber@example.org",
    "MAC": "aa:bb:cc:dd:ee:ff",
    "serial": SERIAL,
    "token": "licet_9f8e7d6c5b4a39281706f5e4d3c2b1a0",
    "public address": "185.12.64.1",
}
TEXT = (
    f"password: {SECRETS['password']} key={SECRETS['licence key']} {SECRETS['licence key']} {SECRETS['person']} {SECRETS['full name']} "
    f"{SECRETS['mail']} {SECRETS['MAC']} {SERIAL} {SECRETS['token']} {SECRETS['public address']} at 10.1.4.20"
)
LOOK = Diagnosis(
    f"Gate {SERIAL}", "device", "office-pc-of-paula (10.1.4.2)", NOW,
    (Result("web", "The web service (HTTP)", Outcome.PROBLEM, "http_error", TEXT, "x", "medium", ("TS-10",), 4),),
    Verdict("http_error", "medium", "The service answers with an error of its own.", TEXT, "Read the status.", ("TS-10",)),
    {"model": "DS-2CD2146G2-ISU", "note": TEXT},
)  # fmt: skip


def mask():
    found = Mask()
    found.add([SECRETS["person"], SECRETS["full name"]], "person")
    found.add(["office-pc-of-paula"], "machine")
    return found


def bundle(looks=(LOOK,)):
    device = {
        "model": "DS-2CD2146G2-ISU",
        "serial_number": SERIAL,
        "activated": True,
        "last_answered_at": NOW,
        "said_now": {"ezviz": {"server": SECRETS["public address"]}},
    }
    material = Material(device, {"product": TEXT}, [{"says": TEXT}], [{"action": TEXT}], [{"kind": "invoice"}])
    return made(looks, material, mask(), NOW)


@pytest.mark.parametrize("kind", SECRETS)
def test_no_secret_is_in_any_file_in_any_form(kind, tmp_path):
    (tmp_path / "bundle.zip").write_bytes(bundle().content())
    assert_nowhere(SECRETS[kind], tmp_path)


def test_what_a_ticket_needs_stays():
    files = bundle().files
    device = json.loads(files["device.json"])
    assert device["model"] == "DS-2CD2146G2-ISU"
    assert device["serial_number"] == "DS-2CD2146G2-ISU…678"
    assert "10.1.4.20" in files["diagnosis.json"]  # an inside address says nothing of the owner
    assert "cause: http_error, confidence: medium" in files["support-request.txt"]
    assert "Documents we can send: invoice" in files["support-request.txt"]
    assert f"activated: yes\n  last answered at: {NOW:%Y-%m-%d %H:%M} UTC\n" in files["support-request.txt"]


def test_the_manifest_says_what_was_masked_and_sums_up_the_files():
    ready = bundle()
    told = json.loads(ready.files["manifest.json"])
    assert {
        "names of people",
        "names of machines",
        "serial numbers, but for model and last three signs",
        "MAC addresses",
        "e-mail addresses",
        "public addresses",
        "values that stand beside a word like password or key",
        "texts formed like a licence key",
    } <= {one["what"] for one in told["masked"]}
    with zipfile.ZipFile(io.BytesIO(ready.content())) as archive:
        for one in told["files"]:
            assert len(archive.read(one["name"])) == one["bytes"]


def test_two_places_stand_side_by_side():
    text = bundle((LOOK, replace(LOOK, vantage="camera network"))).files["support-request.txt"]
    assert "Looked at from place 1: [machine 1]" in text
    assert "Looked at from place 2: camera network" in text


def test_a_diagnosis_comes_back_from_its_file():
    assert from_plain(json.loads(json.dumps(as_plain(LOOK)))) == LOOK
    assert read_file(json.dumps(as_plain(LOOK)).encode()) == LOOK


ENDLESS = json.dumps(as_plain(LOOK) | {"steps": [as_plain(LOOK)["steps"][0] | {"ms": float("inf")}]}).encode()


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[1]", b"\xff", b'{"steps": 3}', ENDLESS, b"[" * 100_000, b" " * 1_000_001]
)
def test_another_file_is_refused_in_words(content):
    with pytest.raises(NotADiagnosis):
        read_file(content)
