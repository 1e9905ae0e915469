"""The collector's side. It needs no database: its own folder is all."""

import os
import re
import signal
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from licet import __version__
from licet.cli.output import Failed, counted, format_option, progress, rows, say
from licet.cli.session import secret

if TYPE_CHECKING:
    from licet.sweep.collector.folder import Folder
    from licet.sweep.collector.run import Done

_LARGEST = 32 << 20
_UNITS = {"m": 60, "h": 3600, "d": 86_400}


@click.group()
@click.option(
    "--folder",
    envvar="LICET_COLLECTOR",
    metavar="DIR",
    help="The collector's own folder, for its owner alone (or LICET_COLLECTOR; default: licet-collector in the data home).",
)
@click.pass_context
def collect(context: click.Context, folder: str | None) -> None:
    """Run a collector near the devices: enrol, credential, devices, run, status. It connects out only, and needs no database."""
    os.umask(0o077)
    home = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "licet-collector"
    context.obj = Path(folder).expanduser().resolve() if folder else home


def _opened(path: Path) -> "Folder":
    from licet.sweep.collector.folder import Folder

    return Folder(path)


@collect.command()
@click.argument("url", required=False, default="")
@click.argument("code", required=False, default="")
@click.option(
    "--code-file",
    metavar="FILE",
    help="Read the code from this file (- for stdin), so that no other user here sees it.",
)
@click.option(
    "--ca", metavar="FILE", default="", help="The certificate authority of the centre, if it is one of your own."
)
@click.option("--plain-http", is_flag=True, help="Speak without TLS: signed, but anybody on the line can read it.")
@click.option("--out", metavar="FILE", help="Without a line: write the wish to a file, to be carried to the centre.")
@click.pass_obj
def enrol(path: Path, url: str, code: str, code_file: str | None, ca: str, plain_http: bool, out: str | None) -> None:
    """Enrol with a centre by its one-time code. The code carries the centre's key: nobody else can stand in for it.

    Without a line: licet collect enrol --code-file code.txt --out wish.licet, carry it, and carry the device list back.

    Example: licet collect enrol https://licet.example.org --code-file code.txt
    """
    from licet.sweep.collector import centre
    from licet.sweep.collector.store import write_file

    if out and url and not code:
        url, code = "", url
    text = secret("Code", code_file, "--code-file") if code_file or not code else code
    if out:
        folder = _opened(path)
        write_file(Path(out).resolve(), centre.enrol_by_file(folder, text, __version__))
        say(
            f"Carry {out} to the centre: licet collector accept {Path(out).name}. Then carry its device list back here."
        )
        _say_fingerprint(folder)
        return
    if not url:
        raise Failed("the centre's address is missing: licet collect enrol https://licet.example.org --code-file FILE")
    folder = _opened(path)
    authority = str(Path(ca).resolve()) if ca else ""
    done = centre.enrol(folder, url, text, __version__, authority=authority, plain_http=plain_http)
    say(f"Enrolled as {done.name} for {done.site}. Next: licet collect credential set NAME --username licet")
    _say_fingerprint(folder)


def _say_fingerprint(folder: "Folder") -> None:
    keys = folder.keys(folder.enrolment())
    say(f"Fingerprint of this collector, to compare with the centre's page: {keys.public.fingerprint}")


@collect.group()
def credential() -> None:
    """The site's device passwords. They are sealed in the collector's folder and never leave it."""


@credential.command("set")
@click.argument("name")
@click.option("--username", required=True, help="The user name on the devices.")
@click.option("--password-file", help="Read the password from this file (- for stdin) instead of asking.")
@click.option(
    "--device",
    "places",
    multiple=True,
    metavar="ADDRESS",
    help="Use it for this address, whatever the centre's list says.",
)
@click.option("--allow-basic", is_flag=True, help="May be sent readable to devices with that exception at the centre.")
@click.pass_obj
def set_(
    path: Path, name: str, username: str, password_file: str | None, places: tuple[str, ...], allow_basic: bool
) -> None:
    """Keep a password, or replace it; each device that refused the old one may then be tried once.

    Example: licet collect credential set cameras --username licet
    """
    folder = _opened(path)
    password = secret("Device password", password_file)
    folder.set_credential(name, username, password, places=list(places), allow_basic=allow_basic)
    say(f"Keeps {name}. Next: licet collect run")


@credential.command("list")
@format_option
@click.pass_obj
def list_(path: Path, form: str) -> None:
    """List the credentials, without their passwords.

    Example: licet collect credential list
    """
    found = [
        {"name": name, "username": one.username, "devices": one.places, "allow_basic": one.allow_basic}
        for name, one in sorted(_opened(path).credentials().items())
    ]
    rows(form, found, ["name", "username", "devices", "allow_basic"], empty="No credential yet.")


@credential.command()
@click.argument("name")
@click.pass_obj
def remove(path: Path, name: str) -> None:
    """Forget a password.

    Example: licet collect credential remove cameras
    """
    _opened(path).remove_credential(name)
    say(f"{name} is forgotten.")


@collect.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_obj
def devices(path: Path, file: Path) -> None:
    """Take over a device list that was carried here from the centre.

    Example: licet collect devices depot-devices.licet
    """
    from licet.sweep.collector.centre import take_devices

    if file.stat().st_size > _LARGEST:
        raise Failed("the file is too large to be a device list")
    found = take_devices(_opened(path), file.read_bytes())
    say(f"{counted(len(found.devices), 'device')} of {found.site}. Next: licet collect run --out FILE")


