from datetime import UTC, datetime
from typing import Any

import click

from licet.cli.day import DAY
from licet.cli.output import Failed, as_json, counted, format_option, rows, say
from licet.cli.session import named_credential, named_device, named_site, open_data, required_site, secret
from licet.cli.several import Several
from licet.cli.sweep import next_sweep

KINDS = ("camera", "recorder", "encoder", "intercom", "access", "other", "unknown")
REACHES = ("answered", "refused", "locked_out", "not_activated", "unreachable", "policy", "no_credential", "never")

_LARGEST = 4_000_000  # bytes of a file with addresses


@click.group()
def device() -> None:
    """Devices: cameras, recorders, encoders, intercoms, access controllers."""


@device.command()
@click.argument("addresses", nargs=-1)
@click.option("--site")
@click.option("--port", type=click.IntRange(1, 65535), help="Default: 80, or 443 with --https.")
@click.option("--https", is_flag=True, help="Ask over HTTPS; the certificate is pinned on first use.")
@click.option("--credential", help="The credential to use (default: the only one of the site and the sites above it).")
@click.option("--no-credential", is_flag=True, help="Ask them with none, though there is one.")
@click.option(
    "--file",
    "files",
    multiple=True,
    type=click.File("rb"),
    help="A file with one address or range a line (- for stdin).",
)
def add(
    addresses: tuple[str, ...], site: str | None, port: int | None, https: bool, credential: str | None,
    no_credential: bool, files: Any,
) -> None:  # fmt: skip
    """Add devices by address, host name or range; what they are is learnt by the next sweep.

    Example: licet device add 192.0.2.10 192.0.2.64/27 192.0.2.100-192.0.2.120 --site Berlin
    """
    actor = open_data()
    from datetime import UTC, datetime

    from licet.estate.addresses import addresses as expand
    from licet.estate.record import add_devices
    from licet.sites.record import NotPossible

    where = required_site(actor, site)
    lines = [line for file in files for line in _lines(file)]
    if credential and no_credential:
        raise Failed("name a credential, or --no-credential")
    if not addresses and not lines:
        raise Failed("name addresses or ranges, or a file with --file")
    try:
        hosts = expand([*addresses, *lines])
        added, known = add_devices(
            actor,
            where,
            hosts,
            now=datetime.now(UTC),
            port=port or (443 if https else 80),
            scheme="https" if https else "http",
            credential=None if no_credential else named_credential(actor, credential, where),
        )
    except NotPossible as error:
        raise Failed(str(error)) from None
    say(f"Added {counted(added, 'device')} to {where.full_name}; already known: {known}. Next: {next_sweep(where)}")


