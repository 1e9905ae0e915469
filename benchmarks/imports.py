"""An import beside a bare csv.reader loop that turns the same cells into the same kinds of values, in the same run."""

import csv
import io
import resource
import time
from datetime import date
from decimal import Decimal

from benchmarks.database import open_database

LINES, LONG = 20_000, 100_000
HEADINGS = "Product,Quantity,Order,Purchased,Expires,Site,Price\n"


def register(lines: int) -> bytes:
    """A register as integrators keep it: the same products and days again and again, three lines an order, forty sites."""
    rows = (
        f"HikCentral-P-VSS-1Ch,{1 + i % 50},PO-{i // 3},{i % 28 + 1:02}/0{1 + i % 9}/2025,2027-{1 + i % 12:02}-{1 + i % 28:02},"
        f"Site {i // 3 % 40},{100 + i % 900}.{i % 100:02}\n"
        for i in range(lines)
    )
    return (HEADINGS + "".join(rows)).encode()


def bare(data: bytes) -> int:
    """The loop that somebody would write who knows this file."""
    found = []
    reader = csv.reader(io.TextIOWrapper(io.BytesIO(data), encoding="utf-8", newline=""))
    next(reader)
    for product, quantity, order, purchased, expires, site, price in reader:
        day, month, year = purchased.split("/")
        found.append(
            (
                product.strip(), int(quantity), order.strip(), date(int(year), int(month), int(day)),
                date.fromisoformat(expires), site.strip(), Decimal(price),
            )
        )  # fmt: skip
    return len(found)


def read(data: bytes) -> int:
    from hashlib import sha256

    from licet.register.intake import Context, stream

    context = Context(today=date(2026, 11, 26), fingerprint=lambda text: sha256(text.encode()).hexdigest())
    reading = stream(data, "register.csv", "auto", context)
    number = sum(1 for _ in reading.records())
    assert not reading.result.asked
    return number


def rate(work, data: bytes, lines: int) -> float:
    began = time.process_time()
    assert work(data) == lines
    return lines / (time.process_time() - began)


def run() -> None:
    data = register(LINES)
    ratios = []
    for _ in range(3):
        loop, ours = rate(bare, data, LINES), rate(read, data, LINES)
        ratios.append(ours / loop)
        print(
            f"imports: {LINES:,} lines: bare loop {loop:,.0f} lines/s, read and validated {ours:,.0f} lines/s, ratio {ratios[-1]:.3f}"
        )
    print(
        f"  ratio min / median / max: {' / '.join(f'{r:.3f}' for r in sorted(ratios))}; target 20,000 lines/s on one core"
    )
    open_database()
    _write(data, LINES)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    rate(read, register(LONG), LONG)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    print(
        f"  reading {LONG:,} lines: peak memory grew by {grown:.0f} MiB, of which {len(register(LONG)) >> 20} MiB are the file"
    )


def _write(data: bytes, lines: int) -> None:
    from licet.register.catalogue import load_catalogue
    from licet.register.importing import import_file
    from licet.register.undoing import undo
    from licet.sites.record import add_site
    from licet.sites.scope import SYSTEM

    load_catalogue()
    root = add_site(SYSTEM, "Group")

    def put(dry_run=False):
        began = time.process_time()
        report = import_file(SYSTEM, data, "register.csv", site=root, dry_run=dry_run)
        return report, lines / (time.process_time() - began)

    _, dry = put(dry_run=True)
    first, written = put()
    assert first.created == lines
    _, again = put()
    began = time.process_time()
    undo(SYSTEM, first.run)
    back = lines / (time.process_time() - began)
    print(
        f"  {lines:,} lines of processor time: dry run {dry:,.0f} lines/s, written {written:,.0f} lines/s, again without change "
        f"{again:,.0f} lines/s, taken back {back:,.0f} lines/s"
    )
