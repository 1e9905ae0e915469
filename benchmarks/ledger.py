"""Verifying a record of 1,000,000 entries beside a bare loop that reads and hashes the same texts; pages of it; writing to it."""

import hashlib
import statistics
import time
from datetime import UTC, datetime, timedelta

from benchmarks.database import open_database

ENTRIES = 1_000_000
ACTIONS = (
    ("sweep:run:finished", "site"), ("authorization:pools:reconciled", "pool"), ("register:licence:added", "licence"),
    ("estate:device:replaced", "device"), ("web:list:exported", "list"), ("sites:person:signed_in", "person"),
)  # fmt: skip


def fill(entries):
    """A record of so many entries by 200 people at 100 sites over three years, as ``append`` would have written it."""
    from django.db import connection, transaction

    from licet.ledger import chain, checkpoint
    from licet.ledger.models import Name
    from licet.sites.record import add_site
    from licet.sites.scope import SYSTEM

    top = add_site(SYSTEM, "Bench")
    for n in range(99):
        add_site(SYSTEM, f"Site {n}", parent=top)
    people = [chain.pseudonym("salt", f"person{n}") for n in range(200)]
    Name.objects.bulk_create(Name(pseudonym=one, salt="salt", label=f"person{n}") for n, one in enumerate(people))
    start, last = datetime(2023, 11, 26, tzinfo=UTC), 100
    previous = connection_digest()
    columns = (
        "seq", "at", "actor", "action", "object_type", "object_id", "site", "reason_digest", "part", "digest", "text",
        "reason", "previous",
    )  # fmt: skip
    statement = f"INSERT INTO ledger_entry ({', '.join(columns)}) VALUES ({', '.join(['%s'] * len(columns))})"
    reason = "INSERT INTO ledger_reason (seq, salt, text) VALUES (%s, %s, %s)"
    while last < entries:
        rows, reasons = [], []
        with transaction.atomic():
            for seq in range(last + 1, min(last + 10_000, entries) + 1):
                action, kind = ACTIONS[seq * 7919 % 1009 % len(ACTIONS)]
                at = (start + timedelta(seconds=seq * 94)).isoformat(timespec="microseconds")
                told = chain.reason_digest("salt", f"ticket {seq}") if seq % 50 == 0 else ""
                head = (seq, at, people[seq * 31 % 200], action, kind, str(seq % 50_000), 1 + seq * 17 % 100)
                text = chain.text_of(
                    *head, previous, told, None, {"asked": seq % 977, "answered": 12, "note": "Tor Süd"}
                )
                previous = chain.digest(text)
                rows.append((*head, told, chain.part_of(action), previous, text, "", ""))
                if told:
                    reasons.append((seq, "salt", f"ticket {seq}"))
                if seq % checkpoint.EVERY == 0:
                    checkpoint.make(seq, previous)
            with connection.cursor() as cursor:
                cursor.executemany(statement, rows)
                cursor.executemany(reason, reasons)
        last += len(rows)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def connection_digest():
    from licet.ledger.models import Entry

    return Entry.objects.order_by("-seq").values_list("digest", flat=True)[0]


def bare():
    """Reads the texts and digests of the same rows and hashes them: the least that verifying could be."""
    from django.db import connection

    last, number = 0, 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute("SELECT seq, digest, text FROM ledger_entry WHERE seq > %s ORDER BY seq LIMIT 5000", [last])
            rows = cursor.fetchall()
        if not rows:
            return number
        for _, digest, text in rows:
            if hashlib.sha256(text.encode()).hexdigest() != digest:
                raise SystemExit("not the record that was written")
            number += 1
        last = rows[-1][0]


def timed(function):
    """Seconds of this process's own work: on a machine that others use, the clock on the wall tells of them."""
    start = time.process_time()
    function()
    return time.process_time() - start


def run() -> None:
    open_database()
    fill(ENTRIES)
    from licet.ledger.read import verify

    def whole():
        verdict = verify()
        if not (verdict.ok and verdict.entries == ENTRIES and verdict.signed_up_to == ENTRIES):
            raise SystemExit(verdict.why)

    print(
        f"ledger: {ENTRIES:,} entries, {ENTRIES // 1000:,} checkpoints, {ENTRIES // 50:,} reasons; seconds of processor time"
    )
    ratios = []
    for _ in range(5):
        loop, ours = timed(bare), timed(whole)
        ratios.append(ours / loop)
        print(f"  bare loop {loop:.2f}, verify {ours:.2f}, ratio {ours / loop:.2f}")
    print(
        f"  ratio min / median / max {min(ratios):.2f} / {statistics.median(ratios):.2f} / {max(ratios):.2f} (target 2)"
    )
    _pages()
    _writes()


def _pages():
    from django.test import Client

    from licet.ledger.chain import pseudonym
    from licet.sites.models import Membership, Person, Site

    person = Person.objects.create_user("bench", "Example-Pass-1")
    Membership.objects.create(person=person, role="administrator")
    client = Client(headers={"host": "localhost"})
    client.force_login(person)
    one = pseudonym("salt", "person7")
    site = Site.objects.get(name="Site 7").pk
    print("  pages, milliseconds min / median / max of 5")
    for name, query in (
        ("newest", ""), ("deep", "c=b500000"), ("one person", f"actor={one}"), ("one part", "part=estate"),
        ("one object", "object=device+4242"), ("a month two years ago", "from=2024-11-01&to=2024-11-30"),
        ("person and month", f"actor={one}&from=2024-11-01&to=2024-11-30"), ("one site", f"site={site}"),
        ("all sites", "site="), ("words of a reason", "q=ticket+77"), ("a person's name", "q=person42"),
        ("nothing found", "q=zzzz"),
    ):  # fmt: skip
        took = []
        for _ in range(5):
            start = time.perf_counter()
            answer = client.get(f"/record/?{query}")
            took.append((time.perf_counter() - start) * 1000)
            if answer.status_code != 200:
                raise SystemExit(f"{name}: {answer.status_code}")
        print(f"    {name}: {min(took):.0f} / {statistics.median(took):.0f} / {max(took):.0f}")


def _writes():
    from django.db import transaction

    from licet.ledger.record import append

    def thousand():
        with transaction.atomic():
            for n in range(1000):
                append(actor="anna", action="a:b:c", object_type="x", object_id=n, reason="why", after={"n": n})

    print(f"  1,000 entries with reasons in one transaction: {timed(thousand):.2f} s")
