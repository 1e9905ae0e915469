"""Writes: accounts entered by hand, what is decided of them, campaigns. One function = one transaction = one ledger entry."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from licet.access import flags
from licet.access.gathering import settle
from licet.access.models import Account, Campaign, Decision, Policy
from licet.estate.models import CloudAccount, Device, Installation, Subject
from licet.ledger import record as ledger
from licet.ledger.by_site import append_by_site
from licet.sites import bulk
from licet.sites.models import Person, Site
from licet.sites.record import NotPossible
from licet.sites.scope import Actor
from licet.sites.text import fitting

_IN_ENTRY = 1000  # ids that an entry names one by one
_ITEM = ("campaign_id", "account_id", "site_id", "name", "verdict", "by_id", "by_name", "at", "note", "settled_at")


@dataclass(frozen=True, slots=True)
class Stated:
    """An account as a person or a file states it."""

    name: str
    level: str = ""
    number: str = ""
    owner: str = ""
    purpose: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be set on accounts; None = left as it is. ``ends_on`` is only set with ``set_end``."""

    approved: bool | None = None
    owner: str | None = None
    owner_person: int | None = None
    purpose: str | None = None
    installer: bool | None = None
    ends_on: date | None = None
    set_end: bool = False

    def values(self) -> dict[str, Any]:
        """As columns."""
        found = {
            "approved": self.approved, "owner": self.owner, "owner_person_id": self.owner_person, "purpose": self.purpose,
            "installer": self.installer,
        }  # fmt: skip
        kept = {name: value for name, value in found.items() if value is not None}
        return kept | ({"ends_on": self.ends_on} if self.set_end else {})


@transaction.atomic
def state(
    actor: Actor,
    subject: Device | Installation | CloudAccount,
    accounts: Sequence[Stated],
    *,
    now: datetime,
    source: str = "stated",
    complete: bool = False,
) -> tuple[int, int]:
    """Keep accounts of an installation, a cloud account or a device as stated; returns (new, gone).

    ``complete`` = the list has all of them: those that it does not name are gone.
    """
    _must(actor, "edit_estate", subject.site)
    kind = _kind(subject)
    wanted = {one.name.strip()[:120]: one for one in accounts if one.name.strip()}
    if not wanted:
        raise NotPossible("There is no account in it.")
    known = {row.name: row for row in Account.objects.filter(subject_type=kind, subject_id=subject.pk)}
    new = [
        Account(
            site=subject.site,
            subject_type=kind,
            subject_id=subject.pk,
            place=str(subject)[:200],
            name=name,
            number=one.number[:40],
            level=one.level[:60],
            admin=flags.is_admin(one.level, name),
            stated=True,
            source=source[:120],
            first_seen_at=now,
            last_seen_at=now,
            owner=one.owner[:200],
            purpose=one.purpose[:300],
        )
        for name, one in wanted.items()
        if name not in known
    ]
    Account.objects.bulk_create(new, batch_size=1000)
    again = [
        (one.level[:60], flags.is_admin(one.level, name), now, None, None, known[name].pk)
        for name, one in wanted.items()
        if name in known
    ]
    bulk.update(Account, ("level", "admin", "last_seen_at", "gone_at", "judged_on"), again)
    gone = [
        row.pk for name, row in known.items() if complete and name not in wanted and row.stated and row.gone_at is None
    ]
    Account.objects.filter(pk__in=gone).update(gone_at=now, judged_on=None)
    settle(gone)
    touched = [*(row.pk for row in new), *(row[-1] for row in again), *gone]
    append_by_site(
        [(subject.site_id, account) for account in touched], actor=actor.label, action="access:accounts:stated",
        object_type=Subject(kind).name.lower(), object_id=subject.pk, things="accounts", person=actor.person,
        after={"new": len(new), "again": len(again), "gone": len(gone), "source": source[:120], "complete": complete},
    )  # fmt: skip
    return len(new), len(gone)


@transaction.atomic
def change(actor: Actor, ids: Sequence[int], wanted: Change, *, reason: str = "") -> int:
    """Set owner, purpose, approval, end on accounts; returns how many. Only those where the actor may review."""
    values = wanted.values()
    if not values:
        raise NotPossible("Nothing to set. State an owner, a purpose, an end, or whether it is approved.")
    chosen = _chosen(actor, ids)
    before = _before(chosen, values)
    for some in bulk.chunks(chosen):
        Account.objects.filter(pk__in=some).update(**values, judged_on=None)
    said = {name: _plain(name, value) for name, value in values.items()}
    _note_each_site(actor, "access:accounts:changed", chosen, reason=reason, before=before, after=said)
    return len(chosen)


@transaction.atomic
def gone(actor: Actor, ids: Sequence[int], *, now: datetime, reason: str = "") -> int:
    """Say that stated accounts were removed; a removal that a campaign asked for is done by that. Devices say it themselves."""
    chosen = _chosen(actor, ids)
    if Account.objects.filter(pk__in=chosen[:_IN_ENTRY], stated=False).exists():
        raise NotPossible("A device lists its accounts itself: the next sweep sees whether it is gone.")
    for some in bulk.chunks(chosen):
        Account.objects.filter(pk__in=some).update(gone_at=now, judged_on=None)
    settle(chosen)
    _note_each_site(actor, "access:accounts:removed", chosen, reason=reason)
    return len(chosen)


