"""The wizard: upload, look, answer, import, report, take back; what is refused and what is never shown."""

import json
import re
import zipfile
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from tests import factories as make
from tests.conftest import SHARED
from tests.sweep.jobs import at_once

from licet.register.catalogue import load_catalogue
from licet.register.import_models import ImportRun, SavedMapping
from licet.register.models import Licence
from licet.sites.uploads import Refused, accept
from licet.sweep import queue, work
from licet.sweep.clock import put_scheduled
from licet.vault.models import Secret

REGISTER = (
    "Product,Quantity,Order,Key,Notes\n"
    "HikCentral-P-VSS-64Ch,64,PO-9001,LICT-WIZD-0001-EX01,first\n"
    "HikCentral-P-VSS-1Ch,8,PO-9002,LICT-WIZD-0002-EX01,\n"
    "HikCentral-P-VSS-1Ch,2 x 32,PO-9003,,\n"
)


@pytest.fixture(autouse=True)
def _at_once(monkeypatch):
    """What runs beside the pages runs within the test's own transaction."""
    monkeypatch.setattr("licet.sweep.queue.ring", at_once)


@pytest.fixture
def client_of(signed_in, estate):
    load_catalogue()
    return lambda name="admin": signed_in(estate["people"][name])


@pytest.fixture
def root(estate):
    return estate["sites"]["berlin"].parent or estate["sites"]["berlin"]


def upload(client, root, data, name="register.csv", **fields):
    data = data.encode() if isinstance(data, str) else data
    answer = client.post("/imports/", {"file": SimpleUploadedFile(name, data), "site": root.pk, "as": "auto", **fields})
    return int(re.search(r"/imports/(\d+)/", answer.url)[1]) if answer.status_code == 302 else answer


def form_of(client, pk):
    """Every field of the page's form as it stands."""
    page = client.get(f"/imports/{pk}/").content.decode()
    found = dict(re.findall(r'<input[^>]*?name="([\w-]+)"[^>]*?value="([^"]*)"', page))
    found.pop("csrfmiddlewaretoken", None)
    for name, body in re.findall(r'<select[^>]*name="([\w-]+)"[^>]*>(.*?)</select>', page, re.DOTALL):
        picked = re.search(r'<option(?: value="([^"]*)")? selected>([^<]*)', body)
        found[name] = (picked[1] if picked[1] is not None else picked[2]) if picked else ""
    return found


def test_a_file_is_looked_at_answered_imported_and_taken_back(client_of, root):
    client = client_of()
    before = Licence.objects.count()
    pk = upload(client, root, REGISTER)
    page = client.get(f"/imports/{pk}/").content.decode()
    assert "Nothing is written yet" in page
    assert "one unit of HikCentral-P-VSS-64Ch is 64 and the quantity is 64: 64 or 4096?" in page
    assert "“2 x 32” is no quantity" in page
    assert Licence.objects.count() == before
    answer = client.post(f"/imports/{pk}/", form_of(client, pk) | {"do": "start", "answer-0": "64"})
    assert answer.status_code == 302
    run = ImportRun.objects.get(pk=pk)
    assert (run.state, run.counts["created"], run.counts["rejected"], run.upload) == ("done", 2, 1, None)
    assert Licence.objects.count() == before + 2
    assert "What it did" in client.get(f"/imports/{pk}/").content.decode()
    report = client.get(f"/imports/{pk}/report/").getvalue().decode("utf-8-sig").splitlines()
    assert [line.split(",")[:2] for line in report[1:4]] == [["2", "created"], ["3", "created"], ["4", "rejected"]]
    assert "What would change" in client.get(f"/imports/{pk}/undo/").content.decode()
    client.post(f"/imports/{pk}/undo/", {"reason": "the wrong file"})
    assert Licence.objects.count() == before
    assert "taken back" in client.get("/imports/").content.decode()


