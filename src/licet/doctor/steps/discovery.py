"""Step 6: the device's answer to the discovery inquiry (SADP). Silence proves nothing, so it is never called blocked (G.3, 6; TS-72)."""

import asyncio
import uuid
from contextlib import suppress

from licet.doctor.look import DEVICE, Look
from licet.doctor.step import Seen, Step, fine, note, problem
from licet.wire.errors import UnreadableError
from licet.wire.facts import SadpAnswer
from licet.wire.sadp.answer import read_answer
from licet.wire.sadp.inquiry import inquiries


class _Hearing(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.heard: asyncio.Future[SadpAnswer] = asyncio.get_running_loop().create_future()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:  # noqa: ARG002 - the protocol has it
        with suppress(UnreadableError):
            found = read_answer(data)
            if found is not None and not self.heard.done():
                self.heard.set_result(found.value)

    def error_received(self, exc: Exception) -> None:
        """A port that refuses is the same as silence here."""


async def _run(look: Look) -> Seen | None:
    if not look.addresses or ":" in look.addresses[0]:
        return None
    answer = await _asked(look)
    if answer is None:
        return note(
            "no answer to the discovery inquiry, three times. That proves nothing: loss, a filter and silence look alike"
        )
    state = {True: "activated", False: "not activated", None: "activation not said"}[answer.activated]
    if answer.activated is False:
        return problem("not_activated", f"the device says by discovery: {state}", stops=False)
    if answer.locked:
        return problem("device_locked", "the device says by discovery that it is locked", stops=False)
    return fine(f"{answer.model or 'a device'} answers the discovery inquiry: {state}")


async def _asked(look: Look) -> SadpAnswer | None:
    try:
        transport, hearing = await asyncio.get_running_loop().create_datagram_endpoint(
            _Hearing, remote_addr=(look.addresses[0], look.discovery_port)
        )
    except OSError:
        return None
    try:
        for _ in range(3):
            for inquiry in inquiries(uuid.uuid4()):
                transport.sendto(inquiry)
            try:
                async with asyncio.timeout(look.patience.datagram):
                    return await asyncio.shield(hearing.heard)
            except TimeoutError:
                continue
        return None
    finally:
        transport.close()


STEP = Step("discovery", "Discovery (SADP)", 60, frozenset({DEVICE}), _run)
