"""The register as a table that Licet reads back to the same register: spreadsheets open it right and run nothing of it (C124, C125).

Keys stay in the vault; allocations by hand stay where they are.
"""

import json
from collections.abc import Iterator
from typing import Any, Final

from licet.register.models import Licence
from licet.sites.models import Site
from licet.sites.scope import Actor

HEADINGS: Final = (
    "Licet reference", "Product", "Licet product", "Part number", "Kind", "Term", "Quantity", "Licet grants", "Pool", "Site", "Order",
    "Vendor", "Purchased on", "Starts on", "Expires on", "Termination date", "Notice by", "Maintenance until", "Licet activation",
    "Activated on", "Price", "Currency", "Assigned to", "Note", "Licet more",
)  # fmt: skip
# Further fields of a licence, together in one cell as JSON; a blank one is left out.
MORE: Final = (
    "site_wide", "notice_period_days", "auto_renew", "cost_centre", "contact", "support_contract", "custom", "two_people",
    "returned_on",
)  # fmt: skip


def reference_of(row: Licence) -> str:
    """What a licence is known by when its line is read again: its identity or, of one entered by hand, its number and time."""
    return row.identity or f"licet:{row.pk}:{int(row.created_at.timestamp() * 1_000_000)}"


def rows(actor: Actor, site: Site | None = None) -> Iterator[tuple[Any, ...]]:
    """One row for each licence in scope, in the order of :data:`HEADINGS`; only a few are held at a time."""
    found = Licence.objects.visible_to(actor).under(site).order_by("id")
    found = found.select_related("product", "sku", "pool", "site", "order").prefetch_related("grants")
    for row in found.iterator(chunk_size=1000):
        grants = "; ".join(f"{'unlimited' if g.quantity is None else g.quantity} {g.metric}" for g in row.grants.all())
        more = {name: value for name in MORE if (value := getattr(row, name)) not in (None, "", False, {})}
        yield (
            reference_of(row), row.title, row.product.code if row.product else "", row.sku.code if row.sku else "", row.kind,
            row.term, row.units, grants, row.pool.name if row.pool else "", row.site.full_name,
            row.order.number if row.order else "", row.order.vendor if row.order else "", row.purchased_on, row.starts_on,
            row.expires_on, row.terminates_on, row.notice_on, row.maintenance_until, row.activation, row.activated_on, row.price,
            row.currency, row.assignee, row.note, json.dumps(more, default=str, ensure_ascii=False) if more else "",
        )  # fmt: skip