def test_the_list_is_filtered_and_exported_as_it_is_filtered(client_of, root):
    client = client_of()
    upload(client, root, REGISTER, "first.csv")
    upload(client, root, REGISTER + "x,1,,,\n", "second.csv")
    page = client.get("/imports/?q=second&state=held&sort=file_name").content.decode()
    assert "second.csv" in page
    assert "first.csv" not in page
    rows = b"".join(client.get("/imports/export/?q=first").streaming_content).decode().splitlines()
    assert len(rows) == 2
    assert "first.csv" in rows[1]


def test_findings_of_what_is_taken_back_are_closed(client_of, root):
    from licet.audits.models import Finding
    from licet.audits.rules import RULES
    from licet.audits.run import audit
    from licet.register.importing import import_file
    from licet.sites.scope import SYSTEM

    report = import_file(SYSTEM, b"Name,Address\nGate,192.0.2.17\n", "l.csv", site=root, as_="devices")
    now = datetime.now(UTC)
    audit(SYSTEM, now=now)
    (device,) = report.devices
    Finding.objects.create(
        rule=next(iter(RULES)), severity="low", kind="device", subject=device, site=root, params={}, opened_at=now
    )
    mine = Finding.objects.filter(kind="device", subject=device, closed_at=None)
    client_of().post(f"/imports/{report.run}/undo/", {"reason": "wrong list"})
    assert ImportRun.objects.get(pk=report.run).state == "undone"
    assert not mine.exists()


def test_keys_are_shown_nowhere_and_the_file_is_sealed_and_goes(client_of, root):
    client = client_of()
    secrets = Secret.objects.count()
    pk = upload(client, root, REGISTER.replace(",first", ",see LICT-WIZD-0002-EX01"))
    assert Secret.objects.count() == secrets + 1
    assert b"LICT-WIZD" not in bytes(Secret.objects.latest("id").sealed)
    for path in (f"/imports/{pk}/", "/imports/"):
        assert "LICT-WIZD" not in client.get(path).content.decode()
    assert b"LICT-WIZD" not in client.get(f"/imports/{pk}/report/").getvalue()
    run = ImportRun.objects.get(pk=pk)
    assert "LICT-WIZD" not in json.dumps(run.options)
    client.post(f"/imports/{pk}/", {"do": "remove"})
    assert not ImportRun.objects.filter(pk=pk).exists()
    assert Secret.objects.count() == secrets


def test_columns_are_mapped_by_hand_kept_and_recognised_next_time(client_of, root):
    client = client_of()
    text = "Was;Wieviel;Zweck\nHikCentral-P-VSS-1Ch;4;Hof\n"
    pk = upload(client, root, text, **{"as": "licences"})
    assert "No row has known headings" in client.get(f"/imports/{pk}/").content.decode()
    client.post(f"/imports/{pk}/", form_of(client, pk) | {"do": "look", "heading_line": "1"})
    form = form_of(client, pk)
    form |= {"field-0": "product", "field-1": "quantity", "field-2": "note", "do": "look"}
    client.post(f"/imports/{pk}/", form)
    run = ImportRun.objects.get(pk=pk)
    assert (run.problem, run.counts["created"]) == ("", 1)
    client.post(f"/imports/{pk}/", form_of(client, pk) | {"do": "start", "keep_as": "Our list"})
    assert Licence.objects.get(note="Hof").units == 4
    assert SavedMapping.objects.get().name == "Our list"
    other = upload(client, root, text.replace(";4;", ";5;"))
    page = client.get(f"/imports/{other}/").content.decode()
    assert "the mapping “Our list” that was kept for these headings is used" in page
    assert "Our list" in client.get("/imports/").content.decode()
    client.post("/imports/", {"do": "forget", "mapping": str(SavedMapping.objects.get().pk)})
    assert not SavedMapping.objects.exists()


