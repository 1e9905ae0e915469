"""What a monitoring system reads, in the text form of Prometheus. Numbers alone: no names, sites, addresses or serial numbers.

Written here and not by prometheus-client: the numbers come from the database, and its registry would hold a copy of them.
"""

import shutil
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from django.db import connection
from django.db.models import Count, Max

from licet import __version__
from licet.alerts.models import Message
from licet.audits.models import Run
from licet.authorization.models import Authorization
from licet.estate.models import Device, Subject
from licet.ledger.read import last_seq
from licet.register.import_models import ImportRun
from licet.settings import data_folder

_KEPT: Final = 15.0  # seconds, so that asking often costs the database nothing
Sample = tuple[Mapping[str, str], float]
_lock = threading.Lock()
_last: list[tuple[float, str]] = []


def of_installation() -> str:
    """The state of estate, jobs and disk, as it was at most 15 seconds ago."""
    with _lock:
        if not _last or time.monotonic() - _last[0][0] > _KEPT:
            _last[:] = [(time.monotonic(), "".join(_families()))]
        return _last[0][1]


def of_requests(counted: Mapping[tuple[str, str], tuple[list[int], float]], steps: Iterable[float]) -> str:
    """How long requests took in this process, as a histogram."""
    name = "licet_request_duration_seconds"
    lines = [f"# HELP {name} Time until a request was answered by this process.\n# TYPE {name} histogram\n"]
    limits = [*(f"{step:g}" for step in steps), "+Inf"]
    for (method, status), (sums, seconds) in counted.items():
        kind = {"method": method, "status": status}
        lines += [
            _line(f"{name}_bucket", {**kind, "le": limit}, total) for limit, total in zip(limits, sums, strict=True)
        ]
        lines += [_line(f"{name}_sum", kind, seconds), _line(f"{name}_count", kind, sums[-1])]
    return "".join(lines)


def _families() -> Iterator[str]:
    yield _family("licet_info", "The version that runs.", [({"version": __version__}, 1)])
    kept = Device.objects.filter(retired_at=None).order_by()
    devices = kept.values_list("kind", "reach").annotate(number=Count("pk"))
    yield _family(
        "licet_devices", "Devices by kind and how the last sweep reached them.",
        (({"kind": kind, "reach": reach or "never_asked"}, number) for kind, reach, number in devices),
    )  # fmt: skip
    decided = Authorization.objects.filter(valid_to=None).order_by()
    yield _family(
        "licet_authorizations", "Subjects and rights by kind of subject and status.",
        (
            ({"subject": Subject(subject).name.lower(), "kind": kind, "status": status}, number)
            for subject, kind, status, number in decided.values_list("subject_type", "kind", "status").annotate(
                number=Count("pk")
            )
        ),
    )  # fmt: skip
    yield _family(
        "licet_device_authorizations", "Devices by kind, right and status of the device itself.",
        (({"kind": kind, "right": right, "status": status}, number) for kind, right, status, number in _of_devices()),
    )  # fmt: skip
    yield _family(
        "licet_jobs", "Work by kind and state.",
        (
            ({"job": job, "state": state}, number)
            for job, rows in (("import", ImportRun.objects), ("audit", Run.objects), ("message", Message.objects))
            for state, number in rows.order_by().values_list("state").annotate(number=Count("pk"))
        ),
    )  # fmt: skip
    swept = kept.aggregate(asked=Max("last_asked_at"), answered=Max("last_answered_at"))
    yield _family(
        "licet_last_sweep_timestamp_seconds", "When a device was last asked, and last answered.",
        (({"what": what}, at.timestamp()) for what, at in swept.items() if at is not None),
    )  # fmt: skip
    yield _family("licet_record_entries", "The number of the record's last entry.", [({}, last_seq())])
    yield _family("licet_disk_free_bytes", "Room in the data folder.", [({}, shutil.disk_usage(data_folder()).free)])


def _of_devices() -> list[tuple[str, str, str, int]]:
    with connection.cursor() as cursor:
        cursor.execute(
            'SELECT d.kind, a."right", a.status, count(*) FROM authorization_authorization a'
            " JOIN estate_device d ON d.id = a.subject_id"
            " WHERE a.valid_to IS NULL AND a.subject_type = %s AND a.kind = 'device' GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
            [Subject.DEVICE],
        )
        return list(cursor.fetchall())


def _family(name: str, meaning: str, samples: Iterable[Sample]) -> str:
    return f"# HELP {name} {meaning}\n# TYPE {name} gauge\n" + "".join(_line(name, *sample) for sample in samples)


def _line(name: str, labels: Mapping[str, str], value: float) -> str:
    told = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
    return f"{name}{{{told}}} {value:.17g}\n" if told else f"{name} {value:.17g}\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
