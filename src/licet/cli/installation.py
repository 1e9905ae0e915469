from datetime import UTC, datetime
from typing import Any

import click

from licet.cli.day import DAY
from licet.cli.output import Failed, counted, format_option, rows, say
from licet.cli.session import named_device, open_data, required_site


@click.group()
def installation() -> None:
    """Software that manages devices: HikCentral servers, iVMS-4200 clients, other VMS."""


@installation.command()
@click.argument("name")
@click.option("--site")
@click.option(
    "--product",
    default="hikcentral-professional",
    show_default=True,
    help="Code or name of the product in the catalogue.",
)
@click.option("--version", default="")
@click.option("--host", default="")
@click.option("--activated", type=DAY, help="The day it was activated; its service runs from there.")
def add(name: str, site: str | None, product: str, version: str, host: str, activated: datetime | None) -> None:
    """Add an installation; licences whose Pool is its name belong to it.

    Example: licet installation add "HikCentral Berlin" --site Berlin --activated 2026-02-09
    """
    actor = open_data()
    from licet.authorization.reconcile import changed
    from licet.estate.record import add_installation
    from licet.register.catalogue import product_code
    from licet.register.record import pool_for
    from licet.sites.record import NotPossible

    where = required_site(actor, site)
    code = product_code(product)
    if code is None:
        raise Failed(f"the catalogue knows no product {product!r}")
    now = datetime.now(UTC)
    try:
        row = add_installation(
            actor,
            where,
            name,
            code,
            now=now,
            version=version,
            host=host,
            activated_on=activated.date() if activated else None,
        )
    except NotPossible as error:
        raise Failed(str(error)) from None
    pool = pool_for(row)
    changed(now, pools=[pool.pk], installations=[row.pk], actor=actor.label)
    say(f"Added {row.name}. Next: say what it manages: licet installation manage {row.name!r} --all")


@installation.command()
@click.argument("name")
@click.option("--version", required=True, help="As its About page says it: V3.0.1.")
def change(name: str, version: str) -> None:
    """State the version of an installation that cannot be asked; the notices about it are judged anew.

    Example: licet installation change "HikCentral Berlin" --version V3.0.1
    """
    actor = open_data()
    from licet.advisories.matching import match_all
    from licet.estate.read import find_installation
    from licet.estate.stated_version import state_software_version
    from licet.sites.record import NotPossible

    row = find_installation(actor, name)
    if row is None:
        raise Failed(f"no installation {name!r}. List them: licet installation list")
    try:
        state_software_version(actor, row, version)
    except NotPossible as error:
        raise Failed(str(error)) from None
    match_all(datetime.now(UTC))
    say(f"{row.name} is stated to run {row.version}. Next: licet advisories check")


@installation.command("list")
@format_option
def list_(form: str) -> None:
    """List the installations.

    Example: licet installation list
    """
    actor = open_data()
    from licet.estate.read import installations

    rows(
        form,
        installations(actor),
        ["name", "product", "version", "host", "site", "members"],
        empty="No installation yet.",
    )


@installation.command()
@click.argument("name")
@click.option("--device", "devices", multiple=True, help="A device it manages (serial number, address or name).")
@click.option("--all", "everything", is_flag=True, help="Every device of its site and the sites below.")
@click.option(
    "--metric",
    "metrics",
    multiple=True,
    help="What each draws (default: camera; doors: --metric door; plates: --metric camera --metric anpr_camera).",
)
@click.option("--remove", is_flag=True, help="It no longer manages these devices.")
def manage(name: str, devices: tuple[str, ...], everything: bool, metrics: tuple[str, ...], remove: bool) -> None:
    """State which devices an installation manages. A recorder counts with each of its channels.

    Example: licet installation manage "HikCentral Berlin" --device 127.0.1.1 --metric camera --metric anpr_camera
    """
    actor = open_data()
    from licet.authorization.reconcile import changed
    from licet.estate.membership import let_go
    from licet.estate.membership import manage as put_under
    from licet.estate.read import find_installation, members_of
    from licet.register.record import pool_for
    from licet.sites.record import NotPossible

    row = find_installation(actor, name)
    if row is None:
        raise Failed(f"no installation {name!r}. List them: licet installation list")
    chosen = _chosen(actor, row, devices, everything)
    now = datetime.now(UTC)
    added = removed = 0
    try:
        if remove:
            removed = let_go(actor, row, chosen)
        else:
            added, _changed = put_under(actor, row, chosen, metrics or ("camera",), now=now)
    except NotPossible as error:
        raise Failed(str(error)) from None
    pool_for(row)
    changed(now, installations=[row.pk], devices=sorted(chosen), actor=actor.label)
    say(
        f"{row.name} manages {counted(len(members_of(row)), 'device')} ({added} added, {removed} removed). Next: licet position"
    )


@installation.command()
@click.argument("name")
@click.option("--reason", required=True)
@click.option("--yes", is_flag=True, help="Do not ask.")
def retire(name: str, reason: str, yes: bool) -> None:
    """Take software out of service: it manages nothing any more. Its history and the licences of its pool stay.

    Example: licet installation retire "HikCentral Berlin" --reason "replaced by HikCentral 3"
    """
    actor = open_data()
    from licet.authorization.reconcile import changed
    from licet.estate.read import find_installation, members_of
    from licet.estate.record import retire_installation
    from licet.sites.record import NotPossible

    row = find_installation(actor, name)
    if row is None:
        raise Failed(f"no installation {name!r}. List them: licet installation list")
    members = sorted(members_of(row))
    if not yes:
        click.confirm(f"Retire {row.name}? Nothing then manages {counted(len(members), 'device')}", abort=True)
    now = datetime.now(UTC)
    try:
        retire_installation(actor, row, reason, now=now)
    except NotPossible as error:
        raise Failed(str(error)) from None
    changed(now, installations=[row.pk], devices=members, actor=actor.label)
    say(f"{row.name} is retired. The licences of its pool stay; move them: licet licence transfer NUMBER --pool NAME")


def _chosen(actor: Any, row: Any, devices: tuple[str, ...], everything: bool) -> list[int]:
    from licet.estate.read import DeviceFilter, every_device

    if everything:
        return [item.id for item in every_device(actor, DeviceFilter(site=row.site))]
    if not devices:
        raise Failed("name devices with --device, or --all")
    return [named_device(actor, text).pk for text in devices]
