"""The evidence pack: same input, same bytes; every change is found, with Licet and without it."""

import csv
import io
import json
import re
import shutil
import subprocess
import zipfile
from datetime import timedelta
from hashlib import sha256

import openpyxl
import pytest
from tests import factories as make

from licet.audits import pack, read
from licet.audits.models import Finding, Waiver
from licet.audits.pack.contents import finding_rows, gather
from licet.audits.read import FindingFilter
from licet.audits.record import approve_waiver, ask_waiver, comment, end_waiver, sign
from licet.audits.run import audit, begin
from licet.compliance.record import keep_worksheet
from licet.estate.models import Device
from licet.ledger.models import Entry
from licet.register.document_models import Document
from licet.register.documents import add_document
from licet.register.keys_record import put_key
from licet.sites.record import NotPossible
from licet.sites.scope import SYSTEM, Actor

pytestmark = pytest.mark.django_db
KEY = "LICT-PPPP-0000-EX01"
WORDS = {"reason": "Installed next week", "risk": "Anybody may take it", "compensating_measure": "Its port is off"}


@pytest.fixture
def run(now):
    berlin = make.site("Berlin #[eval] 東京")
    device = make.device(berlin, name='=HYPERLINK("x") *bold* #panic()', activated=False)
    server = make.installation(berlin)
    licence = make.licence(server.pool, 1)
    put_key(SYSTEM, licence, KEY)
    asker, other = make.person("asker", role="administrator"), make.person("boss", role="administrator")
    waiver = ask_waiver(
        asker.actor(), "device.not_activated", berlin,
        subject=("device", device.pk), expires_on=now.date() + timedelta(days=20), now=now, **WORDS,
    )  # fmt: skip
    approve_waiver(other.actor(), waiver, now)
    done = audit(SYSTEM, site=berlin, now=now)
    return sign(SYSTEM, done, "Reviewed with the site manager.", done.finished_at)


_PACKED = []


@pytest.fixture
def packed(request, tmp_path):
    """A pack; the same one for every test that looks at nothing but it."""
    path = tmp_path / "pack.zip"
    if "run" not in request.fixturenames and _PACKED:
        path.write_bytes(_PACKED[0])
    else:
        pack.write(SYSTEM, request.getfixturevalue("run"), path)
        _PACKED[:] = [path.read_bytes()]
    return path


def files(path):
    with zipfile.ZipFile(path) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def changed(path, **contents):
    """The pack with some files replaced, left out (None) or added."""
    target = path.with_name("changed.zip")
    new = files(path) | {name.replace("__", "."): value for name, value in contents.items()}
    with zipfile.ZipFile(target, "w") as opened:
        for name, value in new.items():
            if value is not None:
                opened.writestr(name, value)
    return target


def test_the_same_audit_gives_the_same_bytes(run, packed, tmp_path):
    again = tmp_path / "again.zip"
    digest = pack.write(SYSTEM, run, again)
    assert again.read_bytes() == packed.read_bytes()
    entry = Entry.objects.order_by("-seq").first()
    assert (entry.action, json.loads(entry.text)["after"]["sha256"]) == ("audits:pack:written", digest)


def test_the_tables_hold_the_findings_and_run_nothing(packed):
    found = files(packed)
    rows = list(csv.DictReader(io.StringIO(found["findings.csv"].decode("utf-8-sig"))))
    (row,) = [row for row in rows if row["rule"] == "device.not_activated"]
    assert row["subject"] == '\'=HYPERLINK("x") *bold* #panic()'
    assert (row["state"], row["site"]) == ("waived", "Berlin #[eval] 東京")
    sheet = openpyxl.load_workbook(io.BytesIO(found["findings.xlsx"])).active
    assert sheet.max_row == len(rows) + 1


def test_the_report_is_a_pdf_for_archives(packed):
    report = files(packed)["report.pdf"]
    assert report.startswith(b"%PDF-1.7")
    assert b"pdfaid:part>2<" in report
    assert b"pdfaid:conformance>B<" in report


def plain(name, content):
    """The texts in a file of a pack, also of a workbook."""
    if not name.endswith(".xlsx"):
        return content
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        return b"".join(book.read(one) for one in book.namelist())


