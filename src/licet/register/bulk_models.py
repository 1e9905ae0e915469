"""Changes of many licences at once, kept so that they can be looked at and taken back."""

from django.db import models

from licet.sites.models import Person


class BulkEdit(models.Model):
    """One change of many licences: what it set, and what each licence had before. Kept beside the record, which names only numbers."""

    by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")  # null = the command line
    at = models.DateTimeField(auto_now_add=True)
    reason = models.CharField(max_length=500, blank=True)
    changes = models.JSONField(default=dict)
    before = models.JSONField(default=list)  # [licence id, {field: what it was}]
    undone_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"edit {self.pk}"
