"""Writes about the ways out: webhooks, services, the mail server. What opens them is sealed and never shown again."""

import json
import secrets
from collections.abc import Iterable
from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from licet.alerts import service
from licet.alerts.changes import PARTS, newest_period, receiver_of
from licet.alerts.compose import trial_message
from licet.alerts.models import AlertRule, ChangeFeed, Channel, Clock, MailServer, Message
from licet.alerts.outbox import one
from licet.alerts.target import NotAllowed, allowed, parsed, resolve
from licet.alerts.tick import clock_row, has_mail
from licet.alerts.words import NOT_SENT
from licet.ledger import record as ledger
from licet.ledger.read import last_seq
from licet.sites.models import Person, Site
from licet.sites.record import NotPossible
from licet.sites.scope import Actor
from licet.vault import purpose
from licet.vault import record as vault


@transaction.atomic
def add_channel(
    actor: Actor, name: str, kind: str, url: str, *, site: Site | None = None, allow_plain: bool = False
) -> tuple[Channel, str]:
    """Keep a channel and return it with the signing secret of a webhook, which is shown this once ("" for a service).

    Raises :class:`NotPossible` for an address that nothing is sent to, a name that is taken, or who does not administer there.
    """
    _must(actor, site)
    name, url = name.strip(), url.strip()
    if not name or len(name) > 100 or Channel.objects.filter(name__iexact=name).exists():
        raise NotPossible("A channel needs a name of at most 100 characters that no other channel has.")
    if allow_plain and not actor.may("administer", ""):
        raise NotPossible("Only an administrator of all sites may allow plain HTTP.")
    signing = secrets.token_urlsafe(32) if kind == Channel.Kind.WEBHOOK else ""
    shown = _checked(kind, url, allow_plain=allow_plain)
    sealed = vault.put(purpose.API_SECRET, json.dumps({"url": url, "signing": signing}))
    row = Channel.objects.create(
        name=name, kind=kind, site=site, secret=sealed, shown=shown[:200], allow_plain=allow_plain, token_id=actor.token
    )
    _note(actor, "alerts:channel:added", row, {"kind": kind, "shown": shown, "allow_plain": allow_plain})
    return row, signing


def _checked(kind: str, url: str, *, allow_plain: bool) -> str:
    """How the address is shown, once it was found to be one that may be used."""
    try:
        if kind == Channel.Kind.WEBHOOK:
            target = parsed(url)
            allowed(target, resolve(target), allow_plain=allow_plain)
            return target.shown
        if kind == Channel.Kind.APPRISE:
            return service.check(url)
    except (NotAllowed, service.NotAService) as error:
        raise NotPossible(str(error)) from None
    raise NotPossible(f"{kind!r} is no kind of channel: webhook or apprise.")


@transaction.atomic
def switch_channel(actor: Actor, row: Channel, *, active: bool) -> None:
    """Switch a channel on or off. What is in its outbox stays. Switched on by a token, it stops with that one."""
    _must(actor, row.site)
    if row.active != active:
        row.active, row.token_id = active, actor.token if active else row.token_id
        row.save(update_fields=["active", "token"])
        _note(actor, "alerts:channel:switched_on" if active else "alerts:channel:switched_off", row, {})


@transaction.atomic
def remove_channel(actor: Actor, row: Channel) -> int:
    """Remove a channel with its rules and its outbox; returns how many rules went with it."""
    _must(actor, row.site)
    rules = AlertRule.objects.filter(channel=row).count()
    waiting = Message.objects.filter(channel=row, state__in=["queued", "sending", "dead"]).count()
    _note(actor, "alerts:channel:removed", row, {"rules": rules, "unsent": waiting})
    sealed = row.secret
    row.delete()
    sealed.delete()
    return rules


@transaction.atomic
def set_changes(
    actor: Actor, row: Channel, now: datetime, *, parts: Iterable[str] = (), after: int | None = None
) -> ChangeFeed:
    """Have a webhook told what changes in these parts (none = all), from now on or from what follows an entry of the record.

    Raises :class:`NotPossible` for a service, an unknown part, an entry that is not there yet, and for whoever may not read the record.
    """
    _must(actor, row.site)
    if not actor.may("ledger", row.site.path if row.site else ""):
        raise NotPossible("What changes is read from the record: this needs the permission ledger there.")
    if row.kind != Channel.Kind.WEBHOOK:
        raise NotPossible("Only a webhook is told what changes.")
    wanted, last = sorted(set(parts)), last_seq()
    if unknown := [one for one in wanted if one not in PARTS]:
        raise NotPossible(f"{unknown[0]!r} is no part that tells of changes. Parts are: {', '.join(PARTS)}.")
    if after is not None and not 0 <= after <= last:
        raise NotPossible(f"The record has the entries up to {last}.")
    feed, _made = ChangeFeed.objects.get_or_create(
        channel=row, defaults={"seq": last, "period": newest_period(), "created_at": now}
    )
    feed.parts, feed.seq = wanted, feed.seq if after is None else after
    feed.save(update_fields=["parts", "seq"])
    _note(actor, "alerts:changes:set", row, {"parts": wanted, "after": feed.seq})
    return feed


