"""Whether a stored password may be tried on a device. Pure (design.md, invariant 1; cases C020 and C022)."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class SignIn:
    """What is remembered of a device's answers to our credential. Versions rise when a person replaces the password."""

    credential: int | None = None
    version: int | None = None
    refused_credential: int | None = None
    refused_version: int | None = None
    locked_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Permit:
    """The answer; ``why`` is empty where a try is allowed."""

    allowed: bool
    why: str = ""


def may_try(state: SignIn, now: datetime) -> Permit:
    """One try is allowed unless there is no credential, the same password was refused before, or the device is locked."""
    if state.credential is None:
        return Permit(allowed=False, why="no credential is stored for it")
    if state.locked_until is not None and now < state.locked_until:
        left = int((state.locked_until - now).total_seconds())
        return Permit(allowed=False, why=f"locked by the device, {left} s left")
    if state.refused_credential == state.credential and state.refused_version == state.version:
        return Permit(allowed=False, why="this password was refused; it is not tried again until a person replaces it")
    return Permit(allowed=True)
