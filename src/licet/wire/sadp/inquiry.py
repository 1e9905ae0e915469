"""The only two datagrams Licet ever sends to the SADP port.

The same port also takes words that change a device, so nothing from outside can choose the word (sadp.md 2).
"""

from typing import Final
from uuid import UUID

PORT: Final = 37020
_PROBE: Final = '<?xml version="1.0" encoding="utf-8"?><Probe><Uuid>{uuid}</Uuid><Types>{word}</Types></Probe>'


def inquiries(run: UUID) -> tuple[bytes, bytes]:
    """The inquiry and its newer form, with one Uuid for the whole run, upper case (sadp.md 1)."""
    uuid = str(run).upper()
    return (
        _PROBE.format(uuid=uuid, word="inquiry").encode(),
        _PROBE.format(uuid=uuid, word="inquiry_v32").encode(),
    )
