"""What happens to a licence after it was bought: activations, moves to another host, notes, tags, own fields, sellers."""

from django.db import models

from licet.sites.models import Person, ScopedQuerySet, Site


class Vendor(models.Model):
    """A maker or seller as the organisation knows it. Orders name it by its name, as their documents do."""

    class Role(models.TextChoices):
        VENDOR = "vendor"
        RESELLER = "reseller"
        BOTH = "both", "vendor and reseller"

    site = models.ForeignKey(Site, on_delete=models.PROTECT)
    name = models.CharField(max_length=200)
    role = models.CharField(max_length=8, choices=Role.choices, default=Role.RESELLER)
    customer_number = models.CharField(max_length=80, blank=True)
    contact = models.CharField(max_length=300, blank=True)
    website = models.URLField(max_length=300, blank=True)
    note = models.TextField(blank=True)

    objects = ScopedQuerySet["Vendor"].as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["site", "name"], name="vendor_once")]

    def __str__(self) -> str:
        return self.name


class ActivationEvent(models.Model):
    """One step of activating or deactivating, with the host as it was then. A host that differs later is a finding."""

    class Kind(models.TextChoices):
        REQUESTED = "requested"  # the request file was made on the host
        ACTIVATED = "activated"
        DEACTIVATED = "deactivated"

    class Way(models.TextChoices):
        ONLINE = "online"
        OFFLINE = "offline"

    licence = models.ForeignKey("register.Licence", on_delete=models.CASCADE, related_name="activations")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    way = models.CharField(max_length=8, choices=Way.choices)
    on = models.DateField()
    host = models.CharField(max_length=253, blank=True)
    virtual = models.BooleanField(null=True)
    machine_id = models.CharField(max_length=120, blank=True)  # VM UUID or the system's own id
    macs = models.JSONField(default=list)
    mainboard = models.CharField(max_length=120, blank=True)
    request_file = models.ForeignKey("register.Document", null=True, on_delete=models.PROTECT, related_name="+")
    response_file = models.ForeignKey("register.Document", null=True, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")  # null = the command line
    at = models.DateTimeField()

    class Meta:
        ordering = ["on", "id"]

    def __str__(self) -> str:
        return f"{self.kind} {self.on}"


class Rehost(models.Model):
    """A licence on its way to another host. Its steps are ticked one by one."""

    class State(models.TextChoices):
        OPEN = "open"
        DONE = "done"
        CANCELLED = "cancelled"

    licence = models.ForeignKey("register.Licence", on_delete=models.CASCADE, related_name="rehosts")
    to_host = models.CharField(max_length=253)
    reason = models.CharField(max_length=500)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["licence"], condition=models.Q(state="open"), name="rehost_one_open")
        ]

    def __str__(self) -> str:
        return f"licence {self.licence_id} to {self.to_host}"


class RehostTick(models.Model):
    """A step of a move that somebody has done. ``step`` is of :data:`licet.register.rehost.STEPS`."""

    rehost = models.ForeignKey(Rehost, on_delete=models.CASCADE, related_name="ticks")
    step = models.CharField(max_length=20)
    note = models.CharField(max_length=500, blank=True)
    by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")  # null = the command line
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["rehost", "step"], name="rehost_step_once")]

    def __str__(self) -> str:
        return self.step


class Note(models.Model):
    """What somebody wrote about a licence or an order, and when. Notes are added, never changed."""

    licence = models.ForeignKey("register.Licence", null=True, on_delete=models.CASCADE, related_name="notes")
    order = models.ForeignKey("register.Order", null=True, on_delete=models.CASCADE, related_name="notes")
    text = models.TextField()
    by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")  # null = the command line
    at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"note {self.pk}"


class Tag(models.Model):
    """A word that somebody put on a licence."""

    licence = models.ForeignKey("register.Licence", on_delete=models.CASCADE, related_name="tags")
    name = models.CharField(max_length=60)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["licence", "name"], name="tag_once")]
        indexes = [models.Index(fields=["name", "licence"], name="tag_name")]

    def __str__(self) -> str:
        return self.name


class CustomField(models.Model):
    """A field of its own that an organisation keeps of its licences, at a site and below it."""

    class Kind(models.TextChoices):
        TEXT = "text"
        NUMBER = "number"
        DATE = "date"
        YES_NO = "yes_no", "yes or no"
        CHOICE = "choice"

    site = models.ForeignKey(Site, on_delete=models.PROTECT)
    code = models.CharField(max_length=40)  # what Licence.custom calls it; never changes
    title = models.CharField(max_length=80)
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.TEXT)
    choices = models.JSONField(default=list)
    required = models.BooleanField(default=False)
    retired_at = models.DateTimeField(null=True)

    objects = ScopedQuerySet["CustomField"].as_manager()

    class Meta:
        ordering = ["title", "id"]
        constraints = [models.UniqueConstraint(fields=["site", "code"], name="custom_field_once")]

    def __str__(self) -> str:
        return self.title
