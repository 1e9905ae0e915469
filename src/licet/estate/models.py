"""What exists: devices, channels, installations, cloud accounts, and the facts observed of them.

The columns of :class:`Device` that mirror facts (``activated``, ``firmware_version``, ``ezviz_bound`` ...) are the current values,
kept by :mod:`licet.estate.folding` so that rules and lists read one row; the facts themselves stay with source and time.
"""

from typing import TypeVar

from django.db import models

from licet.estate.lockout import SignIn
from licet.sites.models import ScopedQuerySet, Site
from licet.vault.models import Secret

M = TypeVar("M", bound=models.Model)


class Subject(models.IntegerChoices):
    """What a fact, a demand or an authorization is about."""

    DEVICE = 1, "device"
    CHANNEL = 2, "channel"
    INSTALLATION = 3, "installation"
    CLOUD_ACCOUNT = 4, "cloud account"


class Credential(models.Model):
    """A user name and a sealed password that open devices of a site. ``version`` rises whenever a person replaces the password."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT)
    name = models.CharField(max_length=120)
    username = models.CharField(max_length=120)
    secret = models.ForeignKey(Secret, on_delete=models.PROTECT)
    version = models.PositiveIntegerField(default=1)
    mark = models.CharField(
        max_length=64
    )  # keyed fingerprint of user name and password: what a device refused is known by it
    changed_at = models.DateTimeField(auto_now=True)

    objects = ScopedQuerySet["Credential"].as_manager()

    class Meta:
        ordering = ["site", "name"]
        constraints = [models.UniqueConstraint(fields=["site", "name"], name="credential_once")]

    def __str__(self) -> str:
        return f"{self.name} ({self.username})"


class Device(models.Model):
    """A camera, recorder, encoder, intercom or access controller, identified by its serial number where it is known."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT)
    serial_number = models.CharField(max_length=120, null=True, unique=True)
    short_serial = models.CharField(max_length=20, blank=True, db_index=True)
    name = models.CharField(max_length=200, blank=True)
    model = models.CharField(max_length=120, blank=True)
    kind = models.CharField(max_length=12, default="unknown")
    address = models.CharField(max_length=253, blank=True, db_index=True)
    port = models.PositiveIntegerField(default=80)
    scheme = models.CharField(max_length=5, default="http")
    mac = models.CharField(max_length=17, blank=True, db_index=True)
    firmware_version = models.CharField(max_length=40, blank=True)
    firmware_build = models.DateField(null=True)
    region = models.CharField(max_length=4, blank=True)  # the region letters of the serial number

    credential = models.ForeignKey(Credential, null=True, blank=True, on_delete=models.SET_NULL)
    allow_basic = models.BooleanField(default=False)  # Basic over plain HTTP: an explicit exception of one device
    legacy_tls = models.BooleanField(default=False)  # outdated encryption: an explicit exception of one device
    fingerprint = models.CharField(max_length=64, blank=True)  # SHA-256 of the pinned certificate, hex

    reach = models.CharField(max_length=16, blank=True)  # licet.wire.facts.Reach of the last sweep
    reach_reason = models.CharField(max_length=40, blank=True)
    claims = models.BigIntegerField(
        null=True
    )  # the retired device of another site as which it answered last, not believed
    last_asked_at = models.DateTimeField(null=True)
    last_answered_at = models.DateTimeField(null=True)
    refused_marks = models.JSONField(default=list)  # marks of credentials it refused; none of them is tried again
    refused_at = models.DateTimeField(null=True)
    locked_until = models.DateTimeField(null=True)
    signed_in_at = models.DateTimeField(null=True)  # last time a device accepted our credential
    accepted_mark = models.CharField(max_length=64, null=True)
    tried_at = models.DateTimeField(
        null=True
    )  # a credential it never accepted was tried, and the answer has not come yet

    activated = models.BooleanField(null=True)
    activated_seen_at = models.DateTimeField(null=True)
    ezviz_enabled = models.BooleanField(null=True)
    ezviz_registered = models.BooleanField(null=True)
    ezviz_bound = models.BooleanField(null=True)
    ezviz_seen_at = models.DateTimeField(null=True)
    isup_enabled = models.BooleanField(null=True)
    isup_server = models.CharField(max_length=253, blank=True)
    isup_seen_at = models.DateTimeField(null=True)
    apps_running = models.JSONField(default=list)  # package names of running on-camera apps
    apps_seen_at = models.DateTimeField(null=True)

    first_seen_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)

    objects = ScopedQuerySet["Device"].as_manager()

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["site", "name", "id"], name="device_site_name"),
            models.Index(fields=["name", "id"], name="device_name"),
            models.Index(fields=["model", "id"], name="device_model"),
            models.Index(fields=["kind", "name", "id"], name="device_kind"),
            models.Index(fields=["reach", "name", "id"], name="device_reach"),
            models.Index(fields=["last_answered_at", "id"], name="device_answered"),
            models.Index(fields=["activated", "name", "id"], name="device_activated"),
            models.Index(fields=["firmware_version", "id"], name="device_firmware"),
        ]

    def __str__(self) -> str:
        return self.name or self.serial_number or self.address or f"device {self.pk}"

    def sign_in_state(self) -> SignIn:
        """What decides whether its password may be tried (lockout)."""
        mark = self.credential.mark if self.credential else ""
        return SignIn(mark, self.refused_marks or (), self.locked_until, self.accepted_mark or "", self.tried_at)


