"""Read paths of a large estate on PostgreSQL: what each page takes, and which of its statements reads a large table whole.

It reads the database that DATABASE_URL names and changes nothing in it: an estate of any size, so that what a page costs on the owner's
own can be measured too. Each statement is explained by the database itself; a table counts as large from LARGE rows on.
"""

import json
import os
import statistics
import sys
import time
from typing import Any

LARGE = int(os.environ.get("LARGE", "200000"))
ONLY = os.environ.get("ONLY", "").split()  # these paths alone
TIMES = 3
SLOW = 100  # milliseconds from which SHOW_SQL shows a statement
# Pages that read a list or an object, with what their address names; the object is one from the middle of its table.
OBJECTS = {
    "device": "estate.Device", "installation": "estate.Installation", "cloud-account": "estate.CloudAccount", "licence": "register.Licence",
    "pool": "register.Pool", "finding": "audits.Finding", "audit": "audits.Run", "site": "sites.Site", "person": "sites.Person",
}  # fmt: skip
QUERIES = (
    "/estate/?q=4242", "/estate/?kind=recorder", "/estate/?reach=unreachable", "/estate/?sort=model", "/estate/?sort=-last_answered",
    "/search/?q=000424242", "/search/?q=10.0.4.2", "/audits/findings/?severity=high", "/audits/findings/?state=open", "/authorizations/?status=unlicensed",
)  # fmt: skip


def run() -> None:
    if not os.environ.get("DATABASE_URL"):
        print("plans: name a PostgreSQL with DATABASE_URL; it reads an estate that is there and makes none")
        return
    os.environ["DJANGO_SETTINGS_MODULE"] = "licet.settings.server"
    import django

    django.setup()
    from django.db import connection
    from django.test import Client

    from licet.sites.models import Membership, Person

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, reltuples::bigint FROM pg_class WHERE relkind = 'r' AND reltuples >= %s", [LARGE]
        )
        large = dict(cursor.fetchall())
    print("plans: " + ", ".join(f"{name} {rows:,}" for name, rows in sorted(large.items(), key=lambda one: -one[1])))
    everywhere = Membership.objects.filter(role="administrator", site=None).values("person")
    here = Membership.objects.exclude(site=None).values("person")
    for who, person in (("everywhere", everywhere), ("one site", here)):
        client = Client(headers={"host": "localhost"})
        client.force_login(Person.objects.filter(pk__in=person, is_active=True)[0])
        print(f"  {who}: page, milliseconds min / median / max of {TIMES}, statements, tables read whole")
        for path in ONLY or (*_plain(), *_objects(), *QUERIES):
            print(f"    {path}: {_page(client, path, large)}", flush=True)


def _plain() -> list[str]:
    """Every page whose address names nothing."""
    from django.urls import get_resolver

    names = get_resolver().reverse_dict
    found = set()
    for name in names:
        if isinstance(name, str) and not name.endswith("export"):
            for possible in names.getlist(name):
                found |= {"/" + pattern for pattern, wanted in possible[0] if not wanted and "api/" not in pattern}
    return sorted(found - {"/sign-out/"})


def _objects() -> list[str]:
    from django.apps import apps
    from django.urls import NoReverseMatch, get_resolver, reverse

    found = []
    for name, label in OBJECTS.items():
        rows = apps.get_model(label).objects.order_by("pk").values_list("pk", flat=True)
        highest = rows.last()
        pk = rows.filter(pk__gte=highest // 2).first() if highest is not None else None
        for possible in get_resolver().reverse_dict.getlist(name) if pk is not None else ():
            for _, wanted in possible[0]:
                if len(wanted) == 1:
                    try:
                        found.append(reverse(name, kwargs={wanted[0]: pk}))
                    except NoReverseMatch:
                        print(f"    {name}: not by number", file=sys.stderr)
    return found


def _page(client: Any, path: str, large: dict[str, int]) -> str:
    from django.db import connection

    asked: list[tuple[str, Any]] = []
    slow: dict[str, float] = {}

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        asked.append((sql, params))
        began = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            slow[sql] = (time.perf_counter() - began) * 1000

    client.get(path)
    with connection.execute_wrapper(note):
        answer = client.get(path)
    if answer.status_code != 200:
        return f"answered {answer.status_code}"
    took = []
    for _ in range(TIMES):
        began = time.perf_counter()
        client.get(path)
        took.append((time.perf_counter() - began) * 1000)
    whole = _all_read_whole(asked, large)
    if os.environ.get("SHOW_SQL"):
        _show(path, whole, slow)
    figures = f"{min(took):.0f} / {statistics.median(took):.0f} / {max(took):.0f}"
    return f"{figures}, {len(asked)} statements, {', '.join(sorted(whole)) or 'none'}"


def _all_read_whole(asked: list[tuple[str, Any]], large: dict[str, int]) -> dict[str, str]:
    """What was read whole -> a statement that did so."""
    whole: dict[str, str] = {}
    for sql, params in asked:
        if sql.lstrip().upper().startswith(("SELECT", "WITH")):
            for table, how in _read_whole(sql, params, large):
                whole.setdefault(f"{table} ({how})", sql)
    return whole


def _show(path: str, whole: dict[str, str], slow: dict[str, float]) -> None:
    for name, sql in whole.items():
        print(f"      {path} {name}: {sql[:3000]}", file=sys.stderr)
    for sql, took in slow.items():
        if took > SLOW:
            print(f"      {path} {took:.0f} ms: {sql[:3000]}", file=sys.stderr)


def _read_whole(sql: str, params: Any, large: dict[str, int]) -> list[tuple[str, str]]:
    """(table, how) of each large table that a statement reads from its first row to its last."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", params)
        (told,) = cursor.fetchone()
    found: list[tuple[str, str]] = []
    waiting = [(json.loads(told) if isinstance(told, str) else told)[0]["Plan"]]
    while waiting:
        node = waiting.pop()
        waiting += node.get("Plans", [])
        rows = large.get(node.get("Relation Name", ""), 0)
        read = (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
        if rows and read > rows / 10:
            found.append((node["Relation Name"], f"{node['Node Type']}, {read:,.0f} rows"))
    return found


if __name__ == "__main__":
    run()
