"""A simulated device while it is played: what changes, and what it has seen."""

import time
from dataclasses import dataclass, field

from licet.simulator.devices import SimulatedDevice
from licet.simulator.digest import Gate


@dataclass(slots=True)
class DeviceStats:
    """What one device has seen. ``forbidden`` names every write (method and path) and every forbidden SADP verb: it must stay empty."""

    requests: int = 0
    credentialed: int = 0
    wrong_passwords: int = 0
    basic_over_plain: int = 0
    forbidden: list[str] = field(default_factory=list)


class Live:
    """A device while it is played: what changes."""

    __slots__ = ("activated", "device", "failures", "gate", "info_reads", "locked_until", "open_talks", "stats")

    def __init__(self, device: SimulatedDevice) -> None:
        self.device = device
        self.gate = Gate(device)
        self.activated = device.activated
        self.failures = 0
        self.locked_until = time.monotonic() + device.lock_seconds if device.locked else 0.0
        self.info_reads = 0
        self.open_talks = 0
        self.stats = DeviceStats()

    def locked_for(self) -> int:
        """Seconds of lock left, rounded up; 0 = not locked."""
        left = self.locked_until - time.monotonic()
        return int(left) + 1 if left > 0 else 0

    def failed(self) -> None:
        """A wrong password: count it, and lock when it was one too many."""
        self.stats.wrong_passwords += 1
        self.failures += 1
        if self.failures >= self.device.lock_after:
            self.lock()

    def lock(self) -> None:
        """Lock, or put the remaining time back to the whole (isapi.md 1.4)."""
        self.locked_until = time.monotonic() + self.device.lock_seconds

    def accepted(self) -> None:
        """The right password: failures are forgotten, an old lock is over."""
        self.failures = 0

    def left(self) -> None:
        """A connection closed: a device set to fall back to factory state does so between two sweeps."""
        self.open_talks -= 1
        limit = self.device.reset_after
        if limit is not None and self.info_reads >= limit and self.open_talks <= 0:
            self.activated = False
