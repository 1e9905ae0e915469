"""Controls of which only a part can be read: that part can fail, and where it holds, the result says which datum is missing for the rest. Pure."""

import ipaddress
from typing import Final

from licet.compliance.measures import Judged, Seen, Setting, is_, measures, said, serials

# Marks of plate recognition in the package names of on-camera apps.
_PLATE_APPS: Final = ("anpr", "plate", "车牌")

# Measured controls that no datum of Licet can decide, with the datum that is missing.
MISSING: Final[dict[str, str]] = {
    "RET-02": "the time of the oldest recording on each track; devices tell it only to a search that Licet does not send",
    "RET-03": "the time of the oldest recording on each track; devices tell it only to a search that Licet does not send",
    "RET-06": "for how many days each cloud recording is kept; the accounts' lists name the service and its end alone",
    "RET-07": "whether the disks are encrypted; no answer of a device that was seen says it",
    "ACC-12": "whether keys and passwords stand anywhere outside the vault; that each reveal is written down, Licet's record shows",
    "VUL-07": "an approved baseline of each device's configuration to compare with",
    "FLD-07": "whether date and time are drawn in the picture, and whether tamper detection is on",
    "BIO-09": "which attributes the analytics evaluate; no answer of a device that was seen says it",
    "BIO-10": "the time of the oldest match in the log of the recognising system",
    "SUP-03": "the equipment authorisation (FCC ID), the day of purchase and the day of import of each device",
}


def _rest(read: str, missing: str, *evidence: int) -> Judged:
    return Judged("manual", "half_read", {"read": read, "open": missing}, evidence)


@measures("NET-02", "admin_accesses")
def _encryption(seen: Seen, setting: Setting) -> Judged:
    if seen.row.get("legacy_tls"):
        return Judged("fail", "tls_outdated", {})
    fact = said(seen, "admin_accesses", setting)
    held = {str(one["protocol"]).upper(): one.get("enabled") for one in fact.value.get("protocols", ())}
    if held.get("HTTPS") is False:
        return is_(False, "https_off", fact)
    return _rest("HTTPS is offered without outdated encryption", "end and issuer of the certificate", fact.id)


@measures("NET-03", "admin_accesses")
def _old_services(seen: Seen, setting: Setting) -> Judged:
    fact = said(seen, "admin_accesses", setting)
    held = {str(one["protocol"]).upper(): one.get("enabled") for one in fact.value.get("protocols", ())}
    on = sorted(name for name in ("TELNET", "SSH") if held.get(name))
    if on:
        return is_(False, "services_on", fact, services=on)
    read = ", ".join(name for name in ("TELNET", "SSH") if held.get(name) is False)
    missing = [name for name in ("TELNET", "SSH") if held.get(name) is None]
    return _rest(read or "neither", f"state of {', '.join([*missing, 'SNMP'])}", fact.id)


@measures("NET-04")
def _no_public_address(seen: Seen, setting: Setting) -> Judged:
    try:
        address = ipaddress.ip_address(str(seen.row.get("address") or ""))
    except ValueError:
        return Judged("unknown", "no_address", {})
    if address.is_global and not any(_inside(address, one) for one in setting.params["approved_address_ranges"]):
        return Judged("fail", "public_address", {"address": str(address)})
    return _rest("address", "whether UPnP maps ports to it")


def _inside(address: ipaddress.IPv4Address | ipaddress.IPv6Address, text: object) -> bool:
    try:
        return address in ipaddress.ip_network(str(text), strict=False)
    except ValueError:
        return False


@measures("ACC-06", "users")
def _rights_of_operators(seen: Seen, setting: Setting) -> Judged:
    fact = said(seen, "users", setting)
    others = [one for one in fact.value.get("users", ()) if one.get("level") != "Administrator"]
    if not others:
        return is_(True, "", fact, accounts=0)
    return _rest(f"{len(others)} accounts are no administrators", "the single rights of each account", fact.id)


@measures("FLD-04")
def _purpose(seen: Seen, _setting: Setting) -> Judged:
    channels = seen.row.get("channels_without_purpose")
    if channels is not None:
        return (
            Judged("fail", "channels_without_purpose", {"channels": channels})
            if channels
            else Judged("pass", "holds", {})
        )
    if seen.row.get("kind") != "camera":
        return Judged("not_applicable", "no_camera", {})
    missing = [name for name in ("purpose", "owner") if not seen.row.get(name)]
    return Judged("fail", "purpose_missing", {"missing": missing}) if missing else Judged("pass", "holds", {})


@measures("BIO-02", "face_libraries")
def _age_of_faces(seen: Seen, setting: Setting) -> Judged:
    fact = said(seen, "face_libraries", setting)
    entries = [one.get("entries") for one in fact.value.get("libraries", ())]
    if all(number == 0 for number in entries):
        return is_(True, "", fact, entries=0)
    return _rest("number of entries", "the day on which the oldest face was entered", fact.id)


@measures("BIO-12")
def _plates(seen: Seen, setting: Setting) -> Judged:
    running = [str(one).lower() for one in seen.row.get("apps_running") or ()]
    if serials(seen) & set(setting.params["anpr_approved_devices"]):
        return _rest("the device is approved", "the day of the oldest plate on record")
    if any(mark in app for app in running for mark in _PLATE_APPS):
        return Judged("fail", "plates_on", {})
    return _rest("running apps", "whether plate recognition is on")
