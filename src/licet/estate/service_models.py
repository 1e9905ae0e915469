"""How servers and cloud accounts are asked, what they list, and who else may act on devices."""

from django.db import models

from licet.sites.models import ScopedQuerySet, Site
from licet.vault.models import Secret


class Connection(models.Model):
    """How an installation or a cloud account is asked, and how that stands. Key and secret are sealed; exactly one of the two owners.

    ``mark`` is the keyed fingerprint of key and secret: what the service refused is known by it, as for devices.
    """

    site = models.ForeignKey(Site, on_delete=models.PROTECT)
    installation = models.OneToOneField(
        "estate.Installation", null=True, on_delete=models.CASCADE, related_name="connection"
    )
    account = models.OneToOneField(
        "estate.CloudAccount", null=True, on_delete=models.CASCADE, related_name="connection"
    )
    kind = models.CharField(max_length=24)  # hikcentral, hik-connect, teams, partner-pro
    address = models.CharField(max_length=253, blank=True)  # "" = the vendor's own hosts
    port = models.PositiveIntegerField(default=443)
    scheme = models.CharField(max_length=5, default="https")
    fingerprint = models.CharField(max_length=64, blank=True)  # SHA-256 of the pinned certificate, hex
    key = models.ForeignKey(Secret, on_delete=models.PROTECT, related_name="+")
    secret = models.ForeignKey(Secret, on_delete=models.PROTECT, related_name="+")
    session = models.ForeignKey(Secret, null=True, on_delete=models.SET_NULL, related_name="+")
    terminal = models.CharField(max_length=64, blank=True)  # one terminal identity, made once and kept (case C029)
    mark = models.CharField(max_length=64)
    adopt = models.BooleanField(default=True)  # devices it lists that nobody knows are added to the estate

    state = models.CharField(max_length=16, blank=True)  # licet.wire.trouble.State of the last run; "" = never asked
    sentence = models.CharField(max_length=400, blank=True)
    code = models.CharField(max_length=40, blank=True)
    asked_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)  # when everything was last read whole
    refused_mark = models.CharField(max_length=64, blank=True)
    failures = models.PositiveIntegerField(default=0)  # in a row
    not_before = models.DateTimeField(null=True)

    objects = ScopedQuerySet["Connection"].as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(installation=None, account__isnull=False)
                | models.Q(installation__isnull=False, account=None),
                name="connection_of_one",
            )
        ]

    def __str__(self) -> str:
        return f"connection to {self.installation or self.account}"

    @property
    def simulated(self) -> bool:
        """Whether it is asked on this machine: a simulated service, not the vendor's."""
        return self.address.startswith("127.") or self.address in {"localhost", "::1"}


class ServerDevice(models.Model):
    """A device that an installation's own list names. ``run`` is the number of the reading that saw it last."""

    installation = models.ForeignKey("estate.Installation", on_delete=models.CASCADE, related_name="listed")
    kind = models.CharField(max_length=12)  # encoding, access
    code = models.CharField(max_length=64)
    name = models.CharField(max_length=200, blank=True)
    address = models.CharField(max_length=253, blank=True)
    serial_number = models.CharField(max_length=120, blank=True)
    region = models.CharField(max_length=300, blank=True)
    online = models.BooleanField(null=True)
    points = models.PositiveIntegerField(default=0)  # cameras or doors behind it
    device = models.ForeignKey("estate.Device", null=True, on_delete=models.SET_NULL, related_name="listed_by")
    disputed = models.BooleanField(default=False)  # at its address the estate knows another device
    run = models.PositiveIntegerField(default=0)
    observed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["installation", "kind", "code"], name="server_device_once")]
        indexes = [
            models.Index(fields=["installation", "name", "id"], name="server_device_name"),
            models.Index(fields=["installation", "address", "id"], name="server_device_address"),
            models.Index(fields=["name", "id"], name="server_device_any_name"),
            models.Index(fields=["address", "id"], name="server_device_any_address"),
        ]

    def __str__(self) -> str:
        return f"{self.name or self.code} in {self.installation}"


class CloudService(models.Model):
    """A service of a cloud account with its term: of one device or channel, or of the account. Learnt or entered."""

    account = models.ForeignKey("estate.CloudAccount", on_delete=models.CASCADE, related_name="services")
    code = models.CharField(max_length=40)  # cloud_storage, health_monitoring ...
    short_serial = models.CharField(max_length=20, blank=True, db_index=True)
    channel = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=12)  # running, expired, never, unknown
    ends_on = models.DateField(null=True)  # learnt from days left: may be a day off
    stated = models.BooleanField(default=False)
    source = models.CharField(max_length=80)
    observed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "code", "short_serial", "channel"], name="cloud_service_once")
        ]

    def __str__(self) -> str:
        return f"{self.code} of {self.account}"


class AppLicence(models.Model):
    """What a person says was bought for one on-camera app on one device; the device itself cannot be asked (isapi.md 4.1)."""

    device = models.ForeignKey("estate.Device", on_delete=models.CASCADE, related_name="app_licences")
    app = models.CharField(max_length=120)
    until = models.DateField(null=True)
    document = models.BigIntegerField(null=True)  # id in the register
    observed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["device", "app"], name="app_licence_once")]

    def __str__(self) -> str:
        return f"{self.app} on {self.device}"


class EngineSlots(models.Model):
    """How many analytics engine slots a recorder has and uses, as a person says; no known answer of a device tells both (licensing.md part 5, TS-61)."""

    device = models.OneToOneField("estate.Device", on_delete=models.CASCADE, related_name="engine_slots")
    total = models.PositiveSmallIntegerField()
    used = models.PositiveSmallIntegerField()
    source = models.CharField(max_length=80)
    observed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.used} of {self.total} engine slots on {self.device}"


class ThirdParty(models.Model):
    """Somebody outside who may act on devices: on one device, on all that an account lists, or on a site.

    ``document`` is the id of the contract in the register. ``learnt`` = told by a cloud or device, not entered by a person.
    """

    class Kind(models.TextChoices):
        """By what way."""

        RENTAL = "rental_site", "rental site"
        INSTALLER = "installer", "installer"
        SHARED = "shared_user", "shared user"
        UPLINK = "isup_uplink", "ISUP uplink"
        OTHER = "other", "other"

    site = models.ForeignKey(Site, on_delete=models.PROTECT)
    account = models.ForeignKey("estate.CloudAccount", null=True, on_delete=models.CASCADE)
    device = models.ForeignKey("estate.Device", null=True, on_delete=models.CASCADE, related_name="third_parties")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    who = models.CharField(max_length=200)
    may = models.CharField(max_length=300, blank=True)
    since = models.DateField(null=True)
    until = models.DateField(null=True)
    document = models.BigIntegerField(null=True)
    learnt = models.BooleanField(default=False)
    source = models.CharField(max_length=80, blank=True)
    observed_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    objects = ScopedQuerySet["ThirdParty"].as_manager()

    class Meta:
        ordering = ["who", "id"]
        indexes = [
            models.Index(fields=["who", "id"], name="third_party_who"),
            models.Index(fields=["until", "id"], name="third_party_until"),
            models.Index(fields=["kind", "who", "id"], name="third_party_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.who} ({self.get_kind_display()})"
