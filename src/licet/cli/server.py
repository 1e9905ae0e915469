from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from licet.cli.installation import installation
from licet.cli.output import COULD_NOT, Failed, as_json, counted, format_option, rows, say
from licet.cli.session import open_data, secret
from licet.cli.several import Several

_NOTE = "Read from a simulator only so far: this connector has not been tried against the vendor's real service."


def _found(actor: Any, name: str) -> Any:
    from licet.estate.read import find_installation

    row = find_installation(actor, name)
    if row is None:
        raise Failed(f"no installation {name!r}. List them: licet installation list")
    return row


def place(text: str) -> tuple[str, int, str]:
    """(host, port, scheme) of ``https://host:port``, ``host:port`` or ``host``."""
    scheme, _mark, rest = text.rpartition("://")
    host, _colon, port = rest.rstrip("/").partition(":")
    if not host or "/" in host or (port and not port.isdecimal()):
        raise Failed(f"{text!r} is no address. Write it like https://hcp.example.org:443.")
    return host, int(port) if port else (80 if scheme == "http" else 443), scheme or "https"


@installation.command()
@click.argument("name")
@click.argument("address")
@click.option("--key", required=True, help="The partner key (appKey) of the server's OpenAPI.")
@click.option("--secret-file", help="Read the partner secret from this file (- for stdin) instead of asking.")
@click.option(
    "--fingerprint", default="", help="SHA-256 of the server's certificate; without it the first one is pinned."
)
@click.option("--adopt/--no-adopt", default=True, show_default=True, help="Add devices that only the server knows.")
def connect(name: str, address: str, key: str, secret_file: str | None, fingerprint: str, adopt: bool) -> None:
    """Ask a HikCentral Professional server itself, by its OpenAPI. Key and secret are sealed.

    Example: licet installation connect "HikCentral Berlin" https://hcp.example.org --key 24681357
    """
    actor = open_data()
    from licet.estate.connection_record import connect as record

    row = _found(actor, name)
    host, port, scheme = place(address)
    text = secret("Partner secret", secret_file)
    record(
        actor,
        row,
        "hikcentral",
        key,
        text,
        address=host,
        port=port,
        scheme=scheme,
        fingerprint=fingerprint,
        adopt=adopt,
    )
    say(f"{row.name} is asked at {scheme}://{host}:{port} from now on. Next: licet sweep --only installations")


def ask_no_more(actor: Any, row: Any) -> None:
    """End the connection of an installation or a cloud account."""
    from licet.estate.connection_record import disconnect as record

    if not hasattr(row, "connection"):
        raise Failed(f"{row.name} has no connection")
    record(actor, row.connection)
    say(f"{row.name} is asked no more.")


@installation.command()
@click.argument("name")
def disconnect(name: str) -> None:
    """Ask the server no more; key and secret are removed, what it told stays.

    Example: licet installation disconnect "HikCentral Berlin"
    """
    actor = open_data()
    ask_no_more(actor, _found(actor, name))


@installation.command("accept-certificate")
@click.argument("name")
def accept_certificate(name: str) -> None:
    """Take the server's next certificate for its own, after it was renewed on purpose.

    Example: licet installation accept-certificate "HikCentral Berlin"
    """
    actor = open_data()
    from licet.estate.connection_record import accept_certificate as record

    row = _found(actor, name)
    if not hasattr(row, "connection"):
        raise Failed(f"{row.name} has no connection")
    record(actor, row.connection)
    say("The next certificate it shows is pinned. Next: licet sweep --only installations")


@installation.command()
@click.argument("name")
@click.argument("metric")
@click.option("--total", type=click.IntRange(0, 10_000_000), help="What its licence page says it may use.")
@click.option("--used", type=click.IntRange(0, 10_000_000), help="What it says it uses.")
@click.option("--source", default="licence page", show_default=True, help="Where it was read.")
def count(name: str, metric: str, total: int | None, used: int | None, source: str) -> None:
    """Enter what the software's own licence page says; no known answer of HikCentral's OpenAPI tells it.

    Example: licet installation count "HikCentral Berlin" camera --total 213 --used 200
    """
    actor = open_data()
    from licet.authorization.reconcile import changed
    from licet.estate.third_parties import set_count
    from licet.register.record import pool_for

    row = _found(actor, name)
    now = datetime.now(UTC)
    set_count(actor, row, metric, total, used, source=f"{source} (entered)", now=now)
    changed(now, pools=[pool_for(row).pk], actor=actor.label)
    say(
        f"{row.name}: {metric} {used if used is not None else '?'} of {total if total is not None else '?'}. Next: licet position"
    )


@installation.command()
@click.argument("name")
@click.argument("file", type=click.Path())
def totals(name: str, file: str) -> None:
    """Take in the figures of the software's licence page from a file: CSV, XLSX or JSON with name (a metric), total, used.

    Example: licet installation totals "HikCentral Berlin" licence-page.csv
    """
    actor = open_data()
    from licet.authorization.reconcile import changed
    from licet.register.record import pool_for

    row = _found(actor, name)
    if take_in_figures(actor, row, file, "licence"):
        changed(datetime.now(UTC), pools=[pool_for(row).pk], actor=actor.label)


def take_in_figures(actor: Any, row: Any, file: str, usual: str) -> int:
    """Keep what a file says of an installation or account, and say what was left out; how many lines were kept."""
    from licet.estate import exported
    from licet.sites.record import NotPossible
    from licet.tabular.errors import NotReadable

    try:
        with click.open_file(file, "rb") as source:
            data = source.read(exported.MOST_BYTES + 1)
        lines, left_out = exported.read(data, usual)
        kept, more = exported.take_in(actor, row, lines, source=f"file {Path(file).name}", now=datetime.now(UTC))
    except OSError as error:
        raise Failed(f"{file} cannot be read: {error.strerror}") from None
    except (NotPossible, NotReadable) as error:
        raise Failed(str(error)) from None
    for line, why in sorted([*left_out, *more]):
        say(f"line {line}: {why}")
    say(f"{row.name}: {counted(kept, 'line')} kept, {len(left_out) + len(more)} left out.")
    return kept