class Channel(models.Model):
    """One video input of a device; on a recorder ``camera`` is the camera behind it when its serial number is known."""

    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="channels")
    site = models.ForeignKey(Site, on_delete=models.PROTECT)
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=200, blank=True)
    proxied = models.BooleanField(default=True)  # an IP camera behind a recorder; False = an input of the device itself
    camera = models.ForeignKey(Device, null=True, on_delete=models.SET_NULL, related_name="seen_behind")
    address = models.CharField(max_length=253, blank=True)
    model = models.CharField(max_length=120, blank=True)
    serial_number = models.CharField(max_length=120, blank=True)
    firmware = models.CharField(max_length=80, blank=True)
    online = models.BooleanField(null=True)
    first_seen_at = models.DateTimeField()
    last_listed_at = models.DateTimeField()
    not_listed_since = models.DateTimeField(null=True)
    retired_at = models.DateTimeField(null=True)

    objects = ScopedQuerySet["Channel"].as_manager()

    class Meta:
        ordering = ["device", "number"]
        constraints = [models.UniqueConstraint(fields=["device", "proxied", "number"], name="channel_once")]
        indexes = [models.Index(fields=["serial_number"], name="channel_serial")]

    def __str__(self) -> str:
        return f"{self.device} channel {self.number}"


class Installation(models.Model):
    """A software installation that manages devices: a HikCentral server, an iVMS-4200 client, another VMS."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT)
    name = models.CharField(max_length=200)
    product = models.CharField(max_length=80)  # code of the product family in the catalogue
    version = models.CharField(max_length=60, blank=True)
    host = models.CharField(max_length=253, blank=True)
    activated_on = models.DateField(null=True)
    in_production = models.BooleanField(default=True)
    host_mark = models.CharField(max_length=64, blank=True)  # of what licences bind to on its host; see estate.hosts
    host_seen_at = models.DateTimeField(null=True)
    host_changed = models.JSONField(default=list)  # what differs from the host it was activated on; [] = nothing
    host_changed_at = models.DateTimeField(null=True)
    run = models.PositiveIntegerField(default=0)  # readings of its device list so far
    listed_at = models.DateTimeField(null=True)  # when its device list was last read whole
    first_seen_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)

    objects = ScopedQuerySet["Installation"].as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["site", "name"], name="installation_once")]

    def __str__(self) -> str:
        return self.name


class Member(models.Model):
    """A device that an installation manages, and for what. ``metrics`` are the metric codes it draws (camera, door, anpr_camera).

    For a recorder, ``camera`` means each of its channels.
    """

    installation = models.ForeignKey(Installation, on_delete=models.CASCADE, related_name="members")
    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="managed_by")
    metrics = models.JSONField(default=list)
    counts = models.JSONField(default=dict)  # metric -> how many places the software says it takes
    reported = models.BooleanField(default=False)  # the software itself reports it as licensed
    stated = models.BooleanField(default=True)  # said by a person; False = listed by the software
    source = models.CharField(max_length=80, blank=True)
    since = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["installation", "device"], name="member_once")]

    def __str__(self) -> str:
        return f"{self.device} in {self.installation}"


class LicenceCount(models.Model):
    """What an installation's own licence page says for one metric."""

    installation = models.ForeignKey(Installation, on_delete=models.CASCADE, related_name="licence_counts")
    metric = models.CharField(max_length=40)
    total = models.IntegerField(null=True)
    used = models.IntegerField(null=True)
    source = models.CharField(max_length=80)
    observed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["installation", "metric"], name="licence_count_once")]

    def __str__(self) -> str:
        return f"{self.installation} {self.metric}"


