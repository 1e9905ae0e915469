"""Audit runs, findings, waivers, comments, thresholds."""

from django.db import models

from licet.sites.models import Person, ScopedQuerySet, Site


class Kind(models.TextChoices):
    """What a finding is about."""

    DEVICE = "device"
    CHANNEL = "channel"
    INSTALLATION = "installation"
    CLOUD_ACCOUNT = "cloud_account", "cloud account"
    LICENCE = "licence"
    POOL = "pool"
    CREDENTIAL = "credential"
    KEY = "key", "licence key"
    ACCOUNT = "account", "account of somebody"
    THIRD_PARTY = "third_party", "somebody outside"
    SITE = "site"


class Run(models.Model):
    """One audit of a site subtree (no site = everything) as of a day. ``counts`` maps a rule to who it looked at and what it found."""

    class State(models.TextChoices):
        RUNNING = "running"
        DONE = "done"
        CANCELLED = "cancelled"
        FAILED = "failed"

    site = models.ForeignKey(Site, null=True, on_delete=models.CASCADE)
    on = models.DateField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.RUNNING)
    started_by = models.CharField(max_length=200)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    cancel_asked = models.BooleanField(default=False, db_default=False)
    beat_at = models.DateTimeField(
        null=True
    )  # when it last said how far it is; a run that is silent for long has stopped
    thresholds = models.JSONField(default=dict)
    counts = models.JSONField(default=dict)
    signed_by = models.CharField(max_length=200, blank=True)
    signed_at = models.DateTimeField(null=True)
    statement = models.TextField(blank=True)
    digest = models.CharField(max_length=64, blank=True)
    signature = models.CharField(max_length=120, blank=True)
    public_key = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["-started_at"]
        indexes = [models.Index(fields=["site", "-started_at"], name="audit_run_site")]

    def __str__(self) -> str:
        return f"audit {self.pk}"


class Finding(models.Model):
    """What a rule found of one subject, from the run that found it first to the run that no longer did."""

    rule = models.CharField(max_length=60)
    severity = models.CharField(max_length=8)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    subject = models.BigIntegerField()
    part = models.CharField(
        max_length=60, blank=True
    )  # a metric or topic, where one subject can fall short more than once
    site = models.ForeignKey(Site, on_delete=models.CASCADE, db_index=False)
    params = models.JSONField(default=dict)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    owner = models.ForeignKey(Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    due_on = models.DateField(null=True, blank=True)

    objects = ScopedQuerySet["Finding"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "kind", "subject", "part"], condition=models.Q(closed_at=None), name="finding_open_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["site", "rule", "id"], condition=models.Q(closed_at=None), name="finding_open_by_site"
            ),
            models.Index(
                fields=["severity", "rule", "id"], condition=models.Q(closed_at=None), name="finding_open_by_severity"
            ),
            models.Index(fields=["kind", "subject", "id"], name="finding_by_subject"),
            models.Index(fields=["closed_at", "opened_at"], name="finding_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.rule} of {self.kind} {self.subject}"


class Comment(models.Model):
    """What somebody wrote under a finding."""

    finding = models.ForeignKey(Finding, on_delete=models.CASCADE, related_name="comments")
    author = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    text = models.TextField()
    at = models.DateTimeField()

    class Meta:
        ordering = ["at"]

    def __str__(self) -> str:
        return f"comment on {self.finding_id}"


class Waiver(models.Model):
    """A finding accepted until a day: of one subject (``subject`` set), or of a rule in a whole site subtree."""

    rule = models.CharField(max_length=60)
    severity = models.CharField(max_length=8)
    kind = models.CharField(max_length=16, choices=Kind.choices, blank=True)
    subject = models.BigIntegerField(null=True)
    site = models.ForeignKey(Site, on_delete=models.CASCADE)
    reason = models.TextField()
    risk = models.TextField()
    compensating_measure = models.TextField()
    expires_on = models.DateField()
    requested_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    approved_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)  # refused, or taken back before its day
    ended_why = models.TextField(blank=True)
    renews = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")

    objects = ScopedQuerySet["Waiver"].as_manager()

    class Meta:
        ordering = ["-requested_at"]
        indexes = [models.Index(fields=["rule", "site"], name="waiver_rule")]

    def __str__(self) -> str:
        return f"waiver of {self.rule}"


class ThresholdGiven(models.Model):
    """A threshold of a site and everything below it; no site = the whole organisation."""

    site = models.ForeignKey(Site, null=True, on_delete=models.CASCADE)
    name = models.CharField(max_length=40)
    value = models.IntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["site", "name"], name="threshold_once"),
            models.UniqueConstraint(fields=["name"], condition=models.Q(site=None), name="threshold_everywhere_once"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.value}"


class Schedule(models.Model):
    """An audit that begins by itself: daily, weekly (on Monday) or monthly (on the first), of a site subtree."""

    class Rhythm(models.TextChoices):
        DAILY = "daily"
        WEEKLY = "weekly"
        MONTHLY = "monthly"

    site = models.ForeignKey(Site, null=True, on_delete=models.CASCADE)
    rhythm = models.CharField(max_length=8, choices=Rhythm.choices)
    last_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["site", "rhythm"], name="audit_schedule_once"),
            models.UniqueConstraint(fields=["rhythm"], condition=models.Q(site=None), name="audit_schedule_everywhere"),
        ]

    def __str__(self) -> str:
        return f"{self.rhythm} audit"
