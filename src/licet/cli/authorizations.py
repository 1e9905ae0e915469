import sys
from datetime import datetime
from typing import Any

import click

from licet.cli.day import DAY
from licet.cli.output import Failed, as_json, format_option, plain, rows, say, when
from licet.cli.session import named_site, open_data, up_to_now
from licet.cli.several import Several

STATUSES = (
    "authorized", "expiring", "grace", "expired", "over_capacity", "unlicensed", "not_activated", "not_registered",
    "suspended", "unknown", "not_required",
)  # fmt: skip
KEYS = (
    "subject", "subject_type", "site", "kind", "right", "status", "reason", "detail", "remedy", "valid_from", "valid_until",
    "evidence", "pool",
)  # fmt: skip


@click.command()
@click.option("--status", "statuses", cls=Several, multiple=True, type=click.Choice(STATUSES))
@click.option(
    "--kind", "kinds", cls=Several, multiple=True, type=click.Choice(["device", "software", "feature", "cloud"])
)
@click.option(
    "--right", "rights", multiple=True, help="As device.activation, software.camera, feature.anpr, cloud.binding."
)
@click.option("--site")
@click.option("--search", default="", help="Part of the subject's name, serial number or address.")
@click.option("--on", type=DAY, help="Another day: past from the record, coming by the rules.")
@click.option(
    "--fail-on", cls=Several, multiple=True, type=click.Choice(STATUSES), help="Exit with 1 if any has this status."
)
@click.option("--summary", is_flag=True, help="Only count by kind and status.")
@format_option
def authorizations(
    statuses: tuple[str, ...],
    kinds: tuple[str, ...],
    rights: tuple[str, ...],
    site: str | None,
    search: str,
    on: datetime | None,
    fail_on: tuple[str, ...],
    summary: bool,
    form: str,
) -> None:
    """Every subject and right, with its reason and what to do.

    Example: licet authorizations --status over_capacity --status expired --fail-on expired
    """
    actor = open_data()
    up_to_now()
    from licet.authorization.read import AuthorizationFilter, all_authorizations, counts

    where = named_site(actor, site)
    if summary and not on:
        found = counts(actor, where)
        records = [{"kind": kind, **numbers} for kind, numbers in found.items() if not kinds or kind in kinds]
        rows(form, records, ["kind", *STATUSES])
        sys.exit(1 if any(found[kind].get(status) for kind in found for status in fail_on) else 0)
    chosen = AuthorizationFilter(
        kinds=kinds, statuses=statuses, rights=rights, text=search, site=where, on=on.date() if on else None
    )
    hit = False
    listed: list[dict[str, Any]] = []
    for row in all_authorizations(actor, chosen):
        hit = hit or row.status in fail_on
        listed.append(_record(row))
    rows(
        form,
        listed,
        ["subject", "right", "status", "detail", "remedy", "valid_until", "site"],
        narrow=["subject", "right", "status", "detail"],
        empty="None.",
    )
    sys.exit(1 if hit else 0)


def _record(row: Any) -> dict[str, Any]:
    record = {name: plain(getattr(row, name)) for name in KEYS if name != "subject_type"}
    record["subject_type"] = row.type_name
    return {name: record[name] for name in KEYS}


@click.command()
@click.argument("subject")
@format_option
def explain(subject: str, form: str) -> None:
    """One subject's rights with the whole chain from fact to status. SUBJECT: serial number, address or name.

    Example: licet explain DS-2CD2146G2-ISU20230415AAWRZ00003001
    """
    actor = open_data()
    up_to_now()
    from licet.authorization.read import explain as explained
    from licet.authorization.read import find_subject, labels
    from licet.estate.read import devices_called, no_device

    found = find_subject(actor, subject)
    if found is None:
        several = devices_called(actor, subject)
        raise Failed(
            no_device(actor, subject)
            if several
            else f"nothing is called {subject!r}. List devices: licet device list --search TEXT"
        )
    items = explained(actor, *found)
    records = [
        {**_record(item.now), "chain": plain(item.chain), "earlier": [_record(row) for row in item.earlier]}
        for item in items
    ]
    if form == "json":
        as_json(records)
    elif form == "csv":
        rows(form, records, KEYS)
    else:
        click.secho(labels([found])[found], underline=True)
        _print(records)
    if not records:
        say("Nothing has been judged yet. Run: licet sweep")


def _print(records: list[dict[str, Any]]) -> None:
    for record in records:
        click.secho(f"{record['right']}: {record['status']}", bold=True)
        click.echo(f"  {record['detail']}")
        if record["remedy"]:
            click.echo(f"  To do: {record['remedy']}")
        if record["valid_until"]:
            click.echo(f"  Changes by itself, if nothing new is learnt: {when(record['valid_until'])}")
        for link in record["chain"][:-1]:
            click.echo(
                f"  {link['step']:>9}: {link['what']} ({link['source']}{', ' + when(link['at']) if link['at'] else ''})"
            )
        for old in record["earlier"][:3]:
            click.echo(f"   before: {old['status']} from {when(old['valid_from'])}: {old['detail']}")
