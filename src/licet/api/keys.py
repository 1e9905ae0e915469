from typing import Annotated

from ninja import Query, Router

from licet.api.asked import Asked, site_in, there
from licet.api.lists import Filtering, Listed, cursor_in, listed
from licet.api.operation import reads
from licet.api.word import Number, RowNumber, Word
from licet.register import keys as read
from licet.register.keys import KeyRow

router = Router()


class KeyQuery(Filtering):
    """Which keys."""

    state: list[Annotated[str, Word(read.STATES)]] = []
    licence: Number | None = None
    sort: Annotated[str, Word(read.SORTS)] = "id"
    descending: bool = False


@reads(router, "/keys", Listed[KeyRow])
def list_keys(request: Asked, asking: Query[KeyQuery]) -> Listed[KeyRow]:
    """The activation keys in scope: what each is for and how it stands, never the key."""
    wanted = read.KeyFilter(
        text=asking.text, states=tuple(asking.state), licence=asking.licence, site=site_in(request, asking.site),
        sort=asking.sort, descending=asking.descending, cursor=cursor_in(request, asking), size=asking.limit,
    )  # fmt: skip
    return listed(request, read.keys(request.actor, wanted))


@reads(router, "/keys/{number}", KeyRow)
def get_key(request: Asked, number: RowNumber) -> KeyRow:
    """One key, without the key itself: a key is shown to people, on its page, after they have proved who they are."""
    return there(read.key(request.actor, number), "key", number)
