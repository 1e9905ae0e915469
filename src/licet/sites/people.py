"""Writes about people: invitation, roles, switching off and on, their own details."""

import hashlib
import secrets
import zoneinfo
from collections.abc import Iterable, Mapping
from datetime import timedelta

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import models, transaction
from django.utils import timezone

from licet.ledger import record as ledger
from licet.sites.access_models import Identity, Invitation, Token, WebSession
from licet.sites.models import CustomRole, Membership, Person, Site
from licet.sites.record import NotPossible
from licet.sites.roles import ROLES
from licet.sites.scope import Actor

INVITED_FOR = timedelta(days=7)


def manageable(actor: Actor) -> models.QuerySet[Person]:
    """The people whom the actor administers: all, or those with a role in a subtree that he administers."""
    prefixes = actor.prefixes("administer")
    if prefixes is None:
        return Person.objects.all()
    if not prefixes:
        return Person.objects.none()
    held = models.Q()
    for prefix in prefixes:
        held |= models.Q(site__path__startswith=prefix)
    return Person.objects.filter(pk__in=Membership.objects.filter(held).values("person"))


def may_manage(actor: Actor, person: Person) -> bool:
    """Whether the actor may act on a person as a whole: switch him off, hand him a new link, remove his second factors.

    He must administer every place where the person has a role, and hold there whatever the person holds: a link to somebody's
    account is worth all that this account may.
    """
    grants = person.grants()
    if not grants:
        return actor.may_people("")
    return all(actor.may_people(path) and actor.may_all(held, path) for path, held in grants)


def permissions_of_role(role: str) -> frozenset[str]:
    """What a role of this name carries. Raises :class:`NotPossible` for a name that is none."""
    if role in ROLES:
        return ROLES[role].permissions
    held = CustomRole.permissions_of([role])
    if role not in held:
        known = [*ROLES, *CustomRole.objects.values_list("name", flat=True)]
        raise NotPossible(f"{role!r} is no role. Roles are: {', '.join(known)}.")
    return held[role]


def grantable(actor: Actor, site: Site | None) -> list[str]:
    """The roles that the actor may give at a site: those with no permission that he lacks there."""
    return grantable_anywhere(actor, [site])


def grantable_anywhere(actor: Actor, places: Iterable[Site | None]) -> list[str]:
    """The roles that the actor may give at one or more of these places (None = everywhere)."""
    every = {name: role.permissions for name, role in ROLES.items()}
    every |= CustomRole.permissions_of(CustomRole.objects.values_list("name", flat=True))
    paths = [path for path in {place.path if place else "" for place in places} if actor.may_people(path)]
    return [name for name, permissions in every.items() if any(actor.may_all(permissions, path) for path in paths)]


@transaction.atomic
def invite(
    actor: Actor, username: str, *, role: str, site: Site | None = None, full_name: str = "", email: str = ""
) -> tuple[Person, str]:
    """Add a person who sets his own password, and return the token of his one-time link, which is not kept.

    Raises :class:`NotPossible` (name taken, no such role, a role with more than the actor holds there, the mail address of somebody
    whom he does not administer: single sign-on would know neither by it).
    """
    username, email = username.strip(), email.strip()
    if not username or len(username) > 150:
        raise NotPossible("A person needs a user name of at most 150 characters.")
    may_give(actor, role, site)
    ledger.lock()  # two who add the same name at once ask one after the other whether it is taken
    if Person.objects.filter(username__iexact=username).exists():
        raise NotPossible(f"There is already a person {username!r}.")
    _check_email(actor, email)
    person = Person.objects.create_user(username, None, full_name=full_name.strip()[:200], email=email)
    Membership.objects.create(person=person, site=site, role=role)
    _write(actor, "sites:person:invited", person, site, after=_held(role, site))
    return person, _link(person)


