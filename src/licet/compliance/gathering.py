"""What judging reads of the estate: devices with their facts in a few queries for thousands of them."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db.models import Count, Exists, OuterRef, Q

from licet.advisories.judging import Answer as Said_
from licet.advisories.models import Advisory, Exposure, Support
from licet.advisories.support import of_release
from licet.compliance.measures import TOPICS, Said, Seen
from licet.compliance.models import ChannelPurpose, Purpose
from licet.estate.models import Asking, Channel, CloudListing, Device, Fact, Subject
from licet.sites import bulk

AT_ONCE: Final = 2000
_COLUMNS: Final = (
    "id", "site_id", "kind", "model", "serial_number", "short_serial", "activated", "allow_basic", "ezviz_enabled",
    "ezviz_bound", "apps_running", "firmware_version", "firmware_build", "address", "scheme", "legacy_tls",
)  # fmt: skip


def devices(
    sites: Sequence[int],
    params: Mapping[int, Mapping[str, Any]],
    now: datetime,
    only: Sequence[int] | None = None,
) -> Iterator[tuple[int, int, Seen]]:
    """(device, site, what is known of it) of every device in use at these sites, or only of these. ``params`` are the sites' parameters."""
    ids: list[int] = []
    if only is None:
        for some in bulk.chunks(list(sites), 900):
            ids.extend(
                Device.objects.filter(retired_at=None, site__in=some)
                .order_by("site_id", "id")
                .values_list("id", flat=True)
            )
    else:
        for some in bulk.chunks(only):
            ids.extend(Device.objects.filter(retired_at=None, pk__in=some).order_by("id").values_list("id", flat=True))
    around = _Around(Advisory.objects.exists(), list(Support.objects.filter(product="")))
    for part in bulk.chunks(ids, AT_ONCE):
        yield from _some(part, params, now, around)


class _Around:
    """What is the same for every device: whether advisories are loaded, and the dates of support by model and version."""

    def __init__(self, loaded: bool, supports: list[Support]) -> None:
        self.loaded = loaded
        self._supports = supports
        self._ends: dict[tuple[str, str], date | None] = {}

    def end_of_support(self, model: str, version: str) -> date | None:
        """The last day of support; None = not known."""
        if (model, version) not in self._ends:
            row = of_release(self._supports, product="", model=model, version=version)
            self._ends[model, version] = row.end_of_support if row else None
        return self._ends[model, version]


def _some(
    ids: Sequence[int], params: Mapping[int, Mapping[str, Any]], now: datetime, around: _Around
) -> Iterator[tuple[int, int, Seen]]:
    # The oldest first, so that where two sources speak of one topic the newest stays.
    facts: dict[int, dict[str, Said]] = defaultdict(dict)
    for device, topic, value, pk, at in (
        Fact.objects.filter(subject_type=Subject.DEVICE, subject_id__in=ids, topic__in=TOPICS, superseded_at=None)
        .order_by("confirmed_at")
        .values_list("subject_id", "topic", "value", "id", "confirmed_at")
    ):
        facts[device][topic] = Said(value, pk, at)
    outcomes: dict[int, dict[str, str]] = defaultdict(dict)
    for device, topic, outcome in Asking.objects.filter(device__in=ids, topic__in=TOPICS).values_list(
        "device_id", "topic", "outcome"
    ):
        outcomes[device][topic] = outcome
    rows = {row["id"]: row for row in Device.objects.filter(pk__in=ids).values(*_COLUMNS)}
    stated = {
        pk: (purpose, owner)
        for pk, purpose, owner in Purpose.objects.filter(device__in=ids).values_list("device_id", "purpose", "owner")
    }
    channels = _unstated_channels([pk for pk, row in rows.items() if row["kind"] != "camera"])
    ours, others = _listed([row["short_serial"] for row in rows.values() if row["short_serial"]])
    exposed = _exposed(ids, {pk: params[row["site_id"]] for pk, row in rows.items()}, now)
    named = set(
        Exposure.objects.filter(subject_type=Subject.DEVICE, subject_id__in=ids, ended_at=None).values_list(
            "subject_id", flat=True
        )
    )
    for pk, row in rows.items():
        short = row["short_serial"]
        yield (
            pk,
            row["site_id"],
            Seen(
                {
                    **row,
                    **exposed.get(pk, {}),
                    "purpose": stated.get(pk, ("", ""))[0],
                    "owner": stated.get(pk, ("", ""))[1],
                    "channels_without_purpose": channels.get(pk),
                    "listed_by_us": short in ours,
                    "listed_elsewhere": short in others,
                    "advisories_loaded": around.loaded,
                    "named": pk in named,
                    "end_of_support": around.end_of_support(row["model"], row["firmware_version"]),
                },
                facts.get(pk, {}),
                outcomes.get(pk, {}),
            ),
        )


def _unstated_channels(ids: Sequence[int]) -> dict[int, int]:
    """Recorder -> how many of its channels lack purpose or owner. Only channels whose camera is not known by itself."""
    unstated = ~Q(Exists(ChannelPurpose.objects.filter(channel=OuterRef("pk")).exclude(purpose="").exclude(owner="")))
    rows = Channel.objects.filter(device__in=ids, retired_at=None, camera=None).order_by().values_list("device")
    return dict(rows.annotate(n=Count("id", filter=unstated)))


def _listed(shorts: Sequence[str]) -> tuple[set[str], set[str]]:
    """The short serials that an account of ours lists, and those that only another's does."""
    ours: set[str] = set()
    others: set[str] = set()
    rows = CloudListing.objects.filter(short_serial__in=shorts, unbound_at=None, account__retired_at=None)
    for short, own in rows.values_list("short_serial", "account__ours"):
        (ours if own else others).add(short)
    return ours, others - ours


def _exposed(
    ids: Sequence[int], params: Mapping[int, Mapping[str, Any]], now: datetime, subject: int = Subject.DEVICE
) -> dict[int, dict[str, list[str]]]:
    """Subject -> exploited_affected, exploited_unsure, overdue_affected, overdue_unsure: advisories that nobody has stated not to apply."""
    found: dict[int, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    rows = (
        Exposure.objects.filter(subject_type=subject, subject_id__in=ids, ended_at=None)
        .filter(answer__in=(Said_.AFFECTED, Said_.POSSIBLY, Said_.CANNOT_TELL))
        .exclude(statement__status="not_affected", statement__withdrawn_at=None)
        .order_by("-advisory__rank", "advisory__code")
    )
    for pk, answer, code, kev, severity, published in rows.values_list(
        "subject_id", "answer", "advisory__code", "advisory__kev_added", "advisory__severity", "advisory__published"
    ):
        how = "affected" if answer == Said_.AFFECTED else "unsure"
        if kev:
            found[pk][f"exploited_{how}"].append(code)
        days = int(params[pk]["patch_critical_days" if severity == "critical" else "patch_other_days"])
        if published and published < (now - timedelta(days=days)).date():
            found[pk][f"overdue_{how}"].append(code)
    return found


def exposed_software(
    ids: Sequence[int], params: Mapping[int, Mapping[str, Any]], now: datetime
) -> dict[int, dict[str, list[str]]]:
    """The same of software installations."""
    return _exposed(ids, params, now, Subject.INSTALLATION)
