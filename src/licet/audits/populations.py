"""The populations that rules look at: which rows, what a row is a finding about, and where it is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from licet.audits.models import Kind
from licet.authorization.models import Authorization, Position
from licet.estate.models import Asking, CloudAccount, Credential, Device, Installation, Subject
from licet.register.models import Allocation, KeyMark, Licence

_OF_TYPE = {
    int(Subject.DEVICE): Kind.DEVICE,
    int(Subject.CHANNEL): Kind.CHANNEL,
    int(Subject.INSTALLATION): Kind.INSTALLATION,
    int(Subject.CLOUD_ACCOUNT): Kind.CLOUD_ACCOUNT,
}


@dataclass(frozen=True, slots=True)
class Population:
    """Rows to look at. ``subject``, ``site`` and ``part`` name the columns of a finding; ``kind`` is fixed, or ``kind_from`` a column."""

    rows: Callable[[], QuerySet[Any]]
    kind: Kind | None
    subject: str = "id"
    site: str = "site_id"
    part: str = ""
    needs: tuple[str, ...] = ()  # columns that a rule's test may look at besides those shown

    def kind_of(self, value: int) -> Kind:
        """The kind of a row of mixed kinds."""
        return self.kind or _OF_TYPE[value]

    def may_be(self, kind: Kind) -> bool:
        """Whether there can be rows of the kind."""
        return kind in _OF_TYPE.values() if self.kind is None else self.kind is kind

    def only(self, kind: Kind) -> dict[str, int]:
        """The condition that leaves rows of the kind."""
        return {"subject_type": next(code for code, of in _OF_TYPE.items() if of is kind)} if self.kind is None else {}


def _devices() -> QuerySet[Device]:
    return Device.objects.filter(retired_at=None)


def _askings() -> QuerySet[Asking]:
    return Asking.objects.filter(device__retired_at=None)


def _authorizations() -> QuerySet[Authorization]:
    return Authorization.objects.filter(valid_to=None)


def _licences() -> QuerySet[Licence]:
    return Licence.objects.all()


def _credentials() -> QuerySet[Credential]:
    using = (
        Device.objects.filter(credential__mark=OuterRef("mark"), retired_at=None)
        .order_by()
        .values("credential__mark")
        .annotate(number=Count("id"))
        .values("number")
    )
    return Credential.objects.annotate(devices=Coalesce(Subquery(using), 0))


def _key_marks() -> QuerySet[KeyMark]:
    twins = (
        KeyMark.objects.filter(fingerprint=OuterRef("fingerprint"), licence__returned_on=None)
        .exclude(licence=OuterRef("licence"))
        .order_by()
        .values("fingerprint")
        .annotate(number=Count("licence", distinct=True))
        .values("number")
    )
    return KeyMark.objects.filter(licence__returned_on=None).annotate(others=Coalesce(Subquery(twins), 0))


def _allocations_to_retired() -> QuerySet[Allocation]:
    retired = Device.objects.exclude(retired_at=None).values("id")
    return Allocation.objects.filter(
        Q(subject_type=Subject.DEVICE, subject_id__in=retired), grant__licence__returned_on=None
    )


POPULATIONS: dict[str, Population] = {
    "device": Population(_devices, Kind.DEVICE, needs=("address",)),
    "asking": Population(_askings, Kind.DEVICE, subject="device_id", site="device__site_id", part="topic"),
    "authorization": Population(_authorizations, None, subject="subject_id", part="right"),
    "installation": Population(lambda: Installation.objects.filter(retired_at=None), Kind.INSTALLATION),
    "cloud_account": Population(lambda: CloudAccount.objects.filter(retired_at=None), Kind.CLOUD_ACCOUNT),
    "licence": Population(_licences, Kind.LICENCE),
    "position": Population(
        Position.objects.all, Kind.POOL, subject="pool_id", part="metric",
        needs=("demanded", "entitled", "differences"),
    ),
    "credential": Population(_credentials, Kind.CREDENTIAL),
    "key_mark": Population(_key_marks, Kind.LICENCE, subject="licence_id", site="licence__site_id"),
    "allocation_to_retired": Population(
        lambda: _allocations_to_retired().annotate(licence=F("grant__licence_id")), Kind.LICENCE,
        subject="grant__licence_id", site="grant__licence__site_id",
    ),
}  # fmt: skip