@transaction.atomic
def end_changes(actor: Actor, row: Channel) -> None:
    """Tell a webhook no more of what changes; what waits for it goes. Raises :class:`NotPossible` where it is not told."""
    _must(actor, row.site)
    if not ChangeFeed.objects.filter(channel=row).delete()[0]:
        raise NotPossible(f"{row.name} is not told what changes.")
    Message.objects.filter(receiver=receiver_of(row.pk)).exclude(state=Message.State.SENT).delete()
    _note(actor, "alerts:changes:removed", row, {})


@transaction.atomic
def set_mail_server(
    actor: Actor, *, host: str, port: int, security: str, sender: str, username: str = "", password: str | None = None
) -> None:
    """Set where mail is handed over. ``password`` None = as it was, "" = none. Raises :class:`NotPossible`."""
    if not actor.may("administer", ""):
        raise NotPossible("Only an administrator of all sites may set the mail server.")
    host, sender = host.strip(), sender.strip()
    if not host or "/" in host or " " in host or not 1 <= port <= 65535:
        raise NotPossible("The mail server needs a host name and a port from 1 to 65535.")
    if security not in MailServer.Security.values:
        raise NotPossible("Security is tls, starttls or none.")
    try:
        validate_email(sender)
    except ValidationError:
        raise NotPossible("The sender must be an e-mail address.") from None
    row = MailServer.objects.filter(pk=1).first() or MailServer(pk=1)
    if username and security == MailServer.Security.NONE and host not in {"localhost", "127.0.0.1", "::1"}:
        raise NotPossible("A password is not sent without TLS. Choose tls or starttls.")
    # A stored password goes only where it was meant to go: another server needs it entered anew.
    moved = bool(row.host) and (row.host, row.username) != (host, username.strip())
    old = row.secret
    row.host, row.port, row.security, row.sender, row.username = host, port, security, sender, username.strip()
    if password is not None or moved:
        row.secret = vault.put(purpose.API_SECRET, password) if password else None
    row.save()
    if old is not None and old != row.secret:
        old.delete()
    Clock.objects.filter(pk=1).update(mail_failing_since=None, mail_error="")
    ledger.append(
        actor=actor.label, action="alerts:mail_server:set", object_type="mail_server", object_id=1,
        after={"host": host, "port": port, "security": security, "authenticates": bool(row.username)},
    )  # fmt: skip


@transaction.atomic
def remove_mail_server(actor: Actor) -> None:
    """Forget the mail server of the page."""
    if not actor.may("administer", ""):
        raise NotPossible("Only an administrator of all sites may remove the mail server.")
    row = MailServer.objects.filter(pk=1).first()
    if row is None:
        return
    sealed = row.secret
    row.delete()
    if sealed is not None:
        sealed.delete()
    ledger.append(actor=actor.label, action="alerts:mail_server:removed", object_type="mail_server", object_id=1)


@transaction.atomic
def set_public_url(actor: Actor, url: str, now: datetime) -> None:
    """Set the address under which people reach the pages, for links in messages; "" = no links."""
    if not actor.may("administer", ""):
        raise NotPossible("Only an administrator of all sites may set the address of the pages.")
    url = url.strip().rstrip("/")
    if url:
        try:
            parsed(url)
        except NotAllowed:
            raise NotPossible("The address of the pages is written as https://licet.example.org.") from None
    clock_row(now)
    before = Clock.objects.values_list("public_url", flat=True).get(pk=1)
    if before != url:
        Clock.objects.filter(pk=1).update(public_url=url[:200])
        ledger.append(
            actor=actor.label, action="alerts:address:set", object_type="alerts", object_id=1,
            before={"url": before}, after={"url": url[:200]},
        )  # fmt: skip


def send_test(actor: Actor, now: datetime, *, channel: Channel | None = None, person: Person | None = None) -> Message:
    """Send a test now, and return the message with how it went. As :func:`put_test`."""
    message = put_test(actor, now, channel=channel, person=person)
    one(message, now)
    return message


def put_test(actor: Actor, now: datetime, *, channel: Channel | None = None, person: Person | None = None) -> Message:
    """Put a test into the outbox, through a channel or to a person's address. Raises :class:`NotPossible` for neither."""
    if channel is not None:
        _must(actor, channel.site)
        message = trial_message(f"channel:{channel.pk}", person=None, channel=channel.pk, to="", now=now)
    elif person is not None:
        if actor.person != person.pk and not actor.may("administer", ""):
            raise NotPossible("You may send a test to your own address.")
        if not person.email:
            raise NotPossible(NOT_SENT["no_address"])
        if not has_mail():
            raise NotPossible(NOT_SENT["no_mail_server"])
        message = trial_message(f"person:{person.pk}", person=person.pk, channel=None, to=person.email, now=now)
    else:
        raise NotPossible("Name a channel or a person.")
    clock_row(now)
    return message


def _must(actor: Actor, site: Site | None) -> None:
    if not actor.may("administer", site.path if site else ""):
        raise NotPossible("Channels are looked after by whoever administers their site, or all sites.")


def _note(actor: Actor, action: str, row: Channel, after: dict[str, object]) -> None:
    ledger.append(
        actor=actor.label, action=action, object_type="channel", object_id=row.pk, site=row.site_id,
        after={"name": row.name, **after},
    )  # fmt: skip
