"""Documents: keeping them, linking them to what they are about, newer versions, and what faces ask of them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet, Window
from django.db.models.functions import RowNumber

from licet.estate.models import CloudAccount, Device, Installation
from licet.ledger import record as ledger
from licet.register import scanning, storage
from licet.register.document_models import Document, DocumentLink
from licet.register.keys import without_key
from licet.register.models import Licence, Order
from licet.register.record import must
from licet.sites.models import ScopedQuerySet, Site
from licet.sites.paging import Counted, Page, counted, page
from licet.sites.record import NotPossible, NotThere
from licet.sites.scope import Actor

KINDS: Final = tuple(Document.Kind.values)
ABOUT: Final = tuple(DocumentLink.About.values)
SORTS: Final = ("added_at", "title", "id")
_MOST_LINKS = 500


@dataclass(frozen=True, slots=True)
class DocumentFilter:
    """Which documents and in what order. ``about`` = a thing they are about. Older versions only where ``all_versions``."""

    text: str = ""
    kinds: tuple[str, ...] = ()
    site: Site | None = None
    about: tuple[str, int] | None = None
    all_versions: bool = False
    ids: tuple[int, ...] = ()
    sort: str = "added_at"
    descending: bool = True
    cursor: str = ""
    size: int = 50


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """One version of a document. ``newer`` = the id of the version that took its place."""

    id: int
    title: str
    kind: str
    file_name: str
    sha256: str
    size: int
    media_type: str
    scan: str
    version: int
    newer: int | None
    site_id: int
    site: str
    added_by: str
    added_at: datetime
    links: tuple[tuple[str, int, str], ...]

    @property
    def shown(self) -> bool:
        """Whether a browser may show it in place; anything else is only downloaded."""
        return self.media_type in storage.SHOWN


def add_document(
    actor: Actor,
    site: Site,
    chunks: Iterable[bytes],
    *,
    file_name: str,
    kind: str,
    title: str = "",
    about: Sequence[tuple[str, int]] = (),
    replaces: Document | None = None,
) -> Document:
    """Keep a document, or a newer version of one. Raises :class:`NotPossible`.

    ``about`` are (one of :data:`ABOUT`, number) within what the actor may change; a newer version is about the same
    and stays at its site.
    """
    where = replaces.site if replaces else site
    must(actor, where)
    name = _file_name(file_name)
    if kind not in KINDS:
        raise NotPossible(f"{kind!r} is no kind of document. Kinds are: {', '.join(KINDS)}.")
    without_key(title=title, file_name=name)
    things = [_thing(actor, *one) for one in dict.fromkeys(about)]
    kept = storage.set_aside(chunks, settings.LICET_DOCUMENT_BYTES)
    try:
        clean = scanning.scan(kept.path)
        return _keep(actor, where, kept, things, name=name, kind=kind, title=title, replaces=replaces, clean=clean)
    finally:
        kept.path.unlink(missing_ok=True)


@transaction.atomic
def _keep(
    actor: Actor,
    site: Site,
    kept: storage.Kept,
    things: Sequence[tuple[str, int]],
    *,
    name: str,
    kind: str,
    title: str,
    replaces: Document | None,
    clean: bool,
) -> Document:
    if replaces is not None:
        Document.objects.select_for_update().get(pk=replaces.pk)
        if Document.objects.filter(replaces=replaces).exists():
            raise NotPossible("There is a newer version of this document already; replace that one.")
        if replaces.sha256 == kept.sha256:
            raise NotPossible("This is the version that is kept already.")
        things = [*things, *replaces.links.values_list("about", "object_id")]
    row = Document.objects.create(
        site=site, kind=kind, title=(title.replace("\x00", "").strip() or (replaces.title if replaces else name))[:200],
        file_name=name, sha256=kept.sha256, size=kept.size, media_type=storage.media_type(kept.head),
        scan=Document.Scan.CLEAN if clean else Document.Scan.NOT_SCANNED, version=replaces.version + 1 if replaces else 1,
        replaces=replaces, added_by_id=actor.person, added_at=datetime.now(UTC),
    )  # fmt: skip
    _link(row, things)
    after = {
        "kind": kind, "sha256": kept.sha256, "size": kept.size, "scan": str(row.scan), "version": row.version,
        "about": [list(one) for one in dict.fromkeys(things)][:100], "replaces": replaces.pk if replaces else None,
    }  # fmt: skip
    _note(actor, "added", row, after=after)
    # The file is in its place before the row can be seen; a row that is rolled back leaves contents that nothing names.
    storage.settle(kept)
    return row


@transaction.atomic
def link(actor: Actor, document: Document, about: Sequence[tuple[str, int]]) -> None:
    """Say that a document is about more things. Raises :class:`NotPossible`."""
    must(actor, document.site)
    things = [_thing(actor, *one) for one in about]
    _link(document, things)
    _note(actor, "linked", document, after={"about": [list(one) for one in things]})


@transaction.atomic
def unlink(actor: Actor, document: Document, about: tuple[str, int]) -> None:
    """Say that a document is not about something."""
    must(actor, document.site)
    gone, _ = document.links.filter(about=about[0], object_id=about[1]).delete()
    if not gone:
        raise NotPossible("The document is not about that.")
    _note(actor, "unlinked", document, after={"about": list(about)})


def _link(row: Document, things: Iterable[tuple[str, int]]) -> None:
    wanted = list(dict.fromkeys(things))
    if len(wanted) > _MOST_LINKS:
        raise NotPossible(f"A document is about {_MOST_LINKS} things at most.")
    DocumentLink.objects.bulk_create(
        [DocumentLink(document=row, about=about, object_id=pk, kind=row.kind) for about, pk in wanted],
        ignore_conflicts=True,
    )


def _thing(actor: Actor, about: str, pk: int) -> tuple[str, int]:
    """A thing that the actor may change the register of. Raises :class:`NotThere` for any other, there or not."""
    if about not in _MODELS or not _visible(about, actor, "edit_register").filter(pk=pk).exists():
        raise NotThere(f"There is no {about} {pk}.")
    return about, pk


_MODELS: Final[dict[str, Any]] = {
    "licence": Licence, "order": Order, "site": Site, "installation": Installation, "device": Device, "account": CloudAccount,
}  # fmt: skip


def _visible(about: str, actor: Actor, permission: str) -> "ScopedQuerySet[Any]":
    rows: ScopedQuerySet[Any] = _MODELS[about].objects.visible_to(actor, permission)
    return rows


def _file_name(text: str) -> str:
    """A file name without folders and without what is no text."""
    name = text.replace("\\", "/").rsplit("/", 1)[-1]
    name = "".join(char for char in name if char.isprintable() and char not in '"<>|:*?').strip(" .")
    return name[-200:] or "document"


def documents(actor: Actor, wanted: DocumentFilter) -> tuple[Page[DocumentRow], Counted]:
    """A page of the documents in scope, and how many match."""
    rows = _matching(actor, wanted)
    sort = wanted.sort if wanted.sort in SORTS else "added_at"
    found = page(rows, sort, descending=wanted.descending, cursor=wanted.cursor, size=wanted.size)
    return Page(tuple(_rows(actor, [row.pk for row in found.rows])), found.before, found.after), counted(rows)


def every_document(actor: Actor, wanted: DocumentFilter) -> Iterator[DocumentRow]:
    """All documents that match, by their ids."""
    ids = list(_matching(actor, wanted).order_by("id").values_list("id", flat=True)[:100_000])
    for start in range(0, len(ids), 500):
        yield from _rows(actor, ids[start : start + 500])


def document(actor: Actor, pk: int) -> DocumentRow | None:
    """One document; None where it does not exist or is out of scope (case C110)."""
    found = find_document(actor, pk)
    return _rows(actor, [found.pk])[0] if found else None


def find_document(actor: Actor, pk: int, permission: str = "view") -> Document | None:
    """The document with this number where the actor holds the permission."""
    return Document.objects.visible_to(actor, permission).select_related("site").filter(pk=pk).first()


def versions(actor: Actor, pk: int) -> list[DocumentRow]:
    """All versions of a document, newest first."""
    found = find_document(actor, pk)
    if found is None:
        return []
    ids, row = [found.pk], found
    while (newer := Document.objects.filter(replaces=row).first()) is not None:
        ids.insert(0, newer.pk)
        row = newer
    row = found
    while row.replaces is not None and len(ids) < 200:
        row = row.replaces
        ids.append(row.pk)
    return _rows(actor, ids)


def of_licence(actor: Actor, licence: int, order: int | None) -> list[DocumentRow]:
    """The documents in scope about a licence or its order, current versions."""
    about = Q(about="licence", object_id=licence)
    if order is not None:
        about |= Q(about="order", object_id=order)
    ids = DocumentLink.objects.filter(about).values("document")
    rows = Document.objects.visible_to(actor).filter(pk__in=ids, replaced_by=None)
    return _rows(actor, list(rows.values_list("id", flat=True)[:200]))


def of_other_kinds(digests: Iterable[str], kinds: Iterable[str]) -> set[str]:
    """Those of the contents (SHA-256) that any document, wherever it is, keeps as another kind than these."""
    rows = Document.objects.filter(sha256__in=set(digests)).exclude(kind__in=list(kinds))
    return set(rows.values_list("sha256", flat=True))


def counts_for(actor: Actor, licences: Sequence[int]) -> dict[int, list[str]]:
    """Licence -> kinds of its own current documents in scope, for lists."""
    rows = DocumentLink.objects.filter(
        about="licence", object_id__in=list(licences), document__replaced_by=None,
        document__site__in=Site.objects.visible_to(actor),
    )  # fmt: skip
    found: dict[int, list[str]] = {}
    for licence, kind in rows.values_list("object_id", "kind").order_by("object_id", "kind"):
        found.setdefault(licence, []).append(kind)
    return found


def _matching(actor: Actor, wanted: DocumentFilter) -> "QuerySet[Document]":
    rows = Document.objects.visible_to(actor).under(wanted.site)
    if not wanted.all_versions:
        rows = rows.filter(replaced_by=None)
    if wanted.ids:
        rows = rows.filter(pk__in=wanted.ids)
    if wanted.kinds:
        rows = rows.filter(kind__in=wanted.kinds)
    if wanted.about is not None:
        rows = rows.filter(
            pk__in=DocumentLink.objects.filter(about=wanted.about[0], object_id=wanted.about[1]).values("document")
        )
    text = wanted.text.strip()[:100]
    if text:
        rows = rows.filter(
            Q(title__icontains=text) | Q(file_name__icontains=text) | Q(sha256__startswith=text.casefold())
        )
    return rows


def _rows(actor: Actor, ids: Sequence[int]) -> list[DocumentRow]:
    rows = Document.objects.filter(pk__in=ids).select_related("site", "added_by")
    newer = dict(Document.objects.filter(replaces__in=ids).values_list("replaces_id", "id"))
    links = _links(actor, ids)
    known = {
        row.pk: DocumentRow(
            row.pk, row.title, row.kind, row.file_name, row.sha256, row.size, row.media_type, row.scan, row.version,
            newer.get(row.pk), row.site_id, row.site.full_name, str(row.added_by) if row.added_by else "", row.added_at,
            tuple(links.get(row.pk, ())),
        )
        for row in rows
    }  # fmt: skip
    return [known[pk] for pk in ids]


def _links(actor: Actor, ids: Sequence[int]) -> dict[int, list[tuple[str, int, str]]]:
    """What documents are about, as far as it is in scope: five queries for any number."""
    numbered = DocumentLink.objects.filter(document__in=ids).annotate(
        n=Window(RowNumber(), partition_by="document", order_by="id")
    )
    rows = list(numbered.filter(n__lte=20).values_list("document_id", "about", "object_id"))
    names = {row[:2]: row[2] for row in named(actor, [(about, number) for _pk, about, number in rows])}
    found: dict[int, list[tuple[str, int, str]]] = {}
    for pk, about, number in rows:
        if (about, number) in names:
            found.setdefault(pk, []).append((about, number, names[about, number]))
    return found


def named(actor: Actor, things: Sequence[tuple[str, int]], permission: str = "view") -> list[tuple[str, int, str]]:
    """Things with their names, as far as the actor holds the permission at them: one query for each kind."""
    names: dict[tuple[str, int], str] = {}
    for about in {one[0] for one in things} & _MODELS.keys():
        for thing in _visible(about, actor, permission).filter(pk__in={pk for kind, pk in things if kind == about}):
            names[about, thing.pk] = str(thing)
    return [(*one, names[one]) for one in dict.fromkeys(things) if one in names]


def site_of(actor: Actor, things: Sequence[tuple[str, int]]) -> int | None:
    """The site of the first of the things that has one where the actor may change the register."""
    for about, pk in things:
        row = _visible(about, actor, "edit_register").filter(pk=pk).first() if about in _MODELS else None
        if row is not None:
            return int(row.pk if about == "site" else row.site_id)
    return None


def about_thing(actor: Actor, about: str, pk: int) -> list[DocumentRow]:
    """The current documents in scope about one thing."""
    return list(documents(actor, DocumentFilter(about=(about, pk), size=100))[0].rows)


def _note(actor: Actor, verb: str, row: Document, after: dict[str, Any]) -> None:
    ledger.append(
        actor=actor.label, action=f"register:document:{verb}", object_type="document", object_id=row.pk, site=row.site_id,
        after=after,
    )  # fmt: skip
