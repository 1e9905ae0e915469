"""Accounts on devices, installations and cloud accounts, what is decided of them, and the campaigns in which they are reviewed."""

from django.db import models

from licet.estate.models import Subject
from licet.sites.models import Person, ScopedQuerySet, Site


class Policy(models.Model):
    """What holds for accounts in a site subtree; the nearest above an account counts. No site = everywhere."""

    site = models.OneToOneField(Site, null=True, on_delete=models.CASCADE)
    max_admins = models.PositiveSmallIntegerField(
        default=2
    )  # administrators on one device, installation or cloud account
    review_days = models.PositiveSmallIntegerField(default=180)  # after which an account must be looked at again

    class Meta:
        constraints = [
            models.UniqueConstraint(
                models.Value(1), condition=models.Q(site=None), name="access_policy_everywhere_once"
            )
        ]
        verbose_name_plural = "policies"

    def __str__(self) -> str:
        return f"accounts at {self.site or 'all sites'}"


class Account(models.Model):
    """One account that opens a device, an installation or a cloud account. ``gone_at`` null = it is still there."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT)
    subject_type = models.SmallIntegerField(choices=Subject.choices)
    subject_id = models.BigIntegerField()
    place = models.CharField(max_length=200)  # what the subject is called, for lists
    name = models.CharField(max_length=120)  # the user name or e-mail address
    number = models.CharField(max_length=40, blank=True)  # the id that the device gives it
    level = models.CharField(max_length=60, blank=True)  # as the device or a person says it
    admin = models.BooleanField(default=False)
    stated = models.BooleanField(default=False)  # entered or imported by a person; False = listed by the device
    source = models.CharField(max_length=120)
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    gone_at = models.DateTimeField(null=True)

    owner = models.CharField(max_length=200, blank=True)
    owner_person = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    purpose = models.CharField(max_length=300, blank=True)
    approved = models.BooleanField(null=True)  # null = nobody has said
    installer = models.BooleanField(default=False)  # belongs to somebody outside who installs or services
    ends_on = models.DateField(null=True)
    reviewed_at = models.DateTimeField(null=True)
    due_on = models.DateField(null=True)
    flags = models.PositiveIntegerField(default=0)  # bits of licet.access.flags
    judged_on = models.DateField(null=True)

    objects = ScopedQuerySet["Account"].as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["subject_type", "subject_id", "name"], name="access_account_once")
        ]
        indexes = [
            models.Index(fields=["site", "name", "id"], name="access_site_name"),
            models.Index(fields=["name", "id"], name="access_name"),
            models.Index(fields=["place", "id"], name="access_place"),
            models.Index(fields=["due_on", "id"], name="access_due"),
            models.Index(fields=["reviewed_at", "id"], name="access_reviewed"),
            models.Index(fields=["judged_on"], name="access_judged"),
        ]

    def __str__(self) -> str:
        return f"{self.name} on {self.place}"


class Campaign(models.Model):
    """A review of all accounts of a site subtree by a date. ``closed_at`` null = open."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT)
    title = models.CharField(max_length=200)
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    due_on = models.DateField()
    reviewers = models.ManyToManyField(Person, related_name="+")
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    note = models.TextField(blank=True)

    objects = ScopedQuerySet["Campaign"].as_manager()

    class Meta:
        ordering = ["-opened_at", "-id"]

    def __str__(self) -> str:
        return self.title


class Decision(models.Model):
    """What a campaign asks of one account, and the answer. ``settled_at`` null after ``remove`` or ``change`` = still to be done."""

    class Verdict(models.TextChoices):
        KEEP = "keep", "Keep"
        REMOVE = "remove", "Remove"
        CHANGE = "change", "Change"

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="decisions")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="decisions")
    site = models.ForeignKey(Site, on_delete=models.PROTECT)
    name = models.CharField(max_length=120)  # of the account, so that the campaign's list sorts by an index
    verdict = models.CharField(max_length=8, choices=Verdict.choices, blank=True)
    by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    by_name = models.CharField(max_length=200, blank=True)  # who decided where it was nobody with an account here
    at = models.DateTimeField(null=True)
    note = models.TextField(blank=True)
    settled_at = models.DateTimeField(null=True)

    objects = ScopedQuerySet["Decision"].as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["campaign", "account"], name="access_decision_once")]
        indexes = [
            models.Index(fields=["campaign", "verdict", "id"], name="access_campaign_verdict"),
            models.Index(fields=["campaign", "name", "id"], name="access_campaign_name"),
        ]

    def __str__(self) -> str:
        return f"{self.verdict or 'open'}: {self.name}"
