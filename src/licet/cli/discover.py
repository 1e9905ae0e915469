from typing import Any

import click

from licet.cli.output import COULD_NOT, Failed, counted, format_option, plain, rows, say
from licet.cli.session import named_credential, open_data, required_site
from licet.cli.sweep import next_sweep

_COLUMNS = (
    "name",
    "serial_number",
    "model",
    "device_type",
    "address",
    "mac",
    "firmware",
    "activated",
    "http_port",
    "source",
)


@click.command()
@click.option(
    "--interface", "interfaces", multiple=True, help="Only this interface (name or address). Default: all but loopback."
)
@click.option(
    "--host", "hosts", multiple=True, help="Ask this address or range directly, where multicast does not reach."
)
@click.option("--timeout", type=click.FloatRange(0.2, 60), default=3.0, show_default=True, help="Seconds to listen.")
@click.option(
    "--sadp-port", type=click.IntRange(1, 65535), default=37020, show_default=True, help="The devices' discovery port."
)
@click.option("--add", "keep", is_flag=True, help="Add what is found to the estate.")
@click.option("--site", help="The site to add to.")
@click.option("--credential", help="The credential for added devices (default: the site's only one).")
@format_option
def discover(
    interfaces: tuple[str, ...],
    hosts: tuple[str, ...],
    timeout: float,
    sadp_port: int,
    keep: bool,
    site: str | None,
    credential: str | None,
    form: str,
) -> None:
    """Find devices on this network segment by SADP and WS-Discovery. Only inquiries are sent.

    Example: licet discover --add --site Berlin
    """
    actor = open_data()
    from datetime import UTC, datetime

    from licet.estate.addresses import addresses
    from licet.sites.record import NotPossible
    from licet.sweep import discovery

    where = required_site(actor, site) if keep else None
    try:
        found = discovery.discover(
            actor,
            interfaces=interfaces or (() if hosts else None),
            hosts=addresses(hosts),
            seconds=timeout,
            port=sadp_port,
        )
    except NotPossible as error:
        raise Failed(str(error)) from None
    rows(
        form,
        _records(actor, found),
        _COLUMNS,
        narrow=("name", "serial_number", "address", "activated"),
        empty="Nobody answered.",
    )
    for note in found.notes:
        say(f"note: {note}")
    if where is not None and (found.sadp or found.onvif):
        added = discovery.add(
            actor, where, found, now=datetime.now(UTC), credential=named_credential(actor, credential, where)
        )
        say(
            f"Added {counted(len(added.new), 'device')} to {where.full_name}; already known: {len(added.known)}. Next: {next_sweep(where)}"
        )
    if not found.sadp and not found.onvif:
        raise Failed("nobody answered. Possible causes: " + "; ".join(found.silence), COULD_NOT)


def _records(actor: Any, found: Any) -> list[dict[str, Any]]:
    """What answered; ``name`` is what the estate calls it, "" where it is new."""
    from licet.estate.read import names_of_serials

    known = names_of_serials(actor, [fact.value.serial_number for fact in found.sadp if fact.value.serial_number])
    listed = []
    for fact in found.sadp:
        record = {name: plain(getattr(fact.value, name)) for name in _COLUMNS if name not in {"name", "source"}}
        called = known.get(fact.value.serial_number or "", "")
        listed.append({"name": called, **record, "source": "sadp", "notes": list(fact.notes)})
    for fact in found.onvif:
        value = fact.value
        listed.append(
            {
                "name": "", "serial_number": None, "model": value.hardware, "device_type": None, "address": value.address, "mac": value.mac,
                "firmware": None, "activated": None, "http_port": None, "source": "onvif", "notes": list(fact.notes),
            }
        )  # fmt: skip
    return listed
