"""Single sign-on: the identity provider, and which person somebody is whom it vouches for."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.db import transaction
from django.utils import timezone

from licet.ledger import record as ledger
from licet.sites.access_models import Identity, IdentityProvider
from licet.sites.models import Membership, Person, Site
from licet.sites.people import can_sign_in, permissions_of_role
from licet.sites.record import NotPossible
from licet.sites.scope import Actor

_LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class GroupRole:
    """Members of a group at the provider get a role in a subtree; no site = everywhere."""

    group: str
    role: str
    site: Site | None


def provider() -> IdentityProvider | None:
    """The identity provider in use."""
    return IdentityProvider.objects.filter(pk=1, active=True).first()


def configured() -> IdentityProvider | None:
    """The identity provider, in use or not."""
    return IdentityProvider.objects.filter(pk=1).first()


def group_roles(row: IdentityProvider) -> list[GroupRole]:
    """The provider's groups with the roles they give; a group whose site is gone gives nothing."""
    sites = Site.objects.in_bulk([site for _group, _role, site in row.groups if site is not None])
    return [
        GroupRole(group, role, sites.get(site)) for group, role, site in row.groups if site is None or site in sites
    ]


@transaction.atomic
def set_provider(
    actor: Actor, *, name: str, issuer: str, client_id: str, secret: int | None, groups: Iterable[GroupRole] = (),
    groups_claim: str = "groups", active: bool = True,
) -> IdentityProvider:  # fmt: skip
    """Set or change the provider. ``secret`` is the number of a secret in the vault; None keeps the one there is."""
    _may(actor)
    issuer, name, client_id = issuer.strip().rstrip("/"), name.strip(), client_id.strip()
    address = urlsplit(issuer)
    if not address.hostname or not (
        address.scheme == "https" or (address.scheme == "http" and address.hostname in _LOCAL)
    ):
        raise NotPossible("The issuer is an https address, as https://login.example.org/realms/office.")
    if address.query or address.fragment or address.username:
        raise NotPossible("The issuer is an address without query, fragment or user name.")
    if not name or not client_id:
        raise NotPossible("Single sign-on needs a name for its button and a client id.")
    wanted = list(groups)
    for one in wanted:
        permissions_of_role(one.role)
    row = configured() or IdentityProvider(pk=1)
    before = _said(row) if row.issuer else None
    row.name, row.issuer, row.client_id, row.active = name[:80], issuer, client_id, active
    row.groups_claim = groups_claim.strip() or "groups"
    row.groups = [[one.group, one.role, one.site.pk if one.site else None] for one in wanted]
    if secret is not None:
        row.secret = secret
    row.save()
    ledger.append(
        actor=actor.label, action="sites:sso:changed", object_type="sso", object_id=1, before=before,
        after={**_said(row), "secret_replaced": secret is not None},
    )  # fmt: skip
    return row


@transaction.atomic
def remove_provider(actor: Actor) -> int | None:
    """Remove single sign-on and what links people to it; returns the number of the vault's secret that is free now."""
    _may(actor)
    row = configured()
    if row is None:
        raise NotPossible("Single sign-on is not set up.")
    secret = row.secret
    Identity.objects.filter(issuer=row.issuer).delete()
    ledger.append(actor=actor.label, action="sites:sso:removed", object_type="sso", object_id=1, before=_said(row))
    row.delete()
    return secret


@transaction.atomic
def person_of(
    row: IdentityProvider, subject: str, *, username: str, email: str, email_verified: bool, groups: Iterable[str]
) -> Person | None:
    """The person whom the provider vouches for; None where nobody invited him and none of his groups has a role.

    Known by (issuer, subject); the first time by a verified mail address that exactly one person has, if that person has no other
    identity there. Otherwise somebody whose groups give roles is added. Roles by groups follow the provider at each sign-in: those
    that his groups no longer give are taken, those given by hand stay.
    """
    ledger.lock()  # two sign-ins at once add one person, and do not take the last administrator's role from each other
    known = Identity.objects.select_related("person").filter(issuer=row.issuer, subject=subject).first()
    person = known.person if known else _invited(row, email if email_verified else "")
    member = set(groups)
    given = [one for one in group_roles(row) if one.group in member]
    if person is None and given:
        person = _added(username or email or subject, email if email_verified else "")
    if person is None or not person.is_active:
        return None
    Identity.objects.update_or_create(
        issuer=row.issuer, subject=subject, defaults={"person": person, "last_used_at": timezone.now()}
    )
    if known is None:
        _write("sites:sso:linked", person, None)
    _follow(row, person, given)
    return person


def _invited(row: IdentityProvider, email: str) -> Person | None:
    if not email:
        return None
    found = list(Person.objects.filter(email__iexact=email, is_active=True)[:2])
    linked = len(found) == 1 and Identity.objects.filter(person=found[0], issuer=row.issuer).exists()
    return found[0] if len(found) == 1 and not linked else None


def _added(wanted: str, email: str) -> Person:
    # A name that is taken is somebody else's account: it is never taken over.
    name, number = wanted[:140], 1
    while Person.objects.filter(username__iexact=name).exists():
        number += 1
        name = f"{wanted[:140]}-{number}"
    # So is an address: two who have it would both be known by it no more.
    taken = Person.objects.filter(email__iexact=email, is_active=True).exists()
    person = Person.objects.create_user(name, None, email="" if taken else email)
    _write("sites:person:added", person, {"by": "sso"})
    return person


def _follow(row: IdentityProvider, person: Person, given: list[GroupRole]) -> None:
    """Bring the roles by groups up to date. Only pairs of role and site that the mapping names are ever taken."""
    wanted = {(one.role, one.site.pk if one.site else None) for one in given}
    mapped = {(one.role, one.site.pk if one.site else None) for one in group_roles(row)}
    held: set[tuple[str, int | None]] = {(row.role, row.site_id) for row in person.memberships.all()}
    for role, site in sorted(wanted - held, key=str):
        Membership.objects.create(person=person, role=role, site_id=site)
        _write("sites:role:given", person, {"role": role, "site": str(site or "everywhere"), "by": "sso"}, site)
    for role, site in sorted((held & mapped) - wanted, key=str):
        if role == "administrator" and site is None and _last_administrator(person):
            continue
        person.memberships.filter(role=role, site_id=site).delete()  # type: ignore[misc]
        _write("sites:role:taken", person, {"role": role, "site": str(site or "everywhere"), "by": "sso"}, site)


def _last_administrator(person: Person) -> bool:
    others = Person.objects.exclude(pk=person.pk).filter(can_sign_in(), is_active=True)
    return not others.filter(memberships__role="administrator", memberships__site=None).exists()


def _may(actor: Actor) -> None:
    if not actor.may_people(""):
        raise NotPossible("Only an administrator of all sites may set up single sign-on.")


def _said(row: IdentityProvider) -> dict[str, object]:
    return {"issuer": row.issuer, "client_id": row.client_id, "active": row.active, "groups": list(row.groups)}


def _write(action: str, person: Person, after: dict[str, str] | None, site: int | None = None) -> None:
    ledger.append(actor="system", action=action, object_type="person", object_id=person.pk, site=site, after=after)
