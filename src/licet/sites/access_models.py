"""Tables of how people come in: tokens, invitations, sessions, single sign-on, and the installation's policy.

Nothing here opens anything by itself: of every token, link and session only a SHA-256 is kept.
"""

from typing import Any

from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models

from licet.sites.models import Person, Site


class Token(models.Model):
    """A person's key for programs: some of his permissions, in one subtree at most, until a day."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=100)
    digest = models.CharField(max_length=64, unique=True)  # SHA-256 of the whole token, in hex
    hint = models.CharField(max_length=12)  # its first characters, to know it again
    scopes = models.JSONField(default=list)
    site = models.ForeignKey(Site, null=True, blank=True, on_delete=models.CASCADE, related_name="tokens")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    last_used_from = models.CharField(max_length=64, blank=True)
    seen_from = models.JSONField(default=list)  # addresses it was used from, the newest last, at most 20
    made_by = models.ForeignKey(
        "self", null=True, on_delete=models.CASCADE, related_name="made"
    )  # the token that made it
    networks = models.JSONField(default=list)  # where it may be used from, as 192.0.2.0/24; empty = from anywhere

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name


class Tally(models.Model):
    """How often something was done lately (:mod:`licet.sites.tally`). ``key`` is a SHA-256 of what; ``until`` is in seconds since 1970."""

    key = models.CharField(max_length=64, primary_key=True)
    number = models.IntegerField()
    until = models.BigIntegerField(db_index=True)

    class Meta:
        verbose_name_plural = "tallies"

    def __str__(self) -> str:
        return self.key[:8]


class Invitation(models.Model):
    """A one-time link by which a person sets his own password."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="invitations")
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"person:{self.person_id}"


class WebSession(AbstractBaseSession):
    """A browser's session. ``session_key`` holds the SHA-256 of the key that the cookie carries."""

    session_key = models.CharField(max_length=64, primary_key=True)
    person = models.ForeignKey(Person, null=True, on_delete=models.CASCADE, related_name="sessions")
    address = models.CharField(max_length=64, blank=True)
    browser = models.CharField(max_length=200, blank=True)  # in words, as "Firefox on Windows"
    begun_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)

    @classmethod
    def get_session_store_class(cls) -> Any:
        """The engine that reads and writes these rows."""
        from licet.sites.session import SessionStore  # noqa: PLC0415 - it builds on this table

        return SessionStore


class FailedSignIns(models.Model):
    """Failed tries of one account within ten minutes; they become one ledger entry together. No person = no such account."""

    person = models.ForeignKey(Person, null=True, on_delete=models.CASCADE, related_name="+")
    since = models.DateTimeField()
    count = models.PositiveIntegerField(default=0)
    reasons = models.JSONField(default=dict)  # reason class -> how often
    addresses = models.JSONField(default=list)  # at most 20

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person"], name="failed_sign_ins_once"),
            models.UniqueConstraint(
                fields=["since"], condition=models.Q(person=None), name="failed_sign_ins_unknown_once"
            ),
        ]

    def __str__(self) -> str:
        return f"person:{self.person_id} {self.count}"


class Policy(models.Model):
    """What the installation asks of everybody; one row."""

    second_factor_for = models.JSONField(default=list)  # roles; ["*"] = all
    token_days = models.PositiveIntegerField(default=365)

    def __str__(self) -> str:
        return "policy"


class IdentityProvider(models.Model):
    """The OpenID Connect provider of single sign-on; one row. The secret is in the vault, here stands its number."""

    name = models.CharField(max_length=80)
    issuer = models.CharField(max_length=300)
    client_id = models.CharField(max_length=200)
    secret = models.BigIntegerField(null=True)
    groups_claim = models.CharField(max_length=60, default="groups")
    groups = models.JSONField(default=list)  # [group, role, site id or null]
    active = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.name


class Identity(models.Model):
    """A person as the identity provider knows him."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="identities")
    issuer = models.CharField(max_length=300)
    subject = models.CharField(max_length=255)
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["issuer", "subject"], name="identity_once")]

    def __str__(self) -> str:
        return f"person:{self.person_id}"
