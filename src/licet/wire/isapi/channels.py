"""The cameras behind a recorder, their state, and a device's own video inputs."""

from typing import Final

from licet.wire.facts import Channels, ChannelState, ChannelStatus, Input, Inputs, ProxyChannel
from licet.wire.firmware import read_firmware
from licet.wire.isapi.parsed import Parsed
from licet.wire.scalars import read_bool, read_int, read_port
from licet.wire.serial import identity
from licet.wire.xml import Element, child, every, local, texts

CHANNELS_PATH: Final = "/ISAPI/ContentMgmt/InputProxy/channels"
CHANNEL_STATUS_PATH: Final = "/ISAPI/ContentMgmt/InputProxy/channels/status"
INPUTS_PATH: Final = "/ISAPI/System/Video/inputs/channels"
_NO_VIDEO: Final = "NO VIDEO"


def parse_channels(root: Element) -> Parsed | None:
    """Every channel element, with or without a camera's identity (case C001); ``size`` is not believed (surprises 3)."""
    if local(root) not in ("InputProxyChannelList", "InputProxyChannel"):
        return None
    channels: dict[int, ProxyChannel] = {}
    by_serial: dict[str, list[int]] = {}
    notes = []
    for element in every(root, "InputProxyChannel"):
        channel = _channel(element)
        if channel is None:
            continue
        if channel.number in channels:
            notes.append(f"channel {channel.number} is listed more than once; the first is kept")
            continue
        channels[channel.number] = channel
        if channel.serial_number:
            by_serial.setdefault(channel.serial_number, []).append(channel.number)
    notes += [
        f"serial reported on channels {_counted(numbers)}: {serial}"
        for serial, numbers in by_serial.items()
        if len(numbers) > 1
    ]
    return Parsed(Channels(tuple(channels.values())), tuple(notes))


def _channel(element: Element) -> ProxyChannel | None:
    said = texts(element)
    number = read_int(said.get("id"))
    if number is None:
        return None
    descriptor = child(element, "sourceInputPortDescriptor")
    source = texts(descriptor) if descriptor is not None else {}
    firmware = read_firmware(source.get("firmwareVersion"), source.get("firmwareReleasedDate"))
    return ProxyChannel(
        number=number,
        name=said.get("name"),
        protocol=source.get("proxyProtocol"),
        address=source.get("ipAddress") or source.get("hostName") or source.get("ipv6Address"),
        port=read_port(source.get("managePortNo")),
        model=source.get("model"),
        serial_number=identity(source.get("serialNumber")),
        firmware=source.get("firmwareVersion"),
        firmware_version=firmware.version if firmware else None,
        firmware_build=firmware.build if firmware else None,
        online=read_bool(said.get("online") or source.get("online")),
    )


def _counted(numbers: list[int]) -> str:
    return f"{', '.join(map(str, numbers[:-1]))} and {numbers[-1]}"


def parse_channel_status(root: Element) -> Parsed | None:
    """Online state per channel; ``online`` was once seen inside the descriptor, and where it is missing the state is unknown."""
    if local(root) not in ("InputProxyChannelStatusList", "InputProxyChannelStatus"):
        return None
    states = []
    for element in every(root, "InputProxyChannelStatus"):
        said = texts(element)
        number = read_int(said.get("id"))
        if number is None:
            continue
        descriptor = child(element, "sourceInputPortDescriptor")
        source = texts(descriptor) if descriptor is not None else {}
        online = read_bool(said.get("online") or source.get("online"))
        states.append(ChannelState(number, online, said.get("chanDetectResult")))
    return Parsed(ChannelStatus(tuple(states)))


def parse_inputs(root: Element) -> Parsed | None:
    """The device's own video inputs; ``NO VIDEO`` = nothing plugged."""
    if local(root) not in ("VideoInputChannelList", "VideoInputChannel"):
        return None
    inputs = []
    for element in every(root, "VideoInputChannel"):
        said = texts(element)
        number = read_int(said.get("id"))
        if number is not None:
            empty = said.get("resDesc", "").upper() == _NO_VIDEO
            inputs.append(Input(number, said.get("name"), read_bool(said.get("videoInputEnabled")), empty))
    return Parsed(Inputs(tuple(inputs)))
