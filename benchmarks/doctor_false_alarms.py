"""Looks at healthy targets many times and counts verdicts that are not "healthy": ``python -m benchmarks.doctor_false_alarms [RUNS]``."""

import asyncio
import sys
import tempfile
from collections import Counter
from pathlib import Path
from time import perf_counter

from tests.doctor.world import Authority, answering, cloud, http, look, resolvers, service

from licet.doctor.look import Place
from licet.doctor.run import diagnose


async def main(runs):
    verdicts, started = Counter(), perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        root = Authority(Path(folder))
        tls = root.context("cloud.example.org")
        async with (
            service(http(), tls) as port,
            service(http(body=b"<ActivateStatus/>", kind="text/xml")) as plain,
            resolvers(answering("127.0.0.1"), answering("127.0.0.1")) as places,
        ):
            for number in range(runs):
                one = (
                    look(cloud(port, expects="json"), resolvers=places, roots=str(root.file))
                    if number % 2
                    else look(Place("camera.example.org", plain, "http", expects="xml"), resolvers=places)
                )
                *_, found = [piece async for piece in diagnose(one)]
                verdicts[found.verdict.cause] += 1
    print(f"{runs} looks at healthy targets: {dict(verdicts)}, {perf_counter() - started:.1f} s")
    return verdicts["healthy"] == runs


if __name__ == "__main__":
    sys.exit(0 if asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)) else 1)
