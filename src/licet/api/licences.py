from typing import Annotated

from ninja import Query, Router

from licet.api.asked import Asked, site_in, there
from licet.api.lists import Filtering, Listed, cursor_in, listed
from licet.api.operation import reads
from licet.api.word import Number, RowNumber, ShortText, Word
from licet.register import read
from licet.register.change import WORDS
from licet.register.documents import KINDS as DOCUMENT_KINDS
from licet.register.read import LicencePage, LicenceRow

router = Router()
KINDS, TERMS, ACTIVATIONS = (tuple(WORDS[name].values) for name in ("kind", "term", "activation"))


class LicenceQuery(Filtering):
    """Which licences."""

    kind: list[Annotated[str, Word(KINDS)]] = []
    term: list[Annotated[str, Word(TERMS)]] = []
    state: list[Annotated[str, Word(read.STATES)]] = []
    tag: list[ShortText] = []
    missing: list[Annotated[str, Word(DOCUMENT_KINDS)]] = []
    pool: Number | None = None
    sort: Annotated[str, Word(read.SORTS)] = "title"
    descending: bool = False


@reads(router, "/licences", Listed[LicenceRow])
def list_licences(request: Asked, asking: Query[LicenceQuery]) -> Listed[LicenceRow]:
    """The licences in scope with what they give."""
    wanted = read.LicenceFilter(
        text=asking.text, kinds=tuple(asking.kind), terms=tuple(asking.term), states=tuple(asking.state),
        site=site_in(request, asking.site), pool=asking.pool, tags=tuple(asking.tag), missing=tuple(asking.missing),
        sort=asking.sort, descending=asking.descending, cursor=cursor_in(request, asking), size=asking.limit,
    )  # fmt: skip
    return listed(request, read.licences(request.actor, wanted))


@reads(router, "/licences/{int:number}", LicencePage)
def get_licence(request: Asked, number: RowNumber) -> LicencePage:
    """One licence with its dates, grants, places given by hand and what it replaces. Of its keys only their number."""
    return there(read.licence(request.actor, number), "licence", number)
