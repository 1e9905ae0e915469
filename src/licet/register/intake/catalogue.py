"""The product catalogue that ships with Licet (data/products.yaml), as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from licet.register.intake.skutext import plain


@dataclass(frozen=True, slots=True)
class ProductEntry:
    """A product family and how it behaves, in the words of data/products.yaml; "unknown" where no source says it."""

    code: str
    vendor: str
    name: str
    effect_on_expiry: str
    grace_days: int
    needs_activation: bool
    service_months: int | None
    installation_kind: str
    service: str
    source: str
    confidence: str
    note: str
    term_start: str = "unknown"
    renewal_base: str = "unknown"
    transfer: str = "unknown"
    over_use: str = "unknown"
    documents: tuple[str, ...] = ()
    behaviour_source: str = ""


@dataclass(frozen=True, slots=True)
class SkuEntry:
    """A part number. ``metric`` "" = no certain metric, ``quantity`` None = not fixed per unit."""

    code: str
    product: ProductEntry
    metric: str
    quantity: int | None
    kind: str
    term: str
    prerequisite: str
    aliases: tuple[str, ...]
    source: str
    confidence: str
    note: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All products and part numbers; ``by_text`` finds a part number by its own or another spelling, as :func:`plain` text."""

    products: tuple[ProductEntry, ...]
    skus: tuple[SkuEntry, ...]
    by_text: Mapping[str, SkuEntry]


def read_catalogue(text: str) -> Catalogue:
    """The catalogue in a YAML text. Raises :class:`ValueError` where two part numbers share a spelling, KeyError for a missing field."""
    products: list[ProductEntry] = []
    skus: list[SkuEntry] = []
    by_text: dict[str, SkuEntry] = {}
    for item in yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))["products"]:  # noqa: S506 - a safe loader
        product = _product(item)
        products.append(product)
        for row in item["skus"]:
            sku = _sku(product, row)
            skus.append(sku)
            for spelling in {plain(name) for name in (sku.code, *sku.aliases)}:
                if spelling in by_text:
                    raise ValueError(f"{sku.code} and {by_text[spelling].code} share the spelling {spelling}.")
                by_text[spelling] = sku
    return Catalogue(tuple(products), tuple(skus), by_text)


@cache
def shipped() -> Catalogue:
    """The catalogue that comes with this version of Licet."""
    return read_catalogue(files("licet.data").joinpath("products.yaml").read_text(encoding="utf-8"))


def _product(item: Mapping[str, Any]) -> ProductEntry:
    return ProductEntry(
        code=item["code"],
        vendor=item["vendor"],
        name=item["name"],
        effect_on_expiry=item["effect_on_expiry"],
        grace_days=item.get("grace_days", 0),
        needs_activation=item["needs_activation"],
        service_months=item.get("service_months"),
        installation_kind=item["installation_kind"],
        service=item.get("service", ""),
        source=item["source"],
        confidence=item["confidence"],
        note=item.get("note", ""),
        **{name: item.get(name, "unknown") for name in ("term_start", "renewal_base", "transfer", "over_use")},
        documents=tuple(item.get("documents", ())),
        behaviour_source=item.get("behaviour_source", ""),
    )


def _sku(product: ProductEntry, row: Mapping[str, Any]) -> SkuEntry:
    return SkuEntry(
        code=row["code"],
        product=product,
        metric=row["metric"],
        quantity=row["quantity"],
        kind=row["kind"],
        term=row["term"],
        prerequisite=row.get("prerequisite", ""),
        aliases=tuple(row.get("aliases", ())),
        source=row["source"],
        confidence=row["confidence"],
        note=row.get("note", ""),
    )
