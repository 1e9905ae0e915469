"""Documents lie outside the database by their fingerprint, are looked at before they are kept, and stay within their scope."""

import hashlib
import io
import socket
import struct
import sys
import threading
import zipfile

import pytest
from tests import factories as make

from licet.ledger.models import Entry
from licet.register import documents, storage
from licet.register.bundle import write_bundle
from licet.register.document_models import Document
from licet.register.missing import missing_document
from licet.sites.record import NotPossible
from licet.sites.scope import Actor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("documents_folder")]

PDF = b"%PDF-1.7 an invoice"


def add(actor, site, content=PDF, **values):
    return documents.add_document(actor, site, [content], **{"file_name": "invoice.pdf", "kind": "invoice", **values})


def test_contents_lie_by_their_fingerprint_for_the_owner_alone(boss, server, documents_folder):
    row = add(boss, server.site)
    digest = hashlib.sha256(PDF).hexdigest()
    place = documents_folder / digest[:2] / digest
    assert place.read_bytes() == PDF
    assert place.stat().st_mode & 0o777 == 0o600
    assert (row.sha256, row.size, row.media_type, row.scan) == (digest, len(PDF), "application/pdf", "not_scanned")


def test_the_same_contents_are_kept_once(boss, server, documents_folder):
    add(boss, server.site)
    add(boss, server.site, title="again")
    assert sum(path.is_file() for path in documents_folder.rglob("*")) == 1
    assert Document.objects.count() == 2


def test_what_is_too_large_or_empty_leaves_nothing(boss, server, documents_folder, settings):
    settings.LICET_DOCUMENT_BYTES = 1_048_576
    for content, said in ((b"x" * 1_048_577, "larger than 1 MB"), (b"", "empty")):
        with pytest.raises(NotPossible, match=said):
            add(boss, server.site, content)
    assert not any(path.is_file() for path in documents_folder.rglob("*"))


def test_a_page_that_calls_itself_a_picture_is_only_downloaded(boss, server):
    row = add(boss, server.site, b"<script>alert(1)</script>", file_name="..\\..\\etc/label.png", kind="label")
    found = documents.document(boss, row.pk)
    assert (found.media_type, found.shown, found.file_name) == ("application/octet-stream", False, "label.png")


def test_a_newer_version_is_about_the_same_and_the_old_one_is_kept(boss, server):
    licence = make.licence(server.pool, 1)
    first = add(boss, server.site, about=[("licence", licence.pk)])
    second = add(boss, server.site, PDF + b" corrected", replaces=first)
    assert (second.version, second.title) == (2, first.title)
    assert [row.id for row in documents.of_licence(boss, licence.pk, None)] == [second.pk]
    assert [row.version for row in documents.versions(boss, first.pk)] == [2, 1]
    with pytest.raises(NotPossible, match="newer version"):
        add(boss, server.site, b"third", replaces=first)
    with pytest.raises(NotPossible, match="kept already"):
        add(boss, server.site, PDF + b" corrected", replaces=second)


def test_a_document_of_another_company_is_not_there(boss, server):
    """Case C110."""
    row = add(boss, server.site)
    stranger = Actor("alpha", ((make.site("Alpha").path, frozenset({"view", "edit_register"})),))
    assert documents.document(stranger, row.pk) is None
    assert documents.versions(stranger, row.pk) == []
    with pytest.raises(NotPossible, match="There is no licence"):
        add(stranger, make.Site.objects.get(name="Alpha"), about=[("licence", make.licence(server.pool, 1).pk)])


def test_which_licences_lack_what_their_product_needs(boss, server):
    product = make.product(documents=["invoice", "certificate"])
    bare, proven, by_order = (make.licence(server.pool, 1, product=product) for _ in range(3))
    order = make.Licence._meta.get_field("order").related_model.objects.create(site=server.site, number="PO-1")
    by_order.order = order
    by_order.save()
    make.licence(server.pool, 1)  # of no product: nothing is needed
    make.licence(server.pool, -1, product=product, kind="correction")
    add(boss, server.site, about=[("licence", proven.pk)])
    add(boss, server.site, b"%PDF-c", kind="certificate", about=[("licence", proven.pk)])
    add(boss, server.site, b"%PDF-o", about=[("order", order.pk)])
    found = {row.licence: row.kinds for row in missing_document(boss)}
    assert found == {bare.pk: ("certificate", "invoice"), by_order.pk: ("certificate",)}


def test_the_zip_has_every_version_and_an_index(boss, server):
    first = add(boss, server.site, title="=Invoice <1>")
    add(boss, server.site, PDF + b"2", replaces=first)
    add(boss, make.site("Elsewhere"), b"other")
    target = io.BytesIO()
    assert write_bundle(boss, server.site, target) == 2
    with zipfile.ZipFile(target) as archive:
        names = archive.namelist()
        assert archive.read(names[0]) == PDF
        assert "'=Invoice <1>" in archive.read("index.csv").decode()
        assert "=Invoice &lt;1&gt;" in archive.read("index.html").decode()
    assert len(names) == 4
    assert Entry.objects.order_by("-seq")[0].action == "register:documents:taken_out"


def test_contents_that_are_gone_are_named_in_the_index(boss, server):
    row = add(boss, server.site)
    storage.place_of(row.sha256).unlink()
    target = io.BytesIO()
    write_bundle(boss, server.site, target)
    with zipfile.ZipFile(target) as archive:
        assert "(contents missing)" in archive.read("index.csv").decode()


@pytest.mark.parametrize(("code", "said"), [(1, "found something"), (2, "failed"), (None, "cannot be run")])
def test_what_the_scanner_command_does_not_pass_is_kept_out(boss, server, settings, documents_folder, code, said):
    settings.LICET_SCAN_COMMAND = "/no/such/scanner" if code is None else f"{sys.executable} -c 'exit({code})'"
    with pytest.raises(NotPossible, match=said):
        add(boss, server.site)
    assert not any(path.is_file() for path in documents_folder.rglob("*"))


def test_what_the_scanner_passes_is_clean(boss, server, settings):
    settings.LICET_SCAN_COMMAND = f"{sys.executable} -c 'exit(0)'"
    assert add(boss, server.site).scan == "clean"


class Clamd(threading.Thread):
    """Answers one INSTREAM as clamd does."""

    def __init__(self, answer):
        super().__init__(daemon=True)
        self.answer, self.seen = answer, b""
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.where = f"127.0.0.1:{self.socket.getsockname()[1]}"

    def run(self):
        with self.socket:
            link, _ = self.socket.accept()
        with link, link.makefile("rb") as stream:
            stream.read(len(b"zINSTREAM\0"))
            while size := struct.unpack(">I", stream.read(4))[0]:
                self.seen += stream.read(size)
            link.sendall(self.answer)


@pytest.mark.parametrize(
    ("answer", "said"), [(b"stream: Eicar FOUND\0", "found something"), (b"stream: ERROR\0", "could not look")]
)
def test_clamd_keeps_out_what_it_finds(boss, server, settings, answer, said):
    clamd = Clamd(answer)
    clamd.start()
    settings.LICET_CLAMD = clamd.where
    with pytest.raises(NotPossible, match=said):
        add(boss, server.site)
    clamd.join(5)
    assert clamd.seen == PDF


def test_clamd_passes_what_is_clean(boss, server, settings):
    clamd = Clamd(b"stream: OK\0")
    clamd.start()
    settings.LICET_CLAMD = clamd.where
    assert add(boss, server.site).scan == "clean"
