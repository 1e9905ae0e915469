"""What is permitted: demands, the periods of each authorization, and the position of each pool."""

from django.db import models

from licet.estate.models import Subject
from licet.register.models import Pool
from licet.sites.models import ScopedQuerySet, Site


class Demand(models.Model):
    """What a member of the estate needs from a pool. The order columns are the order in which a pool covers its members."""

    subject_type = models.SmallIntegerField(choices=Subject.choices)
    subject_id = models.BigIntegerField()
    site = models.ForeignKey(Site, on_delete=models.CASCADE, db_index=False)
    pool = models.ForeignKey(Pool, on_delete=models.CASCADE, db_index=False)
    metric = models.CharField(max_length=40)
    quantity = models.PositiveIntegerField(default=1)
    unreported = models.BooleanField(default=True)  # False sorts first: the software itself reports it as licensed
    first_seen_at = models.DateTimeField()
    serial_number = models.CharField(max_length=120, blank=True)
    stated = models.BooleanField(default=False)
    because = models.CharField(max_length=120, blank=True)
    # What the open period says, as a number: equal to the band's number = nothing to write. See store.py.
    said = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subject_type", "subject_id", "pool", "metric"], name="demand_once")
        ]
        indexes = [
            models.Index(
                fields=["pool", "metric", "unreported", "first_seen_at", "serial_number", "id", "quantity", "said"],
                name="demand_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} {self.metric}"


class Authorization(models.Model):
    """One period of one subject × right. ``valid_to`` null = now; ``valid_until`` = when it would change with no new fact."""

    subject_type = models.SmallIntegerField(choices=Subject.choices)
    subject_id = models.BigIntegerField()
    site = models.ForeignKey(Site, on_delete=models.CASCADE, db_index=False)
    kind = models.CharField(max_length=8)
    right = models.CharField(max_length=48)
    pool = models.ForeignKey(Pool, null=True, on_delete=models.CASCADE, db_index=False)
    demand_id = models.BigIntegerField(null=True)
    status = models.CharField(max_length=16)
    reason = models.CharField(max_length=40)
    params = models.JSONField(null=True)
    evidence = models.JSONField(null=True)
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True)
    valid_until = models.DateTimeField(null=True)

    objects = ScopedQuerySet["Authorization"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject_type", "subject_id", "right", "pool"],
                condition=models.Q(valid_to=None, pool__isnull=False),
                name="authorization_open_in_pool",
            ),
            models.UniqueConstraint(
                fields=["subject_type", "subject_id", "right"],
                condition=models.Q(valid_to=None, pool=None),
                name="authorization_open_alone",
            ),
        ]
        indexes = [
            models.Index(
                fields=["demand_id"],
                condition=models.Q(valid_to=None, demand_id__isnull=False),
                name="open_by_demand",
            ),
            models.Index(fields=["subject_type", "subject_id", "valid_from"], name="period_by_subject"),
            models.Index(fields=["status", "kind", "id"], condition=models.Q(valid_to=None), name="open_by_status"),
            models.Index(
                fields=["site", "status", "kind", "id"], condition=models.Q(valid_to=None), name="open_by_site"
            ),
            models.Index(
                fields=["valid_until"], condition=models.Q(valid_to=None, demand_id=None), name="open_by_until"
            ),
            models.Index(fields=["valid_to", "valid_from"], name="period_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.right} {self.status}"


class Position(models.Model):
    """The effective licence position of a pool and metric, as last reconciled."""

    pool = models.ForeignKey(Pool, on_delete=models.CASCADE, related_name="positions")
    site = models.ForeignKey(Site, on_delete=models.CASCADE)
    metric = models.CharField(max_length=40)
    purchased = models.IntegerField(null=True)  # null = unlimited
    activated = models.IntegerField(null=True)
    entitled = models.IntegerField(null=True)  # what counts today; null = unlimited
    reported_total = models.IntegerField(null=True)
    reported_used = models.IntegerField(null=True)
    demanded = models.IntegerField(default=0)
    free = models.IntegerField(null=True)
    over = models.IntegerField(default=0)
    next_expiry = models.DateField(null=True)
    next_change = models.DateTimeField(null=True, db_index=True)
    usage = models.CharField(max_length=16)
    differences = models.JSONField(default=list)
    computed_at = models.DateTimeField()

    objects = ScopedQuerySet["Position"].as_manager()

    class Meta:
        ordering = ["pool", "metric"]
        constraints = [models.UniqueConstraint(fields=["pool", "metric"], name="position_once")]

    def __str__(self) -> str:
        return f"{self.pool} {self.metric}"
