"""When the person behind a session last proved who he is."""

import time
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest

PROVED_AT, PROVED_BY, SIGNED_IN_BY = "proved_at", "proved_by", "signed_in_by"


def proved(session: Any, method: str) -> None:
    """Note in a session that its person has just proved who he is by ``method`` (password, totp, passkey, recovery, sso)."""
    session[PROVED_AT] = int(time.time())
    session[PROVED_BY] = method


def authenticated_at(request: HttpRequest) -> datetime | None:
    """When this session's person last gave password, passkey or one-time code; None where nobody is signed in.

    A bearer token proves nothing of a person, so it has no such time. A time in the future counts as none.
    """
    if not request.user.is_authenticated or getattr(request, "token", None) is not None:
        return None
    at = request.session.get(PROVED_AT)
    if not isinstance(at, int) or at > time.time() + 60:
        return None
    return datetime.fromtimestamp(at, UTC)