def test_encoding_and_delimiter_can_be_changed(client_of, root):
    client = client_of()
    pk = upload(client, root, "Product;Qty;Site\nHikCentral-P-VSS-1Ch;1;Łódź\n".encode("cp1250"))
    form = form_of(client, pk)
    assert (form["encoding"], form["delimiter"]) == ("cp1250", ";")
    client.post(f"/imports/{pk}/", form | {"do": "look", "encoding": "cp1252"})
    assert form_of(client, pk)["encoding"] == "cp1252"
    assert "£ódŸ" in client.get(f"/imports/{pk}/").content.decode()


def expected_files():
    return sorted(json.loads((SHARED / "imports/expected.json").read_text())["files"]) if SHARED.is_dir() else []


@pytest.mark.parametrize("name", expected_files())
def test_each_shared_file_comes_out_in_the_wizard_as_its_page_says(client_of, root, name):
    expected = json.loads((SHARED / "imports/expected.json").read_text())["files"][name]
    client = client_of()
    pk = upload(client, root, (SHARED / "imports" / name).read_bytes(), name, **{"as": expected["as"]})
    run = ImportRun.objects.get(pk=pk)
    counts = run.counts
    assert run.problem == ""
    assert counts["rows"] == expected["lines"]
    assert counts["asked"] == len({item["line"] for item in expected["asked"]})
    assert counts["rejected"] == len({item["line"] for item in expected["rejected"]})
    assert counts["ignored"] - len(expected.get("skipped_above_heading", [])) == len(expected["skipped"])
    page = client.get(f"/imports/{pk}/").content.decode()
    for item in expected["asked"] + expected["rejected"]:
        assert f"Line {item['line']}<" in page or f'<td class="num">{item["line"]}</td>' in page
    for secret in ("Ex,ample;Pass", "LICT-U160", "lictreg", "Example-Pass"):
        assert secret not in page


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("list.csv", b"MZ\x90\x00\x03" + b"\x00" * 60, "This is a program"),
        ("list.csv", b"\x7fELF\x02\x01" + b"\x00" * 60, "This is a program"),
        ("list.xlsx", b"%PDF-1.7\n", "This is a PDF"),
        ("list.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "locked by a password"),
        ("list.csv", b"<!doctype html><p>x", "web page"),
        ("list.csv", b" \n", "The file is empty"),
        ("list.csv", bytes(range(1, 9)) * 200, "no known kind"),
    ],
)
def test_what_is_no_list_is_refused_whatever_its_name(client_of, root, name, data, said):
    answer = upload(client_of(), root, data, name)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not ImportRun.objects.exists()


def test_a_bomb_of_a_workbook_is_refused_before_it_is_kept(client_of, root):
    kept = BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", " " * 30_000_000)
    answer = upload(client_of(), root, kept.getvalue(), "list.xlsx")
    assert answer.status_code == 422
    assert "200 times its size" in answer.content.decode()


@pytest.mark.parametrize(("most", "said"), [(1 << 20, "1.0.MB"), (100_000, "97.7.KB")])
def test_a_file_that_is_too_large_is_refused_with_the_limit(most, said):
    file = SimpleUploadedFile("list.csv", b"a,b\n" * 300_000)
    with pytest.raises(Refused, match=rf"has more than {said}, the most that is taken"):
        accept(file, {"text"}, most)


def test_only_sites_that_one_may_import_at_are_offered(client_of, estate, root):
    """Case C111."""
    page = client_of("neighbour").get("/imports/").content.decode()
    assert "Nordwind" not in page
    answer = upload(client_of("viewer"), root, REGISTER)
    assert answer.status_code == 403
    assert not ImportRun.objects.exists()


def test_somebody_who_lost_his_right_imports_nothing_any_more(client_of, estate, root):
    person = make.person("mira", "licence_manager", root)
    from django.test import Client

    client = Client()
    client.force_login(person)
    pk = upload(client, root, REGISTER)
    person.memberships.update(role="viewer")
    client.post(f"/imports/{pk}/", {"do": "start"})
    run = ImportRun.objects.get(pk=pk)
    assert run.state == "held"
    assert not Licence.objects.filter(order__number="PO-9002").exists()


