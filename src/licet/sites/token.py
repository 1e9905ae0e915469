"""Tokens: how a program acts for a person, with no more than a part of his permissions."""

import hashlib
import ipaddress
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal, cast

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL
from django.utils import timezone

from licet.ledger import record as ledger
from licet.sites import tally
from licet.sites.access_models import Token
from licet.sites.models import Person, Site, grants_of
from licet.sites.overseen import wholly
from licet.sites.people import may_manage
from licet.sites.policy import policy
from licet.sites.record import NotPossible
from licet.sites.roles import PERMISSIONS
from licet.sites.scope import Actor

PREFIX = "lct_"  # so that scanners for secrets know one when they see it
_FORM = re.compile(r"lct_[A-Za-z0-9_-]{43}")
# What each scope lets a token do, as far as its person may.
SCOPES: dict[str, frozenset[str]] = {
    "read": frozenset({"view", "ledger"}),
    "write": frozenset({"view", "edit_estate", "edit_register", "review"}),
    "sweep": frozenset({"view", "sweep"}),
    "reveal": frozenset({"view", "reveal", "approve_reveal"}),
    "administer": frozenset({"view", "administer"}),
    "people": frozenset({"view", "administer"}),
}
_PEOPLE = "people"  # what its permissions alone do not say: Actor.people
_WRITTEN_EVERY = timedelta(minutes=1)
_ADDRESSES = 20
_MOST_NETWORKS = 20
_HERE = "127.0.0.1"  # where the command line acts from
_REFUSALS_TOLD_EVERY = 600  # seconds, for each token and address
# The tokens that act: neither they nor what made them were ended, and their person is there. A row for each of his roles. In SQL because
# every request of a program begins with it: putting the same together from querysets took longer than the database.
_IN_FORCE = """FROM sites_token token
JOIN sites_person person ON person.id = token.person_id
LEFT JOIN sites_token maker ON maker.id = token.made_by_id
LEFT JOIN sites_site site ON site.id = token.site_id
LEFT JOIN sites_membership membership ON membership.person_id = person.id
LEFT JOIN sites_site below ON below.id = membership.site_id
WHERE token.expires_at > %s AND token.revoked_at IS NULL AND maker.revoked_at IS NULL AND person.is_active"""
_HELD = f"""SELECT token.id, token.scopes, token.networks, token.seen_from, token.last_used_at, token.person_id,
  person.username, site.path, membership.role, below.path AS below {_IN_FORCE}"""


class NotFromHere(Exception):
    """A token in force was used from an address that is not in its networks."""


@dataclass(frozen=True, slots=True)
class TokenRow:
    """A token as lists show it; never the token itself. ``state`` is active, expired, revoked or idle (its person is switched off)."""

    id: int
    name: str
    person: str
    hint: str
    scopes: tuple[str, ...]
    site: str
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    last_used_from: str
    state: str
    networks: tuple[str, ...] = ()
    made_by: int | None = None


def is_token(text: str) -> bool:
    """Whether a text has the form of a token."""
    return _FORM.fullmatch(text) is not None


@transaction.atomic
def add_token(
    actor: Actor,
    person: Person,
    name: str,
    scopes: Iterable[str],
    *,
    days: int,
    site: Site | None = None,
    networks: Iterable[str] = (),
) -> tuple[Token, str]:
    """Make a token and return it with its text, which is shown this once and never kept.

    A person makes his own; the owner of the data folder makes one for anybody. A token makes one with a part of what it has itself
    (scopes, sites, networks), which ends with it. Raises :class:`NotPossible` for an empty name, an unknown scope, a term beyond the
    policy, a site out of the person's sight, or a network that is none. ``networks`` are addresses or ranges (``192.0.2.0/24``) outside
    of which it is refused; none = from anywhere, or where its maker may be used from.
    """
    name, wanted = name.strip(), [scope for scope in SCOPES if scope in set(scopes)]
    if (actor.person is not None and actor.person != person.pk) or actor.reads_only:
        raise NotPossible(
            "A token is made by the person it acts for, signed in, or by a token of his that does more than read."
        )
    if not name or len(name) > 100:
        raise NotPossible("A token needs a name of at most 100 characters, as “nightly export”.")
    if unknown := set(scopes) - set(SCOPES):
        raise NotPossible(f"{min(unknown)!r} is no scope. Scopes are: {', '.join(SCOPES)}.")
    if not wanted:
        raise NotPossible(f"A token needs at least one scope: {', '.join(SCOPES)}.")
    longest = policy().token_days
    if not 1 <= days <= longest:
        raise NotPossible(f"A token ends after 1 to {longest} days.")
    if not person.is_active:
        raise NotPossible("This person is switched off.")
    if site is not None and not person.actor().may("view", site.path):
        raise NotPossible("A token cannot reach a site that its person does not see.")
    places, ends = _networks(networks), timezone.now() + timedelta(days=days)
    maker = Token.objects.select_related("site").get(pk=actor.token) if actor.token is not None else None
    if maker is not None:
        site, places = _part_of(maker, wanted, site, places)
        ends = min(ends, maker.expires_at)
    text = f"{PREFIX}{secrets.token_urlsafe(32)}"
    row = Token.objects.create(
        person=person, name=name, digest=_digest(text), hint=text[:8], scopes=wanted, site=site,
        expires_at=ends, networks=places, made_by=maker,
    )  # fmt: skip
    where = site.full_name if site else "everywhere"
    _write(actor, row, "added", after={"scopes": wanted, "site": where, "days": days, "networks": places})
    return row, text


