"""What the subjects of findings are called."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q

from licet.access.models import Account
from licet.audits.models import Kind
from licet.audits.rules import RULES
from licet.estate.models import Channel, CloudAccount, Credential, Device, Installation
from licet.estate.service_models import ThirdParty
from licet.register.models import Licence, LicenceKey, Pool
from licet.sites import naming
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
_SITE: dict[str, str] = {Kind.KEY: "licence__site"}


def names(subjects: Iterable[tuple[str, int]]) -> dict[tuple[str, int], str]:
    """(kind, id) -> the subject's name, with one query a kind."""
    return naming.names(_NAMED, subjects)


def stands(subject: tuple[str, int], site: Site) -> bool:
    """Whether a subject is there and stands at the site or below it."""
    return naming.stands(_NAMED, subject, site, by=_SITE)


def named(text: str) -> Q:
    """Findings whose rule or whose subject's name has the text."""
    like = text.casefold()
    rules = [code for code, rule in RULES.items() if like in code or like in rule.title.casefold()]
    return Q(rule__in=rules) | naming.named(_NAMED, text)
