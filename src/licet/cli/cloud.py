from datetime import UTC, datetime
from typing import Any

import click

from licet.cli.day import DAY
from licet.cli.output import Failed, format_option, rows, say
from licet.cli.server import ask_no_more, place, take_in_figures
from licet.cli.session import named_device, open_data, required_site, secret
from licet.cli.several import Several

_PLATFORMS = ["hik-connect", "teams", "partner-pro"]
_KINDS = ["rental_site", "installer", "shared_user", "isup_uplink", "other"]


@click.group()
def cloud() -> None:
    """Cloud accounts: who holds which device, services with their terms, and who else may act."""


def _found(actor: Any, name: str) -> Any:
    from licet.estate.cloud_read import find_account

    row = find_account(actor, name)
    if row is None:
        raise Failed(f"no cloud account {name!r}. List them: licet cloud list")
    return row


@cloud.command()
@click.argument("name")
@click.option("--site")
@click.option("--platform", type=click.Choice(_PLATFORMS), default="hik-connect", show_default=True)
@click.option("--owner", default="", help="Who owns it: the organisation, or the installer.")
@click.option("--theirs", is_flag=True, help="It belongs to somebody else (an installer, for example).")
@click.option("--second-factor/--no-second-factor", default=None, help="Whether a second factor protects it.")
@click.option("--users-reviewed", type=DAY, help="The day its users were last looked through.")
def add(
    name: str,
    site: str | None,
    platform: str,
    owner: str,
    theirs: bool,
    second_factor: bool | None,
    users_reviewed: Any,
) -> None:
    """Add a cloud account.

    Example: licet cloud add "Head office" --site Berlin --platform hik-connect --second-factor
    """
    actor = open_data()
    from licet.authorization.reconcile import judge_accounts
    from licet.estate.record import add_cloud_account

    now = datetime.now(UTC)
    day = users_reviewed.date() if users_reviewed else None
    row = add_cloud_account(
        actor, required_site(actor, site), name, now=now, platform=platform, ours=not theirs, owner=owner,
        second_factor=second_factor, users_reviewed_on=day,
    )  # fmt: skip
    judge_accounts(now)
    say(f"Added {row.name}. Next: licet cloud connect {row.name!r} --key NAME")


@cloud.command()
@click.argument("name")
@click.option(
    "--key", required=True, help="The account's e-mail or phone (hik-connect), or its appKey (teams, partner-pro)."
)
@click.option("--secret-file", help="Read password or secretKey from this file (- for stdin) instead of asking.")
@click.option("--address", default="", help="Of a simulated cloud on this machine; empty = the vendor's own hosts.")
def connect(name: str, key: str, secret_file: str | None, address: str) -> None:
    """Read an account's device list in each sweep. Name and password are sealed; one terminal identity is kept.

    The Hik-Connect app interface is not a public one of the vendor; you switch it on knowingly.
    Example: licet cloud connect "Head office" --key owner@example.org
    """
    actor = open_data()
    from licet.estate.connection_record import connect as record

    row = _found(actor, name)
    text = secret("Password or secret", secret_file)
    host, port, scheme = place(address) if address else ("", 443, "https")
    record(actor, row, row.platform, key, text, address=host, port=port, scheme=scheme)
    say(f"{row.name} is asked from now on. Next: licet sweep --only cloud")


@cloud.command()
@click.argument("name")
def disconnect(name: str) -> None:
    """Ask the account no more; its password is removed, what it told stays.

    Example: licet cloud disconnect "Head office"
    """
    actor = open_data()
    ask_no_more(actor, _found(actor, name))


@cloud.command("list")
@format_option
def list_(form: str) -> None:
    """List the accounts and how asking them stands.

    Example: licet cloud list
    """
    actor = open_data()
    from licet.estate.cloud_read import accounts

    found = [
        {
            "name": row.name, "platform": row.platform, "site": row.site, "ours": row.ours, "devices": row.devices,
            "listed_at": row.listed_at, "state": row.connection.state if row.connection else "not connected",
            "sentence": (row.connection.rest or row.connection.sentence) if row.connection else "",
            "simulated": row.connection.simulated if row.connection else None,
        }
        for row in accounts(actor)
    ]  # fmt: skip
    rows(
        form,
        found,
        ["name", "platform", "site", "ours", "devices", "listed_at", "state", "sentence"],
        empty="No account yet.",
    )