def _part_of(maker: Token, scopes: list[str], site: Site | None, networks: list[str]) -> tuple[Site | None, list[str]]:
    """The site and networks of a token that another one makes; raises where it would be more than its maker."""
    if maker.made_by_id is not None:
        raise NotPossible("A token that was made by a token makes none.")
    if more := [scope for scope in scopes if scope not in maker.scopes]:
        raise NotPossible(f"The token that makes it has not the scope {more[0]} itself.")
    site = site or maker.site
    if maker.site is not None and site is not None and not site.path.startswith(maker.site.path):
        raise NotPossible(f"The token that makes it is for {maker.site.full_name} and below.")
    if not maker.networks:
        return site, networks
    if outside := next((one for one in networks if not _inside(one, maker.networks)), None):
        raise NotPossible(f"The token that makes it may not be used from {outside} itself.")
    return site, networks or maker.networks


@transaction.atomic
def revoke_token(actor: Actor, row: Token) -> None:
    """End a token now, and with it those that it made. Ending it twice changes nothing.

    Its person, who administers him, and the owner of the data folder may; a token ends itself and what it made, and never the one
    that made it. Raises :class:`NotPossible` for anybody else.
    """
    if actor.token is not None and not actor.people:
        may = not actor.reads_only and actor.token in {row.pk, row.made_by_id}
    else:
        may = actor.person == row.person_id or may_manage(actor, row.person)
    if not may or (actor.token is not None and Token.objects.filter(pk=actor.token, made_by=row).exists()):
        raise NotPossible("You may not end this token.")
    if row.revoked_at is None:
        row.revoked_at = timezone.now()
        row.save(update_fields=["revoked_at"])
        _write(actor, row, "revoked")


def actor_of(text: str, *, address: str = "") -> Actor | None:
    """Who a token acts for and with what; None for a text that is no token in force.

    Notes its use, at most once a minute. ``address`` is where it is used from; "" = on the command line of this machine.
    Raises :class:`NotFromHere`, after an entry says so.
    """
    if not is_token(text):
        return None
    found = _held("digest", _digest(text))
    if found is None:
        return None
    if found.networks and not _within(address or _HERE, found.networks):
        _note_refusal(found, address or _HERE)
        raise NotFromHere
    _note_use(found, address, timezone.now())
    return found.actor()


def acting_later(label: str, person: int | None, token: int | None) -> Actor:
    """Whom something that was begun earlier is done for, with the permissions of now.

    Somebody who is gone, and a token that has ended, may do nothing any more; ``label`` is what they are called then.
    """
    if token is not None:
        held = _held("id", token)
        return held.actor() if held is not None else Actor(label)
    found = Person.objects.filter(pk=person, is_active=True).first() if person is not None else None
    return found.actor() if found is not None else Actor(label)


@dataclass(frozen=True, slots=True)
class _Held:
    """A token in force, with the roles of its person: what every request of a program asks first, in one statement."""

    id: int
    person: int
    username: str
    scopes: list[str]
    path: str
    networks: list[str]
    seen_from: list[str]
    last_used_at: datetime | None
    roles: tuple[tuple[str, str | None], ...]

    def actor(self) -> Actor:
        allowed = frozenset[str]().union(*(SCOPES.get(scope, frozenset()) for scope in self.scopes))
        actor = Actor(self.username, grants_of(self.roles), self.person).narrowed(allowed, self.path, token=self.id)
        label, reads_only = f"{self.username} (token {self.id})", set(self.scopes) == {"read"}
        return replace(
            actor, label=label, reads_only=reads_only, people=_PEOPLE in self.scopes, withheld=PERMISSIONS - allowed
        )


def missing_scope(actor: Actor, permission: str) -> str:
    """The scope that an actor's token would need for a permission, as "write"; "" where it is not for a scope that it lacks it."""
    if permission not in actor.withheld:
        return ""
    return " or ".join(scope for scope, given in SCOPES.items() if permission in given)


