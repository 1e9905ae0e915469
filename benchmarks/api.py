"""The REST API over many devices: lists beside the bare query of the same rows and columns, and rows written a second in sets."""

import json
import os
import statistics
import time

from benchmarks.database import fill, open_database

DEVICES, DEMANDS, GRANTS, POOLS = int(os.environ.get("LICET_BENCH_DEVICES", "1000000")), 1_000, 1_000, 100
TIMES = 15

LISTS = {
    "devices by name": ("/devices", {}, "name"),
    "recorders": ("/devices?kind=recorder", {"kind": "recorder"}, "name"),
    "unreachable": ("/devices?reach=unreachable", {"reach": "unreachable"}, "name"),
    "by model": ("/devices?sort=model", {}, "model"),
}


def run() -> None:
    open_database()
    fill(DEVICES, DEMANDS, GRANTS, POOLS)
    from datetime import UTC, datetime
    from unittest import mock

    from django.conf import settings
    from django.contrib.auth import get_user_model
    from django.core.serializers.json import DjangoJSONEncoder
    from django.test import Client

    from licet.estate import read
    from licet.estate.models import Device
    from licet.sites.models import Membership, Site
    from licet.sites.paging import Page
    from licet.sites.token import SCOPES, add_token

    settings.LICET_REQUESTS_PER_ACCOUNT = 10**9
    person = get_user_model().objects.create_user("bench", "Example-Pass-1")
    Membership.objects.create(person=person, role="administrator")
    _row, token = add_token(person.actor(), person, "bench", list(SCOPES), days=1)
    client = Client(headers={"host": "localhost", "Authorization": f"Bearer {token}"})

    def query(conditions, order):
        rows = Device.objects.filter(retired_at=None, **conditions).order_by(order, "id").select_related("site")[:50]
        return [read.as_row(row, datetime.now(UTC)) for row in rows]

    def bare(conditions, order):
        """The same rows and columns as JSON; no token, no scope, no middleware."""
        rows = query(conditions, order)
        return json.dumps([{name: getattr(row, name) for name in row.__slots__} for row in rows], cls=DjangoJSONEncoder)

    def same_answer(where, conditions, order):
        """Our answer with its rows from the bare query: what is left is scope, filters and paging."""
        with mock.patch.object(read, "devices", return_value=Page(tuple(query(conditions, order)))):
            assert client.get(f"/api/v1{where}").status_code == 200

    print(f"api: {DEVICES:,} devices, 50 rows an answer, test client; milliseconds min / median / max of {TIMES}")
    for name, (where, conditions, order) in LISTS.items():
        ours, theirs, same = [], [], []
        for _ in range(TIMES):
            theirs.append(_took(lambda: bare(conditions, order)))
            same.append(_took(lambda: same_answer(where, conditions, order)))
            ours.append(_took(lambda: client.get(f"/api/v1{where}")))
        whole = statistics.median(ours) / statistics.median(theirs)
        fair = statistics.median(ours) / statistics.median(same)
        print(
            f"  {name}: bare query as JSON {_three(theirs)}, our answer with its rows {_three(same)}, our answer {_three(ours)};"
            f" ratio to the bare query {whole:.2f}, to the same answer {fair:.2f} (target 1.5)"
        )
    _write(client, Site.objects.order_by("-id").first().pk)


def _write(client, site):
    devices = [{"site": site, "address": f"10.{n // 65_536}.{n // 256 % 256}.{n % 256}"} for n in range(5_000)]
    licences = [{"site": site, "title": "Software of the bench", "units": 1, "order": f"B-{n}"} for n in range(5_000)]
    for name, rows in (("devices", devices), ("licences", licences)):
        began = time.perf_counter()
        for start in range(0, len(rows), 1000):
            body = {name: rows[start : start + 1000], "all_or_nothing": True}
            answer = client.post(f"/api/v1/{name}/bulk", json.dumps(body), content_type="application/json")
            assert answer.status_code == 200, answer.content[:500]
        seconds = time.perf_counter() - began
        print(f"  {len(rows):,} {name} in sets of 1,000: {len(rows) / seconds:,.0f} a second")


def _took(act):
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1000


def _three(values):
    return f"{min(values):.1f} / {statistics.median(values):.1f} / {max(values):.1f}"