@installation.command()
@click.argument("name")
@click.argument("file", required=False)
@click.option("--accept", "reason", help="The changed host is right: say why, for example the ticket of the move.")
def host(name: str, file: str | None, reason: str | None) -> None:
    """Take in what the reader command printed on the software's host (licet installation reader), or accept a changed host.

    Example: licet installation host "HikCentral Berlin" host.json
    """
    actor = open_data()
    from licet.estate import hosts

    row = _found(actor, name)
    if reason is not None:
        hosts.accept(actor, row, reason)
        say(f"The host of {row.name} is accepted as it is now.")
    if file is None:
        if reason is None:
            raise Failed("name the file that the reader command wrote, or --accept REASON")
        return
    try:
        with click.open_file(file, "rb") as source:
            content = source.read(hosts.MOST_BYTES + 1)
    except OSError as error:
        raise Failed(f"{file} cannot be read: {error.strerror}") from None
    now = datetime.now(UTC)
    facts = hosts.read_host_file(content, now)
    changed = hosts.take_in(actor, row, facts, now=now, source=f"reader command, file {Path(file).name}")
    say(f"{row.name} runs on {facts.name} ({facts.os or 'unknown system'}).")
    if changed:
        say(
            f"Re-host risk: changed since it was accepted: {', '.join(changed)}. Licences may stop; see whether they must be"
            ' activated anew, then: licet installation host NAME --accept "why"'
        )


@installation.command()
def reader() -> None:
    """Print the reader command: one Python file for the software's host. It reads only and sends nothing.

    Example: licet installation reader > hostreader.py
    """
    click.echo((Path(__file__).parents[1] / "hostreader.py").read_text(encoding="utf-8"), nl=False)


@installation.command()
@click.argument("name", required=False)
@click.option(
    "--network", is_flag=True, help="The other side: devices that answer on the network and are in no server."
)
@click.option("--state", "states", cls=Several, multiple=True, type=click.Choice(["unknown", "gone", "never_answered", "other_device", "retired", "fits"]))  # fmt: skip
@format_option
def drift(name: str | None, network: bool, states: tuple[str, ...], form: str) -> None:
    """Where a server's own list and the network disagree.

    Example: licet installation drift "HikCentral Berlin" --state gone
    """
    actor = open_data()
    from licet.estate import service_read

    if network:
        found = (
            {"name": row.label, "serial_number": row.serial_number, "address": row.address, "site": row.site, "last_answered_at": row.last_answered_at}
            for row in service_read.every_unmanaged(actor, service_read.DriftFilter())
        )  # fmt: skip
        columns = ["name", "serial_number", "address", "site", "last_answered_at"]
        rows(form, found, columns, empty="Every device that answers is in a server.")
        return
    which = _found(actor, name).pk if name else None
    wanted = service_read.DriftFilter(
        drifts=states or ("unknown", "gone", "never_answered", "other_device", "retired"), installation=which
    )
    records = (
        {
            "drift": row.drift, "name": row.name, "serial_number": row.serial_number, "address": row.address,
            "points": row.points, "installation": row.installation, "device": row.device, "observed_at": row.observed_at,
        }
        for row in service_read.every_listed(actor, wanted)
    )  # fmt: skip
    columns = ["drift", "name", "serial_number", "address", "points", "installation", "device"]
    rows(form, records, columns, empty="Server and network agree, or no server list has been read.")


@installation.command()
@click.argument("name")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
def show(name: str, form: str) -> None:
    """One installation: how it is asked, what its licence page says, its host, and where it drifts.

    Example: licet installation show "HikCentral Berlin"
    """
    actor = open_data()
    from licet.estate.service_read import installation_page

    page = installation_page(actor, _found(actor, name).pk)
    if page is None:
        raise Failed(f"no installation {name!r}", COULD_NOT)
    connection = page.connection
    document = {
        "name": page.row.name, "product": page.row.product, "version": page.row.version, "site": page.site,
        "members": page.members, "listed_at": page.row.listed_at, "connection": connection,
        "counts": [
            {"metric": one.metric, "total": one.total, "used": one.used, "source": one.source, "observed_at": one.observed_at}
            for one in page.counts
        ],
        "host": page.host, "host_source": page.host_source, "host_changed": page.row.host_changed, "drift": page.drift,
        "note": _NOTE if connection else "",
    }  # fmt: skip
    if form == "json":
        as_json(document)
        return
    click.echo(
        f"{page.row.name}  {page.row.product} {page.row.version}  {page.site}  {counted(page.members, 'member')}"
    )
    if connection:
        click.echo(f"asked at {connection.where}: {connection.state} {connection.sentence}".rstrip())
        click.echo(_NOTE)
        if connection.rest:
            click.echo(f"not asked now: {connection.rest}")
    for one in page.counts:
        click.echo(f"licence page: {one.metric} {one.used} of {one.total} ({one.source}, {one.observed_at:%Y-%m-%d})")
    if page.host:
        click.echo(
            f"host: {page.host.get('name')} {page.host.get('os')} virtual: {page.host.get('vm_kind') or page.host.get('vm')}"
        )
    if page.row.host_changed:
        click.echo(f"re-host risk: changed: {', '.join(page.row.host_changed)}")
    if page.drift:
        click.echo("drift: " + ", ".join(f"{number} {name}" for name, number in page.drift.items()))
