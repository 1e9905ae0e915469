"""Who hears of what, what was told, what is on its way, and when the clock last looked."""

from django.db import models
from django.db.models import Q

from licet.register.models import Licence
from licet.sites.models import Person, ScopedQuerySet, Site
from licet.vault.models import Secret


class Channel(models.Model):
    """A way to tell somebody beside his e-mail: a webhook, or a service that Apprise speaks. Its address and secrets are sealed."""

    class Kind(models.TextChoices):
        WEBHOOK = "webhook"
        APPRISE = "apprise", "service (Apprise)"

    name = models.CharField(max_length=100, unique=True)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    site = models.ForeignKey(
        Site, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )  # whose administrators look after it
    secret = models.ForeignKey(
        Secret, on_delete=models.PROTECT, related_name="+"
    )  # JSON: url, and signing for a webhook
    shown = models.CharField(max_length=200)  # the address with everything masked that could open something
    token = models.ForeignKey(
        "sites.Token", null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )  # what made it, or switched it on last; it stops with it. Null = somebody signed in did
    allow_plain = models.BooleanField(default=False)  # a webhook without TLS beyond loopback
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    last_ok_at = models.DateTimeField(null=True)
    failing_since = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class ChangeFeed(models.Model):
    """That a webhook is told what changes at its site and below. What lies after ``seq`` and ``period`` was not put into a message yet."""

    channel = models.OneToOneField(Channel, on_delete=models.CASCADE, related_name="changes")
    parts = models.JSONField(default=list)  # of licet.alerts.changes.PARTS; empty = all
    seq = models.BigIntegerField()  # the last entry of the record that was looked at
    period = models.BigIntegerField()  # the last period of an authorization
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"changes for channel {self.channel_id}"


class MailServer(models.Model):
    """Where e-mail is handed over; one row. The environment (LICET_SMTP_URL) goes before it."""

    class Security(models.TextChoices):
        TLS = "tls"
        STARTTLS = "starttls"
        NONE = "none"

    host = models.CharField(max_length=200)
    port = models.PositiveIntegerField(default=587)
    security = models.CharField(max_length=10, choices=Security.choices, default=Security.STARTTLS)
    username = models.CharField(max_length=200, blank=True)
    secret = models.ForeignKey(Secret, null=True, on_delete=models.PROTECT, related_name="+")
    sender = models.EmailField()

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


class AlertRule(models.Model):
    """Who hears of which events. One of person, permission or a channel alone says who."""

    events = models.JSONField(default=list)  # codes, families as "licence.*", or "*"
    severity = models.SmallIntegerField(default=1)
    site = models.ForeignKey(Site, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey(Person, null=True, blank=True, on_delete=models.CASCADE)
    permission = models.CharField(max_length=20, blank=True)
    channel = models.ForeignKey(Channel, null=True, blank=True, on_delete=models.CASCADE)
    at_once = models.BooleanField(default=False)
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"rule {self.pk}"


class StepPolicy(models.Model):
    """The steps of a site subtree, or of one licence; neither = everywhere."""

    site = models.OneToOneField(Site, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    licence = models.OneToOneField(Licence, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    before = models.JSONField(default=list)
    repeat = models.PositiveIntegerField(default=7)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(site=None) | Q(licence=None), name="steps_of_one_thing"),
            models.UniqueConstraint(fields=["repeat"], condition=Q(site=None, licence=None), name="steps_everywhere"),
        ]

    def __str__(self) -> str:
        return ", ".join(str(number) for number in self.before)


class Preference(models.Model):
    """When a person wants to hear. Hours are in his own zone."""

    person = models.OneToOneField(Person, on_delete=models.CASCADE)
    digest_hour = models.PositiveSmallIntegerField(default=7)
    weekly = models.BooleanField(default=False)
    quiet_from = models.PositiveSmallIntegerField(null=True, blank=True)
    quiet_to = models.PositiveSmallIntegerField(null=True, blank=True)
    critical_breaks = models.BooleanField(default=True)

    def __str__(self) -> str:
        return f"person:{self.person_id}"


class Hush(models.Model):
    """An acknowledgement (until the day itself changes) or a snooze (until a day) of one subject, for one person or for all."""

    subject = models.CharField(max_length=120)
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey(Person, null=True, on_delete=models.CASCADE, related_name="+")  # None = for all
    until = models.DateField(null=True)  # the last quiet day; None = acknowledged
    reason = models.CharField(max_length=300, blank=True)
    by = models.CharField(max_length=200, blank=True)  # person:12, or the label of a part of the program
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["subject"], condition=Q(ended_at=None), name="hush_open")]

    def __str__(self) -> str:
        return self.subject