def test_no_key_is_in_it_whatever_somebody_wrote_before_it_was_known_as_one(run, tmp_path):
    site, lower = run.site, KEY.lower().encode()
    licence = make.licence(make.installation(site, name="Other").pool, 3, expires_on=run.on - timedelta(days=1))
    activation = f"activation file: {KEY}".encode()
    about, twice = [("licence", licence.pk)], dict.fromkeys(("certificate", "invoice"), activation)
    for kind, content in {**twice, "contract": b"%PDF-1.7 clean"}.items():
        add_document(SYSTEM, site, [content], file_name=f"{kind}.txt", kind=kind, about=about)
    Document.objects.update(title=f"invoice-{KEY}-2026", file_name=f"{KEY}.pdf")
    Waiver.objects.update(reason=f"activated with {KEY.lower()}", risk=KEY, ended_why=KEY.replace("-", ""))
    Device.objects.update(name=f"cam {KEY}")
    later = audit(SYSTEM, site=site, now=run.finished_at + timedelta(hours=1))
    later.statement = f"Reviewed with {KEY}."
    pack.write(SYSTEM, later, tmp_path / "pack.zip", documents=True)
    found = files(tmp_path / "pack.zip")
    for name, content in found.items():
        bare = plain(name, content).lower()
        assert lower not in bare, name
        assert lower.replace(b"-", b"") not in bare, name
    assert [name for name in found if name.startswith("documents/")] == [
        f"documents/{sha256(b'%PDF-1.7 clean').hexdigest()}.pdf"
    ]
    listed = json.loads(found["documents.json"])
    assert {one["kind"]: ("file" in one, "left_out" in one) for one in listed} == {
        "certificate": (False, True), "invoice": (False, True), "contract": (True, False),
    }  # fmt: skip
    assert listed[0]["title"] == "invoice-[licence key]-2026"
    assert json.loads(found["audit.json"])["statement"] == "Reviewed with [licence key]."
    assert "activated with [licence key]" in found["oscal/poam.json"].decode()


def test_texts_that_go_out_take_no_key(run, now):
    site = run.site
    terms = {**WORDS, "subject": None, "expires_on": now.date() + timedelta(days=9), "now": now}
    finding = Finding.objects.first()
    waiver = Waiver.objects.get()
    for work in (
        *(lambda name=name: ask_waiver(SYSTEM, "device.not_activated", site, **{**terms, name: f"(x-{KEY})"}) for name in WORDS),
        lambda: end_waiver(SYSTEM, waiver, f"wrong: {KEY}", now),
        lambda: comment(SYSTEM, finding, "word " * 200 + "longer-than-that " * 60 + KEY, now),
        lambda: sign(SYSTEM, audit(SYSTEM, site=site, now=now), f"Reviewed {KEY}", now),
        lambda: add_document(SYSTEM, site, [b"x"], file_name="a.pdf", kind="invoice", title=KEY),
        lambda: add_document(SYSTEM, site, [b"x"], file_name=f"{KEY}.pdf", kind="invoice"),
        lambda: keep_worksheet(SYSTEM, site, "processing", {"controller": f"Us, {KEY}"}, now),
    ):  # fmt: skip
        with pytest.raises(NotPossible, match=r"^The [a-z ]+ holds a licence key\. Write it without\.$"):
            work()
    assert not Document.objects.exists()


def test_what_the_record_says_is_there_as_the_chain_has_it(packed, run):
    lines = [json.loads(line) for line in files(packed)["ledger.jsonl"].splitlines()]
    texts = dict(Entry.objects.values_list("seq", "text"))
    assert {texts[line["seq"]] == line["text"] for line in lines} == {True}
    assert len(lines) == 4
    assert "asker" not in files(packed)["ledger.jsonl"].decode()


def test_a_pack_that_nobody_touched_is_whole(packed):
    found = pack.verify(packed)
    assert found.whole
    assert found.files == len(files(packed)) - 2


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"findings__csv": b"id\r\n"}, "findings.csv is not as it was packed"),
        ({"findings__csv": None}, "findings.csv is missing"),
        ({"more__txt": b"x"}, "more.txt is not in SHA256SUMS"),
        ({"SHA256SUMS": b""}, "SHA256SUMS is not signed by public-key.pem"),
        ({"SHA256SUMS__sig": b"x" * 64}, "SHA256SUMS is not signed by public-key.pem"),
    ],
)
def test_each_change_is_found(packed, change, problem):
    found = pack.verify(changed(packed, **change))
    assert problem in found.problems
    assert not found.whole


def test_anything_else_is_no_pack(tmp_path):
    other = tmp_path / "other.zip"
    other.write_bytes(b"PK\x03\x04 not a zip")
    with pytest.raises(pack.NotAPack, match="cannot be read as a zip"):
        pack.verify(other)
    with zipfile.ZipFile(other, "w") as opened:
        opened.writestr("a.txt", "x")
    with pytest.raises(pack.NotAPack, match="is missing"):
        pack.verify(other)


@pytest.mark.skipif(
    not shutil.which("openssl") or not shutil.which("sha256sum"), reason="openssl or sha256sum is not here"
)
def test_the_printed_procedure_checks_it_without_licet(packed, tmp_path):
    folder = tmp_path / "pack"
    with zipfile.ZipFile(packed) as opened:
        opened.extractall(folder)
    steps = [line.strip() for line in (folder / "VERIFY.txt").read_text("utf-8").splitlines() if line.startswith("  ")]
    assert [step.split()[0] for step in steps] == ["unzip", "sha256sum", "openssl"]
    for step in steps[1:]:
        subprocess.run(step.split(), cwd=folder, check=True, capture_output=True)
    (folder / "findings.csv").write_bytes(b"x")
    assert subprocess.run(steps[1].split(), cwd=folder, check=False, capture_output=True).returncode != 0


