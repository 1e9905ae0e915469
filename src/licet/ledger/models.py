from django.db import models


class Entry(models.Model):
    """One line of the record: who did what to what, why, and what changed. Append-only by database trigger."""

    seq = models.BigIntegerField(primary_key=True)
    at = models.CharField(max_length=32)  # as hashed: UTC, ISO 8601 with microseconds
    actor = models.CharField(max_length=200)
    action = models.CharField(max_length=80)
    object_type = models.CharField(max_length=40)
    object_id = models.CharField(max_length=80)
    site = models.BigIntegerField(null=True)
    reason = models.TextField(blank=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)

    class Meta:
        ordering = ["seq"]
        indexes = [models.Index(fields=["object_type", "object_id", "seq"], name="ledger_object")]
        verbose_name_plural = "entries"

    def __str__(self) -> str:
        return f"{self.seq} {self.action}"