@transaction.atomic
def set_policy(actor: Actor, site: Site | None, *, max_admins: int, review_days: int) -> None:
    """Set what holds for accounts of a site subtree, or everywhere."""
    if not actor.may("review", site.path if site else ""):
        raise NotPossible("You may not set the rules for accounts here.")
    if not 0 < max_admins < 1000 or not 0 < review_days < 4000:
        raise NotPossible("State at least one administrator and at least one day.")
    old = Policy.objects.filter(site=site).values("max_admins", "review_days").first()
    Policy.objects.update_or_create(site=site, defaults={"max_admins": max_admins, "review_days": review_days})
    Account.objects.under(site).update(judged_on=None)
    _note(
        actor, "access:policy:set", "site", site.pk if site else "all", site.pk if site else None, before=old,
        after={"max_admins": max_admins, "review_days": review_days},
    )  # fmt: skip


@transaction.atomic
def open_campaign(
    actor: Actor, site: Site, title: str, *, due_on: date, reviewers: Sequence[Person], now: datetime
) -> Campaign:
    """Begin a review of every account that is there in a site subtree. Without reviewers everybody who may review there decides."""
    _must(actor, "review", site)
    title = title.strip()
    if not title:
        raise NotPossible("A campaign needs a title.")
    if due_on < now.date():
        raise NotPossible("The day by which it must be done has passed.")
    for person in reviewers:
        if not person.actor().may("review", site.path):
            raise NotPossible(f"{person} may not review accounts at {site}. Give a role with that first.")
    accounts = list(
        Account.objects.under(site).filter(gone_at=None).order_by("pk").values_list("id", "site_id", "name")
    )
    if not accounts:
        raise NotPossible(
            f"No account is known at {site}. Sweep its devices, or state the accounts of its installations."
        )
    campaign = Campaign.objects.create(
        site=site, title=fitting("title", title, 200), opened_at=now, opened_by_id=actor.person, due_on=due_on
    )
    campaign.reviewers.set(reviewers)
    rows = ((campaign.pk, pk, where, name, "", None, "", None, "", None) for pk, where, name in accounts)
    bulk.insert(Decision, _ITEM, rows)
    _note(
        actor, "access:campaign:opened", "campaign", campaign.pk, site.pk,
        after={"title": title, "accounts": len(accounts), "due_on": due_on.isoformat(),
               "reviewers": [f"person:{person.pk}" for person in reviewers]},
    )  # fmt: skip
    return campaign


@transaction.atomic
def decide(
    actor: Actor, campaign: Campaign, items: Sequence[int], verdict: str, *, note: str, now: datetime
) -> tuple[int, int]:
    """Answer for accounts of a campaign: keep, remove or change; returns (decided, left alone because decided already).

    Keep approves; remove takes the approval away and stays open until the account is gone; change stays open until it is settled.
    """
    _may_decide(actor, campaign)
    if verdict not in Decision.Verdict.values:
        raise NotPossible("Decide keep, remove or change.")
    if verdict != Decision.Verdict.KEEP and not note.strip():
        raise NotPossible("Say what is to be done, or why: remove and change need a note.")
    asked = list(dict.fromkeys(items))
    rows: list[tuple[int, int, int]] = []
    for some in bulk.chunks(asked):
        found = Decision.objects.visible_to(actor, "review").filter(campaign=campaign, pk__in=some, verdict="")
        rows += found.select_for_update().values_list("id", "account_id", "site_id")
    if not rows:
        raise NotPossible("None of these is still to be decided.")
    for some in bulk.chunks([row[0] for row in rows]):
        Decision.objects.filter(pk__in=some).update(
            verdict=verdict, by_id=actor.person, by_name="" if actor.person else actor.label[:200], at=now, note=note.strip(),
            settled_at=now if verdict == Decision.Verdict.KEEP else None,
        )  # fmt: skip
    _reviewed(rows, verdict, now)
    settle(row[1] for row in rows)
    append_by_site(
        [(site, account) for _item, account, site in rows], actor=actor.label, action="access:accounts:decided",
        object_type="campaign", object_id=campaign.pk, things="accounts", reason=note.strip(), after={"verdict": verdict},
        person=actor.person,
    )  # fmt: skip
    return len(rows), len(asked) - len(rows)


