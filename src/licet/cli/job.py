import signal
import threading
from typing import TYPE_CHECKING, Any

import click

from licet.cli.output import COULD_NOT, Failed, as_json, counted, format_option, plain, rows, say
from licet.cli.session import named_site, open_data, owner_only, required_site
from licet.cli.several import Several

if TYPE_CHECKING:
    from licet.sweep.read import JobRow

_STATES = ("waiting", "running", "done", "cancelled", "failed")
_COLUMNS = (
    "id", "kind", "site", "state", "done", "total", "attempts", "by", "queue", "problem", "created_at", "due_at",
    "started_at", "ended_at",
)  # fmt: skip
_NARROW = ("id", "kind", "site", "state", "done", "total", "problem")


@click.group()
def job() -> None:
    """Work that is done beside the pages: sweeps, audits, imports."""


@job.command("list")
@click.option("--site", help="Only of this site and those below it.")
@click.option("--state", cls=Several, multiple=True, type=click.Choice(_STATES), help="May be given again.")
@click.option("--kind", cls=Several, multiple=True, type=click.Choice(["sweep", "audit", "import", "import-look"]))
@format_option
def list_(form: str, site: str | None, state: tuple[str, ...], kind: tuple[str, ...]) -> None:
    """List jobs, the newest first.

    Example: licet job list --state waiting --state running
    """
    actor = open_data()
    from licet.sweep.read import JobFilter, every_job

    found = every_job(actor, JobFilter(states=state, kinds=kind, site=named_site(actor, site)))
    rows(
        form,
        (_record(row) for row in found),
        _COLUMNS,
        narrow=_NARROW,
        empty="No job. Put a sweep: licet sweep --background",
    )


@job.command()
@click.argument("number", type=click.IntRange(1, 2**62))
@format_option
def show(form: str, number: int) -> None:
    """Show one job: how far it is, or how it ended.

    Example: licet job show 12
    """
    actor = open_data()
    from licet.sweep import read

    row = read.job(actor, number)
    if row is None:
        raise Failed(f"there is no job {number}. The numbers: licet job list")
    if form == "json":
        as_json({**_record(row), "result": row.result})
        return
    rows(form, [_record(row)], _COLUMNS, narrow=_NARROW)
    for name, value in row.result.items():
        say(f"{name}: {plain(value)}")


@job.command()
@click.argument("number", type=click.IntRange(1, 2**62))
def cancel(number: int) -> None:
    """End a job that waits, or have a running one stop at its next step; what it learnt stays.

    Example: licet job cancel 12
    """
    _steer("cancel", number)
    say(f"Job {number} ends.")


@job.command()
@click.argument("number", type=click.IntRange(1, 2**62))
def again(number: int) -> None:
    """Put a job that failed or was cancelled once more.

    Example: licet job again 12
    """
    say(f"Job {_steer('again', number).pk} waits.")


@click.command()
@click.option(
    "--queue", "queues", multiple=True, help="Only jobs of this queue; may be given again. Without it: licet."
)
@click.option("--threads", type=click.IntRange(1, 64), default=2, show_default=True, help="Jobs at a time.")
@click.option("--once", is_flag=True, help="Do what waits now, then end.")
def worker(queues: tuple[str, ...], threads: int, once: bool) -> None:
    """Do jobs until stopped: on this machine, or on any that reaches the database. SIGTERM puts back what is under way.

    Example: licet worker --threads 4
    """
    owner_only(open_data())
    from licet.sweep import carrier, clock, queue, work

    named = queues or (queue.DEFAULT,)
    for name in named:
        if not queue.is_name(name):
            raise Failed("the name of a queue is up to 40 letters, digits, - and _")
    stop = threading.Event()

    def end(*_: object) -> None:
        stop.set()
        work.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    if once:
        clock.put_scheduled(clock.now())
        queue.tend(clock.now())
        done = sum(work.drain(name) for name in named)
        say(f"{counted(done, 'job')} done.")
        return
    workers = carrier.Workers(named, threads)
    workers.start()
    say(f"Working on {', '.join(named)} with {counted(threads, 'thread')} (Ctrl-C stops it).")
    clock.keep_time(stop)
    workers.stop()


@click.group()
def rhythm() -> None:
    """How often the devices of a site are asked by themselves."""


@rhythm.command("list")
@format_option
def rhythms(form: str) -> None:
    """List where it is set how often devices are asked.

    Example: licet rhythm list
    """
    actor = open_data()
    from licet.sweep.rhythm import rhythms as found

    records = ({"site": row.site.full_name, "minutes": row.minutes, "queue": row.queue} for row in found(actor))
    rows(
        form,
        records,
        ("site", "minutes", "queue"),
        empty="Nothing is asked by itself. Set it: licet rhythm set SITE --every 60",
    )


@rhythm.command("set")
@click.argument("site")
@click.option("--every", "minutes", type=click.IntRange(0, 44640), required=True, help="Minutes; 0 = not by itself.")
@click.option("--queue", default="", help="The queue whose workers do it; without it as above the site.")
def set_(site: str, minutes: int, queue: str) -> None:
    """Have the devices of a site and of those below it asked every so many minutes.

    Example: licet rhythm set Berlin --every 60
    """
    actor = open_data()
    from licet.sites.record import NotPossible
    from licet.sweep.rhythm import set_rhythm

    where = required_site(actor, site)
    try:
        set_rhythm(actor, where, minutes, queue)
    except NotPossible as error:
        raise Failed(str(error)) from None
    say(f"{where}: {f'every {minutes} min' if minutes else 'not by itself'}. The server and workers keep to it.")


@rhythm.command()
@click.argument("site")
def remove(site: str) -> None:
    """Have a site follow the rhythm of the sites above it again.

    Example: licet rhythm remove Berlin
    """
    actor = open_data()
    from licet.sites.record import NotPossible
    from licet.sweep.rhythm import remove_rhythm

    where = required_site(actor, site)
    try:
        remove_rhythm(actor, where)
    except NotPossible as error:
        raise Failed(str(error)) from None
    say(f"{where} follows the sites above it.")


def put_sweeps(actor: Any, where: Any) -> None:
    """Put the sweep of a site subtree into the queue, and say how to follow it."""
    from licet.sites.record import NotPossible
    from licet.sweep import carrier
    from licet.sweep.kinds import put_sweep

    carrier.listen()
    try:
        put = put_sweep(actor, where)
    except NotPossible as error:
        raise Failed(str(error), COULD_NOT) from None
    wait = "1 sweep waits" if len(put) == 1 else f"{len(put)} sweeps wait, one for each site"
    say(f"{wait}. Follow them: licet job list. Where nobody serves: licet worker --once")


def _steer(what: str, number: int) -> Any:
    actor = open_data()
    from licet.sites.record import NotPossible
    from licet.sweep import queue

    try:
        return getattr(queue, what)(actor, number)
    except NotPossible as error:
        raise Failed(str(error)) from None


def _record(row: "JobRow") -> dict[str, Any]:
    return {name: plain(getattr(row, name)) for name in _COLUMNS}
