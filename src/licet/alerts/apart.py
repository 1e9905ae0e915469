"""Sends one message by Apprise, in a process of its own: ``python -m licet.alerts.apart`` with a task as JSON on its standard input.

A service's address decides where Apprise connects to, and 170 services connect in ways of their own. Here every connection of the
process is judged by the rule for devices (:mod:`licet.wire.places`) as it is made, no redirect is followed, no file is read for an
address, and whoever started it ends it by a deadline. It knows neither database nor secrets but the address that it was given.
"""

import ipaddress
import json
import logging
import resource
import sys
import threading
from contextlib import suppress
from typing import Any, Final

from licet.wire.places import refusal_here

TOOK: Final = "took"
NOT_TAKEN: Final = "not taken"
NOT_ASKED: Final = "not asked"
_MEMORY: Final = 1 << 30
_SENDS: Final = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})


class Apart:
    """What was refused on the way. Once :meth:`judge` hears of events (``sys.addaudithook``), nothing takes that back."""

    def __init__(self) -> None:
        self.refused = ""
        self._judging = threading.local()

    def judge(self, event: str, given: tuple[Any, ...]) -> None:
        """Raises OSError for a connection to what is not asked, and to anything but an address: a name was resolved before."""
        # A datagram socket that was connected, and so was judged, names no place when it sends. The judge has a socket of its own.
        if event not in _SENDS or given[1] is None or getattr(self._judging, "now", False):
            return
        self._judging.now = True
        try:
            why = _refusal(given[1])
        finally:
            self._judging.now = False
        if why:
            self.refused = why
            raise PermissionError(why)


def _refusal(place: object) -> str:
    try:
        host = ipaddress.ip_address(str(place[0]).partition("%")[0]) if isinstance(place, tuple) else None
    except ValueError:
        host = None
    return "The service connects to something that is no network address." if host is None else refusal_here(str(host))


def made(url: str) -> Any:
    """The service of an address; None where Apprise does not read it. Nothing is sent."""
    import apprise  # noqa: PLC0415 - 0.2 s, and only where something is sent

    # Its own log lines may carry parts of the address.
    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
    asset = apprise.AppriseAsset(app_id="Licet", app_desc="Licet", plugin_paths=[], secure_logging=True)
    return apprise.Apprise.instantiate(url, asset=asset, suppress_exceptions=True)


def _send(task: dict[str, str]) -> str:
    import requests  # noqa: PLC0415
    from apprise.attachment.file import AttachFile  # noqa: PLC0415

    service = made(task["url"])
    # Some addresses name a template or a key by its path: files of this machine are not theirs to read and send.
    AttachFile.download = lambda *_given, **_named: False  # type: ignore[method-assign]
    requests.Session.get_redirect_target = lambda *_given: None  # type: ignore[method-assign]
    return TOOK if service is not None and service.notify(body=task["body"], title=task["subject"]) else NOT_TAKEN


def main() -> None:
    """Do the task and print how it went as JSON: how, and why not."""
    with suppress(OSError, ValueError):  # a unit of systemd may deny it, and has a limit of its own
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    task = json.load(sys.stdin)
    apart = Apart()
    sys.addaudithook(apart.judge)
    try:
        how, why = _send(task), ""
    except Exception as error:  # noqa: BLE001 - 170 services' own faults end as one failed try
        how, why = NOT_TAKEN, type(error).__name__
    if apart.refused and how != TOOK:
        how, why = NOT_ASKED, apart.refused
    sys.stdout.write(json.dumps([how, why]))


if __name__ == "__main__":
    main()
