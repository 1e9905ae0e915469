"""The product catalogue: shipped data into the database, and what a part number gives."""

import re
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import yaml
from django.db import transaction

from licet.register.models import Licence, Product, Sku


@dataclass(frozen=True, slots=True)
class Gives:
    """What so many units of a product give, as far as the catalogue knows."""

    product: str = ""
    sku: str = ""
    kind: str = Licence.Kind.OTHER
    grants: tuple[tuple[str, int | None], ...] = ()


def folded(text: str) -> str:
    """A part number as it is compared: without case, slashes, hyphens, brackets and blanks (licensing.md 1.1)."""
    return re.sub(r"[\s/\-()_]+", "", text).casefold()


def shipped() -> list[dict[str, Any]]:
    """The products of ``data/products.yaml``."""
    text = files("licet.data").joinpath("products.yaml").read_text("utf-8")
    products: list[dict[str, Any]] = yaml.safe_load(text)["products"]
    return products


@transaction.atomic
def load_catalogue() -> int:
    """Bring the database's catalogue up to the shipped one; own entries stay. Returns how many part numbers are shipped."""
    number = 0
    for entry in shipped():
        product, _ = Product.objects.update_or_create(code=entry["code"], defaults=_columns(Product, entry))
        for sku in entry.get("skus", []):
            Sku.objects.update_or_create(code=sku["code"], defaults={**_columns(Sku, sku), "product": product})
            number += 1
    return number


def _columns(model: type[Product | Sku], entry: dict[str, Any]) -> dict[str, Any]:
    """The entry's values that the table keeps; notes and sub-entries stay in the file."""
    names = {field.name for field in model._meta.concrete_fields}  # noqa: SLF001
    return {name: value for name, value in entry.items() if name in names and name != "code" and value is not None}


def what_it_gives(text: str, units: int | None) -> Gives:
    """What ``units`` of the product or part number named ``text`` give; None units = unlimited."""
    wanted = folded(text)
    for sku in Sku.objects.select_related("product"):
        if wanted in {folded(sku.code), *(folded(alias) for alias in sku.aliases)}:
            return Gives(sku.product.code, sku.code, sku.kind, grants_of(sku.metric, sku.quantity, units))
    for product in Product.objects.all():
        if wanted in {folded(product.code), folded(product.name)}:
            return Gives(product.code)
    return Gives()


def grants_of(metric: str, per_unit: int | None, units: int | None) -> tuple[tuple[str, int | None], ...]:
    """The grants of so many units; none where the metric or its number per unit is not known."""
    if not metric or per_unit is None:
        return ()
    return ((metric, None if units is None else per_unit * units),)


def product_code(text: str) -> str | None:
    """The code of the product that ``text`` names by code or name."""
    wanted = folded(text)
    for product in Product.objects.all():
        if wanted in {folded(product.code), folded(product.name)}:
            return product.code
    return None
