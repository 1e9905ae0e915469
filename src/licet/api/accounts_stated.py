"""Accounts that nobody can ask for, as a program states them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from django.utils import timezone
from pydantic import Field

from licet.access import record
from licet.access.gathering import up_to
from licet.api.accounts import router
from licet.api.asked import Asked, there
from licet.api.operation import writes
from licet.api.word import FILLED, Given, Number, ShortText, Text, Word
from licet.estate.cloud_read import account_numbered
from licet.estate.read import device_numbered, installation_numbered

_FIND: Mapping[str, Callable[[Any, int], Any]] = {
    "device": device_numbered, "installation": installation_numbered, "cloud": account_numbered,
}  # fmt: skip


class StatedAccount(Given):
    """One account: its user name, its level as it is called there, whose it is and what for."""

    name: Annotated[Text, Field(min_length=1, max_length=120, pattern=FILLED)]
    level: Annotated[Text, Field(max_length=60)] = ""
    number: Annotated[Text, Field(max_length=40)] = ""
    owner: ShortText = ""
    purpose: Annotated[Text, Field(max_length=300)] = ""


class AccountsGiven(Given):
    """Accounts of a device, an installation or a cloud account. ``complete``: others that were stated there are gone."""

    kind: Annotated[str, Word(tuple(_FIND))]
    subject: Number
    accounts: Annotated[list[StatedAccount], Field(min_length=1, max_length=5000)]
    complete: bool = False


@dataclass(frozen=True, slots=True)
class AccountsKept:
    """How many are new, and how many are gone."""

    new: int
    gone: int


@writes(router, "post", "/accounts/stated", AccountsKept, needs="edit_estate")
def state_accounts(request: Asked, given: AccountsGiven) -> AccountsKept:
    """State the accounts of something that is not asked for them."""
    subject = there(_FIND[given.kind](request.actor, given.subject), given.kind, given.subject)
    now = timezone.now()
    stated = [record.Stated(**one.model_dump()) for one in given.accounts]
    new, gone = record.state(request.actor, subject, stated, now=now, source="api", complete=given.complete)
    up_to(now.date())
    return AccountsKept(new, gone)
