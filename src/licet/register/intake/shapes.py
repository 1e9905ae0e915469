"""The known shapes of files: what tells each of them, and which columns mean something else in it. Data and its use."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from licet.register.intake.headings import (
    DEVICE_FIELDS,
    DEVICE_HEADINGS,
    LICENCE_FIELDS,
    LICENCE_HEADINGS,
    SECRET_FIELDS,
    field_of,
    heading_key,
)
from licet.register.intake.result import As
from licet.tabular.errors import NotReadable


@dataclass(frozen=True, slots=True)
class Shape:
    """``tells`` are headings that all have to be there; ``means`` overrules the field of a heading."""

    name: str
    as_: As
    tells: frozenset[str]
    means: Mapping[str, str] = field(default_factory=dict)


_GLPI: Final = {"entity": "customer", "location": "site", "status": "-"}
_ORDERS: Final = {"purchase order": "purchase_order"}  # beside "order number", which is the one on the invoice

SHAPES: Final = (
    Shape("Licet register", "licences", frozenset({"licet reference", "licet grants", "licet more"})),
    Shape(
        "Snipe-IT licence export",
        "licences",
        frozenset({"name", "serial number", "licenses available", "seats", "company"}),
        {"name": "product", "email": "-"},
    ),
    Shape("Snipe-IT licence import", "licences", frozenset({"item name", "serial number", "seats"}), _ORDERS),
    Shape("Snipe-IT licence import", "licences", frozenset({"software name", "serial", "seats"}), _ORDERS),
    Shape(
        "Snipe-IT licence list",
        "licences",
        frozenset({"company", "name", "serial number", "seats"}),
        {"name": "product"},
    ),
    Shape(
        "SADP tool export",
        "devices",
        frozenset({"device type", "software version", "device serial no", "ipv4 address"}),
    ),
    Shape("OpenSADP export", "devices", frozenset({"devicesn", "commandport", "ipv4address", "softwareversion"})),
    Shape("iVMS-4200 device list", "devices", frozenset({"nickname", "adding mode", "device information"})),
    Shape(
        "Snipe-IT asset list",
        "devices",
        frozenset({"asset tag", "model number"}),
        {"model number": "model", "model": "-"},
    ),
    Shape("Snipe-IT asset list", "devices", frozenset({"asset tag", "model no"}), {"model no": "model", "model": "-"}),
    Shape("Snipe-IT asset list", "devices", frozenset({"asset tag", "model"})),
    # The product is the software; the licence's own name is its part number, where it is one.
    Shape("GLPI licence list", "licences", frozenset({"software", "number", "expiration"}), _GLPI | {"name": "sku"}),
    Shape("GLPI device list", "devices", frozenset({"entity", "manufacturer", "serial number"}), _GLPI),
    Shape("GLPI device list", "devices", frozenset({"inventory number", "manufacturer", "serial number"}), _GLPI),
    # UNVERIFIED: no export of HikCentral's licence page was seen; these are the words of its manuals.
    Shape("HikCentral licence list", "licences", frozenset({"license name", "activation code"})),
    Shape("HikCentral licence list", "licences", frozenset({"license item", "total"}), {"total": "quantity"}),
    Shape("HikCentral device list", "devices", frozenset({"device address", "device port", "serial no", "version"})),
    Shape("Hik-Partner Pro device list", "devices", frozenset({"device serial no", "device model", "site owner"})),
)
_PLAIN: Final[Mapping[As, Shape]] = {
    "licences": Shape("licence register", "licences", frozenset()),
    "devices": Shape("device list", "devices", frozenset()),
}
_FALLBACK: Final = {"product": ("name", "title", "description", "nombre", "nome", "nom", "имя", "名称", "position")}


def detect(headings: Sequence[str], as_: Literal["licences", "devices", "auto"]) -> Shape:
    """The shape of a file by its headings: a known one, else a plain register or list by which headings it has more of."""
    keys = {heading_key(heading) for heading in headings}
    for shape in SHAPES:
        if shape.tells <= keys and as_ in {"auto", shape.as_}:
            return shape
    return _PLAIN[as_ if as_ != "auto" else _more(headings)]


def _more(headings: Sequence[str]) -> As:
    licences = {found for heading in headings if (found := field_of(heading, LICENCE_HEADINGS))} - {"-"}
    devices = {found for heading in headings if (found := field_of(heading, DEVICE_HEADINGS))} - {"-"}
    if "product" in licences and not devices & {"mac", "address", "firmware", "model"}:
        return "licences"
    return "devices" if devices and len(devices) >= len(licences) else "licences"


def holds(headings: Sequence[str]) -> str:
    """What a sheet that was not chosen seems to hold."""
    found = {field_of(heading, DEVICE_HEADINGS) for heading in headings}
    if found & SECRET_FIELDS:
        return "passwords: not imported into the register"
    if not any(found) and not any(field_of(heading, LICENCE_HEADINGS) for heading in headings):
        return "nothing known"
    return f"{_more(headings)}: choose the sheet to import it"


def map_columns(headings: Sequence[str], shape: Shape, chosen: Mapping[str, str]) -> dict[int, str]:
    """Column -> field. ``chosen`` are a person's heading -> field ("" = not read). Raises :class:`NotReadable` for an unknown field."""
    known, fields = (LICENCE_HEADINGS, LICENCE_FIELDS) if shape.as_ == "licences" else (DEVICE_HEADINGS, DEVICE_FIELDS)
    wanted = {heading_key(heading): name for heading, name in chosen.items()}
    wrong = sorted(name for name in wanted.values() if name and name not in fields)
    if wrong:
        raise NotReadable(f"There is no field “{wrong[0]}”; there are {', '.join(sorted(fields - {'-'}))}.")
    mapped: dict[int, str] = {}
    for index, heading in enumerate(headings):
        key = heading_key(heading)
        if not key:
            continue
        found = wanted[key] or "-" if key in wanted else shape.means.get(key) or field_of(heading, known)
        if found:
            mapped[index] = found
    for name, others in _FALLBACK.items() if shape.as_ == "licences" else ():
        if name not in mapped.values():
            mapped |= {index: name for index, heading in enumerate(headings) if heading_key(heading) == others[0]}
    return mapped