@transaction.atomic
def invite_again(actor: Actor, person: Person) -> str:
    """A new link for somebody who lost his, or his password; links given before stop working."""
    if not may_manage(actor, person):
        raise NotPossible(
            "You may not hand out a link for this person: he has roles elsewhere, or permissions that you do not have."
        )
    if not person.is_active:
        raise NotPossible("This person is switched off. Switch him on first.")
    _write(actor, "sites:person:invited", person, None, after={"again": True})
    return _link(person)


def invited(token: str) -> Person | None:
    """The person of a link that is in force."""
    row = Invitation.objects.select_related("person").filter(digest=_digest(token), used_at=None).first()
    if row is None or row.expires_at <= timezone.now() or not row.person.is_active:
        return None
    return row.person


@transaction.atomic
def accept(token: str, password: str, *, full_name: str = "") -> Person:
    """Use up a link: the person gets this password. Raises :class:`NotPossible` (used, run out, weak password)."""
    used = Invitation.objects.filter(digest=_digest(token), used_at=None, expires_at__gt=timezone.now())
    person = invited(token)
    if person is None or not used.update(used_at=timezone.now()):
        raise NotPossible("This link has been used or has run out. Ask for a new one.")
    if full_name.strip():
        person.full_name = full_name.strip()[:200]
    _set_password(person, password)
    WebSession.objects.filter(person=person).delete()
    _write(person.actor(), "sites:person:accepted", person, None)
    return person


@transaction.atomic
def change_password(person: Person, password: str) -> None:
    """A person's new password; the caller has had the old one. All sessions end: the caller keeps his own alive."""
    _set_password(person, password)
    _write(person.actor(), "sites:person:password_changed", person, None)


@transaction.atomic
def change_details(person: Person, *, full_name: str, email: str, time_zone: str) -> None:
    """A person's own name, mail address and time zone. The entry says which changed, not to what.

    Raises :class:`NotPossible` for what is no time zone or address, and for the address of somebody else.
    """
    if time_zone and time_zone not in zoneinfo.available_timezones():
        raise NotPossible(f"{time_zone!r} is no time zone. Use a name like Europe/Berlin.")
    if email.strip() != person.email:
        _check_email(person.actor(), email.strip(), person)
    new = {"full_name": full_name.strip()[:200], "email": email.strip(), "time_zone": time_zone}
    changed = [name for name, value in new.items() if getattr(person, name) != value]
    if not changed:
        return
    for name in changed:
        setattr(person, name, new[name])
    person.save(update_fields=changed)
    _write(person.actor(), "sites:person:changed", person, None, after={"changed": changed})


@transaction.atomic
def give_role(actor: Actor, person: Person, role: str, site: Site | None) -> None:
    """Give a role in a subtree; no site = everywhere. Having it already changes nothing."""
    may_give(actor, role, site)
    _made, created = Membership.objects.get_or_create(person=person, site=site, role=role)
    if created:
        _write(actor, "sites:role:given", person, site, after=_held(role, site))


@transaction.atomic
def take_role(actor: Actor, person: Person, role: str, site: Site | None) -> None:
    """Take a role away. Raises :class:`NotPossible` for the last administrator, and for roles with more than the actor holds."""
    ledger.lock()  # two administrators who take each other's role at once must not both find the other still there
    row = person.memberships.filter(role=role, site=site).first()
    if row is None:
        raise NotPossible("This person does not have this role there.")
    path = site.path if site else ""
    carried = ROLES[role].permissions if role in ROLES else CustomRole.permissions_of([role]).get(role, frozenset())
    if not actor.may_people(path) or not actor.may_all(carried, path):
        raise NotPossible("You may only take roles away whose permissions you hold there yourself.")
    row.delete()
    if role == "administrator" and site is None and Person.objects.filter(pk=person.pk, is_active=True).exists():
        keep_an_administrator()
    _write(actor, "sites:role:taken", person, site, before=_held(role, site))


