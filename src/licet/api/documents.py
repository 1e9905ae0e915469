from typing import Annotated
from urllib.parse import quote

from django.http import FileResponse
from ninja import Query, Router

from licet.api.asked import Asked, site_in, there
from licet.api.lists import Filtering, Listed, cursor_in, listed
from licet.api.operation import reads
from licet.api.problem import Problem
from licet.api.word import Number, RowNumber, Word
from licet.register import documents as read
from licet.register import storage
from licet.register.documents import DocumentRow
from licet.sites.record import NotPossible

router = Router()


class DocumentQuery(Filtering):
    """Which documents. ``about`` and ``about_id`` go together."""

    kind: list[Annotated[str, Word(read.KINDS)]] = []
    about: Annotated[str, Word(read.ABOUT)] | None = None
    about_id: Number | None = None
    all_versions: bool = False
    sort: Annotated[str, Word(read.SORTS)] = "added_at"
    descending: bool = True


@reads(router, "/documents", Listed[DocumentRow])
def list_documents(request: Asked, asking: Query[DocumentQuery]) -> Listed[DocumentRow]:
    """The documents in scope: invoices, certificates, contracts."""
    if (asking.about is None) != (asking.about_id is None):
        raise Problem(422, "about and about_id go together.", (("query.about", "Name both or none."),))
    wanted = read.DocumentFilter(
        text=asking.text, kinds=tuple(asking.kind), site=site_in(request, asking.site),
        about=(asking.about, asking.about_id) if asking.about and asking.about_id else None,
        all_versions=asking.all_versions, sort=asking.sort, descending=asking.descending,
        cursor=cursor_in(request, asking), size=asking.limit,
    )  # fmt: skip
    return listed(request, read.documents(request.actor, wanted)[0])


@reads(router, "/documents/{number}", DocumentRow)
def get_document(request: Asked, number: RowNumber) -> DocumentRow:
    """What is known of one document."""
    return there(read.document(request.actor, number), "document", number)


@reads(router, "/documents/{number}/contents", bytes)
def get_document_contents(request: Asked, number: RowNumber) -> FileResponse:
    """The document itself."""
    row = there(read.document(request.actor, number), "document", number)
    try:
        file = storage.open_contents(row.sha256)
    except NotPossible as error:
        raise Problem(404, str(error)) from None
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(row.file_name)}", "ETag": f'"{row.sha256}"'}
    return FileResponse(file, content_type="application/octet-stream", headers=headers)
