"""What the record says of sign-ins. Failures of one account within ten minutes are one entry, so that nobody can flood it."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from licet.ledger import record as ledger
from licet.sites.access_models import FailedSignIns
from licet.sites.models import Person
from licet.sites.scope import Actor

WINDOW = timedelta(minutes=10)
_ADDRESSES = 20


@transaction.atomic
def signed_in(person: Person, by: str, address: str) -> None:
    """A person is in, by ``password``, ``password+totp``, ``password+passkey``, ``password+recovery``, ``passkey`` or ``sso``."""
    person.last_login = timezone.now()
    person.save(update_fields=["last_login"])
    _write("sites:session:begun", person, {"by": by, "address": address})


@transaction.atomic
def signed_out(person: Person) -> None:
    """A person has left."""
    _write("sites:session:left", person, None)


@transaction.atomic
def second_factor(person: Person, verb: str, kind: str, *, by: Actor | None = None) -> None:
    """A second factor was ``set`` or ``removed``, or ``used_up`` (a recovery code); by the person where nobody is named."""
    _write(f"sites:second_factor:{verb}", person, {"kind": kind}, by=by)


@transaction.atomic
def failed(username: str, reason: str, address: str) -> None:
    """A sign-in failed: ``wrong`` (name, password or code), ``held`` (too many tries) or ``sso``.

    All names that are no account are counted together, and what was typed is not kept: it may be a password in the wrong field.
    """
    close_windows()
    person = Person.objects.filter(username=username).first()
    now = timezone.now()
    # Without an account the window's beginning is that of the clock, so that two servers count into the same row.
    since = now if person else now - timedelta(seconds=now.timestamp() % WINDOW.total_seconds())
    key = {"person": person} if person else {"person": None, "since": since.replace(microsecond=0)}
    row, _made = FailedSignIns.objects.get_or_create(**key, defaults={"since": since})
    reasons = {**row.reasons, reason: row.reasons.get(reason, 0) + 1}
    seen = row.addresses if address in row.addresses else [*row.addresses, address][:_ADDRESSES]
    FailedSignIns.objects.filter(pk=row.pk).update(count=F("count") + 1, reasons=reasons, addresses=seen)


@transaction.atomic
def close_windows(now: datetime | None = None) -> int:
    """Write the entries of windows that are over; called by every sign-in and by the server's clock. Returns how many."""
    over = FailedSignIns.objects.filter(since__lte=(now or timezone.now()) - WINDOW).select_related("person")
    written = 0
    for row in over[:1000]:
        if not FailedSignIns.objects.filter(pk=row.pk).delete()[0]:
            continue  # another server has just written it
        ledger.append(
            actor="system",
            action="sites:session:refused",
            object_type="person",
            object_id=row.person_id or "unknown",
            after={
                "tries": row.count,
                "reasons": row.reasons,
                "addresses": row.addresses,
                "since": row.since.isoformat(timespec="seconds"),
            },
        )
        written += 1
    return written


def _write(action: str, person: Person, after: dict[str, str] | None, *, by: Actor | None = None) -> None:
    ledger.append(
        actor=by.label if by else person.username, action=action, object_type="person", object_id=person.pk, after=after
    )
