"""Measured controls of a device: from what it said to a result with its figures. Pure.

What a device does not say is never a pass: not offered by the device is ``manual``, not asked or too old is ``unknown``.
Every rule is that of controls.yaml; where only a part of it can be read, that part can fail but not pass.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final

from licet.compliance import weekly

Values = Mapping[str, Any]
_NOT_OFFERED: Final = "not_offered"
_FACE_FLAGS: Final = (
    "isSupportFaceDetect",
    "isSupportFaceSnap",
    "isSupportFaceContrast",
    "isSupportFaceLib",
    "isSupportFDLib",
    "isSupportFaceRecognizeMode",
)
_FACE_APPS: Final = ("face capture", "comparison and modeling", "人脸抓拍", "比对建模")


@dataclass(frozen=True, slots=True)
class Said:
    """The current fact of one topic: its value, its id, and when it was last seen to hold."""

    value: Values
    id: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Seen:
    """All that is known of one device. ``row`` are columns of the estate, ``outcomes`` how asking a topic ended."""

    row: Values
    facts: Mapping[str, Said] = field(default_factory=dict)
    outcomes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Setting:
    """The instant, the site's local day, and the site's parameters."""

    now: datetime
    day: date
    params: Values


@dataclass(frozen=True, slots=True)
class Judged:
    """A result with its reason (a word of :mod:`licet.compliance.words`), figures, and the ids of the facts it rests on."""

    result: str
    reason: str
    params: Values = field(default_factory=dict)
    evidence: tuple[Any, ...] = ()


class _Missing(Exception):
    """There is no fresh fact; ``judged`` says what that means."""

    def __init__(self, judged: Judged) -> None:
        super().__init__(judged.reason)
        self.judged = judged


Measure = Callable[[Seen, Setting], Judged]
MEASURES: Final[
    dict[str, tuple[Measure, tuple[str, ...]]]
] = {}  # control -> how it is measured, and the topics that are read


def measures(code: str, *topics: str) -> Callable[[Measure], Measure]:
    """Keep a function as the reader of a control, with the topics it reads."""

    def keep(measure: Measure) -> Measure:
        MEASURES[code] = (measure, topics)
        return measure

    return keep


def judge(code: str, seen: Seen, setting: Setting) -> Judged:
    """The result of a measured control for one device. ``KeyError`` where there is no measure for it."""
    try:
        return MEASURES[code][0](seen, setting)
    except _Missing as missing:
        return missing.judged


def said(seen: Seen, topic: str, setting: Setting) -> Said:
    """The fresh fact of a topic; where there is none, judging ends there with what that means."""
    fact = seen.facts.get(topic)
    outcome = seen.outcomes.get(topic, "")
    if fact is None:
        reason = "not_offered" if outcome == _NOT_OFFERED else "not_answered" if outcome else "never_asked"
        raise _Missing(
            Judged("manual" if outcome == _NOT_OFFERED else "unknown", reason, {"topic": topic, "outcome": outcome})
        )
    hours = int(setting.params.get("evidence_max_age_hours", 48))
    if fact.at < setting.now - timedelta(hours=hours):
        raise _Missing(Judged("unknown", "too_old", {"topic": topic, "hours": hours}, (fact.id,)))
    return fact


def _not_said(topic: str, fact: Said, what: str) -> Judged:
    return Judged("manual", "field_missing", {"topic": topic, "field": what}, (fact.id,))


def is_(right: bool, reason: str, fact: Said, **params: Any) -> Judged:
    """Pass or fail by one fact; ``reason`` is why it fails."""
    return Judged("pass" if right else "fail", reason if not right else "holds", params, (fact.id,))


@measures("RET-01", "tracks")
def _retention_is_set(seen: Seen, setting: Setting) -> Judged:
    fact = said(seen, "tracks", setting)
    tracks = [one for one in fact.value.get("tracks", ()) if one.get("enabled") is not False]
    if not tracks:
        return _not_said("tracks", fact, "tracks")
    most = int(setting.params["retention_max_days"])
    hours = [one.get("hours") for one in tracks]
    unlimited = sum(1 for one in hours if one == 0)
    if unlimited:
        return is_(False, "no_limit", fact, tracks=unlimited, of=len(tracks), most=most)
    longest = max((one for one in hours if one is not None), default=None)
    if longest is not None and longest > most * 24:
        return is_(False, "kept_too_long", fact, days=-(-longest // 24), most=most)
    if longest is None or None in hours:
        return _not_said("tracks", fact, "Duration")
    return is_(True, "", fact, days=-(-longest // 24), most=most)


@measures("RET-04", "storage")
def _disks_are_healthy(seen: Seen, setting: Setting) -> Judged:
    fact = said(seen, "storage", setting)
    disks = fact.value.get("disks", ())
    bad = [one for one in disks if one.get("status") and str(one["status"]).lower() not in ("ok", "idle", "normal")]
    if bad or not disks:
        return is_(
            False, "disk_bad" if bad else "no_disk", fact, disks=len(bad), status=bad[0]["status"] if bad else "none"
        )
    # Gaps cannot be read over the calls that only read: healthy disks alone prove half of the rule.
    return Judged("manual", "half_read", {"read": "disks", "open": "gaps in the recordings"}, (fact.id,))


@measures("ACC-01", "user_check")
def _activated_no_default(seen: Seen, setting: Setting) -> Judged:
    if seen.row.get("activated") is False:
        return Judged("fail", "not_activated", {}, ())
    fact = said(seen, "user_check", setting)
    default = fact.value.get("default_password")
    if default is None:
        return _not_said("user_check", fact, "isDefaultPassword")
    return is_(not default, "default_password", fact)


@measures("ACC-02", "user_check")
def _password_not_weak(seen: Seen, setting: Setting) -> Judged:
    fact = said(seen, "user_check", setting)
    risk = fact.value.get("risk_password")
    return _not_said("user_check", fact, "isRiskPassword") if risk is None else is_(not risk, "risk_password", fact)


@measures("ACC-03", "users", "capabilities")
def _nobody_unnamed(seen: Seen, setting: Setting) -> Judged:
    fact = said(seen, "users", setting)
    unnamed = [one for one in fact.value.get("users", ()) if str(one.get("name", "")).lower() in ("anonymous", "guest")]
    if unnamed:
        return is_(False, "anonymous", fact, accounts=len(unnamed))
    if seen.row.get("allow_basic"):
        return is_(False, "basic", fact)
    return Judged("manual", "half_read", {"read": "accounts", "open": "the kind of web and stream log-in"}, (fact.id,))


@measures("ACC-04", "login_lock")
def _login_lock(seen: Seen, setting: Setting) -> Judged:
    fact = said(seen, "login_lock", setting)
    on, tries, seconds = (fact.value.get(name) for name in ("enabled", "max_attempts", "lock_seconds"))
    most, least = int(setting.params["login_attempts_max"]), int(setting.params["lockout_min_seconds"])
    if on is False:
        return is_(False, "lock_off", fact)
    if tries is not None and tries > most:
        return is_(False, "too_many_tries", fact, tries=tries, most=most)
    if seconds is not None and seconds < least:
        return is_(False, "lock_too_short", fact, seconds=seconds, least=least)
    if on is None or tries is None or seconds is None:
        return _not_said("login_lock", fact, "enabled, attempts or time")
    return is_(True, "", fact, tries=tries, seconds=seconds)


@measures("ACC-05", "users")
def _approved_accounts(seen: Seen, setting: Setting) -> Judged:
    fact = said(seen, "users", setting)
    users = fact.value.get("users", ())
    approved = {str(one).lower() for one in setting.params["approved_accounts"]}
    most = int(setting.params["admin_accounts_max"])
    admins = sum(1 for one in users if one.get("level") == "Administrator")
    if admins > most:
        return is_(False, "many_administrators", fact, administrators=admins, most=most)
    if not approved:
        return Judged(
            "manual", "nothing_approved", {"parameter": "approved_accounts", "accounts": len(users)}, (fact.id,)
        )
    others = sum(1 for one in users if str(one.get("name", "")).lower() not in approved)
    return is_(others == 0, "unapproved_accounts", fact, accounts=others, administrators=admins)


@measures("NET-01", "admin_accesses")
def _https_only(seen: Seen, setting: Setting) -> Judged:
    fact = said(seen, "admin_accesses", setting)
    held = {str(one["protocol"]).upper(): one.get("enabled") for one in fact.value.get("protocols", ())}
    allowed = {str(one).upper() for one in setting.params["allowed_admin_protocols"]}
    if held.get("HTTP") and "HTTP" not in allowed:
        return is_(False, "http_on", fact)
    if held.get("HTTPS") is False:
        return is_(False, "https_off", fact)
    others = sorted(name for name, on in held.items() if on and name not in allowed)
    if others:
        return is_(False, "protocols", fact, protocols=others[:10])
    if held.get("HTTPS") is None or held.get("HTTP", False) is None:
        return _not_said("admin_accesses", fact, "enabled")
    return is_(True, "", fact)


@measures("NET-05", "ezviz")
def _cloud_is_off(seen: Seen, setting: Setting) -> Judged:
    fact = said(seen, "ezviz", setting)
    on = fact.value.get("enabled")
    if on is None:
        return _not_said("ezviz", fact, "enabled")
    approved = bool(serials(seen) & set(setting.params["approved_cloud_devices"]))
    return is_(not on or approved, "cloud_on", fact, approved=approved)


@measures("NET-06", "isup")
def _no_uplink(seen: Seen, setting: Setting) -> Judged:
    fact = said(seen, "isup", setting)
    if fact.value.get("enabled"):
        return is_(False, "isup_on", fact, server=str(fact.value.get("server") or "")[:100])
    return Judged("manual", "half_read", {"read": "ISUP", "open": "DDNS, alarm hosts and FTP"}, (fact.id,))


@measures("NET-08")
def _cloud_account_is_ours(seen: Seen, _setting: Setting) -> Judged:
    if seen.row.get("listed_by_us"):
        return Judged("pass", "holds", {})
    return (
        Judged("fail", "bound_elsewhere", {})
        if seen.row.get("listed_elsewhere")
        else Judged("unknown", "owner_unknown", {})
    )


@measures("VUL-01", "device_info")
def _not_exploited(seen: Seen, setting: Setting) -> Judged:
    return _exposed(seen, setting, "exploited")


@measures("VUL-02", "device_info")
def _patched_in_time(seen: Seen, setting: Setting) -> Judged:
    return _exposed(seen, setting, "overdue")


def _exposed(seen: Seen, setting: Setting, which: str) -> Judged:
    fact = said(seen, "device_info", setting)
    affected, unsure = seen.row.get(f"{which}_affected", ()), seen.row.get(f"{which}_unsure", ())
    if affected:
        return is_(False, which, fact, advisories=list(affected)[:5], number=len(affected))
    if unsure:
        return Judged("unknown", "cannot_tell", {"advisories": list(unsure)[:5], "number": len(unsure)}, (fact.id,))
    if not seen.row.get("advisories_loaded"):
        return Judged("unknown", "no_advisories", {})
    if not seen.row.get("named"):
        return Judged("unknown", "not_named", {}, (fact.id,))
    return is_(True, "", fact)


@measures("VUL-03", "device_info")
def _still_supported(seen: Seen, setting: Setting) -> Judged:
    fact = said(seen, "device_info", setting)
    end, built, most = (
        seen.row.get("end_of_support"),
        seen.row.get("firmware_build"),
        int(setting.params["firmware_age_max_days"]),
    )
    if end is not None and end < setting.day:
        return is_(False, "support_over", fact, end=end.isoformat())
    if built is not None and (setting.day - built).days > most:
        return is_(False, "firmware_old", fact, days=(setting.day - built).days // 30 * 30, most=most)
    if built is None:
        return _not_said("device_info", fact, "firmwareReleasedDate")
    return (
        is_(True, "", fact)
        if end
        else Judged(
            "manual", "half_read", {"read": "age of the firmware", "open": "the last day of support"}, (fact.id,)
        )
    )


@measures("LOG-01", "time", "ntp")
def _time_server(seen: Seen, setting: Setting) -> Judged:
    clock = said(seen, "time", setting)
    mode = clock.value.get("mode")
    if mode is None:
        return _not_said("time", clock, "timeMode")
    if str(mode).upper() != "NTP":
        return is_(False, "not_ntp", clock, mode=str(mode)[:40])
    fact = said(seen, "ntp", setting)
    servers = fact.value.get("servers", ())
    approved, most = set(setting.params["approved_ntp_servers"]), int(setting.params["ntp_interval_max_minutes"])
    slow = [one["interval_minutes"] for one in servers if (one.get("interval_minutes") or 0) > most]
    if slow:
        return is_(False, "seldom", fact, minutes=slow[0], most=most)
    if not approved:
        return Judged("manual", "nothing_approved", {"parameter": "approved_ntp_servers"}, (clock.id, fact.id))
    others = [str(one.get("host"))[:100] for one in servers if one.get("host") not in approved]
    if not servers:
        return _not_said("ntp", fact, "servers")
    return is_(not others, "time_server", fact, servers=others[:5])


@measures("LOG-02", "time")
def _clock_is_right(seen: Seen, setting: Setting) -> Judged:
    fact = said(seen, "time", setting)
    drift, most = fact.value.get("drift_seconds"), int(setting.params["clock_offset_max_seconds"])
    if drift is None:
        return _not_said("time", fact, "localTime with its zone")
    return is_(abs(int(drift)) <= most, "clock_wrong", fact, seconds=abs(int(drift)), most=most)


@measures("LOG-03", "log_server")
def _log_server(seen: Seen, setting: Setting) -> Judged:
    fact = said(seen, "log_server", setting)
    on, host = fact.value.get("enabled"), fact.value.get("host")
    approved = set(setting.params["approved_log_servers"])
    if on and host and host in approved:
        return is_(True, "", fact, host=str(host)[:100])
    if on and approved:
        return is_(False, "log_server", fact, host=str(host)[:100])
    # The rule allows a long enough log on the device instead, which cannot be read.
    return Judged(
        "manual", "half_read", {"read": "log server", "open": "how far the device's own log reaches back"}, (fact.id,)
    )


@measures("FLD-01", "privacy_mask")
def _mask_is_on(seen: Seen, setting: Setting) -> Judged:
    wanted = set(setting.params["mask_required_channels"])
    if not wanted:
        return Judged("manual", "nothing_approved", {"parameter": "mask_required_channels"})
    if not serials(seen) & {one.partition("/")[0] for one in wanted}:
        return Judged("not_applicable", "not_required", {"parameter": "mask_required_channels"})
    fact = said(seen, "privacy_mask", setting)
    if fact.value.get("enabled") is None:
        return _not_said("privacy_mask", fact, "enabled")
    regions = int(fact.value.get("regions") or 0)
    return is_(bool(fact.value["enabled"]) and regions > 0, "no_mask", fact, regions=regions)


@measures("FLD-02", "stream_audio", "tracks")
def _no_sound(seen: Seen, setting: Setting) -> Judged:
    approved = bool(serials(seen) & {one.partition("/")[0] for one in setting.params["audio_approved_channels"]})
    tracks = seen.facts.get("tracks")
    if tracks and not approved and any(one.get("save_audio") for one in tracks.value.get("tracks", ())):
        return is_(False, "sound_recorded", said(seen, "tracks", setting))
    fact = said(seen, "stream_audio", setting)
    on = fact.value.get("enabled")
    if on is None:
        return _not_said("stream_audio", fact, "Audio")
    if not on and seen.row.get("kind") == "recorder":
        return Judged("manual", "half_read", {"read": "channel 1", "open": "the other channels"}, (fact.id,))
    return is_(not on or approved, "sound_on", fact, approved=approved)


@measures("FLD-03", "tracks")
def _recording_hours(seen: Seen, setting: Setting) -> Judged:
    """Each enabled track records in the hours that are approved for its channel, else for its device, else for all (``*``)."""
    approved = setting.params["schedule_approved"]
    if not approved:
        return Judged("manual", "nothing_approved", {"parameter": "schedule_approved"})
    fact = said(seen, "tracks", setting)
    tracks = [one for one in fact.value.get("tracks", ()) if one.get("enabled") is not False]
    if not tracks or any(one.get("schedule") is None for one in tracks):
        return _not_said("tracks", fact, "recording schedule" if tracks else "tracks")
    over: dict[str, list[int | str]] = {}
    unnamed = []
    for one in tracks:
        channel = _channel_of(one)
        names = [key for serial in sorted(serials(seen)) for key in (f"{serial}/{channel}", serial)]
        hours = next(
            (approved[key] for key in (*sorted(names, key=lambda key: "/" not in key), "*") if key in approved), None
        )
        if hours is None:
            unnamed.append(channel)
        elif more := weekly.outside(one["schedule"], weekly.read(hours)):
            over.setdefault(weekly.told(more), []).append(channel)
    if over:
        times = {_channels(channels): hours for hours, channels in over.items()}
        return Judged("fail", "recorded_outside", {"times": times}, (fact.id,))
    if unnamed:
        return Judged("manual", "no_hours_approved", {"channels": _channels(unnamed)}, (fact.id,))
    return Judged("pass", "holds", {}, (fact.id,))


def _channel_of(track: Values) -> int | str:
    """The number of a track's channel; tracks are numbered by channel and stream, 101 = the first stream of channel 1."""
    number = track.get("channel")
    if number is None and str(track.get("id", "")).isdigit():
        number = int(track["id"])
    if number is None:
        return str(track.get("id", "?"))
    return int(number) // 100 if int(number) >= 100 else int(number)


