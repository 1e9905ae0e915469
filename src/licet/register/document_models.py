"""Documents: what was put in evidence, its versions, and what it is about. The contents lie outside the database."""

from django.db import models

from licet.sites.models import Person, ScopedQuerySet, Site


class Document(models.Model):
    """One version of a document. The contents are the file named by ``sha256`` in the data folder."""

    class Kind(models.TextChoices):
        INVOICE = "invoice"
        CERTIFICATE = "certificate"
        LABEL = "label", "label photo"
        CONTRACT = "contract"
        REQUEST = "request", "activation request file"
        RESPONSE = "response", "activation response file"
        CREDIT_NOTE = "credit_note", "credit note"
        OTHER = "other"

    class Scan(models.TextChoices):
        CLEAN = "clean"
        NOT_SCANNED = "not_scanned", "not scanned"

    site = models.ForeignKey(Site, on_delete=models.PROTECT)
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.OTHER)
    title = models.CharField(max_length=200)
    file_name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64, db_index=True)
    size = models.BigIntegerField()
    media_type = models.CharField(max_length=100, default="application/octet-stream")
    scan = models.CharField(max_length=12, choices=Scan.choices, default=Scan.NOT_SCANNED)
    version = models.PositiveIntegerField(default=1)
    replaces = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="replaced_by")
    added_by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    added_at = models.DateTimeField()

    objects = ScopedQuerySet["Document"].as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["title", "id"], name="document_title"),
            models.Index(fields=["site", "id"], name="document_site"),
            models.Index(fields=["added_at", "id"], name="document_added"),
        ]

    def __str__(self) -> str:
        return self.title


class DocumentLink(models.Model):
    """What a document is about. A newer version is about the same."""

    class About(models.TextChoices):
        LICENCE = "licence"
        ORDER = "order"
        SITE = "site"
        INSTALLATION = "installation"
        DEVICE = "device"
        ACCOUNT = "account", "cloud account"

    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="links")
    about = models.CharField(max_length=12, choices=About.choices)
    object_id = models.BigIntegerField()
    kind = models.CharField(max_length=12)  # of the document, so that "which lack an invoice" reads one index

    class Meta:
        constraints = [models.UniqueConstraint(fields=["document", "about", "object_id"], name="document_link_once")]
        indexes = [models.Index(fields=["about", "object_id", "kind"], name="document_link_object")]

    def __str__(self) -> str:
        return f"{self.about} {self.object_id}"