class Event(models.Model):
    """Something that happened, once. Equal things of one moment are one event with their number."""

    key = models.CharField(max_length=200, unique=True)
    code = models.CharField(max_length=40)
    severity = models.SmallIntegerField()
    site = models.ForeignKey(Site, null=True, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(db_index=True)
    count = models.PositiveIntegerField(default=1)
    data = models.JSONField(default=dict)
    told = models.BooleanField(default=False)

    objects = ScopedQuerySet["Event"].as_manager()

    class Meta:
        indexes = [models.Index(fields=["id"], condition=Q(told=False), name="event_untold")]

    def __str__(self) -> str:
        return self.key


class Message(models.Model):
    """The outbox: what goes to one receiver. The row is the truth; it is sent at least once, always with the same key."""

    class State(models.TextChoices):
        QUEUED = "queued"
        SENDING = "sending"
        SENT = "sent"
        DEAD = "dead"

    key = models.CharField(max_length=40, unique=True)
    receiver = models.CharField(max_length=60)
    person = models.ForeignKey(Person, null=True, on_delete=models.CASCADE)
    channel = models.ForeignKey(Channel, null=True, on_delete=models.CASCADE)
    to = models.CharField(max_length=254)
    subject = models.CharField(max_length=200)
    body = models.TextField()
    payload = models.JSONField(default=dict)
    items = models.PositiveIntegerField(default=0)
    digest = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    next_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.QUEUED)
    attempts = models.PositiveIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["next_at"], condition=Q(state__in=["queued", "sending"]), name="message_next"),
            models.Index(fields=["receiver", "created_at"], name="message_receiver"),
        ]

    def __str__(self) -> str:
        return self.key


class Attempt(models.Model):
    """One try to hand a message over: what the other side answered, cut short."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="tries")
    at = models.DateTimeField()
    ok = models.BooleanField()
    status = models.CharField(max_length=20, blank=True)
    excerpt = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.status} {self.excerpt}"


class Notice(models.Model):
    """That a receiver is told of a subject's step: once, whatever restarts come between. ``message`` None = waits for its digest."""

    receiver = models.CharField(max_length=60)
    subject = models.CharField(max_length=120)  # the thing and its day, as licence:12:ends:2027-01-31
    step = models.CharField(max_length=20)
    code = models.CharField(max_length=40)
    severity = models.SmallIntegerField()
    site = models.ForeignKey(Site, null=True, on_delete=models.CASCADE, related_name="+")
    object_id = models.BigIntegerField()
    day = models.DateField(null=True)
    late = models.PositiveIntegerField(default=0)
    passed = models.CharField(max_length=200, blank=True)
    at_once = models.BooleanField(default=False)
    rule = models.BigIntegerField()
    at = models.DateTimeField()
    message = models.ForeignKey(Message, null=True, on_delete=models.CASCADE, related_name="notices")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["receiver", "subject", "step"], name="notice_once")]
        indexes = [
            models.Index(fields=["receiver", "id"], condition=Q(message=None), name="notice_waiting"),
            models.Index(fields=["subject"], name="notice_subject"),
            models.Index(fields=["at"], name="notice_at"),
        ]

    def __str__(self) -> str:
        return f"{self.subject} {self.step}"


class Clock(models.Model):
    """How far the clock has come; one row. What lies after these marks is looked at next."""

    last_tick_at = models.DateTimeField(null=True)
    last_seconds = models.FloatField(default=0)
    last_error = models.CharField(max_length=300, blank=True)
    ledger_seq = models.BigIntegerField(default=0)
    authorizations_at = models.DateTimeField(null=True)
    dated_at = models.DateTimeField(null=True)
    verified_on = models.DateField(null=True)
    mail_ok_at = models.DateTimeField(null=True)
    mail_failing_since = models.DateTimeField(null=True)
    mail_error = models.CharField(max_length=300, blank=True)
    public_url = models.CharField(max_length=200, blank=True)  # where people reach the pages; for links in messages

    def __str__(self) -> str:
        return f"clock at {self.last_tick_at}"


class Tick(models.Model):
    """One run of the clock that did something: what it found, told and sent."""

    at = models.DateTimeField(db_index=True)
    seconds = models.FloatField()
    events = models.PositiveIntegerField(default=0)
    notices = models.PositiveIntegerField(default=0)
    messages = models.PositiveIntegerField(default=0)
    sent = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    by = models.CharField(max_length=20, blank=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"tick at {self.at}"


class FeedLink(models.Model):
    """A private address of somebody's calendar. Only the SHA-256 of its token is kept."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="feed_links")
    name = models.CharField(max_length=100)
    digest = models.CharField(max_length=64, unique=True)
    site = models.ForeignKey(Site, null=True, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name
