"""Collectors that ask the devices of a site from near by, and the reports that were taken of each."""

from django.db import models
from django.db.models import Q

from licet.sites.models import ScopedQuerySet, Site
from licet.vault.models import Secret


class Collector(models.Model):
    """A collector of a site and those below it. It is enrolled once it has used its one-time code; then its keys are known.

    What it says of itself (``version``, ``clock_seconds``, ``waiting``, ``dropped``) is kept as it said it last. ``request`` is the
    highest number of a request of its, ``sequence`` that of a report.
    """

    site = models.ForeignKey(Site, on_delete=models.PROTECT)
    name = models.CharField(max_length=120)
    uid = models.CharField(max_length=32, unique=True)
    created_at = models.DateTimeField()
    code = models.CharField(max_length=64, blank=True)  # digest of the one-time secret
    code_until = models.DateTimeField(null=True)
    sign = models.CharField(max_length=64, blank=True)
    box = models.CharField(max_length=64, blank=True)
    enrolled_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)
    request = models.BigIntegerField(default=0)
    sequence = models.BigIntegerField(default=0)
    version = models.CharField(max_length=64, blank=True)
    clock_seconds = models.FloatField(null=True)
    waiting = models.PositiveIntegerField(default=0)
    waiting_bytes = models.PositiveBigIntegerField(default=0)
    dropped = models.PositiveIntegerField(default=0)
    devices = models.PositiveIntegerField(default=0)  # in the list that it was given last

    objects = ScopedQuerySet["Collector"].as_manager()

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["site", "name"], name="collector_name_once"),
            models.UniqueConstraint(fields=["site"], condition=Q(revoked_at=None), name="collector_one_of_a_site"),
            models.UniqueConstraint(fields=["code"], condition=~Q(code=""), name="collector_code_once"),
        ]

    def __str__(self) -> str:
        return self.name


class TakenReport(models.Model):
    """A report that was taken: never twice. ``left_out`` answers of it were not, for the reasons in ``why``."""

    collector = models.ForeignKey(Collector, on_delete=models.CASCADE, related_name="reports")
    number = models.BigIntegerField()
    digest = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    taken_at = models.DateTimeField()
    taken = models.PositiveIntegerField()
    left_out = models.PositiveIntegerField(default=0)
    why = models.CharField(max_length=500, blank=True)
    carried = models.BooleanField(default=False)  # came in a file

    class Meta:
        constraints = [models.UniqueConstraint(fields=["collector", "number"], name="collector_report_once")]
        indexes = [models.Index(fields=["taken_at"], name="collector_report_taken")]

    def __str__(self) -> str:
        return f"report {self.number} of {self.collector_id}"


class CentreKey(models.Model):
    """The seed of the centre's own keys, by which collectors know it."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    secret = models.ForeignKey(Secret, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="collector_one_centre_key")]

    def __str__(self) -> str:
        return "centre key"