@cloud.command()
@click.argument("name")
@click.option("--search", default="")
@format_option
def devices(name: str, search: str, form: str) -> None:
    """What an account lists.

    Example: licet cloud devices "Head office" --format csv
    """
    actor = open_data()
    from licet.estate.cloud_read import every_listing

    found = (
        {
            "short_serial": row.short_serial, "name": row.name, "model": row.model, "firmware": row.firmware,
            "online": row.online, "shared": row.shared, "cloud_site": row.cloud_site, "bound_since": row.bound_since,
            "observed_at": row.observed_at,
        }
        for row in every_listing(actor, _found(actor, name).pk, search)
    )  # fmt: skip
    columns = ["short_serial", "name", "model", "online", "shared", "cloud_site", "bound_since", "observed_at"]
    rows(form, found, columns, empty="It lists nothing, or has not been read yet.")


@cloud.command()
@click.option("--disagreeing", is_flag=True, help="Only where device and account say different things.")
@format_option
def ownership(disagreeing: bool, form: str) -> None:
    """Who holds each device, seen from the device and from our accounts.

    Example: licet cloud ownership --disagreeing
    """
    actor = open_data()
    from licet.estate.cloud_read import DISAGREEMENTS, HoldingFilter, every_holding

    wanted = HoldingFilter(disagreements=DISAGREEMENTS if disagreeing else ())
    found = (
        {
            "name": row.name, "short_serial": row.short_serial, "site": row.site, "connectivity": row.link, "owner": row.owner,
            "device_says": row.says, "accounts": [name for _pk, name, _online, _shared in row.accounts],
            "disagreements": list(row.disagreements),
        }
        for row in every_holding(actor, wanted)
    )  # fmt: skip
    columns = ["name", "short_serial", "site", "connectivity", "owner", "device_says", "accounts", "disagreements"]
    rows(
        form,
        found,
        columns,
        empty="Device and accounts agree everywhere." if disagreeing else "No device has to do with a cloud.",
    )


@cloud.command()
@click.argument("name")
@click.argument("code")
@click.option("--ends", type=DAY, help="Its last day; none = it runs without an end.")
@click.option("--device", default="", help="Short serial number, for a service of one device.")
@click.option("--channel", type=click.IntRange(0, 1024), default=0)
def service(name: str, code: str, ends: Any, device: str, channel: int) -> None:
    """Enter the term of a service package; no known answer of the key clouds tells it.

    Example: licet cloud service "Head office" health_monitoring --ends 2027-03-31
    """
    actor = open_data()
    from licet.estate.third_parties import set_service

    day = ends.date() if ends else None
    row = set_service(
        actor, _found(actor, name), code, day, now=datetime.now(UTC), short_serial=device, channel=channel
    )
    say(f"{row.code}: {'until ' + row.ends_on.isoformat() if row.ends_on else 'without an end'}.")


@cloud.command()
@click.argument("name")
@click.argument("file", type=click.Path())
def services(name: str, file: str) -> None:
    """Take in the terms of service packages from a file: CSV, XLSX or JSON with name, ends, device, channel.

    Example: licet cloud services "Head office" packages.csv
    """
    actor = open_data()
    take_in_figures(actor, _found(actor, name), file, "service")


@cloud.group("third-party")
def third_party() -> None:
    """Others who may act on devices: rental sites, installers, shared users, ISUP uplinks."""


