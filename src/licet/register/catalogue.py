"""The product catalogue: shipped data into the database, and what a part number gives."""

from dataclasses import asdict, dataclass
from typing import Any

from django.db import transaction

from licet.register.intake.catalogue import shipped
from licet.register.intake.sku import match
from licet.register.intake.skutext import plain
from licet.register.models import Licence, Product, Sku


@dataclass(frozen=True, slots=True)
class Gives:
    """What so many units of a product give, as far as the catalogue knows."""

    product: str = ""
    sku: str = ""
    kind: str = Licence.Kind.OTHER
    grants: tuple[tuple[str, int | None], ...] = ()


@transaction.atomic
def load_catalogue() -> int:
    """Bring the database's catalogue up to the shipped one; own entries stay. Returns how many part numbers are shipped."""
    catalogue = shipped()
    products = {
        entry.code: Product.objects.update_or_create(code=entry.code, defaults=_columns(Product, asdict(entry)))[0]
        for entry in catalogue.products
    }
    for sku in catalogue.skus:
        columns = {**_columns(Sku, asdict(sku)), "aliases": list(sku.aliases), "product": products[sku.product.code]}
        Sku.objects.update_or_create(code=sku.code, defaults=columns)
    return len(catalogue.skus)


def _columns(model: type[Product | Sku], entry: dict[str, Any]) -> dict[str, Any]:
    """The entry's values that the table keeps; notes and sub-entries stay in the file."""
    names = {field.name for field in model._meta.concrete_fields}  # noqa: SLF001
    columns = {name: value for name, value in entry.items() if name in names and name != "code" and value is not None}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in columns.items()}


def what_it_gives(text: str, units: int | None) -> Gives:
    """What ``units`` of the product or part number named ``text`` give; None units = unlimited."""
    wanted = plain(text)
    for sku in Sku.objects.select_related("product"):
        if wanted in {plain(sku.code), *(plain(alias) for alias in sku.aliases)}:
            return Gives(sku.product.code, sku.code, sku.kind, grants_of(sku.metric, sku.quantity, units))
    for product in Product.objects.all():
        if wanted in {plain(product.code), plain(product.name)}:
            return Gives(product.code)
    found = match(text, shipped())
    if found.how == "pattern" and found.metric:
        return Gives(found.product_code, "", found.kind, grants_of(found.metric, found.units, units))
    return Gives()


def grants_of(metric: str, per_unit: int | None, units: int | None) -> tuple[tuple[str, int | None], ...]:
    """The grants of so many units; none where the metric or its number per unit is not known."""
    if not metric or per_unit is None:
        return ()
    return ((metric, None if units is None else per_unit * units),)


def metrics_of(product: str) -> list[str]:
    """What devices may draw from software of a product: the metrics that its part numbers grant, or a camera where none is known."""
    sold = Sku.objects.filter(product__code=product).exclude(metric="").order_by("metric")
    found = list(sold.values_list("metric", flat=True).distinct())
    return sorted(found, key=lambda metric: metric != "camera") or ["camera"]


def product_code(text: str) -> str | None:
    """The code of the product that ``text`` names by code or name."""
    wanted = plain(text)
    for product in Product.objects.all():
        if wanted in {plain(product.code), plain(product.name)}:
            return product.code
    return None
