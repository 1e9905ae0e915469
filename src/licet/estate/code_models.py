"""The sealed verification codes of devices."""

from django.db import models

from licet.estate.models import Device
from licet.vault.models import Secret


class VerificationCode(models.Model):
    """The code that binds a device to the vendor's cloud and decrypts its pictures there. It is kept, and never shown."""

    device = models.OneToOneField(Device, on_delete=models.CASCADE, related_name="verification_code")
    secret = models.ForeignKey(Secret, on_delete=models.PROTECT, related_name="+")
    kept_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"device:{self.device_id}"
