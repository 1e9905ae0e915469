"""CSAF 2.0: security advisories and VEX documents. Pure (firmware-formats.md 3; OASIS Common Security Advisory Framework 2.0)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from licet.advisories import family
from licet.advisories.entry import Entry, Rows, Score, rows_of, severity_of
from licet.advisories.feeds import json_text as js
from licet.advisories.feeds.found import Feed, Kind, Refused
from licet.advisories.feeds.problem import NotReadable
from licet.advisories.ranges import read_range

_AFFECTED: Final = ("known_affected", "first_affected", "last_affected")
_CLEARED: Final = ("known_not_affected", "fixed", "first_fixed")
_MAKERS: Final = ("hikvision", "ezviz")
MAX_DEPTH: Final = 30
MAX_PRODUCTS: Final = 20_000


@dataclass(frozen=True, slots=True)
class _Product:
    model: str
    versions: str


def is_csaf(plain: Any) -> bool:
    """Whether this JSON is a CSAF document."""
    return isinstance(plain, dict) and bool(js.part(plain, "document", "csaf_version"))


def read_csaf(plain: dict[str, Any]) -> Feed:
    """The advisories in a document. Raises :class:`NotReadable` where what the standard requires is missing."""
    document = plain["document"]
    version = js.text(document.get("csaf_version"), 10)
    if version not in {"2.0", "2.1"}:
        raise NotReadable(f"This CSAF document is of version {version or 'nothing'}; 2.0 and 2.1 are read.")
    tracking = document.get("tracking")
    issued, name = js.day(js.part(tracking, "current_release_date")), js.text(js.part(tracking, "id"), 80)
    if issued is None or not name:
        raise NotReadable("This CSAF document has no tracking id or no release date; the standard requires both.")
    products = dict(_products(plain.get("product_tree")))
    if (
        not any(_is_ours(one) for one in products.values())
        and "hikvision" not in js.text(document.get("title")).lower()
    ):
        return Feed(Kind.CSAF, issued, name, rows=0, others=1)
    entries, refused = [], []
    publisher = js.text(js.part(document, "publisher", "name"), 80)
    for place, item in enumerate(js.items(plain.get("vulnerabilities")), 1):
        code = js.cve(item.get("cve")) or js.text(next((one.get("text") for one in js.items(item.get("ids"))), ""), 40)
        if not code:
            refused.append(Refused(f"vulnerability {place}", "has no CVE number"))
            continue
        entries.append(_entry(code, item, products, issued, f"CSAF {name}, {publisher}", document))
    return Feed(
        Kind.CSAF, issued, name, rows=len(entries) + len(refused), entries=tuple(entries), refused=tuple(refused)
    )


def _is_ours(product: tuple[str, _Product]) -> bool:
    return product[0] in _MAKERS


def _products(tree: Any) -> Iterator[tuple[str, tuple[str, _Product]]]:
    """Product id -> (maker, model and versions), out of branches and full names."""
    number = 0
    for branch in js.items(js.part(tree, "branches")):
        for one in _branch(branch, "", "", "", 0):
            number += 1
            if number > MAX_PRODUCTS:
                raise NotReadable(
                    f"This CSAF document names more than {MAX_PRODUCTS} products; that is no notice about a maker's devices."
                )
            yield one
    for full in js.items(js.part(tree, "full_product_names")):
        name = js.text(full.get("name"))
        maker = next((one for one in _MAKERS if one in name.lower()), "")
        yield js.text(full.get("product_id"), 200), (maker, _Product(_model(name), ""))


def _branch(
    branch: dict[str, Any], maker: str, model: str, versions: str, depth: int
) -> Iterator[tuple[str, tuple[str, _Product]]]:
    if depth > MAX_DEPTH:
        raise NotReadable(f"This CSAF document nests its products more than {MAX_DEPTH} deep.")
    category, name = js.text(branch.get("category"), 40), js.text(branch.get("name"))
    if category == "vendor":
        maker = next((one for one in _MAKERS if one in name.lower()), "")
    elif category in {"product_name", "product_family"}:
        model = name
    elif category in {"product_version", "product_version_range"}:
        versions = name
    product = branch.get("product")
    if isinstance(product, dict):
        yield js.text(product.get("product_id"), 200), (maker, _Product(_model(model), versions))
    for child in js.items(branch.get("branches")):
        yield from _branch(child, maker, model, versions, depth + 1)


def _model(name: str) -> str:
    """A product's name without its maker and the words around it."""
    words = [
        word for word in name.split() if word.lower() not in {"hikvision", "ezviz", "cameras", "camera", "firmware:"}
    ]
    return " ".join(words).strip(" :")


