"""The rights of one device that its own facts decide. Pure (authorization.md, Rights)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from licet.authorization.status import Evidence, Status, Verdict
from licet.dates import end_instant

# Hikvision's own analytics, listed among the on-camera apps; included with the hardware (licensing.md part 5, M; isapi.md 4.1).
VENDOR_APPS = frozenset(
    name.casefold()
    for name in (
        "Face Capture", "Comparison and Modeling", "Capture Target With Feature", "Road Traffic", "Intell Traffic Event",
        "Smart Event", "AI Open Plat", "basePersonDensity", "multidimensional pdc", "personCounting", "Hard Hat Detection",
        "Working Clothes Detection", "Leave Position Detection", "SMOG DETECT", "Thrown Detect Event", "Person Arming",
        "Ship and Float Detection", "Garbage Detection", "Indoor Fire Passage Detection", "KitchenHygieneDetection",
        "人脸抓拍", "比对建模", "全结构化", "道路监控", "智能交通", "smart", "AI开放平台", "人员密度", "多维客流", "人数统计",
        "安全帽检测", "工服检测", "岗位值守检测", "烟雾检测", "高空抛物检测", "人员布控", "船只和漂浮物检测", "垃圾检测",
        "室内消防通道占用", "明厨亮灶",
    )
)  # fmt: skip


RIGHT_ROOM = 36  # characters of an app's name that a right's code has room for
# Apps whose use a video server may want a feature licence for, by metric (isapi.md 4.1; that road traffic reads plates: L).
FEATURE_APPS = {
    "anpr_camera": frozenset({"road traffic", "道路监控"}),
    "facial_recognition_camera": frozenset({"face capture", "人脸抓拍", "comparison and modeling", "比对建模"}),
}


@dataclass(frozen=True, slots=True)
class BoughtApp:
    """What a person says was bought for an app on this device."""

    app: str
    until: date | None = None
    document: int | None = None


@dataclass(frozen=True, slots=True)
class Slots:
    """The analytics engine slots of a recorder and how many are used, as a person says."""

    total: int
    used: int
    source: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody outside who may act on the device. ``learnt`` = told by a cloud, and nobody here has looked at it yet."""

    kind: str
    who: str
    until: date | None = None
    document: int | None = None
    learnt: bool = False


@dataclass(frozen=True, slots=True)
class DeviceState:
    """A device's current values with the time each was seen, and what is known around it.

    ``ours`` = a cloud account of ours lists it; ``lists_read`` = some list of ours has been read completely; ``shared`` = all that
    list it have it from another owner; ``listed_online`` and ``listed_at`` = what the account says of it, and since when we know. ``drawn`` = the metrics that it draws
    from the installations that manage it.
    ``behind`` = a recorder that lists it has been heard of at this time (it need not be reachable itself).
    """

    country: str = ""
    fact_age: timedelta = timedelta(hours=72)
    activated: bool | None = None
    activated_seen_at: datetime | None = None
    region: str = ""
    serial_number: str = ""
    has_address: bool = True
    has_credential: bool = False
    reach: str = ""
    reach_reason: str = ""
    last_asked_at: datetime | None = None
    refused: bool = False
    refused_at: datetime | None = None
    locked_until: datetime | None = None
    signed_in_at: datetime | None = None
    ezviz_enabled: bool | None = None
    ezviz_registered: bool | None = None
    ezviz_bound: bool | None = None
    ezviz_seen_at: datetime | None = None
    ours: bool = False
    lists_read: bool = False
    shared: bool = False
    listed_online: bool | None = None
    listed_at: datetime | None = None
    parties: tuple[Party, ...] = ()
    zone: str = "UTC"
    isup_enabled: bool | None = None
    isup_server: str = ""
    isup_seen_at: datetime | None = None
    apps_running: tuple[str, ...] = ()
    apps_seen_at: datetime | None = None
    bought_apps: tuple[BoughtApp, ...] = ()
    managed: bool = False
    drawn: frozenset[str] = frozenset()
    slots: Slots | None = None


