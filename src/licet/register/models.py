"""What was bought: orders, licences, grants, allocations, and the product catalogue."""

from django.db import models

from licet.estate.models import CloudAccount, Device, Installation, Subject
from licet.register import bulk_models, document_models, import_models, life_models  # noqa: F401 - their tables belong to this app
from licet.sites.models import Person, ScopedQuerySet, Site
from licet.vault.models import Secret


class Product(models.Model):
    """A product family of the catalogue, with how it behaves when it expires."""

    code = models.CharField(max_length=80, unique=True)
    vendor = models.CharField(max_length=80)
    name = models.CharField(max_length=120)
    effect_on_expiry = models.CharField(max_length=20, default="unknown")
    grace_days = models.PositiveIntegerField(default=0)
    needs_activation = models.BooleanField(default=False)
    service_months = models.PositiveIntegerField(null=True)
    # The words of data/products.yaml; "unknown" where no source says it.
    term_start = models.CharField(max_length=20, default="unknown", db_default="unknown")
    renewal_base = models.CharField(max_length=20, default="unknown", db_default="unknown")
    transfer = models.CharField(max_length=20, default="unknown", db_default="unknown")
    over_use = models.CharField(max_length=20, default="unknown", db_default="unknown")
    documents = models.JSONField(default=list, db_default=models.Value([], models.JSONField()))  # kinds that it needs
    note = models.TextField(blank=True, db_default="")
    behaviour_source = models.CharField(max_length=400, blank=True, db_default="")
    installation_kind = models.CharField(max_length=40, blank=True)
    source = models.CharField(max_length=300, blank=True)
    confidence = models.CharField(max_length=12, blank=True)

    class Meta:
        ordering = ["vendor", "name"]

    def __str__(self) -> str:
        return self.name


class Sku(models.Model):
    """A part number: what one unit of it grants."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="skus")
    code = models.CharField(max_length=120, unique=True)
    metric = models.CharField(max_length=40, blank=True)
    quantity = models.IntegerField(null=True)
    kind = models.CharField(max_length=20)
    term = models.CharField(max_length=40, blank=True)
    prerequisite = models.CharField(max_length=120, blank=True)
    aliases = models.JSONField(default=list)
    source = models.CharField(max_length=400, blank=True)
    confidence = models.CharField(max_length=12, blank=True)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.code


class Pool(models.Model):
    """Where entitlements are drawn from: an installation, a cloud account, a device, or a site."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT)
    name = models.CharField(max_length=200)
    installation = models.OneToOneField(Installation, null=True, on_delete=models.PROTECT, related_name="pool")
    cloud_account = models.OneToOneField(CloudAccount, null=True, on_delete=models.PROTECT, related_name="pool")
    device = models.OneToOneField(Device, null=True, on_delete=models.PROTECT, related_name="pool")

    objects = ScopedQuerySet["Pool"].as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["site", "name"], name="pool_once")]

    def __str__(self) -> str:
        return self.name