def test_an_import_is_cancelled_and_one_that_was_broken_off_is_taken_up(client_of, root, monkeypatch):
    """Cases C115 and C120."""
    monkeypatch.setattr("licet.sweep.queue.ring", lambda jobs: None)
    client = client_of()
    pk = upload(client, root, REGISTER)
    from licet.register import held

    held.look(pk)
    client.post(f"/imports/{pk}/", form_of(client, pk) | {"do": "start"})
    assert "0 of 3 lines" in client.get(f"/imports/{pk}/").content.decode()
    client.post(f"/imports/{pk}/", {"do": "cancel"})
    assert "It stops after this batch" in client.get(f"/imports/{pk}/").content.decode()
    ImportRun.objects.update(cancel_wanted=False, beat_at=datetime.now(UTC) - timedelta(minutes=2))
    assert "Nothing was heard of it for a minute" in client.get(f"/imports/{pk}/").content.decode()
    monkeypatch.setattr("licet.sweep.queue.ring", at_once)
    put_scheduled(datetime.now(UTC))
    assert work.drain(queue.DEFAULT) == 1
    assert ImportRun.objects.get(pk=pk).state == "done"


def test_an_import_that_ends_the_program_each_time_is_given_up(client_of, root, monkeypatch):
    monkeypatch.setattr("licet.sweep.queue.ring", lambda jobs: None)
    client = client_of()
    pk = upload(client, root, REGISTER)
    ImportRun.objects.filter(pk=pk).update(state="running")
    begun = []
    monkeypatch.setattr("licet.sweep.clock.put_import", lambda actor, pk: begun.append(pk))
    for _ in range(5):
        ImportRun.objects.filter(pk=pk).update(beat_at=datetime.now(UTC) - timedelta(minutes=2))
        put_scheduled(datetime.now(UTC))
    run = ImportRun.objects.get(pk=pk)
    assert begun == [pk] * 3
    assert (run.state, run.problem[:26]) == ("failed", "It was broken off 4 times ")
    client.post(f"/imports/{pk}/", {"do": "start"})
    assert ImportRun.objects.get(pk=pk).state == "running"


def test_a_file_that_nobody_goes_on_with_is_removed_after_a_day(client_of, root):
    secrets = Secret.objects.count()
    upload(client_of(), root, REGISTER)
    put_scheduled(datetime.now(UTC) + timedelta(hours=23))
    assert ImportRun.objects.count() == 1
    put_scheduled(datetime.now(UTC) + timedelta(hours=25))
    assert (ImportRun.objects.count(), Secret.objects.count()) == (0, secrets)


def test_who_may_import_devices_only_does_not_begin_an_import_of_licences(client_of, estate, root):
    pk = upload(client_of("admin"), root, REGISTER)
    technician = make.person("tom", "technician", root)
    from django.test import Client

    client = Client()
    client.force_login(technician)
    client.post(f"/imports/{pk}/", {"do": "start", "as": "licences"})
    assert ImportRun.objects.get(pk=pk).state == "held"
    assert not Licence.objects.filter(order__number="PO-9002").exists()


def test_who_begins_an_import_is_who_did_it(client_of, estate, root):
    pk = upload(client_of("admin"), root, REGISTER)
    person = make.person("mira", "licence_manager", root)
    from django.test import Client

    client = Client()
    client.force_login(person)
    client.post(f"/imports/{pk}/", form_of(client, pk) | {"do": "start"})
    assert ImportRun.objects.get(pk=pk).person == person


def test_a_viewer_takes_back_nothing_and_a_file_that_waits_is_not_taken_back(client_of, estate, root):
    pk = upload(client_of("admin"), root, REGISTER)
    ImportRun.objects.filter(pk=pk).update(kind="")
    client_of("viewer").post(f"/imports/{pk}/undo/")
    assert ImportRun.objects.get(pk=pk).state == "held"
    client_of("admin").post(f"/imports/{pk}/undo/")
    assert ImportRun.objects.get(pk=pk).state == "held"