def verdicts(state: DeviceState, now: datetime) -> list[Verdict]:
    """Every right of a device at an instant."""
    found = [
        activation(state, now),
        management(state, now),
        region(state),
        registration(state, now),
        binding(state, now),
        third_party(state, now),
        *apps(state, now),
        *features_in_use(state, now),
        *engines(state),
    ]
    if not state.managed:
        found.append(Verdict("software.camera", Status.NOT_REQUIRED, "no_installation"))
    return found


def fresh_until(seen_at: datetime, age: timedelta) -> datetime:
    """When a fact is too old to rely on. To the full minute, so that what was seen together goes stale together."""
    return (seen_at + age).replace(second=0, microsecond=0)


def activation(state: DeviceState, now: datetime) -> Verdict:
    """``device.activation``: whether the first administrator password has been set."""
    right = "device.activation"
    if state.activated is None or state.activated_seen_at is None:
        return _blind(right, state, now, "activation_not_said")
    fresh = fresh_until(state.activated_seen_at, state.fact_age)
    if now >= fresh:
        return _stale(right, state.activated_seen_at)
    seen = (_saw("device", state.activated_seen_at, f"activated: {'yes' if state.activated else 'no'}"),)
    if not state.activated:
        return Verdict(right, Status.NOT_ACTIVATED, "not_activated", evidence=seen, valid_until=fresh)
    return Verdict(right, Status.AUTHORIZED, "activated", evidence=seen, valid_until=fresh)


def management(state: DeviceState, now: datetime) -> Verdict:
    """``device.management``: whether the device accepts our credential."""
    right = "device.management"
    if state.activated is False and not _is_stale(state.activated_seen_at, state.fact_age, now):
        return Verdict(right, Status.NOT_ACTIVATED, "not_activated")
    if state.locked_until is not None and now < state.locked_until:
        left = int((state.locked_until - now).total_seconds())
        return Verdict(
            right, Status.UNKNOWN, "locked_by_device", {"until": _iso(state.locked_until), "seconds": left},
            valid_until=state.locked_until,
        )  # fmt: skip
    if state.refused:
        seen = (_saw("device", state.refused_at, "refused our password"),) if state.refused_at else ()
        return Verdict(right, Status.SUSPENDED, "credential_refused", evidence=seen)
    if state.reach == "policy" and state.reach_reason:
        return Verdict(right, Status.UNKNOWN, state.reach_reason)
    if state.signed_in_at is not None:
        fresh = fresh_until(state.signed_in_at, state.fact_age)
        if now >= fresh:
            return _stale(right, state.signed_in_at)
        seen = (_saw("device", state.signed_in_at, "accepted our credential"),)
        return Verdict(right, Status.AUTHORIZED, "signed_in", evidence=seen, valid_until=fresh)
    if not state.has_credential:
        return Verdict(right, Status.UNKNOWN, "no_credential")
    return _blind(right, state, now, "never_signed_in")


def region(state: DeviceState) -> Verdict:
    """``device.region``: the region letters of the serial number against the site's country (licensing.md 4.2).

    Only CH (China) outside China is a mismatch; RR and WR are ordinary on exported units.
    """
    right = "device.region"
    if not state.region:
        return Verdict(right, Status.UNKNOWN, "region_not_readable")
    if state.region != "CH":
        return Verdict(right, Status.AUTHORIZED, "region_fits", {"region": state.region})
    if not state.country:
        return Verdict(right, Status.UNKNOWN, "country_missing", {"region": state.region})
    seen = (Evidence("serial number", "", state.serial_number),)
    if state.country == "CN":
        return Verdict(right, Status.AUTHORIZED, "region_fits", {"region": state.region}, seen)
    params = {"region": state.region, "country": state.country}
    return Verdict(right, Status.UNLICENSED, "region_mismatch", params, seen)


