"""Takes a whole import back: what it made goes, what it changed is as before. Refused where anything rests on it by now."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.db import models, transaction
from django.utils import timezone

from licet.estate.models import Device, Fact, Subject
from licet.ledger import record as ledger
from licet.register.changes import THINGS, digest, restored
from licet.register.import_models import ImportChange, ImportRun
from licet.register.mappings import PERMISSIONS
from licet.register.models import Grant, KeyMark, Licence, LicenceKey, Order, RevealRequest
from licet.sites import bulk
from licet.sites.models import Site
from licet.sites.record import NotPossible
from licet.sites.scope import Actor
from licet.vault.models import Secret

NAMED: Final = 50  # reasons that are named one by one
# What comes and goes with a row by itself: judged anew, or made by the import together with it.
_DERIVED: Final = frozenset({"authorization"})
_ALONE: Final = frozenset({Licence, Fact, Order, THINGS["allocation"]})
_PARTS: Final = frozenset({Grant, KeyMark, LicenceKey})


@dataclass(slots=True)
class Undoing:
    """What taking a run back does, or would do; ``reasons`` against it, of which there are ``against`` in all."""

    removed: dict[str, int] = field(default_factory=dict)
    restored: dict[str, int] = field(default_factory=dict)
    against: int = 0
    reasons: list[str] = field(default_factory=list)
    pools: set[int] = field(default_factory=set)
    devices: set[int] = field(default_factory=set)
    gone_devices: set[int] = field(default_factory=set)

    @property
    def possible(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.against

    def refuse(self, reason: str) -> None:
        """One more reason against it."""
        self.against += 1
        if len(self.reasons) < NAMED:
            self.reasons.append(reason)


@dataclass(slots=True)
class _Touched:
    """What a run did to one row: made it (``before`` None) or changed it, and how it left it."""

    before: dict[str, Any] | None
    digest: str


def preview(actor: Actor, pk: int) -> Undoing:
    """What taking a run back would do. Raises :class:`NotPossible` where there is no such run, or the actor may not."""
    return _looked(_run(actor, pk))[0]


@transaction.atomic
def undo(actor: Actor, pk: int, reason: str = "") -> Undoing:
    """Take a run back; one entry in the record. The caller has ``pools`` and ``devices`` judged anew, and forgets ``gone_devices``.

    Raises :class:`NotPossible` with the first reason against it.
    """
    run = _run(actor, pk)
    found, touched = _looked(run)
    if not found.possible:
        more = f" (and {found.against - 1} more)" if found.against > 1 else ""
        raise NotPossible(f"It cannot be taken back: {found.reasons[0]}{more}.")
    for thing, rows in touched.items():
        _take_back(THINGS[thing], rows)
    run.state, run.undone_at = ImportRun.State.UNDONE, timezone.now()
    run.save(update_fields=["state", "undone_at"])
    ledger.append(
        actor=actor.label,
        action="register:file:undone",
        object_type="import",
        object_id=run.pk,
        site=run.site_id,
        reason=reason,
        after={
            "file": run.file_name[-120:],
            "sha256": run.sha256,
            "removed": found.removed,
            "restored": found.restored,
        },
    )
    run.changes.all().delete()
    return found


def _run(actor: Actor, pk: int) -> ImportRun:
    run = ImportRun.objects.visible_to(actor).select_related("site").filter(pk=pk).first()
    if run is None:
        raise NotPossible(f"There is no import {pk}. See: licet import list")
    kinds = [run.kind] if run.kind else list(PERMISSIONS)
    if not all(actor.may(PERMISSIONS[kind], run.site.path) for kind in kinds):
        raise NotPossible(f"You may not take back what was imported at {run.site}.")
    if run.state == ImportRun.State.HELD:
        raise NotPossible(f"Import {pk} waits and has changed nothing yet; remove it instead.")
    if run.state == ImportRun.State.UNDONE:
        raise NotPossible(f"Import {pk} is taken back already.")
    if run.state == ImportRun.State.RUNNING:
        raise NotPossible(f"Import {pk} is not finished. Cancel it, or let it go on to its end, first.")
    return run


def _looked(run: ImportRun) -> tuple[Undoing, dict[str, dict[int, _Touched]]]:
    found = Undoing()
    touched: dict[str, dict[int, _Touched]] = {thing: {} for thing in THINGS}
    rows = run.changes.order_by("id").values_list("thing", "object_id", "before", "digest")
    for thing, pk, before, left in rows.iterator(chunk_size=5000):
        known = touched[thing].get(pk)
        # The first entry says what was before, the last one how the run left the row.
        touched[thing][pk] = _Touched(before if known is None else known.before, left)
    for thing, some in touched.items():
        if some:
            _check(run, thing, some, found)
    return found, touched


def _check(run: ImportRun, thing: str, touched: dict[int, _Touched], found: Undoing) -> None:
    made = [pk for pk, one in touched.items() if one.before is None]
    found.removed |= {thing: len(made)} if made else {}
    found.restored |= {thing: len(touched) - len(made)} if len(touched) > len(made) else {}
    present: set[int] = set()
    for row in _rows(THINGS[thing], list(touched)):
        present.add(row.pk)
        if digest(row) != touched[row.pk].digest:
            found.refuse(f"{thing} {row.pk} was changed after the import")
        _note_judged(thing, row, found, gone=touched[row.pk].before is None)
    for pk in touched.keys() - present:
        found.refuse(f"{thing} {pk} is not there any more")
    for reason in (*_resting(run, THINGS[thing], made), *_shown_keys(run, thing, made), *_observed(run, thing, made)):
        found.refuse(reason)


def _rows(model: type[models.Model], ids: Sequence[int]) -> Iterator[models.Model]:
    for some in bulk.chunks(ids):
        yield from model._default_manager.filter(pk__in=some)  # noqa: SLF001 - Django's own name for it


def _note_judged(thing: str, row: models.Model, found: Undoing, *, gone: bool) -> None:
    if isinstance(row, Licence) and row.pool_id:
        found.pools.add(row.pool_id)
    if isinstance(row, Device):
        (found.gone_devices if gone else found.devices).add(row.pk)
    if thing == "pool" and gone:
        found.pools.discard(row.pk)


def _resting(run: ImportRun, model: type[models.Model], ids: Sequence[int]) -> Iterator[str]:
    """Rows of others that name what would go."""
    for relation in model._meta.related_objects:  # noqa: SLF001 - Django's own name for it
        other: Any = relation.related_model
        if other._meta.app_label in _DERIVED or other in _PARTS:  # noqa: SLF001
            continue
        thing = next((name for name, one in THINGS.items() if one is other), "")
        mine = ImportChange.objects.filter(run=run, thing=thing, before__isnull=True).values("object_id")
        column = relation.field.attname
        for some in bulk.chunks(ids):
            rows = other._default_manager.filter(**{f"{column}__in": some})  # noqa: SLF001
            for pk, target in (rows.exclude(pk__in=mine) if thing else rows).values_list("pk", column)[:NAMED]:
                yield f"{model._meta.verbose_name} {target} is used by {other._meta.verbose_name} {pk}, which came later"  # noqa: SLF001
    if model is Licence:
        yield from _allocations(run, ids)


def _allocations(run: ImportRun, ids: Sequence[int]) -> Iterator[str]:
    """What was allocated from grants that would go."""
    mine = ImportChange.objects.filter(run=run, thing="allocation", before__isnull=True).values("object_id")
    for some in bulk.chunks(ids):
        rows = THINGS["allocation"]._default_manager.filter(grant__licence__in=some).exclude(pk__in=mine)  # noqa: SLF001
        for licence in rows.values_list("grant__licence_id", flat=True)[:NAMED]:
            yield f"something was allocated from licence {licence} after the import"


def _shown_keys(run: ImportRun, thing: str, ids: Sequence[int]) -> Iterator[str]:
    """Keys that were added, shown or put to use since."""
    if thing != "licence":
        return
    ended = run.ended_at or timezone.now()
    for some in bulk.chunks(ids):
        keys = LicenceKey.objects.filter(licence__in=some)
        asked = RevealRequest.objects.filter(key__licence__in=some).values("key_id")
        later = keys.filter(models.Q(changed_at__gt=ended) | models.Q(pk__in=asked) | models.Q(notices__isnull=False))
        for licence in later.values_list("licence_id", flat=True).distinct()[:NAMED]:
            yield f"a key of licence {licence} was added, shown or changed after the import"


def _observed(run: ImportRun, thing: str, ids: Sequence[int]) -> Iterator[str]:
    """Devices that were observed since, by a sweep or by another file."""
    if thing != "device":
        return
    mine = ImportChange.objects.filter(run=run, thing="fact", before__isnull=True).values("object_id")
    for some in bulk.chunks(ids):
        facts = Fact.objects.filter(subject_type=Subject.DEVICE, subject_id__in=some).exclude(pk__in=mine)
        for device in facts.values_list("subject_id", flat=True).distinct()[:NAMED]:
            yield f"device {device} was observed after the import"


def _take_back(model: type[models.Model], touched: dict[int, _Touched]) -> None:
    made = [pk for pk, one in touched.items() if one.before is None]
    if model is Licence:
        _remove_parts(made)
    # A site protects the one above it, also from going together with it: one by one, from the leaves on.
    for some in bulk.chunks(sorted(made, reverse=True), 1 if model is Site else 5000):
        rows = model._default_manager.filter(pk__in=some)  # noqa: SLF001 - Django's own name for it
        if model in _ALONE:
            # Nothing names them: that was looked at. Django would look again, row by row.
            rows._raw_delete(rows.db)  # noqa: SLF001
        else:
            rows.delete()
    by_fields: dict[tuple[str, ...], list[tuple[Any, ...]]] = {}
    for pk, one in touched.items():
        if one.before is not None:
            values = restored(model, one.before)
            by_fields.setdefault(tuple(values), []).append((*values.values(), pk))
    for names, values_of in by_fields.items():
        bulk.update(model, names, values_of)


def _remove_parts(licences: Sequence[int]) -> None:
    """What came with licences: grants, and keys with their place in the vault."""
    for some in bulk.chunks(licences):
        keys = LicenceKey.objects.filter(licence__in=some)
        secrets = list(keys.values_list("secret_id", flat=True))
        keys.delete()
        for sealed in bulk.chunks(secrets):
            Secret.objects.filter(pk__in=sealed).delete()
        for part in (Grant, KeyMark):
            rows = part._default_manager.filter(licence__in=some)  # noqa: SLF001 - Django's own name for it
            rows._raw_delete(rows.db)  # noqa: SLF001 - nothing names them: that was looked at
