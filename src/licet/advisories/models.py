"""What is out of date: advisories, the feeds they came from, what they say of the estate, statements, support dates, plans."""

from django.db import models

from licet.estate.models import Device, Subject
from licet.sites.models import Person, ScopedQuerySet, Site


class Feed(models.Model):
    """The newest feed of each kind and name that was taken in. ``issued_on`` is the day the feed itself names."""

    kind = models.CharField(max_length=12)
    name = models.CharField(max_length=120, blank=True)  # a CSAF document's id; "" for kinds of which there is one
    issued_on = models.DateField(null=True)
    version = models.CharField(max_length=60, blank=True)
    rows = models.PositiveIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    file_name = models.CharField(max_length=200, blank=True)
    taken_at = models.DateTimeField()

    class Meta:
        ordering = ["kind", "name"]
        constraints = [models.UniqueConstraint(fields=["kind", "name"], name="feed_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.name}".strip()


class FeedAge(models.Model):
    """The owner's own limit for the age of a kind of feed, in days."""

    kind = models.CharField(max_length=12, unique=True)
    days = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.kind} {self.days} days"


class Advisory(models.Model):
    """One advisory. ``plain`` is the whole of it as :class:`licet.advisories.entry.Entry`; the columns are what lists sort and filter by."""

    code = models.CharField(max_length=40, unique=True)
    title = models.CharField(max_length=300)
    severity = models.CharField(max_length=10, default="unknown")
    score = models.FloatField(null=True)
    rank = models.FloatField(default=0)  # the order of urgency: known exploited first, then the score
    kev_added = models.DateField(null=True)
    kev_due = models.DateField(null=True)
    epss = models.FloatField(null=True)
    epss_percentile = models.FloatField(null=True)
    published = models.DateField(null=True)
    dated = models.DateField()
    feed = models.CharField(max_length=12)  # the kind of feed that the rows came from
    plain = models.JSONField()

    class Meta:
        ordering = ["-rank", "code"]
        indexes = [
            models.Index(fields=["rank", "id"], name="advisory_rank"),
            models.Index(fields=["published", "id"], name="advisory_published"),
            models.Index(fields=["epss", "id"], name="advisory_epss"),
            models.Index(fields=["severity", "id"], name="advisory_severity"),
        ]

    def __str__(self) -> str:
        return self.code


class Statement(models.Model):
    """What the owner says of an advisory for a device, a model or a site: not affected, mitigated, or accepted until a day (inclusive)."""

    class Status(models.TextChoices):
        NOT_AFFECTED = "not_affected", "not affected"
        MITIGATED = "mitigated", "mitigated"
        ACCEPTED = "accepted", "accepted until"

    advisory = models.ForeignKey(Advisory, on_delete=models.CASCADE, related_name="statements")
    site = models.ForeignKey(Site, on_delete=models.PROTECT)  # it holds in this subtree at most
    device = models.ForeignKey(Device, null=True, on_delete=models.CASCADE)
    model = models.CharField(max_length=120, blank=True)  # "" = any model
    status = models.CharField(max_length=14, choices=Status.choices)
    justification = models.CharField(max_length=60, blank=True)
    reason = models.CharField(max_length=1000)
    person = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL)
    made_at = models.DateTimeField()
    valid_to = models.DateField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    objects = ScopedQuerySet["Statement"].as_manager()

    class Meta:
        ordering = ["-made_at", "-id"]
        indexes = [models.Index(fields=["made_at", "id"], name="statement_made")]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(status="accepted") | models.Q(valid_to__isnull=False), name="accepted_has_an_end"
            )
        ]

    def __str__(self) -> str:
        return f"{self.advisory} {self.status}"