def _channels(found: Sequence[int | str]) -> str:
    """Channels in words, those in a row together: ``channel 4``, ``channels 1-3, 7``."""
    numbers = sorted({one for one in found if isinstance(one, int)})
    parts = sorted({str(one) for one in found if not isinstance(one, int)})
    for last in reversed([one for one in numbers if one + 1 not in numbers]):
        first = max(one for one in numbers if one <= last and one - 1 not in numbers)
        parts.insert(0, str(first) if first == last else f"{first}-{last}")
    return f"channel{'s' if len(set(found)) > 1 else ''} {', '.join(parts)}"


@measures("BIO-01", "face_libraries", "apps")
def _face_is_off(seen: Seen, setting: Setting) -> Judged:
    if serials(seen) & set(setting.params["face_approved_devices"]):
        return Judged("pass", "approved", {"parameter": "face_approved_devices"})
    if face_enabled(seen):
        fact = seen.facts.get("face_libraries")
        return Judged("fail", "face_on", {}, (fact.id,) if fact else ())
    fact = said(seen, "face_libraries", setting)
    return Judged("manual", "half_read", {"read": "face libraries", "open": "whether comparison is on"}, (fact.id,))


@measures("SUP-01", "device_info")
def _named_maker(seen: Seen, _setting: Setting) -> Judged:
    maker, why = made_by(seen)
    if maker:
        return Judged("informational", "named", {"maker": maker, "why": why})
    return Judged("manual", "origin_unknown", {})


