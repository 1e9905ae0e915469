"""Browser sessions as rows that belong to a person, so that they can be listed and ended. The engine of ``SESSION_ENGINE``."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db import transaction
from django.utils import timezone

from licet.ledger import record as ledger
from licet.sites.access_models import WebSession
from licet.sites.models import Person
from licet.sites.people import may_manage
from licet.sites.record import NotPossible
from licet.sites.scope import Actor

_WRITTEN_EVERY = timedelta(minutes=1)


class SessionStore(DatabaseStore):
    """Keeps a session under the SHA-256 of its key: a stolen database signs nobody in."""

    @classmethod
    def get_model_class(cls) -> type[WebSession]:
        """The table."""
        return WebSession

    @staticmethod
    def kept_as(key: str) -> str:
        """What stands in the table for a key."""
        return hashlib.sha256(key.encode()).hexdigest()

    def _get_session_from_db(self) -> WebSession | None:
        found = WebSession.objects.filter(
            session_key=self.kept_as(self.session_key or ""), expire_date__gt=timezone.now()
        ).first()
        if found is None:
            self._session_key = None
        return found

    def exists(self, session_key: str | None) -> bool:
        """Whether there is a session of this key."""
        return WebSession.objects.filter(session_key=self.kept_as(session_key or "")).exists()

    def create_model_instance(self, data: Mapping[str, Any]) -> WebSession:
        """The row of this session; who it belongs to is copied out of its data."""
        about = data.get("about") or {}
        person = data.get("_auth_user_id")
        begun = about.get("begun_at")
        return WebSession(
            session_key=self.kept_as(self._get_or_create_session_key()),  # type: ignore[attr-defined]
            session_data=self.encode(dict(data)),
            expire_date=self.get_expiry_date(),
            person_id=int(person) if person else None,
            address=about.get("address", ""),
            browser=about.get("browser", ""),
            begun_at=datetime.fromisoformat(begun) if begun else None,
            used_at=timezone.now(),
        )

    def delete(self, session_key: str | None = None) -> None:
        """Remove a session; this one where no key is given."""
        key = session_key or self.session_key
        if key:
            WebSession.objects.filter(session_key=self.kept_as(key)).delete()


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session as its person sees it. ``id`` says nothing of the key."""

    id: str
    address: str
    browser: str
    begun_at: datetime | None
    used_at: datetime | None
    current: bool


def about(address: str, browser: str) -> dict[str, str]:
    """What a session keeps of where it began."""
    return {"address": address[:64], "browser": browser[:200], "begun_at": timezone.now().isoformat()}


def sessions(person: Person, current_key: str | None = None) -> list[SessionRow]:
    """The person's sessions that still run, the last used first."""
    mine = SessionStore.kept_as(current_key) if current_key else ""
    rows = WebSession.objects.filter(person=person, expire_date__gt=timezone.now()).order_by("-used_at")[:200]
    return [
        SessionRow(row.pk[:16], row.address, row.browser, row.begun_at, row.used_at, row.pk == mine) for row in rows
    ]


def touch(key: str, address: str) -> None:
    """Note that a session is used, at most once a minute."""
    now = timezone.now()
    WebSession.objects.filter(session_key=SessionStore.kept_as(key), used_at__lt=now - _WRITTEN_EVERY).update(
        used_at=now, address=address[:64]
    )


@transaction.atomic
def end_sessions(
    actor: Actor, person: Person, *, only: str = "", but_key: str | None = None, reason: str = "ended by hand"
) -> int:
    """End the session whose :attr:`SessionRow.id` is ``only``, or all but the one of ``but_key``. Returns how many ended.

    Raises :class:`NotPossible` for whoever is neither this person, signed in, nor may manage him.
    """
    if not (actor.person == person.pk and actor.token is None) and not may_manage(actor, person):
        raise NotPossible("You may not do this for this person.")
    rows = WebSession.objects.filter(person=person)
    if only:
        rows = rows.filter(session_key__startswith=only) if len(only) == 16 else rows.none()
    if but_key:
        rows = rows.exclude(session_key=SessionStore.kept_as(but_key))
    number, _each = rows.delete()
    if number:
        ledger.append(
            actor=actor.label,
            action="sites:session:ended",
            object_type="person",
            object_id=person.pk,
            after={"sessions": number, "why": reason},
        )
    return number