class Order(models.Model):
    """A purchase."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT)
    number = models.CharField(max_length=120)
    ordered_on = models.DateField(null=True)
    vendor = models.CharField(max_length=200, blank=True)
    reseller = models.CharField(max_length=200, blank=True, db_default="")
    currency = models.CharField(max_length=3, blank=True)
    net = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    tax = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    total = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    invoice_number = models.CharField(max_length=120, blank=True, db_default="")
    invoiced_on = models.DateField(null=True, blank=True)

    objects = ScopedQuerySet["Order"].as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["number", "id"], name="order_number"),
            models.Index(fields=["ordered_on", "id"], name="order_day"),
            models.Index(fields=["vendor", "id"], name="order_vendor"),
        ]
        constraints = [models.UniqueConstraint(fields=["site", "number"], name="order_once")]

    def __str__(self) -> str:
        return self.number


class Licence(models.Model):
    """One purchased right. Dates are inclusive last days in the site's zone."""

    class Kind(models.TextChoices):
        BASE = "base"
        EXPANSION = "expansion"
        BUNDLE = "bundle"
        TRIAL = "trial"
        UPGRADE = "upgrade"
        SUBSCRIPTION = "subscription"
        MAINTENANCE = "maintenance"
        CORRECTION = "correction"  # a credit note: takes quantity away
        OTHER = "other"

    class Term(models.TextChoices):
        PERPETUAL = "perpetual"
        DATED = "dated"
        NOT_STATED = "not_stated", "not stated"

    class Activation(models.TextChoices):
        NOT_NEEDED = "not_needed", "not needed"
        NOT_ACTIVATED = "not_activated", "not activated"
        ACTIVE = "active"
        PENDING = "pending", "pending offline response"
        DEACTIVATED = "deactivated"
        UNKNOWN = "unknown"

    site = models.ForeignKey(Site, on_delete=models.PROTECT)
    pool = models.ForeignKey(Pool, null=True, blank=True, on_delete=models.PROTECT, related_name="licences")
    product = models.ForeignKey(Product, null=True, blank=True, on_delete=models.PROTECT)
    sku = models.ForeignKey(Sku, null=True, blank=True, on_delete=models.PROTECT)
    title = models.CharField(max_length=200)  # the product as the buyer's document names it
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.OTHER)
    term = models.CharField(max_length=12, choices=Term.choices, default=Term.NOT_STATED)
    units = models.IntegerField(null=True)  # null = unlimited
    order = models.ForeignKey(Order, null=True, blank=True, on_delete=models.PROTECT, related_name="licences")
    purchased_on = models.DateField(null=True, blank=True)
    starts_on = models.DateField(null=True, blank=True)
    expires_on = models.DateField(null=True, blank=True)
    terminates_on = models.DateField(null=True, blank=True)
    notice_on = models.DateField(null=True, blank=True)
    maintenance_until = models.DateField(null=True, blank=True)
    activation = models.CharField(max_length=16, choices=Activation.choices, default=Activation.UNKNOWN)
    activated_on = models.DateField(null=True, blank=True)
    price = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    assignee = models.CharField(max_length=200, blank=True)
    note = models.TextField(blank=True)
    supersedes = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="successors")
    returned_on = models.DateField(null=True, blank=True)
    # Serves every installation of its product at its site and below it, without a number.
    site_wide = models.BooleanField(default=False, db_default=False)
    notice_period_days = models.PositiveIntegerField(null=True, blank=True)  # before the end, to give notice
    auto_renew = models.BooleanField(null=True, blank=True)  # null = not stated
    cost_centre = models.CharField(max_length=80, blank=True, db_default="")
    contact = models.CharField(max_length=200, blank=True, db_default="")
    support_contract = models.CharField(max_length=120, blank=True, db_default="")
    custom = models.JSONField(default=dict, blank=True, db_default=models.Value({}, models.JSONField()))
    two_people = models.BooleanField(default=False)  # its keys are shown only when a second person agrees
    identity = models.CharField(
        max_length=64, unique=True, null=True
    )  # of the imported row: the same file twice changes nothing
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedQuerySet["Licence"].as_manager()

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["expires_on", "id"], name="licence_expiry"),
            models.Index(fields=["title", "id"], name="licence_title"),
            models.Index(fields=["site", "id"], name="licence_site"),
            models.Index(fields=["pool", "id"], name="licence_pool"),
        ]

    def __str__(self) -> str:
        return self.title


class Grant(models.Model):
    """Metric × quantity that a licence gives. Null = unlimited; negative only for a correction."""

    licence = models.ForeignKey(Licence, on_delete=models.CASCADE, related_name="grants")
    metric = models.CharField(max_length=40)
    quantity = models.IntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["licence", "metric"], name="grant_once")]

    def __str__(self) -> str:
        return f"{self.quantity} {self.metric}"


