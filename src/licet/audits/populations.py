"""The populations that rules look at: which rows, what a row is a finding about, and where it is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Count, DateField, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce, Left
from django.utils import timezone

from licet.access import flags
from licet.access.models import Account
from licet.advisories.family import of_product
from licet.advisories.feed_age import stale_feeds
from licet.advisories.models import Exposure, Support
from licet.advisories.support import of_release
from licet.audits.models import Kind
from licet.authorization.models import Authorization, Position
from licet.estate.models import Asking, CloudAccount, Credential, Device, Installation, Subject
from licet.estate.service_models import CloudService, Connection, ServerDevice, ThirdParty
from licet.register.document_models import DocumentLink
from licet.register.life_models import ActivationEvent
from licet.register.missing import lacking, needed_kinds
from licet.register.models import Allocation, KeyMark, Licence, LicenceKey
from licet.sites.models import Site

OF_TYPE = {
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
        return self.kind or OF_TYPE[value]

    def may_be(self, kind: Kind) -> bool:
        """Whether there can be rows of the kind."""
        return kind in OF_TYPE.values() if self.kind is None else self.kind is kind

    def only(self, kind: Kind) -> dict[str, int]:
        """The condition that leaves rows of the kind."""
        return {"subject_type": next(code for code, of in OF_TYPE.items() if of is kind)} if self.kind is None else {}


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


def _accounts() -> QuerySet[Account]:
    """The accounts that are still there, each flag of :mod:`licet.access.flags` as a number that is 0 where it is not set."""
    each = {f"is_{code}": F("flags").bitand(flags.bits(frozenset({code}))) for code in flags.FLAGS}
    unreviewed = F("flags").bitand(flags.bits(frozenset({"never_reviewed", "overdue"})))
    return Account.objects.filter(gone_at=None).annotate(is_unreviewed=unreviewed, **each)


def _exposures() -> QuerySet[Exposure]:
    """What is affected now and under no statement that takes it out; a mitigated one still asks for its update."""
    return Exposure.objects.filter(Q(statement=None) | Q(statement__status="mitigated"), ended_at=None)


def _stale_feeds() -> QuerySet[Site]:
    names = ", ".join(str(one.kind) for one in stale_feeds(timezone.now()))
    return Site.objects.filter(parent=None).annotate(feeds=Value(names))


def _with_support(rows: Any, ends: dict[Any, list[Q]]) -> Any:
    known = [When(condition, then=Value(end)) for end, some in ends.items() for condition in some]
    never = Value(None, output_field=DateField())
    return rows.annotate(
        support_end=Case(*known, default=never, output_field=DateField()) if known else never
    )  # fmt: skip


def _devices_with_support() -> QuerySet[Device]:
    """Devices with the day on which support of their model and version ends, where one is stated; by releases in use, not by row."""
    rows, stated = _devices(), list(Support.objects.exclude(model_pattern="").exclude(end_of_support=None))
    by_end: dict[Any, dict[str, list[str]]] = {}
    releases = rows.order_by().values_list("model", "firmware_version").distinct() if stated else ()
    for model, version in releases:
        found = of_release(stated, product="", model=model, version=version)
        if found is not None and found.end_of_support is not None:
            by_end.setdefault(found.end_of_support, {}).setdefault(model, []).append(version)
    ends = {
        end: [Q(model=model, firmware_version__in=versions) for model, versions in models.items()]
        for end, models in by_end.items()
    }
    told: QuerySet[Device] = _with_support(rows, ends)
    return told


def _installations() -> QuerySet[Installation]:
    return Installation.objects.filter(retired_at=None)


def _installations_with_support() -> QuerySet[Installation]:
    rows, stated = _installations(), list(Support.objects.exclude(product="").exclude(end_of_support=None))
    ends: dict[Any, list[Q]] = {}
    for product, version in rows.order_by().values_list("product", "version").distinct() if stated else ():
        found = of_release(stated, product=of_product(product), model="", version=version)
        if found is not None and found.end_of_support is not None:
            ends.setdefault(found.end_of_support, []).append(Q(product=product, version=version))
    told: QuerySet[Installation] = _with_support(rows, ends)
    return told


def _licences_with_documents() -> QuerySet[Licence]:
    """Licences with the first kind of document that they lack; "" = none."""
    lacks = [
        When(pk__in=Licence.objects.filter(lacking(kind)).values("pk"), then=Value(kind)) for kind in needed_kinds()
    ]
    return Licence.objects.filter(returned_on=None).annotate(lacks=Case(*lacks, default=Value("")))


def _activated_licences() -> QuerySet[Licence]:
    """Active licences with the machine of their latest activation, and how often they were activated and not freed again."""
    made = ActivationEvent.objects.filter(licence=OuterRef("pk"), kind="activated")
    latest = made.order_by("-on", "-id")
    freed = ActivationEvent.objects.filter(licence=OuterRef("pk"), kind="deactivated")
    return Licence.objects.filter(returned_on=None, activation=Licence.Activation.ACTIVE).annotate(
        virtual=Subquery(latest.values("virtual")[:1]), bound_host=Subquery(latest.values("host")[:1]),
        activations_made=_number(made), activations_open=F("activations_made") - _number(freed),
    )  # fmt: skip


def _number(rows: QuerySet[Any]) -> Coalesce:
    counted = rows.order_by().values("licence").annotate(number=Count("id")).values("number")
    return Coalesce(Subquery(counted), 0)


def _licence_keys() -> QuerySet[LicenceKey]:
    about = DocumentLink.objects.filter(
        Q(about="licence", object_id=OuterRef("licence_id")) | Q(about="order", object_id=OuterRef("licence__order_id"))
    )
    number = about.order_by().annotate(one=Value(1)).values("one").annotate(number=Count("id")).values("number")
    return LicenceKey.objects.filter(licence__returned_on=None).annotate(documents=Coalesce(Subquery(number), 0))


def _server_devices() -> QuerySet[ServerDevice]:
    return ServerDevice.objects.filter(installation__retired_at=None).annotate(short_code=Left("code", 60))


POPULATIONS: dict[str, Population] = {
    "device": Population(_devices, Kind.DEVICE, needs=("address",)),
    "asking": Population(_askings, Kind.DEVICE, subject="device_id", site="device__site_id", part="topic"),
    "authorization": Population(_authorizations, None, subject="subject_id", part="right"),
    "installation": Population(_installations, Kind.INSTALLATION),
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
    "account": Population(_accounts, Kind.ACCOUNT),
    "exposure": Population(_exposures, None, subject="subject_id", part="advisory__code"),
    "stale_feeds": Population(_stale_feeds, Kind.SITE, site="id"),
    "device_support": Population(_devices_with_support, Kind.DEVICE),
    "installation_support": Population(_installations_with_support, Kind.INSTALLATION),
    "licence_documents": Population(_licences_with_documents, Kind.LICENCE),
    "activated_licence": Population(_activated_licences, Kind.LICENCE),
    "licence_key": Population(_licence_keys, Kind.KEY, site="licence__site_id"),
    "account_connection": Population(
        lambda: Connection.objects.filter(account__retired_at=None, account__isnull=False), Kind.CLOUD_ACCOUNT,
        subject="account_id",
    ),
    "server_connection": Population(
        lambda: Connection.objects.filter(installation__retired_at=None, installation__isnull=False), Kind.INSTALLATION,
        subject="installation_id",
    ),
    "server_device": Population(
        _server_devices, Kind.INSTALLATION, subject="installation_id", site="installation__site_id", part="short_code"
    ),
    "health_service": Population(
        lambda: CloudService.objects.filter(code="health_monitoring", account__retired_at=None), Kind.CLOUD_ACCOUNT,
        subject="account_id", site="account__site_id", part="short_serial",
    ),
    "third_party": Population(lambda: ThirdParty.objects.filter(ended_at=None), Kind.THIRD_PARTY),
}  # fmt: skip