@measures("SUP-04")
def _none_at_sensitive_site(seen: Seen, _setting: Setting) -> Judged:
    maker, why = made_by(seen)
    return Judged("fail", "named", {"maker": maker, "why": why}) if maker else Judged("manual", "origin_unknown", {})


NAMED: Final[dict[str, str]] = {
    "hikvision": "Hangzhou Hikvision",
    "ezviz": "Hangzhou Hikvision (EZVIZ)",
    "hiwatch": "Hangzhou Hikvision (HiWatch)",
    "dahua": "Dahua",
    "hytera": "Hytera",
}
MODEL_MARKS: Final = ("DS-", "IDS-", "HWI-", "HWN-", "CS-")


def made_by(seen: Seen) -> tuple[str, str]:
    """The named manufacturer of a device and what says so: its own word, or the form of its model. ("", "") = not known.

    A model that another brand sells under its own number still answers ISAPI with the maker's serial form, so the serial counts too.
    """
    info = seen.facts.get("device_info")
    said = str(info.value.get("manufacturer") or "").lower() if info else ""
    for word, maker in NAMED.items():
        if word in said:
            return maker, "manufacturer"
    return maker_by_marks(str(seen.row.get("model") or ""), str(seen.row.get("serial_number") or ""))


def maker_by_marks(model: str, serial: str) -> tuple[str, str]:
    """The named manufacturer that the form of a model or serial number tells, and which of them told it; ("", "") = neither."""
    if model.upper().startswith(MODEL_MARKS):
        return "Hangzhou Hikvision", "model"
    if serial.upper().startswith(MODEL_MARKS):
        return "Hangzhou Hikvision", "serial number (OEM)"
    return "", ""


