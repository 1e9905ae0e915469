"""Documents kept by programs: files, their newer versions, and what they are about."""

import tempfile
from collections.abc import Iterator
from typing import IO, Annotated, Final

from django.http import StreamingHttpResponse
from ninja import File, Form, Query, Schema, UploadedFile
from pydantic import ConfigDict, Field

from licet.api.asked import Asked, site_in, site_where, to_change
from licet.api.documents import get_document, router
from licet.api.operation import MADE, Made, reads, writes
from licet.api.word import LARGEST, FormGiven, Given, Number, RowNumber, ShortText, Word, parts_of, reference
from licet.register import documents
from licet.register.bundle import write_bundle
from licet.register.documents import DocumentRow

_PIECE: Final = 65_536
Thing = Annotated[str, reference(*documents.ABOUT)]


class NewDocument(FormGiven):
    """What a file is. Its title is its name where none is given; ``about`` may be named several times, as licence:12."""

    site: Number
    kind: Annotated[str, Word(documents.KINDS)]
    title: ShortText = ""
    about: Annotated[list[Thing], Field(max_length=100)] = []


class Things(Given):
    """What a document is about."""

    about: Annotated[list[Thing], Field(min_length=1, max_length=100)]


class BundleQuery(Schema):
    """Of which site and what is below it; nothing = of all that you see."""

    model_config = ConfigDict(extra="forbid")

    site: Annotated[int | None, Field(ge=1, le=LARGEST)] = None


@writes(router, "post", "/documents", DocumentRow, needs="edit_register", status=MADE)
def add_a_document(request: Asked, file: File[UploadedFile], given: Form[NewDocument]) -> Made:
    """Keep a file as a document. Send it as multipart/form-data."""
    site = site_where(request, given.site, "edit_register", "form.site")
    row = documents.add_document(
        request.actor, site, file.chunks(), file_name=file.name or "", kind=given.kind, title=given.title,
        about=[parts_of(one) for one in given.about],
    )  # fmt: skip
    return Made(get_document(request, row.pk), f"/api/v1/documents/{row.pk}")


@writes(router, "post", "/documents/{int:number}/versions", DocumentRow, needs="edit_register", status=MADE)
def add_a_version(request: Asked, number: RowNumber, file: File[UploadedFile]) -> Made:
    """Keep a newer version of a document; it is about the same, and the older one stays."""
    old = to_change(request, documents.find_document, number, "edit_register", "document")
    row = documents.add_document(
        request.actor, old.site, file.chunks(), file_name=file.name or "", kind=old.kind, replaces=old
    )
    return Made(get_document(request, row.pk), f"/api/v1/documents/{row.pk}")


@writes(router, "post", "/documents/{int:number}/link", DocumentRow, needs="edit_register")
def link_a_document(request: Asked, number: RowNumber, given: Things) -> DocumentRow:
    """Say that a document is about more things."""
    row = to_change(request, documents.find_document, number, "edit_register", "document")
    documents.link(request.actor, row, [parts_of(one) for one in given.about])
    return get_document(request, number)


@writes(router, "post", "/documents/{int:number}/unlink", DocumentRow, needs="edit_register")
def unlink_a_document(request: Asked, number: RowNumber, given: Things) -> DocumentRow:
    """Say that a document is not about things any more. The document stays."""
    row = to_change(request, documents.find_document, number, "edit_register", "document")
    for one in dict.fromkeys(given.about):
        documents.unlink(request.actor, row, parts_of(one))
    return get_document(request, number)


@reads(router, "/documents/bundle", bytes, media="application/octet-stream")
def get_document_bundle(request: Asked, asking: Query[BundleQuery]) -> StreamingHttpResponse:
    """All documents in scope as a ZIP with an index."""
    target = tempfile.TemporaryFile()  # noqa: SIM115 - sending it closes it
    write_bundle(request.actor, site_in(request, asking.site), target)
    target.seek(0)
    headers = {"Content-Disposition": 'attachment; filename="licet-documents.zip"'}
    return StreamingHttpResponse(_sent(target), content_type="application/octet-stream", headers=headers)


def _sent(target: IO[bytes]) -> Iterator[bytes]:
    with target:
        yield from iter(lambda: target.read(_PIECE), b"")
