"""The site tree, the people, and which role a person has in which subtree."""

from collections.abc import Iterable
from functools import reduce
from operator import or_
from typing import Any, ClassVar, Self, TypeVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models

from licet.sites.roles import PERMISSIONS, ROLES
from licet.sites.scope import Actor

M = TypeVar("M", bound=models.Model)


class ScopedQuerySet(models.QuerySet[M]):
    """A queryset that starts at what an actor may see. The model has a ``site``."""

    def visible_to(self, actor: Actor, permission: str = "view") -> Self:
        """The rows in the subtrees where the actor holds the permission; nothing where he holds it nowhere."""
        prefixes = actor.prefixes(permission)
        if prefixes is None:
            return self
        if not prefixes:
            return self.none()
        return self._on_sites(reduce(or_, (models.Q(path__startswith=prefix) for prefix in prefixes)))

    def under(self, site: "Site | None") -> Self:
        """The rows of a site and everything below it; all rows for None."""
        return self if site is None else self._on_sites(models.Q(path__startswith=site.path))

    def _on_sites(self, condition: models.Q) -> Self:
        # A subquery on the small site table keeps the index on site_id of the large tables in use.
        return self.filter(site__in=Site.objects.filter(condition))


class SiteQuerySet(ScopedQuerySet["Site"]):
    """Sites in scope: the site itself is what is asked, not a site it has."""

    def _on_sites(self, condition: models.Q) -> Self:
        return self.filter(condition)


class Site(models.Model):
    """A place in the tree: customer, region, building. Carries time zone and country."""

    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    name = models.CharField(max_length=200)
    path = models.CharField(max_length=255, unique=True, editable=False)  # /1/5/ : ids from the root down
    full_name = models.CharField(max_length=1000, editable=False)  # Customer / Region / Building
    time_zone = models.CharField(max_length=64, default="UTC")
    country = models.CharField(max_length=2, blank=True)  # ISO 3166-1 alpha-2
    notice_days = models.PositiveIntegerField(default=90)  # before expiry a right counts as expiring
    fact_age_hours = models.PositiveIntegerField(default=72)  # an older fact is stale
    created_at = models.DateTimeField(auto_now_add=True)

    objects = SiteQuerySet.as_manager()

    class Meta:
        ordering = ["full_name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["parent", "name"], name="site_name_once"),
            models.UniqueConstraint(fields=["name"], condition=models.Q(parent=None), name="site_top_name_once"),
        ]

    def __str__(self) -> str:
        return self.full_name


class PersonManager(BaseUserManager["Person"]):
    """Makes people."""

    def create_user(self, username: str, password: str | None = None, **fields: Any) -> "Person":
        """A person who can sign in; without a password only by an invitation."""
        person = self.model(username=self.model.normalize_username(username), **fields)
        person.set_password(password)
        person.save(using=self._db)
        return person


class Person(AbstractBaseUser):
    """Somebody who may sign in."""

    username = models.CharField(max_length=150, unique=True)
    full_name = models.CharField(max_length=200, blank=True)
    email = models.EmailField(blank=True)
    is_active = models.BooleanField(default=True)
    time_zone = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = PersonManager()

    class Meta:
        ordering = ["username"]
        verbose_name_plural = "people"

    def __str__(self) -> str:
        return self.full_name or self.username

    def actor(self) -> Actor:
        """Who this person is for scope and ledger; one query, two where a role is custom."""
        return Actor(label=self.username, grants=self.grants() if self.is_active else (), person=self.pk)

    def grants(self) -> tuple[tuple[str, frozenset[str]], ...]:
        """Pairs (path prefix, permissions) of the roles held, whether the person is switched on or not."""
        return grants_of(self.memberships.values_list("role", "site__path"))

    def get_full_name(self) -> str:
        """What authenticator apps and passkeys show beside Licet's name."""
        return str(self)


class CustomRole(models.Model):
    """A role that an administrator has put together. Its name is what memberships hold, so it never changes."""

    name = models.CharField(max_length=40, unique=True)
    permissions = models.JSONField(default=list)  # words of PERMISSIONS, sorted
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def permissions_of(cls, names: Iterable[str]) -> dict[str, frozenset[str]]:
        """The permissions of these custom roles; a word that is no permission any more counts for nothing."""
        wanted = set(names)
        if not wanted:
            return {}
        rows = cls.objects.filter(name__in=wanted).values_list("name", "permissions")
        return {name: frozenset(held) & PERMISSIONS for name, held in rows}


def grants_of(roles: Iterable[tuple[str, str | None]]) -> tuple[tuple[str, frozenset[str]], ...]:
    """Pairs (path prefix, permissions) of roles held, each with the path of its site; None or "" = everywhere."""
    held = tuple(roles)
    made = CustomRole.permissions_of(role for role, _path in held if role not in ROLES)
    return tuple(
        (path or "", ROLES[role].permissions if role in ROLES else made.get(role, frozenset())) for role, path in held
    )


class Membership(models.Model):
    """A role in a site subtree; no site = everywhere."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="memberships")
    site = models.ForeignKey(Site, null=True, blank=True, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=40)  # a name in ROLES, or of a CustomRole

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "site", "role"], name="membership_once"),
            models.UniqueConstraint(
                fields=["person", "role"], condition=models.Q(site=None), name="membership_everywhere_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.role} {self.site or 'everywhere'}"