def serials(seen: Seen) -> set[str]:
    """The serial numbers by which a policy may name the device."""
    return {str(seen.row[name]) for name in ("serial_number", "short_serial") if seen.row.get(name)}


def face_enabled(seen: Seen) -> bool | None:
    """Whether a face library holds entries or a face app runs; False where the device has no face function; None = not known."""
    libraries = seen.facts.get("face_libraries")
    if libraries and any((one.get("entries") or 0) > 0 for one in libraries.value.get("libraries", ())):
        return True
    running = [str(one).lower() for one in seen.row.get("apps_running") or ()]
    if any(mark in app for app in running for mark in _FACE_APPS):
        return True
    return False if _face(seen) is False else None


def _face(seen: Seen) -> bool | None:
    capabilities = seen.facts.get("capabilities")
    flags = capabilities.value.get("flags", {}) if capabilities else {}
    if any(flags.get(name) for name in _FACE_FLAGS) or "face_libraries" in seen.facts:
        return True
    return False if any(flags.get(name) is False for name in _FACE_FLAGS) else None


def features(seen: Seen) -> dict[str, bool | None]:
    """The words of ``applies_when`` that the device itself answers. None = it does not say; absence of a word proves nothing."""
    kind = seen.row.get("kind")
    storage = seen.facts.get("storage")
    disks = bool(storage.value.get("disks")) if storage else None
    tracks = "tracks" in seen.facts
    recorder = True if kind == "recorder" or disks or tracks else False if disks is False else None
    if recorder is None and seen.outcomes.get("storage") == _NOT_OFFERED:
        recorder = False
    audio = seen.facts.get("stream_audio")
    audio_capable = True if audio and audio.value.get("enabled") is not None else None
    if audio_capable is None and seen.outcomes.get("stream_audio") == _NOT_OFFERED:
        audio_capable = False
    cloud = True if "ezviz" in seen.facts else False if seen.outcomes.get("ezviz") == _NOT_OFFERED else None
    used = (
        True if seen.row.get("ezviz_enabled") or seen.row.get("ezviz_bound") or seen.row.get("listed_by_us") else None
    )
    if used is None and (seen.row.get("ezviz_enabled") is False or cloud is False):
        used = False
    return {
        "feature.recorder": recorder, "feature.audio_capable": audio_capable, "feature.face": _face(seen),
        "feature.face_enabled": face_enabled(seen), "feature.attributes": None, "feature.anpr": None,
        "feature.cloud_capable": cloud, "feature.cloud_used": used, "feature.cloud_recording": False if used is False else None,
        "feature.disk_encryption": None,
    }  # fmt: skip


TOPICS: Final = tuple(
    sorted(
        {topic for _measure, topics in MEASURES.values() for topic in topics}
        | {"capabilities", "storage", "stream_audio", "ezviz", "face_libraries", "tracks", "device_info"}
    )
)