class Exposure(models.Model):
    """A period in which an advisory affects, may affect, or cannot be told of a device or installation. ``ended_at`` null = now."""

    subject_type = models.SmallIntegerField(choices=Subject.choices)
    subject_id = models.BigIntegerField()
    site = models.ForeignKey(Site, on_delete=models.CASCADE, db_index=False)
    advisory = models.ForeignKey(Advisory, on_delete=models.CASCADE, db_index=False)
    answer = models.CharField(max_length=18)
    reason = models.CharField(max_length=40)
    row = models.SmallIntegerField(null=True)  # which row of the advisory it rests on
    fixed = models.CharField(max_length=120, blank=True)
    version = models.CharField(max_length=80, blank=True)  # what ran when it began
    statement = models.ForeignKey(Statement, null=True, on_delete=models.SET_NULL, db_index=False)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    objects = ScopedQuerySet["Exposure"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["advisory", "subject_type", "subject_id"],
                condition=models.Q(ended_at=None),
                name="exposure_open_once",
            )
        ]
        indexes = [
            models.Index(fields=["subject_type", "subject_id", "began_at"], name="exposure_subject"),
            models.Index(
                fields=["advisory", "answer", "id"], condition=models.Q(ended_at=None), name="exposure_open_answer"
            ),
            models.Index(
                fields=["site", "answer", "advisory"], condition=models.Q(ended_at=None), name="exposure_open_site"
            ),
            models.Index(fields=["statement"], condition=models.Q(statement__isnull=False), name="exposure_statement"),
        ]

    def __str__(self) -> str:
        return f"{self.advisory_id} {self.answer}"


class Support(models.Model):
    """Until when a product, a model or a firmware line is sold and supported, with the source that says so."""

    product = models.CharField(max_length=80, blank=True)  # code of a software product; "" for devices
    model_pattern = models.CharField(max_length=120, blank=True)
    line = models.CharField(max_length=40, blank=True)  # a firmware line or a release, "5.5"; "" = all of them
    end_of_sale = models.DateField(null=True)
    end_of_support = models.DateField(null=True)
    source = models.CharField(max_length=300)
    url = models.CharField(max_length=500, blank=True)
    stated_on = models.DateField()
    entered_at = models.DateTimeField()

    class Meta:
        ordering = ["end_of_support", "model_pattern", "line", "id"]
        constraints = [
            models.UniqueConstraint(fields=["product", "model_pattern", "line"], name="support_once"),
            models.CheckConstraint(
                condition=~models.Q(product="") | ~models.Q(model_pattern=""), name="support_of_something"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product or self.model_pattern} {self.line}".strip()


class Plan(models.Model):
    """What to update at a site and when. Licet never updates a device: the plan is carried out by people and ticks itself off."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT)
    title = models.CharField(max_length=200)
    window = models.CharField(max_length=500, blank=True)  # what was agreed, in words
    starts_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    made_at = models.DateTimeField()
    person = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL)
    closed_at = models.DateTimeField(null=True)

    objects = ScopedQuerySet["Plan"].as_manager()

    class Meta:
        ordering = ["-made_at", "-id"]

    def __str__(self) -> str:
        return self.title


class PlanItem(models.Model):
    """One device or installation in a plan. ``done_at`` is set when no advisory asks for an update any more."""

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="items")
    site = models.ForeignKey(Site, on_delete=models.CASCADE)
    place = models.PositiveIntegerField()
    subject_type = models.SmallIntegerField(choices=Subject.choices)
    subject_id = models.BigIntegerField()
    name = models.CharField(max_length=200)
    model = models.CharField(max_length=120, blank=True)
    version = models.CharField(max_length=80, blank=True)  # what ran when the plan was made
    target = models.CharField(max_length=200, blank=True)
    steps = models.JSONField(default=list)  # what to mind on the way, as words of licet.advisories.words
    advisories = models.JSONField(default=list)
    severity = models.CharField(max_length=10, default="unknown")
    exploited = models.BooleanField(default=False)
    exposed = models.JSONField(default=list)  # how it is exposed, as words
    done_at = models.DateTimeField(null=True)
    done_version = models.CharField(max_length=80, blank=True)

    objects = ScopedQuerySet["PlanItem"].as_manager()

    class Meta:
        ordering = ["plan", "place"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "subject_type", "subject_id"], name="plan_item_once"),
        ]
        indexes = [models.Index(fields=["plan", "place", "id"], name="plan_item_place")]

    def __str__(self) -> str:
        return self.name
