import click

from licet.cli.output import format_option, rows, say
from licet.cli.session import named_site, open_data

_COLUMNS = ("kind", "id", "title", "detail", "site")


@click.command()
@click.argument("text")
@click.option("--site", help="Only at this site and below it.")
@click.option("--limit", type=click.IntRange(1, 1000), default=25, show_default=True, help="Of each kind.")
@format_option
def find(text: str, site: str | None, limit: int, form: str) -> None:
    """Find devices, licences, orders, notes and more by the beginning of words, or a part of a serial number.

    Example: licet find 12345678 --format csv
    """
    actor = open_data()
    from licet.search.read import find as look

    found = look(actor, text, named_site(actor, site), size=limit)
    for part in found:
        if len(part.hits) < part.number.number:
            more = "more than " if part.number.capped else ""
            say(f"{part.kind}: the first {len(part.hits)} of {more}{part.number.number}")
    rows(
        form,
        (
            {"kind": hit.kind, "id": hit.id, "title": hit.title, "detail": hit.detail, "site": hit.site}
            for part in found
            for hit in part.hits
        ),
        _COLUMNS,
        empty="Nothing was found.",
    )
