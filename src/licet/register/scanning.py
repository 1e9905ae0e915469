"""A look at contents by the virus scanner that the operator named, before they are kept."""

import shlex
import socket
import struct
import subprocess
from pathlib import Path

from django.conf import settings

from licet.register.storage import chunks_of
from licet.sites.record import NotPossible

_SECONDS = 60
_MOST_ANSWER = 4096


def configured() -> bool:
    """Whether a scanner is named."""
    return bool(settings.LICET_SCAN_COMMAND or settings.LICET_CLAMD)


def scan(path: Path) -> bool:
    """True = found clean, False = nobody looked. Raises :class:`NotPossible` for infected contents, and where the scanner fails.

    A scanner that is named and does not answer keeps contents out: nothing passes because nobody could look.
    """
    if settings.LICET_SCAN_COMMAND:
        _by_command(path)
        return True
    if settings.LICET_CLAMD:
        _by_clamd(path)
        return True
    return False


def _by_command(path: Path) -> None:
    try:
        answer = subprocess.run(  # noqa: S603 - the operator's own command, the path is ours
            [*shlex.split(settings.LICET_SCAN_COMMAND), str(path)], capture_output=True, timeout=_SECONDS, check=False
        )
    except (OSError, ValueError, subprocess.TimeoutExpired):
        raise NotPossible("The virus scanner cannot be run (LICET_SCAN_COMMAND), so the file is not kept.") from None
    if answer.returncode == 1:
        raise NotPossible("The virus scanner found something in this file, so it is not kept.")
    if answer.returncode != 0:
        raise NotPossible(f"The virus scanner failed (exit {answer.returncode}), so the file is not kept.")


def _by_clamd(path: Path) -> None:
    try:
        with _connected(settings.LICET_CLAMD) as link, path.open("rb") as file:
            link.sendall(b"zINSTREAM\0")
            for chunk in chunks_of(file):
                link.sendall(struct.pack(">I", len(chunk)) + chunk)
            link.sendall(struct.pack(">I", 0))
            answer = _read(link)
    except (OSError, ValueError):
        raise NotPossible("The virus scanner does not answer (LICET_CLAMD), so the file is not kept.") from None
    if answer.endswith("FOUND"):
        raise NotPossible("The virus scanner found something in this file, so it is not kept.")
    if not answer.endswith("OK"):
        raise NotPossible("The virus scanner could not look at this file, so it is not kept.")


def _connected(where: str) -> socket.socket:
    if where.startswith("/"):
        link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        link.settimeout(_SECONDS)
        link.connect(where)
        return link
    host, _colon, port = where.rpartition(":")
    return socket.create_connection((host, int(port)), timeout=_SECONDS)


def _read(link: socket.socket) -> str:
    answer = b""
    while len(answer) < _MOST_ANSWER and not answer.endswith(b"\0"):
        some = link.recv(1024)
        if not some:
            break
        answer += some
    return answer.rstrip(b"\0\n").decode("ascii", "replace")
