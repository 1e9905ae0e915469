import signal
import threading
from typing import Any

import click

from licet.cli.output import COULD_NOT, Failed, as_json, format_option, plain, progress, rows, say
from licet.cli.session import named_site, open_data

_KEYS = ("asked", "answered", "unreachable", "refused", "locked_out", "not_activated", "policy", "requests", "seconds")


@click.command()
@click.option("--site", help="Only this site and those below it.")
@click.option("--device", "devices", multiple=True, help="Only this device (serial number, address or name).")
@click.option("--concurrency", type=click.IntRange(1, 1000), default=64, show_default=True, help="Devices at a time.")
@format_option
def sweep(site: str | None, devices: tuple[str, ...], concurrency: int, form: str) -> None:
    """Ask every known device, fold the answers in, judge what changed. A refused password is never tried again.

    Ctrl-C ends it early and keeps what was learnt. Example: licet sweep --site Berlin
    """
    actor = open_data()
    from licet.estate.read import find_device
    from licet.sites.record import NotPossible
    from licet.sweep.run import sweep as run

    where = named_site(actor, site)
    ids = None
    if devices:
        found = {text: find_device(actor, text) for text in devices}
        missing = [text for text, row in found.items() if row is None]
        if missing:
            raise Failed(f"no device {missing[0]!r}")
        ids = [row.pk for row in found.values() if row is not None]
    stop = threading.Event()
    before = signal.signal(signal.SIGINT, lambda *_: stop.set())
    try:
        result = run(
            actor, site=where, devices=ids, concurrency=concurrency, progress=progress("Asked"), cancelled=stop.is_set
        )
    except NotPossible as error:
        raise Failed(str(error), COULD_NOT) from None
    finally:
        signal.signal(signal.SIGINT, before)
    document: dict[str, Any] = {name: getattr(result, name) for name in _KEYS}
    document["cancelled"] = result.cancelled
    document["changes"] = _changes(result.changes)
    if form == "json":
        as_json(document)
    else:
        rows(form, [document], _KEYS)
        _say_changes(document["changes"])
    if result.unstorable:
        say(f"{result.unstorable} devices gave answers that could not be stored; see the log.")
    if result.refused:
        say(
            f"{result.refused} devices refuse the stored password; they are not tried again until: licet credential replace NAME"
        )
    if result.locked_out:
        say(f"{result.locked_out} devices have locked us out; they are left alone until the time they named is over.")
    if result.asked == 0:
        raise Failed(
            "there is no device to ask. Find some: licet discover --add, or licet device add ADDRESS", COULD_NOT
        )


def _changes(changes: Any) -> list[dict[str, Any]]:
    from licet.authorization.read import labels

    names = labels((1, change.device) for change in changes)
    return [
        {
            "subject": names.get((1, change.device), str(change.device)),
            "fact": f"{change.topic}.{change.field}",
            "before": plain(change.before),
            "after": plain(change.after),
        }
        for change in changes
    ]


def _say_changes(changes: list[dict[str, Any]]) -> None:
    for change in changes[:20]:
        say(f"changed: {change['subject']}: {change['fact']}: {change['before']} -> {change['after']}")
    if len(changes) > 20:
        say(f"... and {len(changes) - 20} changes more (--format json lists all)")
