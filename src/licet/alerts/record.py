"""Writes: rules, steps, acknowledgements, preferences. One function = one transaction = one ledger entry."""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from licet.alerts.dated import COLUMN, read_key, thing_of
from licet.alerts.events import SEVERITIES, known_pattern
from licet.alerts.models import AlertRule, Channel, Hush, Preference, StepPolicy
from licet.alerts.steps import made
from licet.compliance.models import Request
from licet.ledger import record as ledger
from licet.ledger.by_site import append_by_site
from licet.register.models import Licence
from licet.renewals.models import Renewal
from licet.sites.models import Person, Site
from licet.sites.record import NotPossible
from licet.sites.roles import PERMISSIONS
from licet.sites.scope import Actor
from licet.sites.text import fitting

FOREVER_AT_MOST = 366  # days of one snooze


@transaction.atomic
def add_rule(
    actor: Actor, events: Collection[str], now: datetime, *, severity: str = "info", site: Site | None = None,
    person: Person | None = None, permission: str = "", channel: Channel | None = None, at_once: bool = False,
) -> AlertRule:  # fmt: skip
    """Keep a rule. For oneself by mail anybody may; everything else is for who administers the site. Raises :class:`NotPossible`."""
    own = person is not None and actor.may_change_of(person.pk) and channel is None and not permission
    if not own and not actor.may("administer", site.path if site else ""):
        raise NotPossible("You may make rules for yourself; rules for others are made by whoever administers the site.")
    if channel is not None and not actor.may("administer", channel.site.path if channel.site else ""):
        raise NotPossible("This channel is looked after by somebody else.")
    if person is None and not permission and channel is None:
        raise NotPossible("A rule names who hears: a person, all who hold a permission, or a channel.")
    if permission and permission not in PERMISSIONS:
        raise NotPossible(f"{permission!r} is no permission. They are: {', '.join(sorted(PERMISSIONS))}.")
    wanted = list(dict.fromkeys(events))
    if not wanted or not all(known_pattern(one) for one in wanted):
        raise NotPossible("A rule names events, as licence.ends, a family of them, as licence.*, or all: *.")
    if severity not in SEVERITIES:
        raise NotPossible(f"Severity is one of: {', '.join(SEVERITIES)}.")
    row = AlertRule.objects.create(
        events=wanted, severity=SEVERITIES[severity], site=site, person=person, permission=permission, channel=channel,
        at_once=at_once, created_at=now,
    )  # fmt: skip
    _rule_note(actor, "added", row)
    return row


@transaction.atomic
def switch_rule(actor: Actor, row: AlertRule, *, active: bool) -> None:
    """Switch a rule off or on."""
    _own_or_administered(actor, row)
    if row.active != active:
        row.active = active
        row.save(update_fields=["active"])
        _rule_note(actor, "switched_on" if active else "switched_off", row)


@transaction.atomic
def remove_rule(actor: Actor, row: AlertRule) -> None:
    """Remove a rule. What it has told stays told."""
    _own_or_administered(actor, row)
    _rule_note(actor, "removed", row)
    row.delete()


def _own_or_administered(actor: Actor, row: AlertRule) -> None:
    own = actor.may_change_of(row.person_id)
    if not own and not actor.may("administer", row.site.path if row.site else ""):
        raise NotPossible("This rule is looked after by whoever administers its site.")


def _rule_note(actor: Actor, verb: str, row: AlertRule) -> None:
    ledger.append(
        actor=actor.label, action=f"alerts:rule:{verb}", object_type="rule", object_id=row.pk, site=row.site_id,
        after={
            "events": row.events, "severity": row.severity, "person": f"person:{row.person_id}" if row.person_id else None,
            "permission": row.permission, "channel": row.channel_id, "at_once": row.at_once,
        },
    )  # fmt: skip


@transaction.atomic
def set_steps(
    actor: Actor, *, site: Site | None = None, licence: Licence | None = None, before: Collection[int], repeat: int
) -> None:
    """Set the steps of a site subtree, of one licence, or everywhere. Raises :class:`NotPossible`."""
    _may_set_steps(actor, site, licence)
    try:
        steps = made(before, repeat)
    except ValueError as error:
        raise NotPossible(str(error)) from None
    row = StepPolicy.objects.filter(site=site, licence=licence).first() or StepPolicy(site=site, licence=licence)
    old = {"before": row.before, "repeat": row.repeat} if row.pk else None
    row.before, row.repeat = list(steps.before), steps.repeat
    row.save()
    _steps_note(actor, "set", site, licence, old, {"before": row.before, "repeat": row.repeat})


@transaction.atomic
def clear_steps(actor: Actor, *, site: Site | None = None, licence: Licence | None = None) -> None:
    """Take the steps back: those of the site above, or the usual ones, apply again."""
    _may_set_steps(actor, site, licence)
    row = StepPolicy.objects.filter(site=site, licence=licence).first()
    if row is not None:
        _steps_note(actor, "cleared", site, licence, {"before": row.before, "repeat": row.repeat}, None)
        row.delete()


def _may_set_steps(actor: Actor, site: Site | None, licence: Licence | None) -> None:
    if licence is not None:
        allowed = actor.may("edit_register", licence.site.path)
    else:
        allowed = actor.may("administer", site.path if site else "")
    if not allowed:
        raise NotPossible(
            "Steps of a site are set by who administers it, those of a licence by who edits the register."
        )


