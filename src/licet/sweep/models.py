"""Work to be done: jobs with their lease, the rhythm of sweeps, and which sites are being asked right now."""

from django.db import models
from django.db.models import Q

from licet.sites.models import Person, ScopedQuerySet, Site


class Job(models.Model):
    """One piece of work. The row is the truth of it; what wakes the workers may lose a call.

    A worker claims a job by one conditional update and holds it by a lease that it renews. A lease that ran out belongs to a
    worker that is gone: the job is put back. Of one ``lane`` at most one job runs; ``key`` tells the same wish said twice.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        CANCELLED = "cancelled"
        FAILED = "failed"

    kind = models.CharField(max_length=24)
    arguments = models.JSONField(default=dict)
    site = models.ForeignKey(Site, null=True, on_delete=models.CASCADE)
    person = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL)
    token = models.BigIntegerField(null=True)  # the number of the token that put it
    actor = models.CharField(max_length=200)
    queue = models.CharField(max_length=40, default="licet")
    lane = models.CharField(max_length=60, blank=True)
    key = models.CharField(max_length=80, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    cancel_wanted = models.BooleanField(default=False)
    attempts = models.PositiveIntegerField(default=0)
    done = models.PositiveBigIntegerField(default=0)
    total = models.PositiveBigIntegerField(default=0)
    problem = models.CharField(max_length=500, blank=True)
    result = models.JSONField(default=dict)
    worker = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    objects = ScopedQuerySet["Job"].as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["lane"], condition=Q(state="running") & ~Q(lane=""), name="job_one_running_in_lane"
            ),
            models.UniqueConstraint(
                fields=["kind", "key"], condition=Q(state="waiting") & ~Q(key=""), name="job_one_waiting_of_key"
            ),
        ]
        indexes = [
            models.Index(fields=["queue", "state", "due_at"], name="job_queue_due"),
            models.Index(fields=["state", "-id"], name="job_state"),
            models.Index(fields=["kind", "-id"], name="job_kind"),
            models.Index(fields=["site", "-id"], name="job_site"),
        ]

    def __str__(self) -> str:
        return f"job {self.pk}"


class Asked(models.Model):
    """A site whose devices are being asked: by whom, and until when that holds without being renewed."""

    site = models.OneToOneField(Site, primary_key=True, on_delete=models.CASCADE)
    holder = models.CharField(max_length=120)
    until = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.site_id} asked by {self.holder}"


class Rhythm(models.Model):
    """How often the devices of a site and those below it are asked by themselves. The nearest rhythm above a site counts for it."""

    site = models.OneToOneField(Site, on_delete=models.CASCADE)
    minutes = models.PositiveIntegerField()  # 0 = not by itself
    queue = models.CharField(max_length=40, blank=True)  # the workers that do it; blank = as above it

    objects = ScopedQuerySet["Rhythm"].as_manager()

    def __str__(self) -> str:
        return f"{self.site_id} each {self.minutes} min"


from licet.sweep import collector_models  # noqa: E402, F401 - tables of this app
