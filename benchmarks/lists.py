"""List pages over 1,000,000 devices beside a bare Django view of the same indexed query, in the same run and process."""

import statistics
import time

from benchmarks.database import fill, open_database

DEVICES, DEMANDS, GRANTS, POOLS = 1_000_000, 1_000, 1_000, 100

BARE_PAGE = """<!doctype html><title>Estate</title><table>{% for d in rows %}<tr><td><a href="/estate/{{ d.id }}/">{{ d.name }}</a></td>
<td>{{ d.serial_number }}</td><td>{{ d.model }}</td><td>{{ d.kind }}</td><td>{{ d.address }}</td><td>{{ d.firmware_version }}</td>
<td>{{ d.reach }}</td><td>{{ d.last_answered_at|date:"c" }}</td><td>{{ d.site.full_name }}</td></tr>{% endfor %}</table>"""

PAGES = {
    "all, by name": ("/estate/", {}),
    "recorders": ("/estate/?kind=recorder", {"kind": "recorder"}),
    "unreachable": ("/estate/?reach=unreachable", {"reach": "unreachable"}),
    "by model": ("/estate/?sort=model", {}),
}


def run() -> None:
    open_database()
    fill(DEVICES, DEMANDS, GRANTS, POOLS)
    from datetime import UTC, datetime
    from unittest import mock

    from django.contrib.auth import get_user_model
    from django.http import HttpResponse
    from django.template import Context, Template
    from django.test import Client

    from licet.estate import read as estate_read
    from licet.estate.models import Device
    from licet.estate.read import as_row
    from licet.sites.models import Membership
    from licet.sites.paging import Counted, Page

    person = get_user_model().objects.create_user("bench", "Example-Pass-1")
    Membership.objects.create(person=person, role="administrator")
    client = Client(headers={"host": "localhost"})
    client.force_login(person)
    bare_page = Template(BARE_PAGE)

    def query(conditions, order):
        return Device.objects.filter(retired_at=None, **conditions).order_by(order, "id").select_related("site")[:50]

    def bare(conditions, order):
        return HttpResponse(bare_page.render(Context({"rows": query(conditions, order)})))

    def same_page(path, conditions, order):
        """Our page with its rows from the bare query: what is left is filters, scope, keyset paging and counts."""
        plain = Page(tuple(as_row(device, datetime.now(UTC)) for device in query(conditions, order)))
        none = estate_read.Facets(total=Counted(50))
        with (
            mock.patch.object(estate_read, "devices", return_value=plain),
            mock.patch.object(estate_read, "facets", return_value=none),
        ):
            assert client.get(path).status_code == 200

    print(f"lists: {DEVICES:,} devices, 50 rows a page, test client; milliseconds min / median / max of 9")
    for name, (path, conditions) in PAGES.items():
        order = "model" if "sort=model" in path else "name"
        ours, theirs, same = [], [], []
        for _ in range(9):
            started = time.perf_counter()
            bare(conditions, order)
            theirs.append((time.perf_counter() - started) * 1000)
            started = time.perf_counter()
            same_page(path, conditions, order)
            same.append((time.perf_counter() - started) * 1000)
            started = time.perf_counter()
            assert client.get(path).status_code == 200
            ours.append((time.perf_counter() - started) * 1000)
        ratio = statistics.median(ours) / statistics.median(theirs)
        fair = statistics.median(ours) / statistics.median(same)
        print(
            f"  {name}: bare query and bare table {_three(theirs)}, bare query in our page {_three(same)}, our page {_three(ours)};"
            f" ratio to the same page {fair:.2f} (target 1.5), to the bare table {ratio:.1f}"
        )


def _three(values: list[float]) -> str:
    return f"{min(values):.0f} / {statistics.median(values):.0f} / {max(values):.0f}"
