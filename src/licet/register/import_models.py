"""Runs of imports, what each of them changed, and mappings of headings that are used again."""

from django.db import models

from licet.sites.models import Person, ScopedQuerySet, Site
from licet.vault.models import Secret


class ImportRun(models.Model):
    """One file on its way into the register or the estate. Its bytes are sealed, and go as soon as they are not needed."""

    class State(models.TextChoices):
        HELD = "held", "waiting for a person"
        RUNNING = "running"
        DONE = "done"
        CANCELLED = "cancelled"
        FAILED = "failed"
        UNDONE = "undone"

    site = models.ForeignKey(Site, on_delete=models.PROTECT)
    person = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL)
    token = models.BigIntegerField(null=True)  # the number of the token that brought it
    actor = models.CharField(max_length=200)
    file_name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    asked_as = models.CharField(max_length=10, default="auto")
    kind = models.CharField(max_length=10, blank=True)  # licences or devices, once it is known
    detected = models.CharField(max_length=80, blank=True)
    options = models.JSONField(
        default=dict
    )  # what a person chose: encoding, delimiter, sheet, heading line, mapping, answers
    state = models.CharField(max_length=10, choices=State.choices, default=State.HELD)
    counts = models.JSONField(default=dict)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    cancel_wanted = models.BooleanField(default=False)
    beat_at = models.DateTimeField(null=True)  # the last sign of life of whoever carries it out
    problem = models.CharField(max_length=500, blank=True)
    report = models.BinaryField(null=True)  # the report as CSV, packed by zlib; secrets are masked in it
    upload = models.ForeignKey(Secret, null=True, on_delete=models.PROTECT)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)

    objects = ScopedQuerySet["ImportRun"].as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["site", "-id"], name="import_run_site"),
            models.Index(fields=["state", "-id"], name="import_run_state"),
        ]

    def __str__(self) -> str:
        return f"import {self.pk} of {self.file_name}"


class ImportChange(models.Model):
    """One row that a run made or changed. ``before`` null = made; ``digest`` is that of the row as the run left it."""

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="changes", db_index=False)
    thing = models.CharField(max_length=12)
    object_id = models.BigIntegerField()
    before = models.JSONField(null=True)
    digest = models.CharField(max_length=32)

    class Meta:
        indexes = [models.Index(fields=["run", "thing", "object_id"], name="import_change_run")]

    def __str__(self) -> str:
        return f"{self.thing} {self.object_id}"


class SavedMapping(models.Model):
    """Which heading means which field in files of one form. ``signature`` is what such a file is known by: its headings."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT)
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=10)
    headings = models.JSONField(default=list)
    signature = models.CharField(max_length=64, db_index=True)
    mapping = models.JSONField(default=dict)
    encoding = models.CharField(max_length=20, blank=True)
    delimiter = models.CharField(max_length=2, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(null=True)

    objects = ScopedQuerySet["SavedMapping"].as_manager()

    class Meta:
        ordering = ["name", "id"]
        constraints = [models.UniqueConstraint(fields=["site", "name"], name="saved_mapping_once")]

    def __str__(self) -> str:
        return self.name