def registration(state: DeviceState, now: datetime) -> Verdict:
    """``cloud.registration``: what the device says of Hik-Connect."""
    right = "cloud.registration"
    early = _cloud_off_or_unseen(right, state, now)
    if early is not None or state.ezviz_seen_at is None:
        return early or _blind(right, state, now, "cloud_not_said")
    fresh = fresh_until(state.ezviz_seen_at, state.fact_age)
    if state.ezviz_registered is None:
        return Verdict(right, Status.UNKNOWN, "cloud_not_said", valid_until=fresh)
    seen = (_saw("device", state.ezviz_seen_at, f"registered: {'yes' if state.ezviz_registered else 'no'}"),)
    if state.ezviz_registered:
        return Verdict(right, Status.AUTHORIZED, "registered", evidence=seen, valid_until=fresh)
    return Verdict(right, Status.NOT_REGISTERED, "enabled_offline", evidence=seen, valid_until=fresh)


def binding(state: DeviceState, now: datetime) -> Verdict:
    """``cloud.binding``: whose account holds the device, from the device and from our accounts' lists."""
    right = "cloud.binding"
    early = _cloud_off_or_unseen(right, state, now)
    if early is not None or state.ezviz_seen_at is None or state.ezviz_bound is None:
        return _by_account(right, state, now, early)
    fresh = fresh_until(state.ezviz_seen_at, state.fact_age)
    seen = (_saw("device", state.ezviz_seen_at, f"bound: {_yes_no(state.ezviz_bound)}"), *_listed(state))
    if state.shared:
        return Verdict(right, Status.SUSPENDED, "shared_to_us", evidence=seen, valid_until=fresh)
    if not state.ezviz_bound:
        reason = "listed_but_not_bound" if state.ours else "online_unbound"
        return Verdict(right, Status.NOT_REGISTERED, reason, evidence=seen, valid_until=fresh)
    if state.ours:
        return Verdict(right, Status.AUTHORIZED, "bound_to_us", evidence=seen, valid_until=fresh)
    if not state.lists_read:
        return Verdict(right, Status.UNKNOWN, "no_account_list", evidence=seen, valid_until=fresh)
    return Verdict(right, Status.SUSPENDED, "bound_to_other", evidence=seen, valid_until=fresh)


def _by_account(right: str, state: DeviceState, now: datetime, early: Verdict | None) -> Verdict:
    """What an account of ours says where the device says nothing, or that it is off."""
    if early is not None and early.reason == "hik_connect_off" and state.ours and not state.shared:
        seen = (*_listed(state), *early.evidence)
        return Verdict(right, Status.NOT_REGISTERED, "off_but_listed", evidence=seen, valid_until=early.valid_until)
    if early is not None and early.status is not Status.UNKNOWN:
        return early
    fresh = fresh_until(state.listed_at, state.fact_age) if state.listed_at else None
    if state.ours and fresh is not None and now < fresh:
        if state.shared:
            return Verdict(right, Status.SUSPENDED, "shared_to_us", evidence=_listed(state), valid_until=fresh)
        if state.listed_online:
            return Verdict(right, Status.AUTHORIZED, "bound_by_account", evidence=_listed(state), valid_until=fresh)
    return early or _blind(right, state, now, "cloud_not_said")


def _listed(state: DeviceState) -> tuple[Evidence, ...]:
    if not state.ours or state.listed_at is None:
        return ()
    word = {True: "online", False: "offline", None: "in an unknown state"}[state.listed_online]
    return (_saw("cloud account", state.listed_at, f"listed {'as shared ' if state.shared else ''}{word}"),)


def third_party(state: DeviceState, now: datetime) -> Verdict:
    """``cloud.third_party``: everybody outside who may act needs an end or a contract; an ISUP uplink needs somebody who answers for it."""
    right = "cloud.third_party"
    found = [_party(right, one, state, now) for one in state.parties]
    uplink = _uplink(right, state, now)
    named = any(one.kind == "isup_uplink" for one in state.parties)
    if not found or (uplink.reason == "uplink_not_reviewed" and not named):
        found.append(uplink)
    elif uplink.status is Status.UNKNOWN and uplink.reason != "uplink_not_reviewed":
        # That nobody could ask for an uplink is not hidden by a third party that is in order.
        found.append(uplink)
    return min(found, key=lambda verdict: _WORST.index(verdict.status))


_WORST = (Status.EXPIRED, Status.SUSPENDED, Status.UNKNOWN, Status.EXPIRING, Status.AUTHORIZED, Status.NOT_REQUIRED)


