"""Writes: sites, people, memberships. One function = one transaction = one ledger entry."""

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from licet.dates import zone_names
from licet.ledger import record as ledger
from licet.sites.models import Membership, Person, Site
from licet.sites.scope import Actor


class NotPossible(Exception):
    """A write that cannot be done; the text is one sentence for the person who asked."""


@transaction.atomic
def add_site(
    actor: Actor, name: str, *, parent: Site | None = None, time_zone: str | None = None, country: str | None = None
) -> Site:
    """Add a site below ``parent`` (or at the top). Raises :class:`NotPossible` with what to mend.

    A time zone or country that is not given (None) is the parent's; at the top UTC and no country.
    """
    time_zone = time_zone if time_zone is not None else parent.time_zone if parent else "UTC"
    country = country if country is not None else parent.country if parent else ""
    name, country = name.strip(), country.strip().upper()
    if not name:
        raise NotPossible("A site needs a name.")
    if "/" in name:
        raise NotPossible("A site's name cannot contain a slash: it divides the levels, as in Customer/Building.")
    if time_zone not in zone_names():
        raise NotPossible(f"{time_zone!r} is no time zone. Use a name like Europe/Berlin.")
    if country and not (len(country) == 2 and country.isascii() and country.isalpha()):
        raise NotPossible(f"{country!r} is no country code. Use two letters, as DE.")
    if not actor.may("administer", parent.path if parent else ""):
        raise NotPossible("You may not add a site here.")
    ledger.lock()  # two who add the same site at once ask one after the other whether it is there
    if Site.objects.filter(parent=parent, name=name).exists():
        raise NotPossible(f"There is already a site {name!r} here.")
    site = Site(parent=parent, name=name, path=f"new:{name}"[:255], time_zone=time_zone, country=country)
    site.full_name = f"{parent.full_name} / {name}" if parent else name
    site.save()
    site.path = f"{parent.path if parent else '/'}{site.pk}/"
    site.save(update_fields=["path"])
    ledger.append(
        actor=actor.label,
        action="sites:site:added",
        object_type="site",
        object_id=site.pk,
        site=site.pk,
        after={"name": site.full_name, "time_zone": time_zone, "country": country},
    )
    return site


@transaction.atomic
def add_person(
    actor: Actor, username: str, password: str, *, role: str, site: Site | None = None, full_name: str = ""
) -> Person:
    """Add a person with one role. Raises :class:`NotPossible` (name taken, weak password, unknown role)."""
    username = username.strip()
    if not username:
        raise NotPossible("A person needs a user name.")
    from licet.sites.people import may_give  # noqa: PLC0415 - it builds on this module

    may_give(actor, role, site)
    ledger.lock()  # as in licet.sites.people.invite
    if Person.objects.filter(username__iexact=username).exists():
        raise NotPossible(f"There is already a person {username!r}.")
    try:
        validate_password(password, Person(username=username, full_name=full_name))
    except ValidationError as error:
        raise NotPossible(" ".join(error.messages)) from None
    person = Person.objects.create_user(username, password, full_name=full_name)
    Membership.objects.create(person=person, site=site, role=role)
    ledger.append(
        actor=actor.label,
        action="sites:person:added",
        object_type="person",
        object_id=person.pk,
        site=site.pk if site else None,
        after={"role": role, "site": site.full_name if site else "everywhere"},
    )
    return person
