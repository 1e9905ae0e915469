"""A sweep with folding into the database beside a bare aiohttp loop that does the same requests and stores nothing, in the same run."""

import asyncio
import resource
import time
from dataclasses import replace

import aiohttp

from benchmarks.database import open_database
from licet.simulator.devices import Death, derive
from licet.simulator.play import run_in_process

PASSWORD = "Example-Pass-1"
LATENCY, DEAD_EACH, AT_ONCE = 0.02, 50, 100
PATHS = (
    "/ISAPI/System/deviceInfo",
    "/ISAPI/System/capabilities",
    "/ISAPI/System/time",
    "/ISAPI/System/Network/EZVIZ",
    "/ISAPI/System/Network/Ehome",
    "/ISAPI/Security/users",
    "/ISAPI/Security/userCheck",
)


def devices(number: int, start: int):
    found = derive("DS-2CD2146G2-ISU", number, port=0, password=PASSWORD, start=start)
    return [
        replace(device, latency=LATENCY, death=Death.REFUSES if index % DEAD_EACH == 0 else Death.NO)
        for index, device in enumerate(found)
    ]


def run() -> None:
    open_database()
    ratios = []
    for round_ in range(3):
        rates = _round(2_000, 1 + round_ * 100_000)
        ratios.append(rates[1] / rates[0])
        print(
            f"sweep: 2,000 devices, 8 requests each: bare loop {rates[0]:.0f} devices/s, sweep {rates[1]:.0f} devices/s, ratio {ratios[-1]:.2f}"
        )
    print(
        f"  ratio of three runs, min / median / max: {' / '.join(f'{r:.2f}' for r in sorted(ratios))} (target at least 0.8)"
    )
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    rates = _round(10_000, 900_001, bare=False)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    print(
        f"  10,000 devices in one run: {rates[1]:.0f} devices/s, peak memory grew by {grown / 10_000:.1f} KiB a device (target under 20)"
    )


def _round(number: int, start: int, *, bare: bool = True) -> tuple[float, float]:
    played = devices(number, start)
    with run_in_process(played) as child:
        rate = 0.0
        if bare:
            began = time.perf_counter()
            answered = asyncio.run(_bare([device.address for device in played], child.port))
            rate = number / (time.perf_counter() - began)
            assert answered == number - number // DEAD_EACH, answered
        ours = _sweep(played, child.port, start)
        assert child.forbidden() == []
    return rate, ours


def _sweep(played, port: int, start: int) -> float:
    from datetime import UTC, datetime

    from licet.estate.credential_record import add_credential
    from licet.estate.record import add_devices
    from licet.sites.record import add_site
    from licet.sites.scope import SYSTEM
    from licet.sweep.run import sweep
    from licet.wire.facts import Topic

    site = add_site(SYSTEM, f"Site {start}")
    credential = add_credential(SYSTEM, site, "cameras", "admin", PASSWORD)
    add_devices(SYSTEM, site, [d.address for d in played], now=datetime.now(UTC), port=port, credential=credential)
    topics = (
        Topic.ACTIVATION, Topic.DEVICE_INFO, Topic.CAPABILITIES, Topic.TIME, Topic.EZVIZ, Topic.ISUP, Topic.USERS, Topic.USER_CHECK,
    )  # fmt: skip
    began = time.perf_counter()
    result = sweep(SYSTEM, site=site, concurrency=AT_ONCE, per_site=AT_ONCE, topics=topics)
    took = time.perf_counter() - began
    assert result.answered == len(played) - len(played) // DEAD_EACH, result.answered
    return len(played) / took


async def _bare(addresses: list[str], port: int) -> int:
    """The same requests with aiohttp's own Digest, one session a device for its challenge, bodies read and dropped."""
    gate = asyncio.Semaphore(AT_ONCE)
    connector = aiohttp.TCPConnector(limit=0)

    async def one(address: str) -> bool:
        digest = aiohttp.DigestAuthMiddleware("admin", PASSWORD)
        async with gate, aiohttp.ClientSession(connector=connector, connector_owner=False) as session:
            try:
                async with session.get(f"http://{address}:{port}/SDK/activateStatus") as response:
                    await response.read()
                for path in PATHS:
                    async with session.get(f"http://{address}:{port}{path}", middlewares=(digest,)) as response:
                        await response.read()
            except aiohttp.ClientError:
                return False
        return True

    async with connector:
        return sum(await asyncio.gather(*(one(address) for address in addresses)))