def lacking_scopes(actor: Actor) -> list[str]:
    """The scopes without which an actor's token may less than its person; none for who acts without a token."""
    return [scope for scope, given in SCOPES.items() if given & actor.withheld]


def in_force(now: datetime) -> QuerySet[Token]:
    """The tokens that act."""
    return Token.objects.filter(pk__in=RawSQL(f"SELECT token.id {_IN_FORCE}", [now]))  # noqa: S611 - a constant


def _held(column: Literal["digest", "id"], value: str | int) -> _Held | None:
    found = list(Token.objects.raw(f"{_HELD} AND token.{column} = %s", [timezone.now(), value]))
    if not found:
        return None
    row: Any = found[0]
    roles = tuple((one.role, one.below) for one in cast("list[Any]", found) if one.role is not None)
    return _Held(
        row.id, row.person_id, row.username, row.scopes, row.path or "", row.networks, row.seen_from, row.last_used_at, roles
    )  # fmt: skip


def tokens(actor: Actor, person: Person | None = None) -> list[TokenRow]:
    """Tokens, newest first: of one person, or of all whom the actor administers wherever they have a role, and of himself."""
    rows = _seen(actor).select_related("person", "site", "made_by")
    if person is not None:
        rows = rows.filter(person=person)
    now = timezone.now()
    return [
        TokenRow(
            row.pk, row.name, row.person.username, row.hint, tuple(row.scopes),
            row.site.full_name if row.site else "everywhere", row.created_at, row.expires_at, row.last_used_at,
            row.last_used_from, _state(row, now), tuple(row.networks), row.made_by_id,
        )
        for row in rows[:1000]
    ]  # fmt: skip


def find_token(actor: Actor, pk: int) -> Token | None:
    """A token that the actor may see."""
    return _seen(actor).select_related("person").filter(pk=pk).first()


def _seen(actor: Actor) -> QuerySet[Token]:
    """Who has a token without its scope for people learns of that one and of those that it made, not of its person's others."""
    if actor.token is not None and not actor.people:
        return Token.objects.filter(Q(pk=actor.token) | Q(made_by=actor.token))
    return Token.objects.filter(Q(person=actor.person) | Q(person__in=wholly(actor)))


def _state(row: Token, now: datetime) -> str:
    if row.revoked_at is not None or (row.made_by is not None and row.made_by.revoked_at is not None):
        return "revoked"
    if row.expires_at <= now:
        return "expired"
    return "active" if row.person.is_active else "idle"


def _networks(texts: Iterable[str]) -> list[str]:
    found = []
    for text in texts:
        try:
            found.append(str(ipaddress.ip_network(text.strip(), strict=False)))
        except ValueError:
            raise NotPossible(
                f"{text.strip()[:50]!r} is no network. Write it like 192.0.2.0/24 or 192.0.2.7."
            ) from None
    if len(found) > _MOST_NETWORKS:
        raise NotPossible(f"A token may have at most {_MOST_NETWORKS} networks.")
    return found


def _inside(network: str, others: list[str]) -> bool:
    wanted = ipaddress.ip_network(network)
    known = (ipaddress.ip_network(one) for one in others)
    return any(one.version == wanted.version and wanted.subnet_of(one) for one in known)  # type: ignore[arg-type]


def _within(address: str, networks: list[str]) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    real = getattr(parsed, "ipv4_mapped", None) or parsed
    return any(real in ipaddress.ip_network(one) for one in networks)


def _note_refusal(held: _Held, address: str) -> None:
    with transaction.atomic():
        if tally.add(f"token:{held.id}:{address}", _REFUSALS_TOLD_EVERY) == 1:
            _append(held, "refused_from_address", address)


def _note_use(held: _Held, address: str, now: datetime) -> None:
    new = bool(address) and address not in held.seen_from
    if not new and held.last_used_at is not None and held.last_used_at > now - _WRITTEN_EVERY:
        return
    seen = [*held.seen_from, address][-_ADDRESSES:] if new else held.seen_from
    with transaction.atomic():
        Token.objects.filter(pk=held.id).update(last_used_at=now, last_used_from=address[:64], seen_from=seen)
        if new:
            _append(held, "used_from_new_address", address)


def _append(held: _Held, verb: str, address: str) -> None:
    _write(Actor(held.username), Token.objects.get(pk=held.id), verb, after={"address": address[:64]})


def _write(actor: Actor, row: Token, verb: str, after: dict[str, object] | None = None) -> None:
    ledger.append(
        actor=actor.label,
        action=f"sites:token:{verb}",
        object_type="token",
        object_id=row.pk,
        site=row.site_id,
        after={"person": f"person:{row.person_id}", **(after or {})},
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
