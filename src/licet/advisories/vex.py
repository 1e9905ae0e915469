"""Statements of the owner as CSAF 2.0 VEX and OpenVEX 0.2.0 documents. Pure.

Written by the words of the standards (OASIS CSAF 2.0, sections 3.2 and 4.5; OpenVEX 0.2.0), as firmware-formats.md 3 quotes them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

OPENVEX = "https://openvex.dev/ns/v0.2.0"
STATEMENT_NOTE = "Statement of the estate's owner, not of the manufacturer."


@dataclass(frozen=True, slots=True)
class Stated:
    """One statement about one product in one version. ``until`` is the last day, as ISO text, "" for no end."""

    code: str
    title: str
    status: str  # not_affected, mitigated, accepted
    justification: str
    reason: str
    until: str
    made_at: datetime
    model: str
    version: str
    where: str


@dataclass(frozen=True, slots=True)
class Publisher:
    """Who states it; ``namespace`` is a web address of his."""

    name: str
    namespace: str


def csaf_vex(stated: Sequence[Stated], publisher: Publisher, number: str, now: datetime) -> dict[str, Any]:
    """A CSAF VEX document. Raises ``ValueError`` for no statement: the standard wants one vulnerability at least."""
    if not stated:
        raise ValueError("there is no statement to export")
    products = {(one.model, one.version): f"CSAFPID-{place:04d}" for place, one in enumerate(_distinct(stated), 1)}
    codes = list(dict.fromkeys(one.code for one in stated))
    return {
        "document": {
            "category": "csaf_vex",
            "csaf_version": "2.0",
            "title": f"Status of {codes[0] if len(codes) == 1 else f'{len(codes)} vulnerabilities'} at {publisher.name}",
            "lang": "en",
            "notes": [{"category": "general", "text": STATEMENT_NOTE, "title": "Who states this"}],
            "publisher": {"category": "user", "name": publisher.name, "namespace": publisher.namespace},
            "tracking": {
                "id": number,
                "status": "final",
                "version": "1",
                "initial_release_date": _instant(now),
                "current_release_date": _instant(now),
                "revision_history": [{"number": "1", "date": _instant(now), "summary": "First issue"}],
                "generator": {"engine": {"name": "Licet"}},
            },
        },
        "product_tree": {"branches": [_vendor(products)]},
        "vulnerabilities": [
            _vulnerability(code, [one for one in stated if one.code == code], products) for code in codes
        ],
    }


def _distinct(stated: Sequence[Stated]) -> list[Stated]:
    found: dict[tuple[str, str], Stated] = {}
    for one in stated:
        found.setdefault((one.model, one.version), one)
    return list(found.values())


def _vendor(products: dict[tuple[str, str], str]) -> dict[str, Any]:
    models: dict[str, list[dict[str, Any]]] = {}
    for (model, version), key in products.items():
        helper = {"product_identification_helper": {"model_numbers": [model]}}
        named = {"product_id": key, "name": f"Hikvision {model} {version}", **helper}
        models.setdefault(model, []).append({"category": "product_version", "name": version, "product": named})
    branches = [{"category": "product_name", "name": model, "branches": versions} for model, versions in models.items()]
    return {"category": "vendor", "name": "Hikvision", "branches": branches}


def _vulnerability(code: str, stated: list[Stated], products: dict[tuple[str, str], str]) -> dict[str, Any]:
    cleared = [one for one in stated if one.status == "not_affected"]
    # Where somebody accepts or mitigates a risk the product is affected: only "not affected" clears it.
    clear_ids = list(dict.fromkeys(products[one.model, one.version] for one in cleared))
    open_ids = list(dict.fromkeys(products[one.model, one.version] for one in stated if one.status != "not_affected"))
    open_ids = [key for key in open_ids if key not in clear_ids]
    status = {name: ids for name, ids in (("known_affected", open_ids), ("known_not_affected", clear_ids)) if ids}
    found: dict[str, Any] = {"notes": [{"category": "description", "text": stated[0].title}], "product_status": status}
    if code.startswith("CVE-"):
        found["cve"] = code
    else:
        found["ids"] = [{"system_name": "Vendor notice", "text": code}]
    flags: dict[str, list[str]] = {}
    for one in cleared:
        if one.justification:
            flags.setdefault(one.justification, []).append(products[one.model, one.version])
    if flags:
        found["flags"] = [{"label": label, "product_ids": list(dict.fromkeys(ids))} for label, ids in flags.items()]
    told = [one for one in cleared if not one.justification]
    if told:
        found["threats"] = [
            {"category": "impact", "details": one.reason, "product_ids": [products[one.model, one.version]]}
            for one in told
        ]
    remedies = [
        {
            "category": "mitigation" if one.status == "mitigated" else "no_fix_planned",
            "details": _action(one),
            "product_ids": [products[one.model, one.version]],
        }
        for one in stated
        if one.status != "not_affected" and products[one.model, one.version] in open_ids
    ]
    if remedies:
        found["remediations"] = remedies
    return found


def _action(one: Stated) -> str:
    end = f" (until {one.until})" if one.until else ""
    return f"{'Mitigated' if one.status == 'mitigated' else 'Accepted'}{end}: {one.reason}"


def open_vex(stated: Sequence[Stated], publisher: Publisher, number: str, now: datetime) -> dict[str, Any]:
    """An OpenVEX document. Raises ``ValueError`` for no statement."""
    if not stated:
        raise ValueError("there is no statement to export")
    return {
        "@context": OPENVEX,
        "@id": f"{publisher.namespace.rstrip('/')}/vex/{number}",
        "author": publisher.name,
        "timestamp": _instant(now),
        "version": 1,
        "statements": [_open(one) for one in stated],
    }


def _open(one: Stated) -> dict[str, Any]:
    key = sha256(f"{one.model}|{one.version}".encode()).hexdigest()[:16]
    found: dict[str, Any] = {
        "vulnerability": {"name": one.code, "description": one.title},
        "products": [{"@id": f"urn:licet:product:{key}:{_urn(one.model)}:{_urn(one.version)}"}],
        "timestamp": _instant(one.made_at),
    }
    if one.status == "not_affected":
        found["status"] = "not_affected"
        found["impact_statement"] = one.reason
        if one.justification:
            found["justification"] = one.justification
    else:
        found["status"] = "affected"
        found["action_statement"] = _action(one)
    return found


def _urn(text: str) -> str:
    return "".join(char if char.isascii() and (char.isalnum() or char in "-._") else "-" for char in text)


def _instant(value: datetime) -> str:
    return value.strftime("%Y-%m-%dT%H:%M:%SZ")
