"""Families of products, as advisories name them, and which of them a device or an installation belongs to. Pure."""

from typing import Final

# What a sweep can meet as a device, by its kind.
BY_KIND: Final[dict[str, frozenset[str]]] = {
    "camera": frozenset({"camera"}),
    "recorder": frozenset({"nvr", "dvr", "cvr", "hybrid-san"}),
    "encoder": frozenset({"dvr", "encoder"}),
    "intercom": frozenset({"intercom"}),
    "access": frozenset({"access-control"}),
}
SOFTWARE: Final = frozenset(
    {"hikcentral-professional", "hikcentral-master", "hikcentral-focsign", "isecure-center", "ivms-4200"}
)
# On workstations, phones or in a cloud: no sweep sees their version.
NOT_MEASURED: Final = frozenset({"browser-plugin", "mobile-app", "cloud"})
FAMILIES: Final = (
    frozenset().union(*BY_KIND.values())
    | SOFTWARE
    | NOT_MEASURED
    | frozenset({"wireless-bridge", "wireless-ap", "interactive-display", "switch", "other"})
)
# Names by which notices call a software product, for the products that installations name.
SOFTWARE_NAMES: Final[dict[str, str]] = {
    "hikcentral-professional": "HikCentral Professional",
    "hikcentral-master": "HikCentral Master Lite",
    "hikcentral-focsign": "HikCentral FocSign",
    "isecure-center": "iSecure Center",
    "ivms-4200": "iVMS-4200",
}


def of_device(kind: str) -> frozenset[str]:
    """The families a device of this kind may belong to; empty = its kind says nothing."""
    return BY_KIND.get(kind, frozenset())


def of_product(code: str) -> str:
    """The software family of a product of the catalogue; "" for one that no advisory here is about."""
    plain = code.lower()
    if plain in SOFTWARE:
        return plain
    found = (family for family in sorted(SOFTWARE, key=len, reverse=True) if plain.startswith(family))
    return next(found, "")


def measured(families: frozenset[str]) -> bool:
    """Whether a sweep or an entered version can say anything about products of these families."""
    return not families <= NOT_MEASURED
