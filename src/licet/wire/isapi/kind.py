"""What sort of device it is, from everything seen; deviceType alone may lie (case C004)."""

import re
from typing import Final

from licet.wire.facts import Kind

_MODELS: Final = (
    (re.compile(r"(?:i?DS-K[HVDBI]|DS-D[SB]|CS-DB)", re.IGNORECASE), Kind.INTERCOM),
    (re.compile(r"i?DS-K", re.IGNORECASE), Kind.ACCESS),
    (re.compile(r"i?DS-2|DS-1T|HWI-|HWP-|HWT-|IPC-", re.IGNORECASE), Kind.CAMERA),
    (re.compile(r"i?DS-67", re.IGNORECASE), Kind.ENCODER),
    (re.compile(r"i?DS-[789E]\d|i?DS-M[PN]?\d|HWN-|HWD-|HW-HW[ND]-|HL-[ND]VR-|[ND]VR-", re.IGNORECASE), Kind.RECORDER),
)
_TYPES: Final = {
    "ipcamera": Kind.CAMERA,
    "ipc": Kind.CAMERA,
    "ipdome": Kind.CAMERA,
    "ipzoom": Kind.CAMERA,
    "ipmodule": Kind.CAMERA,
    "nvr": Kind.RECORDER,
    "dvr": Kind.RECORDER,
    "hdvr": Kind.RECORDER,
    "hybirdnvr": Kind.RECORDER,
    "xvr": Kind.RECORDER,
    "dvs": Kind.ENCODER,
    "encoder": Kind.ENCODER,
    "acs": Kind.ACCESS,
    "vis": Kind.INTERCOM,
    "videointercom": Kind.INTERCOM,
}
_DECIDED_BY_MODEL: Final = "deviceType says {said}, but the model {model} is a {kind}"
_DECIDED_BY_CHANNELS: Final = "deviceType says {said}, but the device has {count} channels: taken as a recorder"


def kind_by_model(model: str | None) -> Kind:
    """The kind a model name stands for; unknown for strangers."""
    if model:
        for pattern, kind in _MODELS:
            if pattern.match(model):
                return kind
    return Kind.UNKNOWN


def kind_of(device_type: str | None, model: str | None, channels: int = 0) -> tuple[Kind, tuple[str, ...]]:
    """The kind and, where the signs contradict each other, a note.

    The model decides where it is known; else deviceType, unless more than one channel (video inputs of the device, or cameras
    behind it) shows a recorder. A known camera model stays a camera with several inputs: thermal and panoramic cameras have them.
    """
    typed = _TYPES.get((device_type or "").strip().lower(), Kind.UNKNOWN)
    modelled = kind_by_model(model)
    if modelled is not Kind.UNKNOWN:
        if typed in (Kind.UNKNOWN, modelled):
            return modelled, ()
        return modelled, (_DECIDED_BY_MODEL.format(said=device_type, model=model, kind=modelled),)
    if channels > 1 and typed in (Kind.UNKNOWN, Kind.CAMERA):
        said = device_type or "nothing"
        return Kind.RECORDER, (_DECIDED_BY_CHANNELS.format(said=said, count=channels),)
    if typed is Kind.UNKNOWN and device_type and device_type.strip():
        return Kind.OTHER, ()
    return typed, ()


def has_own_inputs(kind: Kind, device_type: str | None, model: str | None) -> bool:
    """Whether asking for the device's own video inputs makes sense: not on recorders without analogue inputs (they answer 403)."""
    if kind is not Kind.RECORDER:
        return kind not in (Kind.ACCESS, Kind.OTHER)
    words = f"{device_type or ''} {model or ''}".upper()
    return "NVR" not in words and not re.search(r"DS-\d+N|\dNX?I\b|\dNX?I-", words)


def has_proxy_channels(kind: Kind) -> bool:
    """Whether cameras may stand behind the device."""
    return kind in (Kind.RECORDER, Kind.UNKNOWN, Kind.OTHER)
