"""Privacy results, attestations, waivers, forms and requests for the pages' tests."""

from datetime import timedelta

from licet.compliance.models import Attestation, Request, Result, Waiver
from licet.register.document_models import Document

FIXED = {
    "compliance-control": ["GOV-02"],
    "compliance-attest": ["GOV-02"],
    "compliance-forms": ["impact"],
    "compliance-forms-export": ["impact"],
}


def privacy_objects(now, *devices):
    """One of each at the site of each device."""
    day = now.date()
    results, made, waived, asked = [], [], [], []
    for device in devices:
        results.append(
            Result.objects.create(
                control="NET-01", rank=1, kind=1, subject=device.pk, site=device.site, result="fail", reason="http_on", began_at=now
            ).pk
        )  # fmt: skip
        document = Document.objects.create(
            site=device.site, title="x", file_name="x.pdf", sha256=f"{device.pk:064d}", size=1, added_at=now
        )
        made.append(
            Attestation.objects.create(
                control="GOV-02", site=device.site, document=document, effective_from=day, review_on=day, made_at=now
            ).pk
        )
        waived.append(
            Waiver.objects.create(
                control="NET-01", severity="high", site=device.site, reason="x", risk="x", compensating_measure="x",
                expires_on=day, requested_at=now,
            ).pk
        )  # fmt: skip
        asked.append(
            Request.objects.create(
                site=device.site, reference="R-1", what="access", regime="gdpr", received_on=day, due_on=day + timedelta(30),
                made_at=now,
            ).pk
        )  # fmt: skip
    return {
        **dict.fromkeys(("compliance-result", "compliance-waive"), tuple(results)),
        "compliance-form": tuple(("impact", device.site_id) for device in devices),
        "compliance-sign": tuple(device.site_id for device in devices),
        "compliance-request": tuple(asked),
        "compliance-withdraw": tuple(made),
        "compliance-waiver": tuple(waived),
    }
