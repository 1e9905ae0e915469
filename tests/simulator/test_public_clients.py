"""Programs that nobody here wrote must take the simulator for a device."""

import pytest
from hikvisionapi import Client
from pyhik.hikvision import HikCamera

from licet.simulator.devices import Challenge

PASSWORD = "Example-Pass-1"


def test_hikvisionapi_reads_a_recorder(device, played):
    one = device("DS-7732NI-M4", challenge=Challenge.B)
    with played([one]) as run:
        client = Client(f"http://{one.address}:{run.port}", "admin", PASSWORD)
        info = client.System.deviceInfo(method="get")["DeviceInfo"]
        assert info["serialNumber"] == one.serial
        assert info["model"] == "DS-7732NI-M4"
        assert info["macAddress"] == one.mac
        caps = client.System.capabilities(method="get")["DeviceCap"]
        assert caps["isSupportEhome"] == "true"
        channels = client.ContentMgmt.InputProxy.channels(method="get")["InputProxyChannelList"]["InputProxyChannel"]
        assert len(channels) == 18
        client.req.close()


@pytest.mark.parametrize("recording", ["DS-2CD2146G2-ISU", "DS-2CD2532F-IWS", "DS-7616NI-K2"])
def test_pyhik_reads_a_device(recording, device, played):
    one = device(recording, challenge=Challenge.D)
    with played([one]) as run:
        camera = HikCamera(f"http://{one.address}", run.port, "admin", PASSWORD)
        try:
            assert camera.get_name == one.name
            info = camera.get_device_info()
            assert info["serialNumber"] == one.serial
            assert info["model"] == one.model
        finally:
            camera.hik_request.close()
            camera.hik_request_stream.close()
        assert run.forbidden() == []
