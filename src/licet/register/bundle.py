"""All documents of a site and below as one ZIP with an index, for an auditor who has no Licet."""

import html
import zipfile
from typing import IO

from django.db import transaction

from licet.ledger import record as ledger
from licet.register import storage
from licet.register.documents import DocumentFilter, DocumentRow, every_document
from licet.sites.models import Site
from licet.sites.record import NotPossible
from licet.sites.scope import Actor
from licet.tabular.export import csv_lines

_HEADINGS = ("file", "title", "kind", "version", "current", "about", "site", "added", "bytes", "sha256", "scan")


def write_bundle(actor: Actor, site: Site | None, target: IO[bytes]) -> int:
    """Write the ZIP to a file; returns how many documents it holds. Contents that are gone are named in the index."""
    lines: list[tuple[object, ...]] = []
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for row in every_document(actor, DocumentFilter(site=site, all_versions=True)):
            name = f"documents/{row.id:06d}-{row.file_name}"
            try:
                with storage.open_contents(row.sha256) as file, archive.open(name, "w") as entry:
                    for chunk in storage.chunks_of(file):
                        entry.write(chunk)
            except NotPossible:
                name = "(contents missing)"
            lines.append(_line(name, row))
        archive.writestr("index.csv", "".join(csv_lines(_HEADINGS, lines)))
        archive.writestr("index.html", _page(site.full_name if site else "All sites", lines))
    _record(actor, site, len(lines))
    return len(lines)


@transaction.atomic
def _record(actor: Actor, site: Site | None, number: int) -> None:
    ledger.append(
        actor=actor.label, action="register:documents:taken_out", object_type="site",
        object_id=site.pk if site else "all", site=site.pk if site else None, after={"documents": number},
    )  # fmt: skip


def _line(name: str, row: DocumentRow) -> tuple[object, ...]:
    about = "; ".join(f"{kind} {pk}: {title}" for kind, pk, title in row.links)
    current = "no" if row.newer else "yes"
    return (
        name, row.title, row.kind, row.version, current, about, row.site, row.added_at, row.size, row.sha256, row.scan,
    )  # fmt: skip


def _page(title: str, lines: list[tuple[object, ...]]) -> str:
    head = "".join(f"<th>{html.escape(name)}</th>" for name in _HEADINGS)
    body = "".join("<tr>" + "".join(f"<td>{html.escape(str(cell))}</td>" for cell in line) + "</tr>" for line in lines)
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Documents of {html.escape(title)}</title>'
        f"<h1>Documents of {html.escape(title)}</h1><table>{'<thead><tr>' + head + '</tr></thead>'}<tbody>{body}</tbody></table>"
    )