def _reviewed(rows: Sequence[tuple[int, int, int]], verdict: str, now: datetime) -> None:
    """The accounts have been looked at: when they are due again, and whether they are approved."""
    days = {row.site_id: row.review_days for row in Policy.objects.all()}
    default = days.get(None, Policy._meta.get_field("review_days").default)  # noqa: SLF001
    by_site: dict[int, list[int]] = {}
    for _, account, site in rows:
        by_site.setdefault(site, []).append(account)
    paths = dict(Site.objects.filter(pk__in=by_site).values_list("id", "path"))
    approval = {Decision.Verdict.KEEP: {"approved": True}, Decision.Verdict.REMOVE: {"approved": False}}
    for site, accounts in by_site.items():
        above = [int(part) for part in paths[site].strip("/").split("/")]
        after = next((days[one] for one in reversed(above) if one in days), default)
        for some in bulk.chunks(accounts):
            Account.objects.filter(pk__in=some).update(
                reviewed_at=now, due_on=now.date() + timedelta(days=after), judged_on=None,
                **approval.get(Decision.Verdict(verdict), {}),
            )  # fmt: skip


@transaction.atomic
def settle_change(actor: Actor, campaign: Campaign, item: int, *, now: datetime) -> None:
    """Say that a change which was decided has been made."""
    _may_decide(actor, campaign, closed_too=True)
    done = Decision.objects.visible_to(actor, "review").filter(
        campaign=campaign, pk=item, verdict=Decision.Verdict.CHANGE, settled_at=None
    )
    account = done.values_list("account_id", flat=True).first()
    if account is None:
        raise NotPossible("No change of this account is still to be made.")
    done.update(settled_at=now)
    _note(actor, "access:account:settled", "account", account, campaign.site_id, after={"campaign": campaign.pk})


@transaction.atomic
def sign_off(actor: Actor, campaign: Campaign, *, note: str, now: datetime) -> None:
    """Close a campaign in which everything is decided. What is to be removed or changed stays a task until it is done."""
    _may_decide(actor, campaign)
    open_ = campaign.decisions.filter(verdict="").count()
    if open_:
        raise NotPossible(f"{open_} accounts are still to be decided.")
    Campaign.objects.filter(pk=campaign.pk).update(closed_at=now, closed_by_id=actor.person, note=note.strip())
    counts = {verdict: campaign.decisions.filter(verdict=verdict).count() for verdict in Decision.Verdict.values}
    _note(
        actor,
        "access:campaign:signed_off",
        "campaign",
        campaign.pk,
        campaign.site_id,
        reason=note.strip(),
        after=counts,
    )


def _may_decide(actor: Actor, campaign: Campaign, *, closed_too: bool = False) -> None:
    _must(actor, "review", campaign.site)
    if campaign.closed_at is not None and not closed_too:
        raise NotPossible("This campaign is signed off.")
    named = set(campaign.reviewers.values_list("pk", flat=True))
    if (
        named
        and actor.person is not None
        and actor.person not in named
        and not actor.may("administer", campaign.site.path)
    ):
        raise NotPossible("You are not among the reviewers of this campaign.")


def _chosen(actor: Actor, ids: Sequence[int]) -> list[int]:
    found: list[int] = []
    for some in bulk.chunks(list(dict.fromkeys(ids))):
        found += (
            Account.objects.visible_to(actor, "review").filter(pk__in=some, gone_at=None).values_list("pk", flat=True)
        )
    if not found:
        raise NotPossible("None of these accounts is one that you may review.")
    return found


def _before(chosen: Sequence[int], values: Mapping[str, Any]) -> dict[str, Any] | None:
    """What one account said before; for many the entry names only what is set."""
    if len(chosen) != 1:
        return None
    row = Account.objects.filter(pk=chosen[0]).values(*values).get()
    return {name: _plain(name, value) for name, value in row.items()}


def _plain(name: str, value: Any) -> Any:
    """A value as the chain may hold it: no names (they stand in the account), days as text."""
    if name == "owner_person_id":
        return f"person:{value}" if value else None
    if name == "owner":
        return "stated" if value else ""
    return value.isoformat() if isinstance(value, date) else value


def _note_each_site(
    actor: Actor,
    action: str,
    chosen: Sequence[int],
    *,
    reason: str,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    touched: list[tuple[int | None, int | str]] = []
    for some in bulk.chunks(list(chosen)):
        touched += Account.objects.filter(pk__in=some).order_by("id").values_list("site_id", "id")
    append_by_site(
        touched, actor=actor.label, action=action, object_type="account", things="accounts", reason=reason, before=before,
        after=after, person=actor.person,
    )  # fmt: skip


def _kind(subject: Device | Installation | CloudAccount) -> int:
    if isinstance(subject, Device):
        return Subject.DEVICE.value
    return Subject.INSTALLATION.value if isinstance(subject, Installation) else Subject.CLOUD_ACCOUNT.value


def _must(actor: Actor, permission: str, site: Site) -> None:
    if not actor.may(permission, site.path):
        raise NotPossible("You may not do this with the accounts of this site.")


def _note(
    actor: Actor,
    action: str,
    kind: str,
    key: int | str,
    site: int | None,
    *,
    after: Mapping[str, Any],
    before: Mapping[str, Any] | None = None,
    reason: str = "",
) -> None:
    ledger.append(
        actor=actor.label, action=action, object_type=kind, object_id=key, site=site, reason=reason, before=before,
        after=after, person=actor.person,
    )  # fmt: skip
