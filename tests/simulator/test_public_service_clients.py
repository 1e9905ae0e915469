"""Programs that nobody here wrote must take the simulated services for real ones. Skipped where such a program is not installed."""

import asyncio

import pytest

from licet.simulator.cloud import Bound, CloudQuirks, CloudServer
from licet.simulator.hikcentral import HikCentralServer, made_up
from licet.simulator.service import serving

KEY, SECRET = "24681357", "an-invented-secret"


def test_hikcentral_openapi_signs_in_and_reads_the_version():
    hikcentral = pytest.importorskip("hikcentral_openapi", reason="hikcentral-openapi is not installed")

    async def work(origin, secret):
        client = hikcentral.Client(user_key=KEY, user_secret=secret)
        client.server_url = origin
        await client.initialize()
        return client.version

    with serving(HikCentralServer(made_up(3), key=KEY, secret=SECRET).handle) as played:
        assert asyncio.run(work(played.origin, SECRET)) == "V2.6.0.20240511"
        with pytest.raises(Exception, match="Invalid Signature"):
            asyncio.run(work(played.origin, "wrong"))


def test_what_hikvision_openapi_signer_signs_is_taken():
    signer = pytest.importorskip("hikvision_openapi_signer", reason="hikvision-openapi-signer is not installed")
    import json
    import urllib.request

    simulated = HikCentralServer(made_up(3), key=KEY, secret=SECRET)
    with serving(simulated.handle) as played:
        one = signer.HikvisionOpenAPISigner(played.origin, KEY, SECRET)
        path = "/api/resource/v1/encodeDevice/encodeDeviceList"
        method, url, headers, body = one.sign(
            "POST", path, jsons={"pageNo": 1, "pageSize": 10}, accept="application/json"
        )
        data = body if isinstance(body, bytes) else (body or "").encode()
        with urllib.request.urlopen(urllib.request.Request(url, data, headers, method=method), timeout=5) as answer:
            said = json.load(answer)
    assert said["code"] == "0", said
    assert len(said["data"]["list"]) == 3
    assert simulated.tries == 0


@pytest.mark.filterwarnings("ignore")
def test_hikconnect_signs_in_reads_and_refreshes():
    api = pytest.importorskip("hikconnect.api", reason="hikconnect is not installed")
    bound = [Bound(f"D{number:08}", f"Camera {number}", online=number % 2 == 0) for number in range(1, 4)]
    simulated = CloudServer(bound, password=SECRET, quirks=CloudQuirks(redirects=0))

    async def work(origin):
        client = api.HikConnect()
        client.BASE_URL = origin
        try:
            await client.login("owner@example.org", SECRET)
            await client.refresh_login()
            return [device async for device in client.get_devices()]
        finally:
            await client.close()

    with serving(simulated.handle) as played:
        devices = asyncio.run(work(played.origin))
    assert [device["serial"] for device in devices] == ["D00000001", "D00000002", "D00000003"]
    assert simulated.tries == 1
