"""What the subjects of findings are called."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db.models import Q

from licet.access.models import Account
from licet.audits.models import Kind
from licet.audits.rules import RULES
from licet.estate.models import Channel, CloudAccount, Credential, Device, Installation
from licet.estate.service_models import ThirdParty
from licet.register.models import Licence, LicenceKey, Pool
from licet.sites.models import Site

_NAMED: dict[str, tuple[Any, tuple[str, ...]]] = {
    Kind.DEVICE: (Device, ("name", "serial_number", "address")),
    Kind.CHANNEL: (Channel, ("name",)),
    Kind.INSTALLATION: (Installation, ("name",)),
    Kind.CLOUD_ACCOUNT: (CloudAccount, ("name",)),
    Kind.LICENCE: (Licence, ("title",)),
    Kind.POOL: (Pool, ("name",)),
    Kind.CREDENTIAL: (Credential, ("name",)),
    Kind.KEY: (LicenceKey, ("licence__title",)),
    Kind.ACCOUNT: (Account, ("name",)),
    Kind.THIRD_PARTY: (ThirdParty, ("who",)),
    Kind.SITE: (Site, ("name",)),
}
_LOOKED_AT = 1000


def names(subjects: Iterable[tuple[str, int]]) -> dict[tuple[str, int], str]:
    """(kind, id) -> the subject's name, with one query a kind."""
    wanted: dict[str, set[int]] = defaultdict(set)
    for kind, pk in subjects:
        wanted[kind].add(pk)
    found: dict[tuple[str, int], str] = {}
    for kind, ids in wanted.items():
        model, columns = _NAMED[kind]
        for pk, *texts in model.objects.filter(pk__in=ids).values_list("pk", *columns):
            found[kind, pk] = next((text for text in texts if text), f"{kind} {pk}")
    return found


def named(text: str) -> Q:
    """Findings whose rule or whose subject's name has the text; the first thousand subjects of each kind are looked at."""
    like = text.casefold()
    condition = Q(rule__in=[code for code, rule in RULES.items() if like in code or like in rule.title.casefold()])
    for kind, (model, columns) in _NAMED.items():
        has = Q()
        for column in columns:
            has |= Q(**{f"{column}__icontains": text})
        condition |= Q(kind=kind, subject__in=list(model.objects.filter(has).values_list("pk", flat=True)[:_LOOKED_AT]))
    return condition
