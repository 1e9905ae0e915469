"""What the demo estate's owner has bought, and the software it runs on: plain data and the register as CSV text."""

import csv
import io
from dataclasses import asdict, dataclass, fields
from datetime import date

HEADQUARTERS = "HikCentral Berlin"
APPLIANCE = "HikCentral appliance Auckland"
SHOP = "HikCentral Honolulu"
TRIAL = "HikCentral trial Madrid"
DOORS = "HikCentral doors Honolulu"

PRODUCT = "HikCentral Professional"


@dataclass(frozen=True, slots=True)
class DemoInstallation:
    """A software installation. ``product`` is the catalogue's product name; ``reported`` is what its licence page says: (metric, total, used)."""

    name: str
    site: str
    product: str
    version: str
    host: str
    activated_on: date | None
    in_production: bool = True
    reported: tuple[tuple[str, int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Purchase:
    """One line of the register; the field names, capitalised, are the headings."""

    product: str
    sku: str
    quantity: int
    order: str
    purchased: date
    starts: date | None
    expires: date | None
    activated: date | None
    site: str
    pool: str
    price: str
    currency: str
    note: str = ""


def months_before(day: date, months: int) -> date:
    """The same day ``months`` earlier, not after the 28th, so that it exists."""
    total = day.year * 12 + day.month - 1 - months
    return date(total // 12, total % 12 + 1, min(day.day, 28))


def installations(today: date) -> tuple[DemoInstallation, ...]:
    """Five installations: one in balance, one with room, one over-deployed and out of maintenance, a trial in production, one without its base."""
    return (
        DemoInstallation(
            HEADQUARTERS, "Berlin HQ", PRODUCT, "2.6.1.20250113", "hcp.berlin.example.org", months_before(today, 30),
            reported=(("camera", 213, 213), ("door", 24, 24), ("anpr_camera", 6, 6)),
        ),
        DemoInstallation(
            APPLIANCE, "Auckland depot", PRODUCT, "2.6.0.20240511", "hcp.auckland.example.org", months_before(today, 8),
            reported=(("camera", 300, 66),),
        ),
        DemoInstallation(
            SHOP, "Honolulu shop", PRODUCT, "2.3.0.20220425", "hcp.honolulu.example.org", months_before(today, 41),
            reported=(("camera", 32, 32),),
        ),
        DemoInstallation(TRIAL, "Madrid warehouse", PRODUCT, "2.6.1.20250113", "trial.madrid.example.org", months_before(today, 1)),
        DemoInstallation(DOORS, "Honolulu shop", PRODUCT, "2.3.0.20220425", "doors.honolulu.example.org", months_before(today, 20)),
    )  # fmt: skip


def purchases(today: date) -> tuple[Purchase, ...]:
    """The register of the demo estate (licensing.md 7, part numbers of skus.csv; prices invented)."""
    first, second = months_before(today, 30), months_before(today, 14)
    new, old, doors = months_before(today, 8), months_before(today, 41), months_before(today, 20)
    trial = months_before(today, 1)
    ends = date.fromordinal(today.toordinal() + 12)

    def line(
        sku: str,
        quantity: int,
        order: str,
        day: date,
        site: str,
        pool: str,
        price: str,
        *,
        expires: date | None = None,
        note: str = "",
    ) -> Purchase:
        return Purchase(PRODUCT, sku, quantity, order, day, day, expires, day, site, pool, price, "EUR", note)

    berlin = ("Berlin HQ", HEADQUARTERS)
    shop = ("Honolulu shop", SHOP)
    return (
        line("HikCentral-P-VSS-Base/0Ch", 1, "PO-1001", first, *berlin, "45.00", note="perpetual"),
        line("HikCentral-P-VSS-1Ch", 150, "PO-1001", first, *berlin, "6300.00", note="perpetual"),
        line("HikCentral-P-VSS-1Ch", 63, "PO-1207", second, *berlin, "2709.00", note="perpetual, warehouse added"),
        line("HikCentral-P-ACS-16Door/Base", 1, "PO-1001", first, *berlin, "900.00"),
        line("HikCentral-P-ACS-1Door", 8, "PO-1207", second, *berlin, "480.00"),
        line("HikCentral-P-ANPR-1Camera", 6, "PO-1207", second, *berlin, "1380.00"),
        line(
            "HikCentral-P-VER/HW1D/300",
            1,
            "PO-2001",
            new,
            "Auckland depot",
            APPLIANCE,
            "13500.00",
            note="server with 300 channels",
        ),
        line("HikCentral-P-VSS-Base/0Ch", 1, "PO-0311", old, *shop, "45.00"),
        line("HikCentral-P-VSS-1Ch", 32, "PO-0311", old, *shop, "1344.00"),
        line(
            "HikCentral-P trial",
            1,
            "PO-3001",
            trial,
            "Madrid warehouse",
            TRIAL,
            "0.00",
            expires=ends,
            note="trial, size not stated",
        ),
        line(
            "HikCentral-P-ACS-1Door", 4, "PO-0502", doors, "Honolulu shop", DOORS, "240.00", note="no door base on file"
        ),
    )


def register_csv(rows: tuple[Purchase, ...]) -> str:
    """The register as CSV text, headings in English, dates ISO 8601, empty = not known."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow("SKU" if field.name == "sku" else field.name.capitalize() for field in fields(Purchase))
    for row in rows:
        writer.writerow("" if value is None else value for value in asdict(row).values())
    return out.getvalue()