def _steps_note(actor: Actor, verb: str, site: Site | None, licence: Licence | None, before: Any, after: Any) -> None:
    where = licence.site_id if licence else site.pk if site else None
    ledger.append(
        actor=actor.label, action=f"alerts:steps:{verb}", object_type="licence" if licence else "site",
        object_id=licence.pk if licence else site.pk if site else "all", site=where, before=before, after=after,
    )  # fmt: skip


@transaction.atomic
def hush(
    actor: Actor,
    keys: Iterable[str],
    now: datetime,
    *,
    until: date | None = None,
    for_all: bool = False,
    reason: str = "",
) -> int:
    """Acknowledge subjects (no ``until``) or snooze them to the end of a day, for oneself or for all. Returns how many.

    An acknowledgement holds for this day of the thing: another day of it is told anew. For all needs ``edit_register`` there.
    """
    if until is not None and not now.date() <= until <= date.fromordinal(now.date().toordinal() + FOREVER_AT_MOST):
        raise NotPossible(f"A snooze ends today at the earliest and within {FOREVER_AT_MOST} days.")
    if actor.reads_only:
        raise NotPossible("This token reads only.")
    if actor.person is None and not for_all:
        raise NotPossible("Whoever acts without an account can only do it for all.")
    reason = fitting("reason", reason, 300)
    rows = [
        Hush(
            subject=key, site=site, person_id=None if for_all else actor.person, until=until, reason=reason,
            by=f"person:{actor.person}" if actor.person else actor.label, at=now,
        )
        for key, site in _sites_of(actor, list(dict.fromkeys(keys)), "edit_register" if for_all else "view").items()
    ]  # fmt: skip
    if not rows:
        raise NotPossible(
            "None of these is open and in your sites" + (" where you may edit the register." if for_all else ".")
        )
    Hush.objects.filter(
        Q(person=None) if for_all else Q(person=actor.person),
        subject__in=[row.subject for row in rows],
        ended_at=None,
    ).update(ended_at=now)
    Hush.objects.bulk_create(rows, batch_size=500)
    append_by_site(
        [(row.site_id, row.subject) for row in rows], actor=actor.label, things="subjects", object_type="subject",
        action="alerts:subject:snoozed" if until else "alerts:subject:acknowledged", reason=reason,
        after={"for_all": for_all, "until": until.isoformat() if until else None},
    )  # fmt: skip
    return len(rows)


@transaction.atomic
def end_hush(actor: Actor, keys: Iterable[str], now: datetime) -> int:
    """Let subjects be told again. Ends one's own, and those for all where one may edit the register."""
    wanted = list(dict.fromkeys(keys))
    own = (
        Hush.objects.filter(subject__in=wanted, ended_at=None, person_id=actor.person)
        if actor.person is not None and not actor.reads_only
        else Hush.objects.none()
    )
    mine = list(own.values_list("id", flat=True))
    editable = _sites_of(actor, wanted, "edit_register")
    common = Hush.objects.filter(subject__in=list(editable), ended_at=None, person=None).values_list("id", flat=True)
    rows = Hush.objects.filter(pk__in=[*mine, *common])
    touched = list(rows.order_by("id").values_list("site_id", "subject"))
    rows.update(ended_at=now)
    append_by_site(
        touched, actor=actor.label, action="alerts:subject:told_again", object_type="subject", things="subjects"
    )
    return len(touched)


def _sites_of(actor: Actor, keys: list[str], permission: str) -> dict[str, Site]:
    """The site of each subject that there is where the actor holds the permission."""
    read = {key: one for key in keys if (one := read_key(key)) is not None}
    licences = Licence.objects.visible_to(actor, permission).select_related("site")
    works = Renewal.objects.visible_to(actor, permission).select_related("site")
    asked = Request.objects.visible_to(actor, permission).select_related("site")
    held: dict[str, Any] = {"licence": licences, "renewal": works, "request": asked}
    there = {
        thing: rows.in_bulk([pk for code, pk, _day in read.values() if thing_of(code) == thing])
        for thing, rows in held.items()
    }
    found: dict[str, Site] = {}
    for key, (code, pk, day) in read.items():
        thing = there[thing_of(code)].get(pk)
        # A day that is no longer the thing's own is nothing to be quiet about.
        if thing is not None and getattr(thing, COLUMN[code]) == day:
            found[key] = thing.site
    return found


@transaction.atomic
def set_preference(
    actor: Actor, person: Person, *, digest_hour: int, weekly: bool, quiet_from: int | None, quiet_to: int | None,
    critical_breaks: bool = True,
) -> None:  # fmt: skip
    """Set when a person wants to hear; hours are in his own zone. His own, or by an administrator of all sites."""
    if not actor.may_change_of(person.pk) and not actor.may("administer", ""):
        raise NotPossible("Everybody sets his own hours.")
    hours = [digest_hour, *(hour for hour in (quiet_from, quiet_to) if hour is not None)]
    if any(not 0 <= hour <= 23 for hour in hours):
        raise NotPossible("Hours are from 0 to 23.")
    if (quiet_from is None) != (quiet_to is None):
        raise NotPossible("Quiet hours need a beginning and an end.")
    Preference.objects.update_or_create(
        person=person,
        defaults={
            "digest_hour": digest_hour, "weekly": weekly, "quiet_from": quiet_from, "quiet_to": quiet_to,
            "critical_breaks": critical_breaks,
        },
    )  # fmt: skip
    ledger.append(
        actor=actor.label, action="alerts:preference:set", object_type="person", object_id=person.pk,
        after={"digest_hour": digest_hour, "weekly": weekly, "quiet_from": quiet_from, "quiet_to": quiet_to},
    )  # fmt: skip
