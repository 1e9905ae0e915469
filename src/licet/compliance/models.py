"""What decides which controls apply, the evidence, the results and their history, waivers, worksheets, requests."""

from django.db import models

from licet.estate.models import Channel, Device
from licet.register.document_models import Document
from licet.sites.models import Person, ScopedQuerySet, Site


class Kind(models.IntegerChoices):
    """What a result is about."""

    SITE = 0, "site"
    DEVICE = 1, "device"
    INSTALLATION = 3, "software"
    CLOUD_ACCOUNT = 4, "cloud account"
    LICENCE = 5, "licence"
    POOL = 6, "pool"


class Answer(models.Model):
    """One answer to a question that decides what applies. No site = the organisation. Older answers stay, with their end."""

    site = models.ForeignKey(Site, null=True, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=60)
    value = models.BooleanField(null=True)  # null = taken back: not known
    note = models.CharField(max_length=500, blank=True)
    person = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    signed_by = models.CharField(max_length=150, blank=True)  # the actor's label where no person stands behind it
    answered_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True)

    objects = ScopedQuerySet["Answer"].as_manager()

    class Meta:
        ordering = ["-answered_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["site", "name"], condition=models.Q(superseded_at=None), name="compliance_answer_once"
            ),
            models.UniqueConstraint(
                fields=["name"], condition=models.Q(superseded_at=None, site=None), name="compliance_answer_org_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} at {self.site or 'the organisation'}"


class Limit(models.Model):
    """A threshold of the policy of a site subtree (no site = everywhere), with the rule that it rests on."""

    site = models.ForeignKey(Site, null=True, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=60)
    value = models.JSONField()
    citation = models.CharField(max_length=300, blank=True)
    set_at = models.DateTimeField()

    objects = ScopedQuerySet["Limit"].as_manager()

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["site", "name"], name="compliance_limit_once"),
            models.UniqueConstraint(
                fields=["name"], condition=models.Q(site=None), name="compliance_limit_everywhere_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} at {self.site or 'everywhere'}"


class Attestation(models.Model):
    """What a person states of a control for a site subtree, with a document. It holds from ``effective_from`` to its review day."""

    control = models.CharField(max_length=20)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="+")
    covers = models.JSONField(default=list)  # kinds of document that it is; [] = all that the control wants
    stated = models.JSONField(default=dict)  # must_state -> what is stated
    statement = models.CharField(max_length=1000, blank=True)
    person = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    signed_by = models.CharField(max_length=150, blank=True)
    effective_from = models.DateField()
    effective_to = models.DateField(null=True)
    review_on = models.DateField()
    made_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_why = models.CharField(max_length=300, blank=True)

    objects = ScopedQuerySet["Attestation"].as_manager()

    class Meta:
        ordering = ["-made_at", "-id"]
        indexes = [
            models.Index(fields=["control", "site"], name="compliance_attest_control"),
            models.Index(fields=["review_on", "id"], name="compliance_attest_review"),
        ]

    def __str__(self) -> str:
        return f"{self.control} at {self.site}"


class Result(models.Model):
    """What is said of one control and one subject, as a period. ``rank`` orders severities, worst first."""

    control = models.CharField(max_length=20)
    rank = models.SmallIntegerField()
    kind = models.SmallIntegerField(choices=Kind.choices)
    subject = models.BigIntegerField()
    site = models.ForeignKey(Site, on_delete=models.CASCADE, db_index=False, related_name="+")
    result = models.CharField(max_length=16)  # of the words of licet.compliance.controls.RESULTS, without waived
    reason = models.CharField(max_length=40)
    params = models.JSONField(default=dict)
    evidence = models.JSONField(default=list)  # ids of facts, or pairs (what, id)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    objects = ScopedQuerySet["Result"].as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject", "control"],
                condition=models.Q(ended_at=None),
                name="compliance_result_open_once",
            )
        ]
        indexes = [
            models.Index(
                fields=["control", "result", "id"], condition=models.Q(ended_at=None), name="compliance_result_control"
            ),
            models.Index(fields=["site", "id"], condition=models.Q(ended_at=None), name="compliance_result_site"),
            models.Index(
                fields=["result", "rank", "id"], condition=models.Q(ended_at=None), name="compliance_result_rank"
            ),
            models.Index(fields=["began_at", "id"], name="compliance_result_began"),
            models.Index(fields=["kind", "subject", "control", "began_at"], name="compliance_result_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.control} of {Kind(self.kind).label} {self.subject}: {self.result}"


class Tally(models.Model):
    """How many open results of each kind a control has at a site; kept with the results, so that pages need not count millions."""

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="+")
    control = models.CharField(max_length=20)
    result = models.CharField(max_length=16)
    number = models.PositiveIntegerField()

    objects = ScopedQuerySet["Tally"].as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["site", "control", "result"], name="compliance_tally_once")]

    def __str__(self) -> str:
        return f"{self.control} {self.result} {self.number}"


