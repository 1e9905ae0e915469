from django.db import models


class Secret(models.Model):
    """A sealed text. What it belongs to is known by its owner, not here."""

    purpose = models.CharField(max_length=40)
    sealed = models.BinaryField()
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.purpose} {self.pk}"