@transaction.atomic
def deactivate(actor: Actor, person: Person) -> None:
    """Switch a person off: sessions, tokens and links end now. What he did stays in the record under his pseudonym."""
    ledger.lock()  # as in take_role
    if not may_manage(actor, person):
        raise NotPossible(
            "You may not switch this person off: he has roles elsewhere, or permissions that you do not have."
        )
    if not person.is_active:
        return
    person.is_active = False
    person.save(update_fields=["is_active"])
    if person.memberships.filter(role="administrator", site=None).exists():
        keep_an_administrator()
    sessions, _each = WebSession.objects.filter(person=person).delete()
    tokens = Token.objects.filter(person=person, revoked_at=None).update(revoked_at=timezone.now())
    Invitation.objects.filter(person=person, used_at=None).update(expires_at=timezone.now())
    _write(
        actor, "sites:person:deactivated", person, None,
        before={"active": True}, after={"active": False, "sessions": sessions, "tokens": tokens},
    )  # fmt: skip


@transaction.atomic
def activate(actor: Actor, person: Person) -> None:
    """Switch a person on again. His tokens stay revoked."""
    if not may_manage(actor, person):
        raise NotPossible("You may not switch this person on.")
    if person.is_active:
        return
    person.is_active = True
    person.save(update_fields=["is_active"])
    _write(actor, "sites:person:activated", person, None, before={"active": False}, after={"active": True})


def keep_an_administrator() -> None:
    """Refuse, inside the write's transaction, what would leave nobody who administers everything. Its caller holds the record's lock."""
    everywhere = Person.objects.filter(is_active=True, memberships__role="administrator", memberships__site=None)
    if not everywhere.filter(can_sign_in()).exists():
        raise NotPossible(
            "This is the last administrator of all sites who can sign in. Make another one first, and let him set his password."
        )


def can_sign_in() -> models.Q:
    """The condition that a person has a password or is known by single sign-on: whoever is only invited cannot come in yet."""
    linked = Identity.objects.filter(person=models.OuterRef("pk"))
    return ~models.Q(password__startswith=UNUSABLE_PASSWORD_PREFIX) | models.Q(models.Exists(linked))


def may_give(actor: Actor, role: str, site: Site | None) -> None:
    """Raise :class:`NotPossible` unless the actor may give this role there."""
    path = site.path if site else ""
    permissions = permissions_of_role(role)
    if not actor.may_people(path):
        raise NotPossible("You may not give roles here.")
    if not actor.may_all(permissions, path):
        raise NotPossible("You may only give roles whose permissions you hold there yourself.")


def _link(person: Person) -> str:
    Invitation.objects.filter(person=person, used_at=None).update(expires_at=timezone.now())
    token = secrets.token_urlsafe(32)
    Invitation.objects.create(person=person, digest=_digest(token), expires_at=timezone.now() + INVITED_FOR)
    return token


def _set_password(person: Person, password: str) -> None:
    try:
        validate_password(password, person)
    except ValidationError as error:
        raise NotPossible(" ".join(error.messages)) from None
    person.set_password(password)
    person.save(update_fields=["password", "full_name"])


def _check_email(actor: Actor, email: str, person: Person | None = None) -> None:
    """Raise :class:`NotPossible` for what is no address, and for one of another person whom the actor does not administer, not saying whose."""
    if not email:
        return
    try:
        validate_email(email)
    except ValidationError:
        raise NotPossible("This is no mail address.") from None
    holders = Person.objects.filter(email__iexact=email, is_active=True)
    if not all(one == person or may_manage(actor, one) for one in holders):
        raise NotPossible("This mail address cannot be used here. Leave it empty, or ask who administers all sites.")


def _held(role: str, site: Site | None) -> dict[str, str]:
    return {"role": role, "site": site.full_name if site else "everywhere"}


def _write(
    actor: Actor,
    action: str,
    person: Person,
    site: Site | None,
    *,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
) -> None:
    ledger.append(
        actor=actor.label, action=action, object_type="person", object_id=person.pk, site=site.pk if site else None,
        before=before, after=after,
    )  # fmt: skip


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