class KeyMark(models.Model):
    """The keyed fingerprint of a licence key that came with the licence. The key itself is not here."""

    licence = models.ForeignKey(Licence, on_delete=models.CASCADE, related_name="key_marks")
    fingerprint = models.CharField(max_length=64, db_index=True)

    def __str__(self) -> str:
        return f"key of licence {self.licence_id}"


class LicenceKey(models.Model):
    """One key of a licence. The key itself is sealed in the vault; this says what it is for and how it stands."""

    class State(models.TextChoices):
        UNUSED = "unused"
        ACTIVE = "active"
        REPLACED = "replaced"
        INVALID = "invalid"
        RETURNED = "returned"

    licence = models.ForeignKey(Licence, on_delete=models.CASCADE, related_name="keys")
    mark = models.OneToOneField(KeyMark, on_delete=models.CASCADE, related_name="key")
    secret = models.OneToOneField(Secret, on_delete=models.PROTECT, related_name="licence_key")
    quantity = models.PositiveIntegerField(null=True)  # null = not stated
    state = models.CharField(max_length=10, choices=State.choices, default=State.UNUSED)
    host = models.CharField(max_length=200, blank=True)  # the server, account or person it was given to
    expires_on = models.DateField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["state", "id"], name="licence_key_state")]

    def __str__(self) -> str:
        return f"key {self.pk} of licence {self.licence_id}"


class KeyPattern(models.Model):
    """The shape of a product's keys as an administrator has set it."""

    product = models.OneToOneField(Product, on_delete=models.CASCADE, related_name="key_pattern")
    pattern = models.CharField(max_length=200)
    changed_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"pattern of {self.product_id}"


class KeyRule(models.Model):
    """How keys are shown at a site and below it, until a site further down says otherwise."""

    site = models.OneToOneField(Site, on_delete=models.CASCADE, related_name="key_rule")
    two_people = models.BooleanField(default=False)  # four eyes; once asked for above, it cannot be taken back below
    request_hours = models.PositiveIntegerField(default=24)  # a request and its approval last so long
    notice_to = models.EmailField(blank=True)  # who hears of each reveal

    def __str__(self) -> str:
        return f"rule of site {self.site_id}"


class RevealRequest(models.Model):
    """Somebody asks to see a key that needs a second person. An approval serves once."""

    class Answer(models.TextChoices):
        OPEN = "open"
        APPROVED = "approved"
        DECLINED = "declined"

    key = models.ForeignKey(LicenceKey, on_delete=models.CASCADE, related_name="requests")
    # null = the owner of the data folder, by the command line
    asked_by = models.ForeignKey(Person, null=True, on_delete=models.CASCADE, related_name="+")
    reason = models.CharField(max_length=500)
    asked_at = models.DateTimeField()
    until = models.DateTimeField()
    answer = models.CharField(max_length=10, choices=Answer.choices, default=Answer.OPEN)
    answered_by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    answered_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["answer", "until"], name="reveal_request_open")]

    def __str__(self) -> str:
        return f"request {self.pk} for key {self.key_id}"


class RevealNotice(models.Model):
    """That a key was shown, for whoever must hear of it. ``sent_at`` null = not told yet."""

    key = models.ForeignKey(LicenceKey, on_delete=models.CASCADE, related_name="notices")
    seen_by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()
    to = models.EmailField(blank=True)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["sent_at", "id"], name="reveal_notice_unsent")]

    def __str__(self) -> str:
        return f"notice {self.pk} of key {self.key_id}"


class Allocation(models.Model):
    """A grant assigned by hand: to a member of the estate (subject), or to somebody named in words (assignee)."""

    grant = models.ForeignKey(Grant, on_delete=models.CASCADE, related_name="allocations")
    subject_type = models.SmallIntegerField(choices=Subject.choices, null=True)
    subject_id = models.BigIntegerField(null=True)
    assignee = models.CharField(max_length=200, blank=True)
    quantity = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["subject_type", "subject_id"], name="allocation_subject")]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.grant_id}"
