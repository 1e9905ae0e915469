"""Takes away what was judged of subjects that are gone as if they had never been, because an import was taken back."""

from collections.abc import Collection

from django.db import transaction

from licet.authorization.models import Authorization, Demand
from licet.estate.models import Subject
from licet.sites import bulk


@transaction.atomic
def devices(ids: Collection[int]) -> None:
    """Remove periods and demands of devices."""
    for some in bulk.chunks(sorted(ids)):
        for model in (Authorization, Demand):
            model.objects.filter(subject_type=Subject.DEVICE, subject_id__in=some).delete()