class Run(models.Model):
    """One judging of a site subtree (no site = everything), with the catalogue and counts it left, for the timeline."""

    site = models.ForeignKey(Site, null=True, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()
    catalogue = models.CharField(max_length=200)
    counts = models.JSONField(default=dict)  # result -> number, in the subtree
    changes = models.PositiveIntegerField(default=0)

    objects = ScopedQuerySet["Run"].as_manager()

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["at", "id"], name="compliance_run_at")]

    def __str__(self) -> str:
        return f"judging of {self.at:%Y-%m-%d}"


class Waiver(models.Model):
    """A failed control that is accepted until a day: of one subject, or (no subject) of a whole site subtree."""

    control = models.CharField(max_length=20)
    severity = models.CharField(max_length=10)
    kind = models.SmallIntegerField(null=True, choices=Kind.choices)
    subject = models.BigIntegerField(null=True)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField()
    risk = models.TextField()
    compensating_measure = models.TextField()
    expires_on = models.DateField()
    requested_by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    requested_at = models.DateTimeField()
    approved_by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    approved_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_why = models.CharField(max_length=300, blank=True)
    renews = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")

    objects = ScopedQuerySet["Waiver"].as_manager()

    class Meta:
        ordering = ["-requested_at", "-id"]
        indexes = [models.Index(fields=["control", "kind", "subject"], name="compliance_waiver_control")]

    def __str__(self) -> str:
        return f"{self.control} until {self.expires_on}"


class Worksheet(models.Model):
    """A form that somebody fills in for a site: record of processing, impact assessment, sign. Older versions stay."""

    class Form(models.TextChoices):
        PROCESSING = "processing", "record of processing"
        IMPACT = "impact", "impact assessment"
        SIGN = "sign", "sign"

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="+")
    form = models.CharField(max_length=12, choices=Form.choices)
    fields = models.JSONField(default=dict)
    version = models.PositiveIntegerField(default=1)
    person = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField()

    objects = ScopedQuerySet["Worksheet"].as_manager()

    class Meta:
        ordering = ["-version"]
        constraints = [models.UniqueConstraint(fields=["site", "form", "version"], name="compliance_worksheet_version")]

    def __str__(self) -> str:
        return f"{self.form} of {self.site}, version {self.version}"


class Purpose(models.Model):
    """What a camera films for and who answers for it, as stated by a person. ``owner`` is an office or a role rather than a name."""

    device = models.OneToOneField(Device, on_delete=models.CASCADE, related_name="+")
    purpose = models.CharField(max_length=200, blank=True)
    owner = models.CharField(max_length=120, blank=True)
    person = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    stated_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.device}: {self.purpose}"


class ChannelPurpose(models.Model):
    """The same of a camera that is known only as a recorder's channel: it films people like any other."""

    channel = models.OneToOneField(Channel, on_delete=models.CASCADE, related_name="+")
    purpose = models.CharField(max_length=200, blank=True)
    owner = models.CharField(max_length=120, blank=True)
    person = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    stated_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.channel}: {self.purpose}"


class Request(models.Model):
    """A request of a filmed person. Who asked is kept outside Licet, under ``reference``; here stands what must be done until when."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    reference = models.CharField(max_length=80)
    what = models.CharField(max_length=16)  # access, erasure, objection, correction, complaint
    regime = models.CharField(max_length=20)
    received_on = models.DateField()
    acknowledge_on = models.DateField(null=True)
    due_on = models.DateField()
    extended = models.BooleanField(default=False)
    filmed_from = models.DateTimeField(null=True)
    filmed_to = models.DateTimeField(null=True)
    cameras = models.ManyToManyField(Device, related_name="+")
    identity_checked_on = models.DateField(null=True)
    redaction = models.CharField(max_length=300, blank=True)
    answered_on = models.DateField(null=True)
    outcome = models.CharField(max_length=300, blank=True)
    person = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField()

    objects = ScopedQuerySet["Request"].as_manager()

    class Meta:
        ordering = ["due_on", "id"]
        indexes = [
            models.Index(fields=["due_on", "id"], name="compliance_request_due"),
            models.Index(fields=["received_on", "id"], name="compliance_request_received"),
            models.Index(fields=["reference", "id"], name="compliance_request_reference"),
        ]

    def __str__(self) -> str:
        return self.reference
