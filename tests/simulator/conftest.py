"""Plays devices in a thread, so that blocking clients can be used against them."""

import asyncio
import threading
from contextlib import contextmanager

import pytest

from licet.simulator.devices import derive
from licet.simulator.play import play

PASSWORD = "Example-Pass-1"


@pytest.fixture
def device():
    """Builds one device: recording, then fields of SimulatedDevice."""
    numbers = iter(range(1, 1000))

    def build(recording="DS-2CD2146G2-ISU", **state):
        from dataclasses import replace

        number = next(numbers)
        made = derive(recording, 1, port=0, password=PASSWORD, start=number)[0]
        return replace(made, **{"address": f"127.0.1.{number}"} | state)

    return build


@contextmanager
def in_thread(devices, **ports):
    started = threading.Event()
    told = {}

    async def run():
        told["loop"], told["end"] = asyncio.get_running_loop(), asyncio.Event()
        async with play(devices, **ports) as played:
            told["played"] = played
            started.set()
            await told["end"].wait()

    thread = threading.Thread(target=lambda: asyncio.run(run()))
    thread.start()
    try:
        assert started.wait(10)
        yield told["played"]
    finally:
        told["loop"].call_soon_threadsafe(told["end"].set)
        thread.join(10)


@pytest.fixture
def played():
    """The context manager that plays devices: ``with played([...]) as run: ... run.port``."""
    return in_thread
