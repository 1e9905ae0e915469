"""Renewals under way, and what each pool used on each day."""

from django.db import models
from django.db.models import Q

from licet.register.models import Licence, Pool
from licet.sites.models import Person, ScopedQuerySet, Site


class Renewal(models.Model):
    """The work of renewing one licence, or a group of them: who does it, until when, and how far it is."""

    class State(models.TextChoices):
        PLANNED = "planned"
        QUOTE_REQUESTED = "quote_requested", "quote requested"
        ORDERED = "ordered"
        RECEIVED = "received"
        ACTIVATED = "activated"
        DECLINED = "declined"

    site = models.ForeignKey(Site, on_delete=models.PROTECT)  # the site that all its licences lie in or below
    title = models.CharField(max_length=200)
    state = models.CharField(max_length=16, choices=State.choices, default=State.PLANNED)
    owner = models.ForeignKey(Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    due_on = models.DateField()
    vendor = models.CharField(max_length=200, blank=True)
    quote_number = models.CharField(max_length=120, blank=True)
    order_number = models.CharField(max_length=120, blank=True)
    note = models.TextField(blank=True)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    objects = ScopedQuerySet["Renewal"].as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["due_on", "id"], name="renewal_due"),
            models.Index(fields=["title", "id"], name="renewal_title"),
            models.Index(fields=["due_on"], condition=Q(closed_at=None), name="renewal_open"),
        ]

    def __str__(self) -> str:
        return self.title


class RenewalItem(models.Model):
    """A licence that a renewal is about, and the licence that came of it."""

    renewal = models.ForeignKey(Renewal, on_delete=models.CASCADE, related_name="items")
    licence = models.ForeignKey(Licence, on_delete=models.PROTECT, related_name="renewal_items")
    renewed_by = models.ForeignKey(Licence, null=True, on_delete=models.PROTECT, related_name="+")
    open = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["licence"], condition=Q(open=True), name="renewal_one_open"),
            models.UniqueConstraint(fields=["renewal", "licence"], name="renewal_licence_once"),
        ]

    def __str__(self) -> str:
        return f"licence {self.licence_id}"


class UsageDay(models.Model):
    """The position of a pool and metric as it was on a day, kept once a day."""

    pool = models.ForeignKey(Pool, on_delete=models.CASCADE, related_name="+")
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="+")
    metric = models.CharField(max_length=40)
    day = models.DateField()
    entitled = models.IntegerField(null=True)
    demanded = models.IntegerField(default=0)
    free = models.IntegerField(null=True)
    over = models.IntegerField(default=0)

    objects = ScopedQuerySet["UsageDay"].as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["pool", "metric", "day"], name="usage_once_a_day")]
        indexes = [models.Index(fields=["day"], name="usage_day")]

    def __str__(self) -> str:
        return f"{self.pool_id} {self.metric} {self.day}"
