"""Accounts, protocols, lock rule and password state: the paths below ``/ISAPI/Security``."""

from typing import Final

from licet.wire.facts import AdminAccess, AdminAccesses, LoginLock, User, UserCheck, Users
from licet.wire.isapi.parsed import Parsed
from licet.wire.scalars import read_bool, read_int, read_port
from licet.wire.xml import Element, every, local, texts

USERS_PATH: Final = "/ISAPI/Security/users"
USER_CHECK_PATH: Final = "/ISAPI/Security/userCheck"
ADMIN_ACCESSES_PATH: Final = "/ISAPI/Security/adminAccesses"
LOGIN_LOCK_PATH: Final = "/ISAPI/Security/illegalLoginLock"
_LARGEST_IN_MINUTES: Final = 120


def parse_users(root: Element) -> Parsed | None:
    """The accounts the signed-in user may see."""
    if local(root) not in ("UserList", "User"):
        return None
    users = []
    for element in every(root, "User"):
        said = texts(element)
        users.append(User(said.get("id", ""), said.get("userName", ""), said.get("userLevel")))
    return Parsed(Users(tuple(users)))


def parse_user_check(root: Element) -> Parsed | None:
    """Password state after sign-in; ``residualValidity`` in days, negative = overdue (isapi.md 1.4)."""
    said = texts(root)
    if local(root) != "userCheck":
        return None
    return Parsed(
        UserCheck(
            default_password=read_bool(said.get("isDefaultPassword")),
            risk_password=read_bool(said.get("isRiskPassword")),
            activated=read_bool(said.get("isActivated")),
            residual_days=read_int(said.get("residualValidity")),
        )
    )


def parse_admin_accesses(root: Element) -> Parsed | None:
    """Protocols by which the device is managed; ``enabled`` is missing where the device does not say (surprises 12)."""
    if local(root) not in ("AdminAccessProtocolList", "AdminAccessProtocol"):
        return None
    protocols = []
    redirect: bool | None = None
    for element in every(root, "AdminAccessProtocol"):
        said = texts(element)
        if name := said.get("protocol"):
            protocols.append(AdminAccess(name, read_bool(said.get("enabled")), read_port(said.get("portNo"))))
        answer = read_bool(said.get("redirectToHttps"))
        redirect = answer if redirect is None else redirect or bool(answer)
    return Parsed(AdminAccesses(tuple(protocols), redirect))


def parse_login_lock(root: Element) -> Parsed | None:
    """The lock rule; a time of up to 120 is taken as minutes, more as seconds, and the answer says which (isapi.md 1.4)."""
    said = texts(root)
    if not said.keys() & {"enabled", "maxIllegalLoginTimes", "maxIllegalLoginLockTime"}:
        return None
    time = read_int(said.get("maxIllegalLoginLockTime"))
    unit = None if time is None else "minutes" if time <= _LARGEST_IN_MINUTES else "seconds"
    return Parsed(
        LoginLock(
            enabled=read_bool(said.get("enabled")),
            max_attempts=read_int(said.get("maxIllegalLoginTimes")),
            lock_seconds=time * 60 if time is not None and unit == "minutes" else time,
            assumed_unit=unit,
        )
    )
