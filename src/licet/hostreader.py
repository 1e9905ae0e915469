#!/usr/bin/env python3
"""Prints what software licences bind to on this host, as JSON. It reads only and sends nothing anywhere.

Copy this one file to the host of the video software (Windows or Linux, Python 3.8 or newer, nothing else needed) and run:

    python hostreader.py > host.json

Take host.json to Licet: licet installation host NAME host.json. A value that cannot be read here is left empty.
"""
# ruff: noqa: EXE001, PTH110, PTH118, PTH123, PTH208, S603, UP006, UP017, UP032, UP035, UP045

import datetime  # noqa: ICN001
import json
import os
import platform
import re
import socket
import subprocess
import sys
import uuid
from typing import Any, Dict, List, Optional, Tuple

_MAC = re.compile(r"(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}")
_NOTHING = {
    "",
    "none",
    "0",
    "default string",
    "to be filled by o.e.m.",
    "not specified",
    "system serial number",
    "unknown",
}
_VIRTUAL = {
    "vmware": "VMware",
    "virtualbox": "VirtualBox",
    "innotek": "VirtualBox",
    "kvm": "KVM",
    "qemu": "QEMU",
    "xen": "Xen",
    "virtual machine": "Hyper-V",
    "hyper-v": "Hyper-V",
    "bochs": "Bochs",
    "parallels": "Parallels",
    "amazon ec2": "Amazon EC2",
    "google compute": "Google Compute Engine",
}


def text_of(path: str) -> str:
    """The first line of a small file, "" where it cannot be read."""
    try:
        with open(path, encoding="utf-8", errors="replace") as handle:
            return useful(handle.readline(300))
    except OSError:
        return ""


def useful(text: str) -> str:
    """The text without blanks; "" for what makers write instead of a value."""
    plain = text.strip().strip("\x00").strip()
    return "" if plain.lower() in _NOTHING else plain


def told(command: List[str]) -> str:
    """What a command of the system prints; "" where there is none or it fails."""
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=20, check=False)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.decode("utf-8", "replace")


def asked_powershell(question: str) -> str:
    """The answer of one PowerShell question on Windows."""
    return useful(told(["powershell", "-NoProfile", "-NonInteractive", "-Command", question]))


def linux_macs() -> List[str]:
    """The addresses of the cards that are hardware; virtual bridges and tunnels are left out."""
    base = "/sys/class/net"
    try:
        names = sorted(os.listdir(base))
    except OSError:
        return []
    cards = [name for name in names if os.path.exists(os.path.join(base, name, "device"))]
    return [text_of(os.path.join(base, name, "address")) for name in cards]


def windows_macs() -> List[str]:
    """The addresses of the cards that are hardware, by PowerShell, else by getmac."""
    text = asked_powershell("(Get-NetAdapter -Physical).MacAddress")
    return _MAC.findall(text) or _MAC.findall(told(["getmac", "/fo", "csv", "/nh"]))


def macs() -> List[str]:
    """Addresses of network cards, lower case with colons."""
    found = windows_macs() if os.name == "nt" else linux_macs()
    plain = {mac.lower().replace("-", ":") for mac in found if _MAC.fullmatch(mac)}
    plain.discard("00:00:00:00:00:00")
    if not plain:
        number = uuid.getnode()
        if not number >> 40 & 1:  # the bit says that it was made up
            plain = {":".join(format(number >> shift & 0xFF, "02x") for shift in range(40, -8, -8))}
    return sorted(plain)


def hardware() -> Tuple[str, str, str]:
    """(words of maker and model, mainboard serial number, machine id)."""
    if os.name == "nt":
        words = asked_powershell("$c = Get-CimInstance Win32_ComputerSystem; $c.Manufacturer + ' ' + $c.Model")
        board = asked_powershell("(Get-CimInstance Win32_BaseBoard).SerialNumber")
        machine = asked_powershell("(Get-CimInstance Win32_ComputerSystemProduct).UUID")
        return words, board, machine
    base = "/sys/class/dmi/id/"
    words = " ".join(text_of(base + name) for name in ("sys_vendor", "product_name", "board_vendor"))
    board = text_of(base + "board_serial")  # readable by root only on most systems
    machine = text_of(base + "product_uuid") or text_of("/etc/machine-id")
    return words, board, machine


def virtual(words: str) -> Tuple[Optional[bool], str]:
    """(True, False or None for unknown; which kind)."""
    plain = words.lower()
    for word, kind in _VIRTUAL.items():
        if word in plain:
            return True, kind
    if os.name != "nt":
        said = told(["systemd-detect-virt"]).strip()
        if said and said != "none":
            return True, said
        if said == "none":
            return False, ""
    return (False, "") if plain.strip() else (None, "")


def addresses() -> List[str]:
    """The addresses of this host's own name; nothing is sent for it."""
    try:
        found = {str(entry[4][0]).split("%")[0] for entry in socket.getaddrinfo(socket.gethostname(), None)}
    except (OSError, UnicodeError):
        return []
    return sorted(found)


def read() -> Dict[str, Any]:
    """Everything, ready for JSON."""
    words, board, machine = hardware()
    is_virtual, kind = virtual(words)
    return {
        "licet": "host",
        "name": socket.gethostname(),
        "os": "{} {} {}".format(platform.system(), platform.release(), platform.version())[:200].strip(),
        "vm": is_virtual,
        "vm_kind": kind,
        "machine_id": machine.lower(),
        "board_serial": board,
        "macs": macs(),
        "addresses": addresses(),
        "read_at": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
    }


if __name__ == "__main__":
    json.dump(read(), sys.stdout, indent=2, ensure_ascii=True)
    sys.stdout.write("\n")
