"""Judging every control of a large estate: time and the most memory, first, again with nothing changed, and after a sweep of one site."""

import json
import resource
import time
from datetime import UTC, datetime, timedelta

from benchmarks.database import fill, open_database

DEVICES = 100_000
_FACTS = {
    "device_info": {"manufacturer": "Hikvision", "firmware_version": "5.7.17"},
    "users": {
        "users": [
            {"id": "1", "name": "admin", "level": "Administrator"},
            {"id": "2", "name": "op", "level": "Operator"},
        ]
    },
    "user_check": {"default_password": False, "risk_password": False},
    "login_lock": {"enabled": True, "max_attempts": 5, "lock_seconds": 1800},
    "admin_accesses": {"protocols": [{"protocol": "HTTP", "enabled": True}, {"protocol": "HTTPS", "enabled": True}]},
    "time": {"mode": "NTP", "drift_seconds": 1},
    "ntp": {"servers": [{"host": "192.0.2.1", "interval_minutes": 60}]},
    "ezviz": {"enabled": False},
    "isup": {"enabled": False},
}


def run() -> None:
    open_database()
    fill(DEVICES, 1000, 100, 10)
    now = datetime(2026, 11, 26, 12, tzinfo=UTC)
    _tell(now)
    from licet.compliance.judging import follow, rejudge
    from licet.compliance.models import Result
    from licet.estate.models import Device

    print(f"compliance: {DEVICES:,} devices at 100 sites, {len(_FACTS)} topics each; memory before: {_memory()} MiB")
    for name, at in (("first, which opens all", now), ("again, nothing changed", now + timedelta(minutes=1))):
        began = time.monotonic()
        done = rejudge(None, at)
        print(
            f"  {name}: {time.monotonic() - began:.1f} s, {done.changes:,} results opened, most memory {_memory()} MiB",
            flush=True,
        )
    print(f"  results: {Result.objects.filter(ended_at=None).count():,}")
    later = now + timedelta(minutes=2)
    asked = list(Device.objects.filter(site=Device.objects.values("site")[:1]).values_list("id", flat=True))
    began = time.monotonic()
    follow(later, later, asked)
    print(f"  after a sweep of one site of {len(asked):,} devices: {time.monotonic() - began:.2f} s", flush=True)


def _memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _tell(now: datetime) -> None:
    from django.db import connection

    from licet.estate.models import Subject

    at = connection.ops.adapt_datetimefield_value(now)
    with connection.cursor() as cursor:
        for topic, value in _FACTS.items():
            cursor.execute(
                "INSERT INTO estate_fact (subject_type, subject_id, topic, value, source, notes, observed_at, confirmed_at)"
                " SELECT %s, id, %s, %s, 'isapi:bench', '[]', %s, %s FROM estate_device",
                [int(Subject.DEVICE), topic, json.dumps(value), at, at],
            )
