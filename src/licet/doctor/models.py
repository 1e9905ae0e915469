"""Diagnoses that were made, so that one can come back to them and make a support bundle."""

from django.conf import settings
from django.db import models

from licet.sites.models import ScopedQuerySet, Site


class Run(models.Model):
    """One diagnosis. ``site`` null = the target belongs to no site; then only who ran it, and whoever may see everything, sees it."""

    site = models.ForeignKey(Site, null=True, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    target = models.CharField(max_length=300)
    kind = models.CharField(max_length=16)
    vantage = models.CharField(max_length=300)
    cause = models.CharField(max_length=48)
    confidence = models.CharField(max_length=8)
    at = models.DateTimeField(db_index=True)
    device = models.BigIntegerField(null=True)
    installation = models.BigIntegerField(null=True)
    result = models.JSONField()  # licet.doctor.plain.as_plain

    objects = ScopedQuerySet["Run"].as_manager()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.target}: {self.cause}"
