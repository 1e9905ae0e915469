"""Writes: sites, people, memberships. One function = one transaction = one ledger entry."""

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max, Value
from django.db.models.functions import Concat, Length, Substr

from licet.dates import zone_names
from licet.dates.countries import country_code
from licet.ledger import record as ledger
from licet.sites.models import Membership, Person, Site
from licet.sites.scope import Actor

MOST_OF_NAME, MOST_OF_FULL_NAME = 200, 1000  # characters
MOST_NOTICE_DAYS, MOST_FACT_HOURS = 3650, 8760


class NotPossible(Exception):
    """A write that cannot be done; the text is one sentence for the person who asked."""


class NotThere(NotPossible):
    """A thing that it names is not there, or not to be seen by who asks."""


@transaction.atomic
def add_site(
    actor: Actor, name: str, *, parent: Site | None = None, time_zone: str | None = None, country: str | None = None
) -> Site:
    """Add a site below ``parent`` (or at the top). Raises :class:`NotPossible` with what to mend.

    A time zone or country that is not given (None) is the parent's; at the top UTC and no country.
    """
    time_zone = time_zone if time_zone is not None else parent.time_zone if parent else "UTC"
    country = country if country is not None else parent.country if parent else ""
    name, country = _named(name), _country(country)
    _zone(time_zone)
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
def change_site(
    actor: Actor,
    site: Site,
    *,
    name: str | None = None,
    time_zone: str | None = None,
    country: str | None = None,
    notice_days: int | None = None,
    fact_age_hours: int | None = None,
) -> tuple[str, ...]:
    """Change what is given (None = as it is) and return the names of what is different now. Raises :class:`NotPossible`.

    A new name stands in the full names of all sites below it at once. Everything but the name changes what is judged of the site;
    who changes it has that judged anew.
    """
    if not actor.may("administer", site.path):
        raise NotPossible("You may not change this site.")
    ledger.lock()
    row = Site.objects.get(pk=site.pk)
    given: dict[str, str | int | None] = {
        "name": None if name is None else _named(name), "time_zone": time_zone,
        "country": None if country is None else _country(country), "notice_days": notice_days,
        "fact_age_hours": fact_age_hours,
    }  # fmt: skip
    if time_zone is not None:
        _zone(time_zone)
    if notice_days is not None and not 0 <= notice_days <= MOST_NOTICE_DAYS:
        raise NotPossible(f"Notice is given 0 to {MOST_NOTICE_DAYS:,} days before the end.")
    if fact_age_hours is not None and not 1 <= fact_age_hours <= MOST_FACT_HOURS:
        raise NotPossible(f"Facts become old after 1 to {MOST_FACT_HOURS:,} hours.")
    after = {what: value for what, value in given.items() if value is not None and getattr(row, what) != value}
    if not after:
        return ()
    if "name" in after:
        _rename(row, str(after["name"]))
    before = {what: getattr(row, what) for what in after}
    Site.objects.filter(pk=row.pk).update(**after)
    ledger.append(
        actor=actor.label, action="sites:site:changed", object_type="site", object_id=row.pk, site=row.pk,
        before=before, after=after,
    )  # fmt: skip
    site.refresh_from_db()
    return tuple(after)


def _named(name: str) -> str:
    name = name.strip()
    if not name or len(name) > MOST_OF_NAME:
        raise NotPossible(f"A site needs a name of at most {MOST_OF_NAME} characters.")
    if "/" in name:
        raise NotPossible("A site's name cannot contain a slash: it divides the levels, as in Customer/Building.")
    return name


def _zone(time_zone: str) -> None:
    if time_zone not in zone_names():
        raise NotPossible(f"{time_zone!r} is no time zone. Use a name like Europe/Berlin.")


def _country(country: str) -> str:
    if not country.strip():
        return ""
    code = country_code(country)
    if code is None:
        raise NotPossible(
            f"{country!r} is no country code or name. Use the two letters of ISO 3166, as DE, or the name, as Germany."
        )
    return code


def _rename(row: Site, name: str) -> None:
    """Put the new name into the full names of the site and of all below it, in one statement."""
    if Site.objects.filter(parent=row.parent_id, name=name).exclude(pk=row.pk).exists():
        raise NotPossible(f"There is already a site {name!r} here.")
    full = f"{row.full_name.removesuffix(row.name)}{name}"
    below = Site.objects.under(row)
    longest = below.aggregate(most=Max(Length("full_name")))["most"] + len(full) - len(row.full_name)
    if longest > MOST_OF_FULL_NAME:
        raise NotPossible("With this name the full name of a site below it would be longer than 1,000 characters.")
    below.update(full_name=Concat(Value(full), Substr("full_name", len(row.full_name) + 1)))


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
