"""What a person named, turned into something to look at: a device, an address, software, a cloud host or account, a site, a key."""

import ipaddress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from django.db.models import Count, Q, QuerySet

from licet.authorization.models import Position
from licet.authorization.read import explain
from licet.doctor import hosts, reachable
from licet.doctor.known import Group, Known, Right
from licet.doctor.look import ADDRESS, CLOUD, DEVICE, KEY, SITE, SOFTWARE, WEB_PORTS, Look, Patience, Place
from licet.doctor.resolving import Resolver
from licet.estate.cloud_read import find_account
from licet.estate.lockout import is_risky, is_unanswered, may_try
from licet.estate.models import CloudAccount, CloudListing, Device, Installation, Subject
from licet.estate.read import find_device, find_installation
from licet.estate.remembered import take_over
from licet.estate.service_models import Connection
from licet.register.keys import check_key
from licet.register.keys_check import NotAKey, grouped
from licet.sites.models import Site
from licet.sites.read import find_site
from licet.sites.record import NotPossible
from licet.sites.scope import Actor
from licet.vault import record as vault
from licet.vault.record import CannotOpen
from licet.wire.digest import Login

_SAMPLE: Final = 12
_NAMED: Final = 5
# The host at which a cloud account of each kind is asked; used only when somebody asked with --cloud.
_CLOUDS: Final = {
    "hik-connect": "api.hik-connect.com",
    "teams": "isgp.hikcentralconnect.com",
    "partner-pro": "ieu.hik-proconnect.com",
}
_FAILS: Final = {
    "unreachable": "not reached", "refused": "refuse the password", "locked_out": "locked", "not_activated": "not activated",
    "policy": "barred by a rule",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wish:
    """How somebody wants it looked at."""

    cloud: bool = False
    expects: str = ""
    resolvers: tuple[Resolver, ...] = ()
    proxy: tuple[str, int] | None = None
    roots: str = ""
    discovery_port: int = 37020
    patience: Patience = field(default_factory=Patience)
    sign_in: bool = True
    folder: Path | None = None


def look_at(actor: Actor, text: str, wish: Wish, now: datetime) -> Look:
    """What ``text`` names: a device, installation, cloud account or site of the estate, else a host with or without a port.

    Raises :class:`NotPossible` where it names nothing, or the actor may not ask there.
    """
    wanted = text.strip()
    if not wanted or len(wanted) > 300 or not wanted.isprintable():
        raise NotPossible("Name a device, an address, a host, an installation, a cloud account or a site.")
    found = (
        _device(actor, wanted)
        or find_installation(actor, wanted)
        or find_account(actor, wanted)
        or find_site(actor, wanted)
    )
    if found is None:
        return _address(actor, wanted, wish)
    site = found if isinstance(found, Site) else found.site
    if not actor.may("sweep", site.path):
        raise NotPossible("You may not ask anything there; that takes the right to sweep.")
    match found:
        case Device():
            return _of_device(actor, found, wish, now)
        case Installation():
            return _of_installation(actor, found, wish)
        case CloudAccount():
            return _of_account(actor, found, wish)
        case _:
            return _of_site(actor, found, wish, now)


def look_at_key(actor: Actor, text: str, product: str = "") -> Look:
    """A licence key; it is looked at and looked up, and nothing of it is kept. Raises :class:`NotPossible`."""
    if not actor.may_anywhere("edit_register"):
        raise NotPossible("You may not look at keys; that takes the right to edit the register.")
    try:
        checked = check_key(actor, text, product=product)
    except NotAKey as error:
        return Look("a licence key", KEY, known=Known(key=(("no_key", str(error)),)))
    found = tuple((code, _placed(detail, places)) for code, detail, places in grouped(checked.findings))
    return Look("a licence key", KEY, known=Known(key=found, key_hint=checked.looked.hint))


def _placed(detail: str, places: tuple[int, ...]) -> str:
    return f"{detail} (place {', '.join(map(str, places[:12]))})" if places else detail


def _device(actor: Actor, text: str) -> Device | None:
    found = find_device(actor, text)
    return found and Device.objects.select_related("site", "credential__secret").get(pk=found.pk)


def _look(text: str, kind: str, place: Place | None, wish: Wish) -> Look:
    return Look(
        text, kind, place, resolvers=wish.resolvers, proxy=wish.proxy, roots=wish.roots, discovery_port=wish.discovery_port,
        patience=wish.patience,
    )  # fmt: skip


def _address(actor: Actor, text: str, wish: Wish) -> Look:
    if not actor.may_anywhere("sweep"):
        raise NotPossible("You may not ask anything; that takes the right to sweep.")
    host, port, scheme = read_place(text)
    if "." not in host and ":" not in host and port is None:
        raise NotPossible(
            f"Nothing that is known here is called “{text[:60]}”. For a host of that name add its port: {text[:60]}:443"
        )
    listed = hosts.vendor(host, wish.folder)
    reachable.check(actor, host, port, listed=listed is not None)
    if listed is not None:
        look = _look(
            text, CLOUD, Place(host, port or listed.port, scheme, expects=wish.expects, vendor=True, public=True), wish
        )
    elif port is None and _is_address(host):
        look = _look(text, DEVICE, Place(host, 80, "http", "/SDK/activateStatus", wish.expects), wish)
        look.no_login = "the device is not in the estate"
    else:
        look = _look(text, ADDRESS, Place(host, port or 443, scheme, expects=wish.expects), wish)
    look.typed = True
    return look


def read_place(text: str) -> tuple[str, int | None, str]:
    """Host, port and scheme of what was typed: a URL, host:port, [v6]:port or a bare host. Raises :class:`NotPossible`."""
    try:
        parts = urlsplit(text if "//" in text else f"//{_bracketed(text)}")
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        raise NotPossible(f"“{text[:60]}” is no address. Write it like camera.example.org:443") from None
    if parts.username or parts.password:
        raise NotPossible("Leave the user name and password out of the address.")
    try:
        known = hosts.checked({"host": host, "port": port or 443}).host if host else ""
    except hosts.BadHosts:
        known = ""
    if not known or port == 0 or parts.scheme not in {"", *WEB_PORTS}:
        raise NotPossible(f"“{text[:60]}” is nothing that is known here, and no address either.")
    return known, port or WEB_PORTS.get(parts.scheme), parts.scheme


def _bracketed(text: str) -> str:
    return f"[{text}]" if _is_address(text) and ":" in text else text


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _rights(actor: Actor, kind: int, pk: int) -> tuple[Right, ...]:
    found = [one.now for one in explain(actor, kind, pk)]
    return tuple(Right(str(one.right_title), str(one.status), str(one.detail), str(one.remedy)) for one in found[:100])


def _over(actor: Actor, **of: Installation | CloudAccount) -> tuple[tuple[str, int], ...]:
    found = Position.objects.visible_to(actor).filter(over__gt=0, **of)
    return tuple(found.order_by("-over", "metric").values_list("metric", "over")[:10])


def _of_device(actor: Actor, row: Device, wish: Wish, now: datetime) -> Look:
    place = Place(row.address, row.port, row.scheme, "/SDK/activateStatus") if row.address else None
    look = _look(str(row), DEVICE, place, wish)
    listings = CloudListing.objects.filter(unbound_at=None, account__retired_at=None, account__ours=True)
    look.known = Known(
        device=row.pk, site=row.site_id, last_answered_at=row.last_answered_at,
        bound_to_ours=listings.filter(short_serial=row.short_serial).exists() if row.short_serial else None,
        lists_kept=CloudAccount.objects.filter(ours=True, retired_at=None, listed_at__isnull=False).exists(),
        rights=_rights(actor, Subject.DEVICE, row.pk),
        facts={
            "model": row.model, "serial_number": row.serial_number or "", "region": row.region, "firmware_version": row.firmware_version,
            "firmware_build": row.firmware_build.isoformat() if row.firmware_build else "", "activated": row.activated, "kind": row.kind,
            "last_answered_at": row.last_answered_at.isoformat() if row.last_answered_at else "",
        },
    )  # fmt: skip
    look.fingerprint, look.legacy_tls, look.allow_basic = row.fingerprint, row.legacy_tls, row.allow_basic
    if wish.cloud:
        look.cloud_hosts = tuple(
            one.place
            for one in hosts.hosts(wish.folder)
            if one.use == "a device registers there" and one.confidence != "unverified"
        )
    _sign_in(look, row, now, allowed=wish.sign_in)
    return look


def _sign_in(look: Look, row: Device, now: datetime, *, allowed: bool) -> None:
    """The one try, where the rule allows it (estate.lockout)."""
    credential = row.credential
    take_over([row])
    state = row.sign_in_state()
    permit = may_try(state, now)
    if credential is None or not permit.allowed:
        look.no_login = permit.why
        if credential is not None:
            locked = row.locked_until is not None and now < row.locked_until
            if not is_unanswered(state, now):
                look.remembered = "device_locked" if locked else "password_refused_before"
        return
    if not allowed:
        look.no_login = "it was asked to look without signing in"
        return
    try:
        look.login = Login(credential.username, vault.use(credential.secret))
        look.mark = credential.mark
        if is_risky(state):
            Device.objects.filter(pk=row.pk).update(tried_at=now)
    except CannotOpen as error:
        look.no_login = vault.why(error)


def _connection(look: Look, known: Known, row: Connection | None) -> None:
    look.known = replace(known, connection=row.state if row else "", connection_says=row.sentence if row else "")


def _of_installation(actor: Actor, row: Installation, wish: Wish) -> Look:
    connection = Connection.objects.filter(installation=row).first()
    place = None
    if connection is not None and connection.address:
        place = Place(connection.address, connection.port, connection.scheme)
    elif row.host:
        try:
            host, port, scheme = read_place(row.host)
            place = Place(host, port or 443, scheme)
        except NotPossible:
            place = None
    look = _look(row.name, SOFTWARE, place, wish)
    known = Known(
        installation=row.pk, site=row.site_id, rights=_rights(actor, Subject.INSTALLATION, row.pk),
        over=_over(actor, pool__installation=row),
        facts={
            "product": row.product, "version": row.version, "activated_on": row.activated_on.isoformat() if row.activated_on else "",
            "host_changed": list(row.host_changed),
        },
    )  # fmt: skip
    _connection(look, known, connection)
    if wish.cloud:
        look.cloud_hosts = tuple(
            one.place
            for one in hosts.hosts(wish.folder)
            if one.service == "hikcentral" and one.confidence != "unverified"
        )
    return look


def _of_account(actor: Actor, row: CloudAccount, wish: Wish) -> Look:
    connection = Connection.objects.filter(account=row).first()
    place = None
    if connection is not None and connection.address:
        place = Place(connection.address, connection.port, connection.scheme)
    elif wish.cloud and row.platform in _CLOUDS:
        place = Place(_CLOUDS[row.platform], 443, "https", vendor=True, public=True)
    look = _look(row.name, CLOUD, place, wish)
    known = Known(
        account=row.pk, site=row.site_id, rights=_rights(actor, Subject.CLOUD_ACCOUNT, row.pk),
        over=_over(actor, pool__cloud_account=row),
        facts={"platform": row.platform, "ours": row.ours, "listed_at": row.listed_at.isoformat() if row.listed_at else ""},
    )  # fmt: skip
    _connection(look, known, connection)
    return look


def _of_site(actor: Actor, row: Site, wish: Wish, now: datetime) -> Look:
    rows = Device.objects.visible_to(actor).under(row).filter(retired_at=None)
    counted = rows.order_by().values("reach").annotate(n=Count("pk")).values_list("reach", "n")
    groups = [_group(rows.filter(reach=reach), _FAILS[reach], number) for reach, number in counted if reach in _FAILS]
    offline = rows.filter(ezviz_enabled=True, ezviz_registered=False)
    if number := offline.count():
        groups.append(_group(offline, "offline in the cloud although it is switched on", number))
    old = Q(last_answered_at=None) | Q(last_answered_at__lt=now - timedelta(hours=row.fact_age_hours))
    look = _look(row.full_name, SITE, None, wish)
    addresses = (
        rows.exclude(address="").order_by("-last_answered_at", "pk").values_list("address", "port", "scheme")[:_SAMPLE]
    )
    look.sample = tuple(Place(*one) for one in addresses)
    look.known = Known(
        site=row.pk, devices=rows.count(), stale=rows.filter(old).count(), groups=tuple(sorted(groups, key=lambda one: -one.number)),
        facts={"devices": rows.count()},
    )  # fmt: skip
    return look


def _group(rows: QuerySet[Device], word: str, number: int) -> Group:
    some = tuple(str(row) for row in rows.order_by("name", "pk")[:_NAMED])
    return Group(word, number, some)
