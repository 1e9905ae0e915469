from django.db import models
from django.db.models import Q


class WrappingKey(models.Model):
    """A version of the key-encryption key: which key it is, never the key itself. One is active; it wraps what is new."""

    class State(models.TextChoices):
        ACTIVE = "active"
        RETIRING = "retiring"  # still opens what it wrapped; a rotation is moving that to the active one
        RETIRED = "retired"

    # As local:1f2e… or transit:licet:3; null only for the key of an installation from before versions were noted, until it is first used.
    name = models.CharField(max_length=200, unique=True, null=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.ACTIVE)
    created_at = models.DateTimeField(auto_now_add=True)
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["state"], condition=Q(state="active"), name="vault_one_active")]

    def __str__(self) -> str:
        return self.name or f"key {self.pk}"


class Secret(models.Model):
    """A sealed text. What it belongs to is known by its owner, not here."""

    purpose = models.CharField(max_length=40)
    wrapping_key = models.ForeignKey(WrappingKey, on_delete=models.PROTECT)
    wrapped = models.BinaryField()  # its data key
    sealed = models.BinaryField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        # What a rotation has still to wrap, in the order of its batches.
        indexes = [models.Index(fields=["wrapping_key", "id"], name="vault_secret_key")]

    def __str__(self) -> str:
        return f"{self.purpose} {self.pk}"


class FingerprintKey(models.Model):
    """The key of all fingerprints, wrapped like a data key. It never changes: fingerprints outlive every rotation."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    wrapping_key = models.ForeignKey(WrappingKey, on_delete=models.PROTECT)
    wrapped = models.BinaryField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="vault_one_fingerprint_key")]

    def __str__(self) -> str:
        return "fingerprint key"