def _party(right: str, one: Party, state: DeviceState, now: datetime) -> Verdict:
    params = {"kind": one.kind.replace("_", " "), "until": one.until.isoformat() if one.until else ""}
    seen = (Evidence("third party", params["until"], f"{one.who} ({params['kind']})"),)
    if one.until is not None and now >= end_instant(one.until, state.zone):
        return Verdict(right, Status.EXPIRED, "third_party_over", params, seen)
    if one.learnt and one.document is None:
        return Verdict(right, Status.UNKNOWN, "third_party_not_reviewed", params, seen)
    if one.until is None and one.document is None:
        return Verdict(right, Status.UNKNOWN, "third_party_open_ended", params, seen)
    until = end_instant(one.until, state.zone) if one.until else None
    return Verdict(right, Status.AUTHORIZED, "third_party_in_order", params, seen, until)


def _uplink(right: str, state: DeviceState, now: datetime) -> Verdict:
    if state.isup_enabled is None or state.isup_seen_at is None:
        return _blind(right, state, now, "isup_not_said")
    fresh = fresh_until(state.isup_seen_at, state.fact_age)
    if now >= fresh:
        return _stale(right, state.isup_seen_at)
    if not state.isup_enabled:
        return Verdict(right, Status.NOT_REQUIRED, "no_uplink", valid_until=fresh)
    seen = (_saw("device", state.isup_seen_at, f"ISUP enabled to {state.isup_server or 'no address'}"),)
    return Verdict(
        right, Status.UNKNOWN, "uplink_not_reviewed", {"server": state.isup_server or "an unnamed server"}, seen, fresh
    )


def apps(state: DeviceState, now: datetime) -> Iterator[Verdict]:
    """``feature.app:<name>`` for each app that runs or was bought. No known answer of a device tells an app's licence (isapi.md 4.1)."""
    bought = {one.app[:RIGHT_ROOM].casefold(): one for one in state.bought_apps}
    if state.apps_seen_at is None:
        yield from (_bought(f"feature.app:{one.app[:RIGHT_ROOM]}", one, state, now, ()) for one in bought.values())
        return
    fresh = fresh_until(state.apps_seen_at, state.fact_age)
    for name in dict.fromkeys(text[:RIGHT_ROOM] for text in state.apps_running):
        right = f"feature.app:{name}"
        seen = (_saw("device", state.apps_seen_at, f"app running: {name}"),)
        if now >= fresh:
            yield _stale(right, state.apps_seen_at)
        elif (one := bought.pop(name.casefold(), None)) is not None:
            yield _bought(right, one, state, now, seen)
        elif name.casefold() in VENDOR_APPS:
            yield Verdict(right, Status.AUTHORIZED, "included_with_hardware", {"app": name}, seen, fresh)
        else:
            yield Verdict(right, Status.UNKNOWN, "app_licence_not_readable", {"app": name}, seen, fresh)
    running = {text[:RIGHT_ROOM].casefold() for text in state.apps_running}
    for name, one in bought.items():
        if name not in running:
            yield _bought(f"feature.app:{one.app[:RIGHT_ROOM]}", one, state, now, None)


def _bought(
    right: str, one: BoughtApp, state: DeviceState, now: datetime, seen: tuple[Evidence, ...] | None
) -> Verdict:
    """A bought app: over, in use, or (``seen`` None) paid for and not running."""
    params = {"app": one.app, "until": one.until.isoformat() if one.until else "without an end"}
    stated = Evidence("stated", one.until.isoformat() if one.until else "", f"{one.app} bought")
    ends = end_instant(one.until, state.zone) if one.until else None
    if ends is not None and now >= ends:
        return Verdict(right, Status.EXPIRED, "app_licence_over", params, (stated, *(seen or ())))
    reason = "app_bought_not_running" if seen is None else "app_bought"
    return Verdict(right, Status.AUTHORIZED, reason, params, (stated, *(seen or ())), ends)


