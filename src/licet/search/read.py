"""What a text finds: the matches of each kind in what somebody may see, with how many there are."""

import re
import unicodedata
from collections.abc import Callable, Container
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection
from django.db.models import Model

from licet.estate.models import Channel, CloudAccount, Device, Installation
from licet.register.document_models import Document
from licet.register.life_models import Note
from licet.register.models import Licence, Order, Pool
from licet.search.index import TABLE
from licet.search.sources import SITE_WORD, SOURCES, Source
from licet.sites.models import Site
from licet.sites.paging import Counted
from licet.sites.scope import Actor

MOST: Final = 1000  # matches of a kind that are counted
_WORDS: Final = 8  # of a text that are looked for
_ADDRESS: Final = re.compile(r"[^\s.:]*[.:][^\s]*")
_MAC: Final = re.compile(r"(?:[0-9a-f]{2}[:-]){2,5}[0-9a-f]{0,2}|(?:[0-9a-f]{4}\.){1,2}[0-9a-f]{1,4}")


@dataclass(frozen=True, slots=True)
class Hit:
    """One object. ``title`` is its name, ``detail`` what tells it apart, ``parent`` the id of what it stands on the page of."""

    kind: str
    id: int
    title: str
    detail: str
    site_id: int
    site: str
    parent: int | None = None
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """The matches of one kind: the first few, and how many there are."""

    kind: str
    number: Counted
    hits: tuple[Hit, ...]


def find(
    actor: Actor, text: str, site: Site | None = None, *, size: int = 25, kinds: Container[str] | None = None
) -> tuple[Found, ...]:
    """What a text finds, by kind, at a site and below it (None = wherever the actor may see).

    Every word must begin a word of the object; a part of a serial number of four characters or more counts, an address and a MAC
    in any way of writing. ``kinds`` = only of these (None = all). Only what :meth:`~licet.sites.models.ScopedQuerySet.visible_to` shows is found and counted.
    """
    words = asked_words(text)
    sites = _sites(actor, site)
    if not words or sites == []:
        return ()
    asked = [_query(words, sites, whole=True), _query(words, sites, whole=False)]
    found = []
    for source in SOURCES:
        if kinds is not None and source.kind not in kinds:
            continue
        # Whole words come from the index as they are needed; what begins a million words must first be gathered.
        entries = _entries(source, asked[0])
        if len(entries) <= MOST:
            entries = _entries(source, asked[1])
        if not entries:
            continue
        hits = tuple(_SHOWN[source.kind](actor, [entry - source.base for entry in entries[:size]]))
        if hits:
            found.append(Found(source.kind, Counted(min(len(entries), MOST), capped=len(entries) > MOST), hits))
    return tuple(found)


def asked_words(text: str) -> tuple[tuple[str, ...], ...]:
    """The words of a text, each as the alternatives that stand for it: an address is one word or the words between its dots."""
    folded = "".join(c for c in unicodedata.normalize("NFKD", text[:200].lower()) if not unicodedata.combining(c))
    found: list[tuple[str, ...]] = []
    for part in folded.split():
        apart = tuple(re.findall(r"\w+", part))
        if not apart:
            continue
        if _MAC.fullmatch(part):
            found.append((re.sub(r"[^0-9a-f]", "", part), re.sub(r"[.:-]", "_", part)))
        elif _ADDRESS.fullmatch(part) and "_".join(apart) == re.sub(r"[.:]+", "_", part).strip("_"):
            # Both ways: "2.4" is the beginning of an address or a version in a name.
            found.append((re.sub(r"[.:]", "_", part), " ".join(apart)))
        else:
            found.append((" ".join(apart),))
    return tuple(found[:_WORDS])


def _sites(actor: Actor, site: Site | None) -> list[int] | None:
    """The sites to look in; None = all."""
    if site is None and actor.prefixes("view") is None:
        return None
    return list(Site.objects.visible_to(actor).under(site).order_by().values_list("pk", flat=True))


