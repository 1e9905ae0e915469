"""The queue: jobs a minute beside the bare carrier, and what a worker that is killed (kill -9) costs. DATABASE_URL measures PostgreSQL."""

import os
import signal
import subprocess
import sys
import time

from benchmarks.database import open_database

SETTINGS = "licet.settings.server" if os.environ.get("DATABASE_URL") else "licet.settings.embedded"
JOBS = int(os.environ.get("JOBS", "5000"))
WORKERS = 2
KILLED_EVERY = 4  # seconds; a process takes one to start
THREADS = 2


def run() -> None:
    if len(sys.argv) > 1 and sys.argv[1] == "--worker":
        _work(sys.argv[2])
        return
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS)
    open_database()
    from django.db import connection

    print(f"jobs: {JOBS:,} on {connection.vendor}, {WORKERS} processes of {THREADS} threads")
    for bare in (True, False):
        seconds = _done(bare=bare)
        print(f"  {'bare carrier' if bare else 'jobs'}: {JOBS / seconds:,.0f}/s ({JOBS / seconds * 60:,.0f} a minute)")
    seconds, lost, twice = _killed()
    print(f"  jobs, a worker killed every {KILLED_EVERY} s: {JOBS / seconds:,.0f}/s, {lost} lost, {twice} begun twice")
    print(f"  bare carrier, the same: {_killed_bare()} of {JOBS:,} lost")


def _put(*, bare: bool) -> float:
    from licet.sites.scope import SYSTEM
    from licet.sweep import carrier, queue
    from licet.sweep.models import Job
    from licet.sweep.queue import Wish

    Job.objects.all().delete()
    began = time.perf_counter()
    if bare:
        carrier.ring("bare", JOBS)
    else:
        carrier.listen()
        for start in range(0, JOBS, 1000):
            queue.put_all(SYSTEM, [Wish("nothing", {}) for _ in range(start, min(start + 1000, JOBS))])
    return time.perf_counter() - began


def _done(*, bare: bool) -> float:
    spent = _put(bare=bare)
    print(f"    put: {JOBS / spent:,.0f}/s")
    began = time.perf_counter()
    workers = [_start(bare=bare) for _ in range(WORKERS)]
    while _left(bare=bare):
        time.sleep(0.2)
    seconds = time.perf_counter() - began
    for one in workers:
        one.kill()
        one.wait()
    return seconds - 1.0  # a process takes about a second to start


def _left(*, bare: bool) -> int:
    from licet.sweep import carrier
    from licet.sweep.models import Job

    if bare:
        return carrier._carrier("bare").pending_count()  # noqa: SLF001 - what is measured
    return Job.objects.exclude(state=Job.State.DONE).count()


def _killed() -> tuple[float, int, int]:
    from datetime import UTC, datetime

    from licet.sweep import queue
    from licet.sweep.models import Job

    _put(bare=False)
    began = time.perf_counter()
    workers = [_start(bare=False) for _ in range(WORKERS)]
    ended = time.perf_counter() + 180
    while _left(bare=False) and time.perf_counter() < ended:
        time.sleep(KILLED_EVERY)
        workers[0].send_signal(signal.SIGKILL)
        workers[0].wait()
        workers = [*workers[1:], _start(bare=False)]
        queue.tend(datetime.now(UTC))
    seconds = time.perf_counter() - began
    for one in workers:
        one.kill()
        one.wait()
    return seconds, _left(bare=False), Job.objects.filter(attempts__gt=1).count()


def _killed_bare() -> int:
    from pathlib import Path

    from licet.settings import data_folder

    told = data_folder() / "bare.txt"
    told.write_text("")
    _put(bare=True)
    workers = [_start(bare=True) for _ in range(WORKERS)]
    while _left(bare=True):
        time.sleep(KILLED_EVERY)
        workers[0].send_signal(signal.SIGKILL)
        workers[0].wait()
        workers = [*workers[1:], _start(bare=True)]
    time.sleep(1)
    for one in workers:
        one.kill()
        one.wait()
    return JOBS - len(Path(told).read_text().split())


def _start(*, bare: bool) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-m", "benchmarks.jobs", "--worker", "bare" if bare else "licet"])


def _work(name: str) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS)
    import django

    django.setup()
    from licet.settings import data_folder
    from licet.sweep import carrier, work

    work.KINDS["nothing"] = lambda _job, _control: {}
    if name == "bare":
        told = (data_folder() / "bare.txt").open("a", buffering=1)

        def note(_name: str) -> int:
            time.sleep(0.001)
            print("done", file=told)
            return 1

        work.drain = note
    workers = carrier.Workers((name,), THREADS)
    workers.start()
    time.sleep(3600)


if __name__ == "__main__":
    run()
