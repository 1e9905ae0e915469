import os
import tempfile
from pathlib import Path
from typing import Any

import click

from licet.cli.document_about import about_options, things_named
from licet.cli.output import COULD_NOT, Failed, as_json, counted, format_option, plain, rows, say
from licet.cli.session import named_site, open_data, required_site

_COLUMNS = ("id", "kind", "title", "version", "file_name", "size", "scan", "site", "added_at")


@click.group()
def document() -> None:
    """Documents: invoices, certificates, label photos, contracts, response files."""


@document.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option(
    "--kind",
    default="other",
    show_default=True,
    help="invoice, certificate, label, contract, request, response, credit_note, other.",
)
@click.option("--title", default="")
@click.option("--site")
@about_options
@click.option("--replaces", type=int, help="The document of which this is a newer version.")
@format_option
def add(
    file: str,
    kind: str,
    title: str,
    site: str | None,
    replaces: int | None,
    form: str,
    **about: tuple[str, ...],
) -> None:
    """Keep a document. It lies in the data folder by its SHA-256, and is looked at by the virus scanner where one is named.

    What it is about is named by its number, or by a part of its name, serial number or address that only one has.

    Example: licet document add invoice.pdf --kind invoice --order PO-1 --device "Gate north"
    """
    actor = open_data()
    from licet.register import documents, scanning
    from licet.register.storage import chunks_of
    from licet.sites.record import NotPossible

    old = documents.find_document(actor, replaces, "edit_register") if replaces is not None else None
    if replaces is not None and old is None:
        raise Failed(f"no document {replaces}. List them: licet document list")
    things = things_named(actor, about)
    where = old.site if old else _site(actor, site, things)
    try:
        with Path(file).open("rb") as source:
            row = documents.add_document(
                actor, where, chunks_of(source), file_name=Path(file).name, kind=kind if old is None or kind != "other" else old.kind,
                title=title, about=things, replaces=old,
            )  # fmt: skip
    except OSError as error:
        raise Failed(f"{file} cannot be read: {error.strerror}", COULD_NOT) from None
    except NotPossible as error:
        raise Failed(str(error)) from None
    if form == "json":
        as_json(plain(documents.document(actor, row.pk)))
    say(f"Document {row.pk}: {row.title}, version {row.version}, {row.size:,} bytes.")
    if not scanning.configured():
        say("No virus scanner is named, so nobody looked at it (LICET_SCAN_COMMAND or LICET_CLAMD).")


def _site(actor: Any, site: str | None, things: list[tuple[str, int]]) -> Any:
    from licet.register.documents import site_of
    from licet.sites.models import Site

    where = site_of(actor, things) if site is None else None
    return Site.objects.get(pk=where) if where is not None else required_site(actor, site)


@document.command()
@click.argument("number", type=int)
@about_options
def link(number: int, **about: tuple[str, ...]) -> None:
    """Note that a document is about something more.

    Example: licet document link 3 --device DS-7608NI-I20120160628
    """
    actor, row, things = _linking(number, about)
    from licet.register import documents
    from licet.sites.record import NotPossible

    try:
        documents.link(actor, row, things)
    except NotPossible as error:
        raise Failed(str(error)) from None
    say("Linked.")


@document.command()
@click.argument("number", type=int)
@about_options
def unlink(number: int, **about: tuple[str, ...]) -> None:
    """Note that a document is not about something any more. The document is kept.

    Example: licet document unlink 3 --licence 12
    """
    actor, row, things = _linking(number, about)
    from licet.register import documents
    from licet.sites.record import NotPossible

    try:
        for thing in things:
            documents.unlink(actor, row, thing)
    except NotPossible as error:
        raise Failed(str(error)) from None
    say("Not linked any more.")


def _linking(number: int, about: dict[str, tuple[str, ...]]) -> tuple[Any, Any, list[tuple[str, int]]]:
    actor = open_data()
    from licet.register.documents import find_document

    row = find_document(actor, number, "edit_register")
    if row is None:
        raise Failed(f"no document {number}. List them: licet document list")
    things = things_named(actor, about)
    if not things:
        raise Failed(
            "nothing is named that it is about: --device, --licence, --order, --installation, --account, --about-site"
        )
    return actor, row, things


@document.command("list")
@click.option("--site")
@click.option("--kind", multiple=True)
@click.option("--search", default="")
@about_options
@click.option("--all-versions", is_flag=True)
@format_option
def list_(
    site: str | None, kind: tuple[str, ...], search: str, all_versions: bool, form: str, **about: tuple[str, ...]
) -> None:
    """List documents; those about one thing where one is named.

    Example: licet document list --kind invoice --licence 12
    """
    actor = open_data()
    from licet.register.documents import DocumentFilter, every_document

    things = things_named(actor, about, "view")
    if len(things) > 1:
        raise Failed("name one thing only that they are about")
    wanted = DocumentFilter(
        text=search,
        kinds=kind,
        site=named_site(actor, site),
        about=things[0] if things else None,
        all_versions=all_versions,
    )
    rows(
        form,
        (plain(row) for row in every_document(actor, wanted)),
        _COLUMNS,
        narrow=("id", "kind", "title", "version", "scan"),
        empty="No document.",
    )


@document.command()
@click.argument("number", type=int)
@click.argument("file", type=click.Path(dir_okay=False, writable=True))
def save(number: int, file: str) -> None:
    """Write a document's contents to a file.

    Example: licet document save 3 invoice.pdf
    """
    actor = open_data()
    from licet.register import documents, storage
    from licet.sites.record import NotPossible

    row = documents.find_document(actor, number)
    if row is None:
        raise Failed(f"no document {number}. List them: licet document list")
    try:
        with storage.open_contents(row.sha256) as source, Path(file).open("xb") as target:
            target.writelines(storage.chunks_of(source))
    except NotPossible as error:
        raise Failed(str(error), COULD_NOT) from None
    except FileExistsError:
        raise Failed(f"{file} is there already.") from None
    say(f"Wrote {row.size:,} bytes.")


@document.command()
@click.option("--site")
@format_option
def missing(site: str | None, form: str) -> None:
    """List the licences that lack a document which their product needs.

    Example: licet document missing --site Berlin
    """
    actor = open_data()
    from licet.register.missing import missing_document

    found = (plain(row) for row in missing_document(actor, named_site(actor, site)))
    rows(form, found, ["licence", "title", "order", "kinds", "site"], empty="No licence lacks a document.")


@document.command("zip")
@click.argument("file", type=click.Path(dir_okay=False, writable=True))
@click.option("--site")
def zip_(file: str, site: str | None) -> None:
    """Write all documents of a site and below to a ZIP, with an index as CSV and HTML.

    Example: licet document zip berlin.zip --site Berlin
    """
    actor = open_data()
    from licet.register.bundle import write_bundle

    target = Path(file)
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=".licet-")
    except OSError as error:
        raise Failed(f"{file} cannot be written: {error.strerror}", COULD_NOT) from None
    try:
        with os.fdopen(handle, "wb") as out:
            number = write_bundle(actor, named_site(actor, site), out)
        Path(name).replace(target)
    finally:
        Path(name).unlink(missing_ok=True)
    say(f"Wrote {counted(number, 'document')} to {file}.")
