"""A HikCentral server of 100,000 devices that is read whole, page by page, from a simulated one on loopback: time and memory."""

import os
import re
import resource
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.database import open_database

NUMBER, KEY, SECRET = 100_000, "24681357", "an-invented-secret-of-a-benchmark"


def run(number: int = NUMBER) -> None:
    open_database()
    from licet.estate.connection_record import connect
    from licet.estate.record import add_installation
    from licet.sites.record import add_site
    from licet.sites.scope import SYSTEM

    site = add_site(SYSTEM, "Bench")
    server = add_installation(SYSTEM, site, "HCP", "hikcentral-professional", now=datetime.now(UTC))
    file = Path(os.environ["LICET_DATA"]) / "secret"
    file.write_text(SECRET)
    command = [
        sys.executable,
        "-m",
        "licet",
        "simulate",
        "hikcentral",
        "--devices",
        str(number),
        "--port",
        "0",
        "--https",
    ]
    with subprocess.Popen(
        [*command, "--key", KEY, "--secret-file", str(file)], stdout=subprocess.PIPE, text=True
    ) as played:
        try:
            assert played.stdout is not None
            port = int(re.search(r"127\.0\.0\.1:(\d+)", played.stdout.readline())[1])
            connection = connect(SYSTEM, server, "hikcentral", KEY, SECRET, address="127.0.0.1", port=port)
            for word in ("first reading", "second reading, nothing changed"):
                _read(number, connection.pk, word)
        finally:
            played.terminate()


def _read(number: int, connection: int, word: str) -> None:
    from licet.sites.scope import SYSTEM
    from licet.sweep.connectors import ask_connections

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.perf_counter()
    [found] = ask_connections(SYSTEM, connection=connection).answers
    took = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(
        f"servers: {word} of {number:,} devices: {found.state}, {found.devices:,} devices, {found.added:,} added, {took:.0f} s, "
        f"{number / took:.0f} devices/s, peak memory {peak / 1024:.0f} MiB, grew by {(peak - before) / 1024:.0f} MiB",
        flush=True,
    )