class CloudAccount(models.Model):
    """A Hik-Connect, Hik-Partner Pro or Hik-Connect for Teams account."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT)
    name = models.CharField(max_length=200)
    platform = models.CharField(max_length=40, default="hik-connect")
    ours = models.BooleanField(default=True)  # the owner is inside the organisation
    owner = models.CharField(max_length=200, blank=True)
    second_factor = models.BooleanField(null=True)
    users_reviewed_on = models.DateField(null=True)
    listed_at = models.DateTimeField(null=True)  # when the device list was last read completely
    first_seen_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)

    objects = ScopedQuerySet["CloudAccount"].as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["site", "name"], name="cloud_account_once")]

    def __str__(self) -> str:
        return self.name


class CloudListing(models.Model):
    """A device that a cloud account lists, by its short serial number."""

    account = models.ForeignKey(CloudAccount, on_delete=models.CASCADE, related_name="listings")
    short_serial = models.CharField(max_length=20, db_index=True)
    name = models.CharField(max_length=200, blank=True)
    online = models.BooleanField(null=True)
    shared = models.BooleanField(null=True)  # shared to the account by another owner
    model = models.CharField(max_length=120, blank=True)
    firmware = models.CharField(max_length=80, blank=True)
    cloud_site = models.CharField(max_length=200, blank=True)
    bound_since = models.CharField(max_length=40, blank=True)  # as the cloud writes it, without a zone
    unbound_at = models.DateTimeField(null=True)
    upgrade_available = models.BooleanField(null=True)
    raw = models.CharField(max_length=200, blank=True)
    observed_at = models.DateTimeField()
    source = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "short_serial"], name="cloud_listing_once")]
        indexes = [
            models.Index(fields=["name", "id"], name="cloud_listing_name"),
            models.Index(fields=["short_serial", "id"], name="cloud_listing_serial"),
        ]

    def __str__(self) -> str:
        return f"{self.short_serial} in {self.account}"


class Fact(models.Model):
    """One observation with source and time. ``superseded_at`` null = current; ``confirmed_at`` = last time it was seen unchanged."""

    subject_type = models.SmallIntegerField(choices=Subject.choices)
    subject_id = models.BigIntegerField()
    topic = models.CharField(max_length=24)
    value = models.JSONField()
    source = models.CharField(max_length=120)
    notes = models.JSONField(default=list)
    observed_at = models.DateTimeField()
    confirmed_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["subject_type", "subject_id", "topic", "superseded_at"], name="fact_subject")]
        constraints = [
            models.UniqueConstraint(
                fields=["subject_type", "subject_id", "topic", "source"],
                condition=models.Q(superseded_at=None),
                name="fact_current_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.topic} of {Subject(self.subject_type).label} {self.subject_id}"


class Asking(models.Model):
    """How the last asking of one topic of one device ended: what could not be asked is said, never guessed."""

    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="askings")
    topic = models.CharField(max_length=24)
    outcome = models.CharField(max_length=16)
    status = models.PositiveSmallIntegerField(null=True)
    detail = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["device", "topic"], name="asking_once")]

    def __str__(self) -> str:
        return f"{self.topic} {self.outcome}"


from licet.estate import code_models, service_models  # noqa: E402, F401 - tables of this app that refer to those above