def _query(words: tuple[tuple[str, ...], ...], sites: list[int] | None, *, whole: bool) -> str:
    """The words as the engine asks for them. Only letters, digits and _ come this far, so nothing needs escaping.

    The last word of each part may go on, unless ``whole``; those before it are whole, as the writer has ended them.
    """
    both, either, begins, exact = (
        (" & ", " | ", "'{}':*", "'{}'") if connection.vendor == "postgresql" else (" AND ", " OR ", '"{}"*', '"{}"')
    )

    def choice(told: str) -> str:
        *before, last = told.split()
        parts = [exact.format(word[:100]) for word in before]
        return "(" + both.join([*parts, (exact if whole else begins).format(last[:100])]) + ")"

    parts = ["(" + either.join(choice(one) for one in choices) + ")" for choices in words]
    if sites is not None:
        parts.append("(" + either.join(exact.format(f"{SITE_WORD}{pk}") for pk in sites) + ")")
    return both.join(parts)


def _entries(source: Source, asked: str) -> list[int]:
    column, match = (
        ("entry", "words @@ %s::tsquery") if connection.vendor == "postgresql" else ("rowid", f"{TABLE} MATCH %s")
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {column} FROM {TABLE} WHERE {match} AND {column} BETWEEN %s AND %s ORDER BY {column} LIMIT {MOST + 1}",
            [asked, *source.span],
        )
        return [row[0] for row in cursor.fetchall()]


def _plain(
    kind: str, model: Any, told: Callable[[Any], tuple[str, str]], *, also: tuple[str, ...] = (), parent: str = ""
) -> Callable[[Actor, list[int]], list[Hit]]:
    def read(actor: Actor, ids: list[int]) -> list[Hit]:
        rows = model.objects.visible_to(actor).filter(pk__in=ids).select_related("site", *also).order_by("pk")
        return [
            Hit(
                kind, row.pk, *told(row), row.site_id, row.site.full_name,
                parent=getattr(row, parent) if parent else None, gone=getattr(row, "retired_at", None) is not None,
            )
            for row in rows
        ]  # fmt: skip

    return read


def _joined(*texts: str | None) -> str:
    return " · ".join(text for text in texts if text)


def _device(row: Device) -> tuple[str, str]:
    title = str(row)
    return title, _joined(*(text for text in (row.serial_number, row.model, row.address) if text != title))


def _notes(actor: Actor, ids: list[int]) -> list[Hit]:
    rows: list[Model] = list(
        Note.objects.filter(pk__in=ids).select_related("licence__site", "order__site").order_by("pk")
    )
    found = []
    for row in rows:
        owner = row.licence or row.order  # type: ignore[attr-defined]
        if owner is not None and actor.may("view", owner.site.path):
            kind = "note" if row.licence else "order_note"  # type: ignore[attr-defined]
            text = row.text[:200]  # type: ignore[attr-defined]
            found.append(Hit(kind, row.pk, str(owner), text, owner.site_id, owner.site.full_name, parent=owner.pk))
    return found


def _site_hits(actor: Actor, ids: list[int]) -> list[Hit]:
    rows = Site.objects.visible_to(actor).filter(pk__in=ids)
    return [Hit("site", row.pk, row.full_name, row.time_zone, row.pk, row.full_name) for row in rows]


_SHOWN: Final[dict[str, Callable[[Actor, list[int]], list[Hit]]]] = {
    "device": _plain("device", Device, _device),
    "channel": _plain(
        "channel",
        Channel,
        lambda row: (row.name or f"{row.device} / {row.number}", _joined(row.serial_number, row.model, row.address)),
        also=("device",),
        parent="device_id",
    ),
    "installation": _plain(
        "installation", Installation, lambda row: (row.name, _joined(row.product, row.version, row.host))
    ),
    "cloud_account": _plain("cloud_account", CloudAccount, lambda row: (row.name, row.platform)),
    "licence": _plain(
        "licence",
        Licence,
        lambda row: (row.title, _joined(row.sku and row.sku.code, row.order and row.order.number, row.cost_centre)),
        also=("sku", "order"),
    ),
    "order": _plain("order", Order, lambda row: (row.number, _joined(row.vendor, row.invoice_number))),
    "note": _notes,
    "document": _plain("document", Document, lambda row: (row.title, row.file_name)),
    "site": _site_hits,
    "pool": _plain("pool", Pool, lambda row: (row.name, "")),
}
