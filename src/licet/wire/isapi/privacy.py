"""What privacy law asks of a device: how long it keeps recordings, sound, masks, time servers, log server, face libraries (isapi.md 4)."""

import re
from typing import Final

from licet.wire.facts import (
    FaceLibraries,
    FaceLibrary,
    LogServer,
    NtpServer,
    NtpServers,
    PrivacyMask,
    StreamAudio,
    Track,
    Tracks,
)
from licet.wire.isapi.parsed import Parsed
from licet.wire.scalars import read_bool, read_int
from licet.wire.xml import Element, every, local, texts

TRACKS_PATH: Final = "/ISAPI/ContentMgmt/record/tracks"
NTP_PATH: Final = "/ISAPI/System/time/ntpServers"
# One stream by its number: the list of several camera recordings contradicts it (isapi.md 4).
STREAM_PATH: Final = "/ISAPI/Streaming/channels/101"
MASK_PATH: Final = "/ISAPI/System/Video/inputs/channels/1/privacyMask"
LOG_SERVER_PATH: Final = "/ISAPI/System/logServer"
FACE_LIBRARIES_PATH: Final = "/ISAPI/Intelligent/FDLib"
_DURATION: Final = re.compile(
    r"P(?:(\d{1,5})Y)?(?:(\d{1,5})M)?(?:(\d{1,6})D)?(?:T(?:(\d{1,6})H)?(?:\d{1,6}M)?(?:\d{1,6}S)?)?"
)
_DAYS: Final = (365, 30, 1)
_WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WEEK: Final = 7 * 24 * 60
_TIME: Final = re.compile(r"([01]\d|2[0-4]):([0-5]\d)(?::[0-5]\d)?")


def hours_of(text: str | None) -> int | None:
    """Whole hours of a duration like ``P30DT0H``; None where it cannot be read."""
    found = _DURATION.fullmatch((text or "").strip())
    if found is None or not any(found.groups()):
        return None
    *longer, hours = (int(part or 0) for part in found.groups())
    return sum(days * number for days, number in zip(_DAYS, longer, strict=True)) * 24 + hours


def parse_tracks(root: Element) -> Parsed | None:
    """Recording tracks; a duration of nothing means no limit but the disk."""
    if local(root) not in ("TrackList", "Track"):
        return None
    found = []
    for element in every(root, "Track"):
        said = texts(element)
        found.append(
            Track(
                id=said.get("id", ""),
                channel=read_int(said.get("Channel")),
                enabled=read_bool(said.get("Enable")),
                hours=hours_of(said.get("Duration")),
                save_audio=read_bool(next((one.text for one in every(element, "SaveAudio")), None)),
                mode=said.get("DefaultRecordingMode"),
                schedule=_schedule(element),
            )
        )
    return Parsed(Tracks(tuple(found)))


def _schedule(track: Element) -> tuple[tuple[int, int], ...] | None:
    """When a track records; nothing where its schedule is switched off, None where it is not said or cannot be read."""
    switch = next((read_bool(one.text) for one in every(track, "enableSchedule")), None)
    if switch is False:
        return ()
    if next(iter(every(track, "TrackSchedule")), None) is None:
        return None
    found: list[tuple[int, int]] = []
    for action in every(track, "ScheduleAction"):
        begin, end = (_minute(action, f"ScheduleAction{which}Time") for which in ("Start", "End"))
        if begin is None or end is None:
            return None
        records = next((read_bool(one.text) for one in every(action, "Record")), True)
        if records is not False and begin != end:
            found.append((begin, end if end > begin else end + _WEEK))
    joined: list[tuple[int, int]] = []
    for begin, end in sorted(found):
        if joined and begin <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((begin, end))
    return tuple(joined)


def _minute(action: Element, name: str) -> int | None:
    """The minutes since Monday 00:00 of one end of a scheduled action."""
    said = texts(next(iter(every(action, name)), action))
    day = (said.get("DayOfWeek") or "").strip().lower()
    time = _TIME.fullmatch((said.get("TimeOfDay") or "").strip())
    if day not in _WEEKDAYS or time is None:
        return None
    return _WEEKDAYS.index(day) * 24 * 60 + int(time[1]) * 60 + int(time[2])


def parse_ntp(root: Element) -> Parsed | None:
    """Time servers; some devices put the host name into ipAddress."""
    if local(root) not in ("NTPServerList", "NTPServer"):
        return None
    servers = []
    for element in every(root, "NTPServer"):
        said = texts(element)
        servers.append(
            NtpServer(said.get("hostName") or said.get("ipAddress"), read_int(said.get("synchronizeInterval")))
        )
    return Parsed(NtpServers(tuple(servers)))


def parse_stream_audio(root: Element) -> Parsed | None:
    """Whether a stream carries sound; without an Audio element nothing is said."""
    if local(root) != "StreamingChannel":
        return None
    audio = next(iter(every(root, "Audio")), None)
    return Parsed(
        StreamAudio(texts(root).get("id"), None if audio is None else read_bool(texts(audio).get("enabled"))),
        () if audio is not None else ("no Audio element",),
    )


def parse_privacy_mask(root: Element) -> Parsed | None:
    """Whether masks are on, and how many regions there are."""
    if local(root).lower() != "privacymask":
        return None
    return Parsed(
        PrivacyMask(read_bool(texts(root).get("enabled")), sum(1 for _one in every(root, "PrivacyMaskRegion")))
    )


def parse_log_server(root: Element) -> Parsed | None:
    """Where the device sends its log."""
    said = texts(root)
    if local(root).lower() not in ("logserver", "securitylogserver"):
        return None
    return Parsed(LogServer(read_bool(said.get("enabled")), said.get("hostName") or said.get("ipAddress")))


def parse_face_libraries(root: Element) -> Parsed | None:
    """Face libraries by number and count; names are left out, since they may name people."""
    if not local(root).startswith("FDLib"):
        return None
    found = []
    for element in every(root, "FDLibBaseCfg"):
        said = texts(element)
        count = next((said[name] for name in ("faceNum", "totalNum", "faceCount") if name in said), None)
        found.append(FaceLibrary(said.get("FDID") or said.get("id") or "", read_int(count)))
    return Parsed(FaceLibraries(tuple(found)))
