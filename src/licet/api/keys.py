from typing import Annotated

from ninja import Query, Router
from pydantic import Field

from licet.api.asked import Asked, site_in, there, to_change
from licet.api.lists import Filtering, Listed, cursor_in, listed
from licet.api.operation import MADE, Made, reads, writes
from licet.api.word import Day, Given, Number, RowNumber, ShortText, Text, Word
from licet.register import keys as read
from licet.register.keys import KeyRow
from licet.register.keys_record import change_key, put_key
from licet.register.read import find_licence

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


@reads(router, "/keys/{int:number}", KeyRow)
def get_key(request: Asked, number: RowNumber) -> KeyRow:
    """One key, without the key itself: a key is shown to people, on its page, after they have proved who they are."""
    return there(read.key(request.actor, number), "key", number)


class NewKey(Given):
    """An activation key for a licence. It is sealed, and no answer of the API holds it again."""

    key: Annotated[Text, Field(min_length=1, max_length=4000)]
    quantity: Annotated[int | None, Field(ge=1, le=1_000_000)] = None
    state: Annotated[str, Word(read.STATES)] = "unused"
    host: ShortText = ""
    expires_on: Day | None = None
    also_elsewhere: Annotated[bool, Field(description="Keep it although another licence has it")] = False


class KeyChange(Given):
    """What changes of a key; a field that is not named stays."""

    quantity: Annotated[int | None, Field(ge=1, le=1_000_000)] = None
    state: Annotated[str, Word(read.STATES)] = "unused"
    host: ShortText = ""
    expires_on: Day | None = None
    reason: Annotated[Text, Field(max_length=500)] = ""


@writes(router, "post", "/licences/{int:number}/keys", KeyRow, needs="edit_register", status=MADE)
def put_a_key(request: Asked, number: RowNumber, given: NewKey) -> Made:
    """Seal a key for a licence."""
    licence = to_change(request, find_licence, number, "edit_register", "licence")
    row, _findings = put_key(
        request.actor, licence, given.key, quantity=given.quantity, state=given.state, host=given.host,
        expires_on=given.expires_on, again=given.also_elsewhere,
    )  # fmt: skip
    return Made(get_key(request, row.pk), f"/api/v1/keys/{row.pk}")


@writes(router, "patch", "/keys/{int:number}", KeyRow, needs="edit_register", state=get_key)
def change_a_key(request: Asked, number: RowNumber, given: KeyChange) -> KeyRow:
    """Change what is known of a key: where it is used, how it stands, its last day."""
    row = to_change(request, read.find_key, number, "edit_register", "key")
    changes = given.model_dump(exclude_unset=True, exclude={"reason"})
    change_key(request.actor, row, reason=given.reason, **changes)
    return get_key(request, number)