def _entry(
    code: str,
    item: dict[str, Any],
    products: dict[str, tuple[str, _Product]],
    issued: date,
    source: str,
    document: dict[str, Any],
) -> Entry:
    groups: dict[tuple[str, str], list[str]] = {}
    status = item.get("product_status")
    for names, said in ((_AFFECTED, "affected"), (_CLEARED, "not_affected")):
        for name in names:
            listed = js.part(status, name)
            for key in listed if isinstance(listed, list) else ():
                maker, product = products.get(js.text(key, 200), ("", None))
                if product is not None and product.model and maker in _MAKERS:
                    models = groups.setdefault((product.versions, said), [])
                    if product.model not in models:
                        models.append(product.model)
    rows = tuple(_rows(tuple(models), versions, said) for (versions, said), models in groups.items())
    about = " ".join(js.text(note.get("text"), 2000) for note in js.items(item.get("notes")))
    return Entry(
        code=code,
        title=js.text(item.get("title")) or js.text(document.get("title"), 160) or code,
        families=_families(rows, about + " " + js.text(document.get("title"))),
        source=source,
        dated=issued,
        rows=rows,
        published=js.day(item.get("release_date")) or js.day(js.part(document, "tracking", "initial_release_date")),
        scores=tuple(_scores(item)),
        weaknesses=(js.text(js.part(item, "cwe", "id"), 20),) if js.part(item, "cwe", "id") else (),
        url=next(
            (
                js.text(one.get("url"), 500)
                for one in js.items(document.get("references"))
                if one.get("category") == "self"
            ),
            "",
        ),
        notice=js.text(js.part(document, "tracking", "id"), 60),
        confidence="medium",
    )


def _rows(models: tuple[str, ...], versions: str, said: str) -> Rows:
    return rows_of(models, versions or "no version", read_range(versions), status=said)


def _scores(item: dict[str, Any]) -> Iterator[Score]:
    for score in js.items(item.get("scores")):
        for key, fallback in (("cvss_v3", "3.1"), ("cvss_v2", "2.0")):
            found = score.get(key)
            if isinstance(found, dict):
                base = js.number(found.get("baseScore"))
                word = js.text(found.get("baseSeverity"), 20) or severity_of(base)
                yield Score(
                    js.text(found.get("version"), 8) or fallback,
                    js.text(found.get("vectorString")),
                    base,
                    word.lower(),
                    "csaf",
                )


def _families(rows: tuple[Rows, ...], about: str) -> tuple[str, ...]:
    lower = f"{about} {' '.join(name for row in rows for name in row.models)}".lower()
    words = (
        ("camera", "camera"), ("ds-2c", "camera"), ("ds-2d", "camera"), ("nvr", "nvr"), ("dvr", "dvr"), ("recorder", "nvr"),
        ("access control", "access-control"), ("ds-k1", "access-control"), ("intercom", "intercom"), ("ds-k", "intercom"),
    )  # fmt: skip
    named = {code for word, code in words if word in lower}
    named |= {code for code in family.SOFTWARE if family.SOFTWARE_NAMES[code].lower() in lower}
    return tuple(sorted(named)) or ("other",)