@collect.command()
@click.option("--once", is_flag=True, help="Ask once and end (the default).")
@click.option("--every", metavar="TIME", help="Go on and ask again after this time, as 30m or 6h, until stopped.")
@click.option(
    "--out", metavar="FILE", help="Without a line: write what was learnt to a sealed file, to be carried to the centre."
)
@click.option("--concurrency", type=click.IntRange(1, 1000), default=64, show_default=True, help="Devices at a time.")
@click.option(
    "--most-mb",
    type=click.IntRange(1, 100_000),
    default=256,
    show_default=True,
    help="Disk space for what waits to be sent; beyond it the oldest goes, and it is said.",
)
@click.pass_obj
def run(path: Path, once: bool, every: str | None, out: str | None, concurrency: int, most_mb: int) -> None:
    """Fetch the device list, ask the devices, send what they say. While the line is down it waits on the disk.

    Example: licet collect run --every 1h
    """
    if every and (once or out):
        raise Failed("--every goes with neither --once nor --out")
    folder = _opened(path)
    pause = _time(every) if every else None
    stop = threading.Event()
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, lambda *_: stop.set())
    worker = _Worker(folder, concurrency, most_mb << 20, stop)
    if pause is None:
        worker.ask(Path(out).resolve() if out else None)
    else:
        worker.go_on(pause)


@collect.command()
@click.pass_obj
def status(path: Path) -> None:
    """Say with whom this collector is enrolled, how old its list is, what waits, and whether the centre still speaks with it.

    Example: licet collect status
    """
    folder = _opened(path)
    enrolment = folder.enrolment()
    known = folder.devices()
    store = folder.store()
    say(
        f"Collector {enrolment.name or '(not confirmed yet)'} for {enrolment.site or '?'}; centre: {enrolment.url or 'by file'}"
    )
    say(f"Devices: {len(known[1].devices)} as of {known[0]:%Y-%m-%d %H:%M} UTC" if known else "No device list yet.")
    say(
        f"Waiting reports: {len(store.waiting())} ({store.size() / 1e6:.1f} MB); not taken by the centre: {store.refused()}"
    )
    _say_fingerprint(folder)
    if enrolment.url:
        _ask_centre(folder)


def _ask_centre(folder: "Folder") -> None:
    """Say whether the centre still speaks with this collector; one that was ended there is a failure with the centre's own words."""
    from licet.sweep.collector.centre import fetch_devices
    from licet.sweep.collector.folder import NotSet
    from licet.sweep.collector.line import LineDown

    try:
        with folder.alone():
            found = fetch_devices(folder, folder.enrolment())
    except (NotSet, LineDown) as error:
        say(f"Whether the centre answers is not known: {error}")
    else:
        say(f"The centre answers and lists {counted(len(found.devices), 'device')}.")


class _Worker:
    """Runs, and what is done between them."""

    def __init__(self, folder: "Folder", concurrency: int, most_bytes: int, stop: threading.Event) -> None:
        self._folder = folder
        self._concurrency = concurrency
        self._most = most_bytes
        self._stop = stop

    def ask(self, out: Path | None = None) -> "Done":
        from licet.sweep.collector.run import run_once

        done = run_once(
            self._folder, __version__, out=out, most_bytes=self._most, concurrency=self._concurrency,
            progress=progress("Asked"), cancelled=self._stop.is_set,
        )  # fmt: skip
        _say(done)
        if out is not None:
            say(f"Carry {out} to the centre: licet collector accept {out.name}")
        return done

    def go_on(self, every: timedelta) -> None:
        """Ask again and again. Between two runs what waits is tried to be sent, ever more rarely while the line is down."""
        from licet.sweep.collector.folder import NotSet
        from licet.sweep.collector.run import Done, back_off, send_once

        while not self._stop.is_set():
            until, failures = time.monotonic() + every.total_seconds(), 0
            try:
                done = self.ask()
            except NotSet as error:
                say(f"licet: {error}")
                done = Done()
            while not self._stop.is_set() and (left := until - time.monotonic()) > 0:
                waits = done.kept and not done.line
                self._stop.wait(min(left, back_off(failures, every).total_seconds()) if waits else left)
                if waits and not self._stop.is_set():
                    done, failures = send_once(self._folder, __version__, most_bytes=self._most), failures + 1
                    if done.sent:
                        _say(done)


def _say(done: "Done") -> None:
    say(
        f"Asked {counted(done.asked, 'device')}, {done.answered} answered; sent {counted(done.sent, 'report')}, {done.kept} wait."
    )
    if done.without:
        say(
            f"No credential here for {counted(done.without, 'device')}: licet collect credential set NAME --username licet"
        )
    if done.waiting:
        say(
            f"Left alone for half an hour: {counted(done.waiting, 'device')}; a run that was killed may just have tried a password there."
        )
    for sentence in done.said:
        say(sentence)
    sys.stderr.flush()


def _time(text: str) -> timedelta:
    found = re.fullmatch(r"(\d{1,5})([mhd])", text.strip())
    seconds = int(found[1]) * _UNITS[found[2]] if found else 0
    if not 60 <= seconds <= 30 * 86_400:
        raise Failed(f"{text!r} is no time from 1m to 30d. Write it like 30m, 6h or 1d")
    return timedelta(seconds=seconds)
