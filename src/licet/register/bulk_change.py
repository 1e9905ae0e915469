"""Changing many licences at once: a preview with each refusal, one entry of the record, and the way back (issue 4)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

from django.db import transaction

from licet.ledger.by_site import append_by_site
from licet.register import bulk_parts
from licet.register.bulk_models import BulkEdit
from licet.register.change import text
from licet.register.keys import without_key
from licet.register.life_models import Tag
from licet.register.models import Licence
from licet.sites.record import NotPossible
from licet.sites.scope import Actor
from licet.sites.text import fitting

TEXTS: Final = ("cost_centre", "contact", "support_contract")
FIELDS: Final = (*TEXTS, "notice_on", "notice_period_days", "auto_renew", "pool_id")
BESIDE: Final = ("renewal_owner",)  # of bulk_parts.PARTS
TAGS: Final = ("add_tag", "remove_tag")
MOST: Final = 5_000
_PERSONAL: Final = frozenset({"contact"})
_RETURNED_TOO: Final = frozenset({"contact", "cost_centre"})  # as for a single change


@dataclass(frozen=True, slots=True)
class Line:
    """One licence of a preview: what differs, as (field, before, after), or why it is refused."""

    id: int
    title: str
    differs: tuple[tuple[str, Any, Any], ...]
    refused: str = ""


@dataclass(frozen=True, slots=True)
class EditRow:
    """An edit that was made; ``undoable`` = it has not been taken back."""

    id: int
    at: datetime
    reason: str
    changes: Mapping[str, Any]
    number: int
    undone_at: datetime | None


def preview(actor: Actor, ids: Sequence[int], changes: Mapping[str, Any]) -> list[Line]:
    """What the changes would do to each licence. Three queries, however many they are. Raises :class:`NotPossible`."""
    changes = _cleaned(changes)
    return [line for _row, line in _lines(actor, ids, changes)]


@transaction.atomic
def change_many(
    actor: Actor, ids: Sequence[int], changes: Mapping[str, Any], reason: str = ""
) -> tuple[int, list[Line]]:
    """Change the licences that may be changed; returns the edit's number and the lines of all. Raises :class:`NotPossible`.

    ``changes`` are of :data:`FIELDS` and :data:`BESIDE` ("" or None takes a value away) and :data:`TAGS`. The caller has
    :func:`pools_of` the edit judged anew. Licences that are refused stay as they are.
    """
    changes = _cleaned(changes)
    lines = _lines(actor, ids, changes)
    done = [(row, line) for row, line in lines if line.differs and not line.refused]
    if not done:
        raise NotPossible("Nothing would change.")
    edit = BulkEdit.objects.create(
        by_id=actor.person, reason=fitting("reason", reason, 500), changes=_plain(changes),
        before=[[row.pk, {name: _json(was) for name, was, _now in line.differs}] for row, line in done],
    )  # fmt: skip
    fields = [name for name in FIELDS if name in changes]
    for row, _line in done:
        for name in fields:
            setattr(row, name, changes[name])
    rows = [row for row, _line in done]
    if fields:
        Licence.objects.bulk_update(rows, fields, batch_size=200)
    _write_parts({row.pk: {name: changes[name] for name in BESIDE if name in changes} for row in rows})
    _tag([row.pk for row in rows], changes.get("add_tag"), changes.get("remove_tag"))
    _note(actor, "register:licences:changed", edit, reason, changes, rows)
    return edit.pk, [line for _row, line in lines]


@transaction.atomic
def undo(actor: Actor, pk: int) -> tuple[int, list[Line]]:
    """Take an edit back; returns how many licences are as before, and those that stay with the reason. Raises :class:`NotPossible`.

    A licence that somebody changed since in the same field stays as it is.
    """
    edit = _visible(actor).select_for_update().filter(pk=pk).first()
    if edit is None:
        raise NotPossible("There is no such edit of yours.")
    if edit.undone_at is not None:
        raise NotPossible("It was taken back already.")
    before: dict[int, dict[str, Any]] = {int(number): was for number, was in edit.before}
    rows = _rows(actor, list(before))
    tags = _tags(list(rows))
    held = bulk_parts.held(edit.changes, list(rows))
    back, left = [], []
    for number, was in before.items():
        row = rows.get(number)
        if row is None:
            left.append(Line(number, "", (), "It is gone, or you may not change it any more."))
        elif any(_json(getattr(row, name)) != edit.changes[name] for name in was if name in FIELDS) or any(
            held[name].get(number) != edit.changes[name] for name in was if name in held
        ):
            left.append(Line(number, row.title, (), "Somebody has changed it since."))
        else:
            for name in was:
                if name in FIELDS:
                    value = was[name]
                    setattr(row, name, date.fromisoformat(value) if name == "notice_on" and value else value)
            back.append(row)
    if not back:
        raise NotPossible("None of its licences is as the edit left it.")
    fields = [name for name in FIELDS if name in edit.changes]
    if fields:
        Licence.objects.bulk_update(back, fields, batch_size=200)
    _write_parts({row.pk: {name: was for name, was in before[row.pk].items() if name in BESIDE} for row in back})
    added = [
        row.pk for row in back if "add_tag" in before[row.pk] and edit.changes.get("add_tag") in tags.get(row.pk, ())
    ]
    removed = [row.pk for row in back if "remove_tag" in before[row.pk]]
    _tag(added, None, edit.changes.get("add_tag"))
    _tag(removed, edit.changes.get("remove_tag"), None)
    edit.undone_at = datetime.now(UTC)
    edit.save(update_fields=["undone_at"])
    _note(actor, "register:licences:restored", edit, "", edit.changes, back)
    return len(back), left


def pools_of(pk: int) -> set[int]:
    """The pools that an edit gave licences to or took them from."""
    edit = BulkEdit.objects.get(pk=pk)
    if "pool_id" not in edit.changes:
        return set()
    return {edit.changes["pool_id"], *(was["pool_id"] for _pk, was in edit.before if "pool_id" in was)} - {None}


def edits(actor: Actor) -> list[EditRow]:
    """The last edits that the actor may take back: his own, or all for who may change every licence."""
    return [
        EditRow(row.pk, row.at, row.reason, row.changes, len(row.before), row.undone_at)
        for row in _visible(actor)[:100]
    ]


def _visible(actor: Actor) -> Any:
    if actor.prefixes("edit_register") is None:
        return BulkEdit.objects.all()
    return BulkEdit.objects.filter(by_id=actor.person) if actor.person is not None else BulkEdit.objects.none()


def _cleaned(changes: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in changes.items():
        if name in TAGS:
            tag = str(value).strip().casefold()
            if not 0 < len(tag) <= 60 or "," in tag:
                raise NotPossible("A tag has 60 characters at most and no comma.")
            found[name] = tag
        elif name in TEXTS:
            found[name] = text(name, value)
        elif name == "notice_period_days" and value is not None and not 0 <= value <= 3650:
            raise NotPossible("A notice period has 0 to 3,650 days.")
        elif name in FIELDS or name in bulk_parts.PARTS:
            found[name] = value
        else:
            raise ValueError(f"many licences have no {name}")
    if not found:
        raise NotPossible("Say what is to change.")
    without_key(**{name: found[name] for name in (*TEXTS, "add_tag") if found.get(name)})
    return found


def _rows(actor: Actor, ids: Iterable[int]) -> dict[int, Licence]:
    asked = list(dict.fromkeys(ids))
    if len(asked) > MOST:
        raise NotPossible(f"At most {MOST:,} licences are changed at once.")
    rows: dict[int, Licence] = {}
    for start in range(0, len(asked), 500):
        part = (
            Licence.objects.visible_to(actor, "edit_register")
            .select_related("site")
            .filter(pk__in=asked[start : start + 500])
        )
        rows |= {row.pk: row for row in part}
    return rows


def _tags(ids: Sequence[int]) -> dict[int, set[str]]:
    found: dict[int, set[str]] = {}
    for start in range(0, len(ids), 500):
        for pk, name in Tag.objects.filter(licence__in=ids[start : start + 500]).values_list("licence", "name"):
            found.setdefault(pk, set()).add(name)
    return found


def _lines(actor: Actor, ids: Sequence[int], changes: Mapping[str, Any]) -> list[tuple[Licence, Line]]:
    rows = _rows(actor, ids)
    tags = _tags(list(rows)) if set(changes) & set(TAGS) else {}
    held_beside = bulk_parts.held(changes, list(rows))
    refusals = bulk_parts.refusals(actor, list(rows.values()), changes)
    found = []
    for row in rows.values():
        refused = refusals.get(row.pk, "")
        if row.returned_on is not None and set(changes) - _RETURNED_TOO:
            refused = f"It was returned on {row.returned_on} and is closed."
        differs = [(name, getattr(row, name), changes[name]) for name in FIELDS if name in changes]
        for name, values in held_beside.items():
            if row.pk in values:
                differs.append((name, values[row.pk], changes[name]))
            else:
                refused = refused or bulk_parts.PARTS[name].lacking
        held = tags.get(row.pk, set())
        tag, gone = changes.get("add_tag"), changes.get("remove_tag")
        if tag and tag not in held:
            differs.append(("add_tag", "", tag))
            if len(held) >= 30:
                refused = refused or "It has 30 tags already."
        if gone and gone in held:
            differs.append(("remove_tag", gone, ""))
        found.append((row, Line(row.pk, row.title, tuple(one for one in differs if one[1] != one[2]), refused)))
    return found


def _write_parts(values: Mapping[int, Mapping[str, Any]]) -> None:
    for name, part in bulk_parts.PARTS.items():
        told = {pk: of_row[name] for pk, of_row in values.items() if name in of_row}
        if told:
            part.write(told)


def _tag(ids: Sequence[int], add: str | None, remove: str | None) -> None:
    if add:
        Tag.objects.bulk_create([Tag(licence_id=pk, name=add) for pk in ids], ignore_conflicts=True, batch_size=500)
    for start in range(0, len(ids) if remove else 0, 500):
        Tag.objects.filter(licence__in=ids[start : start + 500], name=remove).delete()


def _json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _plain(changes: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _json(value) for name, value in changes.items()}


def _note(
    actor: Actor, action: str, edit: BulkEdit, reason: str, changes: Mapping[str, Any], rows: Sequence[Licence]
) -> None:
    told = {name: ("text" if value else "") if name in _PERSONAL else value for name, value in _plain(changes).items()}
    if told.get("renewal_owner"):
        told["renewal_owner"] = f"person:{told['renewal_owner']}"
    append_by_site(
        [(row.site_id, row.pk) for row in rows], actor=actor.label, action=action, object_type="bulk_edit", things="licences",
        object_id=edit.pk, reason=reason, after={"changes": told}, person=actor.person,
    )  # fmt: skip