def test_oscal_says_what_each_rule_found_and_what_is_waived(packed):
    found = files(packed)
    result = json.loads(found["oscal/assessment-results.json"])["assessment-results"]["results"][0]
    states = {one["target"]["target-id"]: one["target"]["status"]["state"] for one in result["findings"]}
    assert states["device.not_activated_smt"] == "not-satisfied"
    assert states["device.auth_lockout_smt"] == "satisfied"
    rows = list(csv.DictReader(io.StringIO(found["findings.csv"].decode("utf-8-sig"))))
    assert len(result["observations"]) == len(rows)
    risks = json.loads(found["oscal/poam.json"])["plan-of-action-and-milestones"]["risks"]
    (waived,) = [risk["title"] for risk in risks if risk["status"] == "deviation-approved"]
    assert re.fullmatch(r"Waiver \d+: Devices that nobody has activated", waived)


def test_only_a_finished_audit_is_packed_and_only_by_whom_may_see_it_all(run, now, tmp_path):
    with pytest.raises(NotPossible, match="done"):
        pack.write(SYSTEM, begin(SYSTEM, now=now), tmp_path / "x.zip")
    neighbour = Actor(label="neighbour", grants=((make.site("Next").path, "administrator"),))
    with pytest.raises(NotPossible, match="may not see"):
        pack.write(neighbour, run, tmp_path / "x.zip")
    assert not (tmp_path / "x.zip").exists()


def test_who_may_not_read_the_record_gets_a_pack_without_it_that_says_so(run, tmp_path):
    pack.write(make.person("reader", role="viewer", at=run.site).actor(), run, tmp_path / "pack.zip")
    found = files(tmp_path / "pack.zip")
    assert "ledger.jsonl" not in found
    assert b"no permission to read the record" in found["ledger-left-out.txt"]


def test_from_above_only_waivers_of_all_that_a_rule_finds_are_in_it(now):
    germany = make.site("Germany")
    berlin = make.site("Berlin", germany)
    device = make.device(germany, activated=False)
    asker = make.person("asker", role="administrator").actor()
    for subject in (("device", device.pk), None):
        ask_waiver(
            asker,
            "device.not_activated",
            germany,
            subject=subject,
            expires_on=now.date() + timedelta(days=20),
            now=now,
            **WORDS,
        )
    found = gather(make.person("reader", role="auditor", at=berlin).actor(), audit(SYSTEM, site=berlin, now=now))
    assert [(one.site, one.subject) for one in found.waivers] == [("Germany", None)]
    assert all(one["text"].find("audits:waiver") < 0 for one in found.entries)


def test_what_is_of_the_whole_organisation_is_in_the_audit_of_each_site_for_each_reader(now):
    germany = make.site("Germany")
    berlin = make.site("Berlin", germany)
    run = audit(SYSTEM, site=berlin, now=now)
    assert run.counts["advisory.feed_stale"] == {"applies": 1, "found": 1}
    reader = make.person("reader", role="auditor", at=berlin).actor()
    rows = list(finding_rows(reader, run, now))
    assert [row.title for row in rows] == ["Whole organisation: advisories are judged by old feeds"]
    assert audit(SYSTEM, site=germany, now=now).counts["advisory.feed_stale"]["found"] == 1


def test_what_is_of_the_whole_organisation_counts_once_and_names_no_other_top_site(now):
    first, second = make.site("Anna's"), make.site("Ben's")
    rule, stale = ("advisory.feed_stale",), {"applies": 1, "found": 1}
    for place, named in ((None, first), (first, first), (second, second)):
        run = audit(SYSTEM, site=place, now=now)
        assert run.counts[rule[0]] == stale
        for wanted in (FindingFilter(rules=rule, run=run), FindingFilter(rules=rule, site=place)):
            assert [row.site for row in read.findings(SYSTEM, wanted, now).rows] == [named.full_name]


def test_documents_are_in_it_where_wanted_and_none_that_may_show_keys(run, tmp_path):
    site = run.site
    licence = make.licence(make.installation(site, name="Other").pool, 3, expires_on=run.on - timedelta(days=1))
    for kind, name, content in (
        ("invoice", "Rechnung Nr. 7.pdf", b"%PDF-1.7 invoice"),
        ("certificate", "keys.pdf", b"%PDF-1.7 LICT-PPPP-0000-EX01"),
        ("label", "label.jpg", b"code"),
    ):
        add_document(SYSTEM, site, [content], file_name=name, kind=kind, about=[("licence", licence.pk)])
    later = audit(SYSTEM, site=site, now=run.finished_at + timedelta(hours=1))
    pack.write(SYSTEM, later, tmp_path / "without.zip")
    assert not any(name.startswith("documents/") for name in files(tmp_path / "without.zip"))
    pack.write(SYSTEM, later, tmp_path / "with.zip", documents=True)
    found = files(tmp_path / "with.zip")
    (name,) = [name for name in found if name.startswith("documents/")]
    assert (name, found[name]) == (f"documents/{sha256(b'%PDF-1.7 invoice').hexdigest()}.pdf", b"%PDF-1.7 invoice")
    listed = {
        one["kind"]: (one.get("file", ""), bool(one.get("left_out"))) for one in json.loads(found["documents.json"])
    }
    assert listed == {"invoice": (name, False), "certificate": ("", True), "label": ("", True)}
    assert pack.verify(tmp_path / "with.zip").whole