def features_in_use(state: DeviceState, now: datetime) -> Iterator[Verdict]:
    """``feature.in_use:<metric>`` where use and licence differ: it runs and draws none, or draws one and does not run."""
    if not state.managed or state.apps_seen_at is None or now >= fresh_until(state.apps_seen_at, state.fact_age):
        return
    fresh = fresh_until(state.apps_seen_at, state.fact_age)
    running = {name.casefold(): name for name in state.apps_running}
    for metric, names in FEATURE_APPS.items():
        used = [running[name] for name in sorted(names & set(running))]
        right = f"feature.in_use:{metric}"
        params = {"app": ", ".join(used), "metric": metric.replace("_", " ")}
        seen = tuple(_saw("device", state.apps_seen_at, f"app running: {name}") for name in used)
        if used and metric not in state.drawn:
            yield Verdict(right, Status.UNKNOWN, "feature_runs_undrawn", params, seen, fresh)
        elif metric in state.drawn and state.apps_running and not used:
            yield Verdict(right, Status.AUTHORIZED, "feature_drawn_unused", params, seen, fresh)


def engines(state: DeviceState) -> Iterator[Verdict]:
    """``feature.engine`` of a recorder whose slots were stated: more in use than there are (TS-61), some free, or all in use."""
    slots = state.slots
    if slots is None:
        return
    params = {"used": str(slots.used), "total": str(slots.total)}
    said = (Evidence("stated", slots.at.isoformat(), f"{slots.used} of {slots.total} engine slots, by {slots.source}"),)
    status = Status.OVER_CAPACITY if slots.used > slots.total else Status.AUTHORIZED
    reason = (
        "engines_over" if slots.used > slots.total else "engines_free" if slots.used < slots.total else "engines_used"
    )
    yield Verdict("feature.engine", status, reason, params, said)


def _cloud_off_or_unseen(right: str, state: DeviceState, now: datetime) -> Verdict | None:
    if state.ezviz_enabled is None or state.ezviz_seen_at is None:
        return _blind(right, state, now, "cloud_not_said")
    if now >= fresh_until(state.ezviz_seen_at, state.fact_age):
        return _stale(right, state.ezviz_seen_at)
    if not state.ezviz_enabled:
        return Verdict(
            right, Status.NOT_REQUIRED, "hik_connect_off", valid_until=fresh_until(state.ezviz_seen_at, state.fact_age)
        )
    return None


def _blind(right: str, state: DeviceState, now: datetime, otherwise: str) -> Verdict:
    """Unknown, with the nearest cause: never asked, locked, not reachable, refused, or simply not said."""
    if not state.has_address:
        return Verdict(right, Status.UNKNOWN, "no_address")
    if state.last_asked_at is None:
        return Verdict(right, Status.UNKNOWN, "never_asked")
    if state.locked_until is not None and now < state.locked_until:
        left = int((state.locked_until - now).total_seconds())
        params = {"until": _iso(state.locked_until), "seconds": left}
        return Verdict(right, Status.UNKNOWN, "locked_by_device", params, valid_until=state.locked_until)
    if state.reach == "unreachable":
        return Verdict(right, Status.UNKNOWN, "unreachable", {"since": _iso(state.last_asked_at)})
    if state.refused:
        return Verdict(right, Status.UNKNOWN, "needs_sign_in")
    if state.reach == "policy" and state.reach_reason:
        return Verdict(right, Status.UNKNOWN, state.reach_reason)
    if state.reach == "not_activated" and right != "device.activation":
        return Verdict(right, Status.UNKNOWN, "needs_activation")
    if not state.has_credential and state.signed_in_at is None and right != "device.activation":
        return Verdict(right, Status.UNKNOWN, "no_credential")
    return Verdict(right, Status.UNKNOWN, otherwise)


def _stale(right: str, seen_at: datetime) -> Verdict:
    seen = (_saw("device", seen_at, "last seen"),)
    return Verdict(right, Status.UNKNOWN, "stale", {"seen": _iso(seen_at)}, seen)


def _is_stale(seen_at: datetime | None, age: timedelta, now: datetime) -> bool:
    return seen_at is None or now >= fresh_until(seen_at, age)


def _saw(source: str, at: datetime, what: str) -> Evidence:
    return Evidence(source, _iso(at), what)


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="seconds")


def _yes_no(value: bool | None) -> str:
    return {True: "yes", False: "no", None: "not said"}[value]
