"""Files by programs: documents kept and replaced, registers imported and taken back with what the token may."""

import io
import zipfile

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from tests.sweep.jobs import at_once

from licet.api import problem
from licet.ledger.read import latest
from licet.register.catalogue import load_catalogue
from licet.register.document_models import Document
from licet.register.import_models import ImportRun
from licet.register.models import Licence
from licet.sites.access_models import Token
from licet.sites.scope import SYSTEM
from licet.sites.token import revoke_token

PDF = b"%PDF-1.7 an invoice"
REGISTER = "Product,Quantity,Order,Expires\nHikCentral-P-VSS-1Ch,8,PO-9001,2027-01-31\nHikCentral-P-VSS-1Ch,4,PO-9002,03/04/2027\n"


def file(data=PDF, name="invoice.pdf"):
    return SimpleUploadedFile(name, data)


def path(answer):
    return answer.headers["Location"].removeprefix("/api/v1")


@pytest.fixture
def here(program):
    return program("admin", "read", "write")


def test_a_document_is_kept_replaced_and_about_things(here, estate, program, tmp_path, settings):
    settings.DATA = tmp_path
    site, licence = estate["sites"]["berlin"], estate["servers"]["berlin"].pool.licences.first()
    about = [f"licence:{licence.pk}", f"site:{site.pk}"]
    made = here.upload("/documents", file=file(), site=site.pk, kind="invoice", title="PO-9001", about=about)
    assert made.status_code == 201, made.content
    assert [one[:2] for one in made.json()["links"]] == [["licence", licence.pk], ["site", site.pk]]
    contents = here.get(f"{path(made)}/contents")
    assert b"".join(contents.streaming_content) == PDF
    assert contents.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    newer = here.upload(f"{path(made)}/versions", file=file(PDF + b" corrected"))
    assert (newer.json()["version"], newer.json()["title"]) == (2, "PO-9001"), newer.content
    assert here.upload(f"{path(made)}/versions", file=file(b"%PDF third")).status_code == 409
    left = here.post(f"{path(newer)}/unlink", {"about": about[:1]}).json()
    assert [one[0] for one in left["links"]] == ["site"]
    assert len(here.post(f"{path(newer)}/link", {"about": about[:1]}).json()["links"]) == 2
    packed = zipfile.ZipFile(io.BytesIO(b"".join(here.get(f"/documents/bundle?site={site.pk}").streaming_content)))
    assert any(packed.read(name) == PDF + b" corrected" for name in packed.namelist())


def test_a_file_that_cannot_be_taken_is_refused_with_its_place(here, estate, monkeypatch):
    site = estate["sites"]["berlin"].pk
    answer = here.upload("/documents", file=file(), site=site, kind="invoice", titel="x")
    assert (answer.status_code, answer.json()["errors"][0]["where"]) == (422, "form.titel")
    answer = here.upload("/documents", site=site, kind="invoice")
    assert (answer.status_code, answer.json()["errors"][0]["where"]) == (422, "file.file")
    answer = here.upload("/documents", file=file(), site=site, kind="toaster")
    assert (answer.status_code, answer.json()["errors"][0]["where"]) == (422, "form.kind")
    answer = here.upload("/documents", file=[file(b"one"), file(b"two")], site=site, kind="invoice")
    assert (answer.status_code, answer.json()["errors"]) == (422, [{"where": "form.file", "what": "Give it once."}])
    answer = here.upload("/documents", file=file(), site=site, kind=["invoice", "contract"])
    assert (answer.status_code, answer.json()["errors"][0]["where"]) == (422, "form.kind")
    assert here.upload("/documents", file=file(), site=10**9, kind="invoice").status_code == 404
    assert here.upload("/documents", file=file(), site=site, kind="invoice", about="licence:999999").status_code == 404
    assert here.upload("/vendors", file=file()).status_code == 415
    assert here.upload("/imports", file=file(b"MZ" + bytes(9), "x.csv"), site=site).status_code == 409
    monkeypatch.setattr(settings, "LICET_DOCUMENT_BYTES", 5)
    assert here.upload("/documents", file=file(), site=site, kind="invoice").status_code == 409
    monkeypatch.setattr(problem, "MOST_OF_A_FILE", 20)
    assert here.upload("/documents", file=file(), site=site, kind="invoice").status_code == 413
    assert not Document.objects.filter(site=site).exists()