def _lines(file: Any) -> list[str]:
    try:
        content = file.read(_LARGEST + 1)
        if len(content) > _LARGEST:
            raise Failed(f"{file.name}: more than {_LARGEST:,} bytes are no list of addresses")
        text: str = content.decode("utf-8-sig")
    except OSError as error:
        raise Failed(f"{file.name} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise Failed(f"{file.name} is no text in UTF-8; write one address or range a line") from None
    return text.splitlines()


@device.command("list")
@click.option("--site")
@click.option("--kind", cls=Several, multiple=True, type=click.Choice(KINDS))
@click.option("--state", "reach", cls=Several, multiple=True, type=click.Choice(REACHES))
@click.option("--search", default="", help="Part of a name, serial number, model, address or MAC.")
@format_option
def list_(site: str | None, kind: tuple[str, ...], reach: tuple[str, ...], search: str, form: str) -> None:
    """List devices.

    Example: licet device list --site Berlin --state refused
    """
    actor = open_data()
    from licet.cli.output import plain
    from licet.estate.read import DeviceFilter, every_device

    chosen = DeviceFilter(text=search, kinds=kind, reaches=reach, site=named_site(actor, site))
    records = (plain(row) for row in every_device(actor, chosen))
    rows(
        form, records, ["serial_number", "name", "model", "kind", "address", "firmware_version", "activated", "reach", "site"],
        narrow=["name", "model", "address", "reach", "site"],
        empty="No device. Find some: licet discover --add --site NAME, or licet device add ADDRESS",
    )  # fmt: skip


@device.command()
@click.argument("serial")
@click.option("--reason", required=True)
@click.option("--yes", is_flag=True, help="Do not ask.")
def retire(serial: str, reason: str, yes: bool) -> None:
    """Take a device out of the estate. Its history stays; discovering it again brings it back.

    Example: licet device retire 192.0.2.10 --reason "replaced"
    """
    actor = open_data()
    from datetime import UTC, datetime

    from licet.estate.read import managed_by
    from licet.estate.record import retire_device
    from licet.sites.record import NotPossible
    from licet.sweep.after_device import judge_changed_devices

    row = named_device(actor, serial)
    if not yes:
        click.confirm(f"Retire {row} ({row.model or 'unknown model'}, {row.address or 'no address'})?", abort=True)
    now = datetime.now(UTC)
    try:
        retire_device(actor, row, reason, now=now)
    except NotPossible as error:
        raise Failed(str(error)) from None
    judge_changed_devices([row.pk], now, installations=managed_by(row), actor=actor.label)
    say(f"{row} is retired.")


@device.command()
@click.argument("serial")
@click.option("--reason", required=True)
def restore(serial: str, reason: str) -> None:
    """Take back that a device is retired.

    Example: licet device restore DS-2CD2146G2-ISU20230415AAWRZ00003001 --reason "was only away for repair"
    """
    actor = open_data()
    from licet.estate.read import managed_by
    from licet.estate.record import restore_device
    from licet.sites.record import NotPossible
    from licet.sweep.after_device import judge_changed_devices

    row = named_device(actor, serial, retired=True)
    try:
        restore_device(actor, row, reason)
    except NotPossible as error:
        raise Failed(str(error)) from None
    judge_changed_devices([row.pk], datetime.now(UTC), installations=managed_by(row), actor=actor.label)
    say(f"{row} is back. Next: licet sweep --device {row.serial_number or f'device:{row.pk}'!r}")


@device.command()
@click.argument("serial")
@click.option("--name", help="What it is called until it tells its own name.")
@click.option("--address", help="An address or host name.")
@click.option("--port", type=click.IntRange(1, 65535))
@click.option("--https/--http", default=None, help="How it is asked.")
@click.option("--credential", help="The credential it is asked with.")
@click.option("--no-credential", is_flag=True, help="It is asked with none.")
def change(
    serial: str,
    name: str | None,
    address: str | None,
    port: int | None,
    https: bool | None,
    credential: str | None,
    no_credential: bool,
) -> None:
    """Change what a device is called, where it is asked, and with which credential.

    Example: licet device change 192.0.2.10 --address 192.0.2.11 --https --port 443
    """
    actor = open_data()
    from licet.estate.device_change import change_device
    from licet.estate.read import device_numbered
    from licet.sites.record import NotPossible
    from licet.sweep.after_device import judge_changed_devices

    row = named_device(actor, serial)
    scheme = None if https is None else "https" if https else "http"
    asked = {"name": name, "address": address, "port": port, "scheme": scheme}
    wanted: dict[str, Any] = {field: value for field, value in asked.items() if value is not None}
    if credential and no_credential:
        raise Failed("name a credential, or --no-credential")
    if credential or no_credential:
        wanted["credential"] = named_credential(actor, credential, row.site) if credential else None
    if not wanted:
        raise Failed("say what is to change: --name, --address, --port, --https, --http, --credential, --no-credential")
    try:
        differs = change_device(actor, row, wanted)
    except NotPossible as error:
        raise Failed(str(error)) from None
    judge_changed_devices([row.pk] if differs else [], datetime.now(UTC), actor=actor.label)
    now_called = device_numbered(actor, row.pk) or row
    say(f"{now_called}: {', '.join(differs)} changed." if differs else "Nothing was different.")


@device.command()
@click.argument("serial")
@click.argument("site")
@click.option("--reason", required=True)
@click.option("--address", help="Its address or host name there (default: the one it has).")
@click.option("--no-address", is_flag=True, help="Not known yet: a sweep or a discovery of that site finds it.")
@click.option("--port", type=click.IntRange(1, 65535), help="Its port there (default: the one it has).")
@click.option("--yes", is_flag=True, help="Do not ask.")
def move(
    serial: str, site: str, reason: str, address: str | None, no_address: bool, port: int | None, yes: bool
) -> None:
    """Take a device to another site, a retired one too. What that changes is shown first; both sites' records tell of it.

    Example: licet device move 192.0.2.10 "Customer / Bonn" --reason "rebuilt" --address 198.51.100.7
    """
    actor = open_data()
    from licet.estate.device_move import Place
    from licet.estate.read import devices_called
    from licet.sites.record import NotPossible
    from licet.sweep.device_move import move as move_device
    from licet.sweep.device_move import what_changes

    in_use = devices_called(actor, serial) or not devices_called(actor, serial, retired=True)
    row = named_device(actor, serial, retired=not in_use)
    where = required_site(actor, site)
    if address is not None and no_address:
        raise Failed("name an address, or --no-address")
    place, now = Place("" if no_address else address, port), datetime.now(UTC)
    try:
        told = what_changes(actor, row, where, now=now, place=place)
        if not yes:
            for sentence in told:
                click.echo(sentence)
            click.confirm(f"Move {row} ({row.model or 'unknown model'}) to {where.full_name}?", abort=True)
        move_device(actor, row, where, reason=reason, now=now, place=place)
    except NotPossible as error:
        raise Failed(str(error)) from None
    say(f"{row} is at {where.full_name}. Next: {next_sweep(where)}")


@device.command()
@click.argument("serial")
@click.option("--code-file", metavar="FILE", help="Read it from this file (- for stdin) instead of asking.")
@click.option("--remove", is_flag=True, help="Take it out of the vault instead.")
def code(serial: str, code_file: str | None, remove: bool) -> None:
    """Seal a device's verification code in the vault, in the place of the one before. It is never shown again.

    Example: licet device code J12345678 --code-file code.txt
    """
    actor = open_data()
    from licet.estate.codes import keep_code, remove_code
    from licet.sites.record import NotPossible

    row = named_device(actor, serial)
    try:
        if remove:
            remove_code(actor, row)
        else:
            keep_code(actor, row, secret("Verification code", code_file, "--code-file"), now=datetime.now(UTC))
    except NotPossible as error:
        raise Failed(str(error)) from None
    say(f"The code of {row} is {'taken out of' if remove else 'sealed in'} the vault.")


@device.command("retire-channel")
@click.argument("serial")
@click.argument("number", type=click.IntRange(min=0))
@click.option("--reason", required=True)
@click.option("--undo", is_flag=True, help="Take back that it was retired.")
def retire_channel(serial: str, number: int, reason: str, undo: bool) -> None:
    """Take a channel of a recorder out: it needs no licence any more, also while the recorder goes on listing it.

    Example: licet device retire-channel 192.0.2.10 7 --reason "camera was removed"
    """
    actor = open_data()
    from datetime import UTC, datetime

    from licet.authorization.reconcile import changed
    from licet.estate import record
    from licet.estate.read import find_channel, managed_by
    from licet.sites.record import NotPossible

    row = named_device(actor, serial)
    channel = find_channel(actor, row, number)
    if channel is None:
        raise Failed(f"{row} has no channel {number}. See: licet device show {serial}")
    now = datetime.now(UTC)
    try:
        if undo:
            record.restore_channel(actor, channel, reason)
        else:
            record.retire_channel(actor, channel, reason, now=now)
    except NotPossible as error:
        raise Failed(str(error)) from None
    changed(now, installations=managed_by(row), actor=actor.label)
    say(f"Channel {number} of {row} is {'back' if undo else 'retired'}.")


@device.command()
@click.argument("serial")
@click.argument("name")
@click.option("--until", type=DAY, help="Its last day; none = without an end.")
@click.option("--document", type=click.IntRange(1), help="The number of its document in the register.")
def app(serial: str, name: str, until: datetime | None, document: int | None) -> None:
    """State that an on-camera app was bought for a device; the device itself tells only whether it runs.

    Example: licet device app DS-2CD2146G2-ISU20230415AAWRZ00003001 "Queue counter" --until 2027-03-31
    """
    actor = open_data()
    from licet.authorization.reconcile import judge_devices
    from licet.estate.third_parties import set_app_licence
    from licet.register.documents import find_document

    row = named_device(actor, serial)
    if document is not None and find_document(actor, document) is None:
        raise Failed(f"the register has no document {document}. List them: licet document list")
    now = datetime.now(UTC)
    set_app_licence(actor, row, name, now=now, until=until.date() if until else None, document=document)
    judge_devices([row.pk], now)
    say(f"{name} on {row} is stated as bought. Next: licet explain {serial!r}")


@device.command()
@click.argument("serial", required=False)
@click.option("--total", type=click.IntRange(0, 1024), help="The slots that it has.")
@click.option("--used", type=click.IntRange(0, 1024), help="Those that its channels use.")
@click.option("--source", default="menu of the recorder", show_default=True, help="Where it was read.")
@click.option("--file", type=click.File("rb"), help="Many at once: CSV or XLSX with serial, slots, used, source.")
def engines(serial: str | None, total: int | None, used: int | None, source: str, file: Any) -> None:
    """State a recorder's analytics engine slots and how many are used; no known answer of a device tells both.

    Example: licet device engines "Recorder 001" --total 4 --used 6

    Many at once: licet device engines --file slots.csv
    """
    actor = open_data()
    from licet.authorization.reconcile import judge_devices
    from licet.estate.third_parties import set_engine_slots

    if file is not None and serial is None:
        _engines_from(actor, file, source)
        return
    if serial is None or total is None or used is None or file is not None:
        raise Failed("name one recorder with --total and --used, or a file with --file")
    row = named_device(actor, serial)
    now = datetime.now(UTC)
    set_engine_slots(actor, row, total, used, source=f"{source} (entered)", now=now)
    judge_devices([row.pk], now)
    say(f"{row}: {used} of {total} engine slots in use. Next: licet explain {serial!r}")


def _engines_from(actor: Any, file: Any, source: str) -> None:
    from licet.authorization.reconcile import judge_devices
    from licet.estate import engine_file, exported
    from licet.sites.record import NotPossible

    now = datetime.now(UTC)
    try:
        lines, left_out = engine_file.read(file.read(exported.MOST_BYTES + 1))
        kept, more = engine_file.take_in(actor, lines, source=source, now=now)
    except OSError as error:
        raise Failed(f"{file.name} cannot be read: {error.strerror}") from None
    except NotPossible as error:
        raise Failed(str(error)) from None
    for line, why in sorted([*left_out, *more]):
        say(f"line {line}: {why}")
    judge_devices(kept, now)
    say(
        f"{counted(len(kept), 'recorder')} kept, {counted(len(left_out) + len(more), 'line')} left out. Next: licet authorizations --kind feature"
    )


@device.command()
@click.argument("serial")
@click.argument("text", metavar="VERSION")
@click.option("--source", required=True, help="Where it was read: label, menu, installer's report.")
def version(serial: str, text: str, source: str) -> None:
    """State the firmware version of a device that cannot be asked; what a sweep reads later takes its place.

    Example: licet device version DS-2CD2146G2-ISU20230415AAWRZ00003001 "V5.7.15 build 230313" --source label
    """
    actor = open_data()
    from licet.advisories.matching import match_devices
    from licet.estate.stated_version import state_version
    from licet.sites.record import NotPossible

    row = named_device(actor, serial)
    now = datetime.now(UTC)
    try:
        state_version(actor, row, text, source=source, now=now)
    except NotPossible as error:
        raise Failed(str(error)) from None
    match_devices(now, [row.pk])
    say(f"{row} is stated to run V{row.firmware_version}. Next: licet advisories check --device {serial!r}")


@device.command()
@click.argument("serial")
@format_option
def show(serial: str, form: str) -> None:
    """Show one device: facts with source and time, channels, authorizations. SERIAL may be an address or name too.

    Example: licet device show DS-2CD2146G2-ISU20230415AAWRZ00003001 --format json
    """
    actor = open_data()
    from licet.authorization.read import AuthorizationFilter, all_authorizations
    from licet.cli.output import plain
    from licet.estate.dossier import dossier
    from licet.estate.read import no_device

    row = named_device(actor, serial)
    found = dossier(actor, row.pk)
    if found is None:
        raise Failed(no_device(actor, serial))
    held = [plain(item) for item in all_authorizations(actor, AuthorizationFilter(subject=(1, row.pk)))]
    document = {**plain(found), "authorizations": held}
    if form == "json":
        as_json(document)
        return
    _print(document, held, form)


def _print(document: dict[str, Any], held: list[dict[str, Any]], form: str) -> None:
    head = document["row"]
    click.echo(f"{head['label']}  {head['model']}  {head['serial_number']}  {head['address']}  {head['site']}")
    facts = [
        {"topic": item["topic"], "field": name, "value": value, "seen": item["confirmed_at"], "source": item["source"]}
        for item in document["facts"]
        for name, value in (item["value"] or {}).items()
        if value not in (None, "", [], {})
    ]
    if (twin := document["claims"]) is not None:
        click.echo(
            f"\nIt answers as {twin['device']} ({twin['serial_number']}), retired at {twin['site']}; nothing of it is believed. If that one was\n"
            f"brought here, move it: licet device move device:{twin['device_id']} {head['site']!r} --no-address --reason ..."
        )
    click.echo("\nFacts")
    rows(
        form,
        facts,
        ["topic", "field", "value", "seen", "source"],
        empty="No fact yet. Sweep it: licet sweep --device SERIAL",
    )
    if document["channels"]:
        click.echo("\nChannels")
        rows(
            form,
            document["channels"],
            ["number", "name", "camera", "model", "serial_number", "online", "not_listed_since"],
        )
    click.echo("\nAuthorizations")
    rows(form, held, ["right", "status", "detail", "remedy", "valid_until"])
