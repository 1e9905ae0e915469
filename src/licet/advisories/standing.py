"""What changes by itself once devices are matched: which statement stands for which exposure, and which plan items are done."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from licet.advisories.judging import Answer
from licet.advisories.models import Exposure, Plan, PlanItem, Statement
from licet.estate.models import Device, Installation, Subject
from licet.sites.models import Site

# What asks for an update; "cannot tell" asks for a look first.
UPDATES = (str(Answer.AFFECTED), str(Answer.POSSIBLY))


def holds(statement: Statement, now: datetime) -> bool:
    """Whether a statement stands at this instant: its last day counts to its end in the site's zone."""
    if statement.withdrawn_at is not None:
        return False
    return statement.valid_to is None or now.astimezone(ZoneInfo(statement.site.time_zone)).date() <= statement.valid_to


@transaction.atomic
def apply_statements(now: datetime, *, everything: bool = False) -> int:
    """Put each open exposure under the statement that stands for it, and free those whose statement has ended.

    One set statement for each statement. ``everything`` = also for statements that already stand for something. Returns how many
    exposures were freed. The most special statement wins: of a device, of a model, of a site.
    """
    rows = list(Statement.objects.select_related("site"))
    standing = [row for row in rows if holds(row, now)]
    over = [row.pk for row in rows if not holds(row, now)]
    freed = Exposure.objects.filter(statement__in=over).update(statement=None) if over else 0
    if freed or everything:
        for row in sorted(
            standing, key=lambda one: (one.device_id is not None, one.model != "", len(one.site.path), one.pk)
        ):
            _covered(row).update(statement=row)
    return freed


def _covered(row: Statement) -> QuerySet[Exposure]:
    found = Exposure.objects.filter(
        advisory=row.advisory_id, ended_at=None, site__in=Site.objects.filter(path__startswith=row.site.path)
    )
    if row.device_id is not None:
        return found.filter(subject_type=Subject.DEVICE, subject_id=row.device_id)
    if row.model:
        devices = Device.objects.filter(model__iexact=row.model).values("id")
        return found.filter(subject_type=Subject.DEVICE, subject_id__in=devices)
    return found


def tick_off(now: datetime) -> int:
    """Mark the items of open plans as done where no advisory asks for an update any more. Returns how many."""
    asks = Exposure.objects.filter(
        subject_type=OuterRef("subject_type"), subject_id=OuterRef("subject_id"), ended_at=None, answer__in=UPDATES
    ).filter(Q(statement=None) | Q(statement__status="mitigated"))
    unsure = Exposure.objects.filter(
        subject_type=OuterRef("subject_type"),
        subject_id=OuterRef("subject_id"),
        ended_at=None,
        answer=Answer.CANNOT_TELL,
        began_at__gt=OuterRef("plan__made_at"),  # a doubt of before the plan is not for the plan to settle
    ).exclude(reason="fix_unknown")  # no version settles that one: it stays among what cannot be told
    open_items = PlanItem.objects.filter(plan__closed_at=None, done_at=None)
    ready = open_items.filter(~Exists(asks)).exclude(Exists(unsure))
    ids = list(ready.values_list("id", flat=True))
    if not ids:
        return 0
    device = Device.objects.filter(pk=OuterRef("subject_id")).values("firmware_version")[:1]
    server = Installation.objects.filter(pk=OuterRef("subject_id")).values("version")[:1]
    for kind, ran in ((Subject.DEVICE, device), (Subject.INSTALLATION, server)):
        PlanItem.objects.filter(pk__in=ids, subject_type=kind).update(
            done_at=now, done_version=Coalesce(ran, F("version"))
        )
    done = Plan.objects.filter(closed_at=None).filter(
        ~Exists(PlanItem.objects.filter(plan=OuterRef("pk"), done_at=None))
    )
    done.update(closed_at=now)
    return len(ids)


def ends_with_time(now: datetime) -> bool:
    """Whether a statement has run out that still stands for something."""
    dated = Statement.objects.filter(valid_to__isnull=False).select_related("site")
    over = [row.pk for row in dated if not holds(row, now)]
    return bool(over) and Exposure.objects.filter(statement__in=over).exists()
