from typing import Annotated

from django.http import FileResponse
from ninja import Query, Router

from licet.api.asked import Asked, site_in, there
from licet.api.lists import Filtering, Listed, cursor_in, listed
from licet.api.operation import reads
from licet.api.problem import Problem
from licet.api.word import RowNumber, Word, parts_of, reference
from licet.register import documents as read
from licet.register import storage
from licet.register.documents import DocumentRow
from licet.sites.record import NotPossible

router = Router()


class DocumentQuery(Filtering):
    """Which documents."""

    kind: list[Annotated[str, Word(read.KINDS)]] = []
    about: Annotated[str, reference(*read.ABOUT)] | None = None
    all_versions: bool = False
    sort: Annotated[str, Word(read.SORTS)] = "added_at"
    descending: bool = True


@reads(router, "/documents", Listed[DocumentRow])
def list_documents(request: Asked, asking: Query[DocumentQuery]) -> Listed[DocumentRow]:
    """The documents in scope: invoices, certificates, contracts."""
    wanted = read.DocumentFilter(
        text=asking.text, kinds=tuple(asking.kind), site=site_in(request, asking.site),
        about=parts_of(asking.about) if asking.about else None,
        all_versions=asking.all_versions, sort=asking.sort, descending=asking.descending,
        cursor=cursor_in(request, asking), size=asking.limit,
    )  # fmt: skip
    return listed(request, read.documents(request.actor, wanted)[0])


@reads(router, "/documents/{int:number}", DocumentRow)
def get_document(request: Asked, number: RowNumber) -> DocumentRow:
    """What is known of one document."""
    return there(read.document(request.actor, number), "document", number)


@reads(router, "/documents/{int:number}/contents", bytes, media="application/octet-stream")
def get_document_contents(request: Asked, number: RowNumber) -> FileResponse:
    """The document itself."""
    row = there(read.document(request.actor, number), "document", number)
    try:
        file = storage.open_contents(row.sha256)
    except NotPossible as error:
        raise Problem(404, str(error)) from None
    answer = FileResponse(file, as_attachment=True, filename=row.file_name, content_type="application/octet-stream")
    answer.headers["ETag"] = f'"{row.sha256}"'
    return answer