@third_party.command("add")
@click.argument("kind", type=click.Choice(_KINDS))
@click.argument("who")
@click.option("--site")
@click.option("--device", help="Only this device (serial number, address or name).")
@click.option("--account", help="Everything that this cloud account lists.")
@click.option("--may", default="", help="What they may do.")
@click.option("--since", type=DAY)
@click.option("--until", type=DAY, help="The last day.")
@click.option("--document", type=click.IntRange(1), help="The contract's number in the register.")
def add_party(
    kind: str, who: str, site: str | None, device: str | None, account: str | None, may: str, since: Any, until: Any,
    document: int | None,
) -> None:  # fmt: skip
    """Enter somebody who may act. Without --device or --account it holds for the whole site.

    Example: licet cloud third-party add isup_uplink "Watch Ltd" --site Berlin --until 2027-12-31 --document 12
    """
    actor = open_data()
    from licet.estate.third_parties import add_third_party

    of = _found(actor, account) if account else None
    row = named_device(actor, device) if device else None
    where = row.site if row else of.site if of else required_site(actor, site)
    _known_document(actor, document)
    made = add_third_party(
        actor, where, kind, who, now=datetime.now(UTC), may=may, since=_day(since), until=_day(until), document=document,
        account=of, device=row,
    )  # fmt: skip
    _judged(made)
    say(f"Entered number {made.pk}.")


def _day(found: Any) -> Any:
    return found.date() if found else None


def _known_document(actor: Any, number: int | None) -> None:
    from licet.register.documents import find_document

    if number is not None and find_document(actor, number) is None:
        raise Failed(f"the register has no document {number}. List them: licet document list")


def _judged(row: Any) -> None:
    """Judge the devices that a third party is about."""
    from licet.authorization.reconcile import judge_devices
    from licet.estate.cloud_read import devices_of_party

    judge_devices(devices_of_party(row), datetime.now(UTC))


@third_party.command("list")
@click.option(
    "--state", "states", cls=Several, multiple=True, type=click.Choice(["over", "learnt", "open", "in_order", "ended"])
)
@format_option
def list_parties(states: tuple[str, ...], form: str) -> None:
    """List them, with their state.

    Example: licet cloud third-party list --state over --state open
    """
    actor = open_data()
    from licet.estate.cloud_read import PartyFilter, every_party, party_state

    today = datetime.now(UTC).date()
    found = (
        {
            "number": row.pk, "state": party_state(row, today), "kind": row.kind, "who": row.who, "may": row.may,
            "site": row.site.full_name, "device": str(row.device) if row.device else "",
            "account": str(row.account) if row.account else "", "since": row.since, "until": row.until,
            "document": row.document, "learnt": row.learnt,
        }
        for row in every_party(actor, PartyFilter(states=states, today=today))
    )  # fmt: skip
    columns = ["number", "state", "kind", "who", "site", "device", "account", "until", "document", "learnt"]
    rows(form, found, columns, empty="Nobody else may act, as far as is known.")


@third_party.command()
@click.argument("number", type=int)
@click.option("--until", type=DAY)
@click.option("--document", type=click.IntRange(1))
def confirm(number: int, until: Any, document: int | None) -> None:
    """Say until when, or by which contract, somebody may act.

    Example: licet cloud third-party confirm 3 --until 2027-12-31
    """
    actor = open_data()
    from licet.estate.third_parties import confirm_third_party

    _known_document(actor, document)
    row = confirm_third_party(actor, _party(actor, number), until=_day(until), document=document)
    _judged(row)
    say(f"Number {row.pk} is confirmed.")


@third_party.command()
@click.argument("number", type=int)
@click.option("--reason", required=True, help="How the right was taken away.")
def end(number: int, reason: str) -> None:
    """The right was taken away where it was given.

    Example: licet cloud third-party end 3 --reason "site handed over, installer removed"
    """
    actor = open_data()
    from licet.estate.third_parties import end_third_party

    row = end_third_party(actor, _party(actor, number), reason, now=datetime.now(UTC))
    _judged(row)
    say(f"Number {row.pk} is ended.")


def _party(actor: Any, number: int) -> Any:
    from licet.estate.cloud_read import find_party

    row = find_party(actor, number)
    if row is None:
        raise Failed(f"no third party {number}. List them: licet cloud third-party list")
    return row