def test_a_file_sent_twice_with_one_key_is_kept_once(here, estate, tmp_path, settings):
    settings.DATA = tmp_path
    here._client.defaults["HTTP_IDEMPOTENCY_KEY"] = "k-1"
    form = {"site": estate["sites"]["berlin"].pk, "kind": "invoice"}
    first, again = (here.upload("/documents", file=file(), **form) for _ in range(2))
    assert (first.status_code, again.content) == (201, first.content)
    assert Document.objects.count() == 1
    assert here.upload("/documents", file=file(PDF + b"."), **form).status_code == 422


@pytest.fixture
def register(here, estate, monkeypatch):
    """A register that was brought, with one day that can be read in two ways."""
    monkeypatch.setattr("licet.sweep.queue.ring", at_once)
    load_catalogue()
    site = estate["sites"]["berlin"]
    made = here.upload("/imports", file=file(REGISTER.encode(), "register.csv"), site=site.pk)
    assert made.status_code == 201, made.content
    return made


def test_a_register_is_brought_answered_imported_and_taken_back(here, register):
    before, where = Licence.objects.count(), path(register)
    body = register.json()
    assert (body["row"]["state"], body["row"]["kind"], body["waiting"]["looked"]) == ("held", "licences", True)
    (asked,) = body["waiting"]["questions"]
    choice = asked["choices"][0]["code"]
    wrong = here.patch(
        where,
        {
            "mapping": {"Nonsense": "title", body["waiting"]["columns"][0]["heading"]: "nonsense"},
            "answers": [{**{name: asked[name] for name in ("row", "column")}, "text": "nonsense"}],
        },
    )
    places = [one["where"] for one in wrong.json()["errors"]]
    first = f"body.mapping.{body['waiting']['columns'][0]['heading']}"
    assert (wrong.status_code, places) == (422, ["body.mapping.Nonsense", first, "body.answers.0.text"])
    answered = here.patch(where, {"answers": [{"row": asked["row"], "column": asked["column"], "text": choice}]})
    assert answered.json()["row"]["counts"]["created"] >= 2, answered.content
    assert here.send("put", f"{where}/mapping", {"name": "our register"}).status_code == 204
    assert [one["name"] for one in here.get("/imports/mappings").json()] == ["our register"]
    assert Licence.objects.count() == before
    assert here.post(f"{where}/start").status_code == 202
    assert here.get(where).json()["row"]["state"] == "done"
    assert Licence.objects.count() == before + 2
    assert "(token " in next(one["actor"] for one in latest(size=20) if one["action"] == "register:file:imported")
    would = here.post(f"{where}/undo", {"dry_run": True}).json()
    assert (would["done"], would["removed"]["licence"]) == (False, 2)
    assert here.post(f"{where}/undo", {"reason": "wrong file"}).json()["done"]
    assert Licence.objects.count() == before


def test_lines_are_told_as_they_stand_in_the_file(here, estate, monkeypatch):
    monkeypatch.setattr("licet.sweep.queue.ring", at_once)
    load_catalogue()
    data = REGISTER.splitlines()[0] + "\n" + REGISTER.splitlines()[1].replace(",8,", ",-5,")
    made = here.upload("/imports", file=file(data.encode(), "r.csv"), site=estate["sites"]["berlin"].pk)
    lines = here.get(f"{path(made)}/lines").json()
    assert "-5" in [one["value"] for one in lines], lines


def test_an_import_is_done_with_no_more_than_its_token_may(here, register, estate, monkeypatch):
    rung = []
    monkeypatch.setattr("licet.sweep.queue.ring", rung.extend)
    before, run = Licence.objects.count(), ImportRun.objects.get()
    assert here.post(f"{path(register)}/start").status_code == 202
    assert (run.token, rung[0].token) == (Token.objects.latest("pk").pk,) * 2
    revoke_token(SYSTEM, Token.objects.latest("pk"))
    at_once(rung)
    run.refresh_from_db()
    assert (run.state, Licence.objects.count()) == ("failed", before)


def test_who_may_not_import_brings_no_file(program, estate):
    answer = program("viewer").upload("/imports", file=file(REGISTER.encode(), "x.csv"), site=estate["sites"]["top"].pk)
    assert (answer.status_code, ImportRun.objects.count()) == (403, 0)
