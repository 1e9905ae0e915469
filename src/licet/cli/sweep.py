import signal
import threading
from typing import Any

import click

from licet.cli.job import put_sweeps
from licet.cli.output import COULD_NOT, Failed, as_json, counted, format_option, plain, progress, rows, say
from licet.cli.session import named_device, named_site, open_data

_KEYS = (
    "asked", "answered", "no_credential", "unreachable", "refused", "locked_out", "not_activated", "policy", "requests", "seconds",
)  # fmt: skip


@click.command()
@click.option("--site", help="Only this site and those below it.")
@click.option("--device", "devices", multiple=True, help="Only this device (serial number, address or name).")
@click.option("--concurrency", type=click.IntRange(1, 1000), default=64, show_default=True, help="Devices at a time.")
@click.option("--only", type=click.Choice(["devices", "installations", "cloud"]), help="Only one sort; without it all.")
@click.option(
    "--background", is_flag=True, help="Put it into the queue, a job for each site, instead of waiting for it."
)
@format_option
def sweep(
    site: str | None, devices: tuple[str, ...], concurrency: int, only: str | None, form: str, background: bool
) -> None:
    """Ask every known device, server and cloud account, judge what changed. What refused us is never tried again by itself.

    Ctrl-C ends it early and keeps what was learnt. Example: licet sweep --site Berlin
    """
    actor = open_data()
    where = named_site(actor, site)
    if background:
        if devices or only:
            raise Failed("--background takes whole sites; it goes with --site, not with --device or --only")
        put_sweeps(actor, where)
        return
    ids = _ids(actor, devices)
    result, asked = _asked(actor, where, ids, concurrency, only)
    document: dict[str, Any] = {name: getattr(result, name) for name in _KEYS}
    document["cancelled"] = result.cancelled
    document["changes"] = _changes(result.changes)
    document["connections"] = [plain(one) for one in asked]
    if form == "json":
        as_json(document)
    else:
        if only in {None, "devices"}:
            rows(form, [document], _KEYS)
        if asked:
            rows(form, document["connections"], ["name", "kind", "state", "devices", "added", "removed", "sentence"])
        _say_changes(document["changes"])
    _say_troubles(asked)
    _say_result(result)
    if result.asked == 0 and not asked and not result.waiting:
        raise Failed(_NOTHING.get(only or "", _NO_DEVICE), COULD_NOT)


def next_sweep(site: Any) -> str:
    """How the devices of a site are asked next: by a sweep from here, or by the collector that has been given the site."""
    from licet.sweep.centre.devices import collected

    if collected().filter(pk=site.pk).exists():
        return "its collector asks them; there: licet collect run"
    return f"licet sweep --site {site.name!r}"


_NO_DEVICE = (
    "there is no device to ask from here (what a collector asks is left to it). "
    "Find some: licet discover --add, or licet device add ADDRESS"
)
_NOTHING = {
    "installations": "no installation has a connection. Make one: licet installation connect NAME ADDRESS",
    "cloud": "no cloud account has a connection. Make one: licet cloud connect NAME",
}


def _ids(actor: Any, devices: tuple[str, ...]) -> list[int] | None:
    if not devices:
        return None
    return [named_device(actor, text).pk for text in devices]


def _asked(actor: Any, where: Any, ids: list[int] | None, concurrency: int, only: str | None) -> tuple[Any, Any]:
    """What the sweeps of devices and of connections gave; Ctrl-C ends both and keeps what was learnt."""
    from licet.sites.record import NotPossible
    from licet.sweep.connectors import ask_connections
    from licet.sweep.run import Result
    from licet.sweep.run import sweep as run

    stop = threading.Event()
    before = signal.signal(signal.SIGINT, lambda *_: stop.set())
    result, asked = Result(), []
    try:
        if only in {None, "devices"}:
            shown = progress("Asked")
            result = run(actor, site=where, devices=ids, concurrency=concurrency, progress=shown, cancelled=stop.is_set)
        if only != "devices" and ids is None and not stop.is_set():
            asked = ask_connections(actor, site=where, only=only or "", cancelled=stop.is_set).answers
    except NotPossible as error:
        raise Failed(str(error), COULD_NOT) from None
    finally:
        signal.signal(signal.SIGINT, before)
    return result, asked


def _say_result(result: Any) -> None:
    if result.unstorable:
        say(f"Answers of {counted(result.unstorable, 'device')} could not be stored; see the log.")
    if result.waiting:
        say(
            f"Left alone for half an hour: {counted(result.waiting, 'device')}; a sweep that was killed may just have tried a password they refuse."
        )
    if result.no_credential:
        say(
            f"No credential for {counted(result.no_credential, 'device')}, so nobody signed in there. Add one: licet credential add --help"
        )
    if result.unreachable:
        say(
            f"Not reached: {counted(result.unreachable, 'device')}. Which: licet device list --state unreachable; why: licet doctor ADDRESS"
        )
    if result.refused:
        say(
            f"The stored password was refused by {counted(result.refused, 'device')} and is not tried there again until: licet credential replace NAME"
        )
    if result.locked_out:
        say(
            f"Locked out by {counted(result.locked_out, 'device')}; nothing is asked there until the time that was named is over."
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


def _say_troubles(asked: Any) -> None:
    """What each server or account that was not read whole needs."""
    for one in asked:
        if one.skipped:
            say(f"{one.name} was not asked: {one.sentence}. {one.remedy}".rstrip())
        elif one.sentence:
            say(f"{one.name}: {one.sentence}. {one.remedy}")
